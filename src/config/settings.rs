//! How targets are judged: what the command line, a target and the defaults say, in that order.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::assume::Assumptions;
use crate::check::{Registry, Severity};
use crate::contract::Provider;
use crate::selection::Choice;

/// The time for reading a target, where nothing else is said.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// How targets are judged; `None` where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The ids of the checks to judge.
    pub only: Option<Vec<String>>,
    /// The ids of the checks to leave out.
    pub skip: Option<Vec<String>>,
    /// The least severity that counts in the verdict.
    pub fail_on: Option<Severity>,
    /// The ids of checks that count as errors.
    pub required: Option<Vec<String>>,
    /// What is assumed of OpenAI's calls.
    pub assumptions: Option<Assumptions>,
    /// How much checks count, by their ids.
    pub severities: BTreeMap<String, Severity>,
    /// The time for reading a target.
    pub time_limit: Option<Duration>,
}

impl Settings {
    /// These, and the general ones where these say nothing. Severities add up, check by check; everything else stands
    /// in place of the general.
    pub fn over(&self, general: &Self) -> Self {
        fn or<T: Clone>(own: &Option<T>, general: &Option<T>) -> Option<T> {
            own.as_ref().or(general.as_ref()).cloned()
        }
        let severities = general.severities.iter().chain(&self.severities);
        Self {
            only: or(&self.only, &general.only),
            skip: or(&self.skip, &general.skip),
            fail_on: or(&self.fail_on, &general.fail_on),
            required: or(&self.required, &general.required),
            assumptions: or(&self.assumptions, &general.assumptions),
            severities: severities.map(|(id, severity)| (id.clone(), *severity)).collect(),
            time_limit: or(&self.time_limit, &general.time_limit),
        }
    }

    /// What of these, said of all targets, is about those of one cloud.
    pub fn of_cloud(&self, provider: Provider, registry: &Registry) -> Self {
        let of_it = |id: &&String| registry.get(id).is_none_or(|check| check.provider() == provider);
        Self {
            required: self.required.as_ref().map(|ids| ids.iter().filter(of_it).cloned().collect()),
            assumptions: self.assumptions.as_ref().map(|assumptions| assumptions.of_cloud(provider)),
            ..self.clone()
        }
    }

    /// As a choice of checks.
    pub fn choice(&self) -> Choice {
        Choice {
            only: self.only.clone().unwrap_or_default(),
            skip: self.skip.clone().unwrap_or_default(),
            required: self.required.clone().unwrap_or_default(),
            severities: self.severities.clone(),
            fail_on: self.fail_on.unwrap_or(Severity::Error),
            assumptions: self.assumptions.clone().unwrap_or_default(),
        }
    }

    /// The ids of the checks that stand in these by name.
    pub fn named_checks(&self) -> impl Iterator<Item = &String> {
        self.only.iter().chain(&self.skip).flatten().chain(self.severities.keys())
    }

    /// The time for reading a target.
    pub fn time_limit(&self) -> Duration {
        self.time_limit.unwrap_or(TIME_LIMIT)
    }
}

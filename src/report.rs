//! Evidence to verdict: every selected check once, the path, the limits, and the payload where the verdict allows it.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use crate::assume::Assumptions;
use crate::check::{Outcome, Registry, Severity, Subject};
use crate::contract::Provider;
use crate::evidence::{Cloud, Evidence, Missing, Source};
use crate::facts::Limit;
use crate::facts::path::Step;
use crate::facts::{self, aws::vocabulary};
use crate::payload::Payload;
use crate::target::FriendlyName;
use crate::target::aws::AwsRegistration;

pub mod json;
pub mod table;

/// What a run found.
#[derive(Debug, Clone)]
pub struct Report {
    /// The worst of the targets' verdicts.
    pub verdict: Verdict,
    /// Each target, in the order given.
    pub targets: Vec<TargetReport>,
}

/// What was found of one target.
#[derive(Debug, Clone)]
pub struct TargetReport {
    /// The registration's friendly name.
    pub name: FriendlyName,
    /// The cloud.
    pub provider: Provider,
    /// Where the evidence is from.
    pub source: Source,
    /// When it was collected.
    pub collected_at: Timestamp,
    /// What is to be registered, as given.
    pub registration: AwsRegistration,
    /// What it comes to.
    pub verdict: Verdict,
    /// What the verdict leaves out of account.
    pub limits: Vec<Limit>,
    /// What could not be read, each reason once with the calls that it stopped.
    pub unread: Vec<Unread>,
    /// OpenAI's calls.
    pub path: Vec<Step>,
    /// Every selected check, by id.
    pub checks: Vec<CheckReport>,
    /// What to send to OpenAI; nothing unless the verdict is ready.
    pub payload: Result<Payload, String>,
}

/// A reason for which something could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The calls that it stopped.
    pub calls: Vec<String>,
    /// The reason, in a word.
    pub reason: &'static str,
    /// What the cloud or the connection said.
    pub detail: String,
}

/// What became of one check.
#[derive(Debug, Clone)]
pub struct CheckReport {
    /// Its id.
    pub id: String,
    /// Its title, true on a pass.
    pub title: String,
    /// How much a failure counts.
    pub severity: Severity,
    /// What became of it.
    pub outcome: Outcome,
    /// Where its facts are from: the call and what it was made on, or the option.
    pub place: Option<String>,
    /// Its first reference.
    pub help: String,
}

/// What a report comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Every error check passes or is not applicable.
    Ready,
    /// None fails, and at least one can't be decided.
    Undetermined,
    /// At least one error check fails.
    NotReady,
}

impl Verdict {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Undetermined => "undetermined",
            Self::NotReady => "not_ready",
        }
    }

    fn of(checks: &[CheckReport]) -> Self {
        let errors = checks.iter().filter(|check| check.severity == Severity::Error);
        errors
            .map(|check| match check.outcome {
                Outcome::Fail(_) => Self::NotReady,
                Outcome::Unknown { .. } | Outcome::Error { .. } => Self::Undetermined,
                Outcome::Pass | Outcome::NotApplicable { .. } => Self::Ready,
            })
            .max()
            // Without a single error check nothing was decided.
            .unwrap_or(Self::Undetermined)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready => "ready",
            Self::Undetermined => "undetermined",
            Self::NotReady => "not ready",
        })
    }
}

impl Report {
    /// Judges the evidence of each target.
    pub fn of(evidence: &[Evidence], registry: &Registry) -> Self {
        let targets: Vec<TargetReport> =
            evidence.iter().map(|evidence| TargetReport::of(evidence, registry)).collect();
        let verdict = targets.iter().map(|target| target.verdict).max().unwrap_or(Verdict::Undetermined);
        Self { verdict, targets }
    }
}

impl TargetReport {
    fn of(evidence: &Evidence, registry: &Registry) -> Self {
        let Cloud::Aws { registration, evidence: seen } = &evidence.cloud;
        let derived = facts::aws::derive(registration, seen, &Assumptions::default(), evidence.collected_at);
        let target = vocabulary::AwsTargetValues::from(registration);
        let facts = serde_json::to_value(&derived.facts).unwrap_or(Value::Null);
        let target_values = serde_json::to_value(&target).unwrap_or(Value::Null);
        let contract = registry.vocabulary(Provider::Aws).map(|vocabulary| &vocabulary.contract_values);
        let subject =
            Subject { facts: &facts, target: &target_values, contract: contract.unwrap_or(&Value::Null) };
        let checks: Vec<CheckReport> = registry
            .iter()
            .filter(|check| check.provider() == Provider::Aws)
            .map(|check| CheckReport {
                id: check.id().to_owned(),
                title: check.title().to_owned(),
                severity: check.severity(),
                outcome: check.judge(&subject),
                place: check.facts().find_map(|fact| derived.place(fact)).map(str::to_owned),
                help: check.references().first().cloned().unwrap_or_default(),
            })
            .collect();
        let verdict = Verdict::of(&checks);
        Self {
            name: evidence.name.clone(),
            provider: Provider::Aws,
            source: evidence.source,
            collected_at: evidence.collected_at,
            registration: registration.clone(),
            verdict,
            limits: derived.limits,
            unread: unread(&seen.missing()),
            path: derived.path,
            payload: match (verdict, registration.target()) {
                (Verdict::Ready, Some(target)) => Ok(Payload::aws(evidence.name.as_str(), &target)),
                (Verdict::Ready, None) => {
                    Err("OpenAI would not accept the values as they are written".into())
                }
                (verdict, _) => Err(format!("the verdict is {verdict}")),
            },
            checks,
        }
    }
}

fn unread(missing: &[&Missing]) -> Vec<Unread> {
    let mut unread: Vec<Unread> = Vec::new();
    for missing in missing {
        let (reason, call) = (missing.reason.word(), &missing.call);
        match unread.iter_mut().find(|unread| unread.reason == reason && unread.detail == missing.detail) {
            Some(same) if same.calls.contains(call) => {}
            Some(same) => same.calls.push(call.clone()),
            None => unread.push(Unread { calls: vec![call.clone()], reason, detail: missing.detail.clone() }),
        }
    }
    unread
}

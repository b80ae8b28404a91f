//! Evidence to verdict: every selected check once, the path, the limits, and the payload where the verdict allows it.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use crate::check::{Outcome, Severity, Subject};
use crate::contract::Provider;
use crate::evidence::aws::{AwsEvidence, EvidenceKey};
use crate::evidence::{Cloud, Evidence, Missing, Source};
use crate::facts::Limit;
use crate::facts::path::Step;
use crate::facts::{self, aws::vocabulary};
use crate::payload::Payload;
use crate::selection::Selection;
use crate::target::FriendlyName;
use crate::target::aws::AwsRegistration;

pub mod json;
pub(crate) mod page;
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
    /// How much a failure counts in this run.
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
    /// Every check that counts passes or is not applicable.
    Ready,
    /// None fails, and at least one can't be decided; or none counts.
    Undetermined,
    /// At least one check that counts fails.
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

    fn of(checks: &[CheckReport], selection: &Selection) -> Self {
        let counted = checks.iter().filter(|check| selection.counts(check.severity));
        counted
            .map(|check| match check.outcome {
                Outcome::Fail(_) => Self::NotReady,
                Outcome::Unknown { .. } | Outcome::Error { .. } => Self::Undetermined,
                Outcome::Pass | Outcome::NotApplicable { .. } => Self::Ready,
            })
            .max()
            // Without a single check that counts nothing was decided.
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
    /// Judges the evidence of each target by the selected checks.
    pub fn of(evidence: &[Evidence], selection: &Selection) -> Self {
        let targets: Vec<TargetReport> =
            evidence.iter().map(|evidence| TargetReport::of(evidence, selection)).collect();
        let verdict = targets.iter().map(|target| target.verdict).max().unwrap_or(Verdict::Undetermined);
        Self { verdict, targets }
    }
}

impl TargetReport {
    fn of(evidence: &Evidence, selection: &Selection) -> Self {
        let Cloud::Aws { registration, evidence: seen } = &evidence.cloud;
        let derived = facts::aws::derive(registration, seen, selection.assumptions(), evidence.collected_at);
        let checks = judged(&derived, registration, selection);
        let verdict = Verdict::of(&checks, selection);
        Self {
            name: evidence.name.clone(),
            provider: Provider::Aws,
            source: evidence.source,
            collected_at: evidence.collected_at,
            registration: registration.clone(),
            verdict,
            limits: not_judged(selection, Provider::Aws).into_iter().chain(derived.limits).collect(),
            unread: unread(seen, selection),
            path: derived.path,
            payload: payload(evidence.name.as_str(), registration, verdict, selection),
            checks,
        }
    }
}

/// What becomes of each selected check.
fn judged(
    derived: &facts::aws::Derived,
    registration: &AwsRegistration,
    selection: &Selection,
) -> Vec<CheckReport> {
    let facts = serde_json::to_value(&derived.facts).unwrap_or(Value::Null);
    let target = vocabulary::AwsTargetValues::from(registration);
    let target = serde_json::to_value(&target).unwrap_or(Value::Null);
    let vocabulary = selection.registry().vocabulary(Provider::Aws);
    let contract = vocabulary.map_or(&Value::Null, |vocabulary| &vocabulary.contract_values);
    let subject = Subject { facts: &facts, target: &target, contract };
    selection
        .checks(Provider::Aws)
        .map(|(check, severity)| CheckReport {
            id: check.id().to_owned(),
            title: check.title().to_owned(),
            severity,
            outcome: check.judge(&subject),
            place: check.facts().find_map(|fact| derived.place(fact)).map(str::to_owned),
            help: check.references().first().cloned().unwrap_or_default(),
        })
        .collect()
}

/// That checks which would have counted were left out.
fn not_judged(selection: &Selection, provider: Provider) -> Option<Limit> {
    let left_out = selection.not_judged(provider);
    let (what, were) = enumerated(&left_out)?;
    Some(Limit { what: format!("{what} {were} not judged"), lift: "leave --only and --skip out".into() })
}

/// What to send to OpenAI, or why there is nothing to send.
fn payload(
    name: &str,
    registration: &AwsRegistration,
    verdict: Verdict,
    selection: &Selection,
) -> Result<Payload, String> {
    if verdict != Verdict::Ready {
        return Err(format!("the verdict is {verdict}"));
    }
    if let Some((what, were)) = enumerated(&selection.missing_for_payload(Provider::Aws)) {
        return Err(format!("{what} {were} not selected"));
    }
    let target = registration.target().ok_or("OpenAI would not accept the values as they are written")?;
    Ok(Payload::aws(name, &target))
}

/// Checks as the subject of a sentence, and its verb.
fn enumerated(ids: &[&str]) -> Option<(String, &'static str)> {
    let quoted: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    match quoted.split_last()? {
        (only, []) => Some((format!("the check {only}"), "was")),
        (last, others) => Some((format!("the checks {} and {last}", others.join(", ")), "were")),
    }
}

/// What could not be read of that which the selected checks need.
fn unread(seen: &AwsEvidence, selection: &Selection) -> Vec<Unread> {
    let needed = selection.needs(Provider::Aws);
    let makes = |key: &EvidenceKey, call: &str| key.calls().iter().any(|of_key| of_key.name == call);
    let needless = |missing: &&Missing| {
        let mut for_it = EvidenceKey::ALL.iter().filter(|key| makes(key, &missing.call)).peekable();
        for_it.peek().is_some() && !for_it.any(|key| needed.contains(key))
    };
    let mut unread: Vec<Unread> = Vec::new();
    for missing in seen.missing().into_iter().filter(|missing| !needless(missing)) {
        let (reason, call) = (missing.reason.word(), &missing.call);
        match unread.iter_mut().find(|unread| unread.reason == reason && unread.detail == missing.detail) {
            Some(same) if same.calls.contains(call) => {}
            Some(same) => same.calls.push(call.clone()),
            None => unread.push(Unread { calls: vec![call.clone()], reason, detail: missing.detail.clone() }),
        }
    }
    unread
}

#[cfg(test)]
mod tests;

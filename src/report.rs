//! Evidence to verdict: every selected check once, the path, the limits, and the payload where the verdict allows it.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use crate::check::{Outcome, Severity, Subject};
use crate::contract::Provider;
use crate::evidence::{Catalogued, Cloud, Evidence, Missing, Source, aws, azure};
use crate::facts::path::Step;
use crate::facts::symbolic::{Cases, Symbolic};
use crate::facts::{self, Derived, Limit};
use crate::payload::Payload;
use crate::selection::Selection;
use crate::target::{FriendlyName, Registration, Way};
use crate::waiver::Waiver;

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
    pub registration: Registration,
    /// The way of OpenAI's calls, as people read it.
    pub way: Way,
    /// Its values that are known only after apply, each as people read it.
    pub known_after_apply: Vec<(&'static str, String)>,
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
    /// Who accepts the outcome, where somebody does: it counts no more in the verdict.
    pub waiver: Option<Waiver>,
}

impl CheckReport {
    /// What became of it, in a word of the report: `waived` where somebody accepts it.
    pub fn word(&self) -> &'static str {
        if self.waiver.is_some() { "waived" } else { self.outcome.name() }
    }
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
                _ if check.waiver.is_some() => Self::Ready,
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
        let (cloud, provider) = (&evidence.cloud, evidence.cloud.provider());
        let symbolic = Symbolic::of(evidence);
        let cases = Cases::of(evidence);
        let decided = cases.evidence.iter().map(|case| Decided::of(case, selection));
        let Decided { path, checks, limits } = Decided::in_all(decided, &symbolic, cases.incomplete);
        let verdict = Verdict::of(&checks, selection);
        Self {
            name: evidence.name.clone(),
            provider,
            source: evidence.source,
            collected_at: evidence.collected_at,
            registration: cloud.registration(),
            way: cloud.registration().way().map(|name| symbolic.shown(&name)),
            known_after_apply: known_after_apply(cloud, &symbolic),
            verdict,
            limits: not_judged(selection, provider).into_iter().chain(limits).collect(),
            unread: unread(evidence, selection),
            path,
            payload: payload(evidence, verdict, selection, &symbolic),
            checks,
        }
    }
}

/// What is decided of the evidence in one case of what it may turn out to be.
struct Decided {
    path: Vec<Step>,
    checks: Vec<CheckReport>,
    limits: Vec<Limit>,
}

impl Decided {
    fn of(evidence: &Evidence, selection: &Selection) -> Self {
        let symbolic = Symbolic::of(evidence);
        let derived = facts::clouds::derive(evidence, selection.assumptions());
        let shown = |text: String| symbolic.shown(&text);
        let mut checks = judged(&derived, &symbolic, evidence.cloud.provider(), selection);
        for check in &mut checks {
            check.place = check.place.take().map(shown);
            if let Outcome::Unknown { message, because } = &mut check.outcome {
                *message = symbolic.shown(message);
                *because = symbolic.shown_because(std::mem::take(because));
            }
        }
        Self {
            path: derived.path.into_iter().map(|step| symbolic.shown_step(step)).collect(),
            checks,
            limits: derived.limits.into_iter().map(|limit| symbolic.shown_limit(limit)).collect(),
        }
    }

    /// What is the same in all cases; what is not is open.
    fn in_all(cases: impl Iterator<Item = Self>, symbolic: &Symbolic<'_>, incomplete: bool) -> Self {
        let open = symbolic.open();
        let mut cases = cases;
        let Some(mut all) = cases.next() else {
            return Self { path: Vec::new(), checks: Vec::new(), limits: Vec::new() };
        };
        for case in cases {
            for (step, other) in all.path.iter_mut().zip(&case.path) {
                if step.answer != other.answer {
                    step.left_open(&open);
                }
            }
            for (check, other) in all.checks.iter_mut().zip(&case.checks) {
                if check.outcome.name() != other.outcome.name() {
                    check.outcome = Outcome::unknown(open.clone());
                }
            }
        }
        if incomplete {
            all.path.iter_mut().for_each(|step| step.left_open(&open));
            all.checks.iter_mut().for_each(|check| check.outcome = Outcome::unknown(open.clone()));
        }
        all
    }
}

/// The values of a registration that are known only after apply, as people read them.
fn known_after_apply(cloud: &Cloud, symbolic: &Symbolic<'_>) -> Vec<(&'static str, String)> {
    let values = match cloud.registration() {
        Registration::Aws(of) => vec![
            ("role_arn", of.role_arn.to_string()),
            ("kms_arn", of.kms_arn.to_string()),
            ("external_id", of.external_id.to_string()),
        ],
        Registration::Azure(of) => vec![
            ("tenant_id", of.tenant_id.to_string()),
            ("vault_uri", of.vault_uri.to_string()),
            ("key_name", of.key_name.to_string()),
        ],
    };
    let unknown = values.into_iter().filter(|(_, value)| !symbolic.within(value).is_empty());
    unknown.map(|(name, value)| (name, symbolic.shown(&value))).collect()
}

/// What becomes of each selected check.
fn judged(
    derived: &Derived,
    symbolic: &Symbolic<'_>,
    provider: Provider,
    selection: &Selection,
) -> Vec<CheckReport> {
    let vocabulary = selection.registry().vocabulary(provider);
    let contract = vocabulary.map_or(&Value::Null, |vocabulary| &vocabulary.contract_values);
    let of_checks = [&derived.facts, &derived.target].map(|facts| symbolic.unknown_in(facts));
    let of_people = [&derived.facts, &derived.target].map(|facts| symbolic.shown_in(facts));
    let [facts, target] = of_checks.each_ref().map(AsRef::as_ref);
    let subject = Subject { facts, target, contract, shown: Some(of_people.each_ref().map(AsRef::as_ref)) };
    selection
        .checks(provider)
        .map(|(check, severity)| CheckReport {
            id: check.id().to_owned(),
            title: check.title().to_owned(),
            severity,
            outcome: check.judge(&subject),
            place: check.facts().find_map(|fact| derived.place(fact)).map(str::to_owned),
            help: check.references().first().cloned().unwrap_or_default(),
            waiver: None,
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
    evidence: &Evidence,
    verdict: Verdict,
    selection: &Selection,
    symbolic: &Symbolic<'_>,
) -> Result<Payload, String> {
    if verdict != Verdict::Ready {
        return Err(format!("the verdict is {verdict}"));
    }
    if let Some((what, were)) = enumerated(&selection.missing_for_payload(evidence.cloud.provider())) {
        return Err(format!("{what} {were} not selected"));
    }
    let unknown = known_after_apply(&evidence.cloud, symbolic);
    if !unknown.is_empty() {
        let values: Vec<String> = unknown.iter().map(|(name, value)| format!("{name}, {value}")).collect();
        return Err(format!("known only after apply: {}", values.join("; ")));
    }
    Payload::of(evidence.name.as_str(), &evidence.cloud.registration())
        .ok_or_else(|| "OpenAI would not accept the values as they are written".into())
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
fn unread(evidence: &Evidence, selection: &Selection) -> Vec<Unread> {
    // What a plan does not tell stands with the checks that it leaves open.
    if evidence.source == Source::Plan {
        return Vec::new();
    }
    let cloud = &evidence.cloud;
    let needless: fn(&Selection, &Missing) -> bool = match cloud {
        Cloud::Aws { .. } => is_needless::<aws::EvidenceKey>,
        Cloud::Azure { .. } => is_needless::<azure::EvidenceKey>,
    };
    let mut unread: Vec<Unread> = Vec::new();
    for missing in cloud.missing().into_iter().filter(|missing| !needless(selection, missing)) {
        let (reason, call) = (missing.reason.word(), &missing.call);
        match unread.iter_mut().find(|unread| unread.reason == reason && unread.detail == missing.detail) {
            Some(same) if same.calls.contains(call) => {}
            Some(same) => same.calls.push(call.clone()),
            None => unread.push(Unread { calls: vec![call.clone()], reason, detail: missing.detail.clone() }),
        }
    }
    unread
}

/// Whether a call was made for nothing that the selected checks need.
fn is_needless<K: Catalogued>(selection: &Selection, missing: &Missing) -> bool {
    let needed = selection.needs::<K>();
    let mut for_it = K::ALL.iter().filter(|key| key.makes(&missing.call)).peekable();
    for_it.peek().is_some() && !for_it.any(|key| needed.contains(key))
}

#[cfg(test)]
mod tests;

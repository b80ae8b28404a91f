//! Evidence to verdict: every selected check once, the path, the limits, and the payload where the verdict allows it.

use std::fmt;

use jiff::Timestamp;

use crate::check::{Outcome, Severity};
use crate::contract::Provider;
use crate::evidence::{Catalogued, Cloud, Evidence, Missing, Source, aws, azure};
use crate::facts::Limit;
use crate::facts::path::Step;
use crate::facts::symbolic::{Cases, Symbolic};
use crate::payload::Payload;
use crate::selection::Selection;
use crate::target::{Registration, Way};
use crate::waiver::{Unused, Waiver, Waivers, Waiving};

mod decided;
mod finding;
pub mod github;
pub mod json;
pub mod junit;
pub mod markdown;
pub(crate) mod page;
pub mod sarif;
pub mod table;

use decided::{Decided, known_after_apply};

/// What a run found.
#[derive(Debug, Clone)]
pub struct Report {
    /// The worst of the targets' verdicts.
    pub verdict: Verdict,
    /// Each target, in the order given.
    pub targets: Vec<TargetReport>,
    /// The waivers that did nothing: expired ones, and those that met nothing to accept.
    pub unused_waivers: Vec<Unused>,
}

/// A target to judge.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The name that waivers know it by.
    pub target: &'a str,
    /// The name that reports show it by.
    pub name: &'a str,
    /// What was seen of it.
    pub evidence: &'a Evidence,
    /// What it is judged by.
    pub selection: &'a Selection,
}

/// What was found of one target.
#[derive(Debug, Clone)]
pub struct TargetReport {
    /// The registration's friendly name; of one of several in a plan with what tells it from the others of the run.
    pub name: String,
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
    /// Whether the verdict rests on it in this run.
    pub counts: bool,
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

    /// The exit status of a run that comes to it.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Ready => 0,
            Self::NotReady => 1,
            Self::Undetermined => 3,
        }
    }

    fn of(checks: &[CheckReport]) -> Self {
        let counted = checks.iter().filter(|check| check.counts && check.waiver.is_none());
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
        let judged: Vec<Judged<'_>> = evidence
            .iter()
            .map(|evidence| {
                let name = evidence.name.as_str();
                Judged { target: name, name, evidence, selection }
            })
            .collect();
        Self::with_waivers(&judged, &Waivers::default())
    }

    /// That there is nothing to judge, which somebody has allowed: nothing is ready then, and the exit status is 0.
    pub fn of_nothing() -> Self {
        Self { verdict: Verdict::Undetermined, targets: Vec::new(), unused_waivers: Vec::new() }
    }

    /// The exit status of the run.
    pub fn exit_status(&self) -> u8 {
        if self.targets.is_empty() { 0 } else { self.verdict.exit_status() }
    }

    /// What is to be said of the run as a whole: that there was nothing to judge, and which waivers did nothing. The texts
    /// may be hostile.
    pub fn remarks(&self) -> Vec<String> {
        let nothing =
            self.targets.is_empty().then(|| "no key is registered: there was nothing to judge".to_owned());
        nothing.into_iter().chain(self.unused_waivers.iter().map(ToString::to_string)).collect()
    }

    /// Judges each target by its own selection, and accepts what is waived.
    pub fn with_waivers(judged: &[Judged<'_>], waivers: &Waivers) -> Self {
        let mut waiving = waivers.begin(judged.iter().map(|one| one.target));
        let targets: Vec<TargetReport> =
            judged.iter().map(|one| TargetReport::of(one, &mut waiving)).collect();
        let verdict = targets.iter().map(|target| target.verdict).max().unwrap_or(Verdict::Undetermined);
        Self { verdict, targets, unused_waivers: waiving.unused() }
    }
}

impl TargetReport {
    /// The verdict in one line, with what it leaves out of account: `READY, but …`. The text may be hostile.
    pub fn headline(&self) -> String {
        let said = self.verdict.to_string().to_uppercase();
        if self.limits.is_empty() {
            return said;
        }
        let joined: Vec<&str> = self.limits.iter().map(|limit| limit.what.as_str()).collect();
        let but = if self.verdict == Verdict::Ready { ", but" } else { ";" };
        format!("{said}{but} {}", joined.join(", and "))
    }

    fn of(judged: &Judged<'_>, waiving: &mut Waiving<'_>) -> Self {
        let Judged { target, name, evidence, selection } = *judged;
        let (cloud, provider) = (&evidence.cloud, evidence.cloud.provider());
        let symbolic = Symbolic::of(evidence);
        let cases = Cases::of(evidence);
        let decided = cases.evidence.iter().map(|case| Decided::of(case, selection));
        let Decided { path, mut checks, limits } = Decided::in_all(decided, &symbolic, cases.incomplete);
        for check in &mut checks {
            check.waiver = waiving.of(target, &check.id, &check.outcome);
        }
        let verdict = Verdict::of(&checks);
        let known_after_apply = known_after_apply(&cloud.registration(), &symbolic);
        let payload = payload(evidence, verdict, &checks, selection, &known_after_apply);
        let left_out = left_out(selection, provider, &checks);
        Self {
            name: name.to_owned(),
            provider,
            source: evidence.source,
            collected_at: evidence.collected_at,
            registration: cloud.registration(),
            way: cloud.registration().way().map(|name| symbolic.shown(&name)),
            known_after_apply,
            verdict,
            limits: left_out.into_iter().chain(limits).collect(),
            unread: unread(evidence, selection),
            path,
            payload,
            checks,
        }
    }
}

/// That checks which would have counted were left out, lowered or waived.
fn left_out(selection: &Selection, provider: Provider, checks: &[CheckReport]) -> Vec<Limit> {
    let waived = checks.iter().filter(|check| check.waiver.is_some() && check.counts);
    let waived: Vec<&str> = waived.map(|check| check.id.as_str()).collect();
    let limits = [
        (selection.not_judged(provider), "not judged", "leave --only and --skip out"),
        (selection.not_counted(provider), "lowered in severity", "leave the lower severity out"),
        (waived, "waived", "repair what was found, and remove the waiver"),
    ];
    limits
        .into_iter()
        .filter_map(|(ids, done, lift)| {
            let (what, were) = enumerated(&ids)?;
            Some(Limit { what: format!("{what} {were} {done}"), lift: lift.into() })
        })
        .collect()
}

/// What to send to OpenAI, or why there is nothing to send.
fn payload(
    evidence: &Evidence,
    verdict: Verdict,
    checks: &[CheckReport],
    selection: &Selection,
    known_after_apply: &[(&'static str, String)],
) -> Result<Payload, String> {
    if verdict != Verdict::Ready {
        return Err(format!("the verdict is {verdict}"));
    }
    let provider = evidence.cloud.provider();
    let waived = checks.iter().filter(|check| check.waiver.is_some() && selection.rests_on(&check.id));
    let reasons = [
        (selection.missing_for_payload(provider), "not selected"),
        (selection.weakened(provider), "lowered in severity"),
        (waived.map(|check| check.id.as_str()).collect(), "waived"),
    ];
    for (ids, done) in reasons {
        if let Some((what, were)) = enumerated(&ids) {
            return Err(format!("{what} {were} {done}"));
        }
    }
    if !known_after_apply.is_empty() {
        let values: Vec<String> =
            known_after_apply.iter().map(|(name, value)| format!("{name}, `{value}`")).collect();
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

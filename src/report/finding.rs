//! What every format says of a check: how it stands, and what is behind it. The texts are as the clouds and plans have
//! them: each renderer makes them inert in its own way.

use super::json::Summary;
use super::{CheckReport, TargetReport, Unread};
use crate::check::{Outcome, Snippet};
use crate::facts::UnknownBecause;
use crate::facts::path::Step;
use crate::payload::Payload;

/// What a check does to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It counts and fails: not ready.
    Fails,
    /// It counts and can't be decided: undetermined.
    Open,
    /// It fails or can't be decided, and does not count.
    Advises,
    /// Somebody accepts what came of it.
    Accepted,
    /// It had nothing to look at.
    Aside,
    /// It passes.
    Passes,
}

/// Something behind the outcome of a check: `where`, `fix`, …
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Detail {
    /// What it is.
    pub(super) name: &'static str,
    /// The text, of one line.
    pub(super) text: String,
}

impl CheckReport {
    /// What it does to the verdict.
    pub(super) fn standing(&self) -> Standing {
        match &self.outcome {
            _ if self.waiver.is_some() => Standing::Accepted,
            Outcome::Pass => Standing::Passes,
            Outcome::NotApplicable { .. } => Standing::Aside,
            _ if !self.counts => Standing::Advises,
            Outcome::Fail(_) => Standing::Fails,
            Outcome::Unknown { .. } | Outcome::Error { .. } => Standing::Open,
        }
    }

    /// What became of it, as the end of a sentence that its id begins.
    pub(super) fn verb(&self) -> &'static str {
        match &self.outcome {
            Outcome::Pass => "passes",
            Outcome::Fail(_) => "fails",
            Outcome::Unknown { .. } => "can't be decided",
            Outcome::NotApplicable { .. } => "is not applicable",
            Outcome::Error { .. } => "could not be evaluated",
        }
    }

    /// What it says: its title where it passes.
    pub(super) fn sentence(&self) -> &str {
        self.outcome.message().unwrap_or(&self.title)
    }

    /// What became of it and what it says, as the end of a sentence that its id begins.
    pub(super) fn told(&self) -> String {
        match &self.outcome {
            Outcome::Pass => self.verb().to_owned(),
            // It says as much itself.
            Outcome::Unknown { message, .. } => message.clone(),
            _ => format!("{}: {}", self.verb(), self.sentence()),
        }
    }

    /// What is behind the outcome, in the order in which a reader wants it.
    pub(super) fn details(&self) -> Vec<Detail> {
        let mut details = Vec::new();
        let mut add = |name, text: Option<&str>| {
            details.extend(text.map(|text| Detail { name, text: text.to_owned() }));
        };
        if let Some(waiver) = &self.waiver {
            add("accepted because", Some(&waiver.reason));
            add("accepted by", Some(&format!("{}, until {}", waiver.owner, waiver.expires)));
        }
        // The fix is last: the command that does it stands behind it.
        match &self.outcome {
            Outcome::Fail(failure) => {
                add("seen", failure.seen.as_deref());
                add("where", self.place.as_deref());
                add("OpenAI shows", failure.symptom.as_deref());
                add("fix", Some(&failure.fix.text));
            }
            Outcome::Unknown { because: reasons, .. } => {
                add("where", self.place.as_deref());
                reasons.iter().for_each(|reason| add("because", Some(&because(reason))));
            }
            Outcome::Error { .. } => add("where", self.place.as_deref()),
            Outcome::Pass | Outcome::NotApplicable { .. } => {}
        }
        details
    }

    /// The command or document of the fix.
    pub(super) fn snippet(&self) -> Option<&Snippet> {
        match &self.outcome {
            Outcome::Fail(failure) => failure.fix.snippet.as_ref(),
            _ => None,
        }
    }
}

impl Unread {
    /// The calls that were stopped, and by what.
    pub(super) fn sentence(&self) -> String {
        let said = format!("{}: {}", self.calls.join(", "), spoken(self.reason));
        if self.detail.is_empty() { said } else { format!("{said}: {}", self.detail) }
    }
}

impl TargetReport {
    /// The limits, each with how to lift it.
    pub(super) fn limit_sentences(&self) -> impl Iterator<Item = String> {
        self.limits.iter().map(|limit| format!("{}: {}", limit.what, limit.lift))
    }

    /// OpenAI's calls and what each would get, on one line.
    pub(super) fn calls(&self) -> String {
        let answered = |step: &Step| {
            let on = if step.depends_on.is_empty() { "" } else { " on " };
            format!("{} {}{on}{}", step.action, step.answer.word(), step.depends_on.join(" and "))
        };
        self.path.iter().map(answered).collect::<Vec<_>>().join(", ")
    }

    /// The body that registers the key, on one line and inert already, or why there is none.
    pub(super) fn payload_line(&self) -> Result<String, String> {
        let body = |payload: &Payload| payload.line().map_err(|error| error.to_string());
        self.payload.as_ref().map_err(Clone::clone).and_then(body)
    }
}

/// Why something is not known, and what the caller needs to know it.
pub(super) fn because(reason: &UnknownBecause) -> String {
    let said = format!("{}: {}", reason.evidence, spoken(&reason.reason));
    match &reason.permission {
        Some(permission) => format!("{said}; the caller needs {permission}"),
        None => said,
    }
}

/// How many checks of a target came to what: `23 checks: 22 pass, 1 unknown`.
pub(super) fn counted(target: &TargetReport) -> String {
    let summary = Summary::of(&target.checks);
    let counts: Vec<String> = [
        (summary.pass, "pass"),
        (summary.fail, "fail"),
        (summary.unknown, "unknown"),
        (summary.not_applicable, "not applicable"),
        (summary.waived, "waived"),
        (summary.error, "error"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    let checks = if target.checks.len() == 1 { "check" } else { "checks" };
    format!("{} {checks}: {}", target.checks.len(), counts.join(", "))
}

/// A reason's word without its underscores; a sentence stays as it is.
fn spoken(reason: &str) -> String {
    let (word, rest) = reason.split_at(reason.find(':').unwrap_or(reason.len()));
    let is_word = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_word { format!("{}{rest}", word.replace('_', " ")) } else { reason.to_owned() }
}

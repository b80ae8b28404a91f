//! What a customer accepts for a while, on somebody's word.
//!
//! A waiver turns a check's `fail` and `unknown` into `waived`, through its last day. It does nothing to what passes, is
//! not applicable or could not be evaluated. One that has expired counts no more, and each that did nothing in a run is
//! reported with the reason: see [`Unused`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::check::Outcome;

/// That the outcome of a check on a target is accepted until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Waiver {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it counts.
    #[schemars(with = "String", extend("format" = "date"))]
    pub expires: Date,
}

/// What a waiver is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The check's id.
    pub check: String,
    /// The target.
    pub target: Waived,
}

/// Where an outcome is accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waived {
    /// On the target of this name.
    On(String),
    /// On every target.
    Everywhere,
}

impl Waived {
    /// The name, as files and reports write it: `*` for every target.
    pub fn as_str(&self) -> &str {
        match self {
            Self::On(target) => target,
            Self::Everywhere => "*",
        }
    }
}

/// The waivers of a run, as of one day.
#[derive(Debug, Clone, Default)]
pub struct Waivers {
    /// In the order in which they were written.
    entries: Vec<(Subject, Waiver)>,
    /// The places of those that count on the day.
    counting: BTreeMap<Subject, usize>,
}

impl Waivers {
    /// These, as of a day; of two of the same subject the first counts.
    pub fn new(entries: Vec<(Subject, Waiver)>, day: Date) -> Self {
        let mut counting = BTreeMap::new();
        for (place, (subject, waiver)) in entries.iter().enumerate() {
            if waiver.expires >= day {
                counting.entry(subject.clone()).or_insert(place);
            }
        }
        Self { entries, counting }
    }

    /// Begins a run of these targets.
    pub(crate) fn begin<'a>(&'a self, targets: impl IntoIterator<Item = &'a str>) -> Waiving<'a> {
        Waiving { waivers: self, targets: targets.into_iter().collect(), met: vec![None; self.entries.len()] }
    }
}

/// A waiver that did nothing in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// What it is of.
    pub subject: Subject,
    /// The waiver.
    pub waiver: Waiver,
    /// Why it did nothing.
    pub why: Why,
}

/// Why a waiver did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its last day is over.
    Expired,
    /// No target of the run has the name.
    NoSuchTarget,
    /// The check was not judged on the target: it was not selected, or is another cloud's.
    NotJudged,
    /// The check passes.
    Passes,
    /// The check is not applicable.
    NotApplicable,
    /// The check could not be evaluated, which is a defect of the check and nothing to accept.
    Broken,
}

impl Why {
    /// The word in reports: `expired`, or `unmatched` where there was nothing to accept.
    pub fn word(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            _ => "unmatched",
        }
    }
}

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject { check, target } = &self.subject;
        match target {
            Waived::On(target) => write!(f, "the waiver of `{check}` on `{target}`")?,
            Waived::Everywhere => write!(f, "the waiver of `{check}` on every target")?,
        }
        let Waiver { owner, expires, .. } = &self.waiver;
        let why = match self.why {
            Why::Expired => {
                return write!(
                    f,
                    " expired on {expires} and counts no more: ask {owner}, and renew it or remove it"
                );
            }
            Why::NoSuchTarget => "no target has that name",
            Why::NotJudged => "the check was not judged there",
            Why::Passes => "the check passes",
            Why::NotApplicable => "the check is not applicable",
            Why::Broken => "the check could not be evaluated, which can't be waived",
        };
        write!(f, " waives nothing: {why}; remove it, or correct it")
    }
}

/// Waivers at work: which of them have met something.
pub(crate) struct Waiving<'a> {
    waivers: &'a Waivers,
    targets: BTreeSet<&'a str>,
    /// By place: what the waiver met, `Err` where that was nothing to accept.
    met: Vec<Option<Result<(), Why>>>,
}

impl Waiving<'_> {
    /// The waiver of a check's outcome on a target, where there is one that counts. The one that names the target goes
    /// before the one for all.
    pub(crate) fn of(&mut self, target: &str, check: &str, outcome: &Outcome) -> Option<Waiver> {
        let acceptable = match outcome {
            Outcome::Fail(_) | Outcome::Unknown { .. } => Ok(()),
            Outcome::Pass => Err(Why::Passes),
            Outcome::NotApplicable { .. } => Err(Why::NotApplicable),
            Outcome::Error { .. } => Err(Why::Broken),
        };
        let mut found = None;
        for waived in [Waived::On(target.to_owned()), Waived::Everywhere] {
            let subject = Subject { check: check.to_owned(), target: waived };
            let Some(&place) = self.waivers.counting.get(&subject) else { continue };
            if let Some(met) = self.met.get_mut(place)
                && *met != Some(Ok(()))
            {
                *met = Some(acceptable);
            }
            found = found.or_else(|| self.waivers.entries.get(place));
        }
        acceptable.ok().and(found).map(|(_, waiver)| waiver.clone())
    }

    /// Those that did nothing, in the order in which they were written.
    pub(crate) fn unused(self) -> Vec<Unused> {
        let entries = self.waivers.entries.iter().enumerate().zip(self.met);
        entries
            .filter_map(|((place, (subject, waiver)), met)| {
                let counts = self.waivers.counting.get(subject) == Some(&place);
                let why = match (&subject.target, met) {
                    _ if !counts => Why::Expired,
                    (_, Some(Ok(()))) => return None,
                    (_, Some(Err(why))) => why,
                    (Waived::On(target), None) if !self.targets.contains(target.as_str()) => {
                        Why::NoSuchTarget
                    }
                    (_, None) => Why::NotJudged,
                };
                Some(Unused { subject: subject.clone(), waiver: waiver.clone(), why })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn entry(check: &str, target: &str, expires: Date) -> (Subject, Waiver) {
        let target = if target == "*" { Waived::Everywhere } else { Waived::On(target.into()) };
        let waiver = Waiver { reason: target.as_str().into(), owner: "security".into(), expires };
        (Subject { check: check.into(), target }, waiver)
    }

    fn unknown() -> Outcome {
        Outcome::Unknown { message: "unread".into(), because: vec![] }
    }

    #[test]
    fn a_waiver_counts_through_its_last_day() {
        for (day, counts) in [(date(2027, 1, 30), true), (date(2027, 1, 31), true), (date(2027, 2, 1), false)]
        {
            let waivers = Waivers::new(vec![entry("aws-key-alias", "one", date(2027, 1, 31))], day);
            let mut waiving = waivers.begin(["one"]);
            assert_eq!(waiving.of("one", "aws-key-alias", &unknown()).is_some(), counts, "{day}");
            let unused: Vec<Why> = waiving.unused().into_iter().map(|unused| unused.why).collect();
            assert_eq!(unused, if counts { vec![] } else { vec![Why::Expired] }, "{day}");
        }
    }

    #[test]
    fn the_waiver_that_names_the_target_goes_first_while_it_counts() {
        let later = date(2027, 1, 31);
        for (of_target, expected) in [(later, "one"), (date(2026, 1, 1), "*")] {
            let entries = vec![entry("aws-key-alias", "*", later), entry("aws-key-alias", "one", of_target)];
            let waivers = Waivers::new(entries, date(2026, 11, 21));
            let mut waiving = waivers.begin(["one", "two"]);
            let waiver = waiving.of("one", "aws-key-alias", &unknown());
            assert_eq!(waiver.map(|waiver| waiver.reason).as_deref(), Some(expected));
            assert!(waiving.of("two", "aws-key-alias", &unknown()).is_some());
            assert!(waiving.of("two", "aws-key-usage", &unknown()).is_none());
        }
    }

    /// Only `fail` and `unknown` are accepted; a waiver that meets nothing else says what it met.
    #[test]
    fn a_waiver_that_does_nothing_is_named_with_the_reason() {
        let later = date(2027, 1, 31);
        let not_applicable = Outcome::NotApplicable { message: "behind a role that is not there".into() };
        let error = Outcome::Error { message: "no such function".into() };
        for (target, outcome, why) in [
            ("one", Some(&Outcome::Pass), "the check passes"),
            ("one", Some(&not_applicable), "the check is not applicable"),
            ("one", Some(&error), "the check could not be evaluated, which can't be waived"),
            ("one", None, "the check was not judged there"),
            ("three", None, "no target has that name"),
        ] {
            let waivers = Waivers::new(vec![entry("aws-key-alias", target, later)], date(2026, 11, 21));
            let mut waiving = waivers.begin(["one", "two"]);
            if let Some(outcome) = outcome {
                assert_eq!(waiving.of(target, "aws-key-alias", outcome), None);
            }
            let unused: Vec<String> = waiving.unused().iter().map(ToString::to_string).collect();
            let expected = format!(
                "the waiver of `aws-key-alias` on `{target}` waives nothing: {why}; remove it, or correct it"
            );
            assert_eq!(unused, [expected]);
        }
    }

    #[test]
    fn a_waiver_for_all_targets_is_used_where_one_of_them_needs_it() {
        let entries = vec![entry("aws-key-alias", "*", date(2027, 1, 31))];
        let waivers = Waivers::new(entries, date(2026, 11, 21));
        let mut waiving = waivers.begin(["one", "two", "three"]);
        for (target, outcome) in [("one", Outcome::Pass), ("two", unknown()), ("three", Outcome::Pass)] {
            waiving.of(target, "aws-key-alias", &outcome);
        }
        assert_eq!(waiving.unused(), []);
    }
}

//! Calls that somebody may make at any time from now on: what a policy allows next year is not safe today, and what it
//! allowed until last year nobody can use any more.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::iam::condition::operand::{Operand, Typed};
use crate::iam::context::Key;
use crate::iam::policy::{ResourceElement, Statement};
use crate::iam::{Context, ContextValue, Dependency, Layers};

/// The keys that tell the time (IAM-UG reference_policies_condition-keys).
const TIMES: [&str; 2] = ["aws:CurrentTime", "aws:EpochTime"];
/// More dates than this are not gone through one by one.
const MOST_DATES: usize = 24;

/// The context of a call at any time from now on, as far as these policies tell times apart: now, and before, at and
/// after each later date that they name. Where they read the time in another way, it is any.
pub(super) fn from_now_on(context: Context, layers: &Layers, now: Timestamp) -> Context {
    let times = times(layers, now);
    TIMES.into_iter().fold(context, |context, key| {
        let open = Dependency::new(key, "it may be called at any time from now on");
        let said = |time: &Timestamp| match key {
            "aws:EpochTime" => time.as_second().to_string(),
            _ => time.to_string(),
        };
        let value = match &times {
            Some(times) => {
                let values = times.iter().map(|time| ContextValue::Single(said(time)));
                ContextValue::one_of(values.collect(), open)
            }
            None => ContextValue::unknown(open),
        };
        context.with(key, value)
    })
}

/// The telling times; `None` where the policies read the time as something else than a date.
fn times(layers: &Layers, now: Timestamp) -> Option<BTreeSet<Timestamp>> {
    let now = Timestamp::from_second(now.as_second()).ok()?;
    let mut times = BTreeSet::from([now]);
    for statement in layers.statements() {
        if names_time(statement) {
            return None;
        }
        let conditions = statement.conditions.iter();
        for condition in conditions.filter(|condition| TIMES.iter().any(|key| condition.key == Key::new(key)))
        {
            for value in &condition.values {
                let date = match value {
                    Operand::Typed { value: Typed::Date(date), .. } => *date,
                    Operand::Typed { value: Typed::Boolean(_), .. } => continue,
                    Operand::Typed { value: Typed::Number(_), written } => {
                        Timestamp::from_second(written.trim().parse().ok()?).ok()?
                    }
                    Operand::Typed { .. } | Operand::Text(_) | Operand::Arn(_) => return None,
                };
                let around = SignedDuration::from_secs(1);
                let [before, at, after] =
                    [date.checked_sub(around).ok()?, date, date.checked_add(around).ok()?];
                times.extend([before, at, after].into_iter().filter(|time| *time >= now));
            }
        }
    }
    (times.len() <= 3 * MOST_DATES).then_some(times)
}

/// Whether the time stands in a variable.
fn names_time(statement: &Statement) -> bool {
    let reads = |written: &str| {
        let written = written.to_ascii_lowercase();
        TIMES.iter().any(|key| written.contains(&format!("${{{}", key.to_ascii_lowercase())))
    };
    let resources = match &statement.resource {
        Some(ResourceElement::Resource(patterns) | ResourceElement::NotResource(patterns)) => {
            patterns.as_slice()
        }
        None => &[],
    };
    let operands = statement.conditions.iter().flat_map(|condition| &condition.values);
    resources.iter().any(|pattern| reads(pattern.template.written()))
        || operands.map(Operand::written).any(reads)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::{Policies, Policy};

    const NOW: &str = "2026-11-21T12:00:00Z";

    fn time_of(condition: &str) -> ContextValue {
        let policy = format!(
            r#"{{"Version": "2012-10-17",
                "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}}}"#
        );
        let identity = Some(Policies::of("p", Policy::parse(&policy).unwrap()));
        let layers = Layers { identity, ..Layers::default() };
        let context = from_now_on(Context::complete(), &layers, NOW.parse().unwrap());
        context.get(&Key::new("aws:CurrentTime")).clone()
    }

    fn one_of(times: &[&str]) -> ContextValue {
        let open = Dependency::new("aws:CurrentTime", "it may be called at any time from now on");
        ContextValue::one_of(times.iter().map(|time| ContextValue::Single((*time).into())).collect(), open)
    }

    #[test]
    fn later_dates_tell_times_apart_and_earlier_ones_do_not() {
        assert_eq!(
            time_of(r#"{"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}"#),
            one_of(&[NOW])
        );
        assert_eq!(
            time_of(r#"{"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}"#),
            one_of(&[NOW, "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "2027-01-01T00:00:01Z"])
        );
        assert_eq!(
            time_of(r#"{"NumericLessThan": {"aws:EpochTime": "1795262400"}}"#),
            one_of(&[NOW, "2026-11-21T12:00:01Z"]),
        );
    }

    #[test]
    fn a_time_that_is_read_in_another_way_is_any() {
        for condition in [
            r#"{"StringLike": {"aws:CurrentTime": "2027-*"}}"#,
            r#"{"StringEquals": {"aws:PrincipalTag/until": "${aws:CurrentTime}"}}"#,
        ] {
            assert!(
                matches!(time_of(condition), ContextValue::Open(open) if open.may_be_absent),
                "{condition}"
            );
        }
    }
}

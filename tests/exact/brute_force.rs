//! Three values against brute force.

use std::collections::{BTreeMap, BTreeSet};

use ekm_preflight::iam::{Layers, Outcome, decide};

use crate::case::{Case, TurnsOut, Unread};
use crate::choices::Choices;
use crate::generate;
use crate::keys::{self, Type};

/// More requests than this are not decided for one case.
const MOST_REQUESTS: usize = 250;

/// An answer, and the names of what it depends on.
pub(crate) type Answer = (Outcome, BTreeSet<String>);

/// What the engine says.
pub(crate) fn answered(case: &Case) -> Answer {
    let (request, layers) = (case.request(), case.layers());
    let decision = decide(&request, &layers);
    (decision.outcome, decision.names().iter().map(|name| name.to_ascii_lowercase()).collect())
}

/// What all completed requests together say; `None` where there are too many of them.
fn tried(case: &Case) -> Option<Answer> {
    let mut possible: Vec<Vec<TurnsOut>> = Vec::new();
    for unknown in &case.unknown {
        let values = keys::values(case, unknown.key, &unknown.kind);
        possible.push(values.into_iter().map(TurnsOut::Value).collect());
    }
    for _ in case.layers.iter().filter(|layer| layer.unread.is_some()) {
        possible.push(Unread::ALL.map(TurnsOut::Policy).into());
    }
    let requests: usize = possible.iter().map(Vec::len).product();
    if requests > MOST_REQUESTS {
        return None;
    }
    // Policies are parsed once for each way in which the unread ones turn out.
    let mut layers: BTreeMap<Vec<Unread>, Layers> = BTreeMap::new();
    let mut outcomes = Vec::with_capacity(requests);
    for number in 0..requests {
        let mut rest = number;
        let mut context = case.context();
        let mut unread = Vec::new();
        for (at, values) in possible.iter().enumerate() {
            match &values[rest % values.len()] {
                TurnsOut::Value(value) => context = context.with(case.unknown[at].key, value.clone()),
                TurnsOut::Policy(found) => unread.push(*found),
            }
            rest /= values.len();
        }
        let layers = layers.entry(unread).or_insert_with_key(|unread| case.layers_where(unread));
        outcomes.push(decide(&case.in_context(context), layers).outcome);
    }
    if outcomes.contains(&Outcome::Depends) {
        panic!("a case with nothing unknown left depends on something: {}", case.shown());
    }
    let allowed: Vec<bool> = outcomes.iter().map(|outcome| *outcome == Outcome::Allowed).collect();
    let outcome = if allowed.iter().all(|allowed| *allowed) {
        Outcome::Allowed
    } else if allowed.contains(&true) {
        Outcome::Depends
    } else if outcomes.iter().all(|outcome| *outcome == Outcome::ExplicitlyDenied) {
        Outcome::ExplicitlyDenied
    } else {
        Outcome::ImplicitlyDenied
    };
    let mut depends_on = BTreeSet::new();
    let mut stride = 1;
    for (values, name) in possible.iter().zip(case.names()) {
        // Requests that differ in this alone.
        let mut seen: BTreeMap<usize, bool> = BTreeMap::new();
        let differs = allowed.iter().enumerate().any(|(number, allowed)| {
            let others = number - number / stride % values.len() * stride;
            *seen.entry(others).or_insert(*allowed) != *allowed
        });
        if differs {
            depends_on.insert(name.to_ascii_lowercase());
        }
        stride *= values.len();
    }
    Some((outcome, depends_on))
}

/// What is asked of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Outcome and names.
    All,
    /// That an outcome other than "it depends" is right.
    NothingWrong,
}

impl Asked {
    fn agrees(self, expected: &Answer, got: &Answer) -> bool {
        match self {
            Self::All => expected == got,
            Self::NothingWrong => got.0 == Outcome::Depends || expected.0 == got.0,
        }
    }
}

/// The smallest case found that is still wrong.
fn smallest(mut case: Case, asked: Asked) -> Case {
    let wrong = |case: &Case| tried(case).is_some_and(|expected| !asked.agrees(&expected, &answered(case)));
    while let Some(smaller) = case.smaller().into_iter().find(wrong) {
        case = smaller;
    }
    case
}

/// Compares so many cases, and says how many came out in each way.
fn compared(cases: u64, asked: Asked, case: impl Fn(&mut Choices) -> Case) -> BTreeMap<&'static str, usize> {
    let mut outcomes = BTreeMap::new();
    for seed in 0..cases {
        let case = case(&mut Choices::of(seed));
        let Some(expected) = tried(&case) else {
            *outcomes.entry("too many").or_default() += 1;
            continue;
        };
        if !asked.agrees(&expected, &answered(&case)) {
            let case = smallest(case, asked);
            panic!(
                "seed {seed}\n{}\nexpected {:?}\n     got {:?}",
                case.shown(),
                tried(&case).expect("it was wrong"),
                answered(&case)
            );
        }
        let outcome = match expected.0 {
            Outcome::Allowed => "allowed",
            Outcome::ExplicitlyDenied => "explicitly denied",
            Outcome::ImplicitlyDenied => "implicitly denied",
            Outcome::Depends => "depends",
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    outcomes
}

/// Cases that all come out alike would prove little.
fn assert_each_outcome_is_common(outcomes: &BTreeMap<&'static str, usize>) {
    let cases: usize = outcomes.values().sum();
    for outcome in ["allowed", "explicitly denied", "implicitly denied", "depends"] {
        let count = outcomes.get(outcome).copied().unwrap_or_default();
        assert!(count * 100 >= cases * 3, "{count} of {cases} cases are {outcome}: {outcomes:?}");
    }
}

#[test]
fn one_text() {
    let one = |choices: &mut Choices| generate::case(choices, &[Type::Text], 1);
    assert_each_outcome_is_common(&compared(3_000, Asked::All, one));
}

#[test]
fn texts() {
    let texts = |choices: &mut Choices| generate::case(choices, &[Type::Text], 3);
    assert_each_outcome_is_common(&compared(3_000, Asked::All, texts));
}

#[test]
fn sets_of_texts() {
    let sets = |choices: &mut Choices| generate::case(choices, &[Type::Texts], 1);
    assert_each_outcome_is_common(&compared(1_500, Asked::All, sets));
}

#[test]
fn arns() {
    let arns = |choices: &mut Choices| generate::case(choices, &[Type::Arn], 1);
    assert_each_outcome_is_common(&compared(2_500, Asked::All, arns));
}

#[test]
fn addresses_booleans_numbers_and_dates() {
    let types = [Type::Address, Type::Boolean, Type::Number, Type::Date];
    assert_each_outcome_is_common(&compared(3_000, Asked::All, |choices| generate::case(choices, &types, 3)));
}

#[test]
fn several_types() {
    let types = [Type::Text, Type::Texts, Type::Arn, Type::Address, Type::Boolean, Type::Number];
    assert_each_outcome_is_common(&compared(2_000, Asked::All, |choices| generate::case(choices, &types, 2)));
}

#[test]
fn keys_compared_with_each_other() {
    let whole = |choices: &mut Choices| generate::case_with_variables(choices, &keys::compared_as_a_whole);
    assert_each_outcome_is_common(&compared(1_500, Asked::All, whole));
}

#[test]
fn keys_compared_with_parts_of_each_other() {
    let parts = |choices: &mut Choices| generate::case_with_variables(choices, &keys::compared_in_part);
    assert_each_outcome_is_common(&compared(1_500, Asked::All, parts));
}

/// No finite number of values stands for all, so the answer may be open where it need not be.
#[test]
fn keys_compared_with_each_other_in_many_ways() {
    let ways = |choices: &mut Choices| generate::case_with_variables(choices, &keys::compared_in_many_ways);
    assert_each_outcome_is_common(&compared(500, Asked::NothingWrong, ways));
}

#[test]
fn unread_policies() {
    // Where a policy is not read, little is certain.
    let outcomes = compared(1_500, Asked::All, generate::case_with_unread);
    assert!(outcomes["depends"] > 400 && outcomes["implicitly denied"] > 200, "{outcomes:?}");
}

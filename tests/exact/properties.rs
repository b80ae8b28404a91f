//! What must hold of every answer, whatever the policies.

use ekm_preflight::iam::{Outcome, Policy};
use serde_json::Value;

use crate::brute_force::answered;
use crate::case::{Case, Layer, Place, document};
use crate::choices::Choices;
use crate::generate;
use crate::keys::Type;

const CASES: u64 = 500;
const TYPES: &[Type] =
    &[Type::Text, Type::Texts, Type::Arn, Type::Address, Type::Boolean, Type::Number, Type::Date];

/// Cases, each with the choices that follow.
fn cases() -> impl Iterator<Item = (Case, Choices)> {
    (0..CASES).map(|seed| {
        let mut choices = Choices::of(seed);
        (generate::case(&mut choices, TYPES, 2), choices)
    })
}

/// How much gets through: never, for some values of the unknown, always.
fn openness(outcome: Outcome) -> usize {
    match outcome {
        Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied => 0,
        Outcome::Depends => 1,
        Outcome::Allowed => 2,
    }
}

fn assert_same(case: &Case, changed: &Case) {
    assert_eq!(answered(case), answered(changed), "{}\nand\n{}", case.shown(), changed.shown());
}

fn assert_no_more_open(case: &Case, changed: &Case) {
    let (before, after) = (answered(case).0, answered(changed).0);
    let (of_case, of_changed) = (case.shown(), changed.shown());
    assert!(openness(after) <= openness(before), "{before:?}\n{of_case}\n{after:?}\n{of_changed}");
}

/// A case with one layer's statements changed.
fn with_layer(case: &Case, at: usize, change: impl FnOnce(&mut Layer)) -> Case {
    let mut changed = case.clone();
    change(&mut changed.layers[at]);
    changed
}

#[test]
fn a_denial_more_lets_nothing_through() {
    for (case, mut choices) in cases().filter(|(case, _)| !case.layers.is_empty()) {
        // Taken from another case with the same layer, where there is one.
        let donor = generate::case(&mut choices, TYPES, 2);
        let at = choices.below(case.layers.len());
        let place = case.layers[at].place;
        let Some(from) = donor.layers.into_iter().find(|layer| layer.place == place) else { continue };
        let changed = with_layer(&case, at, |layer| {
            layer.statements.extend(from.statements.into_iter().map(|mut statement| {
                statement.allows = false;
                statement
            }));
        });
        assert_no_more_open(&case, &changed);
    }
}

#[test]
fn an_allowance_less_lets_nothing_through() {
    for (case, mut choices) in cases().filter(|(case, _)| !case.layers.is_empty()) {
        let at = choices.below(case.layers.len());
        let allowing = case.layers[at].statements.iter().position(|statement| statement.allows);
        let Some(number) = allowing else { continue };
        let changed = with_layer(&case, at, |layer| drop(layer.statements.remove(number)));
        assert_no_more_open(&case, &changed);
    }
}

#[test]
fn a_limit_more_lets_nothing_through() {
    for (case, mut choices) in cases() {
        // Whether limits bear on a grant AWS does not document.
        if case.grant.is_some() {
            continue;
        }
        let donor = generate::case(&mut choices, TYPES, 2);
        let limits = donor.layers.into_iter().filter(|layer| {
            let taken = case.layers.iter().any(|own| own.place == layer.place);
            !taken && matches!(layer.place, Place::Boundary | Place::Session)
        });
        let mut changed = case.clone();
        changed.layers.extend(limits);
        assert_no_more_open(&case, &changed);
    }
}

/// IAM-UG reference_policies_elements_action, reference_policies_elements_condition.
#[test]
fn case_means_nothing_in_actions_and_keys() {
    for (case, _) in cases() {
        let mut changed = case.clone();
        for statement in changed.layers.iter_mut().flat_map(|layer| &mut layer.statements) {
            for action in &mut statement.actions {
                *action = action.to_ascii_uppercase().leak();
            }
            for condition in &mut statement.conditions {
                condition.key = condition.key.chars().map(turned).collect();
            }
        }
        assert_same(&case, &changed);
    }
}

fn turned(letter: char) -> char {
    if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
}

#[test]
fn order_and_repetition_mean_nothing() {
    for (case, _) in cases() {
        let mut changed = case.clone();
        for layer in &mut changed.layers {
            layer.statements.reverse();
            for statement in &mut layer.statements {
                statement.actions.reverse();
                statement.resources.reverse();
                statement.conditions.reverse();
                statement.conditions.iter_mut().for_each(|condition| condition.values.reverse());
            }
            layer.statements.extend(layer.statements.first().cloned());
        }
        assert_same(&case, &changed);
    }
}

/// IAM-UG reference_policies_grammar: a list of one is that one.
#[test]
fn a_list_of_one_is_read_as_that_one() {
    for (case, _) in cases() {
        for layer in &case.layers {
            let listed = document(&layer.statements);
            let policy = |document: &Value| Policy::parse(&document.to_string()).expect("it is well formed");
            let (policy, mut same) = (policy(&listed), policy(&unpacked(listed.clone())));
            // Only where they stand is different.
            for (statement, listed) in same.statements.iter_mut().zip(&policy.statements) {
                statement.place = listed.place;
            }
            assert_eq!(policy, same, "{listed}");
        }
    }
}

/// A document with each list of one replaced by what is in it.
fn unpacked(part: Value) -> Value {
    match part {
        Value::Array(mut items) if items.len() == 1 => unpacked(items.remove(0)),
        Value::Array(items) => items.into_iter().map(unpacked).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, part)| (name, unpacked(part))).collect())
        }
        other => other,
    }
}

//! `ekm-preflight plan`: Terraform's and OpenTofu's plans and states, through the shipped program.
//!
//! What is expected is written from the documents of Terraform, its providers, AWS, Azure and OpenAI, never from what the
//! program says. [`plan`] is the vocabulary of edits, [`case`] what a plan must come to, [`program`] how it is run.
//! The corpus holds plans and states that Terraform core wrote; mutants have one fault each ([`aws`], [`azure`]), variants
//! say the same in another way, [`open`] is what can't be known, and [`guard`] what takes registered access away.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

#[path = "plans/aws.rs"]
mod aws;
#[path = "plans/azure.rs"]
mod azure;
#[path = "plans/case.rs"]
mod case;
#[path = "plans/corpus.rs"]
mod corpus;
#[path = "plans/everywhere.rs"]
mod everywhere;
#[path = "plans/guard.rs"]
mod guard;
#[path = "plans/hostile.rs"]
mod hostile;
#[path = "plans/input.rs"]
mod input;
#[path = "plans/left_out.rs"]
mod left_out;
#[path = "plans/open.rs"]
mod open;
#[path = "plans/plan.rs"]
mod plan;
#[path = "plans/program.rs"]
mod program;
#[path = "plans/secrets.rs"]
mod secrets;
#[path = "live_azure/several.rs"]
mod several;
#[path = "plans/states.rs"]
mod states;
#[path = "plans/variants.rs"]
mod variants;
#[path = "plans/written.rs"]
mod written;

use std::collections::BTreeSet;

use case::{Case, Verdict, disagreements};
use several::require_none;

#[test]
fn the_corpus_comes_to_what_it_must() {
    require_none(corpus::all(), |case| disagreements(&case.replayed()));
}

#[test]
fn every_fault_on_aws_is_named() {
    require_none(aws::mutants(), |case| disagreements(&case));
}

#[test]
fn every_fault_on_azure_is_named() {
    require_none(azure::mutants(), |case| disagreements(&case));
}

#[test]
fn every_fault_in_a_state_is_named() {
    require_none(states::mutants(), |case| disagreements(&case));
}

#[test]
fn whatever_is_right_is_ready_however_it_is_written() {
    require_none(variants::all(), |case| disagreements(&case.replayed()));
}

#[test]
fn what_can_not_be_known_is_never_passed() {
    require_none(open::all(), |case| disagreements(&case));
}

#[test]
fn planned_values_lie_over_what_was_read() {
    require_none(open::over(), |case| disagreements(&case.replayed()));
}

#[test]
fn a_change_that_takes_access_away_is_stopped() {
    require_none(guard::losses(), |case| disagreements(&case));
}

#[test]
fn a_change_that_leaves_access_is_let_through() {
    require_none(guard::harmless(), |case| disagreements(&case.replayed()));
}

#[test]
fn a_change_of_which_nobody_knows_is_not_let_through() {
    require_none(guard::open(), |case| disagreements(&case));
}

#[test]
fn there_are_enough_plans_and_each_is_there_once() {
    let mutants = [aws::mutants(), azure::mutants(), states::mutants()].concat();
    assert!(mutants.len() >= 80, "{} mutants", mutants.len());
    assert!(mutants.iter().all(|case| case.verdict != Verdict::Ready), "a mutant is ready");
    let variants = variants::all();
    let plain = variants.iter().filter(|case| case.verdict == Verdict::Ready).count();
    assert!(plain >= 25 && plain == variants.len(), "{plain} variants");
    let (losses, harmless) = (guard::losses().len(), guard::harmless().len());
    assert!(losses >= 20 && harmless >= 10, "{losses} losses, {harmless} that are none");
    let all: Vec<Case> =
        [mutants, variants, open::all(), open::over(), guard::losses(), guard::harmless(), guard::open()]
            .concat();
    let mut seen = BTreeSet::new();
    for case in all {
        let plan = (case.plan.text(), case.arguments.clone(), case.over.clone());
        assert!(seen.insert((case.name, plan)), "`{}` is there twice", case.name);
    }
}

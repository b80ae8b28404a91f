//! What the program says of a setup, compared with what it must say.

use std::fmt::Debug;

use serde_json::{Value, json};

use crate::network::Network;
use crate::program::{Outcome, Registration, Run};
use crate::setup::{Decision, Expected, Setup, Verdict};

/// OpenAI's calls, by the words of the report.
const STEPS: [&str; 4] = ["identity", "read", "encrypt", "decrypt"];

/// Lets the program judge a setup, and says where its report differs.
pub(crate) fn disagreements(setup: &Setup) -> Vec<String> {
    let network = Network::of(setup.azure.clone());
    let assumed: Vec<&str> = setup.assumes.iter().flat_map(|assumed| ["--assume", assumed]).collect();
    let run = Run::against(&network).registration(setup.registration.clone()).arguments(&assumed);
    let outcome = run.outcome();
    named(
        &format!("{} ({})", setup.name, setup.source),
        differences(&setup.expected, &setup.registration, &outcome),
        &outcome,
    )
}

/// Where a report differs.
pub(crate) fn differences(
    expected: &Expected,
    registration: &Registration,
    outcome: &Outcome,
) -> Vec<String> {
    let mut found = outcome.broken();
    let decisions = STEPS.map(|step| outcome.decision(step));
    differs(&mut found, "decisions", expected.decisions.map(Decision::word), decisions);
    differs(&mut found, "failing checks", expected.failing.to_vec(), outcome.errors_with_outcome("fail"));
    differs(&mut found, "unknown checks", expected.unknown.to_vec(), outcome.errors_with_outcome("unknown"));
    differs(
        &mut found,
        "failing warnings",
        expected.warnings.to_vec(),
        outcome.warnings_with_outcome("fail"),
    );
    let unknown_warnings = outcome.warnings_with_outcome("unknown");
    differs(&mut found, "unknown warnings", expected.unknown_warnings.to_vec(), unknown_warnings);
    for checks in [outcome.errors_with_outcome("error"), outcome.warnings_with_outcome("error")] {
        differs(&mut found, "checks that break", Vec::<&str>::new(), checks);
    }
    differs(&mut found, "verdict", expected.verdict.word(), outcome.verdict());
    differs(&mut found, "exit status", Some(expected.verdict.exit_status()), outcome.exit);
    let limits = outcome.limits();
    let same = |(limit, expected): (&&str, &&str)| limit.starts_with(*expected);
    if limits.len() != expected.limits.len() || !limits.iter().zip(expected.limits).all(same) {
        found.push(format!("limits should begin with {:?}, but are {limits:?}", expected.limits));
    }
    let payload = if expected.verdict == Verdict::Ready { payload(registration) } else { Value::Null };
    differs(&mut found, "payload", &payload, outcome.payload());
    found
}

/// What to send to OpenAI, as its article "External keys in the Management API" has it. The tenant's id and the vault's
/// URI have one form each, in which the documented registration is.
fn payload(registration: &Registration) -> Value {
    json!({
        "type": "azure",
        "name": registration.key_name,
        "tenant_id": registration.tenant_id,
        "vault_uri": registration.vault_uri,
        "key_name": registration.key_name,
    })
}

pub(crate) fn differs<T: PartialEq + Debug>(found: &mut Vec<String>, what: &str, expected: T, got: T) {
    if expected != got {
        found.push(format!("{what} should be {expected:?}, but is {got:?}"));
    }
}

/// The findings under the name of their case, with the program's messages where it printed no report.
pub(crate) fn named(name: &str, found: Vec<String>, outcome: &Outcome) -> Vec<String> {
    if found.is_empty() {
        return found;
    }
    let mut lines = format!("{name}\n  {}", found.join("\n  "));
    if outcome.report.is_null() {
        lines.push_str(&format!("\n{outcome}"));
    }
    vec![lines]
}

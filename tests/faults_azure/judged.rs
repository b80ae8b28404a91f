//! What the program makes of a tenant of which something can't be read.

use std::fmt::Debug;

use crate::network::Network;
use crate::program::Run;

/// Seconds of a run: more than its attempts take with the waits between them, on a busy machine too.
const TIME_LIMIT: &str = "20";
/// Seconds of a run that will wait until they are over.
const TIME_LIMIT_OF_A_HANG: &str = "6";
/// OpenAI's calls, by the words of the report.
const STEPS: [&str; 4] = ["identity", "read", "encrypt", "decrypt"];

pub(crate) const ALLOWED: [&str; 4] = ["allowed"; 4];
/// OpenAI gets its token; the rest is open.
pub(crate) const OPEN_USE: [&str; 4] = ["allowed", "depends", "depends", "depends"];
pub(crate) const OPEN: [&str; 4] = ["depends"; 4];

/// What a report must come to.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) verdict: &'static str,
    pub(crate) decisions: [&'static str; 4],
    /// Where in the evidence something is missing, and the reason.
    pub(crate) missing: Vec<(&'static str, &'static str)>,
    /// The checks of severity `error` that are unknown, by id.
    pub(crate) unknown: &'static [&'static str],
    /// The warnings and notes that are.
    pub(crate) unknown_warnings: &'static [&'static str],
    /// The checks of severity `error` that fail.
    pub(crate) failing: &'static [&'static str],
    /// The warnings and notes that do.
    pub(crate) warnings: &'static [&'static str],
}

impl Expected {
    /// As if nothing had happened.
    pub(crate) fn ready() -> Self {
        Self {
            verdict: "ready",
            decisions: ALLOWED,
            missing: vec![],
            unknown: &[],
            unknown_warnings: &[],
            failing: &[],
            warnings: &[],
        }
    }
}

/// Runs the program, and says where its report differs.
pub(crate) fn differences(network: &Network, expected: &Expected, hangs: bool) -> Vec<String> {
    let outcome =
        Run::against(network).time_limit(if hangs { TIME_LIMIT_OF_A_HANG } else { TIME_LIMIT }).outcome();
    let mut found = outcome.broken();
    differs(&mut found, "verdict", expected.verdict, outcome.verdict());
    differs(&mut found, "decisions", expected.decisions, STEPS.map(|step| outcome.decision(step)));
    let mut missing: Vec<(String, String)> =
        expected.missing.iter().map(|(path, reason)| ((*path).into(), (*reason).into())).collect();
    missing.sort();
    differs(&mut found, "missing", missing, outcome.missing());
    differs(&mut found, "unknown checks", expected.unknown.to_vec(), outcome.errors_with_outcome("unknown"));
    let unknown_warnings = outcome.warnings_with_outcome("unknown");
    differs(&mut found, "unknown warnings", expected.unknown_warnings.to_vec(), unknown_warnings);
    differs(&mut found, "failing checks", expected.failing.to_vec(), outcome.errors_with_outcome("fail"));
    differs(
        &mut found,
        "failing warnings",
        expected.warnings.to_vec(),
        outcome.warnings_with_outcome("fail"),
    );
    for checks in [outcome.errors_with_outcome("error"), outcome.warnings_with_outcome("error")] {
        differs(&mut found, "checks that break", Vec::<&str>::new(), checks);
    }
    // Whom a token must not be shown to.
    let strangers = network.refused();
    differs(&mut found, "strangers", Vec::<String>::new(), strangers);
    // What can't be read has a reason in words.
    for text in ["\"detail\":\"\"", "panicked"] {
        if outcome.evidence.to_string().contains(text) || outcome.stderr.contains(text) {
            found.push(format!("there is {text}"));
        }
    }
    found
}

pub(crate) fn differs<T: PartialEq + Debug>(found: &mut Vec<String>, what: &str, expected: T, got: T) {
    if expected != got {
        found.push(format!("{what} should be {expected:?}, but is {got:?}"));
    }
}

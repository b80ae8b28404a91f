//! Every check over every fixture: saved evidence with one fault each, and what must come of it.
//!
//! What is expected is written from the clouds' documents and OpenAI's articles, never from what the program says. A new
//! check is added to [`fixture::ALL_PASS`] or [`azure::ALL_PASS`], and to each fixture in which it does not pass.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ekm_preflight::assume::Assumptions;
use ekm_preflight::check::{self, Registry};
use ekm_preflight::report::table::{self, Look};
use ekm_preflight::report::{Report, json};
use ekm_preflight::selection::{Choice, Selection};
use serde_json::Value;

#[path = "fixtures/azure.rs"]
mod azure;
#[path = "fixtures/fixture.rs"]
mod fixture;
#[path = "fixtures/formats.rs"]
mod formats;
#[path = "fixtures/hostile.rs"]
mod hostile;
#[path = "fixtures/key.rs"]
mod key;
#[path = "fixtures/misconfigurations.rs"]
mod misconfigurations;
#[path = "fixtures/missing.rs"]
mod missing;
#[path = "fixtures/organization.rs"]
mod organization;
#[path = "fixtures/privilege.rs"]
mod privilege;
#[path = "fixtures/registration.rs"]
mod registration;
#[path = "fixtures/role.rs"]
mod role;
#[path = "fixtures/trust.rs"]
mod trust;

use fixture::{AWS, Cloud, Fixture};

pub(crate) const PLAIN: Look = Look { width: 80, unicode: true, colour: false };

pub(crate) fn all() -> Vec<Fixture> {
    let missing = each_item_for_each_reason().into_iter().map(|(_, _, fixture)| fixture);
    [
        vec![Fixture::documented("as documented")],
        trust::all(),
        role::all(),
        key::all(),
        organization::all(),
        privilege::all(),
        registration::all(),
        missing.collect(),
        missing::where_it_is_needed(),
        missing::contradictions(),
        azure::all(),
    ]
    .concat()
}

/// One fixture for each item and reason, of each cloud, by the item's key in the evidence.
fn each_item_for_each_reason() -> Vec<(String, &'static str, Fixture)> {
    let keyed = |(item, reason, fixture): (&str, &'static str, Fixture)| {
        (format!("{}.{item}", fixture.cloud.name), reason, fixture)
    };
    let azure = azure::missing::each_item_for_each_reason();
    missing::each_item_for_each_reason().into_iter().chain(azure).map(keyed).collect()
}

/// The checks as the program judges with them.
pub(crate) fn registry() -> Registry {
    check::registry_for_judging().expect("the checks load")
}

pub(crate) fn judged(fixture: &Fixture, registry: &Registry) -> Report {
    let assumptions = Assumptions::parse(&fixture.assumed).expect("can be assumed");
    let choice = Choice { assumptions, ..Choice::default() };
    let selection = Selection::new(registry.clone(), choice).expect("everything can be selected");
    Report::of(&[fixture.evidence()], &selection)
}

pub(crate) fn json_of(report: &Report) -> String {
    json::render(report).expect("the report is serialized")
}

/// Every fixture with its report, made once for all that is asked of them.
static REPORTS: LazyLock<Vec<(Fixture, Report)>> = LazyLock::new(|| {
    let registry = registry();
    all().into_iter().map(|fixture| (fixture.clone(), judged(&fixture, &registry))).collect()
});

fn target_of(report: &Report) -> Value {
    let document: Value = serde_json::from_str(&json_of(report)).expect("the report is JSON");
    document["targets"][0].clone()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap_or_else(|| panic!("no list `{field}` in {value}"))
}

fn word<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no text `{field}` in {value}"))
}

/// Collects what every fixture has to say, so that one run shows all of it.
fn require(said: impl FnOnce(&mut Vec<String>)) {
    let mut problems = Vec::new();
    said(&mut problems);
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_fixture_comes_to_what_it_must() {
    require(|problems| {
        for (fixture, report) in &*REPORTS {
            let target = target_of(report);
            let mut differs = |what: &str, expected: String, got: String| {
                if expected != got {
                    problems
                        .push(format!("{}: {what}\n  expected {expected}\n  got      {got}", fixture.name));
                }
            };
            differs("verdict", fixture.verdict.into(), word(&target, "verdict").into());
            let decisions: Vec<&str> =
                list(&target, "path").iter().map(|step| word(step, "decision")).collect();
            differs("decisions", format!("{:?}", fixture.decisions), format!("{decisions:?}"));
            let got: Vec<(&str, &str)> = list(&target, "checks")
                .iter()
                .map(|check| (word(check, "id"), word(check, "outcome")))
                .collect();
            for ((check, outcome), (_, expected)) in got.iter().zip(fixture.expected_outcomes()) {
                differs(check, expected.into(), (*outcome).into());
            }
            let ids: Vec<&str> = got.iter().map(|(check, _)| *check).collect();
            differs("checks, each once, by id", format!("{:?}", fixture.cloud.checks), format!("{ids:?}"));
        }
    });
}

/// Checks that are read for judging alone judge like those that are read whole.
#[test]
fn every_report_is_that_of_the_checks_read_whole() {
    let whole = check::registry().expect("the checks load");
    require(|problems| {
        for (fixture, report) in &*REPORTS {
            if json_of(report) != json_of(&judged(fixture, &whole)) {
                problems.push(fixture.name.clone());
            }
        }
    });
}

#[test]
fn the_fixtures_are_many_and_each_is_there_once() {
    let mut seen: BTreeSet<(&str, String)> = BTreeSet::new();
    require(|problems| {
        for fixture in all() {
            if !seen.insert((fixture.cloud.name, fixture.name.clone())) {
                problems.push(format!("{}: `{}` is there twice", fixture.cloud.name, fixture.name));
            }
        }
    });
    for cloud in [AWS.name, azure::AZURE.name] {
        let count = seen.iter().filter(|(name, _)| *name == cloud).count();
        assert!(count >= 400, "{cloud}: {count}");
    }
}

/// The outcomes that each check can have on evidence read from a cloud: the form of a value is always known, and only a
/// check that looks into something can be not applicable.
#[test]
fn every_check_has_every_outcome_somewhere() {
    let fixtures = all();
    let possible = |check: &str| -> &[&str] {
        match check {
            "aws-external-id" | "aws-key-arn" | "aws-role-arn" | "azure-key-name" | "azure-vault-uri" => {
                &["fail", "pass"]
            }
            // Evidence read from a cloud is of no plan.
            "aws-access-kept" | "azure-access-kept" => &["not_applicable"],
            "azure-key-organization" => &["fail", "not_applicable", "pass"],
            "aws-organization-policies"
            | "aws-assume-role-allowed"
            | "aws-decrypt-allowed"
            | "aws-encrypt-allowed"
            | "aws-key-exists"
            | "aws-role-exists"
            | "azure-decrypt-allowed"
            | "azure-encrypt-allowed"
            | "azure-read-allowed"
            | "azure-service-principal"
            | "azure-vault-exists" => &["fail", "pass", "unknown"],
            _ => &["fail", "not_applicable", "pass", "unknown"],
        }
    };
    for check in [AWS.checks, azure::AZURE.checks].concat() {
        let expected: BTreeSet<&str> = fixtures
            .iter()
            .flat_map(Fixture::expected_outcomes)
            .filter(|(id, _)| *id == check)
            .map(|(_, outcome)| outcome)
            .collect();
        assert_eq!(expected.into_iter().collect::<Vec<_>>(), possible(check), "{check}");
    }
}

#[test]
fn a_missing_item_is_named_with_its_reason_wherever_it_counts() {
    let registry = registry();
    require(|problems| {
        for (item, reason, fixture) in each_item_for_each_reason() {
            let target = target_of(&judged(&fixture, &registry));
            for check in list(&target, "checks").iter().filter(|check| check["outcome"] == "unknown") {
                let named = list(check, "unknown_because").iter().any(|because| {
                    because["evidence"] == item.as_str()
                        && because["reason"] == reason
                        && because["permission"].is_string() == (reason == "denied")
                });
                if !named {
                    problems.push(format!("{}: {}: {}", fixture.name, check["id"], check["unknown_because"]));
                }
            }
        }
    });
}

#[test]
fn the_report_agrees_with_itself() {
    require(|problems| {
        for (fixture, report) in &*REPORTS {
            let document: Value = serde_json::from_str(&json_of(report)).expect("the report is JSON");
            let target = &document["targets"][0];
            for problem in contradictions(&document, target, fixture.cloud) {
                problems.push(format!("{}: {problem}", fixture.name));
            }
        }
    });
}

fn contradictions(document: &Value, target: &Value, cloud: &Cloud) -> Vec<String> {
    let checks = list(target, "checks");
    let outcome = |id: &str| {
        let found = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no `{id}`"));
        word(found, "outcome")
    };
    let mut found = Vec::new();
    let mut require = |holds: bool, what: String| {
        if !holds {
            found.push(what);
        }
    };

    for (step, check) in list(target, "path").iter().zip(cloud.steps) {
        let expected = match word(step, "decision") {
            "allowed" => "pass",
            "denied" => "fail",
            _ => "unknown",
        };
        if let Some(check) = check {
            require(outcome(check) == expected, format!("{check} is {}, its step {step}", outcome(check)));
        }
        let depends = word(step, "decision") == "depends";
        let named = !list(step, "depends_on").is_empty();
        require(depends == named, format!("what it depends on: {step}"));
    }

    let errors = |outcomes: &[&str]| {
        checks.iter().any(|check| check["severity"] == "error" && outcomes.contains(&word(check, "outcome")))
    };
    let verdict = word(target, "verdict");
    let expected = match (errors(&["fail"]), errors(&["unknown", "error"])) {
        (true, _) => "not_ready",
        (false, true) => "undetermined",
        (false, false) => "ready",
    };
    require(verdict == expected, format!("the verdict is {verdict}, and its checks come to {expected}"));
    require(document["verdict"] == verdict, "the only target's verdict is not the report's".into());

    let ready = verdict == "ready";
    require(target["payload"].is_object() == ready, format!("the payload is {}", target["payload"]));
    require(target["payload_reason"].is_string() != ready, "why there is no payload".into());
    for field in cloud.registered {
        let same = target["payload"][field] == target["registration"][field];
        require(!ready || same, format!("the payload's {field} is not the one registered"));
    }

    let counted: u64 =
        document["summary"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
    require(counted == checks.len() as u64, format!("the summary counts {counted} checks"));
    for check in checks {
        let said = check["message"].as_str().is_some_and(|message| !message.is_empty());
        let outcome = word(check, "outcome");
        require(said == (outcome != "pass"), format!("the message of {check}"));
        require(check["fix"].is_string() == (outcome == "fail"), format!("the fix of {check}"));
        let because = !list(check, "unknown_because").is_empty();
        require(because == (outcome == "unknown"), format!("why it is unknown: {check}"));
        require(outcome != "error", format!("no check fails to be judged: {check}"));
    }
    found
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    let registry = registry();
    for (fixture, first) in &*REPORTS {
        let second = judged(fixture, &registry);
        assert_eq!(json_of(first), json_of(&second), "{}", fixture.name);
        assert_eq!(table::render(first, PLAIN), table::render(&second, PLAIN), "{}", fixture.name);
    }
}

#[test]
fn the_table_fits_80_columns_and_no_line_ends_in_white_space() {
    require(|problems| {
        for (fixture, report) in &*REPORTS {
            let drawn = table::render(report, PLAIN);
            for line in drawn.lines() {
                if line != line.trim_end() {
                    problems.push(format!("{}: ends in white space: `{line}`", fixture.name));
                }
                if line.chars().count() > PLAIN.width && !stands_whole(line) {
                    problems.push(format!("{}: too long: `{line}`", fixture.name));
                }
            }
        }
    });
}

/// Lines that are copied: an ARN or a URL with at most a label before it, and code.
fn stands_whole(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '│']);
    let code = ["{", "\"", "aws ", "az ", "curl ", "-d '", "-H ", "--"];
    line.split_whitespace().count() <= 2 || code.iter().any(|start| line.starts_with(start))
}

/// What the report draws itself; texts of checks and names from a cloud are shown as they are.
#[test]
fn the_ascii_look_draws_in_ascii() {
    let ascii = Look { unicode: false, ..PLAIN };
    for (fixture, report) in &*REPORTS {
        let drawn = table::render(report, ascii);
        let beyond: BTreeSet<char> =
            drawn.chars().filter(|character| !character.is_ascii() && *character != '…').collect();
        assert!(beyond.is_empty(), "{}: {beyond:?} in\n{drawn}", fixture.name);
    }
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    require(|problems| {
        for (fixture, report) in &*REPORTS {
            let plain = table::render(report, PLAIN);
            let coloured = table::render(report, Look { colour: true, ..PLAIN });
            assert!(coloured.contains('\u{1b}'), "{}", fixture.name);
            let stripped = without_colour(&coloured);
            for (stripped, plain) in stripped.lines().zip(plain.lines()).filter(|(a, b)| a != b) {
                problems.push(format!("{}:\n  coloured `{stripped}`\n  plain    `{plain}`", fixture.name));
            }
            assert_eq!(stripped.lines().count(), plain.lines().count(), "{}", fixture.name);
        }
    });
}

/// The text without the sequences that set colours and weights, `ESC [ … m`.
fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        let (set, rest) = part.split_once('m').expect("a sequence ends in `m`");
        assert!(set.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'), "{set}");
        plain + rest
    })
}

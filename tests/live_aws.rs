//! The program against an emulator of AWS that enforces policies, in accounts built for it.
//!
//! For each setup of [`setups`] OpenAI is played for real: its role assumes the customer's, encrypts and
//! decrypts. What the emulator answers and what the program says must both be what the setup says
//! AWS would do.
//!
//! `tests/run` starts the emulator. Without it these tests print that they are skipped.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests say what they expect by panicking, and say when they are skipped"
)]

use std::fmt::Debug;

use futures_util::{StreamExt, stream};

#[path = "live_aws/account.rs"]
mod account;
#[path = "live_aws/auditor.rs"]
mod auditor;
#[path = "live_aws/emulator.rs"]
mod emulator;
#[path = "live_aws/hostile.rs"]
mod hostile;
#[path = "organizations/moto.rs"]
mod moto;
#[path = "live_aws/openai.rs"]
mod openai;
#[path = "organizations/organization.rs"]
mod organization;
#[path = "live_aws/permissions.rs"]
mod permissions;
#[path = "live_aws/place.rs"]
mod place;
#[path = "live_aws/policy.rs"]
mod policy;
#[path = "live_aws/rights.rs"]
mod rights;
#[path = "live_aws/setup.rs"]
mod setup;
#[path = "live_aws/setups.rs"]
mod setups;

use account::Account;
use auditor::{Auditor, READ_RIGHTS, Report};
use emulator::Emulator;
use openai::OpenAi;
use setup::{Setup, Verdict};

/// Setups at once: more would only wait for the emulator, which is one process.
const AT_ONCE: usize = 4;
/// OpenAI's calls, by the words of the report.
const STEPS: [&str; 3] = ["identity", "encrypt", "decrypt"];

#[test]
fn program_and_emulator_decide_every_setup_as_aws_does() {
    let Some(emulator) = Emulator::from_environment() else { return };
    emulator.run(async {
        let openai = OpenAi::session(&emulator).await;
        let disagreements: Vec<String> = stream::iter(setups::all())
            .map(|setup| disagreements(&emulator, &openai, setup))
            .buffer_unordered(AT_ONCE)
            .concat()
            .await;
        require_none(&disagreements);
    });
}

#[test]
fn there_are_enough_setups() {
    for right in READ_RIGHTS {
        assert!(rights::all().iter().any(|case| case.lacking == right), "{right} is never taken away");
    }
    assert!(setups::mutants() >= 40, "{} with one mistake", setups::mutants());
    assert!(setups::unusual() >= 12, "{} unusual ones that are right", setups::unusual());
}

#[test]
fn a_right_taken_away_is_named_and_never_yields_ready_where_it_is_needed() {
    let Some(emulator) = Emulator::from_environment() else { return };
    emulator.run(async {
        let disagreements: Vec<String> = stream::iter(rights::all())
            .map(|case| rights::disagreements(&emulator, case))
            .buffer_unordered(AT_ONCE)
            .concat()
            .await;
        require_none(&disagreements);
    });
}

#[test]
fn the_policy_that_the_program_asks_for_is_enough() {
    let Some(emulator) = Emulator::from_environment() else { return };
    let directory = tempfile::tempdir().expect("makes a directory");
    emulator.run(permissions::is_enough(&emulator, directory.path()));
}

#[test]
fn replayed_evidence_gives_the_same_report_byte_for_byte() {
    let Some(emulator) = Emulator::from_environment() else { return };
    emulator.run(async {
        let ready = Setup::documented("ready");
        let no_role = Setup::documented("not ready").without_role();
        for (setup, rights, exit) in
            [(&ready, &READ_RIGHTS[..], 0), (&no_role, &READ_RIGHTS[..], 1), (&ready, &READ_RIGHTS[3..], 3)]
        {
            let account = Account::build(&emulator, setup).await;
            let auditor = Auditor::create(&account, rights).await;
            let directory = tempfile::tempdir().expect("makes a directory");
            let evidence = directory.path().join("evidence.json");
            let live = auditor.check_and_save(&account, &evidence).await;
            assert_eq!(live.exit, Some(exit), "{live}");
            let replayed = auditor::replay(&evidence).await;
            assert_eq!(replayed.exit, Some(exit), "{replayed}");
            assert!(replayed.stdout == live.stdout, "live:\n{live}\nreplayed:\n{replayed}");
        }
    });
}

#[test]
fn names_that_would_act_on_a_terminal_do_not() {
    let Some(emulator) = Emulator::from_environment() else { return };
    emulator.run(async {
        let tried: Vec<hostile::Tried> = stream::iter(hostile::names())
            .map(|name| hostile::tried(&emulator, name))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        require_none(&tried.iter().flat_map(|tried| tried.problems.clone()).collect::<Vec<_>>());
        // Else this would say nothing.
        let taken = tried.iter().filter(|tried| tried.taken >= 4).count();
        assert!(taken >= 20, "the emulator took only {taken} names of {}: {tried:?}", tried.len());
    });
}

/// Builds one setup, lets OpenAI try it and the program judge it, and says where either differs from it.
async fn disagreements(emulator: &Emulator, openai: &OpenAi, setup: Setup) -> Vec<String> {
    let account = Account::build(emulator, &setup).await;
    let tried = openai.try_everything(emulator, &account).await;
    let auditor = Auditor::create(&account, &READ_RIGHTS).await;
    let assumed: Vec<&str> = setup.assumes.iter().flat_map(|assumed| ["--assume", assumed]).collect();
    let report = auditor.check(&account, &assumed).await;

    let mut found = Vec::new();
    let mut in_emulator = Vec::new();
    for (step, answer) in STEPS.into_iter().zip([&tried.identity, &tried.encrypt, &tried.decrypt]) {
        let (expected, refusal) = (setup.decision(step), setup.refusal(step));
        if answer.as_ref().is_some_and(|answer| !answer.agrees_with(expected, refusal)) {
            in_emulator
                .push(format!("emulator: {step} should be {expected:?}, but OpenAI's call was {answer:?}"));
        }
    }
    match setup.emulator_deviates {
        None => found.extend(in_emulator),
        Some(how) if in_emulator.is_empty() => {
            found.push(format!("emulator: agrees, so the note that it deviates is stale: {how}"));
        }
        Some(_) => {}
    }

    for step in STEPS {
        differs(
            &mut found,
            &format!("decision of {step}"),
            setup.decision(step).word(),
            report.decision(step),
        );
    }
    differs(&mut found, "failing checks", setup.failing.to_vec(), report.errors_with_outcome("fail"));
    differs(&mut found, "unknown checks", setup.unknown.to_vec(), report.errors_with_outcome("unknown"));
    differs(&mut found, "failing warnings", setup.warnings.to_vec(), report.warnings_with_outcome("fail"));
    differs(&mut found, "unknown warnings", vec![], report.warnings_with_outcome("unknown"));
    judged(&mut found, setup.verdict, setup.limits, &report);
    pays(&mut found, setup.verdict, &account, &report);
    named(setup.name, found, &report)
}

/// Compares the verdict wherever the report shows it, and what it leaves out of account, by how that begins.
fn judged(found: &mut Vec<String>, expected: Verdict, limits: &[&str], report: &Report) {
    differs(found, "verdict", expected.word(), report.verdict());
    differs(found, "exit status", Some(expected.exit_status()), report.exit);
    let got = report.limits();
    let same = |(limit, expected): (&&str, &&str)| limit.starts_with(*expected);
    if got.len() != limits.len() || !got.iter().zip(limits).all(same) {
        found.push(format!("program: limits should begin with {limits:?}, but are {got:?}"));
    }
}

/// What to send to OpenAI is given where the verdict is ready, and nowhere else.
fn pays(found: &mut Vec<String>, verdict: Verdict, account: &Account, report: &Report) {
    let account::Registration { role_arn, kms_arn, external_id } = &account.registration;
    let ready = serde_json::json!({
        "type": "aws",
        "name": "openai-ekm",
        "role_arn": role_arn,
        "kms_arn": kms_arn,
        "external_id": external_id,
    });
    let expected = if verdict == Verdict::Ready { &ready } else { &serde_json::Value::Null };
    differs(found, "payload", expected, report.payload());
}

fn differs<T: PartialEq + Debug>(found: &mut Vec<String>, what: &str, expected: T, got: T) {
    if expected != got {
        found.push(format!("program: {what} should be {expected:?}, but is {got:?}"));
    }
}

/// The findings under the name of their setup, with the program's messages where it printed no report.
fn named(name: &str, found: Vec<String>, report: &Report) -> Vec<String> {
    if found.is_empty() {
        return found;
    }
    let mut lines = format!("{name}\n  {}", found.join("\n  "));
    if report.json.is_null() {
        lines.push_str(&format!("\n{report}"));
    }
    vec![lines]
}

fn require_none(disagreements: &[String]) {
    assert!(disagreements.is_empty(), "{} disagree:\n{}", disagreements.len(), disagreements.join("\n"));
}

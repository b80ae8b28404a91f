use jiff::civil::date;

use super::*;
use crate::assume::Assumptions;
use crate::check::{Registry, registry};
use crate::evidence::from_json;
use crate::selection::Choice;
use crate::waiver::{Subject, Waived};

/// The documented setup, of which everything was read.
const READY: &str = include_str!("../../tests/fixtures/aws/base.json");
const ID: &str = "aws-own";

/// The program's checks and one of a customer's: of this severity, with this as its assertion.
fn with_own(severity: &str, assertion: &str) -> Registry {
    let source = format!(
        "format: 1\nid: {ID}\ntitle: It is as we want it\nprovider: aws\nseverity: {severity}\nsince: 0.1.0\n\
         why: Ours.\nreferences: [\"https://example.com/\"]\nneeds: [aws.role, aws.caller]\nassertions:\n\
         \x20 - {{expression: {assertion}, message: it is not, fix: {{text: Change it}}}}\ntests:\n\
         \x20 - {{name: there, facts: {{role: {{exists: true, real_arn: null}}}}, expect: pass}}\n\
         \x20 - {{name: absent, facts: {{role: {{exists: false, real_arn: a}}}}, expect: fail}}\n\
         \x20 - {{name: unread, missing: {{role.exists: denied, role.real_arn: denied}}, expect: unknown}}\n"
    );
    registry().unwrap().with(vec![(format!("{ID}.yaml"), source)]).unwrap()
}

/// Holds of it.
const HOLDS: &str = "facts.role.exists";
/// Does not hold of it.
const FAILS: &str = "facts.role.real_arn == null";

fn ready(registry: Registry, choice: Choice) -> TargetReport {
    let selection = Selection::new(registry, choice).unwrap();
    Report::of(&[from_json(READY).unwrap()], &selection).targets.remove(0)
}

fn skipping(ids: &[&str]) -> Choice {
    Choice { skip: ids.iter().map(|id| (*id).to_owned()).collect(), ..Choice::default() }
}

fn severity_of(report: &TargetReport) -> Option<Severity> {
    report.checks.iter().find(|check| check.id == ID).map(|check| check.severity)
}

#[test]
fn a_severity_counts_from_where_it_was_asked_to() {
    let strict = || Choice { fail_on: Severity::Warning, ..Choice::default() };
    for (severity, choice, verdict) in [
        ("error", Choice::default(), Verdict::NotReady),
        ("warning", Choice::default(), Verdict::Ready),
        ("warning", strict(), Verdict::NotReady),
        ("note", Choice::default(), Verdict::Ready),
        ("note", strict(), Verdict::Ready),
    ] {
        let report = ready(with_own(severity, FAILS), choice);
        assert_eq!(report.verdict, verdict, "{severity}");
        assert_eq!(severity_of(&report).map(Severity::as_str), Some(severity));
        assert_eq!(report.payload.is_ok(), verdict == Verdict::Ready, "{severity}");
    }
}

#[test]
fn a_check_that_is_required_is_reported_as_an_error() {
    let required = Choice { required: vec![ID.into()], ..Choice::default() };
    let report = ready(with_own("warning", FAILS), required.clone());
    assert_eq!((report.verdict, severity_of(&report)), (Verdict::NotReady, Some(Severity::Error)));
    // Stricter than its file says is no reason against a payload.
    let report = ready(with_own("warning", HOLDS), required);
    assert_eq!(report.verdict, Verdict::Ready);
    assert!(report.payload.is_ok());
}

#[test]
fn without_an_error_check_there_is_no_payload_and_that_is_a_limit() {
    for (skipped, said) in [
        (&[ID][..], "the check `aws-own` was not"),
        (
            &["aws-encrypt-allowed", ID, "aws-decrypt-allowed"],
            "the checks `aws-decrypt-allowed`, `aws-encrypt-allowed` and `aws-own` were not",
        ),
    ] {
        let report = ready(with_own("error", FAILS), skipping(skipped));
        assert_eq!(report.verdict, Verdict::Ready);
        assert_eq!(report.payload, Err(format!("{said} selected")));
        assert_eq!(report.limits[0].what, format!("{said} judged"));
        assert_eq!(report.limits[0].lift, "leave --only and --skip out");
    }
}

#[test]
fn a_warning_left_out_is_no_reason_against_a_payload() {
    let everything = ready(registry().unwrap(), Choice::default());
    let report = ready(with_own("warning", FAILS), skipping(&[ID]));
    assert_eq!(report.payload, everything.payload);
    assert!(report.payload.is_ok());
    assert_eq!(report.limits, everything.limits);
}

#[test]
fn where_no_check_counts_nothing_is_decided() {
    let only = Choice { only: vec![ID.into()], ..Choice::default() };
    let report = ready(with_own("warning", HOLDS), only.clone());
    assert_eq!(report.verdict, Verdict::Undetermined);
    let strict = Choice { fail_on: Severity::Warning, ..only };
    let report = ready(with_own("warning", HOLDS), strict);
    assert_eq!(report.verdict, Verdict::Ready);
    assert!(report.payload.unwrap_err().contains("`aws-encrypt-allowed`"));
}

#[test]
fn what_is_assumed_is_decided_on_and_is_a_limit() {
    let condition = r#"\"Condition\": {\"IpAddress\": {\"aws:SourceIp\": \"203.0.113.0/24\"}, "#;
    let plain = r#"\"Condition\": {"#;
    assert!(READY.contains(plain), "the example has a condition");
    let evidence = from_json(&READY.replacen(plain, condition, 1)).unwrap();
    for (assumed, answer) in [
        (None, Verdict::Undetermined),
        (Some("aws:SourceIp=203.0.113.7"), Verdict::Ready),
        (Some("aws:SourceIp=198.51.100.7"), Verdict::NotReady),
    ] {
        let given: Vec<String> = assumed.map(str::to_owned).into_iter().collect();
        let assumptions = Assumptions::parse(&given).unwrap();
        let choice = Choice { assumptions, ..Choice::default() };
        let selection = Selection::new(registry().unwrap(), choice).unwrap();
        let report = Report::of(std::slice::from_ref(&evidence), &selection).targets.remove(0);
        assert_eq!(report.verdict, answer, "{assumed:?}");
        let named =
            report.limits.iter().any(|limit| limit.what.starts_with("aws:SourceIp of OpenAI's calls"));
        assert_eq!(named, assumed.is_some());
    }
}

/// The ready setup in a run of its own, with waivers of these checks on it as of a day.
fn accepted(registry: Registry, choice: Choice, checks: &[&str]) -> Report {
    let selection = Selection::new(registry, choice).unwrap();
    let evidence = from_json(READY).unwrap();
    let expires = date(2027, 1, 31);
    let entries = checks.iter().map(|check| {
        let subject = Subject { check: (*check).to_owned(), target: Waived::On("one".into()) };
        (subject, Waiver { reason: "known".into(), owner: "security".into(), expires })
    });
    let waivers = Waivers::new(entries.collect(), date(2026, 11, 21));
    let judged = [Judged { target: "one", name: "one", evidence: &evidence, selection: &selection }];
    Report::with_waivers(&judged, &waivers)
}

fn outcomes<'a>(report: &'a TargetReport, id: &str) -> &'a str {
    report.checks.iter().find(|check| check.id == id).map(CheckReport::word).unwrap()
}

#[test]
fn what_is_waived_counts_no_more_and_is_a_limit_and_takes_the_payload() {
    for (severity, payload, limit) in [
        ("error", Err("the check `aws-own` was waived".to_owned()), Some("the check `aws-own` was waived")),
        ("warning", Ok(()), None),
    ] {
        let report = accepted(with_own(severity, FAILS), Choice::default(), &[ID]);
        let target = &report.targets[0];
        assert_eq!((target.verdict, outcomes(target, ID)), (Verdict::Ready, "waived"), "{severity}");
        assert_eq!(target.payload.clone().map(|_| ()), payload, "{severity}");
        let waived = target.limits.iter().find(|limit| limit.what.ends_with("waived"));
        assert_eq!(waived.map(|limit| limit.what.as_str()), limit, "{severity}");
        assert_eq!(report.unused_waivers, []);
    }
}

/// Formats put the fix's command behind the details.
#[test]
fn the_fix_of_what_is_waived_comes_last() {
    let target = accepted(with_own("error", FAILS), Choice::default(), &[ID]).targets.remove(0);
    let check = target.checks.iter().find(|check| check.id == ID).unwrap();
    let names: Vec<&str> = check.details().iter().map(|detail| detail.name).collect();
    assert!(names.starts_with(&["accepted because", "accepted by"]), "{names:?}");
    assert_eq!(names.last(), Some(&"fix"));
}

/// Of a warning that counts as an error in this run it is one, and a payload is given to nobody for accepting it.
#[test]
fn a_warning_that_was_made_an_error_is_waived_as_one() {
    let raised = Choice { severities: [(ID.into(), Severity::Error)].into(), ..Choice::default() };
    let report = accepted(with_own("warning", FAILS), raised, &[ID]).targets.remove(0);
    assert_eq!(report.verdict, Verdict::Ready);
    assert_eq!(report.payload, Err("the check `aws-own` was waived".into()));
}

/// The example's organization could not be read.
#[test]
fn an_unknown_is_waived() {
    let evidence = from_json(include_str!("../../examples/aws-ready.json")).unwrap();
    let id = "aws-organization-policies";
    let choice = Choice { required: vec![id.into()], ..Choice::default() };
    let selection = Selection::new(registry().unwrap(), choice).unwrap();
    let judged = [Judged { target: "one", name: "one", evidence: &evidence, selection: &selection }];
    for (target, verdict, word) in
        [("one", Verdict::Ready, "waived"), ("two", Verdict::Undetermined, "unknown")]
    {
        let subject = Subject { check: id.into(), target: Waived::On(target.into()) };
        let waiver = Waiver { reason: "r".into(), owner: "o".into(), expires: date(2027, 1, 31) };
        let report =
            Report::with_waivers(&judged, &Waivers::new(vec![(subject, waiver)], date(2026, 11, 21)));
        assert_eq!((report.targets[0].verdict, outcomes(&report.targets[0], id)), (verdict, word));
        assert_eq!(report.unused_waivers.len(), usize::from(target == "two"));
    }
}

/// Each of OpenAI's calls may be refused and that accepted: never with a payload.
#[test]
fn the_decisions_are_waived_skipped_and_lowered_without_a_payload_only() {
    let without = READY.replace("kms:Encrypt", "kms:DescribeKey");
    let evidence = from_json(&without).unwrap();
    for id in ["aws-assume-role-allowed", "aws-encrypt-allowed", "aws-decrypt-allowed"] {
        let lowered = Choice { severities: [(id.into(), Severity::Note)].into(), ..Choice::default() };
        for (choice, said) in [(skipping(&[id]), "not selected"), (lowered, "lowered in severity")] {
            let report = ready(registry().unwrap(), choice);
            assert_eq!(report.payload, Err(format!("the check `{id}` was {said}")));
            assert!(
                report.limits[0].what.starts_with(&format!("the check `{id}` was")),
                "{:?}",
                report.limits
            );
        }
    }
    let selection = Selection::of_everything(registry().unwrap());
    let waived = ["aws-encrypt-allowed", "aws-role-least-privilege"].map(|check| {
        let subject = Subject { check: check.into(), target: Waived::Everywhere };
        (subject, Waiver { reason: "r".into(), owner: "o".into(), expires: date(2027, 1, 31) })
    });
    let judged = [Judged { target: "one", name: "one", evidence: &evidence, selection: &selection }];
    let report = Report::with_waivers(&judged, &Waivers::new(waived.into(), date(2026, 11, 21)));
    let target = &report.targets[0];
    assert_eq!(target.verdict, Verdict::Ready);
    assert_eq!(
        target.payload,
        Err("the checks `aws-encrypt-allowed` and `aws-role-least-privilege` were waived".into())
    );
}

#[test]
fn where_everything_that_counts_is_waived_nothing_is_decided() {
    let only = Choice { only: vec![ID.into()], ..Choice::default() };
    let report = accepted(with_own("error", FAILS), only, &[ID]).targets.remove(0);
    assert_eq!((report.verdict, outcomes(&report, ID)), (Verdict::Undetermined, "waived"));
}

#[test]
fn a_severity_of_the_run_is_the_one_in_the_report() {
    let set = |severity| Choice { severities: [(ID.into(), severity)].into(), ..Choice::default() };
    for (of_file, of_run, verdict) in [
        ("error", Severity::Warning, Verdict::Ready),
        ("warning", Severity::Error, Verdict::NotReady),
        ("note", Severity::Error, Verdict::NotReady),
        ("error", Severity::Note, Verdict::Ready),
    ] {
        let report = ready(with_own(of_file, FAILS), set(of_run));
        assert_eq!((report.verdict, severity_of(&report)), (verdict, Some(of_run)), "{of_file}");
    }
    let report = ready(with_own("error", FAILS), set(Severity::Warning));
    assert_eq!(report.payload, Err("the check `aws-own` was lowered in severity".into()));
    assert_eq!(report.limits[0].what, "the check `aws-own` was lowered in severity");
}

/// A report of nothing is not empty: whoever reads it must not take it for a key that was judged.
#[test]
fn that_nothing_was_judged_is_said_in_every_format() {
    let report = Report::of_nothing();
    let look = table::Look { width: 80, unicode: false, colour: false };
    let sarif = sarif::render(&report, &registry().unwrap(), None).unwrap();
    for rendered in [
        table::render(&report, look),
        markdown::render(&report),
        github::render(&report),
        junit::render(&report).unwrap(),
        sarif,
    ] {
        assert!(rendered.contains("no key is registered: there was nothing to judge"), "{rendered}");
    }
}

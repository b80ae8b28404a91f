use super::*;
use crate::assume::Assumptions;
use crate::check::{Registry, registry};
use crate::evidence::from_json;
use crate::selection::Choice;

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

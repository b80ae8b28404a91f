//! The report as JUnit XML, for the test reports of pipelines: a suite for each target, a case for each check.
//!
//! Where a check stands in the verdict it stands in the suite, for a pipeline makes a suite red for any case that
//! failed: what counts and fails is a failure, what counts and can't be decided an error (GitLab, Jenkins and Azure
//! DevOps show both as failed). Warnings and notes that fail do not make the verdict: they are skipped, with what they
//! say, as are checks that are waived or have nothing to look at.

use quick_junit::{
    NonSuccessKind, Property, Report as Suites, SerializeError, TestCase, TestCaseStatus, TestSuite,
};

use super::finding::{Standing, counted};
use super::{CheckReport, Report, TargetReport, Verdict};
use crate::text::inert;

/// The report, ending in a newline.
///
/// # Errors
/// The serializer's; none is known.
pub fn render(report: &Report) -> Result<String, SerializeError> {
    let mut suites = Suites::new(env!("CARGO_PKG_NAME"));
    suites.add_test_suites(report.targets.iter().map(suite));
    let remarks = report.remarks();
    if !remarks.is_empty() {
        let mut suite = TestSuite::new("remarks");
        suite.add_test_cases(remarks.iter().map(|remark| {
            let mut status = TestCaseStatus::skipped();
            status.set_message(inert(remark)).set_type("remark");
            TestCase::new(inert(remark), status)
        }));
        suites.add_test_suite(suite);
    }
    suites.to_string()
}

fn suite(target: &TargetReport) -> TestSuite {
    let name = inert(target.name.as_str());
    let mut suite = TestSuite::new(name.clone());
    suite.extra.insert("timestamp".into(), target.collected_at.to_string().into());
    let mut property = |name: &str, value: &str| {
        suite.add_property(Property::new(name, inert(value)));
    };
    property("tool", concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")));
    property("provider", target.provider.as_str());
    property("source", target.source.word());
    property("verdict", target.verdict.word());
    target.limit_sentences().for_each(|limit| property("limit", &limit));
    let cases: Vec<TestCase> = target.checks.iter().map(|check| case(check, &name)).collect();
    let red = cases.iter().any(|case| matches!(case.status, TestCaseStatus::NonSuccess { .. }));
    suite.add_test_cases(cases);
    if target.verdict != Verdict::Ready && !red {
        // Nothing counts, so nothing was decided: that must not look like success.
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(inert(&target.headline())).set_type(target.verdict.word());
        let mut verdict = TestCase::new("verdict", status);
        verdict.set_classname(name);
        suite.add_test_case(verdict);
    }
    suite.set_system_out(summary(target).join("\n"));
    suite
}

/// The verdict, OpenAI's calls, the limits, what was not read, and the payload.
fn summary(target: &TargetReport) -> Vec<String> {
    let mut lines = vec![inert(&target.headline()), inert(&target.calls()), counted(target)];
    lines.extend(target.limit_sentences().map(|limit| inert(&format!("limit: {limit}"))));
    lines.extend(target.unread.iter().map(|unread| inert(&format!("not read: {}", unread.sentence()))));
    lines.push(match target.payload_line() {
        Ok(payload) => format!("payload: {payload}"),
        Err(reason) => inert(&format!("no registration payload: {reason}")),
    });
    lines
}

fn case(check: &CheckReport, target: &str) -> TestCase {
    let mut case = TestCase::new(inert(&format!("{}: {}", check.id, check.title)), status(check));
    case.set_classname(target);
    case.add_property(Property::new("outcome", check.word()));
    case.add_property(Property::new("severity", check.severity.as_str()));
    case
}

fn status(check: &CheckReport) -> TestCaseStatus {
    let mut status = match check.standing() {
        Standing::Passes => return TestCaseStatus::success(),
        Standing::Fails => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Standing::Open => TestCaseStatus::non_success(NonSuccessKind::Error),
        Standing::Advises | Standing::Accepted | Standing::Aside => TestCaseStatus::skipped(),
    };
    let said = match check.standing() {
        Standing::Advises => format!("{}, {}", check.severity.as_str(), check.told()),
        Standing::Accepted => {
            let waiver = check.waiver.as_ref();
            let until = waiver.map(|waiver| {
                format!("accepted by {}, until {}: {}; ", waiver.owner, waiver.expires, waiver.reason)
            });
            format!("{}{}", until.unwrap_or_default(), check.told())
        }
        _ => check.sentence().to_owned(),
    };
    status.set_message(inert(&said)).set_type(check.word());
    let body = body(check);
    if !body.is_empty() {
        status.set_description(body.join("\n"));
    }
    status
}

/// What is behind the outcome, a line for each thing.
fn body(check: &CheckReport) -> Vec<String> {
    let mut lines: Vec<String> =
        check.details().iter().map(|detail| inert(&format!("{}: {}", detail.name, detail.text))).collect();
    if let Some(snippet) = check.snippet() {
        lines.extend(snippet.text.lines().map(inert));
    }
    if !lines.is_empty() {
        lines.push(inert(&format!("see: {}", check.help)));
    }
    lines
}

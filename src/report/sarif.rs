//! The report as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"), for code
//! scanning.
//!
//! Results are what somebody has to look at: checks that fail, that can't be decided, and that are waived. GitHub takes
//! every result for an alert, whatever its `kind` ("SARIF support for code scanning" does not list the property), so a
//! check that passes is none; it stands, with everything else, in the run's property `report`: the JSON report, version 1.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use serde_sarif::sarif::{
    Invocation, Location, LogicalLocation, Message, Notification, PhysicalLocation, PropertyBag, Region,
    ReportingDescriptorReference, Result as Finding, ResultKind, ResultLevel, Run, RunAutomationDetails,
    Sarif, Suppression, Tool, ToolComponent,
};
use sha2::{Digest, Sha256};

use super::json::JsonReport;
use super::{CheckReport, Report, TargetReport, Verdict};
use crate::check::{Check, Outcome, Registry, Severity};
use crate::text::{inert, inert_json};
use crate::waiver::Waiver;

mod place;
mod rule;

/// The schema that the document follows.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The only fingerprint that GitHub reads.
const GITHUB_FINGERPRINT: &str = "primaryLocationLineHash";
/// The program's own; it changes when what goes into it does.
const FINGERPRINT: &str = "ekmPreflight/v1";

/// The report, ending in a newline. The rules are all checks of the report's clouds; `input` is the file that was
/// judged, as it was given, `-` for standard input, and nothing where a cloud was asked.
///
/// # Errors
/// The serializer's; none is known.
pub fn render(
    report: &Report,
    registry: &Registry,
    input: Option<&Path>,
) -> Result<String, serde_json::Error> {
    let rules: Vec<&Check> = registry
        .iter()
        .filter(|check| report.targets.iter().any(|target| target.provider == check.provider()))
        .collect();
    let mut results = Vec::new();
    for target in &report.targets {
        let located = place::of(target, input);
        let found = target.checks.iter().filter(|check| is_finding(check));
        results.extend(found.map(|check| finding(target, check, &rules, &located)));
    }
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules.iter().map(|check| rule::of(check)).collect::<Vec<_>>())
        .build();
    let properties = [
        ("verdict", json!(report.verdict.word())),
        ("report", serde_json::to_value(JsonReport::from(report))?),
    ];
    let run = Run::builder()
        .tool(Tool::from(driver))
        .automation_details(RunAutomationDetails::builder().id(place::category(report, input)).build())
        .column_kind(json!("utf16CodeUnits"))
        .invocations(vec![invocation(report)])
        .results(results)
        .properties(bag(properties))
        .build();
    let document = Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build();
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(inert_json(&text))
}

fn bag<const N: usize>(properties: [(&str, Value); N]) -> PropertyBag {
    let properties: BTreeMap<_, _> = properties.map(|(name, value)| (name.to_owned(), value)).into();
    PropertyBag::builder().additional_properties(properties).build()
}

/// Text for a message: nothing in it acts, is a placeholder (3.11.5) or a link (3.11.6).
fn message(text: &str) -> Message {
    let text = inert(text).replace('{', "{{").replace('}', "}}").replace("](", "] (");
    Message::builder().text(text).build()
}

/// Whether somebody has to look at it.
fn is_finding(check: &CheckReport) -> bool {
    !matches!(check.outcome, Outcome::Pass | Outcome::NotApplicable { .. })
}

/// That the program ran, with what exit status, and what it leaves out of account.
fn invocation(report: &Report) -> Invocation {
    let mut notes: Vec<Notification> = report
        .remarks()
        .iter()
        .map(|remark| {
            let descriptor = ReportingDescriptorReference::builder().id("remark").build();
            Notification::builder()
                .level(json!("warning"))
                .descriptor(descriptor)
                .message(message(remark))
                .build()
        })
        .collect();
    for target in &report.targets {
        let mut note = |level: &str, descriptor: &str, text: String| {
            let descriptor = ReportingDescriptorReference::builder().id(descriptor).build();
            notes.push(
                Notification::builder()
                    .level(json!(level))
                    .descriptor(descriptor)
                    .message(message(&format!("{}: {text}", target.name.as_str())))
                    .build(),
            );
        };
        let level = if target.verdict == Verdict::Ready { "note" } else { "error" };
        note(level, "verdict", target.headline());
        target.limit_sentences().for_each(|limit| note("note", "limit", limit));
        target.unread.iter().for_each(|unread| note("warning", "not-read", unread.sentence()));
        if let Err(reason) = target.payload_line() {
            note("note", "no-payload", format!("no registration payload: {reason}"));
        }
    }
    Invocation::builder()
        .execution_successful(true)
        .exit_code(report.exit_status())
        .exit_code_description(report.verdict.to_string())
        .tool_execution_notifications(notes)
        .build()
}

fn finding(
    target: &TargetReport,
    check: &CheckReport,
    rules: &[&Check],
    located: &place::Located,
) -> Finding {
    let name = target.name.as_str();
    // A kind other than `fail` must have the level `none` (3.27.10).
    let (kind, level) = match (&check.outcome, check.severity) {
        (Outcome::Fail(_), Severity::Error) => (ResultKind::Fail, ResultLevel::Error),
        (Outcome::Fail(_), Severity::Warning) => (ResultKind::Fail, ResultLevel::Warning),
        (Outcome::Fail(_), Severity::Note) => (ResultKind::Fail, ResultLevel::Note),
        (Outcome::Error { .. }, _) => (ResultKind::Review, ResultLevel::None),
        _ => (ResultKind::Open, ResultLevel::None),
    };
    let mut said = format!("{name}: {} {}", check.id, check.told());
    for detail in check.details() {
        said.push_str(&format!(". {}: {}", capitalized(detail.name), detail.text));
    }
    let identity = identity(target, check);
    let mut finding = Finding::builder()
        .rule_id(&check.id)
        .kind(kind)
        .level(level)
        .message(message(&said))
        .locations(vec![location(check, located)])
        .partial_fingerprints(BTreeMap::from([
            (GITHUB_FINGERPRINT.to_owned(), format!("{identity}:1")),
            (FINGERPRINT.to_owned(), identity),
        ]))
        .properties(bag([
            ("target", json!(inert(name))),
            ("outcome", json!(check.word())),
            ("severity", json!(check.severity.as_str())),
            ("counts", json!(check.counts)),
        ]))
        .build();
    finding.rule_index =
        rules.iter().position(|rule| rule.id() == check.id).and_then(|index| i64::try_from(index).ok());
    finding.suppressions = check.waiver.as_ref().map(|waiver| vec![suppression(waiver)]);
    finding
}

fn capitalized(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn suppression(waiver: &Waiver) -> Suppression {
    let (reason, owner) = (&waiver.reason, &waiver.owner);
    Suppression::builder()
        .kind(json!("external"))
        .status(json!("accepted"))
        .justification(inert(&format!("{reason} (accepted by {owner}, until {})", waiver.expires)))
        .build()
}

/// What makes two findings the same on every machine and in every run: the check, the target, the place.
fn identity(target: &TargetReport, check: &CheckReport) -> String {
    let parts = [
        check.id.as_str(),
        target.provider.as_str(),
        target.name.as_str(),
        check.place.as_deref().unwrap_or_default(),
    ];
    // No part holds the character between them.
    let digest = Sha256::digest(parts.join("\n").as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn location(check: &CheckReport, located: &place::Located) -> Location {
    let logical = check.place.as_deref().unwrap_or(&located.subject);
    // Whoever reads it opens a line: the first is the only one that every file has.
    let region = Region::builder().start_line(1).start_column(1).end_line(1).end_column(2).build();
    Location::builder()
        .physical_location(
            PhysicalLocation::builder().artifact_location(located.artifact()).region(region).build(),
        )
        .logical_locations(vec![
            LogicalLocation::builder().fully_qualified_name(inert(logical)).kind("resource").build(),
        ])
        .build()
}

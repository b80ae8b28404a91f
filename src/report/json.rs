//! The JSON report, version 1. Its types are its own: what pipelines read does not change when the program does.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{CheckReport, Report, TargetReport};
use crate::check::Outcome;
use crate::facts::UnknownBecause;
use crate::facts::path::{Answer, Reason, StepKind};
use crate::payload::Payload;
use crate::target::Registration;
use crate::text;
use crate::waiver::{Unused, Waiver};

/// The report.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JsonReport {
    /// The version of this document: 1.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// The program that wrote it.
    tool: Tool,
    /// The worst of the targets' verdicts.
    verdict: &'static str,
    /// Each target.
    targets: Vec<JsonTarget>,
    /// How many checks came to what, over all targets.
    summary: Summary,
    /// Waivers that need somebody; left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    waivers: Option<JsonWaivers>,
}

/// Waivers that need somebody.
#[derive(Debug, Serialize, JsonSchema)]
struct JsonWaivers {
    /// Those that did nothing in this run.
    unused: Vec<JsonUnusedWaiver>,
}

/// A waiver that did nothing.
#[derive(Debug, Serialize, JsonSchema)]
struct JsonUnusedWaiver {
    /// The check's id.
    check: String,
    /// The target's name, or `*` for all of them.
    target: String,
    #[serde(flatten)]
    waiver: Waiver,
    /// `expired`, or `unmatched` where it met nothing to accept.
    state: &'static str,
    /// Why it did nothing and what to do, in a sentence.
    message: String,
}

/// The program that wrote a report.
#[derive(Debug, Serialize, JsonSchema)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// One target.
#[derive(Debug, Serialize, JsonSchema)]
struct JsonTarget {
    /// The registration's friendly name; of a configuration's plan with several registrations `TARGET: NAME`, and a number
    /// behind it where two would have the same.
    name: String,
    /// `aws`, `azure` or `gcp`.
    provider: &'static str,
    /// `live` or `plan`.
    source: &'static str,
    /// When the evidence was collected, in RFC 3339.
    collected_at: String,
    /// What is to be registered, as given; what is known only after apply is left out.
    registration: JsonRegistration,
    /// `ready`, `not_ready` or `undetermined`.
    verdict: &'static str,
    /// What the verdict leaves out of account, each with how to lift it.
    limits: Vec<String>,
    /// OpenAI's calls, by step.
    path: Vec<JsonStep>,
    /// Every selected check, by id.
    checks: Vec<JsonCheck>,
    /// What to send to OpenAI; null unless the verdict is ready.
    payload: Option<Payload>,
    /// Why there is no payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_reason: Option<String>,
}

/// What is to be registered.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum JsonRegistration {
    /// A key in AWS KMS.
    Aws {
        #[serde(skip_serializing_if = "Option::is_none")]
        role_arn: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        kms_arn: Option<String>,
        external_id: String,
    },
    /// A key in Azure Key Vault.
    Azure {
        #[serde(skip_serializing_if = "Option::is_none")]
        tenant_id: Option<String>,
        vault_uri: String,
        key_name: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        service_principal_id: Option<String>,
    },
}

/// One of OpenAI's calls.
#[derive(Debug, Serialize, JsonSchema)]
struct JsonStep {
    step: StepKind,
    action: String,
    decision: Answer,
    because: Vec<Reason>,
    depends_on: Vec<String>,
}

/// One check.
#[derive(Debug, Serialize, JsonSchema)]
struct JsonCheck {
    id: String,
    title: String,
    /// `error`, `warning` or `note`.
    severity: &'static str,
    /// `pass`, `fail`, `unknown`, `not_applicable`, `waived` or `error`.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<String>,
    /// The call, and what it was made on.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    unknown_because: Vec<UnknownBecause>,
    /// The error that OpenAI would show.
    #[serde(skip_serializing_if = "Option::is_none")]
    symptom: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
    /// The check's first reference.
    help: String,
    /// Who accepts the outcome, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<Waiver>,
}

/// How many checks came to what.
#[derive(Debug, Default, Clone, Copy, Serialize, JsonSchema)]
pub(super) struct Summary {
    pub(super) pass: usize,
    pub(super) fail: usize,
    pub(super) unknown: usize,
    pub(super) not_applicable: usize,
    pub(super) waived: usize,
    pub(super) error: usize,
}

impl Summary {
    pub(super) fn of<'a>(checks: impl IntoIterator<Item = &'a CheckReport>) -> Self {
        let mut summary = Self::default();
        for check in checks {
            match check.outcome {
                _ if check.waiver.is_some() => summary.waived += 1,
                Outcome::Pass => summary.pass += 1,
                Outcome::Fail(_) => summary.fail += 1,
                Outcome::Unknown { .. } => summary.unknown += 1,
                Outcome::NotApplicable { .. } => summary.not_applicable += 1,
                Outcome::Error { .. } => summary.error += 1,
            }
        }
        summary
    }
}

/// The schema of what [`render`] writes: what is left out where there is none is not required.
pub fn schema() -> Schema {
    SchemaSettings::default().for_serialize().into_generator().into_root_schema_for::<JsonReport>()
}

/// The report as JSON, ending in a newline. Characters that act on a terminal are escaped.
///
/// # Errors
/// The serializer's; none is known.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&JsonReport::from(report))?;
    text.push('\n');
    Ok(text::inert_json(&text))
}

impl From<&Report> for JsonReport {
    fn from(report: &Report) -> Self {
        Self {
            version: 1,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            verdict: report.verdict.word(),
            targets: report.targets.iter().map(JsonTarget::from).collect(),
            summary: Summary::of(report.targets.iter().flat_map(|target| &target.checks)),
            waivers: (!report.unused_waivers.is_empty()).then(|| JsonWaivers {
                unused: report.unused_waivers.iter().map(JsonUnusedWaiver::from).collect(),
            }),
        }
    }
}

impl From<&Unused> for JsonUnusedWaiver {
    fn from(unused: &Unused) -> Self {
        Self {
            check: unused.subject.check.clone(),
            target: unused.subject.target.as_str().to_owned(),
            waiver: unused.waiver.clone(),
            state: unused.why.word(),
            message: unused.to_string(),
        }
    }
}

impl JsonRegistration {
    fn of(target: &TargetReport) -> Self {
        let known = |name: &str, value: String| {
            (!target.known_after_apply.iter().any(|(unknown, _)| *unknown == name)).then_some(value)
        };
        match &target.registration {
            Registration::Aws(of) => Self::Aws {
                role_arn: known("role_arn", of.role_arn.to_string()),
                kms_arn: known("kms_arn", of.kms_arn.to_string()),
                external_id: of.external_id.to_string(),
            },
            Registration::Azure(of) => Self::Azure {
                tenant_id: known("tenant_id", of.tenant_id.to_string()),
                vault_uri: of.vault_uri.to_string(),
                key_name: of.key_name.to_string(),
                organization_id: of.organization_id.as_ref().map(ToString::to_string),
                service_principal_id: of
                    .service_principal_id
                    .and_then(|id| known("service_principal_id", id.to_string())),
            },
        }
    }
}

impl From<&TargetReport> for JsonTarget {
    fn from(target: &TargetReport) -> Self {
        Self {
            name: target.name.to_string(),
            provider: target.provider.as_str(),
            source: target.source.word(),
            collected_at: target.collected_at.to_string(),
            registration: JsonRegistration::of(target),
            verdict: target.verdict.word(),
            limits: target.limits.iter().map(|limit| format!("{}: {}", limit.what, limit.lift)).collect(),
            path: target
                .path
                .iter()
                .map(|step| JsonStep {
                    step: step.kind,
                    action: step.action.clone(),
                    decision: step.answer,
                    because: step.because.clone(),
                    depends_on: step.depends_on.clone(),
                })
                .collect(),
            checks: target.checks.iter().map(JsonCheck::from).collect(),
            payload: target.payload.clone().ok(),
            payload_reason: target.payload.clone().err(),
        }
    }
}

impl From<&CheckReport> for JsonCheck {
    fn from(check: &CheckReport) -> Self {
        let failure = match &check.outcome {
            Outcome::Fail(failure) => Some(failure),
            _ => None,
        };
        Self {
            id: check.id.clone(),
            title: check.title.clone(),
            severity: check.severity.as_str(),
            outcome: check.word(),
            message: check.outcome.message().map(str::to_owned),
            seen: failure.and_then(|failure| failure.seen.clone()),
            place: check.place.clone(),
            unknown_because: match &check.outcome {
                Outcome::Unknown { because, .. } => because.clone(),
                _ => Vec::new(),
            },
            symptom: failure.and_then(|failure| failure.symptom.clone()),
            fix: failure.map(|failure| match &failure.fix.snippet {
                Some(snippet) => format!("{}\n{}", failure.fix.text, snippet.text),
                None => failure.fix.text.clone(),
            }),
            help: check.help.clone(),
            waiver: check.waiver.clone(),
        }
    }
}

//! Input that is no plan and no state.

use serde_json::error::Category;
use thiserror::Error;

use crate::contract::Provider;
use crate::encoding::NotText;
use crate::target::InvalidInput;
use crate::text::inert;

const EXPECTED: &str = "expected what `terraform show -json FILE` or `tofu show -json FILE` prints of a saved plan, or of a state";

/// Why a document can't be read as a plan or state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAPlan {
    /// It is no JSON, or its JSON has another shape.
    #[error("not a plan: {}{}\n  {EXPECTED}", inert(problem), hint.map(|hint| format!(" ({hint})")).unwrap_or_default())]
    Json {
        /// What is wrong, with line and column.
        problem: String,
        /// What it seems to be.
        hint: Option<&'static str>,
    },
    /// It is no text.
    #[error("not a plan: {0}\n  {EXPECTED}")]
    NotText(#[from] NotText),
    /// It is the saved plan, as `terraform plan -out=FILE` writes it.
    #[error("this is the saved plan itself, which is binary\n  {EXPECTED}")]
    Binary,
    /// There is nothing in it.
    #[error("not a plan: it is empty, as where `terraform show` could not print one\n  {EXPECTED}")]
    Empty,
    /// It is JSON of something else.
    #[error("not a plan: it has no `format_version` with `resource_changes` or `values`\n  {EXPECTED}")]
    Other,
    /// It is a state as Terraform stores it.
    #[error("this is a state file, whose format is Terraform's own\n  {EXPECTED}")]
    StateFile,
    /// It has a format that this program does not know.
    #[error(
        "the format version is `{}`{}: this program reads 0.1 to 1.x\n  plan with a version of Terraform or OpenTofu that \
         writes one of these, or look for a newer version of this program",
        inert(written),
        if *is_text { "" } else { ", which is not a text" }
    )]
    Format {
        /// As it is written.
        written: String,
        /// Whether it is a text, as it must be.
        is_text: bool,
    },
    /// Terraform could not finish the plan.
    #[error(
        "the plan failed (`errored` is true): what it would do is not known\n  mend what `terraform plan` reports, and plan again"
    )]
    Errored,
    /// An address in it can't be read.
    #[error("`{}` is no address of a resource\n  {EXPECTED}", inert(.0))]
    Address(String),
    /// The attributes of a resource can't be read.
    #[error("the attributes of `{}` can't be read: {}\n  {EXPECTED}", inert(address), inert(problem))]
    Attributes {
        /// The resource.
        address: String,
        /// What is wrong.
        problem: String,
    },
}

/// Why there is no evidence to be had of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// It is no plan.
    #[error(transparent)]
    NotAPlan(#[from] NotAPlan),
    /// It holds no registration.
    #[error(
        "the plan holds no registration: looked for an `openai_external_key`, and for an `azuread_service_principal` of \
         OpenAI's application with a role assigned on an `azurerm_key_vault_key`\n  \
         name the target (--role-address or --role-arn, --key-address or --kms-arn, --external-id; on Azure \
         --key-address, or --tenant-id, --vault-uri and --key-name), or allow a plan without one (--allow-none)"
    )]
    NoRegistration,
    /// It says nothing of what may be one.
    #[error(
        "the plan holds no registration, and leaves out what may be one: {}\n  \
         plan without -target, and judge the plans until nothing is put off",
        .0.iter().map(|address| format!("`{}`", inert(address))).collect::<Vec<_>>().join(", ")
    )]
    LeftOut(Vec<String>),
    /// What is named is not in the plan, or not what it is named as.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// The evidence that it is to be laid over is of another cloud.
    #[error(
        "the evidence of --over is of `{}`, where the plan registers nothing: give evidence of the plan's own cloud",
        .0.as_str()
    )]
    OverElsewhere(Provider),
    /// The registration that is named is not complete, and the plan does not tell the rest.
    #[error("{}\n  {lift}", inert(problem))]
    Incomplete {
        /// What is wrong with it.
        problem: String,
        /// What to do. It holds nothing from outside.
        lift: String,
    },
}

impl Refused {
    pub(super) fn incomplete(problem: impl Into<String>, lift: impl Into<String>) -> Self {
        Self::Incomplete { problem: problem.into(), lift: lift.into() }
    }
}

impl NotAPlan {
    pub(super) fn json(text: &str, error: &serde_json::Error) -> Self {
        let hint = if text.trim_start().starts_with("{\"@level\"") {
            Some("this seems to be the log of `terraform plan -json`")
        } else {
            None
        };
        let said = error.to_string();
        // What was found instead of what was expected may be a secret.
        let tells = |start: &str| said.starts_with(start);
        let problem = match error.classify() {
            Category::Data if !tells("missing field") && !tells("duplicate field") => {
                format!("something unexpected at line {} column {}", error.line(), error.column())
            }
            _ => said,
        };
        Self::Json { problem, hint }
    }
}

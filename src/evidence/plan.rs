//! What a Terraform plan or state adds to the evidence that it fills: where everything stands in it, what is known only
//! after apply, what was there before, and what changes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Cloud;

/// The plan or state that evidence was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Where the values under an evidence key stand: `aws_kms_key.openai.policy` for `aws.key_policy`; several places are
    /// separated by `, `.
    pub places: BTreeMap<String, String>,
    /// The texts of the evidence that stand for values which are known only after apply.
    pub symbols: Vec<Symbol>,
    /// What was there before the change. None where nothing was, and for a state, which changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<Cloud>>,
    /// What the plan changes, or has found changed, of all that fills the evidence.
    pub changes: Vec<Change>,
    /// What a plan leaves open of what it is about, each with how to lift it.
    pub limits: Vec<PlanLimit>,
}

/// A text that stands for a value which is known only after apply. It is of the value's form and stands nowhere in the
/// plan, so that it equals itself and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Symbol {
    /// The text.
    pub text: String,
    /// What kind of value it stands for.
    pub kind: SymbolKind,
    /// What it stands for, for people: `aws_kms_key.openai.key_id`.
    pub stands_for: String,
}

/// What kind of value a symbol stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SymbolKind {
    /// The id of something that the apply makes: no text that was written before equals it.
    Made,
    /// An AWS account that is there already: it may be any account that the plan names.
    Account,
    /// A region: it may be any region that the plan names.
    Region,
}

/// Something that the plan changes, or has found changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The resource's address: `module.ekm.aws_kms_key.openai`.
    pub address: String,
    /// What happens to it.
    pub action: ChangeAction,
    /// The attributes that differ, where it is changed in place: `policy`.
    pub attributes: Vec<String>,
    /// The evidence keys that it fills: `aws.key_policy`.
    pub evidence: Vec<String>,
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is destroyed, and another made in its place.
    Replace,
    /// It is destroyed.
    Delete,
    /// It stays as it is and is no longer looked after by Terraform.
    Forget,
    /// It was changed outside of Terraform, and the plan leaves it so.
    Drift,
}

impl Change {
    /// Whether it is of the registration itself, or fills one of these evidence keys.
    pub fn decides(&self, keys: &[&str]) -> bool {
        self.evidence.iter().any(|key| key == REGISTRATION || keys.contains(&key.as_str()))
    }

    /// The resource, and the attribute where it is one that changes.
    pub fn place(&self) -> String {
        match self.attributes.as_slice() {
            [attribute] => format!("{}.{attribute}", self.address),
            _ => self.address.clone(),
        }
    }
}

/// Among the keys of [`Plan::places`] and [`Change::evidence`]: the registration itself, an `openai_external_key`.
pub const REGISTRATION: &str = "registration";

impl ChangeAction {
    /// What happens, as the end of a sentence: `is replaced`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Create => "is created",
            Self::Update => "changes",
            Self::Replace => "is replaced",
            Self::Delete => "is destroyed",
            Self::Forget => "is no longer managed",
            Self::Drift => "was changed outside of Terraform",
        }
    }
}

/// Something that a verdict on a plan leaves out of account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanLimit {
    /// What, as a clause for the verdict's line.
    pub what: String,
    /// How to lift it, as an imperative.
    pub lift: String,
}

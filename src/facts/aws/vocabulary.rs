//! What checks of AWS may speak of.

use schemars::JsonSchema;
use serde::Serialize;

use super::AwsFacts;
use crate::contract::{self, Provider};
use crate::facts::schema::{FactType, UnsupportedType};
use crate::facts::vocabulary::Vocabulary;
use crate::target::aws::{AwsRegistration, KeyArn, KeyResource, RoleArn};

/// What is to be registered, as `target.…`. Parts that a value does not have are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AwsTargetValues {
    /// The role's ARN, as given.
    pub role_arn: String,
    /// The name that IAM's calls take: the last part of the ARN, without the path.
    pub role_name: String,
    /// The account that the role is in.
    pub role_account: String,
    /// The ARN of the key or alias, as given.
    pub kms_arn: String,
    /// The key's id, or the alias with `alias/`: what the CLI's `--key-id` takes.
    pub key_id: String,
    /// The key's region.
    pub key_region: String,
    /// The account that the key is in.
    pub key_account: String,
    /// The ExternalId to be registered.
    pub external_id: String,
}

/// What OpenAI publishes, as `contract.…`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ContractValues {
    /// OpenAI's side of the integration with AWS.
    aws: AwsContractValues,
}

/// OpenAI's side of the integration with AWS.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct AwsContractValues {
    /// The role that assumes the customer's role.
    role_arn: &'static str,
    /// The account that OpenAI's calls come from.
    account: &'static str,
    /// The session that OpenAI's error messages show.
    session_arn: &'static str,
    /// A role of the same account that belongs to another product.
    customer_storage_role_arn: &'static str,
    /// The only key spec that works.
    key_spec: &'static str,
    /// The only key usage that works.
    key_usage: &'static str,
}

/// All that a decision about the key depends on.
pub(in crate::facts) const CALL_ON_THE_KEY: &[&str] = &[
    "aws.key_policy",
    "aws.key",
    "aws.role",
    "aws.role_inline_policies",
    "aws.role_attached_policies",
    "aws.role_boundary",
    "aws.key_grants",
    "aws.key_aliases",
    "aws.key_tags",
    "aws.role_organization",
    "aws.role_service_control_policies",
    "aws.key_organization",
    "aws.key_resource_control_policies",
    "aws.caller",
    "aws.key_caller",
];
/// All that a decision about the role depends on.
const CALL_ON_THE_ROLE: &[&str] =
    &["aws.role", "aws.caller", "aws.role_organization", "aws.role_resource_control_policies"];
const USERS_OF_THE_KEY: &[&str] = &["aws.key_policy", "aws.key_grants", "aws.key", "aws.key_caller"];
const ORGANIZATION: &[&str] = &[
    "aws.role_service_control_policies",
    "aws.role_resource_control_policies",
    "aws.key_resource_control_policies",
    "aws.role_organization",
    "aws.key_organization",
    "aws.role",
    "aws.key",
    "aws.caller",
    "aws.key_caller",
];
/// Whose the principals are that could assume the role.
const WHOSE: &[&str] = &[
    "aws.role",
    "aws.caller",
    "aws.role_organization",
    "aws.role_resource_control_policies",
    "aws.named_accounts",
];

/// The evidence of a layer, the most particular first.
pub(in crate::facts) fn evidence_of_layer(layer: &str) -> &'static [&'static str] {
    match layer {
        "trust_policy" | "role" => &["aws.role"],
        "identity_policy" => &["aws.role_inline_policies", "aws.role_attached_policies"],
        "permissions_boundary" => &["aws.role_boundary"],
        "key_policy" => &["aws.key_policy"],
        "grant" => &["aws.key_grants"],
        "key" => &["aws.key"],
        "service_control_policy" => &["aws.role_service_control_policies"],
        "resource_control_policy" => &["aws.key_resource_control_policies"],
        _ => &[],
    }
}

pub(in crate::facts) const EVIDENCE: &[(&str, &[&str])] = &[
    ("role", &["aws.role", "aws.caller"]),
    ("trust", &["aws.role", "aws.caller"]),
    ("trust.strangers", WHOSE),
    ("trust.own_principals", WHOSE),
    ("key", &["aws.key", "aws.key_caller"]),
    ("key.rotation_supported", &["aws.key_rotation", "aws.key", "aws.key_caller"]),
    ("key.rotation_enabled", &["aws.key_rotation", "aws.key", "aws.key_caller"]),
    ("key.other_users", USERS_OF_THE_KEY),
    ("key.openai_directly", USERS_OF_THE_KEY),
    ("key.deleted_principals", &["aws.key_policy", "aws.key", "aws.key_caller"]),
    ("privilege", CALL_ON_THE_KEY),
    ("organization", ORGANIZATION),
    ("assume_role", CALL_ON_THE_ROLE),
    ("encrypt", CALL_ON_THE_KEY),
    ("decrypt", CALL_ON_THE_KEY),
    ("change", CALL_ON_THE_KEY),
];

impl From<&AwsRegistration> for AwsTargetValues {
    fn from(registration: &AwsRegistration) -> Self {
        let role = registration.role().ok();
        let key = registration.key().ok();
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        Self {
            role_arn: registration.role_arn.to_string(),
            role_name: text(role.as_ref().map(RoleArn::name)),
            role_account: text(role.as_ref().map(|role| role.account().as_str())),
            kms_arn: registration.kms_arn.to_string(),
            key_id: text(key.as_ref().map(|key| match key.resource() {
                KeyResource::Key(id) | KeyResource::Alias(id) => id.as_str(),
            })),
            key_region: text(key.as_ref().map(KeyArn::region)),
            key_account: text(key.as_ref().map(|key| key.account().as_str())),
            external_id: registration.external_id.to_string(),
        }
    }
}

fn contract_values_typed() -> ContractValues {
    ContractValues {
        aws: AwsContractValues {
            role_arn: contract::aws::ROLE_ARN,
            account: contract::aws::ACCOUNT,
            session_arn: contract::aws::SESSION_ARN,
            customer_storage_role_arn: contract::aws::CUSTOMER_STORAGE_ROLE_ARN,
            key_spec: contract::aws::KEY_SPEC,
            key_usage: contract::aws::KEY_USAGE,
        },
    }
}

/// What OpenAI publishes, as `contract.…` has it.
fn contract_values() -> serde_json::Value {
    serde_json::to_value(contract_values_typed()).unwrap_or_default()
}

/// The vocabulary of checks of AWS.
///
/// # Errors
/// If a type among the facts is one that checks can't read.
pub fn vocabulary() -> Result<Vocabulary, UnsupportedType> {
    Ok(Vocabulary {
        provider: Provider::Aws,
        facts: FactType::of::<AwsFacts>()?,
        target: FactType::of::<AwsTargetValues>()?,
        contract: FactType::of::<ContractValues>()?,
        contract_values: contract_values(),
        example_target: serde_json::to_value(example_target())
            .map_err(|_| UnsupportedType { path: "target".into() })?,
        evidence: EVIDENCE,
    })
}

fn example_target() -> AwsTargetValues {
    AwsTargetValues {
        role_arn: "arn:aws:iam::111122223333:role/openai-ekm".into(),
        role_name: "openai-ekm".into(),
        role_account: "111122223333".into(),
        kms_arn: "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".into(),
        key_id: "1234abcd-12ab-34cd-56ef-1234567890ab".into(),
        key_region: "us-east-1".into(),
        key_account: "111122223333".into(),
        external_id: "org-AbCdEfGhIjKlMnOpQrStUvWx".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_found_by_whole_path_segments() {
        let vocabulary = vocabulary().unwrap();
        assert_eq!(vocabulary.evidence_keys("role.exists"), ["aws.role", "aws.caller"]);
        assert_eq!(vocabulary.evidence_keys("key.spec"), ["aws.key", "aws.key_caller"]);
        assert_eq!(vocabulary.evidence_keys("key.other_users")[0], "aws.key_policy");
        assert_eq!(vocabulary.evidence_keys("form.key_arn.acceptable"), [""; 0]);
        assert_eq!(vocabulary.evidence_keys("roles.exists"), [""; 0]);
        assert!(vocabulary.knows_evidence("aws.key_grants"));
        assert!(!vocabulary.knows_evidence("aws.bucket"));
    }

    #[test]
    fn every_group_with_evidence_is_a_fact() {
        let vocabulary = vocabulary().unwrap();
        for (group, _) in vocabulary.evidence {
            assert!(vocabulary.facts.at(group).is_some(), "{group}");
        }
    }
}

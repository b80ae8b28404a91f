//! What checks of Azure may speak of.

use schemars::JsonSchema;
use serde::Serialize;

use super::AzureFacts;
use crate::contract::{self, Provider};
use crate::facts::schema::{FactType, UnsupportedType};
use crate::facts::vocabulary::Vocabulary;
use crate::target::azure::AzureRegistration;

/// What is to be registered, as `target.…`. Parts that a value does not have are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AzureTargetValues {
    /// The tenant's id, as given.
    pub tenant_id: String,
    /// The vault's URI, in the published form.
    pub vault_uri: String,
    /// The vault's name: what the CLI's `--vault-name` takes.
    pub vault_name: String,
    /// The key's name, as given.
    pub key_name: String,
    /// The OpenAI organization given with `--organization-id`.
    pub organization_id: String,
    /// The object id given with `--service-principal-id`.
    pub service_principal_id: String,
}

/// What OpenAI publishes, as `contract.…`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ContractValues {
    /// OpenAI's side of the integration with Azure.
    azure: AzureContractValues,
}

/// OpenAI's side of the integration with Azure.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct AzureContractValues {
    /// The application (client) id of the service principal.
    application_id: &'static str,
    /// The name that the service principal is shown by.
    display_name: &'static str,
    /// The three data actions of the custom role.
    data_actions: [&'static str; 3],
    /// What OpenAI's API holds a key's name against.
    key_name_pattern: &'static str,
    /// The types of RSA keys.
    key_types: [&'static str; 2],
}

/// All that a decision about the key depends on.
pub(in crate::facts) const CALL_ON_THE_KEY: &[&str] = &[
    "azure.role_assignments",
    "azure.role_definitions",
    "azure.deny_assignments",
    "azure.service_principal",
    "azure.service_principal_groups",
    "azure.vault",
    "azure.vault_endpoint",
    "azure.key",
];
const PRIVILEGE: &[&str] = &[
    "azure.role_assignments",
    "azure.subscription_role_assignments",
    "azure.role_definitions",
    "azure.service_principal",
    "azure.service_principal_groups",
    "azure.vault",
    "azure.vault_endpoint",
];
const ROLE: &[&str] = &[
    "azure.role_assignments",
    "azure.role_definitions",
    "azure.service_principal",
    "azure.vault",
    "azure.vault_endpoint",
];

/// The evidence of a layer, the most particular first.
pub(in crate::facts) fn evidence_of_layer(layer: &str) -> &'static [&'static str] {
    match layer {
        "service_principal" => &["azure.service_principal"],
        "role_assignment" => &["azure.role_assignments", "azure.role_definitions"],
        "deny_assignment" => &["azure.deny_assignments"],
        "access_policy" | "network" | "vault" | "tenant" => &["azure.vault"],
        "key_state" | "key_operations" | "key" => &["azure.key"],
        _ => &[],
    }
}

pub(in crate::facts) const EVIDENCE: &[(&str, &[&str])] = &[
    ("vault", &["azure.vault", "azure.vault_endpoint"]),
    ("network", &["azure.vault", "azure.vault_endpoint"]),
    ("service_principal", &["azure.service_principal"]),
    ("key", &["azure.key", "azure.vault", "azure.vault_endpoint"]),
    ("key.disabled_versions", &["azure.key_versions", "azure.key", "azure.vault", "azure.vault_endpoint"]),
    (
        "key.rotates",
        &[
            "azure.key_rotation_policy",
            "azure.key",
            "azure.key_versions",
            "azure.vault",
            "azure.vault_endpoint",
        ],
    ),
    ("role", ROLE),
    ("privilege", PRIVILEGE),
    ("identity", &["azure.service_principal"]),
    ("read", CALL_ON_THE_KEY),
    ("encrypt", CALL_ON_THE_KEY),
    ("decrypt", CALL_ON_THE_KEY),
    ("change", CALL_ON_THE_KEY),
];

impl From<&AzureRegistration> for AzureTargetValues {
    fn from(registration: &AzureRegistration) -> Self {
        let optional = |value: Option<String>| value.unwrap_or_default();
        Self {
            tenant_id: registration.tenant_id.to_string(),
            vault_uri: registration.vault_uri.to_string(),
            vault_name: registration.vault_uri.vault_name().unwrap_or_default().to_owned(),
            key_name: registration.key_name.to_string(),
            organization_id: optional(registration.organization_id.as_ref().map(ToString::to_string)),
            service_principal_id: optional(registration.service_principal_id.map(|id| id.to_string())),
        }
    }
}

fn contract_values() -> ContractValues {
    ContractValues {
        azure: AzureContractValues {
            application_id: contract::azure::APPLICATION_ID,
            display_name: contract::azure::DISPLAY_NAME,
            data_actions: contract::azure::DATA_ACTIONS,
            key_name_pattern: contract::azure::KEY_NAME_PATTERN,
            key_types: contract::azure::KEY_TYPES,
        },
    }
}

/// The vocabulary of checks of Azure.
///
/// # Errors
/// If a type among the facts is one that checks can't read.
pub fn vocabulary() -> Result<Vocabulary, UnsupportedType> {
    Ok(Vocabulary {
        provider: Provider::Azure,
        facts: FactType::of::<AzureFacts>()?,
        target: FactType::of::<AzureTargetValues>()?,
        contract: FactType::of::<ContractValues>()?,
        contract_values: serde_json::to_value(contract_values()).unwrap_or_default(),
        example_target: serde_json::to_value(example_target())
            .map_err(|_| UnsupportedType { path: "target".into() })?,
        evidence: EVIDENCE,
    })
}

fn example_target() -> AzureTargetValues {
    AzureTargetValues {
        tenant_id: "aaaabbbb-0000-cccc-1111-dddd2222eeee".into(),
        vault_uri: "https://contoso-ekm.vault.azure.net/".into(),
        vault_name: "contoso-ekm".into(),
        key_name: "org-AbCdEfGhIjKlMnOpQrStUvWx--openai".into(),
        organization_id: "org-AbCdEfGhIjKlMnOpQrStUvWx".into(),
        service_principal_id: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Catalogued;
    use crate::evidence::azure::EvidenceKey;

    #[test]
    fn every_group_with_evidence_is_a_fact_and_its_keys_are_evidence() {
        let vocabulary = vocabulary().unwrap();
        for (group, keys) in vocabulary.evidence {
            assert!(vocabulary.facts.at(group).is_some(), "{group}");
            assert!(keys.iter().all(|key| EvidenceKey::of(key).is_some()), "{group}");
        }
    }
}

//! The keys of the evidence, and the calls that fill each: what checks need, and what a live run may ask for it.

use std::fmt;

use super::Call;
use crate::contract::Provider;
use crate::evidence::Catalogued;

/// A key of the evidence of an Azure tenant: `azure.vault` in checks, reports and documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKey {
    /// What the vault's host says.
    VaultEndpoint,
    /// The vault.
    Vault,
    /// The key.
    Key,
    /// The key's versions.
    KeyVersions,
    /// The key's rotation policy.
    KeyRotationPolicy,
    /// OpenAI's service principal.
    ServicePrincipal,
    /// The groups that it is in.
    ServicePrincipalGroups,
    /// Roles assigned at the key or above it.
    RoleAssignments,
    /// Roles assigned anywhere in the subscription.
    SubscriptionRoleAssignments,
    /// What those roles are.
    RoleDefinitions,
    /// Deny assignments at the key or above it.
    DenyAssignments,
}

const ENDPOINT: &[Call] = &[Call::CHALLENGE];
const VAULT: &[Call] = &[Call::QUERY_RESOURCES, Call::LIST_SUBSCRIPTIONS, Call::LIST_VAULTS, Call::GET_VAULT];
const KEY: &[Call] = &[
    Call::GET_KEY,
    Call::QUERY_RESOURCES,
    Call::LIST_SUBSCRIPTIONS,
    Call::LIST_VAULTS,
    Call::GET_VAULT,
    Call::ARM_GET_KEY,
];
const VERSIONS: &[Call] = &[
    Call::LIST_KEY_VERSIONS,
    Call::QUERY_RESOURCES,
    Call::LIST_SUBSCRIPTIONS,
    Call::LIST_VAULTS,
    Call::GET_VAULT,
    Call::ARM_LIST_KEY_VERSIONS,
];
const ROTATION: &[Call] = &[
    Call::GET_ROTATION_POLICY,
    Call::QUERY_RESOURCES,
    Call::LIST_SUBSCRIPTIONS,
    Call::LIST_VAULTS,
    Call::GET_VAULT,
    Call::ARM_GET_KEY,
];
const PRINCIPAL: &[Call] = &[Call::LIST_SERVICE_PRINCIPALS];
const GROUPS: &[Call] = &[Call::LIST_SERVICE_PRINCIPALS, Call::LIST_GROUPS];
const ASSIGNMENTS: &[Call] = &[
    Call::LIST_SERVICE_PRINCIPALS,
    Call::QUERY_RESOURCES,
    Call::LIST_SUBSCRIPTIONS,
    Call::LIST_VAULTS,
    Call::GET_VAULT,
    Call::LIST_ROLE_ASSIGNMENTS,
];
const SUBSCRIPTION_ASSIGNMENTS: &[Call] = &[
    Call::LIST_SERVICE_PRINCIPALS,
    Call::QUERY_RESOURCES,
    Call::LIST_SUBSCRIPTIONS,
    Call::LIST_VAULTS,
    Call::GET_VAULT,
    Call::LIST_SUBSCRIPTION_ROLE_ASSIGNMENTS,
];
const DEFINITIONS: &[Call] = &[
    Call::LIST_SERVICE_PRINCIPALS,
    Call::QUERY_RESOURCES,
    Call::LIST_SUBSCRIPTIONS,
    Call::LIST_VAULTS,
    Call::GET_VAULT,
    Call::LIST_ROLE_ASSIGNMENTS,
    Call::LIST_SUBSCRIPTION_ROLE_ASSIGNMENTS,
    Call::GET_ROLE_DEFINITION,
];
const DENIALS: &[Call] = &[
    Call::QUERY_RESOURCES,
    Call::LIST_SUBSCRIPTIONS,
    Call::LIST_VAULTS,
    Call::GET_VAULT,
    Call::LIST_DENY_ASSIGNMENTS,
];

impl EvidenceKey {
    /// The calls that fill it, and those that lead there: to the vault's id, to the principal's.
    pub fn calls(self) -> &'static [Call] {
        match self {
            Self::VaultEndpoint => ENDPOINT,
            Self::Vault => VAULT,
            Self::Key => KEY,
            Self::KeyVersions => VERSIONS,
            Self::KeyRotationPolicy => ROTATION,
            Self::ServicePrincipal => PRINCIPAL,
            Self::ServicePrincipalGroups => GROUPS,
            Self::RoleAssignments => ASSIGNMENTS,
            Self::SubscriptionRoleAssignments => SUBSCRIPTION_ASSIGNMENTS,
            Self::RoleDefinitions => DEFINITIONS,
            Self::DenyAssignments => DENIALS,
        }
    }
}

impl Catalogued for EvidenceKey {
    const PROVIDER: Provider = Provider::Azure;

    const ALL: &'static [Self] = &[
        Self::VaultEndpoint,
        Self::Vault,
        Self::Key,
        Self::KeyVersions,
        Self::KeyRotationPolicy,
        Self::ServicePrincipal,
        Self::ServicePrincipalGroups,
        Self::RoleAssignments,
        Self::SubscriptionRoleAssignments,
        Self::RoleDefinitions,
        Self::DenyAssignments,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::VaultEndpoint => "azure.vault_endpoint",
            Self::Vault => "azure.vault",
            Self::Key => "azure.key",
            Self::KeyVersions => "azure.key_versions",
            Self::KeyRotationPolicy => "azure.key_rotation_policy",
            Self::ServicePrincipal => "azure.service_principal",
            Self::ServicePrincipalGroups => "azure.service_principal_groups",
            Self::RoleAssignments => "azure.role_assignments",
            Self::SubscriptionRoleAssignments => "azure.subscription_role_assignments",
            Self::RoleDefinitions => "azure.role_definitions",
            Self::DenyAssignments => "azure.deny_assignments",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::VaultEndpoint => "whether the vault's name exists, and whose tokens it takes",
            Self::Vault => {
                "the vault: its tenant, its kind of authorization, its access policies and its firewall"
            }
            Self::Key => "the key's current version: its type, operations, dates and whether it is enabled",
            Self::KeyVersions => "all versions of the key",
            Self::KeyRotationPolicy => "the key's rotation policy",
            Self::ServicePrincipal => "the service principal of OpenAI's application",
            Self::ServicePrincipalGroups => "the groups that the service principal is in",
            Self::RoleAssignments => "the roles assigned to the service principal at the key or above it",
            Self::SubscriptionRoleAssignments => {
                "the roles assigned to the service principal anywhere in the vault's subscription"
            }
            Self::RoleDefinitions => "what those roles allow",
            Self::DenyAssignments => "the deny assignments at the key or above it",
        }
    }

    fn makes(self, call: &str) -> bool {
        self.calls().iter().any(|of_key| of_key.name == call)
    }

    fn permissions(self) -> Vec<&'static str> {
        let mut permissions: Vec<&str> = Vec::new();
        for permission in self.calls().iter().filter_map(|call| call.permission) {
            if !permissions.contains(&permission) {
                permissions.push(permission);
            }
        }
        permissions
    }
}

impl fmt::Display for EvidenceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::schema_for;

    use super::*;
    use crate::evidence::azure::AzureEvidence;

    #[test]
    fn the_keys_are_the_fields_of_the_evidence() {
        let schema = schema_for!(AzureEvidence);
        let fields: BTreeSet<String> = schema.as_value()["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(|key| format!("azure.{key}"))
            .collect();
        let keys: BTreeSet<String> = EvidenceKey::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(fields, keys);
        assert_eq!(keys.len(), EvidenceKey::ALL.len());
    }

    /// Every request is a GET, but for the query of Resource Graph, which takes its text in a body.
    #[test]
    fn every_call_only_reads() {
        for call in EvidenceKey::ALL.iter().flat_map(|key| key.calls()) {
            assert!(call.request.starts_with("GET ") || call.name == "arm:QueryResources", "{}", call.name);
            let permission = call.permission.unwrap_or("read");
            assert!(permission.to_ascii_lowercase().contains("read"), "{permission}");
        }
    }
}

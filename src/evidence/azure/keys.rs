//! The keys of the evidence, and the calls that fill each: what checks need, what a live run may ask, and which
//! permissions that takes, in one list.

use std::fmt;

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

/// A call that a live run may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The name in evidence and reports: `arm:GetVault`.
    pub name: &'static str,
    /// The request: method, and the path without the api-version.
    pub request: &'static str,
    /// The permission that it takes, where it takes one.
    pub permission: Option<&'static str>,
    /// What grants the permission.
    pub on: On,
}

/// What a permission is granted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// Nothing: everybody may ask, or every caller of the tenant.
    NoPermission,
    /// An action of a role at the vault, or above it.
    Vault,
    /// An action of a role at the vault's subscription, or above it.
    Subscription,
    /// A data action of a role at the key or above it; `get` or `getrotationpolicy` of an access policy.
    Data,
    /// A permission of Microsoft Graph.
    Graph,
}

const fn call(name: &'static str, request: &'static str, permission: Option<&'static str>, on: On) -> Call {
    Call { name, request, permission, on }
}

/// The right to see a role or deny assignment is read at the scope that is asked about.
const ROLE_ASSIGNMENTS_READ: &str = "Microsoft.Authorization/roleAssignments/read";

const CHALLENGE: Call =
    call("keyvault:Challenge", "GET {vault}/keys, without a token", None, On::NoPermission);
const QUERY_RESOURCES: Call = call(
    "arm:QueryResources",
    "POST /providers/Microsoft.ResourceGraph/resources",
    Some("Microsoft.KeyVault/vaults/read"),
    On::Vault,
);
const LIST_SUBSCRIPTIONS: Call = call("arm:ListSubscriptions", "GET /subscriptions", None, On::NoPermission);
const LIST_VAULTS: Call = call(
    "arm:ListVaults",
    "GET /subscriptions/{subscription}/providers/Microsoft.KeyVault/vaults",
    Some("Microsoft.KeyVault/vaults/read"),
    On::Vault,
);
const GET_VAULT: Call =
    call("arm:GetVault", "GET {vault id}", Some("Microsoft.KeyVault/vaults/read"), On::Vault);
const GET_KEY: Call =
    call("keyvault:GetKey", "GET {vault}/keys/{name}", Some("Microsoft.KeyVault/vaults/keys/read"), On::Data);
const ARM_GET_KEY: Call =
    call("arm:GetKey", "GET {vault id}/keys/{name}", Some("Microsoft.KeyVault/vaults/keys/read"), On::Vault);
const LIST_KEY_VERSIONS: Call = call(
    "keyvault:ListKeyVersions",
    "GET {vault}/keys/{name}/versions",
    Some("Microsoft.KeyVault/vaults/keys/read"),
    On::Data,
);
const GET_ROTATION_POLICY: Call = call(
    "keyvault:GetKeyRotationPolicy",
    "GET {vault}/keys/{name}/rotationpolicy",
    Some("Microsoft.KeyVault/vaults/keyrotationpolicies/read"),
    On::Data,
);
const LIST_SERVICE_PRINCIPALS: Call = call(
    "graph:ListServicePrincipals",
    "GET /v1.0/servicePrincipals?$filter=appId eq '{application}'",
    Some("Application.Read.All"),
    On::Graph,
);
const LIST_GROUPS: Call = call(
    "graph:ListGroups",
    "GET /v1.0/servicePrincipals/{id}/transitiveMemberOf/microsoft.graph.group",
    Some("Application.Read.All"),
    On::Graph,
);
const LIST_ROLE_ASSIGNMENTS: Call = call(
    "arm:ListRoleAssignments",
    "GET {key id}/providers/Microsoft.Authorization/roleAssignments",
    Some(ROLE_ASSIGNMENTS_READ),
    On::Vault,
);
const LIST_SUBSCRIPTION_ROLE_ASSIGNMENTS: Call = call(
    "arm:ListSubscriptionRoleAssignments",
    "GET /subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments",
    Some(ROLE_ASSIGNMENTS_READ),
    On::Subscription,
);
const GET_ROLE_DEFINITION: Call = call(
    "arm:GetRoleDefinition",
    "GET {role definition id}",
    Some("Microsoft.Authorization/roleDefinitions/read"),
    On::Subscription,
);
const LIST_DENY_ASSIGNMENTS: Call = call(
    "arm:ListDenyAssignments",
    "GET {key id}/providers/Microsoft.Authorization/denyAssignments",
    Some("Microsoft.Authorization/denyAssignments/read"),
    On::Vault,
);

const ENDPOINT: &[Call] = &[CHALLENGE];
const VAULT: &[Call] = &[QUERY_RESOURCES, LIST_SUBSCRIPTIONS, LIST_VAULTS, GET_VAULT];
const KEY: &[Call] = &[GET_KEY, QUERY_RESOURCES, LIST_SUBSCRIPTIONS, LIST_VAULTS, GET_VAULT, ARM_GET_KEY];
const VERSIONS: &[Call] = &[LIST_KEY_VERSIONS];
const ROTATION: &[Call] = &[GET_ROTATION_POLICY];
const PRINCIPAL: &[Call] = &[LIST_SERVICE_PRINCIPALS];
const GROUPS: &[Call] = &[LIST_SERVICE_PRINCIPALS, LIST_GROUPS];
const ASSIGNMENTS: &[Call] = &[
    LIST_SERVICE_PRINCIPALS,
    QUERY_RESOURCES,
    LIST_SUBSCRIPTIONS,
    LIST_VAULTS,
    GET_VAULT,
    LIST_ROLE_ASSIGNMENTS,
];
const SUBSCRIPTION_ASSIGNMENTS: &[Call] = &[
    LIST_SERVICE_PRINCIPALS,
    QUERY_RESOURCES,
    LIST_SUBSCRIPTIONS,
    LIST_VAULTS,
    GET_VAULT,
    LIST_SUBSCRIPTION_ROLE_ASSIGNMENTS,
];
const DEFINITIONS: &[Call] = &[
    LIST_SERVICE_PRINCIPALS,
    QUERY_RESOURCES,
    LIST_SUBSCRIPTIONS,
    LIST_VAULTS,
    GET_VAULT,
    LIST_ROLE_ASSIGNMENTS,
    LIST_SUBSCRIPTION_ROLE_ASSIGNMENTS,
    GET_ROLE_DEFINITION,
];
const DENIALS: &[Call] =
    &[QUERY_RESOURCES, LIST_SUBSCRIPTIONS, LIST_VAULTS, GET_VAULT, LIST_DENY_ASSIGNMENTS];

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

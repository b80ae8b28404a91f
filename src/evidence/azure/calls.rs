//! The calls that a live run may make: their names, their requests and the permissions that they take, in one list.

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

/// The right to see a role assignment is read at the scope that is asked about.
const ROLE_ASSIGNMENTS_READ: &str = "Microsoft.Authorization/roleAssignments/read";
const VAULTS_READ: &str = "Microsoft.KeyVault/vaults/read";
const KEYS_READ: &str = "Microsoft.KeyVault/vaults/keys/read";

impl Call {
    /// What the vault's host says to somebody without a token.
    pub const CHALLENGE: Self =
        call("keyvault:Challenge", "GET {vault}/keys, without a token", None, On::NoPermission);
    /// The vaults of a name, in all subscriptions that the caller sees.
    pub const QUERY_RESOURCES: Self = call(
        "arm:QueryResources",
        "POST /providers/Microsoft.ResourceGraph/resources",
        Some(VAULTS_READ),
        On::Vault,
    );
    /// The subscriptions that the caller sees.
    pub const LIST_SUBSCRIPTIONS: Self =
        call("arm:ListSubscriptions", "GET /subscriptions", None, On::NoPermission);
    /// The vaults of a subscription.
    pub const LIST_VAULTS: Self = call(
        "arm:ListVaults",
        "GET /subscriptions/{subscription}/providers/Microsoft.KeyVault/vaults",
        Some(VAULTS_READ),
        On::Vault,
    );
    /// The vault.
    pub const GET_VAULT: Self = call("arm:GetVault", "GET {vault id}", Some(VAULTS_READ), On::Vault);
    /// The key, of the vault itself.
    pub const GET_KEY: Self = call("keyvault:GetKey", "GET {vault}/keys/{name}", Some(KEYS_READ), On::Data);
    /// The key, of Azure Resource Manager.
    pub const ARM_GET_KEY: Self =
        call("arm:GetKey", "GET {vault id}/keys/{name}", Some(KEYS_READ), On::Vault);
    /// The key's versions, of the vault itself.
    pub const LIST_KEY_VERSIONS: Self =
        call("keyvault:ListKeyVersions", "GET {vault}/keys/{name}/versions", Some(KEYS_READ), On::Data);
    /// The key's versions, of Azure Resource Manager.
    pub const ARM_LIST_KEY_VERSIONS: Self = call(
        "arm:ListKeyVersions",
        "GET {vault id}/keys/{name}/versions",
        Some("Microsoft.KeyVault/vaults/keys/versions/read"),
        On::Vault,
    );
    /// The key's rotation policy.
    pub const GET_ROTATION_POLICY: Self = call(
        "keyvault:GetKeyRotationPolicy",
        "GET {vault}/keys/{name}/rotationpolicy",
        Some("Microsoft.KeyVault/vaults/keyrotationpolicies/read"),
        On::Data,
    );
    /// The service principals of OpenAI's application.
    pub const LIST_SERVICE_PRINCIPALS: Self = call(
        "graph:ListServicePrincipals",
        "GET /v1.0/servicePrincipals?$filter=appId eq '{application}'",
        Some("Application.Read.All"),
        On::Graph,
    );
    /// The groups that the service principal is in.
    pub const LIST_GROUPS: Self = call(
        "graph:ListGroups",
        "GET /v1.0/servicePrincipals/{id}/transitiveMemberOf/microsoft.graph.group",
        Some("Application.Read.All"),
        On::Graph,
    );
    /// The roles assigned at the key or above it.
    pub const LIST_ROLE_ASSIGNMENTS: Self = call(
        "arm:ListRoleAssignments",
        "GET {key id}/providers/Microsoft.Authorization/roleAssignments",
        Some(ROLE_ASSIGNMENTS_READ),
        On::Vault,
    );
    /// The roles assigned in the subscription or above it.
    pub const LIST_SUBSCRIPTION_ROLE_ASSIGNMENTS: Self = call(
        "arm:ListSubscriptionRoleAssignments",
        "GET /subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments",
        Some(ROLE_ASSIGNMENTS_READ),
        On::Subscription,
    );
    /// What a role is.
    pub const GET_ROLE_DEFINITION: Self = call(
        "arm:GetRoleDefinition",
        "GET {role definition id}",
        Some("Microsoft.Authorization/roleDefinitions/read"),
        On::Subscription,
    );
    /// The deny assignments at the key or above it.
    pub const LIST_DENY_ASSIGNMENTS: Self = call(
        "arm:ListDenyAssignments",
        "GET {key id}/providers/Microsoft.Authorization/denyAssignments",
        Some("Microsoft.Authorization/denyAssignments/read"),
        On::Vault,
    );

    /// The permission as somebody who lacks it must ask for it: actions and data actions can have the same name.
    pub fn permission_to_ask_for(&self) -> Option<String> {
        let permission = self.permission?;
        Some(match self.on {
            On::Data => format!("{permission} (data action)"),
            On::Graph => format!("{permission} (Microsoft Graph)"),
            On::NoPermission | On::Vault | On::Subscription => permission.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_says_in_which_plane_it_is() {
        for (call, permission) in [
            (Call::CHALLENGE, None),
            (Call::GET_VAULT, Some("Microsoft.KeyVault/vaults/read")),
            (Call::ARM_GET_KEY, Some("Microsoft.KeyVault/vaults/keys/read")),
            (Call::GET_KEY, Some("Microsoft.KeyVault/vaults/keys/read (data action)")),
            (Call::LIST_GROUPS, Some("Application.Read.All (Microsoft Graph)")),
        ] {
            assert_eq!(call.permission_to_ask_for().as_deref(), permission, "{}", call.name);
        }
    }
}

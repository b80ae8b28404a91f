//! Role definitions, role assignments and deny assignments.

use super::Scope;

/// What a role allows, or a deny assignment refuses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Permission {
    pub(crate) actions: Vec<String>,
    pub(crate) not_actions: Vec<String>,
    pub(crate) data_actions: Vec<String>,
    pub(crate) not_data_actions: Vec<String>,
}

/// A role.
#[derive(Debug, Clone)]
pub(crate) struct RoleDefinition {
    /// A UUID.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// Whether it is one of the customer's own, and no built-in one.
    pub(crate) custom: bool,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) assignable_scopes: Vec<Scope>,
}

/// A role given to a principal.
#[derive(Debug, Clone)]
pub(crate) struct RoleAssignment {
    /// A UUID.
    pub(crate) name: String,
    /// The role's UUID, whether there is such a role or not.
    pub(crate) role_definition: String,
    /// The principal's object id, whether there is such a principal or not.
    pub(crate) principal: String,
    /// `ServicePrincipal`, `User`, `Group` or `ForeignGroup`.
    pub(crate) principal_type: String,
    pub(crate) scope: Scope,
    /// The condition, and its version.
    pub(crate) condition: Option<(String, String)>,
    /// Whether Azure writes the role's id with the subscription in front. It does for custom roles, and for built-in ones
    /// in most answers.
    pub(crate) names_the_subscription: bool,
}

/// What principals are refused, whatever their roles are.
#[derive(Debug, Clone)]
pub(crate) struct DenyAssignment {
    /// A UUID.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) scope: Scope,
    pub(crate) principals: Vec<Principal>,
    pub(crate) exclude_principals: Vec<Principal>,
    /// Whether it holds at its scope and not below.
    pub(crate) not_for_child_scopes: bool,
    /// Whether only Azure can change it.
    pub(crate) system_protected: bool,
    /// The condition, and its version.
    pub(crate) condition: Option<(String, String)>,
}

/// Somebody a deny assignment names.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    pub(crate) id: String,
    /// `SystemDefined`, `User`, `Group` or `ServicePrincipal`.
    pub(crate) kind: String,
}

/// The principal that stands for all of them (RBAC `deny-assignments`, "Principal type").
pub(crate) const EVERYONE: &str = "00000000-0000-0000-0000-000000000000";

/// Built-in roles, by their UUIDs (RBAC `built-in-roles/security`, `built-in-roles/privileged`,
/// `built-in-roles/general`).
pub(crate) mod built_in {
    pub(crate) const CRYPTO_SERVICE_ENCRYPTION_USER: &str = "e147488a-f6f5-4113-8e2d-b22465e65bf6";
    pub(crate) const CRYPTO_USER: &str = "12338af0-0e69-4776-bea7-57ae8d297424";
    pub(crate) const CRYPTO_OFFICER: &str = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603";
    pub(crate) const KEY_VAULT_ADMINISTRATOR: &str = "00482a5a-887f-4fb3-b363-3b7fe8e74483";
    pub(crate) const KEY_VAULT_READER: &str = "21090545-7ca7-4776-b22c-e363652d74d2";
    pub(crate) const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    pub(crate) const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
    pub(crate) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
}

/// What the roles for keys allow in the control plane.
const MANAGEMENT_OF_VAULTS: &[&str] = &[
    "Microsoft.Authorization/*/read",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Support/*",
    "Microsoft.KeyVault/checkNameAvailability/read",
    "Microsoft.KeyVault/deletedVaults/read",
    "Microsoft.KeyVault/locations/*/read",
    "Microsoft.KeyVault/vaults/*/read",
    "Microsoft.KeyVault/operations/read",
];

/// What Contributor leaves out of everything.
const NOT_FOR_CONTRIBUTORS: &[&str] = &[
    "Microsoft.Authorization/*/Delete",
    "Microsoft.Authorization/*/Write",
    "Microsoft.Authorization/elevateAccess/Action",
    "Microsoft.Blueprint/blueprintAssignments/write",
    "Microsoft.Blueprint/blueprintAssignments/delete",
    "Microsoft.Compute/galleries/share/action",
    "Microsoft.Purview/consents/write",
    "Microsoft.Purview/consents/delete",
    "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
    "Microsoft.Subscription/cancel/action",
    "Microsoft.Subscription/enable/action",
];

impl Permission {
    /// Of these data actions.
    pub(crate) fn data(data_actions: &[&str]) -> Self {
        Self { data_actions: texts(data_actions), ..Self::default() }
    }

    /// Of these actions in the control plane.
    pub(crate) fn control(actions: &[&str]) -> Self {
        Self { actions: texts(actions), ..Self::default() }
    }

    pub(crate) fn and_data(self, data_actions: &[&str]) -> Self {
        Self { data_actions: texts(data_actions), ..self }
    }

    pub(crate) fn but_not(self, not_actions: &[&str]) -> Self {
        Self { not_actions: texts(not_actions), ..self }
    }

    pub(crate) fn but_not_data(self, not_data_actions: &[&str]) -> Self {
        Self { not_data_actions: texts(not_data_actions), ..self }
    }
}

impl RoleDefinition {
    /// A role of the customer's own.
    pub(crate) fn custom(id: &str, name: &str, permission: Permission, assignable: Scope) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: String::new(),
            custom: true,
            permissions: vec![permission],
            assignable_scopes: vec![assignable],
        }
    }

    fn built_in(id: &str, name: &str, permission: Permission) -> Self {
        Self { custom: false, ..Self::custom(id, name, permission, Scope::root()) }
    }

    /// The built-in roles that have to do with keys, and the general ones.
    pub(crate) fn all_built_in() -> Vec<Self> {
        vec![
            Self::built_in(
                built_in::CRYPTO_SERVICE_ENCRYPTION_USER,
                "Key Vault Crypto Service Encryption User",
                Permission::control(&[
                    "Microsoft.EventGrid/eventSubscriptions/write",
                    "Microsoft.EventGrid/eventSubscriptions/read",
                    "Microsoft.EventGrid/eventSubscriptions/delete",
                ])
                .and_data(&[
                    "Microsoft.KeyVault/vaults/keys/read",
                    "Microsoft.KeyVault/vaults/keys/wrap/action",
                    "Microsoft.KeyVault/vaults/keys/unwrap/action",
                ]),
            ),
            Self::built_in(
                built_in::CRYPTO_USER,
                "Key Vault Crypto User",
                Permission::data(&[
                    "Microsoft.KeyVault/vaults/keys/read",
                    "Microsoft.KeyVault/vaults/keys/update/action",
                    "Microsoft.KeyVault/vaults/keys/backup/action",
                    "Microsoft.KeyVault/vaults/keys/encrypt/action",
                    "Microsoft.KeyVault/vaults/keys/decrypt/action",
                    "Microsoft.KeyVault/vaults/keys/wrap/action",
                    "Microsoft.KeyVault/vaults/keys/unwrap/action",
                    "Microsoft.KeyVault/vaults/keys/sign/action",
                    "Microsoft.KeyVault/vaults/keys/verify/action",
                ]),
            ),
            Self::built_in(
                built_in::CRYPTO_OFFICER,
                "Key Vault Crypto Officer",
                Permission::control(MANAGEMENT_OF_VAULTS).and_data(&[
                    "Microsoft.KeyVault/vaults/keys/*",
                    "Microsoft.KeyVault/vaults/keyrotationpolicies/*",
                ]),
            ),
            Self::built_in(
                built_in::KEY_VAULT_ADMINISTRATOR,
                "Key Vault Administrator",
                Permission::control(MANAGEMENT_OF_VAULTS).and_data(&["Microsoft.KeyVault/vaults/*"]),
            ),
            Self::built_in(
                built_in::KEY_VAULT_READER,
                "Key Vault Reader",
                Permission::control(MANAGEMENT_OF_VAULTS).and_data(&[
                    "Microsoft.KeyVault/vaults/*/read",
                    "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
                ]),
            ),
            Self::built_in(built_in::READER, "Reader", Permission::control(&["*/read"])),
            Self::built_in(
                built_in::CONTRIBUTOR,
                "Contributor",
                Permission::control(&["*"]).but_not(NOT_FOR_CONTRIBUTORS),
            ),
            Self::built_in(built_in::OWNER, "Owner", Permission::control(&["*"])),
        ]
    }
}

impl RoleAssignment {
    /// A role given to a service principal.
    pub(crate) fn new(name: &str, role_definition: &str, principal: &str, scope: Scope) -> Self {
        Self {
            name: name.into(),
            role_definition: role_definition.into(),
            principal: principal.into(),
            principal_type: "ServicePrincipal".into(),
            scope,
            condition: None,
            names_the_subscription: true,
        }
    }

    /// The same, with a name made of a number.
    pub(crate) fn numbered(number: usize, role_definition: &str, principal: &str, scope: Scope) -> Self {
        let name = format!("5f0c3a91-0000-4000-8000-{number:012}");
        Self::new(&name, role_definition, principal, scope)
    }

    /// To a principal of another type: `User` or `Group`.
    pub(crate) fn of_type(self, principal_type: &str) -> Self {
        Self { principal_type: principal_type.into(), ..self }
    }

    /// On a condition, in the only version that there is.
    pub(crate) fn on_condition(self, condition: &str) -> Self {
        Self { condition: Some((condition.into(), "2.0".into())), ..self }
    }
}

impl DenyAssignment {
    /// One for everyone, such as a deployment stack makes it.
    pub(crate) fn of_everyone(id: &str, name: &str, permission: Permission, scope: Scope) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            permissions: vec![permission],
            scope,
            principals: vec![Principal::new(EVERYONE, "SystemDefined")],
            exclude_principals: vec![],
            not_for_child_scopes: false,
            system_protected: true,
            condition: None,
        }
    }
}

impl Principal {
    /// A principal of a kind.
    pub(crate) fn new(id: &str, kind: &str) -> Self {
        Self { id: id.into(), kind: kind.into() }
    }
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

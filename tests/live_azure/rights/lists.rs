//! Permissions as the report names them, and the checks that can't be decided without.

pub(super) const VAULTS: &str = "Microsoft.KeyVault/vaults/read";
pub(super) const KEYS: &str = "Microsoft.KeyVault/vaults/keys/read";
pub(super) const KEYS_DATA: &str = "Microsoft.KeyVault/vaults/keys/read (data action)";
pub(super) const ROTATION: &str = "Microsoft.KeyVault/vaults/keyrotationpolicies/read (data action)";
pub(super) const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments/read";
pub(super) const DEFINITIONS: &str = "Microsoft.Authorization/roleDefinitions/read";
pub(super) const DENIALS: &str = "Microsoft.Authorization/denyAssignments/read";
pub(super) const APPLICATIONS: &str = "Application.Read.All (Microsoft Graph)";

pub(super) const USES: &[&str] = &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed"];
/// What reads the roles.
pub(super) const OF_ROLES: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
];
/// The warnings that do.
pub(super) const WARNINGS_OF_ROLES: &[&str] = &["azure-role-assignment-scope", "azure-vault-subscription"];
pub(super) const OF_PRINCIPAL: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
    "azure-service-principal",
];
/// What is asked of the vault's resource, and at its id. Whose it is, and that it is there, its host says.
pub(super) const OF_VAULT: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
    "azure-vault-network",
    "azure-vault-rbac",
];
pub(super) const WARNINGS_OF_VAULT: &[&str] =
    &["azure-role-assignment-scope", "azure-vault-purge-protection", "azure-vault-subscription"];
/// What is asked about the key, or only where there is one.
pub(super) const OF_KEY: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-key-enabled",
    "azure-key-exists",
    "azure-key-operations",
    "azure-key-rsa",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
];
pub(super) const WARNINGS_OF_KEY: &[&str] = &[
    "azure-key-expiry",
    "azure-key-rotation",
    "azure-key-versions",
    "azure-role-assignment-scope",
    "azure-vault-subscription",
];
pub(super) const EVERYTHING: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-key-enabled",
    "azure-key-exists",
    "azure-key-operations",
    "azure-key-rsa",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
    "azure-service-principal",
    "azure-vault-network",
    "azure-vault-rbac",
];
pub(super) const ALL_WARNINGS: &[&str] = &[
    "azure-key-expiry",
    "azure-key-rotation",
    "azure-key-versions",
    "azure-role-assignment-scope",
    "azure-vault-purge-protection",
    "azure-vault-subscription",
];

//! What the evidence of an Azure tenant means for OpenAI's calls.

use schemars::JsonSchema;
use serde::Serialize;

use super::change::ChangeFacts;
use super::{DecisionFacts, Fact, ValueForm};

mod authorization;
pub(super) mod change;
mod derive;
mod key;
mod layer;
mod network;
mod principal;
mod privilege;
mod role;
mod roles;
mod rotation;
#[cfg(test)]
mod tests;
mod vault;
mod versions;

pub use derive::derive;
pub(in crate::facts) use derive::path;
pub mod vocabulary;

/// Everything that checks of Azure may read, as `facts.…`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AzureFacts {
    /// Whether OpenAI's API would accept the values as they are written.
    pub form: Form,
    /// The vault.
    pub vault: VaultFacts,
    /// The vault's firewall.
    pub network: NetworkFacts,
    /// The service principal of OpenAI's application.
    pub service_principal: ServicePrincipalFacts,
    /// The key.
    pub key: KeyFacts,
    /// The roles that are assigned to the service principal and reach the key.
    pub role: RoleFacts,
    /// What the service principal could do beyond OpenAI's calls.
    pub privilege: PrivilegeFacts,
    /// The service principal's token.
    pub identity: DecisionFacts,
    /// OpenAI's reading of the key.
    pub read: DecisionFacts,
    /// OpenAI's encrypting with the key.
    pub encrypt: DecisionFacts,
    /// OpenAI's decrypting with the key.
    pub decrypt: DecisionFacts,
    /// What a plan does to access that is there.
    pub change: ChangeFacts,
}

/// Whether OpenAI's API would accept the values as they are written.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Form {
    /// The vault's URI.
    pub vault_uri: ValueForm,
    /// The key's name.
    pub key_name: ValueForm,
    /// The organization that the key's name begins with; empty where it begins with none.
    pub organization: String,
}

/// The vault. Unknown behind a vault that could not be read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VaultFacts {
    /// There is a vault with this URI.
    pub exists: Fact<bool>,
    /// Its name can be resolved and it answers: Azure has finished making it.
    pub provisioned: Fact<bool>,
    /// The tenant whose tokens it takes.
    pub tenant_id: Fact<String>,
    /// The subscription that it is in.
    pub subscription_id: Fact<String>,
    /// Role assignments decide who may use its keys, and not access policies.
    pub rbac: Fact<bool>,
    /// Deleted keys can't be purged before their retention ends.
    pub purge_protection: Fact<bool>,
}

/// The vault's firewall.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NetworkFacts {
    /// OpenAI's calls from the public internet would be let through.
    pub reachable: Fact<bool>,
    /// Public network access is switched off altogether.
    pub public_access_disabled: Fact<bool>,
    /// Public network access is left to a network security perimeter.
    pub secured_by_perimeter: Fact<bool>,
    /// Addresses and ranges that the firewall lets in, where it refuses others; empty where it refuses nobody.
    pub allowed_addresses: Fact<Vec<String>>,
    /// The firewall refuses whom no rule lets in.
    pub default_deny: Fact<bool>,
    /// The firewall lets Microsoft's trusted services through; OpenAI is none of them.
    pub trusted_services: Fact<bool>,
    /// Private endpoints are connected to the vault.
    pub private_endpoints: Fact<bool>,
}

/// The service principal of OpenAI's application.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ServicePrincipalFacts {
    /// The tenant has one.
    pub exists: Fact<bool>,
    /// It may sign in.
    pub enabled: Fact<bool>,
    /// Its object id, which roles are assigned to; null where there is none.
    pub object_id: Fact<Option<String>>,
    /// The id given with `--service-principal-id` is its object id; true where none was given.
    pub is_the_one_given: Fact<bool>,
}

/// The key. Unknown behind a key that could not be read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KeyFacts {
    /// The vault has a key of this name.
    pub exists: Fact<bool>,
    /// `RSA`, `RSA-HSM`, `EC`, …
    #[serde(rename = "type")]
    pub kind: Fact<String>,
    /// The current version is enabled.
    pub enabled: Fact<bool>,
    /// The time from which on it may be used has come.
    pub started: Fact<bool>,
    /// It has expired: it can't encrypt any longer.
    pub expired: Fact<bool>,
    /// When it expires, in RFC 3339; null where it never does.
    pub expires: Fact<Option<String>>,
    /// When it may be used first, in RFC 3339; null where no such time is set.
    pub not_before: Fact<Option<String>>,
    /// What it may be used for: `encrypt`, `decrypt`, `wrapKey`, …
    pub operations: Fact<Vec<String>>,
    /// Earlier versions that are disabled: what they encrypted can't be read.
    pub disabled_versions: Fact<Vec<String>>,
    /// A new version is made by itself, before the current one expires where it does.
    pub rotates: Fact<bool>,
}

/// The roles that are assigned to the service principal and reach the key, whether the vault heeds them or not.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RoleFacts {
    /// At least one is.
    pub assigned: Fact<bool>,
    /// Their names.
    pub names: Fact<Vec<String>>,
    /// Those of OpenAI's three data actions that none of them has.
    pub missing_data_actions: Fact<Vec<String>>,
    /// Those of the missing that stand under a role's `actions`, where they mean the control plane.
    pub misplaced_data_actions: Fact<Vec<String>>,
    /// Those of the missing that a role has and takes away again under its `notDataActions`.
    pub excluded_data_actions: Fact<Vec<String>>,
    /// Data actions beyond the three that one of them has; a wildcard is shown by a member.
    pub additional_data_actions: Fact<Vec<String>>,
    /// Scopes above the key at which one of them is assigned.
    pub scopes_above_key: Fact<Vec<String>>,
    /// Roles among them that can't be assigned in the vault's subscription.
    pub not_assignable_here: Fact<Vec<String>>,
    /// Assignments among them that hold under a condition only, by the role's name.
    pub conditional: Fact<Vec<String>>,
}

/// What the service principal could do beyond OpenAI's calls.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PrivilegeFacts {
    /// Members of what it could do, each with the role and scope that allow it; empty where there is nothing.
    pub excess: Fact<Vec<String>>,
}

//! What is read of an Azure tenant.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Item, Missing};
use crate::target::azure::{ObjectId, Scope, TenantId, VaultUri};

mod authorization;
mod calls;
mod keys;

pub use authorization::{
    DenyAssignment, DenyPrincipal, NamedRole, Permission, RoleAssignment, RoleDefinition,
};
pub use calls::{Call, On};
pub use keys::EvidenceKey;

/// Everything that is read for one target. Each field is an evidence key: `azure.vault` for `vault`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AzureEvidence {
    /// What the vault's own host says to somebody without a token (`keyvault:Challenge`); absent where no such name
    /// exists.
    pub vault_endpoint: Item<Endpoint>,
    /// The vault (`arm:QueryResources`, `arm:ListSubscriptions`, `arm:ListVaults`, `arm:GetVault`); part of it where not
    /// all of its access policies are known.
    pub vault: Item<Vault>,
    /// The key's current version (`keyvault:GetKey`, else `arm:GetKey`); part of it where it is not known whether it is
    /// enabled.
    pub key: Item<SeenKey>,
    /// All versions of the key (`keyvault:ListKeyVersions`, else `arm:ListKeyVersions`).
    pub key_versions: Item<Vec<KeyVersion>>,
    /// The key's rotation policy (`keyvault:GetKeyRotationPolicy`, else `arm:GetKey`).
    pub key_rotation_policy: Item<RotationPolicy>,
    /// The service principal of OpenAI's application (`graph:ListServicePrincipals`); absent where the tenant has none.
    pub service_principal: Item<ServicePrincipal>,
    /// The groups that the service principal is in, directly or through others (`graph:ListGroups`).
    pub service_principal_groups: Item<Vec<ObjectId>>,
    /// The roles assigned to the service principal, or to groups it is in, at the key or above it
    /// (`arm:ListRoleAssignments`).
    pub role_assignments: Item<Vec<RoleAssignment>>,
    /// The same anywhere in the vault's subscription, or above it (`arm:ListSubscriptionRoleAssignments`); of a plan also
    /// those that it shows in other subscriptions.
    pub subscription_role_assignments: Item<Vec<RoleAssignment>>,
    /// The definitions of all those roles (`arm:GetRoleDefinition`); part of one where it is not known where it can be
    /// assigned.
    pub role_definitions: Item<Vec<NamedRole>>,
    /// The deny assignments at the key or above it, whomever they are about (`arm:ListDenyAssignments`).
    pub deny_assignments: Item<Vec<DenyAssignment>>,
}

impl AzureEvidence {
    /// The same as if nothing stood outside of the plan that it was read from.
    pub(super) fn alone(&self) -> Self {
        Self {
            key: self.key.known_alone(),
            key_versions: self.key_versions.alone(),
            service_principal_groups: self.service_principal_groups.alone(),
            role_assignments: self.role_assignments.alone(),
            subscription_role_assignments: self.subscription_role_assignments.alone(),
            role_definitions: self.role_definitions.alone(),
            deny_assignments: self.deny_assignments.alone(),
            ..self.clone()
        }
    }

    /// Everything that could not be read, role definitions one by one, in the order of the keys.
    pub fn missing(&self) -> Vec<&Missing> {
        let roles = self.role_definitions.known().into_iter().flatten();
        [
            self.vault_endpoint.missing(),
            self.vault.missing(),
            self.key.missing(),
            self.key_versions.missing(),
            self.key_rotation_policy.missing(),
            self.service_principal.missing(),
            self.service_principal_groups.missing(),
            self.role_assignments.missing(),
            self.subscription_role_assignments.missing(),
            self.role_definitions.missing(),
            self.deny_assignments.missing(),
        ]
        .into_iter()
        .flatten()
        .chain(roles.filter_map(|role| role.definition.missing()))
        .collect()
    }
}

/// What the vault's host answers to a request without a token (Key Vault authentication-requests-and-responses).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The tenant whose tokens the vault takes, from the challenge; none where the answer was a refusal of the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// The code with which the vault's network rules refused the caller: `ForbiddenByFirewall`, `ForbiddenByConnection`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A vault, as `arm:GetVault` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// Its resource id.
    pub id: Scope,
    /// The tenant whose tokens it takes.
    pub tenant_id: TenantId,
    /// Its URI.
    pub vault_uri: VaultUri,
    /// `enableRbacAuthorization`: whether Azure's role assignments decide; access policies do where it is `false` or was
    /// not shown (Key Vault access-control-default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rbac_authorization: Option<bool>,
    /// Its access policies, in force only where role assignments are not.
    pub access_policies: Vec<AccessPolicy>,
    /// `publicNetworkAccess`, as Azure writes it: `Enabled`, `disabled`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_network_access: Option<String>,
    /// Its firewall; everybody passes where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_rules: Option<NetworkRules>,
    /// How many private endpoints are connected to it.
    pub private_endpoints: u32,
    /// `enablePurgeProtection`; not shown where it is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purge_protection: Option<bool>,
    /// `provisioningState`: `Succeeded`, or `RegisteringDns` while its name does not exist yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisioning_state: Option<String>,
}

/// What one principal may do with everything in a vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessPolicy {
    /// The principal's tenant.
    pub tenant_id: TenantId,
    /// A service principal, user or group.
    pub object_id: ObjectId,
    /// The application that acts for the principal; without it the principal acts itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_id: Option<ObjectId>,
    /// Permissions on keys: `get`, `encrypt`, `all`, … in any case.
    pub keys: Vec<String>,
    /// Permissions on secrets.
    pub secrets: Vec<String>,
    /// Permissions on certificates.
    pub certificates: Vec<String>,
    /// Permissions on storage accounts.
    pub storage: Vec<String>,
}

/// A vault's firewall, `networkAcls`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkRules {
    /// `Allow` or `Deny`, for whom no rule lets in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_action: Option<String>,
    /// `AzureServices` or `None`: whether Microsoft's own trusted services pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bypass: Option<String>,
    /// Addresses and ranges that pass, as Azure shows them: `203.0.113.0/24`.
    pub ip_rules: Vec<String>,
    /// The subnets of virtual networks that pass, by their ids.
    pub virtual_network_rules: Vec<String>,
}

/// What is to be seen of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeenKey {
    /// Its current version.
    Shown(Key),
    /// Only that it exists and its current version is disabled (`KeyDisabled`).
    Disabled,
}

/// The current version of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The version's name.
    pub version: String,
    /// `RSA`, `RSA-HSM`, `EC`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// `encrypt`, `decrypt`, `wrapKey`, …
    pub operations: Vec<String>,
    /// The length of an RSA key, in bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u32>,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it may be used first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub not_before: Option<Timestamp>,
    /// When it can't encrypt any longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires: Option<Timestamp>,
    /// `Recoverable+Purgeable`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_level: Option<String>,
}

/// A version of a key, as the list of versions shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyVersion {
    /// The version's name.
    pub version: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub created: Option<Timestamp>,
}

/// A key's rotation policy. Durations are in ISO 8601: `P90D`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationPolicy {
    /// What happens by itself.
    pub actions: Vec<LifetimeAction>,
    /// How long after its making a new version expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<String>,
}

/// Something that happens to a key by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifetimeAction {
    /// `Rotate` or `Notify`, in any case.
    pub action: String,
    /// How long after the version was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_after_create: Option<String>,
    /// How long before it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_before_expiry: Option<String>,
}

/// A service principal, as Microsoft Graph shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServicePrincipal {
    /// Its object id: what roles are assigned to.
    pub id: ObjectId,
    /// The application's id.
    pub application_id: ObjectId,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether it may sign in.
    pub enabled: bool,
    /// Why Microsoft has disabled it, where it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_by_microsoft: Option<String>,
}

//! Vaults, their networks and their access policies.

use super::{Key, KeyVersion, Scope};

/// A vault.
#[derive(Debug, Clone)]
pub(crate) struct Vault {
    pub(crate) name: String,
    pub(crate) subscription: String,
    pub(crate) resource_group: String,
    pub(crate) location: String,
    /// The tenant whose tokens it accepts.
    pub(crate) tenant: String,
    /// `standard` or `premium`.
    pub(crate) sku: String,
    /// `enableRbacAuthorization`: whether role assignments count, and not access policies. Left out where `None`.
    pub(crate) rbac_authorization: Option<bool>,
    pub(crate) access_policies: Vec<AccessPolicy>,
    /// `publicNetworkAccess`: `Enabled`, `Disabled` or `SecuredByPerimeter`, in any case. Left out where `None`.
    pub(crate) public_network_access: Option<String>,
    pub(crate) network_acls: Option<NetworkAcls>,
    pub(crate) private_endpoint_connections: Vec<PrivateEndpointConnection>,
    /// `enableSoftDelete`, left out where `None`.
    pub(crate) soft_delete: Option<bool>,
    /// `enablePurgeProtection`, left out where `None`; Azure never says `false`.
    pub(crate) purge_protection: Option<bool>,
    /// `Succeeded` or `RegisteringDns`.
    pub(crate) provisioning_state: String,
    pub(crate) keys: Vec<Key>,
    /// What the vault's network does with whoever runs the program. It says nothing of others.
    pub(crate) block: Option<Block>,
}

/// What a principal may do with all keys of a vault, where access policies count.
#[derive(Debug, Clone)]
pub(crate) struct AccessPolicy {
    pub(crate) tenant: String,
    pub(crate) object_id: String,
    /// The application that has to ask on the principal's behalf.
    pub(crate) application_id: Option<String>,
    /// `get`, `encrypt`, `all` …
    pub(crate) keys: Vec<String>,
}

/// `networkAcls`.
#[derive(Debug, Clone)]
pub(crate) struct NetworkAcls {
    /// `AzureServices` or `None`.
    pub(crate) bypass: String,
    /// `Allow` or `Deny`.
    pub(crate) default_action: String,
    /// As Azure writes them, with their length: `203.0.113.7/32`.
    pub(crate) ip_rules: Vec<String>,
    /// The ids of subnets.
    pub(crate) virtual_network_rules: Vec<String>,
}

/// A private endpoint's connection to a vault.
#[derive(Debug, Clone)]
pub(crate) struct PrivateEndpointConnection {
    pub(crate) name: String,
    /// `Approved`, `Pending`, `Rejected` or `Disconnected`.
    pub(crate) status: String,
}

/// How a vault's network refuses whoever asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) refusal: Refusal,
    /// Whether that comes even before the challenge to a request without a token. Which of the two comes first is not
    /// documented.
    pub(crate) before_the_challenge: bool,
}

/// In whose name a vault's network refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The address is not among the vault's.
    Firewall,
    /// Public access is off, and the connection is no private link.
    Connection,
}

impl Vault {
    /// A vault as OpenAI's article has it: role-based, open to the network, nothing ever lost.
    pub(crate) fn new(name: &str, subscription: &str, resource_group: &str, tenant: &str) -> Self {
        Self {
            name: name.into(),
            subscription: subscription.into(),
            resource_group: resource_group.into(),
            location: "westeurope".into(),
            tenant: tenant.into(),
            sku: "standard".into(),
            rbac_authorization: Some(true),
            access_policies: vec![],
            public_network_access: Some("Enabled".into()),
            network_acls: None,
            private_endpoint_connections: vec![],
            soft_delete: Some(true),
            purge_protection: Some(true),
            provisioning_state: "Succeeded".into(),
            keys: vec![],
            block: None,
        }
    }

    pub(crate) fn key(mut self, key: Key) -> Self {
        self.keys.push(key);
        self
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope::subscription(&self.subscription).resource_group(&self.resource_group).vault(&self.name)
    }

    /// The scope of a key of this vault, whether there is one or not.
    pub(crate) fn key_scope(&self, key: &str) -> Scope {
        self.scope().key(key)
    }

    /// The vault's URI, as Azure writes it.
    pub(crate) fn uri(&self) -> String {
        format!("https://{}.vault.azure.net/", self.name)
    }

    /// What becomes of a version of a key that is deleted: without purge protection it can be purged.
    pub(crate) fn recovery_level<'a>(&self, version: &'a KeyVersion) -> &'a str {
        let protected = self.purge_protection == Some(true);
        let of_vault = if protected { "Recoverable" } else { "Recoverable+Purgeable" };
        version.recovery_level.as_deref().unwrap_or(of_vault)
    }

    /// The key with this name, which Key Vault compares without regard to case.
    pub(crate) fn key_named(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name.eq_ignore_ascii_case(name))
    }
}

impl AccessPolicy {
    /// Of a principal, with these permissions for keys.
    pub(crate) fn new(tenant: &str, object_id: &str, keys: &[&str]) -> Self {
        Self {
            tenant: tenant.into(),
            object_id: object_id.into(),
            application_id: None,
            keys: keys.iter().map(ToString::to_string).collect(),
        }
    }
}

impl NetworkAcls {
    /// Open to these networks and to Azure's own services only.
    pub(crate) fn only(ip_rules: &[&str]) -> Self {
        Self {
            bypass: "AzureServices".into(),
            default_action: "Deny".into(),
            ip_rules: ip_rules.iter().map(ToString::to_string).collect(),
            virtual_network_rules: vec![],
        }
    }

    /// Open to all.
    pub(crate) fn open() -> Self {
        Self { default_action: "Allow".into(), ..Self::only(&[]) }
    }
}

impl PrivateEndpointConnection {
    pub(crate) fn approved(name: &str) -> Self {
        Self { name: name.into(), status: "Approved".into() }
    }
}

//! The vault: whether it is there, whose tokens it takes, and what decides who may use its keys.

use super::VaultFacts;
use super::layer::{Layer, Said};
use super::principal::{because, behind_absent};
use crate::evidence::Item;
use crate::evidence::azure::{AzureEvidence, Endpoint, Vault};
use crate::facts::{Fact, UnknownBecause};
use crate::target::azure::{AzureTarget, Scope, TenantId};

/// The vault as far as it is known.
pub(super) struct SeenVault<'a> {
    target: &'a AzureTarget,
    endpoint: &'a Item<Endpoint>,
    /// What Resource Manager shows of it; `None` where there is no such vault.
    pub(super) vault: Fact<Option<&'a Vault>>,
    /// Why not all of its access policies are known.
    policies_open: Vec<UnknownBecause>,
}

/// What decides who may use a vault's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Authorization {
    /// Role assignments.
    Roles,
    /// The vault's access policies.
    AccessPolicies,
}

const VAULT: &str = "azure.vault";
const ENDPOINT: &str = "azure.vault_endpoint";
/// The state of a vault whose name does not exist yet.
const REGISTERING: &str = "RegisteringDns";

impl<'a> SeenVault<'a> {
    pub(super) fn of(target: &'a AzureTarget, evidence: &'a AzureEvidence) -> Self {
        // Of a vault that is known in part only access policies are not.
        let (seen, policies_open) = match &evidence.vault {
            Item::Partial { known, missing } => (Fact::Known(Some(known)), vec![missing.because(VAULT)]),
            whole => (whole.fact(VAULT), Vec::new()),
        };
        let vault = seen.and_then(|vault| match vault {
            Some(other) if other.vault_uri != target.vault => {
                Fact::Unknown(vec![because(VAULT, &format!("the answer is about `{}`", other.vault_uri))])
            }
            Some(other) if !is_id_of(&other.id, &target.vault_name) => {
                Fact::Unknown(vec![because(VAULT, &format!("the answer is about `{}`", other.id))])
            }
            vault => Fact::Known(vault),
        });
        Self { target, endpoint: &evidence.vault_endpoint, vault, policies_open }
    }

    /// Whether there is a vault with this URI. Only a name that does not exist proves that there is none: a vault's name
    /// is one for all of Azure, and stays reserved while the vault is deleted but not purged (Key Vault
    /// soft-delete-overview).
    pub(super) fn exists(&self) -> Fact<bool> {
        match (&self.vault, self.endpoint) {
            (Fact::Known(Some(_)), _) | (Fact::Unknown(_), Item::Collected(_)) => Fact::Known(true),
            (_, Item::Absent(_)) => Fact::Known(false),
            (Fact::Known(None), Item::Collected(_)) => {
                Fact::Unknown(vec![because(VAULT, "its host answers, but Azure shows no such vault")])
            }
            // It may be where the caller sees nothing.
            (Fact::Known(None), Item::Missing(missing) | Item::Partial { missing, .. }) => {
                Fact::Unknown(vec![missing.because(ENDPOINT)])
            }
            (Fact::Unknown(of_vault), Item::Missing(missing) | Item::Partial { missing, .. }) => {
                Fact::Unknown(of_vault.iter().cloned().chain([missing.because(ENDPOINT)]).collect())
            }
        }
    }

    /// The vault where it is there and was read.
    pub(super) fn known(&self) -> Result<&'a Vault, Vec<UnknownBecause>> {
        match &self.vault {
            Fact::Known(Some(vault)) => Ok(vault),
            Fact::Known(None) => Err(behind_absent(VAULT)),
            Fact::Unknown(because) => Err(because.clone()),
        }
    }

    /// Why there may be other access policies than those that are known; empty where all are.
    pub(super) fn policies_open(&self) -> Vec<UnknownBecause> {
        self.policies_open.clone()
    }

    /// With which code the vault's host refused the one who looked, where it did.
    pub(super) fn refusal(&self) -> Option<&'a str> {
        self.endpoint.collected().and_then(|endpoint| endpoint.refused.as_deref())
    }

    /// The key's resource id.
    pub(super) fn key_id(&self) -> Result<Scope, Vec<UnknownBecause>> {
        self.known().map(|vault| vault.id.child(&format!("keys/{}", self.target.key_name)))
    }

    /// The tenant whose tokens the vault takes: what Resource Manager shows and what the vault's own host says must be
    /// the same (Key Vault general/move-subscription).
    fn tenant(&self) -> Fact<TenantId> {
        let shown = self.known().map(|vault| vault.tenant_id);
        let said = self.endpoint.collected().and_then(|endpoint| endpoint.tenant_id);
        match (shown, said) {
            (Ok(shown), Some(said)) if shown != said => Fact::Unknown(vec![because(
                ENDPOINT,
                &format!("the vault's host names the tenant {said}, Azure shows {shown}"),
            )]),
            (Ok(tenant), _) | (Err(_), Some(tenant)) => Fact::Known(tenant),
            (Err(mut of_vault), None) => {
                of_vault.extend(self.endpoint.missing().map(|missing| missing.because(ENDPOINT)));
                Fact::Unknown(of_vault)
            }
        }
    }

    /// A vault that has no name yet is being made (`RegisteringDns`, Key Vault REST API, VaultProvisioningState).
    fn provisioned(&self) -> Fact<bool> {
        match (self.known(), self.endpoint) {
            (Ok(_), Item::Absent(_)) => Fact::Known(false),
            (Ok(vault), Item::Collected(_)) if vault.provisioning_state.as_deref() == Some(REGISTERING) => {
                Fact::Unknown(vec![because(VAULT, "its host answers, but Azure has not finished making it")])
            }
            (_, Item::Collected(_)) => Fact::Known(true),
            (Ok(vault), Item::Missing(missing) | Item::Partial { missing, .. }) => {
                match vault.provisioning_state.as_deref() {
                    Some("Succeeded") => Fact::Known(true),
                    Some(REGISTERING) => Fact::Known(false),
                    _ => Fact::Unknown(vec![missing.because(ENDPOINT)]),
                }
            }
            (Err(because), _) => Fact::Unknown(because),
        }
    }

    /// What decides who may use the vault's keys. A vault that does not say so is not role-based (Key Vault
    /// access-control-default: `null` stays with access policies).
    pub(super) fn authorization(&self) -> Result<Authorization, Vec<UnknownBecause>> {
        self.known().map(|vault| match vault.rbac_authorization {
            Some(true) => Authorization::Roles,
            Some(false) | None => Authorization::AccessPolicies,
        })
    }

    pub(super) fn facts(&self) -> VaultFacts {
        let known = |of: fn(&Vault) -> bool| fact(self.known().map(of));
        let subscription = self.known().and_then(|vault| {
            let subscription = vault.id.subscription().map(|subscription| subscription.to_string());
            subscription.ok_or_else(|| vec![because(VAULT, &format!("`{}` names no subscription", vault.id))])
        });
        VaultFacts {
            exists: self.exists(),
            provisioned: self.provisioned(),
            tenant_id: self.tenant().map(|tenant| tenant.to_string()),
            subscription_id: fact(subscription),
            rbac: fact(self.authorization().map(|authorization| authorization == Authorization::Roles)),
            purge_protection: known(|vault| vault.purge_protection == Some(true)),
        }
    }

    /// Whether the vault is there to be called, and takes tokens of the registered tenant.
    pub(super) fn said(&self) -> Vec<Said> {
        let host = self.target.vault.host();
        match self.exists() {
            Fact::Known(false) => {
                return vec![
                    Said::denies(Layer::Network, format!("there is no vault `{host}`")).for_want_of("vault"),
                ];
            }
            Fact::Unknown(because) => {
                let detail = format!("whether there is a vault `{host}` is not known");
                return vec![Said::depends(Layer::Network, detail, "vault", because)];
            }
            Fact::Known(true) => {}
        }
        let mut said = Vec::new();
        match self.provisioned() {
            Fact::Known(true) => {}
            Fact::Known(false) => {
                let detail = format!("Azure has not finished making the vault: `{host}` does not exist yet");
                said.push(Said::denies(Layer::Network, detail).for_want_of("vault"));
            }
            Fact::Unknown(because) => {
                let detail = format!("whether `{host}` answers is not known");
                said.push(Said::depends(Layer::Network, detail, "vault", because));
            }
        }
        match self.tenant() {
            Fact::Known(tenant) if tenant == self.target.tenant => {}
            Fact::Known(tenant) => said.push(
                Said::denies(
                    Layer::ServicePrincipal,
                    format!("the vault takes tokens of the tenant {tenant}, not of {}", self.target.tenant),
                )
                .for_want_of("tenant"),
            ),
            Fact::Unknown(because) => {
                let detail = "whose tokens the vault takes is not known";
                said.push(Said::depends(Layer::ServicePrincipal, detail, "tenant", because));
            }
        }
        said
    }
}

/// Whether this is the resource id of a vault of this name. A vault's name is in its URI and in its id (Key Vault
/// about-keys-secrets-certificates; Azure resource naming rules).
fn is_id_of(id: &Scope, vault_name: &str) -> bool {
    let end = format!("/providers/microsoft.keyvault/vaults/{}", vault_name.to_ascii_lowercase());
    id.subscription().is_some() && id.as_str().to_ascii_lowercase().ends_with(&end)
}

/// What was read, as a fact.
pub(super) fn fact<T>(read: Result<T, Vec<UnknownBecause>>) -> Fact<T> {
    match read {
        Ok(value) => Fact::Known(value),
        Err(because) => Fact::Unknown(because),
    }
}

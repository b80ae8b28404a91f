//! Live evidence under a plan: what of it is about the same vault, key and service principal, and where it says otherwise
//! than the plan.

use crate::evidence::azure::{
    AzureEvidence, DenyAssignment, Endpoint, NamedRole, RoleAssignment, ServicePrincipal, Vault,
};
use crate::evidence::{Cloud, Evidence, Item, Missing, MissingReason};
use crate::target::azure::{AzureRegistration, ObjectId, SubscriptionId};
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Planned, place};

/// The live evidence that may be used for one registration.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Under<'a> {
    live: Option<&'a AzureEvidence>,
    same_tenant: bool,
    same_vault: bool,
    same_key: bool,
    newer: bool,
}

/// The live evidence of Azure, where there is any.
pub(super) fn of(over: Option<&Evidence>) -> Option<(&AzureRegistration, &AzureEvidence)> {
    match &over?.cloud {
        Cloud::Azure { registration, evidence } => Some((registration, evidence)),
        Cloud::Aws { .. } => None,
    }
}

impl<'a> Under<'a> {
    /// What of the live evidence is about the same as a registration.
    pub(super) fn of(
        over: Option<&'a Evidence>,
        registration: &AzureRegistration,
        planned: &Planned<'_>,
    ) -> Self {
        let Some((live, evidence)) = of(over) else { return Self::default() };
        // A plan that does not say when it was made may be older.
        let read = over.map(|over| over.collected_at);
        let newer = planned.document.timestamp.is_none_or(|made| read.is_some_and(|read| read > made));
        let same_tenant = live.tenant_id == registration.tenant_id;
        let same_vault = same_tenant && live.vault_uri == registration.vault_uri;
        // Names of keys have no case (Key Vault about-keys-secrets-certificates).
        let names =
            [&live.key_name, &registration.key_name].map(|name| name.to_string().to_ascii_lowercase());
        let same_key = same_vault && names[0] == names[1];
        Self { live: Some(evidence), same_tenant, same_vault, same_key, newer }
    }

    /// What is left of it where the vault is made anew: nothing that was in the old one is in the new.
    pub(super) fn outside_of_the_vault(self) -> Self {
        Self { same_vault: false, same_key: false, ..self }
    }

    /// Whether the live evidence was read after the plan was made, or may have been.
    pub(super) fn is_newer(self) -> bool {
        self.newer
    }

    fn of_key(self) -> Option<&'a AzureEvidence> {
        self.live.filter(|_| self.same_key)
    }

    fn of_vault(self) -> Option<&'a AzureEvidence> {
        self.live.filter(|_| self.same_vault)
    }

    /// Everything about the key.
    pub(super) fn key(self) -> Option<&'a AzureEvidence> {
        self.of_key()
    }

    pub(super) fn vault(self) -> Option<&'a Item<Vault>> {
        Some(&self.of_vault()?.vault)
    }

    pub(super) fn vault_endpoint(self) -> Option<&'a Item<Endpoint>> {
        Some(&self.of_vault()?.vault_endpoint)
    }

    pub(super) fn service_principal(self) -> Option<&'a Item<ServicePrincipal>> {
        Some(&self.live.filter(|_| self.same_tenant)?.service_principal)
    }

    /// The deny assignments at the vault and above it; those at a key in it stand among them.
    pub(super) fn deny_assignments(self) -> Option<&'a Item<Vec<DenyAssignment>>> {
        Some(&self.of_vault()?.deny_assignments)
    }

    /// The roles that are assigned in the subscription of the live evidence's vault. A role's GUID is one in the tenant.
    pub(super) fn vault_roles(self) -> Option<&'a [NamedRole]> {
        self.live.filter(|_| self.same_tenant)?.role_definitions.collected().map(Vec::as_slice)
    }

    /// Whether the live evidence is about this service principal.
    fn is_about(self, principal: ObjectId) -> bool {
        let live = self.service_principal().and_then(Item::collected);
        live.is_some_and(|live| live.id == principal)
    }

    /// The groups that this service principal is in, where all are known.
    pub(super) fn groups(self, principal: ObjectId) -> Option<&'a [ObjectId]> {
        let live = self.live.filter(|_| self.is_about(principal))?;
        live.service_principal_groups.collected().map(Vec::as_slice)
    }

    /// The roles assigned to this service principal at the key or above it, where all are known.
    pub(super) fn role_assignments(self, principal: ObjectId) -> Option<&'a [RoleAssignment]> {
        let live = self.of_key().filter(|_| self.is_about(principal))?;
        live.role_assignments.collected().map(Vec::as_slice)
    }

    /// The same, anywhere in a subscription that the live evidence's vault is in, be it another vault.
    pub(super) fn role_assignments_in(
        self,
        principal: ObjectId,
        subscription: Option<SubscriptionId>,
    ) -> Option<&'a [RoleAssignment]> {
        let live = self.live.filter(|_| self.is_about(principal))?;
        let of_vault = live.vault.known().and_then(|vault| vault.id.subscription());
        let same = of_vault.is_some() && of_vault == subscription;
        live.subscription_role_assignments.collected().map(Vec::as_slice).filter(|_| same)
    }

    /// The same, anywhere in the vault's subscription.
    pub(super) fn subscription_role_assignments(self, principal: ObjectId) -> Option<&'a [RoleAssignment]> {
        let live = self.of_vault().filter(|_| self.is_about(principal))?;
        live.subscription_role_assignments.collected().map(Vec::as_slice)
    }
}

/// What live evidence shows in another way than the plan found it, and was read later: which of both is so now, nobody
/// tells.
pub(super) fn contradicted(instance: &Instance, attribute: &str) -> Missing {
    let place = place(instance, attribute);
    Missing {
        reason: MissingReason::Contradicted,
        permission: None,
        detail: format!(
            "the plan found `{place}` in another state than the evidence of --over, which is newer: plan again"
        ),
        call: place,
    }
}

/// That the plan makes what live evidence has: Azure refuses to make it once more.
pub(super) fn there_already(instance: &Instance) -> Missing {
    Missing {
        call: instance.address.to_string(),
        reason: MissingReason::Contradicted,
        permission: None,
        detail: format!(
            "the plan makes `{}`, and the evidence of --over has it already: import it, or read the evidence anew",
            instance.address
        ),
    }
}

/// An attribute, and whether two are alike in it.
pub(super) type Alike<T> = (&'static str, fn(&T, &T) -> bool);

/// The first attribute that live evidence contradicts: one that it shows in another way than the plan found it, and that
/// the plan does not change.
pub(super) fn contradiction<T>(
    attributes: &[Alike<T>],
    live: &T,
    found: &T,
    shown: &T,
) -> Option<&'static str> {
    attributes.iter().find(|(_, same)| !same(live, found) && same(found, shown)).map(|(name, _)| *name)
}

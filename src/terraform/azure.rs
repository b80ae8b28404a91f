//! The registrations of Azure keys in a plan, and the evidence of each.
//!
//! What the plan shows of one side, before the change or after it, becomes the evidence that a live run would collect on
//! that side: [`sight`] says which resources are the registration's, the other modules read them.

use super::planned::{Planned, Side, outside};
use super::{AzureNamed, Refused, Wanted};
use crate::evidence::azure::{AzureEvidence, DenyAssignment, EvidenceKey};
use crate::evidence::plan::PlanLimit;
use crate::evidence::{Absent, Evidence, Item, Missing};
use crate::target::azure::{KeyName, ObjectId, OrganizationId, Scope, TenantId, VaultUri};
use crate::terraform::instances::Instance;

mod access_policies;
mod assignments;
mod built_in;
mod changes;
mod computed;
mod deferred;
mod groups;
mod key;
mod network;
mod other_hands;
mod over;
mod principal;
mod reader;
mod registration;
mod registrations;
mod roles;
mod sight;
#[cfg(test)]
mod tests;
mod vault;

use registration::Registration;
use registrations::Target;
use sight::{Seen, Sight};

/// Whether the plan holds OpenAI's service principal.
pub(super) fn has_principal(planned: &Planned<'_>) -> bool {
    let sides = [Side::After, Side::Before].map(|side| reader::Reader::of(planned, side, None));
    sides.iter().any(|reader| !principal::all(reader).is_empty())
}

/// The evidence of every registration that the plan holds or that is named.
pub(super) fn evidence(planned: &Planned<'_>, wanted: &Wanted) -> Result<Vec<Evidence>, Refused> {
    let named = Named::of(wanted.azure.as_ref())?;
    let live = over::of(wanted.over.as_ref());
    let of_live = live.and_then(|(registration, evidence)| {
        let seen = evidence.service_principal.collected().map(|principal| principal.id);
        seen.or(registration.service_principal_id)
    });
    let given = named.service_principal_id.or(of_live);
    let mut targets = match (&named.key_address, &named.vault_uri, &named.key_name) {
        (Some(address), vault, name) => {
            vec![registrations::at(planned, address, vault.as_ref(), name.as_ref())?]
        }
        (None, None, None) => registrations::found(planned, given),
        (None, vault, name) => one_of(registrations::with(planned, given, vault.as_ref(), name.as_ref()))?,
    };
    if let (true, Some((live, _))) = (targets.is_empty(), live) {
        targets = registrations::with(planned, given, Some(&live.vault_uri), Some(&live.key_name));
        targets.truncate(1);
        if targets.is_empty() {
            targets.push(Target::Named);
        }
    }
    if targets.is_empty() && wanted.azure.is_some() {
        named.is_whole_beside(planned, given)?;
        targets.push(Target::Named);
    }
    if targets.is_empty()
        && let Some(key) = registrations::in_managed_hsm(planned, given)
    {
        return Err(Refused::incomplete(
            format!(
                "`{}` is a key of a Managed HSM, with which OpenAI's registration does not work",
                key.address
            ),
            "make it an `azurerm_key_vault_key` in a vault, or name another key (--key-address)",
        ));
    }
    let mut found: Vec<(String, Target<'_>)> = targets
        .into_iter()
        .map(|target| match &target {
            Target::Resource(key) => (key.address.to_string(), target),
            Target::Id(id) => (id.to_string(), target),
            Target::Named => (String::new(), target),
        })
        .collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut evidence: Vec<(&Target<'_>, Evidence)> = Vec::new();
    for (_, target) in &found {
        let one = Registration { planned, wanted, named: &named, given, target }.evidence()?;
        let same =
            |other: &&mut (&Target<'_>, Evidence)| other.1.cloud.registration() == one.cloud.registration();
        // A resource tells more of a key than what only names it.
        match evidence.iter_mut().find(same) {
            Some(known) if target.tells_more_than(known.0) => *known = (target, one),
            Some(known) if !known.0.tells_more_than(target) => evidence.push((target, one)),
            Some(_) => {}
            None => evidence.push((target, one)),
        }
    }
    Ok(evidence.into_iter().map(|(_, one)| one).collect())
}

/// More than one key that is named alike.
fn one_of(targets: Vec<Target<'_>>) -> Result<Vec<Target<'_>>, Refused> {
    if targets.len() < 2 {
        return Ok(targets);
    }
    let addresses = targets.iter().filter_map(|target| match target {
        Target::Resource(key) => Some(format!("`{}`", key.address)),
        Target::Id(_) | Target::Named => None,
    });
    let addresses = addresses.collect::<Vec<_>>().join(", ");
    Err(Refused::incomplete(
        format!("the plan has several such keys: {addresses}"),
        "say which one is meant (--key-address)",
    ))
}

/// The options of the command line, read.
#[derive(Debug, Default)]
struct Named {
    tenant_id: Option<TenantId>,
    vault_uri: Option<VaultUri>,
    key_name: Option<KeyName>,
    key_address: Option<String>,
    organization_id: Option<OrganizationId>,
    service_principal_id: Option<ObjectId>,
}

impl Named {
    /// That everything is named of a key that the plan does not have. What is named in part is of one of the plan's keys.
    fn is_whole_beside(&self, planned: &Planned<'_>, given: Option<ObjectId>) -> Result<(), Refused> {
        let keys = registrations::described(planned, given);
        let mut named = Vec::new();
        named.extend(self.key_name.as_ref().map(|name| format!("named `{name}`")));
        named.extend(self.vault_uri.as_ref().map(|uri| format!("in `{uri}`")));
        if keys.is_empty() || named.is_empty() || named.len() == 2 {
            return Ok(());
        }
        Err(Refused::incomplete(
            format!("no key of the plan is {}: it has {}", named.join(" "), keys.join(", ")),
            "name one of these (--key-address), or all of another key (--tenant-id, --vault-uri and --key-name)",
        ))
    }

    fn of(named: Option<&AzureNamed>) -> Result<Self, Refused> {
        let Some(named) = named else { return Ok(Self::default()) };
        Ok(Self {
            tenant_id: named.tenant_id.as_deref().map(TenantId::given).transpose()?,
            vault_uri: named.vault_uri.as_deref().map(VaultUri::given).transpose()?,
            key_name: named.key_name.as_deref().map(KeyName::given).transpose()?,
            key_address: named.key_address.clone(),
            organization_id: named.organization_id.as_deref().map(OrganizationId::given).transpose()?,
            service_principal_id: named.service_principal_id.as_deref().map(ObjectId::given).transpose()?,
        })
    }
}

/// All evidence of one side.
fn seen(sight: &mut Sight<'_>) -> AzureEvidence {
    let principal = sight.principal.clone();
    let known_groups = principal.as_ref().map(|principal| principal.groups(&sight.reader, &sight.under));
    let service_principal = match (&principal, sight.principal_gone) {
        (Some(principal), _) => principal.seen(&sight.reader, &sight.under),
        (None, Some(destroyed)) => gone(destroyed),
        (None, None) => under_or(sight.under.service_principal(), principal::not_in_plan),
    };
    let none = groups::Groups::default();
    let assignments = assignments::of(sight, known_groups.as_ref().unwrap_or(&none));
    let service_principal_groups = match (known_groups, sight.principal_gone) {
        (Some(groups), _) => {
            for instance in groups.instances(sight.reader.planned) {
                sight.fill(EvidenceKey::ServicePrincipalGroups, instance);
            }
            groups.item()
        }
        (None, Some(destroyed)) => gone(destroyed),
        (None, None) => {
            for instance in groups::lost(&sight.reader) {
                sight.fill(EvidenceKey::ServicePrincipalGroups, instance);
            }
            Item::Missing(principal::not_in_plan())
        }
    };
    for instance in vault::beside(sight) {
        sight.fill(EvidenceKey::Vault, instance);
    }
    AzureEvidence {
        vault_endpoint: vault::endpoint(sight),
        vault: vault::seen(sight),
        key: key::seen(sight),
        key_versions: key::versions(sight),
        key_rotation_policy: key::rotation_policy(sight),
        service_principal,
        service_principal_groups,
        role_assignments: assignments.at_key,
        subscription_role_assignments: assignments.everywhere,
        role_definitions: assignments.roles,
        deny_assignments: deny_assignments(sight),
    }
}

/// What may make deny assignments (RBAC deny-assignments; Resource Manager deployment-stacks), as azapi writes it.
const DENYING: &[&str] = &["Microsoft.Authorization/denyAssignments", "Microsoft.Resources/deploymentStacks"];

/// Deny assignments, which no resource of azurerm makes. At a key that the plan makes there is none yet; above it there may
/// be.
fn deny_assignments(sight: &Sight<'_>) -> Item<Vec<DenyAssignment>> {
    let around = |at: &Scope| other_hands::acting_around(&sight.reader, DENYING, at);
    if let Some(other) = sight.key_id().ok().as_ref().and_then(around) {
        return Item::Missing(Missing::after_apply(
            other.address.to_string(),
            "what it denies to whom is not read: judge the cloud itself after the apply",
        ));
    }
    let live = sight.under.key().map(|live| &live.deny_assignments);
    match sight.key {
        // What is denied at the vault or above it holds for a new key in it, too.
        Seen::There(key) if sight.reader.is_new(key) && sight.under.deny_assignments().is_some() => {
            let live = sight.under.deny_assignments().cloned();
            let mut live = live.unwrap_or_else(|| Item::Collected(Vec::new()));
            if let (Item::Collected(known) | Item::Partial { known, .. }, Ok(vault)) =
                (&mut live, &sight.vault_id)
            {
                known.retain(|one| vault.is_within(&one.scope) || one.scope.is_management_group());
            }
            live
        }
        Seen::There(key) if sight.reader.is_new(key) => {
            sight.reader.leave_out(PlanLimit {
                what: "deny assignments above the new key are not in the plan".into(),
                lift: "judge the cloud itself after the apply".into(),
            });
            Item::Collected(Vec::new())
        }
        Seen::There(key) | Seen::Gone(key) => {
            under_or(live, || outside(&key.address.to_string(), "deny assignments at the key or above it"))
        }
        Seen::Elsewhere => {
            under_or(live, || outside("azurerm_key_vault_key", "deny assignments at the key or above it"))
        }
    }
}

/// Live evidence, or why there is none.
fn under_or<T: Clone>(live: Option<&Item<T>>, missing: impl FnOnce() -> Missing) -> Item<T> {
    live.cloned().unwrap_or_else(|| Item::Missing(missing()))
}

/// What is not there any longer.
fn gone<T>(instance: &Instance) -> Item<T> {
    Item::Absent(Absent { call: instance.address.to_string() })
}

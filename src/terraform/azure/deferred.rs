//! Changes that the plan puts off: what they will do is in the next plan.

use super::sight::Filled;
use crate::evidence::azure::{AzureEvidence, EvidenceKey};
use crate::evidence::plan::{Change, ChangeAction};
use crate::evidence::{Catalogued, Item};
use crate::target::azure::ObjectId;
use crate::terraform::document::LeftOut;
use crate::terraform::planned::Planned;

/// What of the evidence a change that is put off may leave otherwise, by the kind of the resource.
const KINDS: &[(&str, EvidenceKey)] = &[
    ("azurerm_key_vault", EvidenceKey::Vault),
    ("azurerm_key_vault_access_policy", EvidenceKey::Vault),
    ("azurerm_network_security_perimeter_association", EvidenceKey::Vault),
    ("azurerm_resource_group", EvidenceKey::Vault),
    ("azapi_update_resource", EvidenceKey::Vault),
    ("azurerm_key_vault_key", EvidenceKey::Key),
    ("azuread_service_principal", EvidenceKey::ServicePrincipal),
    ("azuread_group", EvidenceKey::ServicePrincipalGroups),
    ("azuread_group_without_members", EvidenceKey::ServicePrincipalGroups),
    ("azuread_group_member", EvidenceKey::ServicePrincipalGroups),
    ("azurerm_role_assignment", EvidenceKey::RoleAssignments),
    ("azurerm_pim_active_role_assignment", EvidenceKey::RoleAssignments),
    ("azapi_resource", EvidenceKey::RoleAssignments),
    ("azurerm_role_definition", EvidenceKey::RoleDefinitions),
];
/// What takes access away where it is made.
const CLOSING: [&str; 2] = ["azurerm_network_security_perimeter_association", "azapi_update_resource"];

/// Leaves open after the change what is put off, and says what that is.
pub(super) fn put_off(
    planned: &Planned<'_>,
    after: &mut AzureEvidence,
    filled: &[&Filled<'_>],
) -> Vec<Change> {
    let mut changes = Vec::new();
    for (kind, key) in KINDS {
        for one in planned.document.deferred(kind) {
            let Some(action) = one.action().filter(|action| may_take_away(kind, *action)) else { continue };
            if is_of_another(planned, one, filled) {
                continue;
            }
            leave_open(after, *key, one);
            // What stands beside the vault is not the vault.
            let beside = *key == EvidenceKey::Vault && *kind != "azurerm_key_vault";
            let name = if beside { EvidenceKey::VaultEndpoint.name() } else { key.name() };
            let (address, evidence) = (one.address.clone(), vec![name.to_owned()]);
            changes.push(Change { address, action, attributes: Vec::new(), evidence });
        }
    }
    changes
}

fn may_take_away(kind: &str, action: ChangeAction) -> bool {
    action != ChangeAction::Create || CLOSING.contains(&kind)
}

/// Whether it is known what it is, and that it is not the registration's.
fn is_of_another(planned: &Planned<'_>, one: &LeftOut, filled: &[&Filled<'_>]) -> bool {
    let known = planned.document.instances.iter().any(|other| other.address.to_string() == one.address);
    let mut all = filled.iter().flat_map(|filled| filled.values().flatten());
    known && !all.any(|other| other.address.to_string() == one.address)
}

fn leave_open(after: &mut AzureEvidence, key: EvidenceKey, one: &LeftOut) {
    let principal: Option<ObjectId> = after.service_principal.known().map(|principal| principal.id);
    match key {
        EvidenceKey::Vault => after.vault = Item::Missing(one.missing()),
        EvidenceKey::Key => after.key = Item::Missing(one.missing()),
        EvidenceKey::ServicePrincipal => after.service_principal = Item::Missing(one.missing()),
        EvidenceKey::RoleDefinitions => after.role_definitions = Item::Missing(one.missing()),
        EvidenceKey::ServicePrincipalGroups | EvidenceKey::RoleAssignments => {
            if key == EvidenceKey::ServicePrincipalGroups {
                after.service_principal_groups = Item::Missing(one.missing());
            }
            // What is assigned to it and not to a group stays where only groups change.
            for list in [&mut after.role_assignments, &mut after.subscription_role_assignments] {
                let mut known = list.known().cloned().unwrap_or_default();
                known.retain(|assigned| {
                    key == EvidenceKey::ServicePrincipalGroups && Some(assigned.principal_id) == principal
                });
                *list = Item::Partial { known, missing: one.missing() };
            }
        }
        EvidenceKey::VaultEndpoint
        | EvidenceKey::KeyVersions
        | EvidenceKey::KeyRotationPolicy
        | EvidenceKey::SubscriptionRoleAssignments
        | EvidenceKey::DenyAssignments => {}
    }
}

//! What stands where in the plan, and what it changes of all that fills the evidence.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::Reader;
use super::sight::Filled;
use crate::evidence::azure::EvidenceKey;
use crate::evidence::plan::{Change, ChangeAction, PlanLimit, Symbol};
use crate::evidence::{Catalogued, Cloud, Missing};
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Planned, Side};
use crate::terraform::traversal::Traversal;

/// Where everything stands.
pub(super) fn places(filled: &Filled<'_>) -> BTreeMap<String, String> {
    let place = |instances: &Vec<&Instance>| {
        let addresses: BTreeSet<String> = instances.iter().map(|one| one.address.to_string()).collect();
        addresses.into_iter().collect::<Vec<_>>().join(", ")
    };
    filled.iter().map(|(key, instances)| (key.name().to_owned(), place(instances))).collect()
}

/// What changes of all that fills the evidence, before or after.
pub(super) fn changes(after: &Filled<'_>, before: Option<&Filled<'_>>) -> Vec<Change> {
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    for (key, instances) in std::iter::once(after).chain(before).flatten() {
        for instance in instances {
            let Some(action) = action(instance) else { continue };
            let in_place = matches!(action, ChangeAction::Update | ChangeAction::Drift);
            let address = instance.address.to_string();
            let change = changes.entry(address.clone()).or_insert_with(|| Change {
                address,
                action,
                attributes: if in_place { instance.changed() } else { Vec::new() },
                evidence: Vec::new(),
            });
            let name = changed(*key, instance).name();
            if !change.evidence.iter().any(|known| known == name) {
                change.evidence.push(name.to_owned());
            }
        }
    }
    changes.into_values().collect()
}

/// What of the evidence a resource changes. What stands beside the vault is not the vault: where it is destroyed, the
/// vault is not.
fn changed(key: EvidenceKey, instance: &Instance) -> EvidenceKey {
    let is_the_vault = ["azurerm_key_vault", "azurerm_resource_group"].contains(&instance.kind.name);
    if key == EvidenceKey::Vault && !is_the_vault { EvidenceKey::VaultEndpoint } else { key }
}

/// What happens to a resource, or has happened outside of Terraform.
pub(super) fn action(instance: &Instance) -> Option<ChangeAction> {
    let drift = instance.applied.as_ref().map(|_| ChangeAction::Drift);
    // What differs changes, whatever the plan calls it.
    let differs = !instance.kind.data && !instance.changed().is_empty();
    instance.action.or(drift).or(differs.then_some(ChangeAction::Update))
}

/// What makes two resources of a kind the same to Azure, by the kind.
const SAME: &[(&str, &[&str])] = &[
    ("azurerm_role_assignment", &["scope", "principal_id"]),
    ("azurerm_role_definition", &["name"]),
    ("azurerm_key_vault_access_policy", &["key_vault_id", "object_id"]),
    ("azurerm_key_vault_key", &["key_vault_id", "name"]),
    ("azuread_group_member", &["group_object_id", "member_object_id"]),
];

/// What the plan destroys under one address and makes under another, where Terraform knows of no order between the two.
pub(super) fn readdressed(reader: &Reader<'_>, after: &Filled<'_>, before: &Filled<'_>) -> Vec<PlanLimit> {
    let all = |filled: &Filled<'_>| -> Vec<Traversal> {
        let addresses = filled.values().flatten().map(|one| one.address.clone());
        addresses.collect::<BTreeSet<_>>().into_iter().collect()
    };
    let instances = &reader.planned.document.instances;
    let before = all(before).into_iter().filter_map(|address| instances.get(&address));
    let destroyed: Vec<_> = before.filter(|one| one.action == Some(ChangeAction::Delete)).collect();
    let after = all(after).into_iter().filter_map(|address| instances.get(&address));
    let made: Vec<_> = after.filter(|one| one.is_made()).collect();
    let mut limits = Vec::new();
    for one in destroyed {
        if let Some(other) = made.iter().find(|other| are_the_same(reader, one, other)) {
            limits.push(PlanLimit { what: in_its_place(one, other), lift: MOVED.into() });
        }
    }
    limits
}

/// How to say that two addresses are of one thing.
const MOVED: &str = "say that it only moves (a `moved` block), and plan again";

fn in_its_place(destroyed: &Instance, made: &Instance) -> String {
    format!(
        "`{}` is destroyed and `{}` made in its place, and Terraform does not order the two",
        destroyed.address, made.address
    )
}

/// Whether what the plan destroys and what it makes are the same to Azure.
fn are_the_same<'a>(reader: &Reader<'a>, destroyed: &Instance, made: &'a Instance) -> bool {
    let Some((_, attributes)) = SAME.iter().find(|(kind, _)| *kind == destroyed.kind.name) else {
        return false;
    };
    let texts = |attribute: &str| {
        let was = destroyed.text(Side::Before, attribute).map(str::to_ascii_lowercase);
        was.zip(reader.aside().need(made, attribute).ok().map(|text| text.to_ascii_lowercase()))
    };
    // Roles are told apart where both are known.
    let by_role = texts("role_definition_id").is_none_or(|(was, will_be)| was == will_be);
    made.kind == destroyed.kind
        && by_role
        && attributes.iter().all(|attribute| texts(attribute).is_some_and(|(was, will_be)| was == will_be))
}

/// That what the plan makes may be taken away again, where it destroys the same under another address.
pub(super) fn taken_back<'a>(reader: &Reader<'a>, made: &'a Instance) -> Option<Missing> {
    if reader.side != Side::After || !(made.is_made() || made.made_first) {
        return None;
    }
    if made.made_first && are_the_same(reader, made, made) {
        return Some(Missing::after_apply(
            made.address.to_string(),
            "it is made before the one in whose place it comes is destroyed, and they are the same: plan without \
                     `create_before_destroy`",
        ));
    }
    let destroyed =
        reader.planned.of_kind(made.kind.name).filter(|one| one.action == Some(ChangeAction::Delete));
    let destroyed = destroyed.into_iter().find(|one| are_the_same(reader, one, made))?;
    Some(Missing::after_apply(
        destroyed.address.to_string(),
        format!("{}; {MOVED}", in_its_place(destroyed, made)),
    ))
}

/// The symbols that stand in the evidence.
pub(super) fn symbols(planned: &Planned<'_>, clouds: &[&Cloud]) -> Vec<Symbol> {
    let texts: Vec<String> = clouds.iter().filter_map(|cloud| serde_json::to_string(cloud).ok()).collect();
    let stands = |symbol: &Symbol| texts.iter().any(|text| text.contains(&symbol.text));
    planned.symbols.all().into_iter().filter(stands).collect()
}

//! What stands where in the plan, and what it changes of all that fills the evidence.

use std::collections::{BTreeMap, BTreeSet};

use super::sight::Filled;
use crate::evidence::plan::{Change, ChangeAction, Symbol};
use crate::evidence::{Catalogued, Cloud};
use crate::terraform::instances::Instance;
use crate::terraform::planned::Planned;

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
            if !change.evidence.iter().any(|known| known == key.name()) {
                change.evidence.push(key.name().to_owned());
            }
        }
    }
    changes.into_values().collect()
}

/// What happens to a resource, or has happened outside of Terraform.
pub(super) fn action(instance: &Instance) -> Option<ChangeAction> {
    let drift = instance.applied.as_ref().map(|_| ChangeAction::Drift);
    // What differs changes, whatever the plan calls it.
    let differs = !instance.kind.data && !instance.changed().is_empty();
    instance.action.or(drift).or(differs.then_some(ChangeAction::Update))
}

/// The symbols that stand in the evidence.
pub(super) fn symbols(planned: &Planned<'_>, clouds: &[&Cloud]) -> Vec<Symbol> {
    let texts: Vec<String> = clouds.iter().filter_map(|cloud| serde_json::to_string(cloud).ok()).collect();
    let stands = |symbol: &Symbol| texts.iter().any(|text| text.contains(&symbol.text));
    planned.symbols.all().into_iter().filter(stands).collect()
}

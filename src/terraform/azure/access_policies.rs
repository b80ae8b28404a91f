//! The vault's access policies in a plan: within the vault's resource, and beside it.

use std::collections::BTreeSet;

use super::changes::taken_back;
use super::reader::{Reader, not_shown, texts};
use crate::evidence::Missing;
use crate::evidence::azure::{AccessPolicy, Vault};
use crate::target::azure::{ObjectId, Scope, TenantId};
use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::instances::Instance;
use crate::terraform::planned::Side;

const WITHIN: &str = "access_policy";
const BESIDE: &str = "azurerm_key_vault_access_policy";

/// Access policies, as far as they are known.
pub(super) struct AccessPolicies {
    pub(super) known: Vec<AccessPolicy>,
    pub(super) open: Option<Missing>,
}

/// The access policies of a vault. Those of a data source, and of a vault that is there already, are all that it has: the
/// provider reads them.
pub(super) fn of<'a>(
    reader: &Reader<'a>,
    vault: &'a Instance,
    id: &Scope,
    tenant: TenantId,
) -> AccessPolicies {
    let mut found = AccessPolicies { known: Vec::new(), open: None };
    let managed = managed(reader, vault);
    match vault.attribute(reader.side, WITHIN) {
        Some(Attribute::List(policies)) => {
            for policy in policies {
                let read = policy.object().and_then(|policy| within(policy, tenant));
                if read.as_ref().is_some_and(|read| managed.contains(&read.object_id)) {
                    continue;
                }
                found.add(read.ok_or_else(|| match policy.is_known() {
                    true => not_shown(vault, WITHIN, "it is no access policy"),
                    false => reader.after_apply(vault, WITHIN),
                }));
            }
        }
        Some(Attribute::Null) => {}
        // Computed where it is not set.
        Some(Attribute::Unknown) if reader.is_new(vault) && !reader.is_set(vault, WITHIN) => {}
        _ => found.add(Err(reader.after_apply(vault, WITHIN))),
    }
    found.add_beside(reader, id);
    if !reader.planned.document.complete {
        found.add(Err(super::principal::incomplete(&vault.address.to_string())));
    }
    found
}

/// The access policies of a vault that stands elsewhere: those that live evidence shows, and what the plan makes of them.
pub(super) fn elsewhere(reader: &Reader<'_>, live: &Vault) -> AccessPolicies {
    let mut found = AccessPolicies { known: live.access_policies.clone(), open: None };
    let is_at = |policy: &&Instance| {
        [Side::Before, Side::After].into_iter().any(|side| {
            let at = Reader::of(reader.planned, side, reader.given).scope(policy, "key_vault_id");
            at.is_ok_and(|at| at == live.id)
        })
    };
    for policy in reader.planned.of_kind(BESIDE).filter(is_at) {
        let written = [Side::Before, Side::After].into_iter().filter_map(|side| {
            let of = |attribute: &str| policy.text(side, attribute)?.parse::<ObjectId>().ok();
            Some((of("object_id")?, of("application_id")))
        });
        let written: Vec<(ObjectId, Option<ObjectId>)> = written.collect();
        found.known.retain(|one| !written.contains(&(one.object_id, one.application_id)));
    }
    found.add_beside(reader, &live.id);
    found
}

/// Whether two vaults have the same access policies to keys, in whatever order and case.
pub(super) fn are_same(one: &Vault, other: &Vault) -> bool {
    let all = |vault: &Vault| -> BTreeSet<(String, BTreeSet<String>)> {
        let written = |policy: &AccessPolicy| {
            let who = (policy.tenant_id, policy.object_id, policy.application_id);
            (format!("{who:?}"), policy.keys.iter().map(|word| word.to_ascii_lowercase()).collect())
        };
        vault.access_policies.iter().map(written).collect()
    };
    all(one) == all(other)
}

/// Whose access policies stand beside the vault: within it they are as the last refresh found them.
fn managed(reader: &Reader<'_>, vault: &Instance) -> Vec<ObjectId> {
    if reader.is_set(vault, WITHIN) {
        return Vec::new();
    }
    let beside = reader
        .planned
        .of_kind(BESIDE)
        .flat_map(|policy| [Side::Before, Side::After].map(|side| (policy, side)));
    beside.filter_map(|(policy, side)| policy.text(side, "object_id")?.parse().ok()).collect()
}

impl AccessPolicies {
    /// Those that stand beside the vault.
    fn add_beside(&mut self, reader: &Reader<'_>, vault: &Scope) {
        for policy in reader.there(BESIDE) {
            match reader.scope(policy, "key_vault_id") {
                Ok(other) if other == *vault => {
                    self.add(taken_back(reader, policy).map_or_else(|| beside(reader, policy), Err));
                }
                Ok(_) => {}
                Err(_) if reader.is_of_others(policy, "key_vault_id", &["azurerm_key_vault"]) => {}
                Err(missing) => self.add(Err(missing)),
            }
        }
    }

    fn add(&mut self, read: Result<AccessPolicy, Missing>) {
        match read {
            Ok(policy) if self.known.contains(&policy) => {}
            Ok(policy) => self.known.push(policy),
            Err(missing) => self.open = self.open.take().or(Some(missing)),
        }
    }
}

fn within(policy: &Object, tenant: TenantId) -> Option<AccessPolicy> {
    let list = |name: &str| policy.get(name).map_or(Some(Vec::new()), texts);
    Some(AccessPolicy {
        tenant_id: match policy.get("tenant_id") {
            // It must be the vault's.
            None => tenant,
            Some(tenant) => tenant.text()?.parse().ok()?,
        },
        object_id: policy.get("object_id")?.text()?.parse().ok()?,
        application_id: match policy.get("application_id") {
            None | Some(Attribute::Null) => None,
            Some(application) => application_id(application.text()?)?,
        },
        keys: list("key_permissions")?,
        secrets: list("secret_permissions")?,
        certificates: list("certificate_permissions")?,
        storage: list("storage_permissions")?,
    })
}

fn beside<'a>(reader: &Reader<'a>, policy: &'a Instance) -> Result<AccessPolicy, Missing> {
    let no_id = |attribute: &str| not_shown(policy, attribute, "it is no id");
    Ok(AccessPolicy {
        tenant_id: reader.need(policy, "tenant_id")?.parse().map_err(|_| no_id("tenant_id"))?,
        object_id: reader.need(policy, "object_id")?.parse().map_err(|_| no_id("object_id"))?,
        application_id: match reader.text(policy, "application_id")? {
            None => None,
            Some(text) => application_id(&text).ok_or_else(|| no_id("application_id"))?,
        },
        keys: reader.texts(policy, "key_permissions")?,
        secrets: reader.texts(policy, "secret_permissions")?,
        certificates: reader.texts(policy, "certificate_permissions")?,
        storage: reader.texts(policy, "storage_permissions")?,
    })
}

/// An application's id; the empty text is none.
fn application_id(text: &str) -> Option<Option<ObjectId>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}

//! The vault in a plan.

use super::access_policies;
use super::network;
use super::other_hands;
use super::over::{Alike, contradicted, contradiction, there_already};
use super::reader::{Reader, not_shown};
use super::sight::{Seen, Sight};
use super::{gone, under_or};
use crate::evidence::azure::{Endpoint, Vault};
use crate::evidence::{Item, Missing};
use crate::target::azure::{Scope, TenantId, VaultUri};
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, outside};

const OLD: &str = "enable_rbac_authorization";
const NEW: &str = "rbac_authorization_enabled";

/// What the vault's host says. No plan asks it; a vault that an apply makes answers when the apply ends, for azurerm waits
/// until it does, and takes the tokens of its tenant.
pub(super) fn endpoint(sight: &Sight<'_>) -> Item<Endpoint> {
    let live = sight.under.vault_endpoint();
    if let (Seen::There(_), Some(group)) = (sight.vault, sight.group_gone) {
        return Item::Missing(perhaps_gone(group));
    }
    if let Some(other) = destroyed_otherwise(sight) {
        return Item::Missing(not_read(other));
    }
    match sight.vault {
        Seen::Gone(vault) => gone(vault),
        Seen::Elsewhere => under_or(live, || outside("azurerm_key_vault", "the vault")),
        Seen::There(vault) => {
            let tenant_id = tenant(&sight.reader, vault).ok();
            let planned = Endpoint { tenant_id, refused: None };
            let found = refreshed(sight);
            match live.filter(|_| !sight.reader.is_new(vault)) {
                Some(Item::Collected(live)) => {
                    let as_planned = tenant(&found, vault).ok() != tenant_id || !sight.under.is_newer();
                    let tenant_id = if as_planned { tenant_id } else { live.tenant_id.or(tenant_id) };
                    Item::Collected(Endpoint { tenant_id, refused: live.refused.clone() })
                }
                // It had no name yet, or none any longer.
                Some(Item::Absent(absent)) if sight.under.is_newer() => Item::Absent(absent.clone()),
                _ => Item::Collected(planned),
            }
        }
    }
}

/// The same, as the plan found it.
fn refreshed<'a>(sight: &Sight<'a>) -> Reader<'a> {
    Reader::of(sight.reader.planned, Side::Refreshed, sight.reader.given)
}

/// The vault. Part of it where some of its access policies are not known.
pub(super) fn seen(sight: &Sight<'_>) -> Item<Vault> {
    let vault = match sight.vault {
        Seen::Gone(vault) => return gone(vault),
        Seen::Elsewhere => return elsewhere(sight),
        Seen::There(vault) => vault,
    };
    if let Some(group) = sight.group_gone {
        return Item::Missing(perhaps_gone(group));
    }
    if vault.is_made() && matches!(sight.under.vault(), Some(Item::Collected(_) | Item::Partial { .. })) {
        return Item::Missing(there_already(vault));
    }
    let read = sight.vault_id.clone().and_then(|id| {
        let (shown, open) = shown(&sight.reader, vault, &id)?;
        Ok((with_live(sight, vault, shown)?, open))
    });
    match read {
        Ok((vault, None)) => Item::Collected(vault),
        Ok((known, Some(missing))) => Item::Partial { known, missing },
        Err(missing) => Item::Missing(missing),
    }
}

/// That a vault which the plan leaves is destroyed with its resource group, or not.
fn perhaps_gone(group: &Instance) -> Missing {
    let address = &group.address;
    Missing::after_apply(
        address.to_string(),
        format!(
            "the vault is in `{address}`, which the plan destroys and the vault with it, or which can't be destroyed while \
             it is not empty: keep the resource group, or move the vault first"
        ),
    )
}

/// A vault of the plan, with what only live evidence tells of it.
fn with_live<'a>(sight: &Sight<'a>, vault: &'a Instance, shown: Vault) -> Result<Vault, Missing> {
    if sight.reader.is_new(vault) {
        return Ok(shown);
    }
    let live = match sight.under.vault() {
        Some(Item::Absent(_)) if sight.under.is_newer() => return Err(contradicted(vault, "")),
        Some(live) => live.known(),
        None => None,
    };
    let Some(live) = live else { return Ok(shown) };
    let reader = refreshed(sight);
    if sight.under.is_newer()
        && let Ok((found, _)) = reader.scope(vault, "id").and_then(|id| self::shown(&reader, vault, &id))
        && let Some(attribute) = contradiction(ATTRIBUTES, live, &found, &shown)
    {
        return Err(contradicted(vault, attribute));
    }
    Ok(Vault {
        provisioning_state: live.provisioning_state.clone(),
        private_endpoints: shown.private_endpoints.max(live.private_endpoints),
        public_network_access: network::public_access_as_seen(
            shown.public_network_access.clone(),
            live.public_network_access.clone(),
        ),
        ..shown
    })
}

/// What decides about calls, attribute by attribute, and whether two vaults are alike in it.
const ATTRIBUTES: &[Alike<Vault>] = &[
    ("id", |one, other| one.id == other.id),
    ("tenant_id", |one, other| one.tenant_id == other.tenant_id),
    (NEW, |one, other| one.rbac_authorization.unwrap_or(false) == other.rbac_authorization.unwrap_or(false)),
    ("public_network_access_enabled", |one, other| network::is_off(one) == network::is_off(other)),
    ("network_acls", |one, other| network::let_in(one) == network::let_in(other)),
    ("purge_protection_enabled", |one, other| {
        one.purge_protection.unwrap_or(false) == other.purge_protection.unwrap_or(false)
    }),
    ("access_policy", |one, other| {
        // Of a vault in role-based mode they are not in force.
        let in_force = |vault: &Vault| vault.rbac_authorization != Some(true);
        !in_force(one) || !in_force(other) || access_policies::are_same(one, other)
    }),
];

/// A vault that stands elsewhere, with what the plan changes of it.
fn elsewhere(sight: &Sight<'_>) -> Item<Vault> {
    let live = under_or(sight.under.vault(), || outside("azurerm_key_vault", "the vault"));
    let Item::Collected(live) = live else { return live };
    let reader = &sight.reader;
    if let Some(other) = changed_otherwise(reader, &live.id).or_else(|| changed_beside(reader, &live.id)) {
        return Item::Missing(not_read(other));
    }
    let access = live.public_network_access.clone();
    let public_network_access = match network::public_access_elsewhere(&sight.reader, &live.id, access) {
        Ok(public_network_access) => public_network_access,
        Err(missing) => return Item::Missing(missing),
    };
    let policies = access_policies::elsewhere(&sight.reader, &live);
    let rbac = live.rbac_authorization == Some(true);
    let known = Vault { public_network_access, access_policies: policies.known, ..live };
    match policies.open.filter(|_| !rbac) {
        None => Item::Collected(known),
        Some(missing) => Item::Partial { known, missing },
    }
}

fn shown<'a>(
    reader: &Reader<'a>,
    vault: &'a Instance,
    id: &Scope,
) -> Result<(Vault, Option<Missing>), Missing> {
    if let Some(other) = changed_otherwise(reader, id).or_else(|| changed_beside(reader, id)) {
        return Err(not_read(other));
    }
    let rbac = role_based(reader, vault)?;
    let tenant_id = tenant(reader, vault)?;
    let policies = access_policies::of(reader, vault, id, tenant_id);
    let shown = Vault {
        id: id.clone(),
        tenant_id,
        vault_uri: uri(reader, vault)?,
        rbac_authorization: rbac,
        access_policies: policies.known,
        public_network_access: network::public_access(reader, vault, id)?,
        network_rules: network::rules(reader, vault)?,
        private_endpoints: network::private_endpoints(reader, vault, id),
        purge_protection: reader.truth(vault, "purge_protection_enabled")?,
        provisioning_state: None,
    };
    // Of a vault in role-based mode they are not in force.
    Ok((shown, policies.open.filter(|_| rbac != Some(true))))
}

/// A resource of the provider for Azure's own interface that changes the vault, or may.
fn changed_otherwise<'a>(reader: &Reader<'a>, id: &Scope) -> Option<&'a Instance> {
    other_hands::changes(reader, "Microsoft.KeyVault/vaults", |other| other == id)
}

/// What else changes of the vault is not read: its access policies and perimeters in azapi, and templates.
fn changed_beside<'a>(reader: &Reader<'a>, id: &Scope) -> Option<&'a Instance> {
    const AROUND: [&str; 2] = ["Microsoft.KeyVault/vaults/accessPolicies", "Microsoft.Resources/deployments"];
    // Which resource is associated stands in a body that is not kept.
    let association = || {
        let mut all = reader.planned.of_kind(other_hands::RESOURCE).filter(|_| reader.side == Side::After);
        all.find(|one| one.action.is_some() && is_association(one))
    };
    other_hands::acting_around(reader, &AROUND, id)
        .or_else(association)
        .or_else(|| other_hands::acted_on(reader, id))
        .or_else(|| other_hands::deployed(reader, id))
}

/// One that destroys the vault, or makes it anew.
fn destroyed_otherwise<'a>(sight: &Sight<'a>) -> Option<&'a Instance> {
    let other = changed_otherwise(&sight.reader, sight.vault_id.as_ref().ok()?)?;
    let gone = !other.is_there(sight.reader.side) || sight.reader.is_new(other);
    (other.kind.name == other_hands::RESOURCE && gone).then_some(other)
}

fn not_read(other: &Instance) -> Missing {
    if other.kind.name.ends_with("template_deployment") {
        return Missing::after_apply(
            other.address.to_string(),
            "it removes from the vault's resource group what its template does not hold: deploy it incrementally",
        );
    }
    let (what, instead) = match is_association(other) {
        true => ("a perimeter", "azurerm_network_security_perimeter_association"),
        false => ("the vault", "azurerm_key_vault"),
    };
    other_hands::not_read(other, what, instead)
}

/// Whether a resource of azapi puts something into a perimeter.
fn is_association(one: &Instance) -> bool {
    const ASSOCIATIONS: &str = "Microsoft.Network/networkSecurityPerimeters/resourceAssociations";
    let is_it =
        |written: &str| written.split('@').next().is_some_and(|name| name.eq_ignore_ascii_case(ASSOCIATIONS));
    [Side::After, Side::Refreshed].into_iter().any(|side| one.text(side, "type").is_some_and(is_it))
}

/// The resources beside the vault that its evidence is made of.
pub(super) fn beside<'a>(sight: &Sight<'a>) -> Vec<&'a Instance> {
    let Ok(id) = &sight.vault_id else { return Vec::new() };
    let at_vault = |kind: &str, attribute: &str| -> Vec<&'a Instance> {
        let aside = sight.reader.aside();
        sight.reader.there(kind).filter(|one| aside.scope(one, attribute).as_ref() == Ok(id)).collect()
    };
    // Whom a perimeter lets in, whatever is in it.
    let rules = sight.reader.planned.of_kind("azurerm_network_security_perimeter_access_rule");
    let otherwise = changed_otherwise(&sight.reader, id).into_iter().chain(changed_beside(&sight.reader, id));
    let otherwise = otherwise.chain(super::key::changed_otherwise(sight));
    [
        otherwise.collect(),
        at_vault("azurerm_key_vault_access_policy", "key_vault_id"),
        at_vault("azurerm_network_security_perimeter_association", "resource_id"),
        rules.filter(|rule| rule.action.is_some()).collect(),
    ]
    .concat()
}

pub(super) fn tenant<'a>(reader: &Reader<'a>, vault: &'a Instance) -> Result<TenantId, Missing> {
    let text = reader.need(vault, "tenant_id")?;
    text.parse().map_err(|_| not_shown(vault, "tenant_id", &format!("`{text}` is no id")))
}

pub(super) fn uri<'a>(reader: &Reader<'a>, vault: &'a Instance) -> Result<VaultUri, Missing> {
    let text = reader.need(vault, "vault_uri")?;
    text.parse().map_err(|_| not_shown(vault, "vault_uri", &format!("`{text}` is no vault's URI")))
}

/// Whether role assignments decide. The attribute has a new name since azurerm 4.42, in which both are there and computed;
/// up to version 4 a vault for which neither is set is made with access policies (azurerm documentation,
/// `azurerm_key_vault`: "Defaults to `false`").
fn role_based(reader: &Reader<'_>, vault: &Instance) -> Result<Option<bool>, Missing> {
    let attribute = |name: &str| vault.attribute(reader.side, name);
    let known = |name: &str| attribute(name).and_then(Attribute::truth);
    let set = |name: &str| reader.planned.is_set(vault, name) == Some(true);
    match (known(NEW), known(OLD)) {
        (Some(new), Some(old)) if new == old => Ok(Some(new)),
        // One that is not set keeps what it was, where there was one.
        (Some(new), Some(_)) if set(NEW) && !set(OLD) && !reader.is_new(vault) => Ok(Some(new)),
        (Some(_), Some(old)) if set(OLD) && !set(NEW) && !reader.is_new(vault) => Ok(Some(old)),
        (Some(_), Some(_)) => Err(not_shown(vault, NEW, &format!("`{OLD}` says the contrary"))),
        (Some(one), None) | (None, Some(one)) => {
            let other = if known(NEW).is_some() { OLD } else { NEW };
            match attribute(other) {
                Some(Attribute::Unknown) if set(other) => Err(reader.after_apply(vault, other)),
                _ => Ok(Some(one)),
            }
        }
        (None, None) => neither(reader, vault),
    }
}

fn neither(reader: &Reader<'_>, vault: &Instance) -> Result<Option<bool>, Missing> {
    let attribute = |name: &str| vault.attribute(reader.side, name);
    let name = if attribute(NEW).is_some() { NEW } else { OLD };
    for name in [NEW, OLD] {
        let unset = match attribute(name) {
            None | Some(Attribute::Null) => true,
            Some(Attribute::Unknown) => !reader.is_set(vault, name),
            Some(_) => return Err(not_shown(vault, name, "it is neither true nor false")),
        };
        if !unset {
            return Err(reader.after_apply(vault, name));
        }
    }
    match (attribute(OLD), attribute(NEW)) {
        (None, None) => reader.truth(vault, NEW),
        (Some(_), _) => Ok(Some(false)),
        // What Azure shows of a vault that is there: without it access policies decide (Key Vault
        // access-control-default).
        (None, Some(Attribute::Null)) if !reader.is_new(vault) => Ok(None),
        (None, Some(_)) => {
            Err(not_shown(vault, name, "it is not set, and what a new vault has then changes"))
        }
    }
}

//! One registration on one side of a plan: which resources are the key, its vault and the service principal, and what
//! was there before and is not any longer.

use std::collections::BTreeMap;

use super::other_hands;
use super::over::Under;
use super::principal::{self, Principal};
use super::reader::Reader;
use crate::evidence::azure::{EvidenceKey, RoleAssignment};
use crate::evidence::{Item, Missing};
use crate::target::azure::{AzureRegistration, ObjectId, Scope, VaultUri};
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, outside};

/// One registration on one side of a plan.
pub(super) struct Sight<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) under: Under<'a>,
    pub(super) registration: AzureRegistration,
    pub(super) key: Seen<'a>,
    pub(super) vault: Seen<'a>,
    /// The resource group of a vault that is there, where the plan destroys that.
    pub(super) group_gone: Option<&'a Instance>,
    pub(super) principal: Option<Principal<'a>>,
    /// The service principal that the plan destroys.
    pub(super) principal_gone: Option<&'a Instance>,
    /// The vault's resource id.
    pub(super) vault_id: Result<Scope, Missing>,
    /// The resources behind each key of the evidence.
    pub(super) filled: Filled<'a>,
}

/// The resources behind each key of the evidence.
pub(super) type Filled<'a> = BTreeMap<EvidenceKey, Vec<&'a Instance>>;

/// A resource as far as the plan has it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen<'a> {
    /// It is there.
    There(&'a Instance),
    /// The plan destroys it.
    Gone(&'a Instance),
    /// The plan does not have it.
    Elsewhere,
}

impl<'a> Seen<'a> {
    pub(super) fn there(self) -> Option<&'a Instance> {
        match self {
            Self::There(instance) => Some(instance),
            Self::Gone(_) | Self::Elsewhere => None,
        }
    }

    fn any(self) -> Option<&'a Instance> {
        match self {
            Self::There(instance) | Self::Gone(instance) => Some(instance),
            Self::Elsewhere => None,
        }
    }

    fn of(instance: Option<&'a Instance>, side: Side) -> Self {
        match instance {
            None => Self::Elsewhere,
            Some(instance) if instance.is_there(side) => Self::There(instance),
            Some(instance) => Self::Gone(instance),
        }
    }
}

impl<'a> Sight<'a> {
    /// What is assigned to a service principal anywhere in the vault's subscription, where live evidence lists it.
    pub(super) fn subscription_role_assignments(&self, principal: ObjectId) -> Option<&'a [RoleAssignment]> {
        let subscription = self.key_id().ok().and_then(|key| key.subscription());
        let listed = self.under.subscription_role_assignments(principal);
        listed.or_else(|| self.under.role_assignments_in(principal, subscription))
    }

    pub(super) fn of(
        reader: Reader<'a>,
        under: Under<'a>,
        registration: AzureRegistration,
        key: Option<&'a Instance>,
        vault_id: Option<&Scope>,
        principal: Option<Principal<'a>>,
    ) -> Self {
        let side = reader.side;
        let key = Seen::of(key, side);
        let vault = vault(&reader, key, &registration.vault_uri);
        let is_there = under.vault().is_some_and(|live| live.known().is_some());
        let under = match vault {
            // One that is there already can't be made.
            Seen::There(vault) if reader.is_new(vault) && !(vault.is_made() && is_there) => {
                under.outside_of_the_vault()
            }
            _ => under,
        };
        let principal_gone = principal::destroyed(&reader);
        let id = match (vault, key) {
            (Seen::There(vault), _) => reader.scope(vault, "id"),
            (_, Seen::There(key)) => reader.scope(key, "key_vault_id"),
            _ => {
                let live = under.vault().and_then(Item::collected).map(|vault| vault.id.clone());
                let known = vault_id.cloned().or(live);
                known.ok_or_else(|| {
                    outside("azurerm_key_vault", "the vault, whose resource id nothing tells,")
                })
            }
        };
        let vault = match (vault, &id) {
            (Seen::Elsewhere, Ok(id)) => group_destroyed(&reader, id).map_or(vault, Seen::Gone),
            _ => vault,
        };
        let group_gone = match (vault, &id) {
            (Seen::There(vault), Ok(id)) => {
                // A new vault is made in the new group.
                let made_in = |group: &&Instance| reader.is_new(vault) && group.is_there(side);
                group_destroyed(&reader, id).filter(|group| !made_in(group))
            }
            _ => None,
        };
        let mut filled = Filled::new();
        let mut fill = |keys: &[EvidenceKey], instances: &[&'a Instance]| {
            for key in keys.iter().filter(|_| !instances.is_empty()) {
                filled.entry(*key).or_default().extend(instances);
            }
        };
        fill(&[EvidenceKey::Vault, EvidenceKey::VaultEndpoint], &Vec::from_iter(vault.any()));
        // It is not the vault that is destroyed for sure.
        fill(&[EvidenceKey::VaultEndpoint], &Vec::from_iter(group_gone));
        fill(
            &[EvidenceKey::Key, EvidenceKey::KeyVersions, EvidenceKey::KeyRotationPolicy],
            &Vec::from_iter(key.any()),
        );
        let principals = principal.iter().flat_map(|principal| principal.instances.iter().copied());
        fill(&[EvidenceKey::ServicePrincipal], &Vec::from_iter(principals.chain(principal_gone)));
        Self {
            reader,
            under,
            registration,
            key,
            vault,
            group_gone,
            principal,
            principal_gone,
            vault_id: id,
            filled,
        }
    }

    /// The key's resource id.
    pub(super) fn key_id(&self) -> Result<Scope, Missing> {
        self.vault_id.clone().map(|vault| vault.child(&format!("keys/{}", self.registration.key_name)))
    }

    /// Notes which resource a key of the evidence was filled from.
    pub(super) fn fill(&mut self, key: EvidenceKey, instance: &'a Instance) {
        let known = self.filled.entry(key).or_default();
        if !known.iter().any(|other| other.address == instance.address) {
            known.push(instance);
        }
    }
}

/// A resource group that the plan destroys or makes anew: with everything in it, the vault too, unless azurerm refuses to
/// (azurerm documentation, `features`, `prevent_deletion_if_contains_resources`). What is done to a subscription is done
/// to all that is in it (`azurerm_subscription`: one that is destroyed is cancelled).
fn group_destroyed<'a>(reader: &Reader<'a>, vault: &Scope) -> Option<&'a Instance> {
    let planned = reader.planned;
    let groups = ["azurerm_resource_group", other_hands::RESOURCE, "azurerm_subscription"].into_iter();
    let mut groups = groups.flat_map(|kind| planned.of_kind(kind));
    groups.find(|group| {
        let subscription = group.text(Side::Before, "subscription_id");
        let id = match subscription.map(|id| format!("/subscriptions/{id}")) {
            Some(id) => id.parse::<Scope>().ok(),
            None => group.text(Side::Before, "id").and_then(|id| id.parse::<Scope>().ok()),
        };
        let gone = !group.is_there(reader.side) || reader.is_new(group);
        gone && id.is_some_and(|id| vault.is_within(&id) && id != *vault)
    })
}

/// The vault that the key is in, or else the one with the URI.
fn vault<'a>(reader: &Reader<'a>, key: Seen<'a>, uri: &VaultUri) -> Seen<'a> {
    let of_key = match key {
        Seen::There(key) => reader.vault_of(key),
        Seen::Gone(key) => Reader::of(reader.planned, Side::Before, reader.given).vault_of(key),
        Seen::Elsewhere => None,
    };
    let with_uri = |side: Side| {
        let reader = Reader::of(reader.planned, side, reader.given);
        let has = |vault: &&Instance| {
            reader.need(vault, "vault_uri").is_ok_and(|text| text.parse() == Ok(uri.clone()))
        };
        reader.there_or_read("azurerm_key_vault").find(has)
    };
    Seen::of(of_key.or_else(|| with_uri(reader.side)).or_else(|| with_uri(Side::Before)), reader.side)
}

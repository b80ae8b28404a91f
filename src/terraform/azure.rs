//! The registrations of Azure keys in a plan, and the evidence of each.
//!
//! What the plan shows of one side, before the change or after it, becomes the evidence that a live run would collect on
//! that side: [`sight`] says which resources are the registration's, the other modules read them.

use std::collections::{BTreeMap, BTreeSet};

use super::planned::{Planned, Side, outside};
use super::{AzureNamed, Refused, Wanted};
use crate::evidence::azure::{AzureEvidence, DenyAssignment, EvidenceKey};
use crate::evidence::plan::{Change, ChangeAction, Plan, PlanLimit, Symbol};
use crate::evidence::{Absent, Catalogued, Cloud, Evidence, Item, Missing, Source, VERSION};
use crate::target::FriendlyName;
use crate::target::azure::{AzureRegistration, KeyName, ObjectId, OrganizationId, Scope, TenantId, VaultUri};
use crate::terraform::document::Instance;
use crate::text::inert;

mod access_policies;
mod assignments;
mod built_in;
mod computed;
mod key;
mod network;
mod over;
mod principal;
mod reader;
mod registrations;
mod roles;
mod sight;
#[cfg(test)]
mod tests;
mod vault;

use over::Under;
use reader::Reader;
use registrations::Target;
use sight::{Filled, Seen, Sight};

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
        targets.push(Target::Named);
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
    found
        .iter()
        .map(|(_, target)| Registration { planned, wanted, named: &named, given, target }.evidence())
        .collect()
}

/// More than one key that is named alike.
fn one_of(targets: Vec<Target<'_>>) -> Result<Vec<Target<'_>>, Refused> {
    if targets.len() < 2 {
        return Ok(targets);
    }
    let addresses = targets.iter().filter_map(|target| match target {
        Target::Resource(key) => Some(format!("`{}`", inert(&key.address.to_string()))),
        Target::Id(_) | Target::Named => None,
    });
    let addresses = addresses.collect::<Vec<_>>().join(", ");
    Err(Refused::Incomplete(format!(
        "the plan has several such keys: {addresses}\n  say which one is meant (--key-address)"
    )))
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

/// One registration of the plan.
struct Registration<'a> {
    planned: &'a Planned<'a>,
    wanted: &'a Wanted,
    named: &'a Named,
    given: Option<ObjectId>,
    target: &'a Target<'a>,
}

impl<'a> Registration<'a> {
    fn evidence(&self) -> Result<Evidence, Refused> {
        let there = |side| self.key().is_none_or(|key| key.is_there(side));
        let (after, filled, limits) =
            self.side(if there(Side::After) { Side::After } else { Side::Before }, Side::After)?;
        let has_before = self.planned.document.is_plan && there(Side::Before);
        let before = has_before.then(|| self.side(Side::Before, Side::Before)).transpose()?;
        let (before, filled_before) = before.map(|(cloud, filled, _)| (cloud, filled)).unzip();
        let changes = changes(&filled, filled_before.as_ref());
        let clouds: Vec<&Cloud> = std::iter::once(&after).chain(&before).collect();
        let plan = Plan {
            places: places(&filled),
            symbols: symbols(self.planned, &clouds),
            before: before.map(Box::new),
            changes,
            limits,
        };
        Ok(Evidence {
            version: VERSION,
            name: self.name(&after)?,
            source: Source::Plan,
            collected_at: self.planned.at,
            cloud: after,
            plan: Some(Box::new(plan)),
        })
    }

    fn key(&self) -> Option<&'a Instance> {
        match self.target {
            Target::Resource(key) => Some(key),
            Target::Id(_) | Target::Named => None,
        }
    }

    fn name(&self, cloud: &Cloud) -> Result<FriendlyName, Refused> {
        if let Some(name) = &self.wanted.name {
            return Ok(name.clone());
        }
        let name = match cloud {
            Cloud::Azure { registration, .. } => registration.key_name.to_string(),
            Cloud::Aws { .. } => String::new(),
        };
        name.parse()
            .map_err(|problem| Refused::Incomplete(format!("the key's name is {problem}: give --name")))
    }

    /// One side of the plan, of the registration as it is on the side given.
    fn side(&self, registered: Side, side: Side) -> Result<(Cloud, Filled<'a>, Vec<PlanLimit>), Refused> {
        let reader = Reader::of(self.planned, side, self.given);
        let mut registration = match registered == side {
            true => self.registration(&reader)?,
            false => self.registration(&Reader::of(self.planned, registered, self.given))?,
        };
        let under = Under::of(self.wanted.over.as_ref(), &registration);
        let principal = self.principal(&reader, registration.tenant_id);
        if principal.as_ref().is_none_or(|principal| principal.instances.is_empty()) {
            let live = over::of(self.wanted.over.as_ref()).filter(|_| under.service_principal().is_some());
            let of_live = live.and_then(|(live, _)| live.service_principal_id);
            registration.service_principal_id = registration.service_principal_id.or(of_live);
        }
        let vault_id = match self.target {
            Target::Id(id) => parent_vault(id),
            Target::Resource(_) | Target::Named => None,
        };
        let mut sight = Sight::of(reader, under, registration, self.key(), vault_id.as_ref(), principal);
        let evidence = seen(&mut sight);
        let limits = sight.reader.limits();
        let registration = sight.registration;
        Ok((Cloud::Azure { registration, evidence: Box::new(evidence) }, sight.filled, limits))
    }

    /// OpenAI's service principal: of several the one that has a role at the key.
    fn principal(&self, reader: &Reader<'a>, tenant: TenantId) -> Option<principal::Principal<'a>> {
        let mut all = principal::all(reader);
        all.retain(|one| one.may_be_in(reader, tenant));
        let is_managed = |one: &principal::Principal<'_>| one.instances.iter().any(|one| !one.kind.data);
        if principal::destroyed(reader).is_some() && !all.iter().any(is_managed) {
            return None;
        }
        let is_target = |found: &Target<'_>| match (found, self.target) {
            (Target::Resource(one), Target::Resource(other)) => one.address == other.address,
            (Target::Id(one), Target::Id(other)) => one == other,
            _ => false,
        };
        let named =
            all.iter().find(|one| registrations::named_by(reader, one).iter().any(is_target)).cloned();
        named.or_else(|| all.into_iter().next())
    }

    /// What is registered: options first, then the plan, then live evidence.
    fn registration(&self, reader: &Reader<'a>) -> Result<AzureRegistration, Refused> {
        let live = over::of(self.wanted.over.as_ref()).map(|(registration, _)| registration);
        let key_name = match &self.named.key_name {
            Some(name) => Ok(name.clone()),
            None => self.key_name(reader),
        };
        let vault_uri = match &self.named.vault_uri {
            Some(uri) => Ok(uri.clone()),
            None => self.vault_uri(reader),
        };
        let key_name = or_live(key_name, live.map(|live| &live.key_name), "the key's name", "--key-name")?;
        let vault_uri =
            or_live(vault_uri, live.map(|live| &live.vault_uri), "the vault's URI", "--vault-uri")?;
        let tenant_id = match self.named.tenant_id {
            Some(tenant) => Ok(tenant),
            None => self.tenant_id(reader, &vault_uri),
        };
        let tenant_id =
            or_live(tenant_id, live.map(|live| &live.tenant_id), "the vault's tenant", "--tenant-id")?;
        let of_live = live.filter(|live| live.tenant_id == tenant_id && live.key_name == key_name);
        let organization_id = self.named.organization_id.clone();
        Ok(AzureRegistration {
            tenant_id,
            vault_uri,
            key_name,
            organization_id: organization_id
                .or_else(|| of_live.and_then(|live| live.organization_id.clone())),
            service_principal_id: self.named.service_principal_id,
        })
    }

    fn key_name(&self, reader: &Reader<'a>) -> Result<KeyName, Missing> {
        let text = match self.target {
            Target::Resource(key) => reader.need(key, "name")?,
            Target::Id(id) => id.as_str().rsplit('/').next().unwrap_or_default().to_owned(),
            Target::Named => return Err(outside("azurerm_key_vault_key", "the key")),
        };
        text.parse().map_err(|problem| {
            let at = self.key().map(|key| key.address.to_string()).unwrap_or_default();
            Missing { detail: format!("`{text}` is {problem}"), ..outside(&at, "") }
        })
    }

    fn vault_uri(&self, reader: &Reader<'a>) -> Result<VaultUri, Missing> {
        match self.target {
            Target::Resource(key) => registrations::vault_uri(reader, key),
            Target::Id(id) => match parent_vault(id) {
                Some(vault) => match reader.vault_with(&vault) {
                    Some(vault) => vault::uri(reader, vault),
                    None => {
                        let name = vault.as_str().rsplit('/').next().unwrap_or_default();
                        let uri = format!("https://{name}{}/", crate::contract::azure::VAULT_SUFFIX);
                        uri.parse().map_err(|_| outside(id.as_str(), "the vault"))
                    }
                },
                None => Err(outside(id.as_str(), "the vault")),
            },
            Target::Named => Err(outside("azurerm_key_vault", "the vault")),
        }
    }

    /// The vault's tenant, or else that of the provider.
    fn tenant_id(&self, reader: &Reader<'a>, vault_uri: &VaultUri) -> Result<TenantId, Missing> {
        let of_key = self.key().and_then(|key| reader.vault_of(key));
        let with_uri = || {
            reader
                .there_or_read("azurerm_key_vault")
                .find(|one| vault::uri(&reader.aside(), one).as_ref() == Ok(vault_uri))
        };
        match of_key.or_else(with_uri) {
            Some(vault) => vault::tenant(reader, vault),
            None => {
                let configs = ["data.azurerm_client_config", "data.azurerm_subscription"].into_iter();
                let mut tenants = configs
                    .flat_map(|kind| reader.there(kind))
                    .filter_map(|one| one.text(reader.side, "tenant_id")?.parse::<TenantId>().ok());
                let first = tenants.next();
                let only = first.filter(|first| tenants.all(|other| other == *first));
                only.ok_or_else(|| outside("azurerm_key_vault", "the vault"))
            }
        }
    }
}

/// A value of the registration that the plan has, or live evidence.
fn or_live<T: Clone>(
    found: Result<T, Missing>,
    live: Option<&T>,
    what: &str,
    option: &str,
) -> Result<T, Refused> {
    found.or_else(|missing| {
        live.cloned().ok_or_else(|| {
            let why = inert(&missing.detail);
            Refused::Incomplete(format!("the plan does not tell {what}: {why}\n  give {option}"))
        })
    })
}

/// The vault that a key with this id is in.
fn parent_vault(key: &Scope) -> Option<Scope> {
    let (vault, _) = key.as_str().rsplit_once("/keys/")?;
    vault.parse().ok()
}

/// All evidence of one side.
fn seen(sight: &mut Sight<'_>) -> AzureEvidence {
    let principal = sight.principal.clone();
    let groups = principal.as_ref().map(|principal| principal.groups(&sight.reader, &sight.under));
    let service_principal = match (&principal, sight.principal_gone) {
        (Some(principal), _) => principal.seen(&sight.reader, &sight.under),
        (None, Some(destroyed)) => gone(destroyed),
        (None, None) => under_or(sight.under.service_principal(), principal::not_in_plan),
    };
    let none = principal::Groups::default();
    let assignments = assignments::of(sight, groups.as_ref().unwrap_or(&none));
    let service_principal_groups = match (groups, sight.principal_gone) {
        (Some(groups), _) => {
            for instance in groups.instances(sight.reader.planned) {
                sight.fill(EvidenceKey::ServicePrincipalGroups, instance);
            }
            groups.item()
        }
        (None, Some(destroyed)) => gone(destroyed),
        (None, None) => Item::Missing(principal::not_in_plan()),
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

/// Deny assignments, which no plan makes. At a key that the plan makes there is none yet; above it there may be.
fn deny_assignments(sight: &Sight<'_>) -> Item<Vec<DenyAssignment>> {
    let live = sight.under.key().map(|live| &live.deny_assignments);
    match sight.key {
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

/// Where everything stands.
fn places(filled: &Filled<'_>) -> BTreeMap<String, String> {
    let place = |instances: &Vec<&Instance>| {
        let addresses: BTreeSet<String> = instances.iter().map(|one| one.address.to_string()).collect();
        addresses.into_iter().collect::<Vec<_>>().join(", ")
    };
    filled.iter().map(|(key, instances)| (key.name().to_owned(), place(instances))).collect()
}

/// What changes of all that fills the evidence, before or after.
fn changes(after: &Filled<'_>, before: Option<&Filled<'_>>) -> Vec<Change> {
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    for (key, instances) in std::iter::once(after).chain(before).flatten() {
        for instance in instances {
            let drift = instance.applied.as_ref().map(|_| ChangeAction::Drift);
            let Some(action) = instance.action.or(drift) else { continue };
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

/// The symbols that stand in the evidence.
fn symbols(planned: &Planned<'_>, clouds: &[&Cloud]) -> Vec<Symbol> {
    let texts: Vec<String> = clouds.iter().filter_map(|cloud| serde_json::to_string(cloud).ok()).collect();
    let stands = |symbol: &Symbol| texts.iter().any(|text| text.contains(&symbol.text));
    planned.symbols.all().into_iter().filter(stands).collect()
}

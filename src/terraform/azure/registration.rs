//! One registration of a plan: what is registered, and its evidence.

use super::changes::{changes, places, readdressed, symbols};
use super::deferred::put_off;
use super::over::{self, Under};
use super::reader::Reader;
use super::registrations::{self, Target};
use super::sight::{Filled, Sight};
use super::{Named, principal, seen, vault};
use crate::contract::azure::VAULT_SUFFIX;
use crate::evidence::plan::{Plan, PlanLimit};
use crate::evidence::{Cloud, Evidence, Missing, Source, VERSION};
use crate::target::FriendlyName;
use crate::target::azure::{AzureRegistration, KeyName, ObjectId, Scope, TenantId, VaultUri};
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Planned, Side, outside};
use crate::terraform::{Refused, Wanted};

/// One registration of the plan.
pub(super) struct Registration<'a> {
    pub(super) planned: &'a Planned<'a>,
    pub(super) wanted: &'a Wanted,
    pub(super) named: &'a Named,
    pub(super) given: Option<ObjectId>,
    pub(super) target: &'a Target<'a>,
}

impl<'a> Registration<'a> {
    /// Its evidence, after the change and before it.
    pub(super) fn evidence(&self) -> Result<Evidence, Refused> {
        let there = |side| self.key().is_none_or(|key| key.is_there(side));
        let (mut after, filled, mut limits) =
            self.side(if there(Side::After) { Side::After } else { Side::Before }, Side::After)?;
        let has_before = self.planned.document.is_plan && there(Side::Before);
        // What it was registered as may be told only of what it will be.
        let before = has_before
            .then(|| self.side(Side::Before, Side::Before).or_else(|_| self.side(Side::After, Side::Before)))
            .transpose()?;
        let (before, filled_before) = before.map(|(cloud, filled, _)| (cloud, filled)).unzip();
        let mut changes = changes(&filled, filled_before.as_ref());
        if let Cloud::Azure { evidence, .. } = &mut after {
            let both: Vec<&Filled<'_>> = std::iter::once(&filled).chain(&filled_before).collect();
            changes.extend(put_off(self.planned, evidence, &both));
        }
        if let Some(before) = &filled_before {
            let reader = Reader::of(self.planned, Side::After, self.given);
            limits.extend(readdressed(&reader, &filled, before));
        }
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
            .map_err(|problem| Refused::incomplete(format!("the key's name is {problem}"), "give --name"))
    }

    /// One side of the plan, of the registration as it is on the side given.
    fn side(&self, registered: Side, side: Side) -> Result<(Cloud, Filled<'a>, Vec<PlanLimit>), Refused> {
        let reader = Reader::of(self.planned, side, self.given);
        let mut registration = match registered == side {
            true => self.registration(&reader)?,
            false => self.registration(&Reader::of(self.planned, registered, self.given))?,
        };
        let under = Under::of(self.wanted.over.as_ref(), &registration, self.planned);
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
        if all.len() < 2 {
            return all.pop();
        }
        let named =
            all.iter().find(|one| registrations::named_by(reader, one).iter().any(is_target)).cloned();
        named.or_else(|| all.into_iter().next())
    }

    /// What is registered: options first, then the plan, then live evidence.
    fn registration(&self, reader: &Reader<'a>) -> Result<AzureRegistration, Refused> {
        let live = over::of(self.wanted.over.as_ref()).map(|(registration, _)| registration);
        // What is not told of a key in the plan is not that of another one.
        let elsewhere = live.filter(|_| matches!(self.target, Target::Named));
        let key_name = match (self.key_name(reader), &self.named.key_name) {
            (Ok(own), _) if reader.side == Side::Before => Ok(own),
            (_, Some(name)) => Ok(name.clone()),
            (own, None) => own,
        };
        let vault_uri = match &self.named.vault_uri {
            Some(uri) => Ok(uri.clone()),
            None => self.vault_uri(reader),
        };
        let key_name =
            or_live(key_name, elsewhere.map(|live| &live.key_name), "the key's name", "--key-name")?;
        let vault_uri =
            or_live(vault_uri, elsewhere.map(|live| &live.vault_uri), "the vault's URI", "--vault-uri")?;
        let tenant_id = match self.named.tenant_id {
            Some(tenant) => Ok(tenant),
            None => self.tenant_id(reader, &vault_uri),
        };
        let live = live.filter(|live| live.vault_uri == vault_uri);
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
                        let uri = format!("https://{name}{}/", VAULT_SUFFIX);
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
            let why = format!("the plan does not tell {what}: {}", missing.detail);
            Refused::incomplete(why, format!("give {option}"))
        })
    })
}

/// The vault that a key with this id is in.
fn parent_vault(key: &Scope) -> Option<Scope> {
    let (vault, _) = key.as_str().rsplit_once("/keys/")?;
    vault.parse().ok()
}

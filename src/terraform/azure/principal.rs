//! OpenAI's service principal in a plan.

use super::computed::Cloud;
use super::other_hands;
use super::over::{Under, contradicted, there_already};
use super::reader::{Reader, not_shown};
use crate::contract;
use crate::evidence::azure::ServicePrincipal;
use crate::evidence::plan::PlanLimit;
use crate::evidence::{Item, Missing, MissingReason};
use crate::target::azure::{ObjectId, TenantId};
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, outside, place};

pub(super) const KIND: &str = "azuread_service_principal";

/// A service principal of OpenAI's application.
#[derive(Debug, Clone)]
pub(super) struct Principal<'a> {
    /// Its object id.
    pub(super) id: ObjectId,
    /// What it is in the plan; nothing where its id is only named.
    pub(super) instances: Vec<&'a Instance>,
    /// Whether the plan makes it: nothing outside of the plan can name it.
    pub(super) made: bool,
    /// Whether its id is one that stands in for one that may be written in the plan.
    pub(super) stands_in: bool,
}

/// Whether a service principal is of OpenAI's application.
pub(super) fn is_openais(reader: &Reader<'_>, instance: &Instance) -> bool {
    application(reader, instance).is_some_and(is_application)
}

/// Whether a service principal is of another application.
pub(super) fn is_another(reader: &Reader<'_>, instance: &Instance) -> bool {
    application(reader, instance)
        .is_some_and(|text| text.parse::<ObjectId>().is_ok() && !is_application(text))
}

/// The id of its application, where it is known: its attribute had another name up to azuread 2.
fn application<'a>(reader: &Reader<'_>, instance: &'a Instance) -> Option<&'a str> {
    ["client_id", "application_id"].into_iter().find_map(|attribute| instance.text(reader.side, attribute))
}

/// Whether this is the id of OpenAI's application, in any case.
pub(super) fn is_application(text: &str) -> bool {
    text.parse::<ObjectId>().is_ok_and(|id| id.to_string() == contract::azure::APPLICATION_ID)
}

/// The object id of a service principal of OpenAI's application, and whether it stands in for one that is not known. A
/// tenant has one: resources and data sources under one configuration of the provider are the same.
pub(super) fn id_of<'a>(reader: &Reader<'a>, instance: &'a Instance) -> (ObjectId, bool) {
    let provider = reader.planned.provider(instance);
    let same: Vec<&Instance> = reader
        .there_or_read(KIND)
        .filter(|other| reader.planned.provider(other) == provider && is_openais(reader, other))
        .collect();
    let known = |one: &Instance| one.text(reader.side, "object_id")?.parse::<ObjectId>().ok();
    if let Some(id) = known(instance).or_else(|| same.iter().find_map(|other| known(other))) {
        return (id, false);
    }
    let made = same.iter().any(|other| is_made(reader, other));
    match reader.given {
        Some(id) if !made => (id, false),
        _ => {
            let first =
                same.first().map_or_else(|| place(instance, "object_id"), |one| place(one, "object_id"));
            // The symbol has the form of an id.
            (reader.planned.symbols.guid(&first).parse().unwrap_or(ObjectId::EVERYONE), !made)
        }
    }
}

/// Whether the plan makes it. One with `use_existing` may have been there before (azuread documentation,
/// `azuread_service_principal`).
fn is_made(reader: &Reader<'_>, instance: &Instance) -> bool {
    let taken_over = !matches!(
        instance.attribute(reader.side, "use_existing"),
        None | Some(Attribute::Null | Attribute::Bool(false))
    );
    reader.is_new(instance) && !taken_over
}

/// The service principals of OpenAI's application: those in the plan, or else the one that is named.
pub(super) fn all<'a>(reader: &Reader<'a>) -> Vec<Principal<'a>> {
    let mut principals: Vec<Principal<'a>> = Vec::new();
    for instance in reader.there_or_read(KIND).filter(|one| is_openais(reader, one)) {
        let (id, stands_in) = id_of(reader, instance);
        let made = is_made(reader, instance) && !stands_in;
        match principals.iter_mut().find(|principal| principal.id == id) {
            Some(same) => {
                same.instances.push(instance);
                same.made |= made;
            }
            None => principals.push(Principal { id, instances: vec![instance], made, stands_in }),
        }
    }
    if let (true, Some(id)) = (principals.is_empty(), reader.given) {
        principals.push(Principal { id, instances: Vec::new(), made: false, stands_in: false });
    }
    principals
}

/// Whether it may sign in.
fn is_enabled(reader: &Reader<'_>, instance: &Instance) -> Result<bool, Missing> {
    // azuread documentation, `account_enabled`: "Defaults to `true`".
    Ok(reader.truth(instance, "account_enabled")?.unwrap_or(true))
}

/// One that the plan destroys, whatever else tells of it.
pub(super) fn destroyed<'a>(reader: &Reader<'a>) -> Option<&'a Instance> {
    let before = Reader::of(reader.planned, Side::Before, reader.given);
    let gone = |one: &&Instance| !one.is_there(reader.side) && is_openais(&before, one);
    before.there(KIND).find(gone)
}

impl<'a> Principal<'a> {
    /// What the evidence shows of it.
    pub(super) fn seen(&self, reader: &Reader<'a>, under: &Under<'_>) -> Item<ServicePrincipal> {
        let own = [
            format!("serviceprincipals/{}", self.id),
            format!("directoryobjects/{}", self.id),
            format!("serviceprincipals(appid='{}')", contract::azure::APPLICATION_ID),
        ];
        let is_it = |path: &str| own.iter().any(|own| own == path);
        if let Some(other) = other_hands::in_graph(reader, &[KIND], is_it) {
            return Item::Missing(other_hands::not_read(other, "OpenAI's service principal", KIND));
        }
        // A resource tells more than a data source that was read before the change.
        let Some(instance) = self.instances.first().copied() else {
            return under.service_principal().cloned().unwrap_or_else(|| Item::Missing(not_in_plan()));
        };
        if self.made && under.service_principal().is_some_and(|live| live.known().is_some()) {
            return Item::Missing(there_already(instance));
        }
        let enabled = match is_enabled(reader, instance) {
            Ok(enabled) => enabled,
            Err(missing) => return Item::Missing(missing),
        };
        if under.is_newer() && !self.made {
            let found = Reader::of(reader.planned, Side::Refreshed, reader.given);
            let was_there = instance.is_there(Side::Refreshed) && !reader.is_new(instance);
            let attribute = match under.service_principal() {
                Some(Item::Absent(_)) if was_there => Some(""),
                Some(Item::Collected(live)) if live.id != self.id && was_there && !self.stands_in => {
                    Some("object_id")
                }
                Some(Item::Collected(live)) if live.id == self.id && live.enabled != enabled => {
                    // What the plan changes is as planned.
                    let unchanged = is_enabled(&found, instance) == Ok(enabled);
                    unchanged.then_some("account_enabled")
                }
                _ => None,
            };
            if let Some(attribute) = attribute {
                return Item::Missing(contradicted(instance, attribute));
            }
        }
        self.note_directory_roles(reader);
        let Ok(application_id) = contract::azure::APPLICATION_ID.parse() else {
            return Item::Missing(not_shown(instance, "client_id", "it is no id"));
        };
        let display_name = instance.text(reader.side, "display_name").map(str::to_owned);
        let live = under.service_principal().and_then(Item::collected).filter(|live| live.id == self.id);
        Item::Collected(ServicePrincipal {
            id: self.id,
            application_id,
            display_name,
            enabled,
            disabled_by_microsoft: live.and_then(|live| live.disabled_by_microsoft.clone()),
        })
    }

    /// Whether it is in the tenant, as far as the plan tells: the provider that it is made with may be another one's.
    pub(super) fn may_be_in(&self, reader: &Reader<'_>, tenant: TenantId) -> bool {
        let elsewhere = |one: &&Instance| reader.cloud(one) != Cloud::Public;
        if let Some(other) = self.instances.iter().copied().find(elsewhere) {
            reader.leave_out(PlanLimit {
                what: format!(
                    "`{}` is not in a tenant of Azure's public cloud, or may not be",
                    other.address
                ),
                lift: "make it in the vault's tenant, and write out the `environment` of its provider".into(),
            });
            return false;
        }
        let of_other = |one: &&Instance| tenant_of(reader, one).is_some_and(|other| other != tenant);
        let Some(other) = self.instances.iter().copied().find(of_other) else { return true };
        reader.leave_out(PlanLimit {
            what: format!("`{}` seems to be in another tenant than the vault", other.address),
            lift: "make it in the vault's tenant, and set the `tenant_id` of its provider".into(),
        });
        false
    }

    /// Roles in Microsoft Entra itself, which reach no vault and are not looked at.
    fn note_directory_roles(&self, reader: &Reader<'a>) {
        let given = ["azuread_app_role_assignment", "azuread_directory_role_assignment"].into_iter();
        let whose = |one: &&'a Instance| reader.aside().need(one, "principal_object_id");
        let is_its = |one: &&'a Instance| whose(one).is_ok_and(|id| id.parse() == Ok(self.id));
        for one in given.flat_map(|kind| reader.there(kind)).filter(is_its) {
            reader.leave_out(PlanLimit {
                what: format!(
                    "`{}` gives OpenAI's service principal a role in Microsoft Entra, and those are not looked at",
                    one.address
                ),
                lift: "see that it needs none: OpenAI asks for none".into(),
            });
        }
    }

    pub(super) fn is_instance(&self, other: &Instance) -> bool {
        self.instances.iter().any(|instance| instance.address == other.address)
    }

    /// Where it stands.
    pub(super) fn place(&self) -> String {
        self.instances
            .first()
            .map_or_else(|| "azuread_service_principal".into(), |one| one.address.to_string())
    }
}

/// The tenant of a service principal: the one that its provider is configured for, or is logged in to, or else the one
/// that azurerm is.
fn tenant_of(reader: &Reader<'_>, instance: &Instance) -> Option<TenantId> {
    let provider = reader.planned.provider(instance);
    let configuration = reader.planned.document.configuration.as_ref();
    let set = configuration.and_then(|known| known.provider(provider?)?.tenant_id.as_deref()?.parse().ok());
    let read = |kind: &str, under: &dyn Fn(&Instance) -> bool| {
        let mut tenants = reader
            .there(kind)
            .filter(|one| under(one))
            .filter_map(|one| one.text(reader.side, "tenant_id")?.parse::<TenantId>().ok());
        let first = tenants.next()?;
        tenants.all(|other| other == first).then_some(first)
    };
    let own = |one: &Instance| reader.planned.provider(one) == provider;
    set.or_else(|| read("data.azuread_client_config", &own))
        .or_else(|| read("data.azurerm_client_config", &|_| true))
}

/// That a plan without OpenAI's service principal does not tell whether there is one.
pub(super) fn not_in_plan() -> Missing {
    outside(KIND, "OpenAI's service principal")
}

/// That a plan is not all that there is to do.
pub(super) fn incomplete(place: &str) -> Missing {
    Missing {
        call: place.to_owned(),
        reason: MissingReason::NotInPlan,
        permission: None,
        detail: "the plan is not complete (`-target`, or deferred actions): judge one that is".into(),
    }
}

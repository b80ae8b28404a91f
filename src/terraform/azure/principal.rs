//! OpenAI's service principal in a plan, and the groups that it is in.

use super::over::Under;
use super::reader::{Reader, not_shown};
use crate::contract;
use crate::evidence::azure::ServicePrincipal;
use crate::evidence::plan::PlanLimit;
use crate::evidence::{Item, Missing, MissingReason};
use crate::target::azure::{ObjectId, TenantId};
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Planned, Side, outside, place};
use crate::terraform::traversal::Traversal;

const KIND: &str = "azuread_service_principal";

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

/// One that the plan destroys, whatever else tells of it.
pub(super) fn destroyed<'a>(reader: &Reader<'a>) -> Option<&'a Instance> {
    let before = Reader::of(reader.planned, Side::Before, reader.given);
    let gone = |one: &&Instance| !one.is_there(reader.side) && is_openais(&before, one);
    before.there(KIND).find(gone)
}

impl<'a> Principal<'a> {
    /// What the evidence shows of it.
    pub(super) fn seen(&self, reader: &Reader<'a>, under: &Under<'_>) -> Item<ServicePrincipal> {
        // A resource tells more than a data source that was read before the change.
        let Some(instance) = self.instances.first().copied() else {
            return under.service_principal().cloned().unwrap_or_else(|| Item::Missing(not_in_plan()));
        };
        let enabled = match reader.truth(instance, "account_enabled") {
            // azuread documentation, `account_enabled`: "Defaults to `true`".
            Ok(enabled) => enabled.unwrap_or(true),
            Err(missing) => return Item::Missing(missing),
        };
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

    /// The groups that it is in.
    pub(super) fn groups(&self, reader: &Reader<'a>, under: &Under<'_>) -> Groups {
        let mut groups = Groups::default();
        for member in reader.there("azuread_group_member") {
            match reader.aside().need(member, "member_object_id") {
                Ok(id) if id.parse() == Ok(self.id) => {
                    groups.joins(reader.need(member, "group_object_id"), member)
                }
                Ok(_) => {}
                Err(_) if reader.is_of_others(member, "member_object_id", &[KIND]) => {}
                Err(missing) => groups.leave_open(missing),
            }
        }
        for group in reader.there("azuread_group") {
            match self.is_listed(reader, group) {
                Ok(true) => groups.joins(reader.need(group, "object_id"), group),
                Ok(false) => {}
                Err(_) if reader.is_of_others(group, "members", &[KIND]) => {}
                Err(missing) => groups.leave_open(missing),
            }
        }
        groups.managed = managed(reader, self.id);
        if !self.made && under.groups(self.id).is_none() {
            let what = "groups that OpenAI's service principal is in";
            groups.open = groups.open.or_else(|| Some(outside(&self.place(), what)));
        }
        if !reader.planned.document.complete {
            groups.open = groups.open.or_else(|| Some(incomplete(&self.place())));
        }
        for live in under.groups(self.id).unwrap_or_default() {
            if !groups.managed.contains(live) && !groups.planned.contains(live) {
                groups.planned.push(*live);
            }
        }
        groups
    }

    /// Whether a group of the plan lists it among its members.
    fn is_listed(&self, reader: &Reader<'a>, group: &'a Instance) -> Result<bool, Missing> {
        let members = match group.attribute(reader.side, "members") {
            None | Some(Attribute::Null) => return Ok(false),
            Some(Attribute::List(members)) => members.as_slice(),
            Some(_) => &[Attribute::Unknown],
        };
        let text = |member: &Attribute| member.text().and_then(|text| text.parse::<ObjectId>().ok());
        if members.iter().any(|member| text(member) == Some(self.id)) {
            return Ok(true);
        }
        if members.iter().all(Attribute::is_known) {
            return Ok(false);
        }
        // A set of unknown members: the service principal is among them where they refer to it.
        match reader.planned.referred(group, "members") {
            Ok((other, attribute)) if self.is_instance(other) && attribute == "object_id" => {
                reader.join(group, "members");
                Ok(true)
            }
            // `members` is computed where it is not set, and a new group has none then.
            _ if reader.is_new(group) && !reader.is_set(group, "members") => Ok(false),
            _ => Err(reader.after_apply(group, "members")),
        }
    }

    /// Whether it is in the tenant, as far as the plan tells: the provider that it is made with may be another one's.
    pub(super) fn may_be_in(&self, reader: &Reader<'_>, tenant: TenantId) -> bool {
        let of_other = |one: &&Instance| tenant_of(reader, one).is_some_and(|other| other != tenant);
        let Some(other) = self.instances.iter().copied().find(of_other) else { return true };
        reader.leave_out(PlanLimit {
            what: format!("`{}` seems to be in another tenant than the vault", other.address),
            lift: "make it in the vault's tenant, and set the `tenant_id` of its provider".into(),
        });
        false
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

/// The groups that the service principal is in, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) planned: Vec<ObjectId>,
    /// Where the plan shows them.
    places: Vec<Traversal>,
    /// Groups whose members the plan sets: live evidence tells nothing of them.
    managed: Vec<ObjectId>,
    /// A membership of the plan that may be the service principal's.
    pub(super) unresolved: Option<Missing>,
    open: Option<Missing>,
}

impl Groups {
    fn joins(&mut self, group: Result<String, Missing>, instance: &Instance) {
        let id = group.and_then(|text| {
            text.parse::<ObjectId>().map_err(|_| not_shown(instance, "object_id", "it is no id"))
        });
        self.places.push(instance.address.clone());
        match id {
            Ok(id) if self.planned.contains(&id) => {}
            Ok(id) => self.planned.push(id),
            Err(missing) => self.leave_open(missing),
        }
    }

    fn leave_open(&mut self, missing: Missing) {
        self.open = self.open.take().or_else(|| Some(missing.clone()));
        self.unresolved = self.unresolved.take().or(Some(missing));
    }

    /// Whether all of them are known.
    pub(super) fn are_whole(&self) -> bool {
        self.open.is_none()
    }

    /// The resources that make it a member.
    pub(super) fn instances<'a>(&self, planned: &Planned<'a>) -> Vec<&'a Instance> {
        self.places.iter().filter_map(|place| planned.document.instances.get(place)).collect()
    }

    pub(super) fn item(self) -> Item<Vec<ObjectId>> {
        match self.open {
            None => Item::Collected(self.planned),
            Some(missing) => Item::Partial { known: self.planned, missing },
        }
    }
}

/// Groups of the plan that it takes the service principal out of, or whose members it sets.
fn managed(reader: &Reader<'_>, principal: ObjectId) -> Vec<ObjectId> {
    let known = |one: &Instance, attribute: &str| -> Vec<ObjectId> {
        let sides = [Side::Before, Side::After].into_iter();
        sides.filter_map(|side| one.text(side, attribute)?.parse().ok()).collect()
    };
    let is_member = |one: &&Instance| known(one, "member_object_id").contains(&principal);
    let sets_members = |one: &&Instance| reader.planned.is_set(one, "members") == Some(true);
    let members = reader.planned.of_kind("azuread_group_member").filter(is_member);
    let groups = reader.planned.of_kind("azuread_group").filter(sets_members);
    members
        .flat_map(|one| known(one, "group_object_id"))
        .chain(groups.flat_map(|one| known(one, "object_id")))
        .collect()
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

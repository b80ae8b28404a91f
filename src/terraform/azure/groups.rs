//! The groups that OpenAI's service principal is in: those in which the plan puts it, and those in which live evidence
//! shows it and the plan leaves it.

use super::changes::taken_back;
use super::other_hands;
use super::over::{Under, contradicted};
use super::principal::{self, Principal, incomplete};
use super::reader::{Reader, not_shown};
use crate::evidence::{Item, Missing, MissingReason};
use crate::target::azure::ObjectId;
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Planned, Side, outside, place};
use crate::terraform::traversal::Traversal;

const GROUP: &str = "azuread_group";
/// One whose members are made one by one.
const WITHOUT_MEMBERS: &str = "azuread_group_without_members";
const MEMBER: &str = "azuread_group_member";
const MEMBERS: &str = "members";
/// A membership that ends.
const FOR_A_TIME: &str = "azuread_privileged_access_group_assignment_schedule";

/// The groups that the service principal is in, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Those that it is in.
    pub(super) planned: Vec<ObjectId>,
    /// Those that it was in and, after the change, perhaps is.
    pub(super) uncertain: Vec<ObjectId>,
    /// Those that the plan takes it out of, or destroys.
    pub(super) left: Vec<ObjectId>,
    /// A membership of the plan that may be the service principal's.
    pub(super) unresolved: Option<Missing>,
    /// Where the plan shows them.
    places: Vec<Traversal>,
    open: Option<Missing>,
}

impl<'a> Principal<'a> {
    /// The groups that it is in.
    pub(super) fn groups(&self, reader: &Reader<'a>, under: &Under<'_>) -> Groups {
        let mut groups = Groups::default();
        let live = under.groups(self.id);
        let members = Members { principal: self, reader, live: live.unwrap_or_default() };
        // One that is in a group is in all that this one is in.
        members.close(&mut groups, under);
        if let Some(other) = members.by_other_hands(None) {
            groups.note(other);
            groups.leave_open(not_read(other));
        }
        members.keep(&mut groups, under);
        members.close(&mut groups, under);
        groups.uncertain.retain(|group| !groups.planned.contains(group));
        if !self.made && live.is_none() {
            let what = "groups that OpenAI's service principal is in";
            groups.open = groups.open.or_else(|| Some(outside(&self.place(), what)));
        }
        if !reader.planned.document.complete {
            groups.open = groups.open.or_else(|| Some(incomplete(&self.place())));
        }
        members.note_lost(&mut groups);
        groups
    }
}

/// Who is a member of what, in the plan.
struct Members<'a, 'b> {
    principal: &'b Principal<'a>,
    reader: &'b Reader<'a>,
    /// The groups of live evidence.
    live: &'b [ObjectId],
}

impl<'a> Members<'a, '_> {
    /// Adds the groups that the plan puts the service principal in, or a group that it is in.
    fn close(&self, groups: &mut Groups, under: &Under<'_>) {
        loop {
            let known = groups.planned.len();
            self.through_members(groups, under);
            self.through_groups(groups, under);
            if groups.planned.len() == known {
                return;
            }
        }
    }

    /// What is not read of who is in a group, or in any: what changes it in Microsoft Graph itself, and memberships for a
    /// time.
    fn by_other_hands(&self, group: Option<ObjectId>) -> Option<&'a Instance> {
        let path = group.map_or_else(|| "groups/".to_owned(), |group| format!("groups/{group}"));
        let types = [GROUP, WITHOUT_MEMBERS];
        let in_graph = || other_hands::in_graph(self.reader, &types, |changed| changed.starts_with(&path));
        let (own, group) = (self.principal.id.to_string(), group.map(|group| group.to_string()));
        let about = |one: &&'a Instance| {
            let sides = [Side::Before, Side::After].into_iter().filter(|side| one.is_there(*side));
            let mut sides = sides.map(|side| {
                let is_another =
                    |attribute, own: &String| one.text(side, attribute).is_some_and(|id| id != own);
                is_another("principal_id", &own)
                    || group.as_ref().is_some_and(|group| is_another("group_id", group))
            });
            one.action.is_some() && !sides.all(|another| another)
        };
        let mut for_a_time =
            self.reader.planned.of_kind(FOR_A_TIME).filter(|_| self.reader.side == Side::After);
        for_a_time.find(about).or_else(in_graph)
    }

    fn is_one(&self, groups: &Groups, id: ObjectId) -> bool {
        id == self.principal.id || groups.planned.contains(&id)
    }

    fn through_members(&self, groups: &mut Groups, under: &Under<'_>) {
        for member in self.reader.there(MEMBER) {
            match self.reader.aside().need(member, "member_object_id") {
                Ok(id) if id.parse().is_ok_and(|id| self.is_one(groups, id)) => {
                    if let Some(missing) = taken_back(self.reader, member) {
                        groups.leave_open(missing);
                        continue;
                    }
                    let group = self.reader.need(member, "group_object_id");
                    let was = member.is_there(Side::Refreshed) && !self.reader.is_new(member);
                    self.joins(groups, under, group, member, was);
                }
                Ok(_) => {}
                Err(_) if self.reader.is_of_others(member, "member_object_id", &[principal::KIND]) => {}
                Err(missing) => groups.leave_open(missing),
            }
        }
    }

    fn through_groups(&self, groups: &mut Groups, under: &Under<'_>) {
        for group in self.reader.there(GROUP) {
            match self.is_listed(groups, group) {
                Ok(true) => {
                    let found = listed(group, Side::Refreshed).unwrap_or_default();
                    let was = !self.reader.is_new(group) && found.iter().any(|id| self.is_one(groups, *id));
                    self.joins(groups, under, self.reader.need(group, "object_id"), group, was);
                }
                Ok(false) => {}
                Err(_) if self.reader.is_of_others(group, MEMBERS, &[principal::KIND]) => {}
                Err(missing) => groups.leave_open(missing),
            }
        }
    }

    /// A membership of the plan, which was there already or is made.
    fn joins(
        &self,
        groups: &mut Groups,
        under: &Under<'_>,
        group: Result<String, Missing>,
        instance: &Instance,
        was: bool,
    ) {
        groups.note(instance);
        let id = group.and_then(|text| {
            text.parse::<ObjectId>().map_err(|_| not_shown(instance, "object_id", "it is no id"))
        });
        match id {
            Ok(id) if groups.planned.contains(&id) => {}
            Ok(id) if was && under.is_newer() => match under.groups(self.principal.id) {
                Some(live) if !live.contains(&id) => groups.leave_open(contradicted(instance, "")),
                _ => groups.planned.push(id),
            },
            Ok(id) => groups.planned.push(id),
            Err(missing) => groups.leave_open(missing),
        }
    }

    /// Whether a group of the plan lists it, or a group that it is in, among its members.
    fn is_listed(&self, groups: &Groups, group: &'a Instance) -> Result<bool, Missing> {
        let reader = self.reader;
        let members = match group.attribute(reader.side, MEMBERS) {
            None | Some(Attribute::Null) => return Ok(false),
            Some(Attribute::List(members)) => members.as_slice(),
            Some(_) => &[Attribute::Unknown],
        };
        let id = |member: &Attribute| member.text().and_then(|text| text.parse::<ObjectId>().ok());
        // What nobody sets stands there as it was last read: without those whom the plan takes out.
        let taken_out = |id: ObjectId| {
            reader.planned.is_set(group, MEMBERS) != Some(true) && self.is_taken_out(group, id)
        };
        if members.iter().filter_map(id).any(|id| self.is_one(groups, id) && !taken_out(id)) {
            return Ok(true);
        }
        if members.iter().all(Attribute::is_known) {
            return Ok(false);
        }
        // A set of unknown members: the service principal is among them where they refer to it.
        match reader.planned.referred(group, MEMBERS) {
            Ok((other, attribute)) if self.principal.is_instance(other) && attribute == "object_id" => {
                reader.join(group, MEMBERS);
                Ok(true)
            }
            // `members` is computed where it is not set, and a new group has none then.
            _ if reader.is_new(group) && !reader.is_set(group, MEMBERS) => Ok(false),
            _ => Err(reader.after_apply(group, MEMBERS)),
        }
    }

    /// Whether the plan destroys the membership of somebody in a group.
    fn is_taken_out(&self, group: &Instance, id: ObjectId) -> bool {
        let of = object_id(group, Side::Refreshed);
        self.lost().any(|(member, from)| member == id && Some(from) == of)
    }

    /// The memberships that were there and are not any longer, each with the member and the group.
    fn lost(&self) -> impl Iterator<Item = (ObjectId, ObjectId)> {
        let side = self.reader.side;
        let all = self.reader.planned.of_kind(MEMBER).filter(move |_| side == Side::After);
        all.filter_map(move |one| {
            let was = membership(one, Side::Refreshed)?;
            (one.action.is_some() && membership(one, side) != Some(was)).then_some(was)
        })
    }

    /// Keeps the groups of live evidence that the plan leaves it in.
    fn keep(&self, groups: &mut Groups, under: &Under<'_>) {
        let mut all: Vec<(ObjectId, Fate)> = self
            .live
            .iter()
            .filter(|group| !groups.planned.contains(group))
            .map(|group| (*group, self.fate(groups, *group, under)))
            .collect();
        // It may have been in one through another that it leaves.
        let leaves = all.iter().any(|(_, fate)| !matches!(fate, Fate::Stays));
        // What the plan shows tells more than what follows from it.
        all.sort_by_key(|(_, fate)| !matches!(fate, Fate::Open(_)));
        for (group, fate) in all {
            match fate {
                Fate::Stays if !leaves => groups.planned.push(group),
                Fate::Leaves => groups.left.push(group),
                Fate::Stays => groups.doubt(group, None),
                Fate::Open(missing) => groups.doubt(group, Some(missing)),
            }
        }
    }

    /// What the plan makes of the membership in a group that live evidence shows.
    fn fate(&self, groups: &Groups, group: ObjectId, under: &Under<'_>) -> Fate {
        let side = self.reader.side;
        let is_it = |one: &&Instance| object_id(one, Side::Refreshed) == Some(group);
        let planned = of_plan(self.reader.planned).find(is_it);
        if let Some(one) = planned {
            if !one.is_there(side) || self.reader.is_new(one) {
                return Fate::Leaves;
            }
            if let (Some(found), Some(shown)) = (listed(one, Side::Refreshed), listed(one, side)) {
                let others = |id: &ObjectId| self.live.contains(id) && *id != group;
                if shown.iter().any(others) || found.iter().any(others) {
                    return Fate::Open(in_doubt(one, MEMBERS));
                }
                let stays = found == shown && !self.is_taken_out(one, self.principal.id);
                return match stays && under.is_newer() {
                    true => Fate::Open(contradicted(one, MEMBERS)),
                    false => Fate::Leaves,
                };
            }
            let value = |side: Side| one.attribute(side, MEMBERS);
            if value(side).is_some_and(|members| !members.is_known()) {
                return Fate::Open(self.reader.after_apply(one, MEMBERS));
            }
            if value(side) != value(Side::Refreshed) {
                return Fate::Open(in_doubt(one, MEMBERS));
            }
        }
        let through_others = self.live.iter().any(|other| *other != group && !groups.left.contains(other));
        for (member, from) in self.lost().filter(|(_, from)| *from == group) {
            if member == self.principal.id && !through_others {
                return Fate::Leaves;
            }
            if member == self.principal.id || self.live.contains(&member) {
                return Fate::Open(Missing {
                    detail: format!("whether it stays in the group `{from}` through another group"),
                    ..in_doubt_at(&self.principal.place())
                });
            }
        }
        self.by_other_hands(Some(group)).map_or(Fate::Stays, |other| Fate::Open(not_read(other)))
    }

    /// Notes what takes it out of groups, or may: where the plan shows it.
    fn note_lost(&self, groups: &mut Groups) {
        let open = !groups.is_whole() || !groups.left.is_empty();
        let side = Side::Refreshed;
        for member in self.reader.planned.of_kind(MEMBER).filter(|one| one.action.is_some()) {
            let (who, from) = membership(member, side).unzip();
            let is_its = who == Some(self.principal.id) || from.is_some_and(|id| self.live.contains(&id));
            if member.is_there(side) && (is_its || open) {
                groups.note(member);
            }
        }
        for group in of_plan(self.reader.planned).filter(|one| loses_members(one)) {
            let is_its = object_id(group, side).is_some_and(|id| self.live.contains(&id));
            if is_its || open {
                groups.note(group);
            }
        }
    }
}

fn not_read(other: &Instance) -> Missing {
    other_hands::not_read(other, "who is in a group", MEMBER)
}

/// The groups of a plan.
fn of_plan<'a>(planned: &Planned<'a>) -> impl Iterator<Item = &'a Instance> {
    planned.of_kind(GROUP).chain(planned.of_kind(WITHOUT_MEMBERS))
}

/// Whether a group that is there may have fewer members afterwards.
fn loses_members(group: &Instance) -> bool {
    let stays = group.is_there(Side::After) && !group.is_new(Side::After);
    group.is_there(Side::Refreshed) && (!stays || !group.changed().is_empty())
}

/// What the plan takes out of groups, whoever it is.
pub(super) fn lost<'a>(reader: &Reader<'a>) -> Vec<&'a Instance> {
    let was = |one: &&Instance| one.action.is_some() && one.is_there(Side::Refreshed);
    let is_others = |one: &&Instance| reader.is_of_others(one, "member_object_id", &[principal::KIND]);
    let members = reader.planned.of_kind(MEMBER).filter(was).filter(|one| !is_others(one));
    members.chain(of_plan(reader.planned).filter(|one| loses_members(one))).collect()
}

/// What a plan makes of a membership.
enum Fate {
    Stays,
    Leaves,
    /// It may leave.
    Open(Missing),
}

/// The member and the group of a membership, where both are known.
fn membership(one: &Instance, side: Side) -> Option<(ObjectId, ObjectId)> {
    let id = |attribute: &str| one.text(side, attribute)?.parse().ok();
    Some((id("member_object_id")?, id("group_object_id")?))
}

/// The object id of a group: `id` is a path since azuread 3.
fn object_id(group: &Instance, side: Side) -> Option<ObjectId> {
    let text = group.text(side, "object_id").or_else(|| group.text(side, "id")?.rsplit('/').next())?;
    text.parse().ok()
}

/// The members of a group, where all are known.
fn listed(group: &Instance, side: Side) -> Option<Vec<ObjectId>> {
    let members = group.attribute(side, MEMBERS)?.list()?;
    members.iter().map(|member| member.text()?.parse().ok()).collect()
}

fn in_doubt(instance: &Instance, attribute: &str) -> Missing {
    Missing {
        detail: "whether OpenAI's service principal stays in the group through another one".into(),
        ..in_doubt_at(&place(instance, attribute))
    }
}

fn in_doubt_at(place: &str) -> Missing {
    Missing::after_apply(place.to_owned(), String::new())
}

impl Groups {
    fn note(&mut self, instance: &Instance) {
        if !self.places.contains(&instance.address) {
            self.places.push(instance.address.clone());
        }
    }

    fn leave_open(&mut self, missing: Missing) {
        self.open = self.open.take().or_else(|| Some(missing.clone()));
        self.unresolved = self.unresolved.take().or(Some(missing));
    }

    fn doubt(&mut self, group: ObjectId, missing: Option<Missing>) {
        self.uncertain.push(group);
        let missing = missing.unwrap_or_else(|| Missing {
            detail: format!(
                "whether OpenAI's service principal is in `{group}` through a group that it leaves"
            ),
            ..in_doubt_at("azuread_group")
        });
        self.open = self.open.take().or(Some(missing));
    }

    /// Whether all of them are known.
    pub(super) fn is_whole(&self) -> bool {
        self.open.is_none()
    }

    /// Why the plan may take it out of some, where that is what is not known.
    pub(super) fn why_in_doubt(&self) -> Option<Missing> {
        let by_the_plan = [MissingReason::KnownAfterApply, MissingReason::Contradicted];
        self.open.clone().filter(|missing| by_the_plan.contains(&missing.reason))
    }

    /// The resources that make it a member, or take it out.
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

//! The roles that are assigned to OpenAI's service principal, in a plan.

use super::changes::{action, taken_back};
use super::groups::Groups;
use super::over::contradicted;
use super::principal::{self, Principal};
use super::reader::{Reader, not_shown};
use super::roles;
use super::sight::Sight;
use crate::evidence::azure::{EvidenceKey, NamedRole, RoleAssignment};
use crate::evidence::plan::{ChangeAction, PlanLimit};
use crate::evidence::{Item, Missing};
use crate::target::azure::{ObjectId, Scope};
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, outside, place};

const KIND: &str = "azurerm_role_assignment";
const PIM: &str = "azurerm_pim_active_role_assignment";

/// What the evidence shows of roles and who has them.
pub(super) struct Assignments {
    pub(super) at_key: Item<Vec<RoleAssignment>>,
    pub(super) everywhere: Item<Vec<RoleAssignment>>,
    pub(super) roles: Item<Vec<NamedRole>>,
}

/// Whose an assignment is.
enum Whose {
    Ours,
    Others,
    /// Perhaps ours.
    Open(Missing),
}

/// What was found so far.
#[derive(Default)]
struct Found<'a> {
    at_key: Vec<RoleAssignment>,
    everywhere: Vec<RoleAssignment>,
    roles: Vec<NamedRole>,
    open: Option<Missing>,
    /// The resources behind them, or that may be.
    noted: Vec<(EvidenceKey, &'a Instance)>,
    /// What the plan takes away in a way that is not read, by scope and role.
    taken_away: Vec<(Scope, String)>,
}

/// The assignments to the service principal and its groups.
pub(super) fn of(sight: &mut Sight<'_>, groups: &Groups) -> Assignments {
    let Some(principal) = sight.principal.clone() else { return of_nobody(sight) };
    let key = match sight.key_id() {
        Ok(key) => key,
        Err(missing) => return Assignments::missing(&missing),
    };
    let mut found = Found { open: groups.unresolved.clone(), ..Found::default() };
    let may_be_groups = !groups.is_whole();
    // Live evidence tells of every group but what the plan assigns to it.
    let is_read = sight.under.role_assignments(principal.id).is_some();
    for assignment in sight.reader.there(KIND) {
        match whose(&sight.reader, assignment, &principal, groups) {
            Whose::Others if may_be_groups && may_be_a_groups(&sight.reader, assignment) => {
                found.note_change(EvidenceKey::RoleAssignments, assignment);
                if is_read {
                    found.leave_open(groups.why_in_doubt().unwrap_or_else(|| {
                        let why =
                            "whether it is a group's that OpenAI's service principal is in was not read";
                        not_shown(assignment, "principal_id", why)
                    }));
                }
            }
            Whose::Others => {}
            Whose::Open(missing) => {
                found.note_change(EvidenceKey::RoleAssignments, assignment);
                found.leave_open(missing);
            }
            Whose::Ours => {
                found.note(EvidenceKey::RoleAssignments, assignment);
                if let Some(missing) = taken_back(&sight.reader, assignment) {
                    found.leave_open(missing);
                    continue;
                }
                match one(sight, assignment, &principal) {
                    Ok(Some((one, given))) => {
                        given.instance.iter().for_each(|role| found.note(EvidenceKey::RoleDefinitions, role));
                        found.add(one, given.role, &key);
                    }
                    // It is nowhere: what assigns the role to nothing stands in the limits.
                    Ok(None) => {}
                    Err(missing) => found.leave_open(missing),
                }
            }
        }
    }
    let elsewhere = joined(sight, &principal, groups).into_iter();
    elsewhere.chain(otherwise(&mut found, sight, &principal)).for_each(|missing| found.leave_open(missing));
    found.closed(sight, &principal, groups)
}

/// A group that was there before and that the plan adds the service principal to: it may have roles that stand elsewhere.
fn joined(sight: &Sight<'_>, principal: &Principal<'_>, groups: &Groups) -> Option<Missing> {
    let live = sight.under.groups(principal.id).unwrap_or_default();
    let is_new = |group: &ObjectId| sight.reader.planned.symbols.is_one(&group.to_string());
    let joined = groups.planned.iter().find(|group| !live.contains(group) && !is_new(group))?;
    Some(outside(&principal.place(), &format!("roles of the group `{joined}`")))
}

/// Whether the principal of an assignment may be a group.
fn may_be_a_groups(reader: &Reader<'_>, assignment: &Instance) -> bool {
    let kind = assignment.text(reader.side, "principal_type");
    !kind
        .is_some_and(|kind| ["User", "ServicePrincipal"].iter().any(|other| other.eq_ignore_ascii_case(kind)))
}

/// Roles that are assigned in ways that are not read: through Privileged Identity Management, and by the provider for
/// Azure's own interface. What the plan takes away of them is noted.
fn otherwise<'a>(found: &mut Found<'a>, sight: &Sight<'a>, principal: &Principal<'a>) -> Option<Missing> {
    let (reader, planned) = (&sight.reader, sight.reader.planned);
    let was = Reader::of(planned, Side::Refreshed, reader.given);
    let may_be_its = |one: &&Instance| {
        let side = if one.is_there(reader.side) { reader.aside() } else { was.aside() };
        match side.need(one, "principal_id") {
            Ok(text) => text.parse() == Ok(principal.id),
            Err(_) => {
                !reader.is_of_others(one, "principal_id", &["azuread_service_principal", "azuread_group"])
            }
        }
    };
    let changes = |one: &Instance| one.action.is_some() && one.is_there(Side::Refreshed);
    let pim = planned.of_kind(PIM).filter(|one| one.is_there(reader.side) || changes(one)).filter(may_be_its);
    let pim: Vec<&Instance> = pim.collect();
    for one in pim.iter().filter(|one| changes(one)) {
        found.note(EvidenceKey::RoleAssignments, one);
        if reader.side == Side::After
            && let (Ok(scope), Ok(role)) = (was.scope(one, "scope"), was.scope(one, "role_definition_id"))
        {
            found.taken_away.push((scope, role.name().to_owned()));
        }
    }
    let kind = |one: &&Instance| {
        let kind = one.text(reader.side, "type").or_else(|| one.text(Side::Refreshed, "type"));
        let kind = kind.unwrap_or_default().to_ascii_lowercase();
        kind.is_empty() || kind.starts_with("microsoft.authorization/roleassignments")
    };
    let azapi: Vec<&Instance> = planned.of_kind("azapi_resource").filter(kind).collect();
    for one in azapi.iter().filter(|one| changes(one)) {
        found.note(EvidenceKey::RoleAssignments, one);
    }
    let azapi = azapi.into_iter().filter(|one| one.is_there(reader.side));
    let one = pim.into_iter().chain(azapi).next()?;
    Some(not_shown(one, "", "what it assigns to whom is not read: write an `azurerm_role_assignment`"))
}

/// Without a service principal nothing is assigned to it; whose they would be that stands elsewhere is not known.
fn of_nobody(sight: &mut Sight<'_>) -> Assignments {
    if sight.principal_gone.is_some() {
        let none = || Item::Collected(Vec::new());
        return Assignments { at_key: none(), everywhere: none(), roles: Item::Collected(Vec::new()) };
    }
    // Each that the plan changes may have been its.
    let of_others = |one: &&Instance| {
        sight.reader.is_of_others(one, "principal_id", &["azuread_service_principal", "azuread_group"])
    };
    let there = sight.reader.planned.of_kind(KIND).chain(sight.reader.planned.of_kind(PIM));
    let there = there.filter(|one| action(one).is_some() && one.is_there(Side::Refreshed) && !of_others(one));
    let there: Vec<&Instance> = there.collect();
    let cut = roles::cut(&sight.reader);
    there.into_iter().for_each(|one| sight.fill(EvidenceKey::RoleAssignments, one));
    cut.into_iter().for_each(|role| sight.fill(EvidenceKey::RoleDefinitions, role));
    let (missing, live) = (principal::not_in_plan(), sight.under.key());
    match live {
        // Live evidence that knows of none either.
        Some(live) => Assignments {
            at_key: live.role_assignments.clone(),
            everywhere: live.subscription_role_assignments.clone(),
            roles: live.role_definitions.clone(),
        },
        None => Assignments::missing(&missing),
    }
}

impl Assignments {
    fn missing(missing: &Missing) -> Self {
        Self {
            at_key: Item::Missing(missing.clone()),
            everywhere: Item::Missing(missing.clone()),
            roles: Item::Missing(missing.clone()),
        }
    }
}

fn whose<'a>(
    reader: &Reader<'a>,
    assignment: &'a Instance,
    principal: &Principal<'a>,
    groups: &Groups,
) -> Whose {
    const ATTRIBUTE: &str = "principal_id";
    let text = match reader.aside().need(assignment, ATTRIBUTE) {
        Ok(text) => text,
        Err(_)
            if reader.is_of_others(
                assignment,
                ATTRIBUTE,
                &["azuread_service_principal", "azuread_group"],
            ) =>
        {
            return Whose::Others;
        }
        Err(missing) => return Whose::Open(missing),
    };
    match text.parse::<ObjectId>() {
        Ok(id) if id == principal.id || groups.planned.contains(&id) => {
            // Read again, so that what it was taken from is told.
            match reader.need(assignment, ATTRIBUTE) {
                Ok(_) => Whose::Ours,
                Err(missing) => Whose::Open(missing),
            }
        }
        Ok(id) if principal.stands_in && !reader.planned.symbols.is_one(&id.to_string()) => {
            let why = "whether it is OpenAI's service principal is known only after apply: name it \
                       (--service-principal-id)";
            Whose::Open(not_shown(assignment, ATTRIBUTE, why))
        }
        Ok(_) => Whose::Others,
        Err(_) => {
            reader.leave_out(PlanLimit {
                what: format!(
                    "`{}` is no id of a principal, so that nothing is assigned there",
                    place(assignment, ATTRIBUTE)
                ),
                lift: "use the `object_id` of the service principal".into(),
            });
            Whose::Others
        }
    }
}

/// An assignment and its role; nothing where it is at no scope at all.
fn one<'a>(
    sight: &Sight<'a>,
    assignment: &'a Instance,
    principal: &Principal<'a>,
) -> Result<Option<(RoleAssignment, roles::Given<'a>)>, Missing> {
    let reader = &sight.reader;
    let written = reader.need(assignment, "scope")?;
    let Ok(scope) = written.parse::<Scope>() else {
        reader.leave_out(PlanLimit {
            what: format!(
                "`{}` is `{written}` and no scope, so that no role is assigned there",
                place(assignment, "scope")
            ),
            lift: "use the key's `resource_versionless_id`; its `id` and `versionless_id` are addresses at the vault"
                .into(),
        });
        return Ok(None);
    };
    let name = match reader.text(assignment, "name") {
        Ok(Some(name)) => name,
        Ok(None) | Err(_) => reader.planned.symbols.guid(&place(assignment, "name")),
    };
    let given = roles::given(reader, assignment, &sight.under);
    let assigned = RoleAssignment {
        id: scope.child(&format!("providers/Microsoft.Authorization/roleAssignments/{name}")),
        role_definition_id: given.role.id.clone(),
        principal_id: principal_id(reader, assignment)?,
        scope,
        condition: reader.text(assignment, "condition")?.filter(|condition| !condition.is_empty()),
    };
    let reaches = sight.key_id().is_ok_and(|key| key.is_within(&assigned.scope));
    if reader.is_new(assignment)
        && reaches
        && let Some(definition) = given.role.definition.collected()
        && !roles::is_assignable(definition, &assigned.scope)
    {
        return Err(Missing::after_apply(
            place(assignment, "scope"),
            format!(
                "Azure refuses to assign the role `{}` at {}: name it in the role's `assignable_scopes`, or a scope above it",
                definition.name,
                assigned.scope.described()
            ),
        ));
    }
    not_contradicted(sight, assignment, principal, &assigned)?;
    Ok(Some((assigned, given)))
}

/// Of an assignment that was there already: that live evidence which is newer shows it, too.
fn not_contradicted(
    sight: &Sight<'_>,
    assignment: &Instance,
    principal: &Principal<'_>,
    assigned: &RoleAssignment,
) -> Result<(), Missing> {
    let under = sight.under;
    let was_there = assignment.is_there(Side::Refreshed) && !sight.reader.is_new(assignment);
    if !was_there || !under.is_newer() {
        return Ok(());
    }
    let key = sight.key_id()?;
    let listed = if key.is_within(&assigned.scope) {
        under.role_assignments(principal.id)
    } else if key.subscription() == assigned.scope.subscription() {
        under.subscription_role_assignments(principal.id)
    } else {
        None
    };
    let Some(listed) = listed else { return Ok(()) };
    let same = |one: &&RoleAssignment| one.id == assigned.id;
    let Some(live) = listed.iter().find(same) else { return Err(contradicted(assignment, "")) };
    // Only the condition can be changed in place.
    let found = assignment.text(Side::Refreshed, "condition").filter(|condition| !condition.is_empty());
    if live.condition.as_deref() != found && assigned.condition.as_deref() == found {
        return Err(contradicted(assignment, "condition"));
    }
    Ok(())
}

fn principal_id<'a>(reader: &Reader<'a>, assignment: &'a Instance) -> Result<ObjectId, Missing> {
    let text = reader.need(assignment, "principal_id")?;
    text.parse().map_err(|_| not_shown(assignment, "principal_id", "it is no id"))
}

impl<'a> Found<'a> {
    fn note(&mut self, key: EvidenceKey, instance: &'a Instance) {
        self.noted.push((key, instance));
    }

    /// Notes a resource that perhaps stands behind it, where the plan changes it.
    fn note_change(&mut self, key: EvidenceKey, instance: &'a Instance) {
        if action(instance).is_some() {
            self.note(key, instance);
        }
    }

    fn leave_open(&mut self, missing: Missing) {
        self.open = self.open.take().or(Some(missing));
    }

    fn add(&mut self, one: RoleAssignment, role: NamedRole, key: &Scope) {
        if one.scope.is_management_group() {
            // Which subscriptions it holds, no plan tells.
            return self.leave_open(outside(
                one.scope.as_str(),
                &format!("the vault's subscription is in {} or not; that", one.scope.described()),
            ));
        }
        let reaches = key.is_within(&one.scope);
        if !self.roles.iter().any(|other| other.id.name() == role.id.name()) {
            self.roles.push(role);
        }
        if reaches {
            self.at_key.push(one.clone());
        }
        self.everywhere.push(one);
    }

    /// The lists, whole where nothing else can be assigned to the service principal.
    fn closed(mut self, sight: &mut Sight<'a>, principal: &Principal<'_>, groups: &Groups) -> Assignments {
        if !sight.reader.planned.document.complete {
            self.leave_open(principal::incomplete(&principal.place()));
        }
        let [at_key, everywhere] = match principal.made {
            true => [None, None],
            false => self.laid_over(sight, principal, groups),
        };
        if self.open.is_some() || at_key.is_some() || everywhere.is_some() {
            roles::cut(&sight.reader)
                .into_iter()
                .for_each(|role| self.note(EvidenceKey::RoleDefinitions, role));
        }
        for (key, instance) in std::mem::take(&mut self.noted) {
            sight.fill(key, instance);
            if key == EvidenceKey::RoleAssignments {
                sight.fill(EvidenceKey::SubscriptionRoleAssignments, instance);
            }
        }
        let item = |known, open: Option<Missing>| match self.open.clone().or(open) {
            None => Item::Collected(known),
            Some(missing) => Item::Partial { known, missing },
        };
        Assignments {
            at_key: item(self.at_key, at_key),
            everywhere: item(self.everywhere, everywhere),
            roles: Item::Collected(self.roles),
        }
    }

    /// Adds what live evidence lists and the plan does not manage, and says why there may be more, at the key and
    /// everywhere.
    fn laid_over(
        &mut self,
        sight: &Sight<'a>,
        principal: &Principal<'_>,
        groups: &Groups,
    ) -> [Option<Missing>; 2] {
        let managed = managed(&sight.reader);
        let mut listed = Vec::new();
        let replaced = sight.key.there().filter(|key| sight.reader.is_new(key));
        let replaced = replaced.and_then(|_| sight.key_id().ok());
        let in_subscription = sight.subscription_role_assignments(principal.id);
        // At a vault that the plan makes nothing is assigned yet but what is assigned above it.
        let is_new = sight.vault.there().is_some_and(|vault| sight.reader.is_new(vault));
        let above = in_subscription.filter(|_| is_new);
        let live = [sight.under.role_assignments(principal.id).or(above), in_subscription];
        let key = sight.key_id().ok();
        let moved = moved_between_groups(&sight.reader, key.as_ref());
        for one in &moved {
            self.note(EvidenceKey::RoleAssignments, one);
        }
        let lists = [&mut self.at_key, &mut self.everywhere];
        let mut open = [None, None];
        for (at_key, ((live, list), open)) in
            [true, false].into_iter().zip(live.into_iter().zip(lists).zip(&mut open))
        {
            let Some(live) = live else {
                let what = "other roles of OpenAI's service principal, assigned at the key or above it,";
                *open = Some(outside(&principal.place(), what));
                continue;
            };
            for one in live.iter().filter(|one| !managed.contains(&one.id)) {
                if replaced.as_ref().is_some_and(|key| one.scope.is_within(key)) {
                    // What is left of it at a key of the same name, nothing tells.
                    *open = Some(outside(one.id.as_str(), "the role at the key that is replaced"));
                }
                if groups.left.contains(&one.principal_id) {
                    continue;
                }
                let from_above = one.scope.is_management_group();
                if at_key && !from_above && !key.as_ref().is_some_and(|key| key.is_within(&one.scope)) {
                    continue;
                }
                if from_above && !moved.is_empty() {
                    *open = Some(in_doubt(&one.id));
                    continue;
                }
                let role = (one.scope.clone(), one.role_definition_id.name().to_owned());
                if groups.uncertain.contains(&one.principal_id) || self.taken_away.contains(&role) {
                    *open = Some(in_doubt(&one.id));
                    continue;
                }
                if !listed.contains(&one) {
                    listed.push(one);
                }
                list.push(one.clone());
            }
        }
        for one in listed {
            self.role_of(sight, one);
        }
        open
    }

    /// The role of a live assignment, where it is not among those that are known already.
    fn role_of(&mut self, sight: &Sight<'a>, one: &RoleAssignment) {
        let id = &one.role_definition_id;
        if self.roles.iter().any(|role| role.id.name() == id.name()) {
            return;
        }
        if let Some(planned) = roles::planned_with(&sight.reader, id, &sight.under) {
            planned.instance.iter().for_each(|role| self.note(EvidenceKey::RoleDefinitions, role));
            return self.roles.push(planned.role);
        }
        let live = sight.under.vault_roles().unwrap_or_default();
        self.roles.extend(live.iter().find(|role| role.id.name() == id.name()).cloned());
    }
}

/// What moves the key's subscription between management groups: what is assigned at one may reach the key no longer.
fn moved_between_groups<'a>(reader: &Reader<'a>, key: Option<&Scope>) -> Vec<&'a Instance> {
    const BY: [(&str, &str); 2] = [
        ("azurerm_management_group_subscription_association", "subscription_id"),
        ("azurerm_management_group", "subscription_ids"),
    ];
    let Some(subscription) = key.and_then(Scope::subscription).map(|id| id.to_string()) else {
        return Vec::new();
    };
    let is_it = |text: &str| text.to_ascii_lowercase().contains(&subscription);
    let mut moved = Vec::new();
    for (kind, attribute) in BY {
        let names = |one: &Instance, side: Side| match one.attribute(side, attribute) {
            None | Some(Attribute::Null) => false,
            Some(Attribute::Unknown) => reader.is_set(one, attribute),
            Some(value) => value.any_text(&is_it) || !value.is_known(),
        };
        let moves = |one: &&Instance| {
            let replaced = one.action == Some(ChangeAction::Replace) && names(one, Side::After);
            one.action.is_some() && (replaced || names(one, Side::Refreshed) != names(one, Side::After))
        };
        let all = reader.planned.of_kind(kind).filter(|_| reader.side == Side::After);
        moved.extend(all.filter(moves));
    }
    moved
}

/// An assignment of live evidence that the plan perhaps takes away.
fn in_doubt(id: &Scope) -> Missing {
    Missing::after_apply(
        id.to_string(),
        "whether it is still OpenAI's service principal's nothing tells: judge the cloud itself after the apply",
    )
}

/// The ids of the assignments that the plan manages: what live evidence shows of them is not what will be.
fn managed(reader: &Reader<'_>) -> Vec<Scope> {
    let id = |one: &Instance, side| one.text(side, "id")?.parse().ok();
    let ids = reader.planned.of_kind(KIND).flat_map(|one| {
        [Side::Before, Side::Refreshed, Side::After].into_iter().filter_map(move |side| id(one, side))
    });
    // What is assigned through Azure's own interface is there until the plan destroys it.
    let gone = reader
        .planned
        .of_kind("azapi_resource")
        .filter(|one| !one.is_there(reader.side) || reader.is_new(one));
    ids.chain(gone.filter_map(|one| id(one, Side::Refreshed))).collect()
}

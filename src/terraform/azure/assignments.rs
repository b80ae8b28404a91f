//! The roles that are assigned to OpenAI's service principal, in a plan.

use super::principal::{self, Groups, Principal};
use super::reader::{Reader, not_shown};
use super::roles;
use super::sight::Sight;
use crate::evidence::azure::{EvidenceKey, NamedRole, RoleAssignment};
use crate::evidence::plan::PlanLimit;
use crate::evidence::{Item, Missing};
use crate::target::azure::{ObjectId, Scope};
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, outside, place};

const KIND: &str = "azurerm_role_assignment";

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
struct Found {
    at_key: Vec<RoleAssignment>,
    everywhere: Vec<RoleAssignment>,
    roles: Vec<NamedRole>,
    open: Option<Missing>,
}

/// The assignments to the service principal and its groups.
pub(super) fn of(sight: &mut Sight<'_>, groups: &Groups) -> Assignments {
    let Some(principal) = sight.principal.clone() else { return of_nobody(sight) };
    let key = match sight.key_id() {
        Ok(key) => key,
        Err(missing) => return Assignments::missing(&missing),
    };
    let mut found = Found { open: groups.unresolved.clone(), ..Found::default() };
    let mut filled = Vec::new();
    // Live evidence tells of every group but what the plan assigns to it.
    let may_be_groups = !groups.are_whole() && sight.under.role_assignments(principal.id).is_some();
    for assignment in sight.reader.there(KIND) {
        match whose(&sight.reader, assignment, &principal, groups) {
            Whose::Others if may_be_groups && may_be_a_groups(&sight.reader, assignment) => {
                let why = "whether it is a group's that OpenAI's service principal is in was not read";
                found.leave_open(not_shown(assignment, "principal_id", why));
            }
            Whose::Others => {}
            Whose::Open(missing) => found.leave_open(missing),
            Whose::Ours => match one(&sight.reader, assignment) {
                Ok(Some((one, given))) => {
                    filled.push((EvidenceKey::RoleAssignments, assignment));
                    filled.extend(given.instance.map(|role| (EvidenceKey::RoleDefinitions, role)));
                    found.add(one, given.role, &key);
                }
                // It is nowhere: what assigns the role to nothing stands in the limits.
                Ok(None) => filled.push((EvidenceKey::RoleAssignments, assignment)),
                Err(missing) => found.leave_open(missing),
            },
        }
    }
    let elsewhere = [otherwise(&sight.reader, &principal), joined(sight, &principal, groups)];
    elsewhere.into_iter().flatten().for_each(|missing| found.leave_open(missing));
    for (evidence_key, instance) in filled {
        sight.fill(evidence_key, instance);
        if evidence_key == EvidenceKey::RoleAssignments {
            sight.fill(EvidenceKey::SubscriptionRoleAssignments, instance);
        }
    }
    found.closed(sight, &principal)
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
/// Azure's own interface.
fn otherwise<'a>(reader: &Reader<'a>, principal: &Principal<'a>) -> Option<Missing> {
    let pim = reader.there("azurerm_pim_active_role_assignment").find(|one| {
        match reader.aside().need(one, "principal_id") {
            Ok(text) => text.parse() == Ok(principal.id),
            Err(_) => {
                !reader.is_of_others(one, "principal_id", &["azuread_service_principal", "azuread_group"])
            }
        }
    });
    let kind = |one: &&Instance| {
        let kind = one.text(reader.side, "type").unwrap_or_default().to_ascii_lowercase();
        kind.is_empty() || kind.starts_with("microsoft.authorization/roleassignments")
    };
    let azapi = reader.there("azapi_resource").find(kind);
    let one = pim.or(azapi)?;
    Some(not_shown(one, "", "what it assigns to whom is not read: write an `azurerm_role_assignment`"))
}

/// Without a service principal nothing is assigned to it; whose they would be that stands elsewhere is not known.
fn of_nobody(sight: &Sight<'_>) -> Assignments {
    if sight.principal_gone.is_some() {
        let none = || Item::Collected(Vec::new());
        return Assignments { at_key: none(), everywhere: none(), roles: Item::Collected(Vec::new()) };
    }
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
    reader: &Reader<'a>,
    assignment: &'a Instance,
) -> Result<Option<(RoleAssignment, roles::Given<'a>)>, Missing> {
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
    let given = roles::given(reader, assignment);
    let assigned = RoleAssignment {
        id: scope.child(&format!("providers/Microsoft.Authorization/roleAssignments/{name}")),
        role_definition_id: given.role.id.clone(),
        principal_id: principal_id(reader, assignment)?,
        scope,
        condition: reader.text(assignment, "condition")?.filter(|condition| !condition.is_empty()),
    };
    Ok(Some((assigned, given)))
}

fn principal_id<'a>(reader: &Reader<'a>, assignment: &'a Instance) -> Result<ObjectId, Missing> {
    let text = reader.need(assignment, "principal_id")?;
    text.parse().map_err(|_| not_shown(assignment, "principal_id", "it is no id"))
}

impl Found {
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
        let (reaches, subscription) = (key.is_within(&one.scope), one.scope.subscription());
        if !reaches && subscription != key.subscription() {
            return;
        }
        if !self.roles.iter().any(|other| other.id.name() == role.id.name()) {
            self.roles.push(role);
        }
        if reaches {
            self.at_key.push(one.clone());
        }
        self.everywhere.push(one);
    }

    /// The lists, whole where nothing else can be assigned to the service principal.
    fn closed(mut self, sight: &Sight<'_>, principal: &Principal<'_>) -> Assignments {
        if !sight.reader.planned.document.complete {
            self.leave_open(principal::incomplete(&principal.place()));
        }
        let [at_key, everywhere] = match principal.made {
            true => [None, None],
            false => self.laid_over(sight, principal),
        };
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
    fn laid_over(&mut self, sight: &Sight<'_>, principal: &Principal<'_>) -> [Option<Missing>; 2] {
        let managed = managed(&sight.reader);
        let replaced = sight.key.there().filter(|key| sight.reader.is_new(key));
        let replaced = replaced.and_then(|_| sight.key_id().ok());
        let live = [
            sight.under.role_assignments(principal.id),
            sight.under.subscription_role_assignments(principal.id),
        ];
        let lists = [&mut self.at_key, &mut self.everywhere];
        let mut open = [None, None];
        for ((live, list), open) in live.into_iter().zip(lists).zip(&mut open) {
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
                self.roles.extend(role_of(sight, one, &self.roles));
                list.push(one.clone());
            }
        }
        open
    }
}

/// The ids of the assignments that the plan manages: what live evidence shows of them is not what will be.
fn managed(reader: &Reader<'_>) -> Vec<Scope> {
    let ids = reader.planned.of_kind(KIND).flat_map(|one| {
        [Side::Before, Side::After].into_iter().filter_map(|side| one.text(side, "id")?.parse().ok())
    });
    ids.collect()
}

/// The role of a live assignment, where it is not among those that are known already.
fn role_of(sight: &Sight<'_>, one: &RoleAssignment, known: &[NamedRole]) -> Option<NamedRole> {
    let id = &one.role_definition_id;
    if known.iter().any(|role| role.id.name() == id.name()) {
        return None;
    }
    if let Some(planned) = roles::planned_with(&sight.reader, id) {
        return Some(planned);
    }
    let live = sight.under.vault_roles().unwrap_or_default();
    live.iter().find(|role| role.id.name() == id.name()).cloned()
}

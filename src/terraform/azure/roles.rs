//! The role that an assignment gives, in a plan: one of the plan's own, one of Azure's, or one that stands elsewhere.

use std::collections::BTreeSet;

use super::built_in::BuiltIn;
use super::other_hands;
use super::over::{Alike, Under, contradicted, contradiction};
use super::reader::{Reader, not_shown, texts};
use crate::contract::azure::DATA_ACTIONS;
use crate::evidence::azure::{NamedRole, Permission, RoleDefinition};
use crate::evidence::{Absent, Item, Missing};
use crate::rbac::Actions;
use crate::target::azure::Scope;
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, outside, place};

const KIND: &str = "azurerm_role_definition";
const BY_ID: &str = "role_definition_id";
const BY_NAME: &str = "role_definition_name";

/// The role that an assignment gives.
pub(super) struct Given<'a> {
    pub(super) role: NamedRole,
    /// Where the plan shows it.
    pub(super) instance: Option<&'a Instance>,
}

/// The role that an assignment gives.
pub(super) fn given<'a>(reader: &Reader<'a>, assignment: &'a Instance, under: &Under<'_>) -> Given<'a> {
    let by_name = match (attribute_is(reader, assignment, BY_ID), attribute_is(reader, assignment, BY_NAME)) {
        // Each is computed of the other.
        (Known::Yes, _) => false,
        (Known::After, Known::Yes) => !is_set(reader, assignment, BY_ID),
        (Known::After, _) => is_set(reader, assignment, BY_NAME) && !is_set(reader, assignment, BY_ID),
        (Known::No, known) => known != Known::No,
    };
    if by_name {
        return match reader.need(assignment, BY_NAME) {
            Ok(name) => named(reader, assignment, &name, under),
            Err(missing) => unknown(reader, assignment, missing),
        };
    }
    let id = reader.need(assignment, BY_ID);
    match id.and_then(|id| role_id(assignment, &id)) {
        Ok(id) => with_id(reader, assignment, id, under),
        Err(missing) => unknown(reader, assignment, missing),
    }
}

/// Whether an attribute is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Yes,
    No,
    After,
}

fn attribute_is(reader: &Reader<'_>, instance: &Instance, attribute: &str) -> Known {
    match instance.attribute(reader.side, attribute) {
        None | Some(Attribute::Null) => Known::No,
        Some(Attribute::Unknown) => Known::After,
        Some(_) => Known::Yes,
    }
}

fn is_set(reader: &Reader<'_>, instance: &Instance, attribute: &str) -> bool {
    reader.planned.is_set(instance, attribute) == Some(true)
}

/// The id of a role, as role assignments take it: a resource id that ends in the role's GUID. azurerm's resource has that
/// in `role_definition_resource_id`; its `id` has the scope behind it, and its `role_definition_id` is the GUID alone.
fn role_id(assignment: &Instance, text: &str) -> Result<Scope, Missing> {
    let of_role = text
        .parse::<Scope>()
        .ok()
        .filter(|id| !text.contains('|') && id.as_str().to_ascii_lowercase().contains("/roledefinitions/"));
    of_role.ok_or_else(|| {
        let why = format!("`{text}` is no role's id: use the role's `role_definition_resource_id`");
        not_shown(assignment, BY_ID, &why)
    })
}

fn with_id<'a>(reader: &Reader<'a>, assignment: &Instance, id: Scope, under: &Under<'_>) -> Given<'a> {
    if let Some(planned) = planned_with(reader, &id, under) {
        return planned;
    }
    let live = under.vault_roles().unwrap_or_default().iter().find(|role| role.id.name() == id.name());
    let definition = match (live, BuiltIn::with_id(id.name())) {
        (Some(NamedRole { definition: live @ Item::Collected(_), .. }), _) => live.clone(),
        (_, Some(role)) => Item::Collected(role.definition()),
        (Some(live), None) => live.definition.clone(),
        (None, None) => {
            Item::Missing(outside(&place(assignment, BY_ID), &format!("the role `{}`", id.name())))
        }
    };
    Given { role: NamedRole { id, definition }, instance: None }
}

/// A role that the plan changes, destroys or shows, of this id.
pub(super) fn planned_with<'a>(reader: &Reader<'a>, id: &Scope, under: &Under<'_>) -> Option<Given<'a>> {
    if let Some(given) = changed_otherwise(reader, id) {
        return Some(given);
    }
    let (instance, definition) = match definition_with(reader, id.name()) {
        Some(instance) => (instance, not_contradicted(reader, instance, id, under)),
        None => {
            let destroyed = destroyed(reader, id)?;
            (destroyed, Item::Absent(Absent { call: destroyed.address.to_string() }))
        }
    };
    Some(Given { role: NamedRole { id: id.clone(), definition }, instance: Some(instance) })
}

/// The type of a role to Azure's own interface.
const TYPE: &str = "Microsoft.Authorization/roleDefinitions";

/// A role of this id that a resource of the provider for Azure's own interface changes, or may.
fn changed_otherwise<'a>(reader: &Reader<'a>, id: &Scope) -> Option<Given<'a>> {
    let is_it = |other: &Scope| {
        let of_role = other.as_str().to_ascii_lowercase().contains("/roledefinitions/");
        of_role && other.name().eq_ignore_ascii_case(id.name())
    };
    let other = other_hands::changes(reader, TYPE, is_it)?;
    let destroyed = !other.is_there(reader.side) && definition_with(reader, id.name()).is_none();
    let definition = match destroyed {
        true => Item::Absent(Absent { call: other.address.to_string() }),
        false => Item::Missing(other_hands::not_read(other, "the role", KIND)),
    };
    Some(Given { role: NamedRole { id: id.clone(), definition }, instance: Some(other) })
}

/// A role of the plan, where newer live evidence does not show another one.
fn not_contradicted<'a>(
    reader: &Reader<'a>,
    instance: &'a Instance,
    id: &Scope,
    under: &Under<'_>,
) -> Item<RoleDefinition> {
    let shown = defined(reader, instance);
    let live = under.vault_roles().unwrap_or_default().iter().find(|role| role.id.name() == id.name());
    let live = live.filter(|_| under.is_newer() && !reader.is_new(instance)).map(|role| &role.definition);
    let attribute = match (live, &shown) {
        (Some(Item::Absent(_)), Item::Collected(_) | Item::Partial { .. }) => Some(""),
        (Some(Item::Collected(live)), Item::Collected(shown)) => {
            let found = defined(&Reader::of(reader.planned, Side::Refreshed, reader.given), instance);
            found.collected().and_then(|found| contradiction(ATTRIBUTES, live, found, shown))
        }
        _ => None,
    };
    match attribute {
        Some(attribute) => Item::Missing(contradicted(instance, attribute)),
        None => shown,
    }
}

/// What decides about calls, attribute by attribute, and whether two roles are alike in it.
const ATTRIBUTES: &[Alike<RoleDefinition>] = &[
    ("permissions", |one, other| allowed(one) == allowed(other)),
    ("assignable_scopes", |one, other| {
        one.assignable_scopes.iter().collect::<BTreeSet<_>>()
            == other.assignable_scopes.iter().collect::<BTreeSet<_>>()
    }),
];

/// What a role allows, in one way of writing: neither order nor case makes a difference (RBAC role-definitions).
fn allowed(role: &RoleDefinition) -> BTreeSet<(Vec<BTreeSet<String>>, Option<String>)> {
    let set = |actions: &Vec<String>| actions.iter().map(|action| action.to_ascii_lowercase()).collect();
    let written = |permission: &Permission| {
        let Permission { actions, not_actions, data_actions, not_data_actions, condition } = permission;
        let lists = [actions, not_actions, data_actions, not_data_actions].into_iter().map(set);
        (lists.collect(), condition.clone())
    };
    role.permissions.iter().map(written).collect()
}

/// The plan's role that had this id and does not have it any longer.
fn destroyed<'a>(reader: &Reader<'a>, id: &Scope) -> Option<&'a Instance> {
    let was = |one: &&Instance| {
        let before = one.text(Side::Refreshed, BY_ID).map(|id| id.rsplit('/').next().unwrap_or(id));
        let gone = !one.is_there(reader.side) || reader.is_new(one);
        gone && before.is_some_and(|before| before.eq_ignore_ascii_case(id.name()))
    };
    reader.planned.of_kind(KIND).find(was)
}

/// The plan's roles that had one of OpenAI's data actions and lose it, or may, or that it destroys: each may be assigned to
/// OpenAI's service principal where the plan does not show it.
pub(super) fn cut<'a>(reader: &Reader<'a>) -> Vec<&'a Instance> {
    let held = |one: &'a Instance, side: Side| -> BTreeSet<&'static str> {
        let permissions =
            permissions(&Reader::of(reader.planned, side, reader.given), one).unwrap_or_default();
        let holds = |action: &&str| {
            // What holds under a condition only may not hold.
            let sure = |permission: &&Permission| side == Side::Before || permission.condition.is_none();
            let counted = permissions.iter().filter(sure);
            counted
                .map(|permission| Actions::new(&permission.data_actions, &permission.not_data_actions))
                .any(|actions| actions.hold(action))
        };
        DATA_ACTIONS.into_iter().filter(holds).collect()
    };
    let loses = |one: &&'a Instance| {
        let stays = one.is_there(Side::After) && !one.is_new(Side::After);
        let (before, after) = (held(one, Side::Before), held(one, Side::After));
        !before.is_empty() && (!stays || !before.is_subset(&after))
    };
    let there = reader.planned.of_kind(KIND).filter(|one| one.is_there(Side::Before));
    there.filter(loses).chain(other_hands::all_changing(reader.planned, TYPE)).collect()
}

/// The role of a name. A custom role's is one in all of the tenant (RBAC custom-roles), and none has one of Azure's own.
fn named<'a>(reader: &Reader<'a>, assignment: &'a Instance, name: &str, under: &Under<'_>) -> Given<'a> {
    let has_name = |one: &&Instance| {
        reader.aside().need(one, "name").is_ok_and(|other| other.eq_ignore_ascii_case(name))
    };
    if let Some(instance) = reader.there_or_read(KIND).find(has_name) {
        let id =
            resource_id(reader, instance).unwrap_or_else(|_| stand_in(reader, &instance.address.to_string()));
        if let Some(given) = changed_otherwise(reader, &id) {
            return given;
        }
        let definition = not_contradicted(reader, instance, &id, under);
        return Given { role: NamedRole { id, definition }, instance: Some(instance) };
    }
    let is_it = |role: &&NamedRole| {
        role.definition.collected().is_some_and(|role| role.name.eq_ignore_ascii_case(name))
    };
    let live = under.vault_roles().unwrap_or_default().iter().find(is_it);
    if let Some(given) = live.and_then(|live| changed_otherwise(reader, &live.id)) {
        return given;
    }
    let is_planned =
        |id: &Scope| definition_with(reader, id.name()).or_else(|| destroyed(reader, id)).is_some();
    if let Some(live) = live.filter(|live| !is_planned(&live.id)) {
        return Given { role: live.clone(), instance: None };
    }
    if let Some(role) = BuiltIn::named(name) {
        let id = format!("/providers/Microsoft.Authorization/roleDefinitions/{}", role.id);
        if let Ok(id) = id.parse() {
            return Given {
                role: NamedRole { id, definition: Item::Collected(role.definition()) },
                instance: None,
            };
        }
    }
    unknown(reader, assignment, outside(&place(assignment, BY_NAME), &format!("the role `{name}`")))
}

/// A role of which nothing is known.
fn unknown<'a>(reader: &Reader<'a>, assignment: &Instance, missing: Missing) -> Given<'a> {
    let id = stand_in(reader, &place(assignment, BY_ID));
    Given { role: NamedRole { id, definition: Item::Missing(missing) }, instance: None }
}

/// An id that no role has.
fn stand_in(reader: &Reader<'_>, stands_for: &str) -> Scope {
    let guid = reader.planned.symbols.guid(stands_for);
    // The text has the form of a resource id.
    let id = format!("/providers/Microsoft.Authorization/roleDefinitions/{guid}").parse();
    id.unwrap_or(Scope::ROOT)
}

/// The plan's role of this GUID: the resource before a data source.
fn definition_with<'a>(reader: &Reader<'a>, guid: &str) -> Option<&'a Instance> {
    reader
        .there_or_read(KIND)
        .find(|one| resource_id(&reader.aside(), one).is_ok_and(|id| id.name().eq_ignore_ascii_case(guid)))
}

/// The resource id of the plan's own role, or of one that a data source shows.
fn resource_id<'a>(reader: &Reader<'a>, role: &'a Instance) -> Result<Scope, Missing> {
    let guid = reader.need(role, BY_ID);
    let text = match guid {
        Ok(guid) if !guid.is_empty() => {
            format!(
                "/providers/Microsoft.Authorization/roleDefinitions/{}",
                guid.rsplit('/').next().unwrap_or_default()
            )
        }
        _ => reader.need(role, "id")?,
    };
    text.parse().map_err(|_| not_shown(role, "id", &format!("`{text}` is no role's id")))
}

/// What a role of the plan is. Part of it where only its scopes are not known.
fn defined<'a>(reader: &Reader<'a>, role: &'a Instance) -> Item<RoleDefinition> {
    let read = || -> Result<RoleDefinition, Missing> {
        Ok(RoleDefinition {
            name: reader.need(role, "name")?,
            kind: match role.kind.data {
                false => "CustomRole".into(),
                true => reader.need(role, "type").unwrap_or_else(|_| "CustomRole".into()),
            },
            assignable_scopes: Vec::new(),
            permissions: permissions(reader, role)?,
        })
    };
    let mut known = match read() {
        Ok(known) => known,
        Err(missing) => return Item::Missing(missing),
    };
    match assignable_scopes(reader, role) {
        Ok(scopes) => {
            known.assignable_scopes = scopes;
            Item::Collected(known)
        }
        Err(missing) => Item::Partial { known, missing },
    }
}

/// Where a role can be assigned. Where nothing is set that is the scope that it is made at (azurerm documentation,
/// `azurerm_role_definition`: "The value for `scope` is automatically included in this list if no other values supplied").
fn assignable_scopes<'a>(reader: &Reader<'a>, role: &'a Instance) -> Result<Vec<Scope>, Missing> {
    const SCOPES: &str = "assignable_scopes";
    let value = role.attribute(reader.side, SCOPES);
    let unset = reader.is_new(role) && !reader.is_set(role, SCOPES);
    match value {
        Some(Attribute::Null | Attribute::Unknown) if unset => Ok(vec![reader.scope(role, "scope")?]),
        Some(Attribute::List(values)) if values.is_empty() && unset => Ok(vec![reader.scope(role, "scope")?]),
        Some(value) if value.is_known() => {
            let scopes = texts(value).unwrap_or_default();
            let scopes: Option<Vec<Scope>> = scopes.iter().map(|scope| scope.parse().ok()).collect();
            scopes.ok_or_else(|| not_shown(role, SCOPES, "one of them is no resource id"))
        }
        Some(Attribute::List(values)) => {
            let mut scopes: Vec<Scope> =
                values.iter().filter_map(|value| value.text()?.parse().ok()).collect();
            if values.len() != scopes.len() + 1 {
                return Err(reader.after_apply(role, SCOPES));
            }
            scopes.push(referred_scope(reader, role, SCOPES)?);
            Ok(scopes)
        }
        Some(_) => Ok(vec![referred_scope(reader, role, SCOPES)?]),
        None => Err(reader.after_apply(role, SCOPES)),
    }
}

/// Whether a role can be assigned at a scope: Azure's own everywhere, a custom one at its assignable scopes and below them
/// (RBAC role-definitions, AssignableScopes). What is in a management group ids don't tell.
pub(super) fn is_assignable(role: &RoleDefinition, at: &Scope) -> bool {
    let custom = role.kind.eq_ignore_ascii_case("CustomRole");
    let reaches = |scope: &Scope| scope.is_management_group() || at.is_within(scope);
    !custom || at.is_management_group() || role.assignable_scopes.iter().any(reaches)
}

/// The one scope that a list refers to.
fn referred_scope<'a>(reader: &Reader<'a>, role: &'a Instance, attribute: &str) -> Result<Scope, Missing> {
    let Ok((other, of)) = reader.planned.referred(role, attribute) else {
        return Err(reader.after_apply(role, attribute));
    };
    let scope = reader.scope(other, &of)?;
    reader.join(role, attribute);
    Ok(scope)
}

fn permissions(reader: &Reader<'_>, role: &Instance) -> Result<Vec<Permission>, Missing> {
    const PERMISSIONS: &str = "permissions";
    let blocks = match role.attribute(reader.side, PERMISSIONS) {
        Some(Attribute::Null) => return Ok(Vec::new()),
        Some(Attribute::List(blocks)) => blocks,
        _ => return Err(reader.after_apply(role, PERMISSIONS)),
    };
    let actions = |block: &Attribute, name: &str| {
        let block = block.object().ok_or_else(|| reader.after_apply(role, PERMISSIONS))?;
        let Some(value) = block.get(name) else { return Ok(Vec::new()) };
        texts(value).ok_or_else(|| match value.is_known() {
            true => not_shown(role, PERMISSIONS, &format!("its `{name}` are no list of texts")),
            false => reader.after_apply(role, PERMISSIONS),
        })
    };
    let permission = |block| {
        Ok(Permission {
            actions: actions(block, "actions")?,
            not_actions: actions(block, "not_actions")?,
            data_actions: actions(block, "data_actions")?,
            not_data_actions: actions(block, "not_data_actions")?,
            condition: match block.object().and_then(|block| block.get("condition")) {
                None | Some(Attribute::Null) => None,
                Some(Attribute::Text(text)) if text.is_empty() => None,
                Some(Attribute::Text(text)) => Some(text.clone()),
                Some(_) => return Err(reader.after_apply(role, PERMISSIONS)),
            },
        })
    };
    blocks.iter().map(permission).collect()
}

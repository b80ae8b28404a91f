//! What is to be said of the roles that reach the key, whether the vault heeds them or not.

use super::roles::{Assigned, Listed, Roles};
use super::{RoleFacts, principal::because};
use crate::contract::azure::DATA_ACTIONS;
use crate::evidence::azure::{Permission, RoleDefinition};
use crate::facts::{Fact, UnknownBecause};
use crate::rbac::{Actions, Plane, beyond};
use crate::target::azure::Scope;

const DEFINITIONS: &str = "azure.role_definitions";

impl RoleFacts {
    pub(super) fn of(roles: &Roles<'_>) -> Self {
        let (Listed { known: assigned, open }, key) = match (roles.at_key(), &roles.key) {
            (Ok(listed), Ok(key)) => (listed, key),
            (Err(because), _) => return Self::unknown(&because),
            (_, Err(because)) => return Self::unknown(because),
        };
        let read: Vec<&RoleDefinition> =
            assigned.iter().filter_map(|one| one.role.as_ref().ok().copied().flatten()).collect();
        let unread: Vec<UnknownBecause> = assigned
            .iter()
            .filter_map(|one| one.role.as_ref().err())
            .flatten()
            .chain(&open)
            .cloned()
            .collect();
        let any = |of: &dyn Fn(&Permission) -> bool| read.iter().flat_map(|role| &role.permissions).any(of);

        let lacking: Vec<&str> = DATA_ACTIONS
            .into_iter()
            .filter(|action| !any(&|permission| data(permission).hold(action)))
            .collect();
        // What no role that was read has may be in one that was not.
        let of_lacking = |also: &dyn Fn(&str) -> bool| match (lacking.is_empty(), unread.is_empty()) {
            (false, false) => Fact::Unknown(unread.clone()),
            _ => Fact::Known(
                lacking.iter().filter(|action| also(action)).map(|action| (*action).to_owned()).collect(),
            ),
        };
        let (above, open_above) = above(&assigned, key);
        let (foreign, open_foreign) = not_assignable(&assigned, key);
        let with_others = |found: Vec<UnknownBecause>| [found, open.clone()].concat();
        let (additional, undecided) = additional(&read);
        Self {
            assigned: match assigned.is_empty() && !open.is_empty() {
                true => Fact::Unknown(open.clone()),
                false => Fact::Known(!assigned.is_empty()),
            },
            names: Fact::of_members(assigned.iter().map(|one| one.name().to_owned()).collect(), open.clone()),
            missing_data_actions: of_lacking(&|_| true),
            misplaced_data_actions: of_lacking(&|action| any(&|permission| control(permission).hold(action))),
            excluded_data_actions: of_lacking(&|action| any(&|permission| data(permission).name(action))),
            additional_data_actions: Fact::of_members(additional, [unread.clone(), undecided].concat()),
            scopes_above_key: Fact::of_members(above, with_others(open_above)),
            not_assignable_here: Fact::of_members(foreign, with_others(open_foreign)),
            conditional: Fact::of_members(
                assigned.iter().filter(|one| is_conditional(one)).map(|one| one.name().to_owned()).collect(),
                unread,
            ),
        }
    }

    pub(super) fn unknown(because: &[UnknownBecause]) -> Self {
        let names = || Fact::Unknown(because.to_vec());
        Self {
            assigned: Fact::Unknown(because.to_vec()),
            names: names(),
            missing_data_actions: names(),
            misplaced_data_actions: names(),
            excluded_data_actions: names(),
            additional_data_actions: names(),
            scopes_above_key: names(),
            not_assignable_here: names(),
            conditional: names(),
        }
    }
}

fn data(permission: &Permission) -> Actions {
    Actions::new(&permission.data_actions, &permission.not_data_actions)
}

fn control(permission: &Permission) -> Actions {
    Actions::new(&permission.actions, &permission.not_actions)
}

/// Whether a role has one of OpenAI's data actions; unknown for one that could not be read.
fn serves(one: &Assigned<'_>) -> Fact<bool> {
    match &one.role {
        Ok(role) => {
            let mut permissions = role.iter().flat_map(|role| &role.permissions);
            Fact::Known(permissions.any(|permission| {
                let data = data(permission);
                DATA_ACTIONS.iter().any(|action| data.hold(action))
            }))
        }
        Err(because) => Fact::Unknown(because.clone()),
    }
}

fn is_conditional(one: &Assigned<'_>) -> bool {
    let role = one.role.as_ref().ok().copied().flatten();
    one.assignment.condition.is_some()
        || role.is_some_and(|role| role.permissions.iter().any(|permission| permission.condition.is_some()))
}

/// Scopes above the key at which a role with one of OpenAI's data actions is assigned.
fn above(assigned: &[Assigned<'_>], key: &Scope) -> (Vec<String>, Vec<UnknownBecause>) {
    let (mut known, mut open) = (Vec::new(), Vec::new());
    for one in assigned.iter().filter(|one| one.assignment.scope != *key) {
        match serves(one) {
            Fact::Known(true) => known.push(one.assignment.scope.to_string()),
            Fact::Known(false) => {}
            Fact::Unknown(because) => open.extend(because),
        }
    }
    (known, open)
}

/// Roles with one of OpenAI's data actions that can't be assigned where the vault is: they were moved away from under an
/// assignment, or are about to be.
fn not_assignable(assigned: &[Assigned<'_>], key: &Scope) -> (Vec<String>, Vec<UnknownBecause>) {
    let (mut known, mut open) = (Vec::new(), Vec::new());
    for one in assigned {
        match (serves(one), &one.role) {
            (Fact::Known(true), Ok(Some(role))) => {
                let scopes = &role.assignable_scopes;
                if scopes.iter().any(|scope| key.is_within(scope)) {
                    continue;
                }
                if !one.scopes_open.is_empty() {
                    open.extend(one.scopes_open.iter().cloned());
                    continue;
                }
                // Which subscriptions a management group holds, its id does not tell.
                match scopes.iter().find(|scope| scope.is_management_group()) {
                    Some(group) => {
                        open.push(because(DEFINITIONS, &format!("what is in `{group}` is not known")))
                    }
                    None => known.push(role.name.clone()),
                }
            }
            (Fact::Unknown(because), _) => open.extend(because),
            _ => {}
        }
    }
    (known, open)
}

/// Data actions beyond the three.
fn additional(roles: &[&RoleDefinition]) -> (Vec<String>, Vec<UnknownBecause>) {
    let (mut known, mut open) = (Vec::new(), Vec::new());
    for permission in roles.iter().flat_map(|role| &role.permissions) {
        match beyond(&data(permission), Plane::Data { needed: &DATA_ACTIONS }, &[]) {
            Ok(None) => {}
            Ok(Some(found)) => known.extend(found.members),
            Err(undecidable) => open.push(because(DEFINITIONS, &undecidable.to_string())),
        }
    }
    (known, open)
}

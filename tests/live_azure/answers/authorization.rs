//! Role assignments, role definitions and deny assignments.

use serde_json::{Value, json};

use super::access::{Asker, asked, ok};
use super::{Answered, errors, resources};
use crate::callers::Right;
use crate::http::{Answer, Request};
use crate::tenant::{
    Azure, Casing, DenyAssignment, Permission, Principal, RoleAssignment, RoleDefinition, Scope, Tenant,
};

/// Conditions are in no version before this one (RBAC `role-assignments-list-rest`).
const VERSIONS: [&str; 1] = ["2022-04-01"];
/// How many parts of a path come behind the scope: `providers/Microsoft.Authorization/roleAssignments`.
const BEHIND_THE_SCOPE: usize = 3;
const PROVIDER: &str = "providers/Microsoft.Authorization";

/// Which entries of a list are asked for.
#[derive(Default)]
struct Filter {
    /// `atScope()`: at the scope and above it, and not below.
    not_below: bool,
    /// `principalId eq '…'`.
    principal: Option<String>,
    /// `assignedTo('…')`: the principal, or a group that it is in, directly or through others.
    assigned_to: Option<String>,
}

/// The role assignments at a scope, above it and below it.
pub(super) fn role_assignments(azure: &Azure, request: &Request) -> Answered {
    let asker = asked(azure, request, &VERSIONS)?;
    let scope = scope_of(request, BEHIND_THE_SCOPE);
    asker.subscription_of(&scope)?;
    asker.must(Right::RoleAssignments, &scope)?;
    let filter = Filter::of(request)?;
    let assignments = asker.tenant.role_assignments.iter().filter(|assignment| {
        let is = |id: &String| assignment.principal.eq_ignore_ascii_case(id);
        let groups = |id: &String| asker.tenant.groups_of(id).iter().any(|group| is(&group.id));
        filter.has(asker.tenant, &scope, &assignment.scope)
            && filter.principal.as_ref().is_none_or(is)
            && filter.assigned_to.as_ref().is_none_or(|id| is(id) || groups(id))
    });
    let described = assignments.map(|assignment| of_role(assignment, &scope, azure.behaviour.casing));
    ok(&resources::list(azure, request, described.collect())?)
}

/// The deny assignments at a scope, above it and below it.
pub(super) fn deny_assignments(azure: &Azure, request: &Request) -> Answered {
    let asker = asked(azure, request, &VERSIONS)?;
    let scope = scope_of(request, BEHIND_THE_SCOPE);
    asker.subscription_of(&scope)?;
    asker.must(Right::DenyAssignments, &scope)?;
    let filter = Filter::of(request)?;
    let assignments = asker.tenant.deny_assignments.iter().filter(|assignment| {
        let names = |id: &String| assignment.principals.iter().any(|named| named.id.eq_ignore_ascii_case(id));
        filter.has(asker.tenant, &scope, &assignment.scope)
            && filter.principal.as_ref().or(filter.assigned_to.as_ref()).is_none_or(names)
    });
    let described = assignments.map(|assignment| of_denial(assignment, azure.behaviour.casing));
    ok(&resources::list(azure, request, described.collect())?)
}

/// A role definition, by an id that has a subscription in front or none.
pub(super) fn role_definition(azure: &Azure, request: &Request) -> Answered {
    let asker = asked(azure, request, &VERSIONS)?;
    let scope = scope_of(request, BEHIND_THE_SCOPE + 1);
    asker.subscription_of(&scope)?;
    asker.must(Right::RoleDefinitions, &scope)?;
    let id = request.segments().pop().unwrap_or_default();
    let definition = known(&asker, &id).ok_or_else(|| {
        let message = format!("The specified role definition with ID '{id}' does not exist.");
        errors::resource_manager(404, "RoleDefinitionDoesNotExist", &message)
    })?;
    ok(&of_definition(&definition, &scope, azure.behaviour.casing))
}

fn known(asker: &Asker, id: &str) -> Option<RoleDefinition> {
    let mut definitions = RoleDefinition::all_built_in();
    definitions.extend(asker.tenant.role_definitions.iter().cloned());
    definitions.into_iter().find(|definition| definition.id.eq_ignore_ascii_case(id))
}

/// The scope in front of what a path asks for.
fn scope_of(request: &Request, behind: usize) -> Scope {
    let segments = request.segments();
    Scope::at(&segments[..segments.len() - behind].join("/"))
}

impl Filter {
    fn of(request: &Request) -> Result<Self, Answer> {
        let text = request.parameter("$filter").unwrap_or_default();
        let mut filter = Self::default();
        for condition in text.split(" and ").map(str::trim).filter(|condition| !condition.is_empty()) {
            let quoted = |before: &str, behind: &str| {
                condition.strip_prefix(before)?.strip_suffix(behind).map(str::to_owned)
            };
            if condition == "atScope()" {
                filter.not_below = true;
            } else if let Some(id) = quoted("assignedTo('", "')") {
                filter.assigned_to = Some(id);
            } else if let Some(id) = quoted("principalId eq '", "'") {
                filter.principal = Some(id);
            } else {
                let message = format!(
                    "The filter '{text}' is not supported. Supported filters are either 'atScope()' or 'principalId eq \
                     '{{value}}' or assignedTo('{{value}}')'."
                );
                return Err(errors::resource_manager(400, "UnsupportedQuery", &message));
            }
        }
        Ok(filter)
    }

    /// Whether something at a scope is among what is asked for about another.
    fn has(&self, tenant: &Tenant, asked_about: &Scope, at: &Scope) -> bool {
        tenant.reaches(at, asked_about) || (!self.not_below && tenant.reaches(asked_about, at))
    }
}

/// A role's id. Azure writes the subscription in front that was asked about, or none.
fn role_definition_id(id: &str, asked_about: &Scope, names_the_subscription: bool) -> String {
    match asked_about.subscription_id().filter(|_| names_the_subscription) {
        Some(subscription) => format!("/subscriptions/{subscription}/{PROVIDER}/roleDefinitions/{id}"),
        None => format!("/{PROVIDER}/roleDefinitions/{id}"),
    }
}

fn of_role(assignment: &RoleAssignment, asked_about: &Scope, casing: Casing) -> Value {
    let role =
        role_definition_id(&assignment.role_definition, asked_about, assignment.names_the_subscription);
    let (condition, version) = assignment.condition.clone().unzip();
    let id = below(&assignment.scope, &format!("{PROVIDER}/roleAssignments/{}", assignment.name));
    json!({
        "properties": {
            "roleDefinitionId": casing.write(&role),
            "principalId": casing.write(&assignment.principal),
            "principalType": assignment.principal_type,
            "scope": casing.write(assignment.scope.as_str()),
            "condition": condition,
            "conditionVersion": version,
            "createdOn": "2026-05-04T09:30:00.0000000Z",
            "updatedOn": "2026-05-04T09:30:00.0000000Z",
            "createdBy": "",
            "updatedBy": "",
            "delegatedManagedIdentityResourceId": null,
            "description": null,
        },
        "id": casing.write(&id),
        "type": "Microsoft.Authorization/roleAssignments",
        "name": assignment.name,
    })
}

fn of_denial(assignment: &DenyAssignment, casing: Casing) -> Value {
    let (condition, version) = assignment.condition.clone().unzip();
    let id = below(&assignment.scope, &format!("{PROVIDER}/denyAssignments/{}", assignment.id));
    json!({
        "properties": {
            "denyAssignmentName": assignment.name,
            "description": "",
            "permissions": assignment.permissions.iter().map(of_permission).collect::<Vec<_>>(),
            "scope": casing.write(assignment.scope.as_str()),
            "doNotApplyToChildScopes": assignment.not_for_child_scopes,
            "principals": principals(&assignment.principals, casing),
            "excludePrincipals": principals(&assignment.exclude_principals, casing),
            "isSystemProtected": assignment.system_protected,
            "condition": condition,
            "conditionVersion": version,
        },
        "id": casing.write(&id),
        "type": "Microsoft.Authorization/denyAssignments",
        "name": assignment.id,
    })
}

fn of_definition(definition: &RoleDefinition, asked_about: &Scope, casing: Casing) -> Value {
    let scopes = definition.assignable_scopes.iter().map(|scope| casing.write(scope.as_str()));
    json!({
        "properties": {
            "roleName": definition.name,
            "type": if definition.custom { "CustomRole" } else { "BuiltInRole" },
            "description": definition.description,
            "assignableScopes": scopes.collect::<Vec<_>>(),
            "permissions": definition.permissions.iter().map(of_permission).collect::<Vec<_>>(),
        },
        "id": casing.write(&role_definition_id(&definition.id, asked_about, true)),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": definition.id,
    })
}

fn of_permission(permission: &Permission) -> Value {
    json!({
        "actions": permission.actions,
        "notActions": permission.not_actions,
        "dataActions": permission.data_actions,
        "notDataActions": permission.not_data_actions,
    })
}

fn principals(principals: &[Principal], casing: Casing) -> Value {
    principals
        .iter()
        .map(|principal| json!({"id": casing.write(&principal.id), "type": principal.kind}))
        .collect()
}

/// The id of something that is attached to a scope.
fn below(scope: &Scope, path: &str) -> String {
    format!("{}/{path}", scope.as_str().trim_end_matches('/'))
}

//! Assignments and roles, in the shapes of Azure Resource Manager (Authorization REST API, role assignments, role
//! definitions, deny assignments, 2022-04-01).

use serde::{Deserialize, Deserializer};

use crate::evidence::azure::{DenyAssignment, DenyPrincipal, Permission, RoleAssignment, RoleDefinition};
use crate::target::azure::{ObjectId, Scope};

/// A role assignment.
#[derive(Debug, Deserialize)]
pub(super) struct Assignment {
    id: Scope,
    properties: AssignmentProperties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignmentProperties {
    role_definition_id: Scope,
    principal_id: ObjectId,
    scope: Scope,
    condition: Option<String>,
}

/// A role definition.
#[derive(Debug, Deserialize)]
pub(super) struct Definition {
    id: Scope,
    properties: DefinitionProperties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DefinitionProperties {
    role_name: String,
    #[serde(rename = "type")]
    kind: String,
    assignable_scopes: Vec<Scope>,
    permissions: Vec<Permissions>,
}

/// What a role allows, or a deny assignment refuses. All four lists are always shown, empty or not: one that is left out
/// may be the one that takes something away.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Permissions {
    #[serde(deserialize_with = "null_is_empty")]
    actions: Vec<String>,
    #[serde(deserialize_with = "null_is_empty")]
    not_actions: Vec<String>,
    #[serde(deserialize_with = "null_is_empty")]
    data_actions: Vec<String>,
    #[serde(deserialize_with = "null_is_empty")]
    not_data_actions: Vec<String>,
    condition: Option<String>,
}

/// A deny assignment.
#[derive(Debug, Deserialize)]
pub(super) struct Denial {
    id: Scope,
    properties: DenialProperties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DenialProperties {
    deny_assignment_name: Option<String>,
    scope: Scope,
    do_not_apply_to_child_scopes: Option<bool>,
    principals: Vec<Principal>,
    exclude_principals: Option<Vec<Principal>>,
    permissions: Vec<Permissions>,
    condition: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Principal {
    id: ObjectId,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Assignment {
    pub(super) fn evidence(self) -> RoleAssignment {
        let AssignmentProperties { role_definition_id, principal_id, scope, condition } = self.properties;
        RoleAssignment { id: self.id, role_definition_id, principal_id, scope, condition: said(condition) }
    }
}

impl Definition {
    /// As evidence. The id may have a subscription in front that was not asked for.
    ///
    /// # Errors
    /// That it is another role, in a sentence.
    pub(super) fn evidence(self, asked: &Scope) -> Result<RoleDefinition, String> {
        if self.id.name() != asked.name() {
            return Err("the answer is about another role".into());
        }
        let DefinitionProperties { role_name, kind, assignable_scopes, permissions } = self.properties;
        let permissions = permissions.into_iter().map(Permissions::evidence).collect();
        Ok(RoleDefinition { name: role_name, kind, assignable_scopes, permissions })
    }
}

impl Denial {
    /// As evidence.
    ///
    /// # Errors
    /// What is missing or odd, in a sentence.
    pub(super) fn evidence(self) -> Result<DenyAssignment, String> {
        let properties = self.properties;
        let principals = |shown: Vec<Principal>| shown.into_iter().map(Principal::evidence).collect();
        if properties.principals.is_empty() {
            return Err("a deny assignment is shown without whom it is about".into());
        }
        Ok(DenyAssignment {
            id: self.id,
            name: properties.deny_assignment_name.unwrap_or_default(),
            scope: properties.scope,
            // Left out, it reaches what is below.
            not_below: properties.do_not_apply_to_child_scopes.unwrap_or_default(),
            principals: principals(properties.principals),
            exclude_principals: principals(properties.exclude_principals.unwrap_or_default()),
            permissions: properties.permissions.into_iter().map(Permissions::evidence).collect(),
            condition: said(properties.condition),
        })
    }
}

impl Permissions {
    fn evidence(self) -> Permission {
        Permission {
            actions: self.actions,
            not_actions: self.not_actions,
            data_actions: self.data_actions,
            not_data_actions: self.not_data_actions,
            condition: said(self.condition),
        }
    }
}

impl Principal {
    fn evidence(self) -> DenyPrincipal {
        DenyPrincipal { id: self.id, kind: self.kind }
    }
}

fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// An empty condition is none.
fn said(condition: Option<String>) -> Option<String> {
    condition.filter(|condition| !condition.trim().is_empty())
}

#[cfg(test)]
mod tests;

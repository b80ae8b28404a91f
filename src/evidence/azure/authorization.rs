//! Who may do what: role assignments, the roles, and deny assignments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Item;
use crate::target::azure::{ObjectId, Scope};

/// A role given to a principal at a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleAssignment {
    /// Its own id.
    pub id: Scope,
    /// The role: the id ends in the role's GUID.
    pub role_definition_id: Scope,
    /// The service principal, or a group that it is in.
    pub principal_id: ObjectId,
    /// Where it is assigned: the key, or something above it.
    pub scope: Scope,
    /// The condition under which it holds, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// A role by its id, with its definition where that could be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedRole {
    /// The id, as a role assignment has it.
    pub id: Scope,
    /// What the role is.
    pub definition: Item<RoleDefinition>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleDefinition {
    /// Its name.
    pub name: String,
    /// `CustomRole` or `BuiltInRole`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it can be assigned.
    pub assignable_scopes: Vec<Scope>,
    /// What it allows.
    pub permissions: Vec<Permission>,
}

/// What a role allows, or a deny assignment refuses: actions without those behind `not_…`. `*` stands for anything,
/// slashes included, and case makes no difference (RBAC role-definitions).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// On the control plane.
    pub actions: Vec<String>,
    /// On the control plane, taken away again.
    pub not_actions: Vec<String>,
    /// On the data plane.
    pub data_actions: Vec<String>,
    /// On the data plane, taken away again.
    pub not_data_actions: Vec<String>,
    /// The condition under which it holds, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Something refused to principals at a scope, whatever roles they have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DenyAssignment {
    /// Its own id.
    pub id: Scope,
    /// Its name.
    pub name: String,
    /// Where it holds.
    pub scope: Scope,
    /// `doNotApplyToChildScopes`: it holds at exactly that scope and not below.
    pub not_below: bool,
    /// Whom it refuses.
    pub principals: Vec<DenyPrincipal>,
    /// Whom it spares.
    pub exclude_principals: Vec<DenyPrincipal>,
    /// What it refuses.
    pub permissions: Vec<Permission>,
    /// The condition under which it holds, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// A principal of a deny assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DenyPrincipal {
    /// Its object id; all zeros for everybody.
    pub id: ObjectId,
    /// `User`, `Group`, `ServicePrincipal` or `SystemDefined`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

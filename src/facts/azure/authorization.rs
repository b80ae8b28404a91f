//! Whether OpenAI's service principal may make a call: by its roles, or by the vault's access policies.

use super::key::listed;
use super::layer::{Layer, Said};
use super::principal::because;
use super::roles::{Assigned, Roles};
use super::vault::{Authorization, SeenVault};
use crate::contract;
use crate::evidence::azure::{AccessPolicy, Vault};
use crate::facts::Fact;
use crate::rbac::Actions;

/// A call, in the words of both kinds of authorization.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    /// The data action.
    pub(super) action: &'static str,
    /// The permission of access policies.
    pub(super) permission: &'static str,
}

/// OpenAI's calls on the key.
pub(super) const READ: Call = Call { action: contract::azure::READ, permission: "get" };
/// See [`READ`].
pub(super) const ENCRYPT: Call = Call { action: contract::azure::ENCRYPT, permission: "encrypt" };
/// See [`READ`].
pub(super) const DECRYPT: Call = Call { action: contract::azure::DECRYPT, permission: "decrypt" };

/// What authorization says to a call.
pub(super) fn said(call: Call, seen: &SeenVault<'_>, roles: &Roles<'_>) -> Vec<Said> {
    match (seen.authorization(), seen.known()) {
        (Err(because), _) | (_, Err(because)) => vec![
            Said::unread(Layer::RoleAssignment, because.clone()),
            Said::unread(Layer::AccessPolicy, because),
        ],
        (Ok(Authorization::Roles), Ok(_)) => {
            denied(call, roles).into_iter().chain([assigned(call, roles)]).collect()
        }
        (Ok(Authorization::AccessPolicies), Ok(vault)) => vec![by_access_policy(call, seen, vault, roles)],
    }
}

/// Deny assignments are looked at first, and win over every role (RBAC overview).
fn denied(call: Call, roles: &Roles<'_>) -> Vec<Said> {
    let layer = Layer::DenyAssignment;
    let denials = match roles.denials() {
        Ok(denials) => denials,
        Err(because) => return vec![Said::unread(layer, because)],
    };
    let mut said = Vec::new();
    if !denials.open.is_empty() {
        said.push(Said::depends(layer, "not all of them are known", layer.word(), denials.open));
    }
    for (denial, about) in denials.known {
        for permission in &denial.permissions {
            if !Actions::new(&permission.data_actions, &permission.not_data_actions).hold(call.action) {
                continue;
            }
            let conditional = denial.condition.is_some() || permission.condition.is_some();
            said.push(
                match &about {
                    Fact::Unknown(because) => {
                        let detail = "whether it is about OpenAI's service principal is not known";
                        Said::depends(layer, detail, layer.word(), because.clone())
                    }
                    Fact::Known(_) if conditional => condition(layer, "azure.deny_assignments"),
                    Fact::Known(_) => {
                        Said::denies(layer, format!("its `dataActions` hold `{}`", call.action))
                    }
                }
                .by_assignment(&denial.name, &denial.scope),
            );
        }
    }
    said
}

/// A condition is not evaluated: on actions with keys there are no attributes that it could be about (Key Vault
/// general/rbac-abac).
fn condition(layer: Layer, evidence: &str) -> Said {
    let because = because(evidence, "it holds under a condition only, and conditions are not decided");
    Said::depends(layer, "it holds under a condition only", "condition", vec![because])
}

/// What the roles say: one that holds the action is enough.
fn assigned(call: Call, roles: &Roles<'_>) -> Said {
    let layer = Layer::RoleAssignment;
    let assigned = match roles.at_key() {
        Ok(assigned) => assigned,
        Err(because) => return Said::unread(layer, because),
    };
    let mut open: Option<Said> = None;
    for one in &assigned.known {
        match holds(one, call.action) {
            Held::No => {}
            Held::Yes => {
                return Said::allows(layer, "its `dataActions` hold the action")
                    .by_assignment(one.name(), &one.assignment.scope);
            }
            Held::Perhaps(said) => {
                open.get_or_insert(said.by_assignment(one.name(), &one.assignment.scope));
            }
        }
    }
    let others = (!assigned.open.is_empty()).then(|| {
        let detail = "none that is known has the action, and not all are known";
        Said::depends(layer, detail, layer.word(), assigned.open.clone())
    });
    open.or(others).unwrap_or_else(|| nothing_holds(call, &assigned.known))
}

enum Held {
    Yes,
    No,
    Perhaps(Said),
}

fn holds(one: &Assigned<'_>, action: &str) -> Held {
    let layer = Layer::RoleAssignment;
    let role = match &one.role {
        Ok(Some(role)) => role,
        Ok(None) => return Held::No,
        Err(because) => {
            return Held::Perhaps(Said::depends(
                layer,
                "the role could not be read",
                "role_definition",
                because.clone(),
            ));
        }
    };
    let mut holding = role
        .permissions
        .iter()
        .filter(|permission| {
            Actions::new(&permission.data_actions, &permission.not_data_actions).hold(action)
        })
        .peekable();
    if holding.peek().is_none() {
        return Held::No;
    }
    if let Err(because) = &one.counts {
        return Held::Perhaps(Said::depends(
            layer,
            "whose assignment it is can't be told",
            layer.word(),
            because.clone(),
        ));
    }
    if one.assignment.condition.is_some() || holding.all(|permission| permission.condition.is_some()) {
        return Held::Perhaps(condition(layer, "azure.role_assignments"));
    }
    Held::Yes
}

/// No role allows the call: what is nearest to it.
fn nothing_holds(call: Call, assigned: &[Assigned<'_>]) -> Said {
    let layer = Layer::RoleAssignment;
    let Some(nearest) = assigned.iter().max_by_key(|one| nearness(one, call.action)) else {
        return Said::lacks(layer, "no role is assigned to the service principal at the key or above it");
    };
    let detail = match &nearest.role {
        Ok(Some(role)) => {
            let names = |of: fn(&crate::evidence::azure::Permission) -> (&[String], &[String])| {
                role.permissions.iter().any(|permission| {
                    let (named, excepted) = of(permission);
                    Actions::new(named, excepted).hold(call.action)
                })
            };
            let excepted = role.permissions.iter().any(|permission| {
                Actions::new(&permission.data_actions, &permission.not_data_actions).name(call.action)
            });
            let data: Vec<&String> =
                role.permissions.iter().flat_map(|permission| &permission.data_actions).collect();
            if excepted {
                format!("its `notDataActions` take `{}` away", call.action)
            } else if names(|permission| (&permission.actions, &permission.not_actions)) {
                format!("it has `{}` among its `actions`, which are of the control plane", call.action)
            } else {
                format!("`{}` is not among its `dataActions` {}", call.action, listed(&data))
            }
        }
        Ok(None) | Err(_) => "the role does not exist any longer".into(),
    };
    Said::lacks(layer, detail).by_assignment(nearest.name(), &nearest.assignment.scope)
}

/// How near a role is to allowing an action: roles that name it somewhere first, then those with actions on keys.
fn nearness(one: &Assigned<'_>, action: &str) -> u8 {
    let Ok(Some(role)) = &one.role else { return 0 };
    let any = |of: &dyn Fn(&crate::evidence::azure::Permission) -> bool| role.permissions.iter().any(of);
    if any(&|permission| Actions::new(&permission.data_actions, &[]).name(action)) {
        4
    } else if any(&|permission| Actions::new(&permission.actions, &[]).name(action)) {
        3
    } else if any(&|permission| !permission.data_actions.is_empty()) {
        2
    } else {
        1
    }
}

/// What the vault's access policies say. They are about everything in the vault, and about the principal itself: an entry
/// with an application's id is for users of that application (Key Vault general/authentication; REST API,
/// AccessPolicyEntry).
fn by_access_policy(call: Call, seen: &SeenVault<'_>, vault: &Vault, roles: &Roles<'_>) -> Said {
    let layer = Layer::AccessPolicy;
    let mut open: Option<Said> = None;
    let mut nearest: Option<&AccessPolicy> = None;
    for policy in in_force(vault) {
        let permits = permits(policy, call);
        match roles.principal.is(policy.object_id) {
            Fact::Known(false) => {}
            Fact::Known(true) if permits => {
                return Said::allows(
                    layer,
                    format!("it permits {} on all keys of the vault", listed(&policy.keys)),
                )
                .by(&policy.object_id.to_string());
            }
            Fact::Known(true) => nearest = Some(policy),
            Fact::Unknown(because) if permits => {
                let detail = "whether it is about OpenAI's service principal is not known";
                let said = Said::depends(layer, detail, layer.word(), because);
                open.get_or_insert(said.by(&policy.object_id.to_string()));
            }
            Fact::Unknown(_) => {}
        }
    }
    if !seen.policies_open().is_empty() {
        let detail = "none that is known permits the call, and not all are known";
        open.get_or_insert_with(|| Said::depends(layer, detail, layer.word(), seen.policies_open()));
    }
    let ignored = "; the vault is not in role-based mode, so no role counts";
    open.unwrap_or_else(|| match nearest {
        Some(policy) => Said::lacks(
            layer,
            format!("it permits {} on keys, not `{}`{ignored}", listed(&policy.keys), call.permission),
        )
        .by(&policy.object_id.to_string()),
        None => Said::lacks(layer, format!("no access policy is about the service principal{ignored}")),
    })
}

/// The access policies that can be about a principal that acts itself.
pub(super) fn in_force(vault: &Vault) -> impl Iterator<Item = &AccessPolicy> {
    vault
        .access_policies
        .iter()
        .filter(|policy| policy.tenant_id == vault.tenant_id && policy.application_id.is_none())
}

fn permits(policy: &AccessPolicy, call: Call) -> bool {
    policy
        .keys
        .iter()
        .any(|word| word.eq_ignore_ascii_case(call.permission) || word.eq_ignore_ascii_case("all"))
}

//! What the service principal could do beyond OpenAI's three calls, through any role or access policy.

use super::PrivilegeFacts;
use super::authorization::in_force;
use super::principal::because;
use super::roles::{Assigned, Roles};
use super::vault::{Authorization, SeenVault};
use crate::contract::azure::DATA_ACTIONS;
use crate::evidence::azure::{AccessPolicy, DenyAssignment, Permission, RoleDefinition};
use crate::facts::{Fact, UnknownBecause};
use crate::rbac::{Actions, Beyond, Plane, beyond};
use crate::target::azure::Scope;

/// The permissions of access policies that OpenAI's calls take.
const PERMISSIONS: [&str; 3] = ["get", "encrypt", "decrypt"];

/// What was found so far, and what could hold more.
#[derive(Default)]
struct Found {
    members: Vec<String>,
    open: Vec<UnknownBecause>,
}

impl PrivilegeFacts {
    pub(super) fn of(vault: &SeenVault<'_>, roles: &Roles<'_>) -> Self {
        let mut found = Found::default();
        // What is denied at the key or above it is not held there, whatever the roles say.
        let denied: Vec<&DenyAssignment> = roles
            .denials()
            .map(|denials| denials.known)
            .unwrap_or_default()
            .into_iter()
            .filter(|(denial, about)| matches!(about, Fact::Known(true)) && denial.condition.is_none())
            .map(|(denial, _)| denial)
            .collect();
        let mut judged = Vec::new();
        for read in [roles.at_key(), roles.everywhere()] {
            match read {
                Ok(assigned) => {
                    found.open.extend(assigned.open);
                    for one in assigned.known {
                        if !judged.contains(&one.assignment) {
                            judged.push(one.assignment);
                            found.by_role(&one, &denied);
                        }
                    }
                }
                Err(because) => found.open.extend(because),
            }
        }
        found.open.extend(roles.not_whole());
        match (vault.authorization(), vault.known()) {
            (Ok(Authorization::AccessPolicies), Ok(shown)) => {
                found.open.extend(vault.policies_open());
                in_force(shown).for_each(|policy| found.by_access_policy(policy, roles));
            }
            (Ok(_), _) => {}
            (Err(because), _) => found.open.extend(because),
        }
        Self { excess: Fact::of_members(found.members, found.open) }
    }

    pub(super) fn unknown(because: &[UnknownBecause]) -> Self {
        Self { excess: Fact::Unknown(because.to_vec()) }
    }
}

impl Found {
    fn by_role(&mut self, one: &Assigned<'_>, denied: &[&DenyAssignment]) {
        let role = match &one.role {
            Ok(Some(role)) => role,
            Ok(None) => return,
            Err(because) => return self.open.extend(because.iter().cloned()),
        };
        for permission in &role.permissions {
            for plane in [OnPlane::Control, OnPlane::Data] {
                let refused = refused(&one.assignment.scope, denied, plane);
                match beyond(&plane.actions(permission), plane.needs(), &refused) {
                    Ok(None) => {}
                    Ok(Some(beyond)) => self.beyond(one, role, permission, plane, &beyond),
                    Err(undecidable) => {
                        self.open.push(because("azure.role_definitions", &undecidable.to_string()));
                    }
                }
            }
        }
    }

    /// What a role has beyond the need: for certain, or not.
    fn beyond(
        &mut self,
        one: &Assigned<'_>,
        role: &RoleDefinition,
        permission: &Permission,
        plane: OnPlane,
        beyond: &Beyond,
    ) {
        if one.assignment.condition.is_some() || permission.condition.is_some() {
            let reason = format!(
                "the role `{}` allows more under a condition, and conditions are not decided",
                role.name
            );
            return self.open.push(because("azure.role_assignments", &reason));
        }
        if let Err(because) = &one.counts {
            return self.open.extend(because.iter().cloned());
        }
        let more = if beyond.others == 0 { String::new() } else { format!(" and {} more", beyond.others) };
        self.members.push(format!(
            "{}{more} on the {}, by the role `{}` at {}",
            beyond.members.join(", "),
            plane.word(),
            role.name,
            one.assignment.scope.described()
        ));
    }

    fn by_access_policy(&mut self, policy: &AccessPolicy, roles: &Roles<'_>) {
        let needed = |word: &&String| PERMISSIONS.iter().any(|needed| word.eq_ignore_ascii_case(needed));
        let keys = policy.keys.iter().filter(|word| !needed(word));
        let others = [("keys", keys.collect::<Vec<_>>())]
            .into_iter()
            .chain([
                ("secrets", policy.secrets.iter().collect()),
                ("certificates", policy.certificates.iter().collect()),
                ("storage accounts", policy.storage.iter().collect()),
            ])
            .filter(|(_, words)| !words.is_empty());
        let others: Vec<String> =
            others.map(|(on, words)| format!("{} on {on}", enumerated(&words))).collect();
        if others.is_empty() {
            return;
        }
        match roles.principal.is(policy.object_id) {
            Fact::Known(false) => {}
            Fact::Known(true) => self.members.push(format!(
                "{}, by the vault's access policy for `{}`",
                others.join("; "),
                policy.object_id
            )),
            Fact::Unknown(because) => self.open.extend(because),
        }
    }
}

/// What is denied wherever an assignment at this scope holds. What is denied at the scope alone still holds below it.
fn refused(scope: &Scope, denied: &[&DenyAssignment], plane: OnPlane) -> Vec<Actions> {
    let covering = denied.iter().filter(|denial| !denial.not_below && scope.is_within(&denial.scope));
    let permissions = covering.flat_map(|denial| &denial.permissions);
    let certain = permissions.filter(|permission| permission.condition.is_none());
    certain.map(|permission| plane.actions(permission)).collect()
}

/// The plane that actions are on.
#[derive(Debug, Clone, Copy)]
enum OnPlane {
    Control,
    Data,
}

impl OnPlane {
    fn word(self) -> &'static str {
        match self {
            Self::Control => "control plane",
            Self::Data => "data plane",
        }
    }

    fn actions(self, permission: &Permission) -> Actions {
        match self {
            Self::Control => Actions::new(&permission.actions, &permission.not_actions),
            Self::Data => Actions::new(&permission.data_actions, &permission.not_data_actions),
        }
    }

    fn needs(self) -> Plane<'static> {
        match self {
            Self::Control => Plane::Control,
            Self::Data => Plane::Data { needed: &DATA_ACTIONS },
        }
    }
}

/// More permissions of a policy than these are counted only.
const MOST_SHOWN: usize = 6;
/// Key Vault's longest permission has 17 letters.
const LONGEST_SHOWN: usize = 32;

/// The permissions of an access policy, as many and as much of each as there is any use in showing.
fn enumerated(words: &[&String]) -> String {
    let shown = words.iter().take(MOST_SHOWN).map(|word| match word.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", word.get(..end).unwrap_or_default()),
        None => (*word).clone(),
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    match words.len().saturating_sub(MOST_SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

//! The roles that the service principal has, as far as they are known.

use super::principal::{Principal, because, behind_absent};
use super::vault::SeenVault;
use crate::evidence::Item;
use crate::evidence::azure::{
    AzureEvidence, DenyAssignment, DenyPrincipal, NamedRole, RoleAssignment, RoleDefinition,
};
use crate::facts::{Fact, UnknownBecause};
use crate::target::azure::{ObjectId, Scope};

const ASSIGNMENTS: &str = "azure.role_assignments";
const EVERYWHERE: &str = "azure.subscription_role_assignments";
const DEFINITIONS: &str = "azure.role_definitions";
const DENIALS: &str = "azure.deny_assignments";

/// Everything that Azure's role-based access control weighs.
pub(super) struct Roles<'a> {
    evidence: &'a AzureEvidence,
    pub(super) principal: &'a Principal<'a>,
    /// The key's resource id, where the vault is known.
    pub(super) key: Result<Scope, Vec<UnknownBecause>>,
}

/// Assignments, or deny assignments, as far as they are known.
pub(super) struct Listed<T> {
    pub(super) known: Vec<T>,
    /// Why there may be others; empty where the list is whole.
    pub(super) open: Vec<UnknownBecause>,
}

/// A role, `None` where it does not exist any longer, and why it is not known where it can be assigned.
type Described<'a> = (Option<&'a RoleDefinition>, Vec<UnknownBecause>);

/// One assignment and its role.
pub(super) struct Assigned<'a> {
    pub(super) assignment: &'a RoleAssignment,
    /// The role; `None` where it does not exist any longer.
    pub(super) role: Result<Option<&'a RoleDefinition>, Vec<UnknownBecause>>,
    /// Why it is not known where the role can be assigned, where that is all that is not known of it.
    pub(super) scopes_open: Vec<UnknownBecause>,
    /// Whether the assignment is the service principal's, as Azure says, and not contradicted.
    pub(super) counts: Result<(), Vec<UnknownBecause>>,
}

impl<'a> Roles<'a> {
    pub(super) fn of(
        vault: &SeenVault<'_>,
        evidence: &'a AzureEvidence,
        principal: &'a Principal<'a>,
    ) -> Self {
        Self { evidence, principal, key: vault.key_id() }
    }

    /// The assignments that reach the key.
    pub(super) fn at_key(&self) -> Result<Listed<Assigned<'a>>, Vec<UnknownBecause>> {
        let key = self.key.clone()?;
        self.principal_is_there()?;
        let (listed, open) = listed(&self.evidence.role_assignments, ASSIGNMENTS)?;
        let at_key = listed.iter().filter(|assignment| reaches(&assignment.scope, &key));
        Ok(Listed { known: at_key.map(|one| self.assigned(one)).collect(), open })
    }

    /// All assignments in the vault's subscription and above it, those that reach the key among them.
    pub(super) fn everywhere(&self) -> Result<Listed<Assigned<'a>>, Vec<UnknownBecause>> {
        self.principal_is_there()?;
        let (listed, open) = listed(&self.evidence.subscription_role_assignments, EVERYWHERE)?;
        Ok(Listed { known: listed.iter().map(|one| self.assigned(one)).collect(), open })
    }

    /// That the subscription's list is not whole, where it lacks what is listed at the key and assigned in the
    /// subscription.
    pub(super) fn not_whole(&self) -> Option<UnknownBecause> {
        let at_key = self.evidence.role_assignments.collected()?;
        let everywhere = self.evidence.subscription_role_assignments.collected()?;
        let is_listed = |one: &RoleAssignment| everywhere.iter().any(|other| other.id == one.id);
        let lacking = at_key.iter().find(|one| one.scope.subscription().is_some() && !is_listed(one))?;
        let reason = format!("it lacks `{}`, which is listed at the key", lacking.id);
        Some(because(EVERYWHERE, &reason))
    }

    /// The deny assignments at the key and above it that are about the service principal, each with whether that is
    /// certain.
    pub(super) fn denials(&self) -> Result<Listed<(&'a DenyAssignment, Fact<bool>)>, Vec<UnknownBecause>> {
        let key = self.key.clone()?;
        let (listed, open) = listed(&self.evidence.deny_assignments, DENIALS)?;
        let at_key = |denial: &&DenyAssignment| {
            if denial.not_below { denial.scope == key } else { reaches(&denial.scope, &key) }
        };
        let about = listed.iter().filter(at_key).map(|denial| (denial, self.is_about(denial)));
        let known = about.filter(|(_, about)| !matches!(about, Fact::Known(false))).collect();
        Ok(Listed { known, open })
    }

    /// Whether a deny assignment is about the service principal: whom it spares it does not refuse (RBAC
    /// deny-assignments, "Exclude principals"), and a condition may leave it without effect.
    fn is_about(&self, denial: &DenyAssignment) -> Fact<bool> {
        let among = |principals: &mut dyn Iterator<Item = &DenyPrincipal>| {
            let mut open: Vec<UnknownBecause> = Vec::new();
            for principal in principals {
                match self.is_meant_by(principal) {
                    Fact::Known(true) => return Fact::Known(true),
                    Fact::Known(false) => {}
                    Fact::Unknown(because) => open.extend(because),
                }
            }
            if open.is_empty() { Fact::Known(false) } else { Fact::Unknown(open) }
        };
        let (everybody, excluded): (Vec<_>, Vec<_>) =
            denial.exclude_principals.iter().partition(|principal| is_everybody(principal));
        match (among(&mut denial.principals.iter()), among(&mut excluded.into_iter())) {
            (Fact::Known(false), _) | (_, Fact::Known(true)) => Fact::Known(false),
            // "Cannot be used in ExcludePrincipals": what it means there all the same, nobody says.
            _ if !everybody.is_empty() => Fact::Unknown(vec![because(DENIALS, "it spares everybody")]),
            (Fact::Known(true), Fact::Known(false)) => Fact::Known(true),
            (one, other) => Fact::Unknown([unknown(one), unknown(other)].concat()),
        }
    }

    fn is_meant_by(&self, principal: &DenyPrincipal) -> Fact<bool> {
        if is_everybody(principal) {
            return Fact::Known(true);
        }
        let kind = principal.kind.as_deref().map(str::to_ascii_lowercase);
        match (self.principal.id(), kind.as_deref()) {
            (Fact::Known(Some(id)), _) if id == principal.id => Fact::Known(true),
            // Only what may be a group can hold the service principal.
            (Fact::Known(_), Some("user" | "serviceprincipal")) => Fact::Known(false),
            _ => self.principal.is(principal.id),
        }
    }

    fn assigned(&self, assignment: &'a RoleAssignment) -> Assigned<'a> {
        // Azure lists what is assigned to the principal and its groups. Groups that were read and don't have it in them
        // contradict that; groups that could not be read don't.
        let counts = match self.principal.is(assignment.principal_id) {
            Fact::Known(false) => Err(vec![because(
                ASSIGNMENTS,
                "it is assigned to a group that the service principal is not shown in: read it again",
            )]),
            Fact::Known(true) | Fact::Unknown(_) => Ok(()),
        };
        let (role, scopes_open) = match self.role(&assignment.role_definition_id) {
            Ok((role, open)) => (Ok(role), open),
            Err(because) => (Err(because), Vec::new()),
        };
        Assigned { assignment, role, scopes_open, counts }
    }

    fn role(&self, id: &Scope) -> Result<Described<'a>, Vec<UnknownBecause>> {
        let (roles, open) = listed(&self.evidence.role_definitions, DEFINITIONS)?;
        // The id may have a subscription in front or not; the GUID at its end is the role's.
        let named = |role: &&NamedRole| role.id.name() == id.name();
        let mut definitions = roles.iter().filter(named).map(|role| &role.definition);
        let Some(definition) = definitions.next() else {
            return Err(if open.is_empty() { vec![because(DEFINITIONS, "not_asked")] } else { open });
        };
        if definitions.any(|other| other != definition) {
            return Err(vec![because(
                DEFINITIONS,
                &format!("the role `{}` is defined in two ways", id.name()),
            )]);
        }
        match definition {
            Item::Collected(role) => Ok((Some(role), Vec::new())),
            Item::Partial { known, missing } => Ok((Some(known), vec![missing.because(DEFINITIONS)])),
            Item::Absent(_) => Ok((None, Vec::new())),
            Item::Missing(missing) => Err(vec![missing.because(DEFINITIONS)]),
        }
    }

    fn principal_is_there(&self) -> Result<(), Vec<UnknownBecause>> {
        match self.principal.id() {
            Fact::Known(Some(_)) => Ok(()),
            Fact::Known(None) => Err(behind_absent("azure.service_principal")),
            Fact::Unknown(because) => Err(because),
        }
    }
}

/// RBAC deny-assignments, "The All Principals principal".
fn is_everybody(principal: &DenyPrincipal) -> bool {
    let everyone = |kind: &str| kind.eq_ignore_ascii_case("everyone");
    principal.id == ObjectId::EVERYONE || principal.kind.as_deref().is_some_and(everyone)
}

/// Whether something at the scope reaches the key. Of management groups only those above the key are listed (RBAC
/// role-assignments-list-rest, `atScope()`).
fn reaches(scope: &Scope, key: &Scope) -> bool {
    key.is_within(scope) || scope.is_management_group()
}

/// What was listed, and why there may be more. Where there is a principal and a key there are such lists, empty or not:
/// one that is absent was not read.
fn listed<'a, T>(
    item: &'a Item<Vec<T>>,
    key: &str,
) -> Result<(&'a [T], Vec<UnknownBecause>), Vec<UnknownBecause>> {
    match item {
        Item::Collected(values) => Ok((values, Vec::new())),
        Item::Partial { known, missing } => Ok((known, vec![missing.because(key)])),
        Item::Absent(_) => Err(behind_absent(key)),
        Item::Missing(missing) => Err(vec![missing.because(key)]),
    }
}

fn unknown(fact: Fact<bool>) -> Vec<UnknownBecause> {
    match fact {
        Fact::Known(_) => Vec::new(),
        Fact::Unknown(because) => because,
    }
}

impl Assigned<'_> {
    /// What people call the role.
    pub(super) fn name(&self) -> &str {
        match &self.role {
            Ok(Some(role)) => &role.name,
            Ok(None) | Err(_) => self.assignment.role_definition_id.name(),
        }
    }
}

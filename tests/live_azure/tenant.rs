//! What is in a double of Azure: tenants, and what stands in them.
//!
//! A scenario begins with [`Azure::documented`], the setup that OpenAI's article "Azure integration" describes, and
//! changes it:
//!
//! ```ignore
//! Azure::documented().but(|azure| azure.vault().rbac_authorization = None)
//! ```
//!
//! Nothing here decides what anybody may do with a key.

#[path = "tenant/behaviour.rs"]
mod behaviour;
#[path = "tenant/directory.rs"]
mod directory;
#[path = "tenant/documented.rs"]
mod documented;
#[path = "tenant/key.rs"]
mod key;
#[path = "tenant/roles.rs"]
mod roles;
#[path = "tenant/scope.rs"]
mod scope;
#[path = "tenant/vault.rs"]
mod vault;

pub(crate) use behaviour::{Behaviour, Casing, DisabledKey, VaultLists};
pub(crate) use directory::{Group, ServicePrincipal};
pub(crate) use documented::{
    ANOTHER_SUBSCRIPTION, ANOTHER_TENANT, KEY, OPENAI_APPLICATION, OPENAI_OBJECT, ORGANIZATION,
    RESOURCE_GROUP, ROLE, SUBSCRIPTION, TENANT, VAULT,
};
pub(crate) use key::{Key, KeyMaterial, KeyVersion, RotationPolicy};
pub(crate) use roles::{
    DenyAssignment, EVERYONE, Permission, Principal, RoleAssignment, RoleDefinition, built_in,
};
pub(crate) use scope::Scope;
pub(crate) use vault::{AccessPolicy, Block, NetworkAcls, PrivateEndpointConnection, Refusal, Vault};

use crate::callers::Caller;

/// Everything that the double serves.
#[derive(Debug, Clone)]
pub(crate) struct Azure {
    /// The first is the customer's.
    pub(crate) tenants: Vec<Tenant>,
    /// Of all tenants. The first is the one that is registered.
    pub(crate) vaults: Vec<Vault>,
    /// Who can log in. The first is the auditor, who runs the program.
    pub(crate) callers: Vec<Caller>,
    pub(crate) behaviour: Behaviour,
}

/// A directory, and the subscriptions that trust it.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) management_groups: Vec<ManagementGroup>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// The first is OpenAI's.
    pub(crate) service_principals: Vec<ServicePrincipal>,
    pub(crate) groups: Vec<Group>,
    /// The custom ones, of which the first is the one for OpenAI. The built-in ones are everywhere.
    pub(crate) role_definitions: Vec<RoleDefinition>,
    /// The first is OpenAI's.
    pub(crate) role_assignments: Vec<RoleAssignment>,
    pub(crate) deny_assignments: Vec<DenyAssignment>,
}

/// A management group. The root one has the tenant's id for its name and nothing above it but `/`.
#[derive(Debug, Clone)]
pub(crate) struct ManagementGroup {
    pub(crate) name: String,
    /// The group above.
    pub(crate) parent: Option<String>,
}

/// A subscription, and its resource groups.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) display_name: String,
    /// `Enabled`, `Warned`, `PastDue`, `Disabled` or `Deleted`.
    pub(crate) state: String,
    /// The management group that it is in.
    pub(crate) management_group: Option<String>,
    pub(crate) resource_groups: Vec<String>,
}

impl Default for Azure {
    fn default() -> Self {
        Self::documented()
    }
}

impl Azure {
    /// With a change.
    pub(crate) fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The customer's tenant.
    pub(crate) fn tenant(&mut self) -> &mut Tenant {
        self.tenants.first_mut().expect("a scenario has a tenant")
    }

    /// The vault that is registered.
    pub(crate) fn vault(&mut self) -> &mut Vault {
        self.vaults.first_mut().expect("a scenario has a vault")
    }

    /// The key that is registered.
    pub(crate) fn key(&mut self) -> &mut Key {
        self.vault().keys.first_mut().expect("the vault has a key")
    }

    /// The version that OpenAI encrypts with: the newest.
    pub(crate) fn version(&mut self) -> &mut KeyVersion {
        self.key().versions.last_mut().expect("the key has a version")
    }

    /// OpenAI's service principal.
    pub(crate) fn openai(&mut self) -> &mut ServicePrincipal {
        self.tenant().service_principals.first_mut().expect("OpenAI has a service principal")
    }

    /// The custom role that was made for OpenAI.
    pub(crate) fn role(&mut self) -> &mut RoleDefinition {
        self.tenant().role_definitions.first_mut().expect("there is a custom role")
    }

    /// The assignment of the role to OpenAI.
    pub(crate) fn assignment(&mut self) -> &mut RoleAssignment {
        self.tenant().role_assignments.first_mut().expect("there is a role assignment")
    }

    /// Who runs the program.
    pub(crate) fn auditor(&mut self) -> &mut Caller {
        self.callers.first_mut().expect("somebody runs the program")
    }

    /// Assigns a role to OpenAI, beside what it has.
    pub(crate) fn also_assigns(&mut self, role_definition: &str, scope: Scope) {
        let principal = self.openai().object_id.clone();
        let assignments = &mut self.tenant().role_assignments;
        let number = assignments.len();
        assignments.push(RoleAssignment::numbered(number, role_definition, &principal, scope));
    }

    /// The tenant with this id.
    pub(crate) fn tenant_with(&self, id: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.id.eq_ignore_ascii_case(id))
    }

    /// The tenant that a subscription trusts, and the subscription.
    pub(crate) fn subscription_with(&self, id: &str) -> Option<(&Tenant, &Subscription)> {
        self.tenants.iter().find_map(|tenant| {
            let mut subscriptions = tenant.subscriptions.iter();
            subscriptions.find(|of_tenant| of_tenant.id.eq_ignore_ascii_case(id)).map(|found| (tenant, found))
        })
    }

    /// The vault whose host begins with this name.
    pub(crate) fn vault_named(&self, name: &str) -> Option<&Vault> {
        self.vaults.iter().find(|vault| vault.name.eq_ignore_ascii_case(name))
    }

    /// The vault at this scope.
    pub(crate) fn vault_at(&self, scope: &Scope) -> Option<&Vault> {
        self.vaults.iter().find(|vault| vault.scope().is(scope))
    }
}

impl Tenant {
    /// A tenant with nothing in it.
    pub(crate) fn empty(id: &str) -> Self {
        Self {
            id: id.into(),
            management_groups: vec![],
            subscriptions: vec![],
            service_principals: vec![],
            groups: vec![],
            role_definitions: vec![],
            role_assignments: vec![],
            deny_assignments: vec![],
        }
    }

    /// This scope and all above it, up to `/`.
    pub(crate) fn levels(&self, scope: &Scope) -> Vec<Scope> {
        let mut levels = scope.with_those_in_its_path();
        let of_subscription = scope.subscription_id().and_then(|id| {
            let mut subscriptions = self.subscriptions.iter();
            subscriptions.find(|subscription| subscription.id.eq_ignore_ascii_case(id))
        });
        let mut above = match scope.management_group_name() {
            Some(name) => self.parent_of(name),
            None => of_subscription.and_then(|subscription| subscription.management_group.clone()),
        };
        while let Some(name) = above {
            above = self.parent_of(&name);
            levels.push(Scope::management_group(&name));
        }
        levels.push(Scope::root());
        levels
    }

    fn parent_of(&self, management_group: &str) -> Option<String> {
        let mut groups = self.management_groups.iter();
        groups.find(|group| group.name.eq_ignore_ascii_case(management_group))?.parent.clone()
    }

    /// Whether one scope is the other, or above it.
    pub(crate) fn reaches(&self, above: &Scope, scope: &Scope) -> bool {
        self.levels(scope).iter().any(|level| level.is(above))
    }

    /// The groups that a principal or a group is in, directly or through others.
    pub(crate) fn groups_of(&self, object_id: &str) -> Vec<&Group> {
        let mut found: Vec<&Group> = vec![];
        let mut members = vec![object_id.to_owned()];
        while let Some(member) = members.pop() {
            for group in self.groups.iter().filter(|group| group.has_member(&member)) {
                if !found.iter().any(|known| known.id == group.id) {
                    found.push(group);
                    members.push(group.id.clone());
                }
            }
        }
        found
    }
}

impl Subscription {
    /// An enabled one in a management group.
    pub(crate) fn new(id: &str, display_name: &str, management_group: &str, groups: &[&str]) -> Self {
        Self {
            id: id.into(),
            display_name: display_name.into(),
            state: "Enabled".into(),
            management_group: Some(management_group.into()),
            resource_groups: groups.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether it has this resource group.
    pub(crate) fn has(&self, resource_group: &str) -> bool {
        self.resource_groups
            .iter()
            .any(|of_subscription| of_subscription.eq_ignore_ascii_case(resource_group))
    }
}

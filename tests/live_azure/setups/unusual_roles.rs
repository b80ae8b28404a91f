//! Roles and assignments that are right, and not as documented.

use crate::setup::Setup;
use crate::tenant::{
    ANOTHER_SUBSCRIPTION, Azure, DenyAssignment, Group, KEY, OPENAI_OBJECT, Permission, Principal,
    RESOURCE_GROUP, RoleDefinition, SUBSCRIPTION, Scope,
};

const ENCRYPT: &str = "Microsoft.KeyVault/vaults/keys/encrypt/action";
const DECRYPT: &str = "Microsoft.KeyVault/vaults/keys/decrypt/action";
const READ: &str = "Microsoft.KeyVault/vaults/keys/read";

/// The data actions on keys that OpenAI does not need (Azure permissions reference, "Microsoft.KeyVault").
const OTHERS_ON_KEYS: &[&str] = &[
    "Microsoft.KeyVault/vaults/keys/update/action",
    "Microsoft.KeyVault/vaults/keys/create/action",
    "Microsoft.KeyVault/vaults/keys/import/action",
    "Microsoft.KeyVault/vaults/keys/recover/action",
    "Microsoft.KeyVault/vaults/keys/restore/action",
    "Microsoft.KeyVault/vaults/keys/delete",
    "Microsoft.KeyVault/vaults/keys/backup/action",
    "Microsoft.KeyVault/vaults/keys/purge/action",
    "Microsoft.KeyVault/vaults/keys/wrap/action",
    "Microsoft.KeyVault/vaults/keys/unwrap/action",
    "Microsoft.KeyVault/vaults/keys/sign/action",
    "Microsoft.KeyVault/vaults/keys/verify/action",
    "Microsoft.KeyVault/vaults/keys/release/action",
    "Microsoft.KeyVault/vaults/keys/rotate/action",
];

const INNER: &str = "a1000000-0000-4000-8000-000000000001";
const OUTER: &str = "a1000000-0000-4000-8000-000000000002";
const DENIAL: &str = "2d3e4f50-6172-4839-8a4b-5c6d7e8f9a0b";

/// Each is ready.
pub(super) fn all() -> Vec<Setup> {
    [roles(), assignments(), denials()].concat()
}

fn roles() -> Vec<Setup> {
    vec![
        Setup::of(
            "the role's actions are in another case",
            "RBAC role-definitions, Actions format",
            |azure| {
                azure.role().permissions = vec![Permission::data(&[
                    "microsoft.keyvault/vaults/keys/encrypt/Action",
                    "MICROSOFT.KEYVAULT/VAULTS/KEYS/DECRYPT/ACTION",
                    "Microsoft.KeyVault/Vaults/Keys/Read",
                ])];
            },
        ),
        Setup::of(
            "the role has all actions on keys without the others",
            "RBAC role-definitions, NotDataActions",
            |azure| {
                let whole =
                    Permission::data(&["Microsoft.KeyVault/vaults/keys/*"]).but_not_data(OTHERS_ON_KEYS);
                azure.role().permissions = vec![whole];
            },
        ),
        Setup::of(
            "the role has wildcards that stand for the three",
            "RBAC role-definitions, Actions format",
            |azure| {
                azure.role().permissions =
                    vec![Permission::data(&["Microsoft.KeyVault/vaults/keys/*crypt/action", READ])];
            },
        ),
        Setup::of(
            "the role has two lists of permissions",
            "Authorization REST API, Role Definitions",
            |azure| {
                azure.role().permissions =
                    vec![Permission::data(&[ENCRYPT, READ]), Permission::data(&[DECRYPT])];
            },
        ),
        Setup::of(
            "the role can be assigned in the vault's resource group",
            "RBAC role-definitions, AssignableScopes",
            |azure| {
                azure.role().assignable_scopes =
                    vec![Scope::subscription(SUBSCRIPTION).resource_group(RESOURCE_GROUP)];
            },
        ),
        // It stays assigned, and can't be assigned again.
        Setup::of(
            "the role can be assigned in another subscription only",
            "RBAC role-definitions, AssignableScopes",
            |azure| {
                azure.role().assignable_scopes = vec![Scope::subscription(ANOTHER_SUBSCRIPTION)];
            },
        )
        .warnings(&["azure-vault-subscription"]),
    ]
}

fn assignments() -> Vec<Setup> {
    vec![
        Setup::of("two roles have a part each", "RBAC overview, Multiple role assignments", |azure| {
            const DECRYPTER: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3302";
            let subscription = Scope::subscription(SUBSCRIPTION);
            let decrypter = RoleDefinition::custom(
                DECRYPTER,
                "OpenAI EKM decrypt",
                Permission::data(&[DECRYPT]),
                subscription,
            );
            azure.role().permissions = vec![Permission::data(&[ENCRYPT, READ])];
            azure.tenant().role_definitions.push(decrypter);
            let key = azure.vault().key_scope(KEY);
            azure.also_assigns(DECRYPTER, key);
        }),
        Setup::of("the role is a group's", "RBAC overview, Security principal", |azure| {
            azure.tenant().groups.push(Group::new(INNER, "OpenAI", &[OPENAI_OBJECT]));
            of_group(azure, INNER);
        }),
        Setup::of(
            "the role is that of a group of groups",
            "RBAC role-assignments-list-rest, assignedTo",
            |azure| {
                azure.tenant().groups.push(Group::new(INNER, "OpenAI", &[OPENAI_OBJECT]));
                azure.tenant().groups.push(Group::new(OUTER, "Vendors", &[INNER]));
                of_group(azure, OUTER);
            },
        ),
        Setup::of(
            "the role's id is without a subscription",
            "Authorization REST API, Role Assignments",
            |azure| {
                azure.assignment().names_the_subscription = false;
            },
        ),
        Setup::of("the role is assigned twice", "RBAC overview, Multiple role assignments", |azure| {
            let (role, key) = (azure.assignment().role_definition.clone(), azure.vault().key_scope(KEY));
            azure.also_assigns(&role, key);
        }),
        above("the role is assigned at the vault", |azure| azure.vault().scope()),
        above("the role is assigned in the resource group", |_| {
            Scope::subscription(SUBSCRIPTION).resource_group(RESOURCE_GROUP)
        }),
        above("the role is assigned in the subscription", |_| Scope::subscription(SUBSCRIPTION)),
    ]
}

/// The role is a group's.
fn of_group(azure: &mut Azure, group: &str) {
    let assignment = azure.assignment();
    (assignment.principal, assignment.principal_type) = (group.into(), "Group".into());
}

/// It holds for other keys as well.
fn above(name: &'static str, scope: fn(&mut Azure) -> Scope) -> Setup {
    Setup::of(name, "RBAC scope-overview", |azure| azure.assignment().scope = scope(azure))
        .warnings(&["azure-role-assignment-scope"])
}

/// Deny assignments that refuse OpenAI nothing.
fn denials() -> Vec<Setup> {
    let denied = |azure: &mut Azure, change: fn(&mut DenyAssignment)| {
        let everything = Permission::data(&["*"]);
        let scope = azure.vault().scope();
        let mut denial = DenyAssignment::of_everyone(DENIAL, "Locked", everything, scope);
        change(&mut denial);
        azure.tenant().deny_assignments.push(denial);
    };
    vec![
        Setup::of(
            "a deny assignment spares OpenAI",
            "RBAC deny-assignments, Exclude principals",
            move |azure| {
                denied(azure, |denial| {
                    denial.exclude_principals = vec![Principal::new(OPENAI_OBJECT, "ServicePrincipal")];
                });
            },
        ),
        Setup::of(
            "a deny assignment spares a group with OpenAI in it",
            "RBAC deny-assignments, Exclude principals",
            move |azure| {
                azure.tenant().groups.push(Group::new(INNER, "OpenAI", &[OPENAI_OBJECT]));
                denied(azure, |denial| denial.exclude_principals = vec![Principal::new(INNER, "Group")]);
            },
        ),
        Setup::of("a deny assignment is about others", "RBAC deny-assignments, Principals", move |azure| {
            denied(azure, |denial| denial.principals = vec![Principal::new(OUTER, "User")]);
        }),
        Setup::of(
            "a deny assignment is about a group without OpenAI",
            "RBAC deny-assignments, Principals",
            move |azure| {
                azure.tenant().groups.push(Group::new(INNER, "OpenAI", &[OPENAI_OBJECT]));
                denied(azure, |denial| denial.principals = vec![Principal::new(OUTER, "Group")]);
            },
        ),
        Setup::of(
            "a deny assignment holds at the vault and not below",
            "RBAC deny-assignments, DoNotApplyToChildScopes",
            move |azure| {
                denied(azure, |denial| denial.not_for_child_scopes = true);
            },
        ),
        // Deployment stacks can keep all from being deleted.
        Setup::of(
            "a deny assignment keeps everybody from deleting",
            "Resource Manager deployment-stacks, Protect managed resources",
            move |azure| {
                denied(azure, |denial| denial.permissions = vec![Permission::control(&["*/delete"])]);
            },
        ),
        Setup::of(
            "a deny assignment lets through what OpenAI needs",
            "RBAC deny-assignments, NotDataActions",
            move |azure| {
                denied(azure, |denial| {
                    denial.permissions[0].not_data_actions =
                        [ENCRYPT, DECRYPT, READ].map(String::from).into();
                });
            },
        ),
        Setup::of("a deny assignment is elsewhere", "RBAC deny-assignments, Scope", move |azure| {
            denied(azure, |denial| denial.scope = Scope::subscription(SUBSCRIPTION).resource_group("shared"));
        }),
        Setup::of("a deny assignment is about secrets", "RBAC deny-assignments, DataActions", move |azure| {
            denied(azure, |denial| {
                denial.permissions = vec![Permission::data(&["Microsoft.KeyVault/vaults/secrets/*"])];
            });
        }),
    ]
}

//! Mistakes in the role, in its assignment, and deny assignments.

use super::USES;
use crate::setup::Decision::{Allowed, Denied};
use crate::setup::{NO_USE, OPEN_USE, Setup};
use crate::tenant::{
    ANOTHER_SUBSCRIPTION, Azure, DenyAssignment, Group, KEY, Key, KeyVersion, OPENAI_OBJECT, Permission,
    Principal, SUBSCRIPTION, Scope, built_in,
};

const ENCRYPT: &str = "Microsoft.KeyVault/vaults/keys/encrypt/action";
const DECRYPT: &str = "Microsoft.KeyVault/vaults/keys/decrypt/action";
const READ: &str = "Microsoft.KeyVault/vaults/keys/read";

/// Nothing that the role should have is there.
const NO_ROLE: &[&str] =
    &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-role-data-actions"];

/// A deny assignment of the tests.
const DENIAL: &str = "2d3e4f50-6172-4839-8a4b-5c6d7e8f9a0b";
const GROUP: &str = "a1000000-0000-4000-8000-000000000001";

/// The custom role has this permission instead.
fn permission(azure: &mut Azure, permission: Permission) {
    azure.role().permissions = vec![permission];
}

/// Everybody is denied these data actions at a scope.
fn denied(azure: &mut Azure, scope: Scope, data_actions: &[&str]) {
    let denial = DenyAssignment::of_everyone(DENIAL, "Locked", Permission::data(data_actions), scope);
    azure.tenant().deny_assignments.push(denial);
}

/// Each is not ready, or open.
pub(super) fn wrong() -> Vec<Setup> {
    [unassigned(), lacking(), refused()].concat()
}

fn unassigned() -> Vec<Setup> {
    vec![
        Setup::of("the role is not assigned", "OpenAI, Troubleshooting", |azure| {
            azure.tenant().role_assignments.remove(0);
        })
        .not_ready(NO_USE, NO_ROLE),
        Setup::of("the role is assigned at another key", "RBAC scope-overview", |azure| {
            let versions = vec![KeyVersion::rsa("0a1b2c3d4e5f60718293a4b5c6d7e8f9", 3072, 1_777_887_000)];
            azure.vault().keys.push(Key::new("payroll", versions));
            azure.assignment().scope = azure.vault().key_scope("payroll");
        })
        .not_ready(NO_USE, NO_ROLE),
        Setup::of("the role is assigned at another vault", "RBAC scope-overview", |azure| {
            azure.assignment().scope = azure.vaults[1].scope();
        })
        .not_ready(NO_USE, NO_ROLE),
        // One name begins with the other, and neither is in the other.
        Setup::of("the role is assigned at a key whose name begins alike", "RBAC scope-overview", |azure| {
            azure.assignment().scope = azure.vault().key_scope(&KEY[..KEY.len() - 1]);
        })
        .not_ready(NO_USE, NO_ROLE),
        // Then it can't be assigned either.
        Setup::of(
            "the role can be assigned in another subscription only, and is not",
            "RBAC role-definitions, AssignableScopes",
            |azure| {
                azure.role().assignable_scopes = vec![Scope::subscription(ANOTHER_SUBSCRIPTION)];
                azure.tenant().role_assignments.remove(0);
            },
        )
        .not_ready(NO_USE, NO_ROLE),
        Setup::of("the role has been deleted", "RBAC custom-roles, Custom role limits", |azure| {
            azure.tenant().role_definitions.clear();
        })
        .not_ready(NO_USE, NO_ROLE),
    ]
}

fn lacking() -> Vec<Setup> {
    let data = Permission::data;
    vec![
        // What stands under `actions` is of the control plane: it is missing below, and too much above.
        Setup::of("the role has its actions in the wrong place", "RBAC role-definitions, Control and data actions", |azure| {
            permission(azure, Permission::control(&[ENCRYPT, DECRYPT, READ]));
        })
        .not_ready(NO_USE, &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-least-privilege", "azure-read-allowed", "azure-role-data-actions"]),
        Setup::of("the role reads in the control plane", "RBAC role-definitions, Control and data actions", |azure| {
            permission(azure, Permission::control(&[READ]).and_data(&[ENCRYPT, DECRYPT]));
        })
        .not_ready(
            [Allowed, Denied, Allowed, Allowed],
            &["azure-least-privilege", "azure-read-allowed", "azure-role-data-actions"],
        ),
        // It reads, wraps and unwraps.
        Setup::of(
            "the role is the built-in one for the encryption of services",
            "Key Vault general/rbac-guide, Azure built-in roles for Key Vault data plane operations",
            |azure| azure.assignment().role_definition = built_in::CRYPTO_SERVICE_ENCRYPTION_USER.into(),
        )
        .not_ready(
            [Allowed, Allowed, Denied, Denied],
            &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-least-privilege", "azure-role-data-actions"],
        ),
        Setup::of("the role lacks decrypt", "OpenAI, Azure integration", move |azure| {
            permission(azure, data(&[ENCRYPT, READ]));
        })
        .not_ready(
            [Allowed, Allowed, Allowed, Denied],
            &["azure-decrypt-allowed", "azure-role-data-actions"],
        ),
        Setup::of("the role lacks encrypt", "OpenAI, Azure integration", move |azure| {
            permission(azure, data(&[DECRYPT, READ]));
        })
        .not_ready(
            [Allowed, Allowed, Denied, Allowed],
            &["azure-encrypt-allowed", "azure-role-data-actions"],
        ),
        Setup::of("the role lacks reading", "OpenAI, Azure integration", move |azure| {
            permission(azure, data(&[ENCRYPT, DECRYPT]));
        })
        .not_ready(
            [Allowed, Denied, Allowed, Allowed],
            &["azure-read-allowed", "azure-role-data-actions"],
        ),
        Setup::of("the role takes decrypt away again", "RBAC role-definitions, NotDataActions", |azure| {
            permission(azure, Permission::data(&[ENCRYPT, DECRYPT, READ]).but_not_data(&["*/decrypt/action"]));
        })
        .not_ready(
            [Allowed, Allowed, Allowed, Denied],
            &["azure-decrypt-allowed", "azure-role-data-actions"],
        ),
        // Attributes of keys are not among those that conditions can be about.
        Setup::of("the assignment holds under a condition", "Key Vault general/rbac-abac", |azure| {
            let conditional = azure.assignment().clone();
            *azure.assignment() = conditional.on_condition(
                "@Resource[Microsoft.KeyVault/vaults/keys:name] StringEquals 'org-4Qd8XyTz71LmWc05RkVb--workspace'",
            );
        })
        .undetermined(OPEN_USE, USES)
        .warnings(&["azure-role-assignment-scope"]),
    ]
}

/// RBAC overview, "How Azure RBAC determines if a user has access to a resource": what is denied no role allows.
fn refused() -> Vec<Setup> {
    vec![
        Setup::of("everybody is denied everything in the subscription", "RBAC deny-assignments", |azure| {
            denied(azure, Scope::subscription(SUBSCRIPTION), &["*"]);
        })
        .not_ready(NO_USE, USES),
        Setup::of(
            "everybody is denied what is with keys, in a management group",
            "RBAC deny-assignments",
            |azure| {
                denied(azure, Scope::management_group("platform"), &["Microsoft.KeyVault/vaults/keys/*"]);
            },
        )
        .not_ready(NO_USE, USES),
        Setup::of("OpenAI is denied decrypting with the key", "RBAC deny-assignments", |azure| {
            let scope = azure.vault().key_scope(KEY);
            denied(azure, scope, &["microsoft.keyvault/vaults/keys/DECRYPT/action"]);
            azure.tenant().deny_assignments[0].principals =
                vec![Principal::new(OPENAI_OBJECT, "ServicePrincipal")];
        })
        .not_ready([Allowed, Allowed, Allowed, Denied], &["azure-decrypt-allowed"]),
        Setup::of("a group with OpenAI in it is denied", "RBAC deny-assignments, Principal type", |azure| {
            let scope = azure.vault().scope();
            azure.tenant().groups.push(Group::new(GROUP, "Guests", &[OPENAI_OBJECT]));
            denied(azure, scope, &["Microsoft.KeyVault/*"]);
            azure.tenant().deny_assignments[0].principals = vec![Principal::new(GROUP, "Group")];
        })
        .not_ready(NO_USE, USES),
        Setup::of(
            "everybody is denied everything but reading",
            "RBAC deny-assignments, NotDataActions",
            |azure| {
                let scope = azure.vault().scope();
                denied(azure, scope, &["*"]);
                azure.tenant().deny_assignments[0].permissions[0].not_data_actions = vec!["*/read".into()];
            },
        )
        .not_ready([Allowed, Allowed, Denied, Denied], &["azure-decrypt-allowed", "azure-encrypt-allowed"]),
        // Of actions with keys nothing is known that a condition could be about.
        Setup::of(
            "everybody is denied everything under a condition",
            "RBAC deny-assignments, Condition",
            |azure| {
                let scope = azure.vault().scope();
                denied(azure, scope, &["*"]);
                azure.tenant().deny_assignments[0].condition =
                    Some(("@Resource[x:y] StringEquals 'z'".into(), "2.0".into()));
            },
        )
        .undetermined(OPEN_USE, USES),
        // At exactly the key, child scopes or not.
        Setup::of(
            "everybody is denied at the key and not below",
            "RBAC deny-assignments, DoNotApplyToChildScopes",
            |azure| {
                let scope = azure.vault().key_scope(KEY);
                denied(azure, scope, &["*"]);
                azure.tenant().deny_assignments[0].not_for_child_scopes = true;
            },
        )
        .not_ready(NO_USE, USES),
    ]
}

//! Roles with which OpenAI could do more than it needs to.

use crate::setup::{Expected, Setup};
use crate::tenant::{Azure, Permission, RESOURCE_GROUP, SUBSCRIPTION, Scope, built_in};

/// A role with data actions beyond the three is not the one that OpenAI asks for.
const ANOTHER_ROLE: &[&str] = &["azure-least-privilege", "azure-role-data-actions"];
/// Beside the right role there is another.
const BESIDE: &[&str] = &["azure-least-privilege"];

/// The three, with something else.
fn role_with(azure: &mut Azure, data_action: &str) {
    azure.role().permissions[0].data_actions.push(data_action.into());
}

/// Each is not ready, and OpenAI's calls would succeed.
pub(super) fn all() -> Vec<Setup> {
    let with = |name, source, change: fn(&mut Azure), failing| {
        Setup::of(name, source, change).not_ready(Expected::ready().decisions, failing)
    };
    vec![
        with(
            "the role can sign as well",
            "OpenAI, Azure integration",
            |azure| {
                role_with(azure, "Microsoft.KeyVault/vaults/keys/sign/action");
            },
            ANOTHER_ROLE,
        ),
        with(
            "the role has all actions on keys",
            "RBAC role-definitions, Actions format",
            |azure| {
                azure.role().permissions = vec![Permission::data(&["Microsoft.KeyVault/vaults/keys/*"])];
            },
            ANOTHER_ROLE,
        ),
        with(
            "the role has everything that Key Vault has",
            "RBAC role-definitions, Actions format",
            |azure| {
                azure.role().permissions = vec![Permission::data(&["Microsoft.KeyVault/*"])];
            },
            ANOTHER_ROLE,
        ),
        with(
            "the role reads whatever there is",
            "RBAC role-definitions, Actions format",
            |azure| {
                role_with(azure, "*/read");
            },
            ANOTHER_ROLE,
        ),
        // It updates, backs up, signs, verifies, wraps and unwraps.
        with(
            "the role is the built-in one for users of keys",
            "Key Vault general/rbac-guide",
            |azure| {
                azure.assignment().role_definition = built_in::CRYPTO_USER.into();
            },
            ANOTHER_ROLE,
        ),
        with(
            "the role is the built-in administrator, at the vault",
            "Key Vault general/rbac-guide",
            |azure| {
                let vault = azure.vault().scope();
                azure.also_assigns(built_in::KEY_VAULT_ADMINISTRATOR, vault);
            },
            ANOTHER_ROLE,
        )
        .warnings(&["azure-role-assignment-scope"]),
        // Built-in roles with data actions can be assigned there, custom ones can't (RBAC custom-roles).
        with(
            "a built-in role is assigned in a management group",
            "RBAC scope-overview",
            |azure| {
                azure.also_assigns(built_in::CRYPTO_USER, Scope::management_group("platform"));
            },
            ANOTHER_ROLE,
        )
        .warnings(&["azure-role-assignment-scope"]),
        with(
            "the role reads vaults in the control plane",
            "OpenAI, Azure integration",
            |azure| {
                azure.role().permissions[0].actions.push("Microsoft.KeyVault/vaults/read".into());
            },
            BESIDE,
        ),
        with(
            "OpenAI contributes to the resource group",
            "RBAC built-in-roles, Contributor",
            |azure| {
                let group = Scope::subscription(SUBSCRIPTION).resource_group(RESOURCE_GROUP);
                azure.also_assigns(built_in::CONTRIBUTOR, group);
            },
            BESIDE,
        ),
        with(
            "OpenAI reads the subscription",
            "RBAC built-in-roles, Reader",
            |azure| {
                azure.also_assigns(built_in::READER, Scope::subscription(SUBSCRIPTION));
            },
            BESIDE,
        ),
        with(
            "OpenAI owns the tenant",
            "RBAC built-in-roles, Owner",
            |azure| {
                azure.also_assigns(built_in::OWNER, Scope::root());
            },
            BESIDE,
        ),
        with(
            "OpenAI reads another vault",
            "RBAC role-assignments-list-rest",
            |azure| {
                let another = azure.vaults[1].scope();
                azure.also_assigns(built_in::KEY_VAULT_READER, another);
            },
            BESIDE,
        ),
        // The operations team has Reader in the subscription.
        with(
            "OpenAI is in a group that reads the subscription",
            "RBAC overview, Security principal",
            |azure| {
                let openai = azure.openai().object_id.clone();
                azure.tenant().groups[0].members.push(openai);
            },
            BESIDE,
        ),
    ]
}

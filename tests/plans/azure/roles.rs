//! The role's definition.

use serde_json::{Value, json};

use crate::azure::{DECRYPT, DEFINITION, ENCRYPT, NO_ROLE, READ, data, official};
use crate::case::Case;

/// The role, by its name.
const NAMES: &str = "`openai-azure-kms-role`";
const TOO_MUCH: &[&str] = &["azure-least-privilege", "azure-role-data-actions"];

pub(crate) fn all() -> Vec<Case> {
    let permissions = |name, source, permissions: Value| {
        Case::azure(name, source, official().set(DEFINITION, "permissions", permissions))
    };
    let custom = |name, source, actions: &[&str]| permissions(name, source, data(actions));
    let wide = |name, source, also: &str| {
        custom(name, source, &[DECRYPT, ENCRYPT, READ, also]).not_ready(TOO_MUCH, NAMES)
    };
    vec![
        custom("the role lacks decrypt", "OpenAI", &[ENCRYPT, READ])
            .not_ready(&["azure-decrypt-allowed", "azure-role-data-actions"], NAMES),
        custom("the role lacks encrypt", "OpenAI", &[DECRYPT, READ])
            .not_ready(&["azure-encrypt-allowed", "azure-role-data-actions"], NAMES),
        custom("the role lacks reading", "OpenAI", &[DECRYPT, ENCRYPT])
            .not_ready(&["azure-read-allowed", "azure-role-data-actions"], NAMES),
        custom("the role has no data action", "OpenAI", &[]).not_ready(NO_ROLE, NAMES),
        permissions("the role has no permissions", "RBAC, Role definitions", json!([]))
            .not_ready(NO_ROLE, NAMES),
        custom(
            "the role wraps and unwraps",
            "RBAC, Azure permissions for Security",
            &[
                "Microsoft.KeyVault/vaults/keys/unwrap/action",
                "Microsoft.KeyVault/vaults/keys/wrap/action",
                READ,
            ],
        )
        .not_ready(
            &[
                "azure-decrypt-allowed",
                "azure-encrypt-allowed",
                "azure-least-privilege",
                "azure-role-data-actions",
            ],
            NAMES,
        ),
        Case::azure(
            "the role can be assigned in another resource group alone",
            "RBAC, Role definitions",
            official().set(
                DEFINITION,
                "assignable_scopes",
                json!(["/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-web"]),
            ),
        )
        .undetermined(
            &[
                "azure-decrypt-allowed",
                "azure-encrypt-allowed",
                "azure-least-privilege",
                "azure-read-allowed",
                "azure-role-data-actions",
            ],
            "assignable_scopes",
        ),
        wide("the role may sign as well", "OpenAI", "Microsoft.KeyVault/vaults/keys/sign/action"),
        wide("the role may do everything with keys", "OpenAI", "Microsoft.KeyVault/vaults/keys/*"),
        wide("the role may read secrets", "OpenAI", "Microsoft.KeyVault/vaults/secrets/getSecret/action"),
        wide("the role may do everything there is", "RBAC, Role definitions", "*"),
        permissions(
            "reading is under actions",
            "RBAC, Role definitions",
            json!([{
                "actions": [READ],
                "data_actions": [DECRYPT, ENCRYPT],
                "not_actions": null,
                "not_data_actions": null,
            }]),
        )
        .not_ready(&["azure-least-privilege", "azure-read-allowed", "azure-role-data-actions"], NAMES),
        permissions(
            "the three are under actions",
            "RBAC, Role definitions",
            json!([{
                "actions": [DECRYPT, ENCRYPT, READ],
                "data_actions": null,
                "not_actions": null,
                "not_data_actions": null,
            }]),
        )
        .not_ready(
            &[
                "azure-decrypt-allowed",
                "azure-encrypt-allowed",
                "azure-least-privilege",
                "azure-read-allowed",
                "azure-role-data-actions",
            ],
            NAMES,
        ),
        permissions(
            "the role reads the vault as well",
            "OpenAI",
            json!([{
                "actions": ["Microsoft.KeyVault/vaults/read"],
                "data_actions": [DECRYPT, ENCRYPT, READ],
                "not_actions": null,
                "not_data_actions": null,
            }]),
        )
        .not_ready(&["azure-least-privilege"], NAMES),
        permissions(
            "the role takes decrypt away again",
            "RBAC, Role definitions, NotDataActions",
            json!([{
                "actions": null,
                "data_actions": [DECRYPT, ENCRYPT, READ],
                "not_actions": null,
                "not_data_actions": [DECRYPT],
            }]),
        )
        .not_ready(&["azure-decrypt-allowed", "azure-role-data-actions"], NAMES),
        permissions(
            "a second block of permissions has more",
            "RBAC, Role definitions",
            json!([
                {
                    "actions": null,
                    "data_actions": [DECRYPT, ENCRYPT, READ],
                    "not_actions": null,
                    "not_data_actions": null,
                },
                {
                    "actions": null,
                    "data_actions": ["Microsoft.KeyVault/vaults/keys/*"],
                    "not_actions": null,
                    "not_data_actions": null,
                },
            ]),
        )
        .not_ready(TOO_MUCH, NAMES),
    ]
}

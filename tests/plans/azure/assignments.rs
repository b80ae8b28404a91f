//! The service principal, and the roles that are assigned to it.

use serde_json::{Value, json};

use crate::azure::{ASSIGNMENT, DEFINITION, NO_ROLE, PRINCIPAL, REGISTERED, assigned, data, official};
use crate::case::Case;
use crate::plan::{computed, refer};

pub(crate) fn all() -> Vec<Case> {
    [principals(), ids(), scopes(), several()].concat()
}

fn principals() -> Vec<Case> {
    let to = |name, source, principal: Value| {
        Case::azure(name, source, official().set(ASSIGNMENT, "principal_id", principal)).with(REGISTERED)
    };
    let definition = json!({
        "name": "another",
        "scope": "/subscriptions/33333333-3333-3333-3333-333333333333",
        "permissions": data(&[]),
        "assignable_scopes": ["/subscriptions/33333333-3333-3333-3333-333333333333"],
        "id": computed(),
        "role_definition_id": computed(),
        "role_definition_resource_id": computed(),
    });
    vec![
        Case::azure(
            "the service principal is disabled",
            "OpenAI, Troubleshooting",
            official().set(PRINCIPAL, "account_enabled", json!(false)),
        )
        .not_ready(
            &[
                "azure-decrypt-allowed",
                "azure-encrypt-allowed",
                "azure-read-allowed",
                "azure-service-principal",
            ],
            PRINCIPAL,
        ),
        // Whether the tenant has OpenAI's is not to be seen in the plan.
        Case::azure(
            "the service principal is another application's",
            "OpenAI",
            official().set(PRINCIPAL, "client_id", json!("11111111-2222-3333-4444-555555555555")),
        )
        .with(REGISTERED)
        .withheld(""),
        to(
            "the role is assigned to somebody else",
            "OpenAI, Troubleshooting",
            json!("5a8f0e4e-2b0c-4c0e-8a77-000000000000"),
        )
        .not_ready(NO_ROLE, PRINCIPAL),
        // A role is assigned to an object id; the client id is another.
        to(
            "the role is assigned to the client id",
            "Key Vault, Troubleshooting access issues",
            json!("20a14814-5ab7-4612-a671-1382b412bf93"),
        )
        .not_ready(NO_ROLE, PRINCIPAL),
        to(
            "the role is assigned to another service principal that the plan makes",
            "OpenAI, Troubleshooting",
            refer("azuread_service_principal.another.object_id"),
        )
        .but(|plan| {
            plan.create(
                "azuread_service_principal.another",
                json!({ "client_id": "11111111-2222-3333-4444-555555555555", "object_id": computed() }),
            )
        })
        .not_ready(NO_ROLE, PRINCIPAL),
        Case::azure("nothing is assigned", "OpenAI, Troubleshooting", official().omit(ASSIGNMENT))
            .with(REGISTERED)
            .not_ready(NO_ROLE, PRINCIPAL),
        Case::azure(
            "the assignment is counted away",
            "Terraform, The count Meta-Argument",
            official().count_of_none(ASSIGNMENT),
        )
        .with(REGISTERED)
        .not_ready(NO_ROLE, PRINCIPAL),
        Case::azure(
            "another role is assigned",
            "OpenAI, Troubleshooting",
            official().create("azurerm_role_definition.another", definition).set(
                ASSIGNMENT,
                "role_definition_id",
                refer("azurerm_role_definition.another.role_definition_resource_id"),
            ),
        )
        .not_ready(NO_ROLE, "`another`"),
    ]
}

/// What Terraform calls the id of something is not always what the cloud does.
fn ids() -> Vec<Case> {
    let set = |name, address: &str, attribute: &str, value: Value| {
        let plan = official().set(address, attribute, value);
        Case::azure(name, "provider, azurerm and azuread", plan).with(REGISTERED).withheld("")
    };
    vec![
        // `…/roleDefinitions/GUID|SCOPE`
        set("the role is what Terraform calls its id", ASSIGNMENT, "role_definition_id", {
            refer("azurerm_role_definition.ekm.id")
        }),
        // `/servicePrincipals/GUID`
        set("the principal is what Terraform calls its id", ASSIGNMENT, "principal_id", {
            refer("azuread_service_principal.openai.id")
        }),
        set("the key's vault is its URI", "azurerm_key_vault_key.k", "key_vault_id", {
            refer("azurerm_key_vault.v.vault_uri")
        }),
    ]
}

fn scopes() -> Vec<Case> {
    let at = |name, source, scope: Value| {
        Case::azure(name, source, official().set(ASSIGNMENT, "scope", scope)).with(REGISTERED)
    };
    let another_key = json!({
        "name": "org-AbCdEf123456--other",
        "key_type": "RSA",
        "key_opts": ["encrypt", "decrypt"],
        "key_vault_id": refer("azurerm_key_vault.v.id"),
        "resource_versionless_id": computed(),
    });
    let another_vault = json!({
        "name": "another-vault",
        "resource_group_name": "rg-ekm",
        "tenant_id": "44444444-4444-4444-4444-444444444444",
        "enable_rbac_authorization": true,
        "id": computed(),
    });
    vec![
        at(
            "the role is assigned at another key",
            "OpenAI, Troubleshooting",
            refer("azurerm_key_vault_key.other.resource_versionless_id"),
        )
        .but(|plan| plan.create("azurerm_key_vault_key.other", another_key))
        .not_ready(NO_ROLE, "azurerm_role_assignment"),
        at(
            "the role is assigned at another vault",
            "OpenAI, Troubleshooting",
            refer("azurerm_key_vault.other.id"),
        )
        .but(|plan| plan.create("azurerm_key_vault.other", another_vault))
        .not_ready(NO_ROLE, "azurerm_role_assignment"),
        at(
            "the role is assigned in another subscription",
            "RBAC, Understand scope",
            json!("/subscriptions/99999999-9999-9999-9999-999999999999"),
        )
        .not_ready(NO_ROLE, "azurerm_role_assignment"),
        at(
            "the role is assigned at another resource group",
            "RBAC, Understand scope",
            json!("/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-ekm-other"),
        )
        .not_ready(NO_ROLE, "azurerm_role_assignment"),
        // What the data plane calls the key is no scope, and a version is below it.
        at(
            "the scope is the key's URL",
            "RBAC, Understand scope",
            refer("azurerm_key_vault_key.k.versionless_id"),
        )
        .withheld("azurerm_role_assignment"),
        at("the scope is a version's URL", "RBAC, Understand scope", refer("azurerm_key_vault_key.k.id"))
            .withheld("azurerm_role_assignment"),
        at(
            "the scope is a version of the key",
            "RBAC, Understand scope",
            refer("azurerm_key_vault_key.k.resource_id"),
        )
        .withheld("azurerm_role_assignment"),
    ]
}

fn several() -> Vec<Case> {
    let second =
        |name, source, written: Value| Case::azure(name, source, assigned(official(), "second", written));
    let definition = |actions: &[&str], controls: Value| {
        json!({
            "name": "second",
            "scope": "/subscriptions/33333333-3333-3333-3333-333333333333",
            "assignable_scopes": ["/subscriptions/33333333-3333-3333-3333-333333333333"],
            "permissions": [{
                "actions": controls,
                "data_actions": actions,
                "not_actions": null,
                "not_data_actions": null,
            }],
            "id": computed(),
            "role_definition_id": computed(),
            "role_definition_resource_id": computed(),
        })
    };
    let by_id = || {
        json!({
            "role_definition_id": refer("azurerm_role_definition.second.role_definition_resource_id"),
        })
    };
    vec![
        second("a second role has more", "RBAC, Overview", by_id())
            .but(|plan| {
                plan.create(
                    "azurerm_role_definition.second",
                    definition(&["Microsoft.KeyVault/vaults/keys/*"], Value::Null),
                )
            })
            .not_ready(&["azure-least-privilege", "azure-role-data-actions"], "`second`"),
        second("a second role is for the control plane", "RBAC, Role definitions", by_id())
            .but(|plan| plan.create("azurerm_role_definition.second", definition(&[], json!(["*/read"]))))
            .not_ready(&["azure-least-privilege"], "`second`"),
        // What a built-in role has is in Microsoft's documents, and not in the plan.
        second(
            "a second role is built in and has more",
            "RBAC, Azure built-in roles",
            json!({ "role_definition_name": "Key Vault Administrator" }),
        )
        .withheld("azurerm_role_assignment.second"),
        Case::azure(
            "the role is built in, and wraps only",
            "RBAC, Azure built-in roles",
            official().omit(DEFINITION).set(ASSIGNMENT, "role_definition_id", computed()).set(
                ASSIGNMENT,
                "role_definition_name",
                json!("Key Vault Crypto Service Encryption User"),
            ),
        )
        .withheld("azurerm_role_assignment"),
        second(
            "a second role at the vault reads secrets",
            "OpenAI",
            json!({
                "role_definition_id": refer("azurerm_role_definition.second.role_definition_resource_id"),
                "scope": refer("azurerm_key_vault.v.id"),
            }),
        )
        .but(|plan| {
            plan.create(
                "azurerm_role_definition.second",
                definition(&["Microsoft.KeyVault/vaults/secrets/getSecret/action"], Value::Null),
            )
        })
        .not_ready(&["azure-least-privilege", "azure-role-data-actions"], "`second`"),
        second(
            "a second role in another subscription",
            "OpenAI",
            json!({
                "role_definition_name": "Owner",
                "scope": "/subscriptions/33333333-3333-3333-3333-333333333334",
            }),
        )
        .not_ready(&["azure-least-privilege"], "33333333-3333-3333-3333-333333333334"),
    ]
}

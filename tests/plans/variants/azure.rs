//! The Azure providers' other ways to say the same.

use serde_json::{Value, json};

use crate::azure::{ASSIGNMENT, DEFINITION, KEY, PRINCIPAL, SUBSCRIPTION, VAULT, official};
use crate::case::Case;
use crate::plan::{Plan, computed, refer};

pub(crate) fn all() -> Vec<Case> {
    [roles(), vaults(), keys()].concat()
}

fn roles() -> Vec<Case> {
    let at = |name, scope: Value| {
        Case::azure(name, "OpenAI", official().set(ASSIGNMENT, "scope", scope))
            .warnings(&["azure-key-rotation", "azure-role-assignment-scope"])
    };
    let policy = json!({
        "key_vault_id": refer("azurerm_key_vault.v.id"),
        "tenant_id": "44444444-4444-4444-4444-444444444444",
        "object_id": refer("azuread_service_principal.openai.object_id"),
        "key_permissions": ["Get", "List", "Purge"],
        "id": computed(),
    });
    vec![
        Case::azure("as planned", "OpenAI", official()),
        Case::azure("the organization is given", "OpenAI", official())
            .with(&["--organization-id", "org-AbCdEf123456"]),
        Case::azure("what is registered is given", "OpenAI", official()).with(crate::azure::REGISTERED),
        Case::azure(
            "the role is assigned by its name",
            "provider, azurerm_role_assignment",
            official()
                .set(ASSIGNMENT, "role_definition_id", computed())
                .set(ASSIGNMENT, "role_definition_name", json!("openai-azure-kms-role"))
                .referring(
                    ASSIGNMENT,
                    "role_definition_name",
                    &["azurerm_role_definition.ekm.name", "azurerm_role_definition.ekm"],
                ),
        ),
        Case::azure(
            "the service principal is of the older provider",
            "provider, azuread_service_principal",
            official().without(PRINCIPAL, "client_id").set(
                PRINCIPAL,
                "application_id",
                json!("20a14814-5ab7-4612-a671-1382b412bf93"),
            ),
        ),
        Case::azure(
            "the client id is in capitals",
            "RBAC, Role definitions",
            official().set(PRINCIPAL, "client_id", json!("20A14814-5AB7-4612-A671-1382B412BF93")),
        ),
        Case::azure(
            "the data actions are in another case",
            "RBAC, Role definitions",
            official().set(
                DEFINITION,
                "permissions",
                crate::azure::data(&[
                    "microsoft.keyvault/vaults/keys/decrypt/action",
                    "MICROSOFT.KEYVAULT/VAULTS/KEYS/ENCRYPT/ACTION",
                    "Microsoft.KeyVault/vaults/keys/read",
                ]),
            ),
        ),
        // Above the key: a warning.
        at("the role is assigned at the vault", refer("azurerm_key_vault.v.id")),
        at(
            "the role is assigned at the resource group",
            json!(format!("{SUBSCRIPTION}/resourceGroups/rg-ekm")),
        ),
        at("the role is assigned at the subscription", json!(SUBSCRIPTION)),
        // Where roles decide, nobody heeds it.
        Case::azure(
            "an access policy is left over",
            "Key Vault, Access control default",
            official().create("azurerm_key_vault_access_policy.left", policy),
        ),
    ]
}

fn on_a_vault_that_is_there() -> Plan {
    let id = format!("{SUBSCRIPTION}/resourceGroups/rg-ekm/providers/Microsoft.KeyVault/vaults/acme-there");
    let vault = json!({
        "name": "acme-there",
        "resource_group_name": "rg-ekm",
        "tenant_id": "44444444-4444-4444-4444-444444444444",
        "enable_rbac_authorization": true,
        "access_policy": [],
        "network_acls": [],
        "public_network_access_enabled": true,
        "purge_protection_enabled": true,
        "vault_uri": "https://acme-there.vault.azure.net/",
        "id": id,
    });
    official()
        .exists("azurerm_key_vault.there", vault)
        .set(KEY, "key_vault_id", json!(id))
        .referring(KEY, "key_vault_id", &["azurerm_key_vault.there.id", "azurerm_key_vault.there"])
        .omit(VAULT)
}

fn vaults() -> Vec<Case> {
    let vault = |name, source, attribute: &str, value: Value| {
        Case::azure(name, source, official().set(VAULT, attribute, value))
    };
    vec![
        Case::azure(
            "the newer provider's name for role-based access",
            "provider, azurerm_key_vault",
            official().without(VAULT, "enable_rbac_authorization").set(
                VAULT,
                "rbac_authorization_enabled",
                json!(true),
            ),
        ),
        vault(
            "the firewall lets everybody in",
            "Key Vault, Network security",
            "network_acls",
            json!([{
                "bypass": "AzureServices",
                "default_action": "Allow",
                "ip_rules": ["203.0.113.0/24"],
                "virtual_network_subnet_ids": null,
            }]),
        ),
        // What nobody wrote the provider computes, and finds nothing.
        vault(
            "the firewall is left to the provider",
            "provider, azurerm_key_vault",
            "network_acls",
            computed(),
        ),
        // What is assigned at it or above it, and denied, is a limit of a key that the plan makes.
        Case::azure("the vault is there already", "RBAC, Understand scope", on_a_vault_that_is_there())
            .payload(json!({
                "type": "azure",
                "name": "org-AbCdEf123456--prod",
                "tenant_id": "44444444-4444-4444-4444-444444444444",
                "vault_uri": "https://acme-there.vault.azure.net/",
                "key_name": "org-AbCdEf123456--prod",
            })),
        vault(
            "what is deleted can be purged",
            "Key Vault, Soft-delete overview",
            "purge_protection_enabled",
            json!(false),
        )
        .warnings(&["azure-key-rotation", "azure-vault-purge-protection"]),
        Case::azure(
            "a private endpoint is made as well",
            "Key Vault, Private link service",
            official().create(
                "azurerm_private_endpoint.v",
                json!({ "name": "pe", "location": "eastus", "id": computed() }),
            ),
        ),
    ]
}

fn keys() -> Vec<Case> {
    let key = |name, source, attribute: &str, value: Value| {
        Case::azure(name, source, official().set(KEY, attribute, value))
    };
    let rotation = |automatic: Value| json!([{ "automatic": [automatic], "expire_after": "P2Y", "notify_before_expiry": null }]);
    let yearly = json!({ "time_after_creation": "P1Y", "time_before_expiry": null });
    vec![
        key("the key is in hardware", "Key Vault, About keys", "key_type", json!("RSA-HSM")),
        key("the key has 2048 bits", "OpenAI", "key_size", json!(2048)),
        key("the key has 4096 bits", "OpenAI", "key_size", json!(4096)),
        key(
            "the key has other operations as well",
            "Key Vault, Key operations",
            "key_opts",
            json!(["decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey"]),
        ),
        key(
            "the key is rotated",
            "Key Vault, Configure key auto-rotation",
            "rotation_policy",
            rotation(yearly.clone()),
        )
        .warnings(&[]),
        key(
            "the key expires, and nothing rotates it",
            "Key Vault, Key attributes",
            "expiration_date",
            json!("2028-01-01T00:00:00Z"),
        )
        .warnings(&["azure-key-expiry", "azure-key-rotation"]),
        Case::azure(
            "the key expires, and is rotated in time",
            "Key Vault, Configure key auto-rotation",
            official().set(KEY, "expiration_date", json!("2028-11-01T00:00:00Z")).set(
                KEY,
                "rotation_policy",
                rotation(yearly),
            ),
        )
        // When the key will have been made is known after apply.
        .warnings(&[])
        .unknown_warnings(&["azure-key-expiry", "azure-key-rotation"]),
        key(
            "the key could be used since years",
            "Key Vault, Key attributes",
            "not_before_date",
            json!("2020-01-01T00:00:00Z"),
        ),
    ]
}

//! The vault: who decides in it, and who reaches it.

use serde_json::{Value, json};

use crate::azure::{REGISTERED, VAULT, official};
use crate::case::Case;
use crate::plan::{computed, refer};

/// Where access policies decide.
const POLICIES: &[&str] =
    &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-vault-rbac"];
/// Where nobody gets in.
const SHUT: &[&str] =
    &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-vault-network"];

pub(crate) fn all() -> Vec<Case> {
    [modes(), networks(), tenants()].concat()
}

fn vault(name: &'static str, source: &'static str, attribute: &str, value: Value) -> Case {
    Case::azure(name, source, official().set(VAULT, attribute, value))
}

fn modes() -> Vec<Case> {
    let newer = |name, source, value: Value| {
        let plan = official().without(VAULT, "enable_rbac_authorization");
        Case::azure(name, source, plan.set(VAULT, "rbac_authorization_enabled", value))
    };
    let allowing = json!({
        "key_vault_id": refer("azurerm_key_vault.v.id"),
        "tenant_id": "44444444-4444-4444-4444-444444444444",
        "object_id": refer("azuread_service_principal.openai.object_id"),
        "application_id": null,
        "key_permissions": ["Decrypt", "Encrypt", "Get"],
        "secret_permissions": null,
        "certificate_permissions": null,
        "storage_permissions": null,
        "id": computed(),
    });
    vec![
        vault(
            "access policies decide in the vault",
            "Key Vault, Access control default",
            "enable_rbac_authorization",
            json!(false),
        )
        .not_ready(POLICIES, VAULT),
        newer(
            "access policies decide in the vault, in the newer provider",
            "provider, azurerm_key_vault",
            json!(false),
        )
        .not_ready(POLICIES, VAULT),
        // The provider's default is false.
        vault(
            "who decides in the vault is not written",
            "provider, azurerm_key_vault",
            "enable_rbac_authorization",
            Value::Null,
        )
        .not_ready(POLICIES, VAULT),
        vault(
            "an access policy allows the three",
            "Key Vault, Access control default",
            "enable_rbac_authorization",
            json!(false),
        )
        .but(|plan| plan.create("azurerm_key_vault_access_policy.openai", allowing))
        .not_ready(&["azure-vault-rbac"], VAULT),
    ]
}

fn networks() -> Vec<Case> {
    let acls = |name, source, ip_rules: Value, subnets: Value| {
        vault(
            name,
            source,
            "network_acls",
            json!([{
                "bypass": "AzureServices",
                "default_action": "Deny",
                "ip_rules": ip_rules,
                "virtual_network_subnet_ids": subnets,
            }]),
        )
    };
    vec![
        vault(
            "public access is switched off",
            "Key Vault, Network security",
            "public_network_access_enabled",
            json!(false),
        )
        .not_ready(SHUT, VAULT),
        acls("the firewall lets nobody in", "Key Vault, Network security", json!([]), json!([]))
            .not_ready(SHUT, VAULT),
        acls(
            "the firewall lets private addresses in",
            "Key Vault, Network security",
            json!(["10.0.0.0/8"]),
            Value::Null,
        )
        .not_ready(SHUT, VAULT),
        acls(
            "the firewall lets a subnet in",
            "Key Vault, Network security",
            Value::Null,
            json!(["/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/hub/subnets/apps"]),
        )
        .not_ready(SHUT, VAULT),
    ]
}

fn tenants() -> Vec<Case> {
    vec![
        vault(
            "the vault is another tenant's",
            "OpenAI, Troubleshooting",
            "tenant_id",
            json!("55555555-5555-5555-5555-555555555555"),
        )
        .with(REGISTERED)
        .not_ready(
            &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-tenant"],
            VAULT,
        ),
        // Its vaults have other hosts, where OpenAI has no service principal.
        Case::azure(
            "the provider is for another cloud",
            "provider, azurerm, environment",
            official().but(|document| {
                document["configuration"]["provider_config"]["azurerm"]["expressions"]["environment"] =
                    json!({ "constant_value": "usgovernment" });
            }),
        )
        .not_ready(&["azure-vault-uri"], "acme-openai-ekm.vault.usgovcloudapi.net"),
        Case::azure("the plan makes no such vault", "OpenAI, Troubleshooting", official())
            .with(&[
                "--tenant-id",
                "44444444-4444-4444-4444-444444444444",
                "--vault-uri",
                "https://another-vault.vault.azure.net/",
                "--key-name",
                "org-AbCdEf123456--prod",
            ])
            .withheld(""),
    ]
}

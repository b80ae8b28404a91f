//! The key: its kind, its operations, its dates and its name.

use serde_json::{Value, json};

use crate::azure::{KEY, NO_USE, REGISTERED, official};
use crate::case::Case;

/// Where nothing can be encrypted or decrypted.
const NO_CRYPTOGRAPHY: &[&str] = &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-key-rsa"];
const NO_OPERATION: &[&str] = &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-key-operations"];
/// Where nothing new can be encrypted.
const NO_ENCRYPT: &[&str] = &["azure-encrypt-allowed", "azure-key-enabled"];

pub(crate) fn all() -> Vec<Case> {
    let key = |name, source, attribute: &str, value: Value| {
        Case::azure(name, source, official().set(KEY, attribute, value))
    };
    let operations = |name, operations: Value| key(name, "Key Vault, Key operations", "key_opts", operations);
    vec![
        key("the key is an elliptic-curve key", "Key Vault, About keys", "key_type", json!("EC"))
            .not_ready(NO_CRYPTOGRAPHY, KEY),
        key("the key is symmetric", "Key Vault, About keys", "key_type", json!("oct-HSM"))
            .not_ready(NO_CRYPTOGRAPHY, KEY),
        operations("the key only decrypts", json!(["decrypt"]))
            .not_ready(&["azure-encrypt-allowed", "azure-key-operations"], KEY),
        operations("the key only encrypts", json!(["encrypt"]))
            .not_ready(&["azure-decrypt-allowed", "azure-key-operations"], KEY),
        operations("the key wraps and unwraps", json!(["unwrapKey", "wrapKey"])).not_ready(NO_OPERATION, KEY),
        operations("the key does nothing", json!([])).not_ready(NO_OPERATION, KEY),
        // By the day of the plan, 2026-11-21, not by that of the run.
        key(
            "the key has expired",
            "Key Vault, Key attributes",
            "expiration_date",
            json!("2026-11-20T00:00:00Z"),
        )
        .not_ready(NO_ENCRYPT, KEY),
        key(
            "the key can't be used yet",
            "Key Vault, Key attributes",
            "not_before_date",
            json!("2026-11-22T00:00:00Z"),
        )
        .not_ready(NO_ENCRYPT, KEY),
        key("the key's name names no organization", "OpenAI", "name", json!("prod-key"))
            .not_ready(&["azure-key-name"], KEY),
        key("the key's name has an underscore", "OpenAI", "name", json!("org-AbCdEf123456--my_key"))
            .not_ready(&["azure-key-name"], KEY),
        key("the key's name has one hyphen", "OpenAI", "name", json!("org-AbCdEf123456-prod"))
            .not_ready(&["azure-key-name"], KEY),
        Case::azure("the key is another organization's", "OpenAI, Troubleshooting", official())
            .with(&["--organization-id", "org-Some0therOrganization"])
            .not_ready(&["azure-key-organization"], "org-Some0therOrganization"),
        Case::azure("the plan makes no key of that name", "OpenAI, Troubleshooting", official())
            .with(REGISTERED)
            .but(|plan| plan.set(KEY, "name", json!("org-AbCdEf123456--other")))
            .not_ready(NO_USE, "azurerm_role_assignment"),
    ]
}

//! On Azure: the corpus's plan of what is there already, with one change.

use serde_json::{Value, json};

use crate::azure::{ASSIGNMENT, DECRYPT, DEFINITION, ENCRYPT, KEY, PRINCIPAL, READ, REGISTERED, VAULT, data};
use crate::case::Case;
use crate::plan::Plan;

const SOURCE: &str = "OpenAI, KMS key lifecycle";
const KEPT: &[&str] = &["azure-access-kept"];

pub(super) fn there() -> Plan {
    Plan::corpus("azure-nochange")
}

pub(crate) fn losses() -> Vec<Case> {
    let lost = |name, plan: Plan, names| {
        Case::azure(name, SOURCE, plan).with(REGISTERED).withheld(names).failing(KEPT)
    };
    let changed = |name, address: &'static str, attribute: &str, value: Value| {
        lost(name, there().set(address, attribute, value), address)
    };
    let firewall = json!([{
        "bypass": "AzureServices",
        "default_action": "Deny",
        "ip_rules": [],
        "virtual_network_subnet_ids": null,
    }]);
    vec![
        changed("the role loses decrypt", DEFINITION, "permissions", data(&[ENCRYPT, READ])),
        changed("the role loses encrypt", DEFINITION, "permissions", data(&[DECRYPT, READ])),
        changed("the role loses reading", DEFINITION, "permissions", data(&[DECRYPT, ENCRYPT])),
        lost("the assignment is destroyed", there().delete(ASSIGNMENT), ASSIGNMENT),
        lost(
            "the assignment goes to another key",
            there().replace(
                ASSIGNMENT,
                "scope",
                json!("/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-ekm/providers/Microsoft.KeyVault/vaults/acme-openai-ekm/keys/other"),
                &["id", "name"],
            ),
            ASSIGNMENT,
        ),
        lost(
            "the assignment goes to somebody else",
            there().replace(
                ASSIGNMENT,
                "principal_id",
                json!("99999999-2b0c-4c0e-8a77-6f3b9f6a1d10"),
                &["id", "name"],
            ),
            ASSIGNMENT,
        ),
        lost("the role is destroyed", there().delete(ASSIGNMENT).delete(DEFINITION), ASSIGNMENT),
        changed("the service principal is disabled", PRINCIPAL, "account_enabled", json!(false)),
        lost("the service principal is destroyed", there().delete(PRINCIPAL), PRINCIPAL),
        lost(
            "the service principal is made anew",
            there().replace(
                PRINCIPAL,
                "client_id",
                json!("20a14814-5ab7-4612-a671-1382b412bf93"),
                &["id", "object_id"],
            ),
            PRINCIPAL,
        ),
        changed("public access is switched off", VAULT, "public_network_access_enabled", json!(false)),
        changed("the firewall lets nobody in", VAULT, "network_acls", firewall),
        lost(
            "the role loses decrypt behind a firewall that lets some in",
            there()
                .has(VAULT, "network_acls", super::harmless::letting_in(&["20.40.0.0/16"]))
                .set(DEFINITION, "permissions", data(&[ENCRYPT, READ])),
            DEFINITION,
        ),
        changed("access policies decide", VAULT, "enable_rbac_authorization", json!(false)),
        lost("the vault is destroyed", there().delete(KEY).delete(VAULT).delete(ASSIGNMENT), VAULT),
        lost(
            "the vault is made anew elsewhere",
            there().replace(VAULT, "location", json!("westeurope"), &["id", "vault_uri"]),
            VAULT,
        ),
        lost("the key is destroyed", there().delete(KEY), KEY),
        lost(
            "the key is made anew on an elliptic curve",
            there().replace(KEY, "key_type", json!("EC"), &["id", "version", "versionless_id", "n", "e"]),
            KEY,
        ),
        lost(
            "the key is made anew with another size",
            there().replace(KEY, "key_size", json!(4096), &["id", "version", "versionless_id", "n", "e"]),
            KEY,
        ),
        lost(
            "the key is renamed",
            there().replace(
                KEY,
                "name",
                json!("org-AbCdEf123456--other"),
                &["id", "version", "versionless_id", "resource_versionless_id"],
            ),
            KEY,
        ),
        changed("the key loses decrypt", KEY, "key_opts", json!(["encrypt"])),
        changed("the key expires at once", KEY, "expiration_date", json!("2026-11-01T00:00:00Z")),
        lost(
            "somebody disabled the service principal, and the plan leaves it so",
            there()
                .has(PRINCIPAL, "account_enabled", json!(false))
                .drifted(PRINCIPAL, "account_enabled", json!(true)),
            PRINCIPAL,
        ),
    ]
}

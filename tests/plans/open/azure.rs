//! On Azure.

use serde_json::{Value, json};

use crate::azure::{ASSIGNMENT, DEFINITION, KEY, NO_USE, PRINCIPAL, REGISTERED, VAULT, assigned, official};
use crate::case::Case;
use crate::plan::{computed, refer};

const JSON: &str = "Terraform, JSON Output Format";

pub(crate) fn all() -> Vec<Case> {
    [assignments(), principals(), vaults(), keys()].concat()
}

fn assignments() -> Vec<Case> {
    let set = |name, attribute: &str, value: Value| {
        Case::azure(name, JSON, official().set(ASSIGNMENT, attribute, value)).with(REGISTERED)
    };
    vec![
        // `"${azurerm_key_vault.v.id}/keys/${azurerm_key_vault_key.k.name}"`
        set("the scope is put together", "scope", computed())
            .but(|plan| {
                plan.referring(
                    ASSIGNMENT,
                    "scope",
                    &[
                        "azurerm_key_vault.v.id",
                        "azurerm_key_vault.v",
                        "azurerm_key_vault_key.k.name",
                        "azurerm_key_vault_key.k",
                    ],
                )
            })
            .withheld("azurerm_role_assignment.openai"),
        set("the scope comes through a local value", "scope", refer("local.scope"))
            .withheld("azurerm_role_assignment.openai"),
        set("the principal comes through a local value", "principal_id", refer("local.principal"))
            .withheld("azurerm_role_assignment.openai"),
        set("the role comes through a local value", "role_definition_id", refer("local.role"))
            .withheld("azurerm_role_assignment.openai"),
        Case::azure(
            "the assignment has a condition",
            "Key Vault, Azure ABAC",
            official().set(ASSIGNMENT, "condition", json!("((!(ActionMatches{'a'})))")),
        )
        .undetermined(NO_USE, "azurerm_role_assignment.openai"),
        Case::azure(
            "the role's data actions come through a local value",
            JSON,
            official().set(
                DEFINITION,
                "permissions",
                json!([{ "actions": null, "data_actions": refer("local.actions"), "not_actions": null,
                    "not_data_actions": null }]),
            ),
        )
        .withheld(DEFINITION),
        Case::azure(
            "the role's permissions are dynamic blocks",
            "Terraform, dynamic Blocks",
            official().set(DEFINITION, "permissions", computed()),
        )
        .withheld(DEFINITION),
        // It could be OpenAI's.
        Case::azure(
            "whose a second role is comes through a local value",
            JSON,
            assigned(
                official(),
                "second",
                json!({
                    "principal_id": refer("local.principal"),
                    "role_definition_name": "Key Vault Administrator",
                    "scope": refer("azurerm_key_vault.v.id"),
                }),
            ),
        )
        .withheld("azurerm_role_assignment.second"),
    ]
}

/// A service principal that is there already has whatever it has.
fn principals() -> Vec<Case> {
    let there = json!({
        "client_id": "20a14814-5ab7-4612-a671-1382b412bf93",
        "object_id": "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10",
        "account_enabled": true,
        "display_name": "EKM - OpenAI Azure",
    });
    vec![
        Case::azure(
            "the service principal is there already",
            "provider, azuread_service_principal (data source)",
            official()
                .omit(PRINCIPAL)
                .read("data.azuread_service_principal.openai", there)
                .set(ASSIGNMENT, "principal_id", json!("5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10"))
                .referring(
                    ASSIGNMENT,
                    "principal_id",
                    &[
                        "data.azuread_service_principal.openai.object_id",
                        "data.azuread_service_principal.openai",
                    ],
                ),
        )
        .with(REGISTERED)
        .withheld(""),
        Case::azure(
            "the service principal may be there already",
            "provider, azuread_service_principal, use_existing",
            official().set(PRINCIPAL, "use_existing", json!(true)),
        )
        .withheld(""),
        Case::azure(
            "the service principal is put into a group",
            "provider, azuread_group_member",
            official().create(
                "azuread_group_member.openai",
                json!({
                    "group_object_id": "77777777-7777-7777-7777-777777777777",
                    "member_object_id": refer("azuread_service_principal.openai.object_id"),
                }),
            ),
        )
        .withheld(""),
        Case::azure(
            "whether the service principal may sign in is unknown",
            JSON,
            official().set(PRINCIPAL, "account_enabled", refer("var.enabled")),
        )
        .withheld(PRINCIPAL),
    ]
}

fn vaults() -> Vec<Case> {
    let vault = |name, attribute: &str, value: Value| {
        Case::azure(name, JSON, official().set(VAULT, attribute, value))
    };
    let acls = |rules: Value| {
        json!([{
            "bypass": "None",
            "default_action": "Deny",
            "ip_rules": rules,
            "virtual_network_subnet_ids": null,
        }])
    };
    let network =
        &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-vault-network"];
    vec![
        // OpenAI publishes no addresses.
        vault("the firewall lets some addresses in", "network_acls", acls(json!(["20.40.0.0/16"])))
            .undetermined(network, VAULT),
        vault("the firewall's addresses are unknown", "network_acls", acls(refer("var.addresses")))
            .withheld(VAULT),
        vault("whether public access is on is unknown", "public_network_access_enabled", refer("var.public"))
            .withheld(VAULT),
        // A provider's own value for a name that nobody writes.
        Case::azure(
            "the two names for who decides in the vault contradict each other",
            "provider, azurerm_key_vault",
            official().later(VAULT, "rbac_authorization_enabled").but(|document| {
                for change in document["resource_changes"].as_array_mut().into_iter().flatten() {
                    if change["address"] == VAULT {
                        change["change"]["after_unknown"]["rbac_authorization_enabled"] = json!(false);
                        change["change"]["after"]["rbac_authorization_enabled"] = json!(false);
                    }
                }
            }),
        )
        .withheld(VAULT),
        Case::azure(
            "the service principal is in a tenant of another cloud",
            "provider, azuread, environment",
            official().but(|document| {
                document["configuration"]["provider_config"]["azuread"]["expressions"]["environment"] =
                    json!({ "constant_value": "usgovernmentl4" });
            }),
        )
        .withheld("OpenAI's service principal"),
        vault("who decides in the vault is unknown", "enable_rbac_authorization", refer("var.rbac"))
            .withheld(VAULT),
        Case::azure(
            "the plan is not complete",
            "Terraform, Resource Targeting",
            official().top("complete", json!(false)),
        )
        .withheld(""),
        Case::azure("there is no configuration", JSON, official().lacking("configuration"))
            .with(REGISTERED)
            .withheld(""),
    ]
}

fn keys() -> Vec<Case> {
    let key =
        |name, attribute: &str| Case::azure(name, JSON, official().set(KEY, attribute, refer("var.setting")));
    vec![
        key("the key's operations are unknown", "key_opts").withheld(KEY),
        key("the key's kind is unknown", "key_type").withheld(KEY),
        key("when the key expires is unknown", "expiration_date").withheld(KEY),
        key("from when on the key may be used is unknown", "not_before_date").withheld(KEY),
        Case::azure(
            "which vault the key is in comes through a local value",
            JSON,
            official().set(KEY, "key_vault_id", refer("local.vault")),
        )
        .with(REGISTERED)
        .withheld(KEY),
        Case::azure(
            "the key's name is unknown",
            JSON,
            official().set(KEY, "name", refer("random_id.name.hex")),
        )
        .withheld("azurerm_key_vault_key.k")
        .or_refused(),
    ]
}

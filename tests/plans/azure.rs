//! Plans on Azure, each with one fault.
//!
//! Sources: `OpenAI …` is its article "Azure integration"; `RBAC …` is Azure role-based access control, `Key Vault …` is
//! Azure Key Vault, `provider` the documentation of the Terraform providers `hashicorp/azurerm` and `hashicorp/azuread`.

use serde_json::{Value, json};

use crate::case::Case;
use crate::plan::{Plan, computed, refer};

#[path = "azure/assignments.rs"]
mod assignments;
#[path = "azure/key.rs"]
mod key;
#[path = "azure/roles.rs"]
mod roles;
#[path = "azure/vault.rs"]
mod vault;

pub(crate) const PRINCIPAL: &str = "azuread_service_principal.openai";
pub(crate) const VAULT: &str = "azurerm_key_vault.v";
pub(crate) const KEY: &str = "azurerm_key_vault_key.k";
pub(crate) const ASSIGNMENT: &str = "azurerm_role_assignment.openai";
pub(crate) const DEFINITION: &str = "azurerm_role_definition.ekm";

pub(crate) const READ: &str = "Microsoft.KeyVault/vaults/keys/read";
pub(crate) const ENCRYPT: &str = "Microsoft.KeyVault/vaults/keys/encrypt/action";
pub(crate) const DECRYPT: &str = "Microsoft.KeyVault/vaults/keys/decrypt/action";
pub(crate) const SUBSCRIPTION: &str = "/subscriptions/33333333-3333-3333-3333-333333333333";

/// Where all of OpenAI's uses of the key are refused.
pub(crate) const NO_USE: &[&str] = &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed"];
/// The same, for want of a role.
pub(crate) const NO_ROLE: &[&str] =
    &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-role-data-actions"];

/// What is to be registered, where the plan does not tell by itself.
pub(crate) const REGISTERED: &[&str] = &[
    "--tenant-id",
    "44444444-4444-4444-4444-444444444444",
    "--vault-uri",
    "https://acme-openai-ekm.vault.azure.net/",
    "--key-name",
    "org-AbCdEf123456--prod",
];

/// Every plan with one fault.
pub(crate) fn mutants() -> Vec<Case> {
    [roles::all(), assignments::all(), vault::all(), key::all()].concat()
}

/// Service principal, vault, key, role and assignment, planned for the first time.
pub(crate) fn official() -> Plan {
    Plan::corpus("azure")
}

/// A role's permissions: data actions alone.
pub(crate) fn data(actions: &[&str]) -> Value {
    json!([{ "actions": null, "data_actions": actions, "not_actions": null, "not_data_actions": null }])
}

/// An assignment of a role to OpenAI's service principal at the key, but for what is written otherwise.
pub(crate) fn assigned(plan: Plan, name: &str, written: Value) -> Plan {
    let mut values = json!({
        "principal_id": refer("azuread_service_principal.openai.object_id"),
        "scope": refer("azurerm_key_vault_key.k.resource_versionless_id"),
        "condition": null,
        "id": computed(),
        "name": computed(),
    });
    for (field, value) in written.as_object().into_iter().flatten() {
        values[field] = value.clone();
    }
    plan.create(&format!("azurerm_role_assignment.{name}"), values)
}

//! On Azure: what a plan does around the key, to groups, to the vault's resource group, and through Azure's own interface.

use serde_json::{Value, json};

use super::over::azure_evidence;
use crate::azure::{DEFINITION, KEY, REGISTERED, SUBSCRIPTION, VAULT};
use crate::case::Case;
use crate::plan::{Plan, computed};

const KEPT: &[&str] = &["azure-access-kept"];
const VAULT_ID: &str = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-ekm/providers/Microsoft.KeyVault/vaults/acme-openai-ekm";

pub(super) fn all() -> Vec<Case> {
    [groups(), resource_groups(), own_interface()].concat()
}

fn there() -> Plan {
    Plan::corpus("azure-nochange")
}

fn over(name: &'static str, source: &'static str, plan: Plan) -> Case {
    Case::azure(name, source, plan).with(REGISTERED).over(azure_evidence(|_| {}))
}

/// The role is a group's that OpenAI's service principal is in.
fn groups() -> Vec<Case> {
    const GROUP: &str = "77777777-0000-0000-0000-000000000000";
    const WITHOUT: &str = "azuread_group_without_members.g";
    const SOURCE: &str = "azuread documentation, azuread_group";
    let case = |name, plan: Plan| {
        let evidence = azure_evidence(|evidence| {
            evidence["service_principal_groups"] = json!({ "collected": [GROUP] });
            for list in ["role_assignments", "subscription_role_assignments"] {
                evidence[list]["collected"][0]["principal_id"] = json!(GROUP);
            }
        });
        let plan = plan.has("azurerm_role_assignment.openai", "principal_id", json!(GROUP)).has(
            "azurerm_role_assignment.openai",
            "principal_type",
            json!("Group"),
        );
        Case::azure(name, SOURCE, plan).with(REGISTERED).over(evidence)
    };
    let with_members = || {
        let members = json!(["5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10"]);
        there().exists("azuread_group.g", json!({ "id": GROUP, "object_id": GROUP, "members": members }))
    };
    let without_members = || there().exists(WITHOUT, json!({ "id": GROUP, "object_id": GROUP }));
    vec![
        case(
            "the group's members are known after apply",
            with_members()
                .set("azuread_group.g", "members", computed())
                .acting("azuread_group.g", &["update"]),
        )
        .withheld("azuread_group.g.members")
        .unknown_among(KEPT),
        case("the role is a group's without members", without_members()).passing(KEPT),
        case("the group without members is destroyed", without_members().delete(WITHOUT))
            .withheld(WITHOUT)
            .failing(KEPT),
    ]
}

fn resource_groups() -> Vec<Case> {
    const GROUP: &str = "azurerm_resource_group.r";
    const SOURCE: &str = "azurerm documentation, features, prevent_deletion_if_contains_resources";
    let with_group = |plan: Plan| {
        let id = format!("{SUBSCRIPTION}/resourceGroups/rg-ekm");
        plan.exists(GROUP, json!({ "id": id, "name": "rg-ekm", "location": "westeurope" }))
    };
    let replaced = |plan: Plan| plan.replace(GROUP, "location", json!("northeurope"), &["id"]);
    let case = |name, plan: Plan| over(name, SOURCE, plan).withheld(GROUP);
    let without = || with_group(there().omit(VAULT).omit(KEY));
    vec![
        over("the vault's resource group stays", SOURCE, with_group(there())).passing(KEPT),
        case("the vault stays, and its resource group is destroyed", with_group(there()).delete(GROUP))
            .unknown_among(KEPT),
        case("the vault stays, and its resource group is made anew", replaced(with_group(there())))
            .unknown_among(KEPT),
        case("the resource group of a vault elsewhere is destroyed", without().delete(GROUP)).failing(KEPT),
        case("the resource group of a vault elsewhere is made anew", replaced(without())).failing(KEPT),
    ]
}

/// What the provider azapi changes is not read.
fn own_interface() -> Vec<Case> {
    const WHOLE: &str = "azapi_resource.x";
    const PART: &str = "azapi_update_resource.x";
    const SOURCE: &str = "azapi documentation, azapi_resource and azapi_update_resource";
    let key = || json!({ "id": format!("{VAULT_ID}/keys/org-AbCdEf123456--prod"), "type": "Microsoft.KeyVault/vaults/keys@2023-07-01" });
    let role = || json!({ "id": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/9b1d8c52-6a3f-4f0e-9d8e-2f1f3c5a7b90"), "type": "Microsoft.Authorization/roleDefinitions@2022-04-01" });
    let whole = |own: &str, values: Value| there().omit(own).exists(WHOLE, values);
    let part = |own: &str, values: Value| {
        let values = json!({ "resource_id": values["id"], "type": values["type"] });
        there().omit(own).create(PART, values)
    };
    let open = |name, plan: Plan, names| over(name, SOURCE, plan).withheld(names).unknown_among(KEPT);
    vec![
        over("azapi has the key, which stays", SOURCE, whole(KEY, key())).passing(KEPT),
        over("azapi has the role, which stays", SOURCE, whole(DEFINITION, role())).passing(KEPT),
        open("azapi changes the key", whole(KEY, key()).acting(WHOLE, &["update"]), WHOLE),
        open("azapi destroys the key", whole(KEY, key()).delete(WHOLE), WHOLE),
        open("azapi changes a part of the key", part(KEY, key()), PART),
        open("azapi changes the role", whole(DEFINITION, role()).acting(WHOLE, &["update"]), WHOLE),
        open("azapi changes a part of the role", part(DEFINITION, role()), PART),
        over("azapi destroys the role", SOURCE, whole(DEFINITION, role()).delete(WHOLE))
            .withheld(WHOLE)
            .failing(KEPT),
    ]
}

//! On Azure: what a plan does around the key, to groups, to the vault's resource group, and through Azure's own interface.

use serde_json::{Value, json};

use super::over::azure_evidence;
use crate::azure::{DEFINITION, KEY, REGISTERED, SUBSCRIPTION, VAULT};
use crate::case::Case;
use crate::plan::{Plan, computed, refer};

const KEPT: &[&str] = &["azure-access-kept"];
const VAULT_ID: &str = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-ekm/providers/Microsoft.KeyVault/vaults/acme-openai-ekm";

pub(super) fn all() -> Vec<Case> {
    [
        groups(),
        resource_groups(),
        own_interface(),
        own_interfaces_of_services(),
        above(),
        once_more(),
        beside(),
        behind_a_firewall(),
        by_path(),
    ]
    .concat()
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

/// What is done through Azure's own interface once, in a vault itself, or in Microsoft Graph, is not read.
fn own_interfaces_of_services() -> Vec<Case> {
    const ACTION: &str = "azapi_resource_action.x";
    const IN_VAULT: &str = "azapi_data_plane_resource.x";
    const GRAPH: &str = "msgraph_resource.x";
    const PART: &str = "msgraph_update_resource.x";
    const MEMBERS: &str = "msgraph_resource_collection.x";
    const MEMBER: &str = "azuread_privileged_access_group_assignment_schedule.x";
    const CANCELLED: &str = "azurerm_subscription.x";
    const PRINCIPAL: &str = "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10";
    const GROUP: &str = "77777777-0000-0000-0000-000000000000";
    let here = |name, plan: Plan| over(name, "azapi and msgraph documentation", plan);
    let open = |name, plan: Plan, names| here(name, plan).withheld(names).unknown_among(KEPT);
    let on_vault = |id: &str| json!({ "resource_id": id, "type": "Microsoft.KeyVault/vaults@2023-07-01", "action": "", "method": "DELETE" });
    let key = |name: &str| {
        let id = format!("acme-openai-ekm.vault.azure.net/keys/{name}");
        json!({ "id": id, "type": "Microsoft.KeyVault/vaults/keys@7.4" })
    };
    let of_graph = |url: &str, id: &str| json!({ "url": url, "id": id });
    let through_group = |plan: Plan| {
        let evidence = azure_evidence(|evidence| {
            evidence["service_principal_groups"] = json!({ "collected": [GROUP] });
            for list in ["role_assignments", "subscription_role_assignments"] {
                evidence[list]["collected"][0]["principal_id"] = json!(GROUP);
            }
        });
        (plan, evidence)
    };
    let member = |name, plan: Plan, names| {
        let (plan, evidence) = through_group(plan.omit("azurerm_role_assignment.openai"));
        Case::azure(name, "msgraph documentation", plan)
            .with(REGISTERED)
            .over(evidence)
            .withheld(names)
            .unknown_among(KEPT)
    };
    vec![
        open("something is done to the vault", there().create(ACTION, on_vault(VAULT_ID)), ACTION),
        open(
            "something is done to a vault elsewhere",
            there().omit(VAULT).create(ACTION, on_vault(VAULT_ID)),
            ACTION,
        ),
        here(
            "something is done to another vault",
            there().create(ACTION, on_vault(&VAULT_ID.replace("acme", "other"))),
        )
        .passing(KEPT),
        here("something was done to the vault", there().exists(ACTION, on_vault(VAULT_ID))).passing(KEPT),
        open(
            "the key is destroyed in the vault",
            there().exists(IN_VAULT, key("org-AbCdEf123456--prod")).delete(IN_VAULT),
            IN_VAULT,
        ),
        here(
            "another key is destroyed in the vault",
            there().exists(IN_VAULT, key("org-AbCdEf123456--prod2")).delete(IN_VAULT),
        )
        .passing(KEPT),
        open(
            "Graph destroys the service principal",
            there().exists(GRAPH, of_graph("servicePrincipals", PRINCIPAL)).delete(GRAPH),
            GRAPH,
        ),
        here(
            "Graph destroys another service principal",
            there().exists(GRAPH, of_graph("servicePrincipals", GROUP)).delete(GRAPH),
        )
        .passing(KEPT),
        open(
            "Graph changes a part of the service principal",
            there()
                .create(PART, json!({ "url": format!("/servicePrincipals/{PRINCIPAL}"), "id": computed() })),
            PART,
        ),
        member(
            "Graph changes who is in a group",
            there().create(MEMBERS, json!({ "url": format!("groups/{GROUP}/members"), "id": computed() })),
            MEMBERS,
        ),
        member(
            "a membership for a time ends",
            there()
                .exists(MEMBER, json!({ "group_id": GROUP, "principal_id": PRINCIPAL, "id": "1" }))
                .delete(MEMBER),
            MEMBER,
        ),
        here(
            "another's membership for a time ends",
            there()
                .exists(MEMBER, json!({ "group_id": GROUP, "principal_id": GROUP, "id": "1" }))
                .delete(MEMBER),
        )
        .passing(KEPT),
        open(
            "the subscription is cancelled",
            there()
                .exists(
                    CANCELLED,
                    json!({
                        "id": "/providers/Microsoft.Subscription/aliases/x",
                        "subscription_id": "33333333-3333-3333-3333-333333333333",
                    }),
                )
                .delete(CANCELLED),
            CANCELLED,
        ),
    ]
}

/// What stands above the key: denials, templates, management groups.
fn above() -> Vec<Case> {
    const X: &str = "azapi_resource.x";
    const TEMPLATE: &str = "azurerm_resource_group_template_deployment.t";
    const MOVED: &str = "azurerm_management_group_subscription_association.a";
    const MANAGEMENT: &str = "/providers/Microsoft.Management/managementGroups/corp";
    let made = |of_type: &str, parent: &str| {
        there().create(X, json!({ "id": computed(), "type": of_type, "parent_id": parent }))
    };
    let here =
        |name, plan: Plan| over(name, "RBAC, Deny assignments; Resource Manager, Deployment modes", plan);
    let open = |name, plan: Plan, names| here(name, plan).withheld(names).unknown_among(KEPT);
    let denials = "Microsoft.Authorization/denyAssignments@2024-07-01-preview";
    let stacks = "Microsoft.Resources/deploymentStacks@2024-03-01";
    let group = format!("{SUBSCRIPTION}/resourceGroups/rg-ekm");
    let deployed = |mode: &str, group: &str| {
        there().create(
            TEMPLATE,
            json!({ "id": computed(), "deployment_mode": mode, "resource_group_name": group, "name": "t" }),
        )
    };
    let at_management_group = || {
        azure_evidence(|evidence| {
            for list in ["role_assignments", "subscription_role_assignments"] {
                let one = &mut evidence[list]["collected"][0];
                one["scope"] = json!(MANAGEMENT);
                one["id"] = json!(format!(
                    "{MANAGEMENT}/providers/Microsoft.Authorization/roleAssignments/0f3c2f4e-71d5-4b2f-9a5c-8f0c4d1e2a3c"
                ));
            }
        })
    };
    let with_management_group = || {
        let values = json!({ "id": "a", "subscription_id": SUBSCRIPTION, "management_group_id": MANAGEMENT });
        there().omit("azurerm_role_assignment.openai").exists(MOVED, values)
    };
    let of_management = |name, plan: Plan| {
        Case::azure(name, "RBAC, Scope", plan).with(REGISTERED).over(at_management_group())
    };
    vec![
        open("something is denied at the vault", made(denials, VAULT_ID), X),
        open("something is denied in the resource group", made(denials, &group), X),
        here("something is denied in another resource group", made(denials, &group.replace("ekm", "web")))
            .passing(KEPT),
        open("a deployment stack may deny", made(stacks, &group), X),
        open(
            "azapi puts something into a perimeter",
            made("Microsoft.Network/networkSecurityPerimeters/resourceAssociations@2024-07-01", &group),
            X,
        ),
        open(
            "azapi changes access policies",
            made("Microsoft.KeyVault/vaults/accessPolicies@2023-07-01", VAULT_ID),
            X,
        ),
        open("a template replaces the resource group", deployed("Complete", "rg-ekm"), TEMPLATE),
        here("a template replaces another resource group", deployed("Complete", "rg-web")).passing(KEPT),
        here("a template adds to the resource group", deployed("Incremental", "rg-ekm")).passing(KEPT),
        of_management("the role is the management group's, which stays", with_management_group())
            .warnings(&["azure-key-rotation", "azure-role-assignment-scope"])
            .passing(KEPT),
        of_management("the subscription leaves the management group", with_management_group().delete(MOVED))
            .withheld(MANAGEMENT)
            .unknown_among(KEPT),
        of_management(
            "the subscription is put into another management group",
            there().omit("azurerm_role_assignment.openai").create(
                MOVED,
                json!({ "id": computed(), "subscription_id": SUBSCRIPTION, "management_group_id": "other" }),
            ),
        )
        .withheld(MANAGEMENT)
        .unknown_among(KEPT),
        of_management(
            "another subscription is put into a management group",
            there().omit("azurerm_role_assignment.openai").create(
                MOVED,
                json!({
                    "id": computed(), "management_group_id": "other",
                    "subscription_id": "/subscriptions/99999999-9999-9999-9999-999999999999",
                }),
            ),
        )
        .warnings(&["azure-key-rotation", "azure-role-assignment-scope"])
        .passing(KEPT),
    ]
}

/// What the plan makes and the evidence has: Azure makes nothing twice.
fn once_more() -> Vec<Case> {
    let here = |name, address| {
        let plan = there().acting(address, &["create"]).but(|document| {
            for change in document["resource_changes"].as_array_mut().into_iter().flatten() {
                if change["address"] == address {
                    change["change"]["before"] = Value::Null;
                }
            }
        });
        over(name, "azurerm documentation, import", plan).withheld("import it")
    };
    vec![
        here("the key is made, and is there", KEY),
        here("the vault is made, and is there", VAULT),
        here("the service principal is made, and is there", "azuread_service_principal.openai"),
    ]
}

/// Parts and actions of azapi that are about something else, or change nothing.
fn beside() -> Vec<Case> {
    const PART: &str = "azapi_update_resource.x";
    const ACTION: &str = "azapi_resource_action.x";
    let part = |name: &str| {
        let group = format!("{SUBSCRIPTION}/resourceGroups/rg-ekm");
        let values =
            json!({ "parent_id": group, "name": name, "type": "Microsoft.KeyVault/vaults@2023-07-01" });
        there().create(PART, values)
    };
    let key = |name: &str| {
        let values = json!({ "parent_id": VAULT_ID, "name": name, "type": "Microsoft.KeyVault/vaults/keys@2023-07-01" });
        there().create(PART, values)
    };
    let asks =
        json!({ "resource_id": VAULT_ID, "type": "Microsoft.KeyVault/vaults@2023-07-01", "method": "GET" });
    let here = |name, plan: Plan| over(name, "azapi documentation, azapi_update_resource", plan);
    vec![
        here("a part of another vault, by its name", part("acme-other")).passing(KEPT),
        here("a part of the vault, by its name", part("acme-openai-ekm")).withheld(PART).unknown_among(KEPT),
        here("a part of another key, by its name", key("other")).passing(KEPT),
        here("a part of the key, by its name", key("org-AbCdEf123456--prod"))
            .withheld(PART)
            .unknown_among(KEPT),
        here("the vault is only asked", there().create(ACTION, asks)).passing(KEPT),
    ]
}

/// What is not read is not passed where a firewall leaves the calls open before and after.
fn behind_a_firewall() -> Vec<Case> {
    const PART: &str = "azapi_update_resource.x";
    const ACTION: &str = "azapi_resource_action.x";
    let some = json!([{
        "bypass": "None", "default_action": "Deny", "ip_rules": ["20.40.0.0/16"], "virtual_network_subnet_ids": [],
    }]);
    let nobody = json!([{
        "bypass": "None", "default_action": "Deny", "ip_rules": [], "virtual_network_subnet_ids": [],
    }]);
    let with = |rules: &Value| there().has(VAULT, "network_acls", rules.clone());
    let vault = json!({ "resource_id": VAULT_ID, "type": "Microsoft.KeyVault/vaults@2023-07-01" });
    let live = |rules: &[&str]| {
        azure_evidence(|evidence| {
            evidence["vault"]["collected"]["network_rules"] = json!({
                "default_action": "Deny", "bypass": "None", "ip_rules": rules, "virtual_network_rules": [],
            });
        })
    };
    let here = |name, plan: Plan| {
        Case::azure(name, "Key Vault, Network security", plan)
            .with(REGISTERED)
            .over(live(&["20.40.0.0/16"]))
            .withheld("")
    };
    let closed = |name, plan: Plan| {
        Case::azure(name, "Key Vault, Network security", plan).with(REGISTERED).over(live(&[])).withheld("")
    };
    vec![
        here("the firewall lets some in, and nothing changes", with(&some)).passing(KEPT),
        here("azapi changes a part of a vault with a firewall", with(&some).create(PART, vault.clone()))
            .unknown_among(KEPT),
        here(
            "azapi changes a part of a vault with a firewall once more",
            with(&some).exists(PART, vault.clone()).acting(PART, &["update"]),
        )
        .unknown_among(KEPT),
        here("azapi does something to a vault with a firewall", with(&some).create(ACTION, vault))
            .unknown_among(KEPT),
        // What was refused before is not taken away.
        closed(
            "the firewall lets nobody in, and the assignment goes",
            with(&nobody).delete("azurerm_role_assignment.openai"),
        )
        .passing(KEPT),
    ]
}

/// What is done at another path to what decides.
fn by_path() -> Vec<Case> {
    const ACTION: &str = "azapi_resource_action.x";
    const PART: &str = "azapi_update_resource.x";
    const GRAPH: &str = "msgraph_update_resource.x";
    const TEMPLATE: &str = "azurerm_resource_group_template_deployment.t";
    let group = format!("{SUBSCRIPTION}/resourceGroups/rg-ekm");
    let here = |name, plan: Plan| over(name, "azapi and msgraph documentation", plan);
    let open = |name, plan: Plan, names| here(name, plan).withheld(names).unknown_among(KEPT);
    let done = |method: &str, id: &str| {
        there().create(
            ACTION,
            json!({ "resource_id": id, "type": "Microsoft.Resources/x@2023-07-01", "method": method }),
        )
    };
    let assignment = format!(
        "{VAULT_ID}/keys/org-AbCdEf123456--prod/providers/Microsoft.Authorization/roleAssignments/0f3c2f4e-71d5-4b2f-9a5c-8f0c4d1e2a3c"
    );
    let graph = |url: Value| there().create(GRAPH, json!({ "url": url, "id": computed() }));
    let deployed = |group: &str| json!({ "id": "t", "deployment_mode": "Complete", "resource_group_name": group, "name": "t" });
    let policies = json!({
        "parent_id": VAULT_ID, "name": "remove", "type": "Microsoft.KeyVault/vaults/accessPolicies@2023-07-01",
    });
    vec![
        open("an action destroys the assignment", done("DELETE", &assignment), ACTION),
        open("an action destroys the resource group", done("DELETE", &group), ACTION),
        here("an action of the subscription registers something", done("POST", SUBSCRIPTION)).passing(KEPT),
        here("an action destroys another resource group", done("DELETE", &group.replace("ekm", "web")))
            .passing(KEPT),
        open("a part takes access policies away", there().create(PART, policies), PART),
        open(
            "Graph changes the service principal by its application",
            graph(json!("servicePrincipals(appId='20a14814-5ab7-4612-a671-1382b412bf93')")),
            GRAPH,
        ),
        open(
            "Graph changes the service principal as an object",
            graph(json!("directoryObjects/5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10")),
            GRAPH,
        ),
        open("Graph changes what is known after apply", graph(refer("local.url")), GRAPH),
        open(
            "a template is moved to the resource group",
            there().exists(TEMPLATE, deployed("rg-web")).replace(
                TEMPLATE,
                "resource_group_name",
                json!("rg-ekm"),
                &["id"],
            ),
            TEMPLATE,
        ),
    ]
}

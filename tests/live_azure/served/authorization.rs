//! Role assignments, role definitions and deny assignments, and who is meant by them.

use serde_json::{Value, json};

use super::{GRAPH, MANAGER, body, of_vault};
use crate::callers::{Audience, Right};
use crate::client::Client;
use crate::network::Network;
use crate::tenant::{
    ANOTHER_SUBSCRIPTION, Azure, DenyAssignment, Group, KEY, OPENAI_APPLICATION, OPENAI_OBJECT, Permission,
    ROLE, RoleAssignment, SUBSCRIPTION, Scope, TENANT, built_in,
};

/// OpenAI is in a group of a group, and roles are assigned at every level.
fn at_every_level() -> Azure {
    Azure::documented().but(|azure| {
        let subscription = Scope::subscription(SUBSCRIPTION);
        let group = subscription.resource_group("openai-ekm");
        let vault = azure.vault().scope();
        let tenant = azure.tenant();
        tenant.groups.push(Group::new("a1000000-0000-4000-8000-000000000001", "Inner", &[OPENAI_OBJECT]));
        tenant.groups.push(Group::new(
            "a1000000-0000-4000-8000-000000000002",
            "Outer",
            &["a1000000-0000-4000-8000-000000000001"],
        ));
        tenant.role_assignments = [
            (1, OPENAI_OBJECT, vault.key(KEY)),
            (2, OPENAI_OBJECT, vault.clone()),
            (3, "a1000000-0000-4000-8000-000000000001", group),
            (4, "a1000000-0000-4000-8000-000000000002", subscription),
            (5, OPENAI_OBJECT, Scope::management_group("platform")),
            (6, OPENAI_OBJECT, Scope::management_group(TENANT)),
            (7, OPENAI_OBJECT, Scope::root()),
            // Neither of these reaches the key.
            (8, OPENAI_OBJECT, vault.key("another")),
            (9, OPENAI_OBJECT, Scope::subscription(ANOTHER_SUBSCRIPTION)),
            // Somebody else's.
            (10, "b1000000-0000-4000-8000-000000000001", vault),
        ]
        .into_iter()
        .map(|(number, principal, scope)| RoleAssignment::numbered(number, ROLE, principal, scope))
        .collect();
    })
}

/// The numbers of the role assignments that a list has.
fn listed(network: &Network, scope: &str, filter: &str) -> Vec<u32> {
    let filter = filter.replace(' ', "%20");
    let url = format!(
        "{scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter={filter}"
    );
    let (entries, _) = Client::auditor(network, TENANT, Audience::ResourceManager).list(&url);
    let number = |entry: &Value| entry["name"].as_str()?.rsplit('-').next()?.parse().ok();
    entries.iter().map(|entry| number(entry).expect("has a number")).collect()
}

/// RBAC `role-assignments-list-rest`: `atScope()` leaves out what is below, `assignedTo('…')` has groups, and
/// `principalId eq` has none.
#[test]
fn filters_of_role_assignments_select_by_scope_and_by_principal() {
    let network = Network::of(at_every_level());
    let (key, vault) = (format!("{}/keys/{KEY}", of_vault()), of_vault());
    let assigned = format!("assignedTo('{OPENAI_OBJECT}')");
    let subscription = format!("{MANAGER}/subscriptions/{SUBSCRIPTION}");
    for (scope, filter, expected) in [
        (&key, format!("atScope() and {assigned}"), vec![1, 2, 3, 4, 5, 6, 7]),
        (&vault, format!("atScope() and {assigned}"), vec![2, 3, 4, 5, 6, 7]),
        (&vault, assigned.clone(), vec![1, 2, 3, 4, 5, 6, 7, 8]),
        (&vault, "atScope()".into(), vec![2, 3, 4, 5, 6, 7, 10]),
        (&key, format!("principalId eq '{OPENAI_OBJECT}'"), vec![1, 2, 5, 6, 7]),
        (&subscription, assigned, vec![1, 2, 3, 4, 5, 6, 7, 8]),
        (&key, String::new(), vec![1, 2, 3, 4, 5, 6, 7, 10]),
    ] {
        assert_eq!(listed(&network, scope, &filter), expected, "{filter} at {scope}");
    }
    let url = format!(
        "{key}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=nonsense"
    );
    let answer = Client::auditor(&network, TENANT, Audience::ResourceManager).get(&url);
    assert_eq!((answer.status, &body(&answer)["error"]["code"]), (400, &json!("UnsupportedQuery")));
}

#[test]
fn a_role_definition_is_found_with_and_without_a_subscription() {
    let network = Network::of(Azure::documented());
    let client = Client::auditor(&network, TENANT, Audience::ResourceManager);
    for scope in ["".into(), format!("/subscriptions/{SUBSCRIPTION}")] {
        let url = |id: &str| {
            format!(
                "{MANAGER}{scope}/providers/Microsoft.Authorization/roleDefinitions/{id}?api-version=2022-04-01"
            )
        };
        let custom = client.json(&url(ROLE));
        assert_eq!(custom["id"], format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}"));
        assert_eq!(custom["properties"]["type"], "CustomRole");
        assert_eq!(
            custom["properties"]["permissions"],
            json!([{
                "actions": [],
                "notActions": [],
                "dataActions": [
                    "Microsoft.KeyVault/vaults/keys/encrypt/action",
                    "Microsoft.KeyVault/vaults/keys/decrypt/action",
                    "Microsoft.KeyVault/vaults/keys/read"
                ],
                "notDataActions": []
            }])
        );
        let reader = client.json(&url(&built_in::READER.to_uppercase()));
        assert_eq!(reader["properties"]["roleName"], "Reader");
        assert_eq!(reader["properties"]["type"], "BuiltInRole");
        let answer = client.get(&url(OPENAI_OBJECT));
        assert_eq!(
            (answer.status, &body(&answer)["error"]["code"]),
            (404, &json!("RoleDefinitionDoesNotExist"))
        );
    }
}

/// A role assignment says which role it is of in one of two ways, and what it is on condition of.
#[test]
fn a_role_assignment_says_what_it_is_of() {
    let network = Network::of(Azure::documented().but(|azure| {
        let openai = azure.assignment().clone();
        let conditional = RoleAssignment { names_the_subscription: false, ..openai.clone() };
        azure.tenant().role_assignments =
            vec![openai, conditional.on_condition("@Resource[…] StringEquals 'x'")];
    }));
    let url = format!(
        "{}/keys/{KEY}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01",
        of_vault()
    );
    let (entries, _) = Client::auditor(&network, TENANT, Audience::ResourceManager).list(&url);
    let of = |index: usize, name: &str| entries[index]["properties"][name].clone();
    let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{ROLE}");
    assert_eq!(of(0, "roleDefinitionId"), format!("/subscriptions/{SUBSCRIPTION}{role}"));
    assert_eq!(of(0, "principalId"), OPENAI_OBJECT);
    assert_eq!((of(0, "condition"), of(0, "conditionVersion")), (json!(null), json!(null)));
    assert_eq!(of(1, "roleDefinitionId"), role);
    assert_eq!(
        (of(1, "condition"), of(1, "conditionVersion")),
        (json!("@Resource[…] StringEquals 'x'"), json!("2.0"))
    );
}

#[test]
fn deny_assignments_are_those_at_the_scope_and_above() {
    let network = Network::of(Azure::documented().but(|azure| {
        let vault = azure.vault().scope();
        let scopes = [vault.key(KEY), vault.key("another"), Scope::management_group("platform")];
        azure.tenant().deny_assignments = scopes
            .into_iter()
            .zip(["key", "another key", "management group"])
            .map(|(scope, name)| DenyAssignment::of_everyone(ROLE, name, Permission::data(&["*"]), scope))
            .collect();
    }));
    let client = Client::auditor(&network, TENANT, Audience::ResourceManager);
    let names = |scope: &str, filter: &str| {
        let url = format!(
            "{scope}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01&$filter={filter}"
        );
        let name = |entry: &Value| entry["properties"]["denyAssignmentName"].as_str().map(str::to_owned);
        client.list(&url).0.iter().filter_map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(&format!("{}/keys/{KEY}", of_vault()), "atScope()"), ["key", "management group"]);
    assert_eq!(names(&of_vault(), "atScope()"), ["management group"]);
    assert_eq!(names(&of_vault(), ""), ["key", "another key", "management group"]);
}

#[test]
fn service_principals_are_found_by_their_application_and_their_object_id() {
    let network = Network::of(at_every_level());
    let client = Client::auditor(&network, TENANT, Audience::Graph);
    let select = "$select=id,appId,displayName,accountEnabled";
    let expected = json!({
        "id": OPENAI_OBJECT,
        "appId": OPENAI_APPLICATION,
        "displayName": "EKM - OpenAI Azure",
        "accountEnabled": true,
    });
    let filter = |application: &str| {
        client.list(&format!("{GRAPH}/servicePrincipals?$filter=appId%20eq%20'{application}'&{select}")).0
    };
    assert_eq!(filter(OPENAI_APPLICATION), vec![expected.clone()]);
    assert_eq!(filter(ROLE), [] as [Value; 0]);
    for path in [
        format!("servicePrincipals/{OPENAI_OBJECT}"),
        format!("servicePrincipals(appId='{OPENAI_APPLICATION}')"),
    ] {
        let mut found = client.json(&format!("{GRAPH}/{path}?{select}"));
        found.as_object_mut().expect("an object").remove("@odata.context");
        assert_eq!(found, expected);
    }
}

#[test]
fn groups_of_groups_are_found_and_only_as_an_advanced_query() {
    let network = Network::of(at_every_level());
    let client = Client::auditor(&network, TENANT, Audience::Graph);
    let path = format!("{GRAPH}/servicePrincipals/{OPENAI_OBJECT}/transitiveMemberOf/microsoft.graph.group");
    let url = format!("{path}?$select=id,displayName&$count=true");
    let (groups, _) = client.list(&url);
    assert_eq!(
        groups,
        [
            json!({"id": "a1000000-0000-4000-8000-000000000001", "displayName": "Inner"}),
            json!({"id": "a1000000-0000-4000-8000-000000000002", "displayName": "Outer"}),
        ]
    );
    assert_eq!(client.get(&url).status, 400);
    assert_eq!(client.ask("GET", &path, &[("ConsistencyLevel", "eventual")], "").status, 400);
}

/// Graph `serviceprincipal-list-transitivememberof`, Permissions: `Application.Read.All` is enough, and shows of groups
/// what they are and their ids.
#[test]
fn of_groups_that_may_not_be_read_the_ids_are_shown() {
    let network = Network::of(at_every_level().but(|azure| azure.auditor().loses(Right::GroupMembers)));
    let client = Client::auditor(&network, TENANT, Audience::Graph);
    let path = format!("{GRAPH}/servicePrincipals/{OPENAI_OBJECT}/transitiveMemberOf/microsoft.graph.group");
    let (groups, _) = client.list(&format!("{path}?$select=id,displayName&$count=true"));
    assert_eq!(
        groups,
        [
            json!({"id": "a1000000-0000-4000-8000-000000000001", "displayName": null}),
            json!({"id": "a1000000-0000-4000-8000-000000000002", "displayName": null}),
        ]
    );
}

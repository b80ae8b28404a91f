//! Lists and their pages, and the index that lags behind.

use serde_json::{Value, json};

use super::{MANAGER, QUESTION, VAULT, answer, audience, body, url, version};
use crate::callers::{Audience, Right};
use crate::calls::Call;
use crate::client::Client;
use crate::network::Network;
use crate::tenant::{
    Azure, DenyAssignment, Group, KEY, OPENAI_OBJECT, Permission, SUBSCRIPTION, Scope, TENANT, Vault,
    VaultLists,
};

/// A setup in which each list has two entries at least.
fn crowded() -> Azure {
    Azure::documented().but(|azure| {
        let denial = |number: usize| {
            let id = format!("2d7d3f6c-0000-4000-8000-{number:012}");
            DenyAssignment::of_everyone(&id, "Protected", Permission::data(&["*"]), Scope::root())
        };
        let group = |number: usize| {
            Group::new(&format!("a1000000-0000-4000-8000-{number:012}"), "Group", &[OPENAI_OBJECT])
        };
        azure.tenant().deny_assignments = vec![denial(1), denial(2)];
        azure.tenant().groups.extend([group(1), group(2)]);
        let mut another = azure.key().clone();
        another.name = "another".into();
        azure.vault().keys.push(another);
        let mut application = azure.openai().clone();
        application.object_id = "c1000000-0000-4000-8000-000000000001".into();
        azure.tenant().service_principals.push(application);
    })
}

const LISTS: [Call; 9] = [
    Call::Challenge,
    Call::KeyVersions,
    Call::Subscriptions,
    Call::Vaults,
    Call::ManagedKeyVersions,
    Call::RoleAssignments,
    Call::DenyAssignments,
    Call::ServicePrincipals,
    Call::Groups,
];

fn listed(network: &Network, call: Call) -> (Vec<Value>, usize) {
    let client = Client::auditor(network, TENANT, audience(call));
    client.list(&format!("{}{}", url(call), version(call)))
}

#[test]
fn a_list_is_the_same_in_one_page_and_in_many() {
    let whole = Network::of(crowded().but(|azure| azure.behaviour.page_size = 100));
    let paged = Network::of(crowded());
    let emptied = Network::of(crowded().but(|azure| azure.behaviour.empty_last_page = true));
    for call in LISTS {
        let (all, pages) = listed(&whole, call);
        assert!(all.len() >= 2, "{call}: {all:?}");
        assert_eq!(pages, 1, "{call}");
        assert_eq!(listed(&paged, call), (all.clone(), all.len()), "{call}");
        assert_eq!(listed(&emptied, call), (all.clone(), all.len() + 1), "{call}");
    }
}

/// The vault's own lists go on at its host with the port.
#[test]
fn a_link_is_the_same_request_at_another_place() {
    let network = Network::of(crowded());
    let next = body(&answer(&network, Call::KeyVersions))["nextLink"].clone();
    let token = "bmV4dDox";
    let expected = format!(
        "https://contoso-openai.vault.azure.net:443/keys/{KEY}/versions?api-version=2025-07-01&$skiptoken={token}"
    );
    assert_eq!(next, expected);
    let last = Client::auditor(&network, TENANT, Audience::Vault).json(&expected);
    assert_eq!(last["nextLink"], Value::Null);
    let nonsense = Client::auditor(&network, TENANT, Audience::Vault)
        .get(&format!("{VAULT}/keys/{KEY}/versions?api-version=7.6&$skiptoken=nonsense"));
    assert_eq!(nonsense.status, 400);
}

#[test]
fn a_list_of_vaults_has_those_that_may_be_read() {
    let limited = |lists| {
        Azure::documented().but(|azure| {
            azure.behaviour.vault_lists = lists;
            let vault = azure.vault().scope();
            azure.auditor().is_limited_to(&vault);
        })
    };
    assert_eq!(answer(&Network::of(limited(VaultLists::Refused)), Call::Vaults).status, 403);
    let (vaults, _) = listed(&Network::of(limited(VaultLists::Filtered)), Call::Vaults);
    assert_eq!(vaults.iter().map(|vault| &vault["name"]).collect::<Vec<_>>(), ["contoso-openai"]);
    let (vaults, _) = listed(&Network::of(Azure::documented()), Call::Vaults);
    assert_eq!(
        vaults.iter().map(|vault| &vault["name"]).collect::<Vec<_>>(),
        ["contoso-openai", "contoso-shared"]
    );
}

/// Asks Azure Resource Graph.
fn queried(network: &Network, question: &str) -> Value {
    let url = format!("{MANAGER}/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01");
    body(&Client::auditor(network, TENANT, Audience::ResourceManager).post(&url, question))
}

#[test]
fn resource_graph_finds_what_is_asked_for() {
    let network = Network::of(Azure::documented());
    let found = queried(&network, QUESTION);
    assert_eq!((&found["totalRecords"], &found["count"]), (&json!(1), &json!(1)));
    let row = found["data"][0].as_object().expect("a row");
    let mut names: Vec<&str> = row.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["id", "properties", "subscriptionId", "tenantId"]);
    assert_eq!(row["properties"]["vaultUri"], "https://contoso-openai.vault.azure.net/");
    for (condition, expected) in [
        ("type == 'microsoft.keyvault/vaults'", 2),
        ("type == 'Microsoft.KeyVault/vaults'", 0),
        ("tolower(name) == 'contoso-shared'", 1),
        ("properties.vaultUri =~ 'https://contoso-openai.vault.azure.net/'", 1),
        ("name =~ 'nothing'", 0),
    ] {
        let question = json!({"query": format!("resources | where {condition} | order by id asc")});
        assert_eq!(queried(&network, &question.to_string())["totalRecords"], expected, "{condition}");
    }
    for nonsense in
        ["", "Secrets | take 1", "Resources | summarize count()", "Resources | where name startswith 'c'"]
    {
        let error = queried(&network, &json!({"query": nonsense}).to_string());
        assert_eq!(error["error"]["code"], "BadRequest", "{nonsense}");
    }
}

#[test]
fn resource_graph_goes_on_with_a_token_in_the_body() {
    let network = Network::of(Azure::documented());
    let query = "Resources | where type =~ 'microsoft.keyvault/vaults' | project name";
    let first = queried(&network, &json!({"query": query}).to_string());
    assert_eq!(first["data"], json!([{"name": "contoso-openai"}]));
    let token = first["$skipToken"].as_str().expect("goes on");
    let question = json!({"query": query, "subscriptions": [SUBSCRIPTION], "options": {"$skipToken": token}});
    let last = queried(&network, &question.to_string());
    assert_eq!(last["data"], json!([{"name": "contoso-shared"}]));
    assert_eq!(last.get("$skipToken"), None);
}

#[test]
fn resource_graph_may_lag_behind_and_says_nothing_of_what_may_not_be_read() {
    let behind = Network::of(Azure::documented().but(|azure| azure.behaviour.resource_graph = Some(vec![])));
    assert_eq!(queried(&behind, QUESTION)["data"], json!([]));
    let moved = Vault::new("contoso-openai", SUBSCRIPTION, "elsewhere", TENANT);
    let moved =
        Network::of(Azure::documented().but(|azure| azure.behaviour.resource_graph = Some(vec![moved])));
    let id = queried(&moved, QUESTION)["data"][0]["id"].clone();
    assert!(id.as_str().is_some_and(|id| id.contains("/elsewhere/")), "{id}");
    let unreadable = Network::of(Azure::documented().but(|azure| azure.auditor().loses(Right::Vaults)));
    assert_eq!(queried(&unreadable, QUESTION)["data"], json!([]));
}

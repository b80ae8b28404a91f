//! What the double says of what is in it. What is expected is written from Microsoft's documents.

use serde_json::{Value, json};

use crate::callers::{Audience, Right, Token};
use crate::calls::Call;
use crate::client::Client;
use crate::http::Answer;
use crate::network::Network;
use crate::tenant::{
    ANOTHER_TENANT, Azure, KEY, OPENAI_APPLICATION, OPENAI_OBJECT, SUBSCRIPTION, TENANT, built_in,
};

#[path = "served/authorization.rs"]
mod authorization;
#[path = "served/keys.rs"]
mod keys;
#[path = "served/lists.rs"]
mod lists;

const MANAGER: &str = "https://management.azure.com";
const VAULT: &str = "https://contoso-openai.vault.azure.net";
const GRAPH: &str = "https://graph.microsoft.com/v1.0";
const LOGIN: &str = "https://login.microsoftonline.com";
/// A query of Azure Resource Graph for the documented vault.
const QUESTION: &str = r#"{"query": "Resources | where type =~ 'microsoft.keyvault/vaults' and name =~ 'contoso-openai' | project id, subscriptionId, tenantId, properties"}"#;

fn of_vault() -> String {
    format!(
        "{MANAGER}/subscriptions/{SUBSCRIPTION}/resourceGroups/openai-ekm/providers/Microsoft.KeyVault/vaults/contoso-openai"
    )
}

/// A URL for each call, without the version.
fn url(call: Call) -> String {
    let (vault, application) = (of_vault(), format!("$filter=appId%20eq%20'{OPENAI_APPLICATION}'"));
    match call {
        Call::Token => format!("{LOGIN}/{TENANT}/oauth2/v2.0/token"),
        Call::Challenge => format!("{VAULT}/keys?"),
        Call::Key => format!("{VAULT}/keys/{KEY}?"),
        Call::KeyVersions => format!("{VAULT}/keys/{KEY}/versions?"),
        Call::RotationPolicy => format!("{VAULT}/keys/{KEY}/rotationpolicy?"),
        Call::Subscriptions => format!("{MANAGER}/subscriptions?"),
        Call::ResourceGraph => format!("{MANAGER}/providers/Microsoft.ResourceGraph/resources?"),
        Call::Vaults => {
            format!("{MANAGER}/subscriptions/{SUBSCRIPTION}/providers/Microsoft.KeyVault/vaults?")
        }
        Call::Vault => format!("{vault}?"),
        Call::ManagedKey => format!("{vault}/keys/{KEY}?"),
        Call::ManagedKeyVersions => format!("{vault}/keys/{KEY}/versions?"),
        Call::RoleAssignments => {
            format!("{vault}/keys/{KEY}/providers/Microsoft.Authorization/roleAssignments?")
        }
        Call::RoleDefinition => format!(
            "{MANAGER}/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{}?",
            built_in::READER
        ),
        Call::DenyAssignments => {
            format!("{vault}/keys/{KEY}/providers/Microsoft.Authorization/denyAssignments?")
        }
        Call::ServicePrincipals => format!("{GRAPH}/servicePrincipals?{application}"),
        Call::ServicePrincipal => format!("{GRAPH}/servicePrincipals/{OPENAI_OBJECT}?"),
        Call::Groups => {
            format!(
                "{GRAPH}/servicePrincipals/{OPENAI_OBJECT}/transitiveMemberOf/microsoft.graph.group?$count=true"
            )
        }
        Call::Unknown => format!("{MANAGER}/subscriptions/{SUBSCRIPTION}/nothing?"),
    }
}

/// The version of each call's interface; none of the calls that name it in their path.
fn version(call: Call) -> &'static str {
    match url(call) {
        url if url.starts_with(VAULT) => "api-version=2025-07-01",
        url if url.starts_with(GRAPH) || url.starts_with(LOGIN) => "",
        _ => match call {
            Call::Subscriptions => "api-version=2022-12-01",
            Call::ResourceGraph => "api-version=2024-04-01",
            Call::RoleAssignments | Call::RoleDefinition | Call::DenyAssignments => "api-version=2022-04-01",
            _ => "api-version=2026-02-01",
        },
    }
}

fn audience(call: Call) -> Audience {
    match url(call) {
        url if url.starts_with(VAULT) => Audience::Vault,
        url if url.starts_with(GRAPH) => Audience::Graph,
        _ => Audience::ResourceManager,
    }
}

/// All calls that need a token.
fn with_token() -> impl Iterator<Item = Call> {
    Call::ALL.into_iter().filter(|call| *call != Call::Token)
}

fn ask(client: &Client, call: Call, url: &str) -> Answer {
    match call {
        Call::ResourceGraph => client.post(url, QUESTION),
        _ => client.ask("GET", url, &[("ConsistencyLevel", "eventual")], ""),
    }
}

/// The auditor makes a call.
fn answer(network: &Network, call: Call) -> Answer {
    let client = Client::auditor(network, TENANT, audience(call));
    ask(&client, call, &format!("{}{}", url(call), version(call)))
}

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

fn code(answer: &Answer) -> String {
    body(answer)["error"]["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn who_may_read_everything_does() {
    let network = Network::of(Azure::documented());
    for call in with_token() {
        assert_eq!(answer(&network, call).status, 200, "{call}");
    }
}

#[test]
fn each_right_is_needed_for_its_calls_and_no_others() {
    let expected: [(Right, &[Call]); 10] = [
        // Azure Resource Graph says nothing of what may not be read.
        (Right::Vaults, &[Call::Vaults, Call::Vault]),
        (Right::Keys, &[Call::ManagedKey]),
        (Right::KeyVersions, &[Call::ManagedKeyVersions]),
        (Right::KeysData, &[Call::Challenge, Call::Key, Call::KeyVersions]),
        (Right::RotationPoliciesData, &[Call::RotationPolicy]),
        (Right::RoleAssignments, &[Call::RoleAssignments]),
        (Right::RoleDefinitions, &[Call::RoleDefinition]),
        (Right::DenyAssignments, &[Call::DenyAssignments]),
        (Right::Applications, &[Call::ServicePrincipals, Call::ServicePrincipal, Call::Groups]),
        // The ids of groups are shown to whoever may read the service principal.
        (Right::GroupMembers, &[]),
    ];
    assert_eq!(expected.map(|(right, _)| right), Right::ALL);
    for (right, refused) in expected {
        let network = Network::of(Azure::documented().but(|azure| azure.auditor().loses(right)));
        for call in with_token() {
            let status = if refused.contains(&call) { 403 } else { 200 };
            assert_eq!(answer(&network, call).status, status, "{call} without {right:?}");
        }
        let found = body(&answer(&network, Call::ResourceGraph))["count"].clone();
        assert_eq!(found, if right == Right::Vaults { 0 } else { 1 }, "without {right:?}");
    }
}

/// Whoever has their rights at the vault only sees its subscription, and little of that.
#[test]
fn rights_hold_where_they_are_given() {
    let network = Network::of(Azure::documented().but(|azure| {
        let vault = azure.vault().scope();
        azure.auditor().is_limited_to(&vault);
    }));
    for call in with_token() {
        let above_the_vault = [Call::Vaults, Call::RoleDefinition].contains(&call);
        assert_eq!(answer(&network, call).status, if above_the_vault { 403 } else { 200 }, "{call}");
    }
    let subscriptions = body(&answer(&network, Call::Subscriptions));
    assert_eq!(subscriptions["value"][0]["subscriptionId"], SUBSCRIPTION);
    assert_eq!(subscriptions["count"]["value"], 1);
}

#[test]
fn nobody_reads_without_a_token() {
    let network = Network::of(Azure::documented());
    for call in with_token() {
        let answer = ask(&Client::of(&network), call, &format!("{}{}", url(call), version(call)));
        assert_eq!(answer.status, 401, "{call}");
        let challenged = answer.headers.iter().any(|(name, _)| name == "WWW-Authenticate");
        assert_eq!(challenged, audience(call) != Audience::Graph, "{call}");
    }
}

#[test]
fn a_token_is_for_one_service() {
    let network = Network::of(Azure::documented());
    for call in with_token() {
        for other in Audience::ALL.into_iter().filter(|other| *other != audience(call)) {
            let client = Client::auditor(&network, TENANT, other);
            let answer = ask(&client, call, &format!("{}{}", url(call), version(call)));
            let expected = match audience(call) {
                Audience::ResourceManager => "InvalidAuthenticationTokenAudience",
                Audience::Graph => "InvalidAuthenticationToken",
                Audience::Vault => "Unauthorized",
            };
            assert_eq!((answer.status, code(&answer).as_str()), (401, expected), "{call} with {other:?}");
        }
    }
}

/// What is of no subscription is of the token's own tenant.
#[test]
fn a_token_is_of_one_tenant() {
    let network = Network::of(Azure::documented());
    for call in with_token() {
        let client = Client::auditor(&network, ANOTHER_TENANT, audience(call));
        let answer = ask(&client, call, &format!("{}{}", url(call), version(call)));
        let expected = match call {
            Call::Subscriptions | Call::ResourceGraph | Call::ServicePrincipals => (200, ""),
            Call::ServicePrincipal | Call::Groups => (404, "Request_ResourceNotFound"),
            _ if audience(call) == Audience::Vault => (401, "Unauthorized"),
            _ => (401, "InvalidAuthenticationTokenTenant"),
        };
        assert_eq!((answer.status, code(&answer).as_str()), expected, "{call}");
        let list = body(&answer);
        for entries in ["value", "data"].iter().filter_map(|name| list[name].as_array()) {
            assert_eq!(entries, &[] as &[Value], "{call}");
        }
    }
}

#[test]
fn a_version_that_is_none_is_refused() {
    let network = Network::of(Azure::documented());
    for call in with_token().filter(|call| !version(*call).is_empty()) {
        let client = Client::auditor(&network, TENANT, audience(call));
        for version in ["", "api-version=1999-12-31"] {
            let answer = ask(&client, call, &format!("{}{version}", url(call)));
            assert_eq!(answer.status, 400, "{call} {version}");
        }
    }
}

#[test]
fn paths_that_are_none_are_not_found() {
    let network = Network::of(Azure::documented());
    for (audience, url, expected) in [
        (Audience::ResourceManager, url(Call::Unknown), (404, "InvalidResourceType")),
        (Audience::Graph, format!("{GRAPH}/users"), (400, "BadRequest")),
        (Audience::Graph, "https://graph.microsoft.com/beta/servicePrincipals".into(), (400, "BadRequest")),
        (Audience::Vault, format!("{VAULT}/secrets"), (404, "NotFound")),
    ] {
        let answer = Client::auditor(&network, TENANT, audience).get(&url);
        assert_eq!((answer.status, code(&answer).as_str()), expected, "{url}");
    }
}

/// A form for the token endpoint.
fn form(client: &str, proof: &str) -> String {
    format!(
        "client_id={client}&{proof}&grant_type=client_credentials&scope=https%3A%2F%2Fvault.azure.net%2F.default"
    )
}

#[test]
fn who_proves_who_they_are_gets_a_token() {
    let network = Network::of(Azure::documented());
    let auditor = network.azure().callers[0].clone();
    for proof in [
        format!("client_secret={}", auditor.secret),
        format!("client_assertion_type=urn&client_assertion={}", auditor.assertion),
    ] {
        let answer = Client::of(&network).post(&url(Call::Token), &form(&auditor.application_id, &proof));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let token = body(&answer);
        assert_eq!(token["token_type"], "Bearer");
        let token = Token::read(token["access_token"].as_str().expect("a token")).expect("a token");
        assert_eq!(
            (token.tenant.as_str(), token.resource.as_str(), token.object_id),
            (TENANT, "https://vault.azure.net", auditor.object_id.clone())
        );
    }
}

#[test]
fn others_get_none() {
    let network = Network::of(Azure::documented());
    let auditor = network.azure().callers[0].clone();
    let secret = format!("client_secret={}", auditor.secret);
    let refused = [
        (TENANT, form(&auditor.application_id, "client_secret=wrong"), (401, "invalid_client", 7_000_215)),
        (TENANT, form(&auditor.application_id, "client_assertion=wrong"), (401, "invalid_client", 700_213)),
        (TENANT, form(OPENAI_APPLICATION, &secret), (400, "unauthorized_client", 700_016)),
        (ANOTHER_TENANT, form(&auditor.application_id, &secret), (400, "unauthorized_client", 700_016)),
        (SUBSCRIPTION, form(&auditor.application_id, &secret), (400, "invalid_request", 90_002)),
    ];
    for (tenant, form, (status, error, number)) in refused {
        let answer = Client::of(&network).post(&format!("{LOGIN}/{tenant}/oauth2/v2.0/token"), &form);
        let said = body(&answer);
        assert_eq!(answer.status, status, "{said}");
        assert_eq!((&said["error"], &said["error_codes"]), (&json!(error), &json!([number])));
        let description = said["error_description"].as_str().expect("a description");
        assert!(description.starts_with(&format!("AADSTS{number}: ")), "{description}");
    }
}

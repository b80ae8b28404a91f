//! Answers about something else than what was asked for, and lists that are not whole.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::calls::Call;
use crate::http::Answer;
use crate::judged::{Expected, OPEN_USE};
use crate::made::{
    ASSIGNMENTS, DEFINITION, DENIALS, ENDPOINT, GROUPS, Lost, PRINCIPAL, THE_KEY, VAULT, VERSIONS,
};
use crate::network::Reply;
use crate::tenant::{ANOTHER_TENANT, Azure, OPENAI_OBJECT, TENANT};

/// An answer about something else than what was asked for, or a list that is not whole.
#[derive(Debug, Clone)]
pub(crate) struct Elsewhere {
    pub(crate) call: Call,
    pub(crate) what: &'static str,
    pub(crate) reply: Reply,
    /// Where it is asked: what is different from the documented tenant.
    pub(crate) azure: fn(&mut Azure),
    pub(crate) expected: Expected,
}

/// An id of nobody and nothing.
const NOBODY: &str = "4b825dc6-42cb-4eb9-a060-e54bf8d69288";

fn elsewhere(call: Call, what: &'static str, change: fn(&mut Value), expected: Expected) -> Elsewhere {
    Elsewhere { call, what, reply: Reply::changed(change), azure: |_| {}, expected }
}

/// The whole answer in other words.
fn rewritten(
    call: Call,
    what: &'static str,
    from: &'static str,
    to: &'static str,
    expected: Expected,
) -> Elsewhere {
    let rewrite = move |answer: Answer| {
        assert!(
            format!("{answer:?}").contains(from.trim_matches('"')),
            "{call} does not answer {from}: {answer:?}"
        );
        let headers =
            answer.headers.into_iter().map(|(name, value)| (name, value.replace(from, to))).collect();
        Answer { headers, body: answer.body.replace(from, to), ..answer }
    };
    Elsewhere { call, what, reply: Reply::Rewritten(Arc::new(rewrite)), azure: |_| {}, expected }
}

fn unreadable(lost: Lost) -> Expected {
    lost.failing_for("unreadable")
}

/// Every one of them.
pub(crate) fn all() -> Vec<Elsewhere> {
    [of_vaults(), of_keys(), of_principals(), of_authorization(), pages()].concat()
}

fn of_vaults() -> Vec<Elsewhere> {
    vec![
        // The vault's host and Azure Resource Manager must agree (Key Vault general/move-subscription).
        rewritten(
            Call::Challenge,
            "another tenant",
            TENANT,
            ANOTHER_TENANT,
            Expected {
                verdict: "undetermined",
                decisions: OPEN_USE,
                unknown: &[
                    "azure-decrypt-allowed",
                    "azure-encrypt-allowed",
                    "azure-read-allowed",
                    "azure-tenant",
                ],
                ..Expected::ready()
            },
        ),
        rewritten(Call::Challenge, "no tenant", TENANT, "common", unreadable(ENDPOINT)),
        rewritten(
            Call::Challenge,
            "a tenant of somebody else's",
            "login.windows.net",
            "login.example.com",
            unreadable(ENDPOINT),
        ),
        // What Resource Graph says is confirmed; where it is of no use the subscriptions' lists are.
        rewritten(
            Call::ResourceGraph,
            "another vault",
            "vaults/contoso-openai",
            "vaults/contoso-nothing",
            Expected::ready(),
        ),
        rewritten(
            Call::ResourceGraph,
            "a vault that it has, and is another",
            "openai-ekm/providers/Microsoft.KeyVault/vaults/contoso-openai",
            "shared/providers/Microsoft.KeyVault/vaults/contoso-shared",
            Expected::ready(),
        ),
        elsewhere(
            Call::ResourceGraph,
            "a vault at another host",
            |body| {
                body["data"][0]["id"] = "https://example.com/vaults/contoso-openai".into();
            },
            Expected::ready(),
        ),
        elsewhere(
            Call::ResourceGraph,
            "a list that is cut off",
            |body| {
                body["resultTruncated"] = "true".into();
            },
            Expected::ready(),
        ),
        elsewhere(
            Call::ResourceGraph,
            "a list that goes on for ever",
            |body| {
                body["$skipToken"] = "x".into();
            },
            Expected::ready(),
        ),
        elsewhere(
            Call::Vault,
            "another vault",
            |body| {
                let id = body["id"].as_str().expect("has an id").replace("contoso-openai", "contoso-shared");
                body["id"] = id.into();
            },
            unreadable(VAULT),
        ),
        elsewhere(
            Call::Vault,
            "a vault of another name",
            |body| {
                body["properties"]["vaultUri"] = "https://contoso-shared.vault.azure.net/".into();
            },
            VAULT.failing_for("denied"),
        ),
        elsewhere(
            Call::Vault,
            "a vault without a tenant",
            |body| {
                body["properties"].as_object_mut().expect("an object").remove("tenantId");
            },
            unreadable(VAULT),
        ),
        elsewhere(
            Call::Vault,
            "a vault that is role-based in words",
            |body| {
                body["properties"]["enableRbacAuthorization"] = "true".into();
            },
            unreadable(VAULT),
        ),
        elsewhere(
            Call::Vault,
            "a firewall without its rules' addresses",
            |body| {
                body["properties"]["networkAcls"] =
                    json!({"defaultAction": "Deny", "ipRules": [{"address": "203.0.113.7"}]});
            },
            unreadable(VAULT),
        ),
    ]
}

/// There is another way to the key.
fn of_keys() -> Vec<Elsewhere> {
    let of_nobody = |body: &mut Value| {
        body["key"]["kid"] = "https://contoso-openai.vault.azure.net/keys/payroll/1".into()
    };
    vec![
        elsewhere(Call::Key, "another key", of_nobody, Expected::ready()),
        elsewhere(
            Call::Key,
            "a key of another vault",
            |body| {
                body["key"]["kid"] =
                    "https://contoso-shared.vault.azure.net/keys/org-4Qd8XyTz71LmWc05RkVb--workspace/1"
                        .into();
            },
            Expected::ready(),
        ),
        elsewhere(
            Call::Key,
            "an RSA key without a modulus",
            |body| body["key"]["n"] = Value::Null,
            Expected::ready(),
        ),
        elsewhere(
            Call::Key,
            "a key that does not say whether it is enabled",
            |body| {
                body["attributes"] = json!({});
            },
            Expected::ready(),
        ),
        Elsewhere {
            azure: |azure| azure.behaviour.keys_are_forbidden_by_rbac = true,
            ..elsewhere(Call::Key, "another key, and there is no other way", of_nobody, unreadable(THE_KEY))
        },
        elsewhere(
            Call::KeyVersions,
            "versions of another key",
            |body| {
                body["value"][0]["kid"] = "https://contoso-openai.vault.azure.net/keys/payroll/1".into();
            },
            Expected::ready(),
        ),
        elsewhere(Call::KeyVersions, "no versions", |body| body["value"] = json!([]), unreadable(VERSIONS)),
    ]
}

fn of_principals() -> Vec<Elsewhere> {
    vec![
        elsewhere(
            Call::ServicePrincipals,
            "another application's",
            |body| {
                body["value"][0]["appId"] = NOBODY.into();
            },
            unreadable(PRINCIPAL),
        ),
        elsewhere(
            Call::ServicePrincipals,
            "two",
            |body| {
                let one = body["value"][0].clone();
                body["value"].as_array_mut().expect("a list").push(one);
            },
            unreadable(PRINCIPAL),
        ),
        elsewhere(
            Call::ServicePrincipals,
            "one of which it is not said whether it is enabled",
            |body| {
                body["value"][0]["accountEnabled"] = Value::Null;
            },
            unreadable(PRINCIPAL),
        ),
        elsewhere(
            Call::ServicePrincipals,
            "one whose id is a path",
            |body| {
                body["value"][0]["id"] = "../../users".into();
            },
            unreadable(PRINCIPAL),
        ),
        elsewhere(
            Call::Groups,
            "a group without an id",
            |body| body["value"] = json!([{"id": null}]),
            unreadable(GROUPS),
        ),
    ]
}

fn of_authorization() -> Vec<Elsewhere> {
    vec![
        // Both lists say so: of the groups that it is in, it is in none like that.
        elsewhere(
            Call::RoleAssignments,
            "another principal's",
            |body| {
                body["value"][0]["properties"]["principalId"] = NOBODY.into();
            },
            Expected {
                verdict: "undetermined",
                decisions: OPEN_USE,
                unknown: &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed"],
                ..Expected::ready()
            },
        ),
        elsewhere(
            Call::RoleAssignments,
            "one without a scope",
            |body| {
                body["value"][0]["properties"].as_object_mut().expect("an object").remove("scope");
            },
            unreadable(ASSIGNMENTS),
        ),
        elsewhere(
            Call::RoleAssignments,
            "one whose role is a path",
            |body| {
                body["value"][0]["properties"]["roleDefinitionId"] = "/subscriptions/../providers/x".into();
            },
            unreadable(DEFINITION),
        ),
        elsewhere(
            Call::RoleDefinition,
            "another role",
            |body| {
                body["id"] = format!("/providers/Microsoft.Authorization/roleDefinitions/{NOBODY}").into();
            },
            unreadable(DEFINITION),
        ),
        elsewhere(
            Call::RoleDefinition,
            "a role without permissions",
            |body| {
                body["properties"].as_object_mut().expect("an object").remove("permissions");
            },
            unreadable(DEFINITION),
        ),
        elsewhere(
            Call::RoleDefinition,
            "a role with permissions in words",
            |body| {
                body["properties"]["permissions"][0]["dataActions"] = "*".into();
            },
            unreadable(DEFINITION),
        ),
        elsewhere(
            Call::DenyAssignments,
            "one without whom it is about",
            |body| {
                body["value"] =
                    json!([{"id": "/x", "properties": {"scope": "/", "principals": [], "permissions": []}}]);
            },
            unreadable(DENIALS),
        ),
        elsewhere(
            Call::DenyAssignments,
            "one without what it denies",
            |body| {
                body["value"] = json!([{"id": "/x", "properties": {"scope": "/", "principals": [{"id": OPENAI_OBJECT}]}}]);
            },
            unreadable(DENIALS),
        ),
    ]
}

/// Lists that go on where they have been, or where nobody may see the token.
fn pages() -> Vec<Elsewhere> {
    type Lists = (Call, &'static str, Expected);
    let lists: Vec<Lists> = vec![
        (Call::ServicePrincipals, "@odata.nextLink", unreadable(PRINCIPAL)),
        (Call::Groups, "@odata.nextLink", unreadable(GROUPS)),
        (Call::DenyAssignments, "nextLink", unreadable(DENIALS)),
        (Call::RoleAssignments, "nextLink", unreadable(ASSIGNMENTS)),
        // There is another way.
        (Call::KeyVersions, "nextLink", Expected::ready()),
    ];
    let mut cases = Vec::new();
    for (call, name, expected) in lists {
        // All lists are read by the same hands: one in every way, the others in the worst.
        let links = if call == Call::ServicePrincipals { &STRANGERS[..] } else { &STRANGERS[..1] };
        for (what, link) in links {
            let reply = Reply::changed(move |body| body[name] = (*link).into());
            cases.push(Elsewhere { call, what, reply, azure: |_| {}, expected: expected.clone() });
        }
        // As relative as it may be, it is the same page again.
        let again = Reply::changed(move |body| body[name] = "?again".into());
        cases.push(Elsewhere { call, what: "the same page again", reply: again, azure: |_| {}, expected });
        let reply = Reply::changed(move |body| body[name] = "".into());
        cases.push(Elsewhere {
            call,
            what: "no next page",
            reply,
            azure: |_| {},
            expected: Expected::ready(),
        });
    }
    cases
}

/// Where a list must not go on.
const STRANGERS: [(&str, &str); 6] = [
    ("a page at somebody else's", "https://example.com/next"),
    ("a page at a name that begins like Azure's", "https://graph.microsoft.com.example.com/next"),
    ("a page without TLS", "http://graph.microsoft.com/next"),
    ("a page at another port", "https://graph.microsoft.com:8443/next"),
    ("a page of somebody with a name", "https://a:b@graph.microsoft.com/next"),
    ("a page that is no URL", "https://"),
];

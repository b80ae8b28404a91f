//! What the double answers, compared with what Microsoft publishes.
//!
//! The examples stand beside the project and not in it. Without them these tests say that they are skipped.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::callers::{Audience, Right};
use crate::client::Client;
use crate::http::Answer;
use crate::network::Network;
use crate::tenant::{
    AccessPolicy, Azure, Block, DenyAssignment, DisabledKey, KEY, NetworkAcls, OPENAI_OBJECT, Permission,
    PrivateEndpointConnection, ROLE, Refusal, RotationPolicy, SUBSCRIPTION, Scope, TENANT,
};

/// Where the examples are, from the directory of the package.
const EXAMPLES: &str = "../shared/corpus/azure-examples";

/// Fields that an answer has and no example: what a newer version of the interface, or the service itself, adds.
const NEWER: &[&str] = &[
    // Attributes of keys since 7.2 and 7.3.
    "recoverableDays",
    "exportable",
    "hsmPlatform",
    // Vaults.
    "enableRbacAuthorization",
    "enablePurgeProtection",
    "enableSoftDelete",
    "softDeleteRetentionInDays",
    "privateEndpointConnections",
    "networkAcls",
    "publicNetworkAccess",
    "provisioningState",
    "accessPolicies",
    // Keys of Azure Resource Manager, and their versions, which no example lists.
    "keyUriWithVersion",
    "tags",
    "rotationPolicy",
    // Assignments.
    "condition",
    "conditionVersion",
    "createdOn",
    "updatedOn",
    "createdBy",
    "updatedBy",
    "delegatedManagedIdentityResourceId",
    "description",
    // Lists that go on.
    "nextLink",
    "$skipToken",
    // Microsoft Graph.
    "@odata.context",
];

/// Fields that an example has and no vault: that of a pool of hardware security modules.
const NOT_OF_A_VAULT: &[&str] = &["hsmPoolResourceId"];

/// Examples of what the double does not answer.
const NOT_SERVED: &[(&str, &str)] = &[
    ("ManagementLocks_ListAtResourceLevel.json", "nobody asks for locks"),
    ("arm-ManagedHsm_Get.json", "a Managed HSM is refused before any call"),
    ("arm-getDeletedVault.json", "nobody asks for deleted vaults"),
    ("arm-listVault-resources.json", "vaults are listed by their own provider"),
    ("arm-listPrivateEndpointConnection.json", "connections are read with their vault"),
    ("auth-GetRoleDefinitionAtScope.json", "role definitions are read one by one"),
    ("auth-RoleAssignments_Get.json", "role assignments are listed"),
    ("dp-GetDeletedKey.json", "nobody asks for deleted keys"),
    ("dp-decrypt.json", "nobody decrypts"),
    ("dp-encrypt.json", "nobody encrypts"),
    ("monitor-listDiagnosticSettings.json", "nobody asks for diagnostic settings"),
    ("errors/kv-403-AccessDenied.json", "an older form of ForbiddenByPolicy"),
    ("errors/kv-403-ForbiddenByPolicy.json", "nobody decrypts"),
    ("errors/kv-403-KeyOperationForbidden.json", "nobody decrypts"),
];

fn directory() -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLES);
    if !directory.is_dir() {
        println!("skipped: Microsoft's examples are not at {EXAMPLES}");
        return None;
    }
    Some(directory)
}

/// A setup in which every field of an example has something to say.
fn eventful() -> Azure {
    let scope = Scope::subscription(SUBSCRIPTION);
    let denial = Permission::control(&["*/delete"]).and_data(&["*"]);
    Azure::documented().but(|azure| {
        let vault = azure.vault();
        vault.network_acls = Some(NetworkAcls {
            virtual_network_rules: vec!["/subnet".into()],
            ..NetworkAcls::only(&["203.0.113.7/32"])
        });
        vault.access_policies = vec![AccessPolicy::new(TENANT, OPENAI_OBJECT, &["get"])];
        vault.private_endpoint_connections = vec![PrivateEndpointConnection::approved("endpoint")];
        azure.key().rotation_policy = Some(RotationPolicy {
            lifetime_actions: vec![
                ("Rotate", "timeAfterCreate", "P90D".into()),
                ("Notify", "timeBeforeExpiry", "P30D".into()),
            ],
            expiry_time: Some("P2Y".into()),
        });
        azure.version().tags = vec![
            ("purpose".into(), "unit test".into()),
            ("test name ".into(), "CreateGetDeleteKeyTest".into()),
        ];
        azure.tenant().deny_assignments = vec![DenyAssignment::of_everyone(
            "2d7d3f6c-0000-4000-8000-000000000001",
            "Protected",
            denial,
            scope,
        )];
    })
}

/// A request to the double, and the example of its answer.
struct Case {
    example: &'static str,
    audience: Audience,
    url: String,
}

fn cases() -> Vec<Case> {
    let vault = "https://contoso-openai.vault.azure.net";
    let subscription = format!("https://management.azure.com/subscriptions/{SUBSCRIPTION}");
    let of_vault = format!(
        "{subscription}/resourceGroups/openai-ekm/providers/Microsoft.KeyVault/vaults/contoso-openai"
    );
    let authorization = format!("{of_vault}/keys/{KEY}/providers/Microsoft.Authorization");
    let of = |audience, example, url| Case { example, audience, url };
    let manager = |example, url| of(Audience::ResourceManager, example, url);
    vec![
        of(Audience::Vault, "dp-GetKey.json", format!("{vault}/keys/{KEY}?api-version=7.5")),
        of(Audience::Vault, "dp-GetKeyVersions.json", format!("{vault}/keys/{KEY}/versions?api-version=7.5")),
        of(
            Audience::Vault,
            "dp-GetKeyRotationPolicy.json",
            format!("{vault}/keys/{KEY}/rotationpolicy?api-version=7.5"),
        ),
        manager("arm-getVault.json", format!("{of_vault}?api-version=2023-07-01")),
        manager("arm-getVault-2026-05-15.json", format!("{of_vault}?api-version=2026-05-15")),
        manager("arm-createVaultWithNetworkAcls.json", format!("{of_vault}?api-version=2023-07-01")),
        manager(
            "arm-listVaultBySubscription.json",
            format!("{subscription}/providers/Microsoft.KeyVault/vaults?api-version=2023-07-01"),
        ),
        manager("arm-getKey.json", format!("{of_vault}/keys/{KEY}?api-version=2023-07-01")),
        manager("arm-listKeys.json", format!("{of_vault}/keys/{KEY}/versions?api-version=2023-07-01")),
        manager(
            "auth-RoleAssignments_ListForResource.json",
            format!("{authorization}/roleAssignments?api-version=2022-04-01"),
        ),
        manager(
            "auth-RoleAssignments_ListForScope.json",
            format!("{authorization}/roleAssignments?api-version=2022-04-01"),
        ),
        manager(
            "auth-GetRoleDefinitionById.json",
            format!(
                "{subscription}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}?api-version=2022-04-01"
            ),
        ),
        manager(
            "auth-GetDenyAssignmentsForResource.json",
            format!("{authorization}/denyAssignments?api-version=2022-04-01"),
        ),
        manager(
            "auth-GetDenyAssignmentByScope.json",
            format!("{authorization}/denyAssignments?api-version=2022-04-01&$filter=atScope()"),
        ),
        manager(
            "auth-GetAllDenyAssignments.json",
            format!(
                "{subscription}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01"
            ),
        ),
        of(
            Audience::Graph,
            "graph-servicePrincipal-get.json",
            format!("https://graph.microsoft.com/v1.0/servicePrincipals/{OPENAI_OBJECT}"),
        ),
    ]
}

#[test]
fn answers_have_the_shapes_that_microsoft_publishes() {
    let Some(directory) = directory() else { return };
    let network = Network::of(eventful());
    let mut problems = vec![];
    for case in cases() {
        let example = of_success(&read(&directory, case.example));
        let served = Client::auditor(&network, TENANT, case.audience).json(&case.url);
        if example["value"].is_array() && served["value"].as_array().is_none_or(Vec::is_empty) {
            problems.push(format!("{}: an empty list", case.example));
        }
        problems.extend(differences(&example, &served, case.example));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn resource_graph_answers_in_the_shape_that_microsoft_publishes() {
    let Some(directory) = directory() else { return };
    let network = Network::of(eventful());
    let url =
        "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";
    let question = r#"{"query": "Resources | project id, name, type, location, tags | limit 3"}"#;
    let served = Client::auditor(&network, TENANT, Audience::ResourceManager).post(url, question);
    let served: Value = serde_json::from_str(&served.body).expect("is JSON");
    assert_ne!(served["count"], 0);
    // The tags of an example's first row are its own.
    let mut example = of_success(&read(&directory, "arg-ResourcesBasicQuery.json"));
    example["data"][0]["tags"] = serde_json::json!({});
    let problems = differences(&example, &served, "arg-ResourcesBasicQuery.json");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// A change to the setup that is answered with an error, whom it is asked of and where, and the example.
type Failing = (&'static str, fn(&mut Azure), Option<Audience>, String);

fn failing() -> Vec<Failing> {
    let key = format!("https://contoso-openai.vault.azure.net/keys/{KEY}?api-version=7.5");
    let group = |id: &str, name: &str| {
        format!(
            "https://management.azure.com/subscriptions/{id}/resourceGroups/openai-ekm/providers/Microsoft.KeyVault/vaults/{name}"
        )
    };
    let of_vault = group(SUBSCRIPTION, "contoso-openai");
    let version = "api-version=2026-02-01";
    let of = Some(Audience::ResourceManager);
    let principal = format!("https://graph.microsoft.com/v1.0/servicePrincipals/{ROLE}");
    vec![
        ("kv-401-challenge", |_| {}, None, key.clone()),
        (
            "kv-403-ForbiddenByRbac",
            |azure| azure.auditor().loses(Right::KeysData),
            Some(Audience::Vault),
            key.clone(),
        ),
        (
            "kv-403-ForbiddenByPolicy-keys-sign",
            |azure| {
                azure.vault().rbac_authorization = None;
                azure.auditor().loses(Right::KeysData);
            },
            Some(Audience::Vault),
            key.clone(),
        ),
        (
            "kv-403-ForbiddenByFirewall",
            |azure| {
                azure.vault().block = Some(Block { refusal: Refusal::Firewall, before_the_challenge: false })
            },
            Some(Audience::Vault),
            key.clone(),
        ),
        (
            "kv-403-ForbiddenByConnection",
            |azure| {
                azure.vault().block = Some(Block { refusal: Refusal::Connection, before_the_challenge: true })
            },
            None,
            key.clone(),
        ),
        (
            "kv-403-KeyDisabled",
            |azure| {
                azure.behaviour.disabled_key = DisabledKey::Refused;
                azure.version().enabled = false;
            },
            Some(Audience::Vault),
            key.clone(),
        ),
        ("kv-404-KeyNotFound", |azure| azure.vault().keys.clear(), Some(Audience::Vault), key),
        (
            "arm-400-ForbiddenByRbac-vaults-keys",
            |azure| azure.behaviour.keys_are_forbidden_by_rbac = true,
            of,
            format!("{of_vault}/keys/{KEY}?{version}"),
        ),
        (
            "arm-401-InvalidAuthenticationTokenTenant",
            |azure| {
                let subscriptions = std::mem::take(&mut azure.tenant().subscriptions);
                azure.tenants[1].subscriptions = subscriptions;
            },
            of,
            format!("{of_vault}?{version}"),
        ),
        (
            "arm-403-AuthorizationFailed",
            |azure| azure.auditor().loses(Right::Vaults),
            of,
            format!("{of_vault}?{version}"),
        ),
        ("arm-404-ResourceNotFound", |azure| azure.vaults.clear(), of, format!("{of_vault}?{version}")),
        ("arm-404-SubscriptionNotFound", |_| {}, of, format!("{}?{version}", group(ROLE, "contoso-openai"))),
        (
            "graph-403-Authorization_RequestDenied",
            |azure| azure.auditor().loses(Right::Applications),
            Some(Audience::Graph),
            principal.clone(),
        ),
        ("graph-404-Request_ResourceNotFound", |_| {}, Some(Audience::Graph), principal),
    ]
}

#[test]
fn errors_are_those_that_microsoft_gives() {
    let Some(directory) = directory() else { return };
    let mut problems = vec![];
    for (name, change, audience, url) in failing() {
        let network = Network::of(Azure::documented().but(change));
        let client = match audience {
            Some(audience) => Client::auditor(&network, TENANT, audience),
            None => Client::of(&network),
        };
        let example = read(&directory, &format!("errors/{name}.json"));
        problems.extend(error_differences(&example, &client.get(&url), name));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// An example that is neither compared nor left out on purpose would be a shape that nobody looks at.
#[test]
fn every_example_is_accounted_for() {
    let Some(directory) = directory() else { return };
    let mut known: Vec<String> = cases().iter().map(|case| case.example.to_owned()).collect();
    known.push("arg-ResourcesBasicQuery.json".into());
    known.extend(failing().iter().map(|(name, ..)| format!("errors/{name}.json")));
    known.extend(NOT_SERVED.iter().map(|(name, _)| (*name).to_owned()));
    let mut there = vec![];
    for (path, prefix) in [(directory.clone(), ""), (directory.join("errors"), "errors/")] {
        for entry in fs::read_dir(path).expect("lists the examples") {
            let name = entry.expect("is a file").file_name().into_string().expect("is text");
            if name.ends_with(".json") {
                there.push(format!("{prefix}{name}"));
            }
        }
    }
    known.sort();
    there.sort();
    assert_eq!(known, there);
}

fn read(directory: &Path, name: &str) -> Value {
    let text = fs::read_to_string(directory.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The answer of an example, which some wrap into a description of the call.
fn of_success(example: &Value) -> Value {
    let body = &example["responses"]["200"]["body"];
    if body.is_null() { example.clone() } else { body.clone() }
}

/// Where an answer has another shape than the example.
fn differences(example: &Value, served: &Value, path: &str) -> Vec<String> {
    match (example, served) {
        (Value::Object(example), Value::Object(served)) => {
            let extra =
                served.keys().filter(|name| !example.contains_key(*name) && !NEWER.contains(&name.as_str()));
            let mut found: Vec<String> =
                extra.map(|name| format!("{path}.{name} is in no example")).collect();
            for (name, expected) in
                example.iter().filter(|(name, _)| !NOT_OF_A_VAULT.contains(&name.as_str()))
            {
                match served.get(name) {
                    Some(value) => found.extend(differences(expected, value, &format!("{path}.{name}"))),
                    None => found.push(format!("{path}.{name} is missing")),
                }
            }
            found
        }
        (Value::Array(example), Value::Array(served)) => {
            // An example's last entry stands for those that it does not show; an empty one says nothing of them.
            let expected = |index: usize| example.get(index).or(example.last());
            let entries =
                served.iter().enumerate().filter_map(|(index, value)| Some((expected(index)?, value)));
            entries.flat_map(|(example, served)| differences(example, served, &format!("{path}[]"))).collect()
        }
        // What may be null has its own type otherwise.
        (Value::Null, _) | (_, Value::Null) => vec![],
        _ if std::mem::discriminant(example) == std::mem::discriminant(served) => vec![],
        _ => vec![format!("{path} is {served} and should be like {example}")],
    }
}

/// Where an error differs from the example: in its status, its codes, the fields, the headers, or the form of its text.
fn error_differences(example: &Value, served: &Answer, name: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(&served.body).expect("is JSON");
    let mut found = differences(&example["body"], &body, name);
    let mut differ = |what: &str, expected: String, got: String| {
        if expected != got {
            found.push(format!("{name}: {what} is {got}, expected {expected}"));
        }
    };
    differ("the status", example["status"].to_string(), served.status.to_string());
    for code in ["/error/code", "/error/innererror/code"] {
        differ(code, format!("{:?}", example["body"].pointer(code)), format!("{:?}", body.pointer(code)));
    }
    let form = |body: &Value| {
        let text = body["error"]["message"].as_str().unwrap_or_default();
        // The names in it are of the setup. What comes before the first one is Microsoft's, as are the ends of lines.
        let text_before = text.split(['\'', ':']).next().unwrap_or_default();
        let words: Vec<&str> =
            text_before.split_whitespace().take_while(|word| !word.contains('-')).collect();
        // A key that is not found is named without quotation marks.
        let words = words.into_iter().take_while(|word| *word != "(name/id)").collect::<Vec<_>>();
        format!("{words:?} with {} ends of lines", text.matches("\r\n").count())
    };
    let (expected, got) = (form(&example["body"]), form(&body));
    // The operation is another one: nobody decrypts.
    differ("the message", expected.replace("decrypt", "get"), got);
    for header in example["headers"].as_object().into_iter().flatten().map(|(name, _)| name) {
        let has = served.headers.iter().any(|(of_answer, _)| of_answer.eq_ignore_ascii_case(header));
        differ(&format!("the header {header}"), "there".into(), if has { "there" } else { "missing" }.into());
    }
    found
}

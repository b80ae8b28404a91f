//! What the double answers, compared with what Microsoft publishes.
//!
//! The examples stand beside the project and not in it. Without them these tests say that they are skipped.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::callers::Audience;
use crate::client::Client;
use crate::http::Answer;
use crate::network::Network;
use crate::tenant::{Azure, TENANT};

#[path = "published/cases.rs"]
mod cases;

use cases::{NOT_SERVED, cases, eventful, failing};

/// Where the examples are, from the directory of the package.
const EXAMPLES: &str = "../shared/corpus/azure-examples";

/// Fields that an answer has and no example: what a newer version of the interface, or the service itself, adds.
const NEWER: &[&str] = &[
    // Attributes of keys.
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

fn directory() -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLES);
    if !directory.is_dir() {
        println!("skipped: Microsoft's examples are not at {EXAMPLES}");
        return None;
    }
    Some(directory)
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

#[test]
fn errors_are_those_that_microsoft_gives() {
    let Some(directory) = directory() else { return };
    let mut problems = vec![];
    for case in failing() {
        let network = Network::of(Azure::documented().but(case.change));
        let client = match case.audience {
            Some(audience) => Client::auditor(&network, TENANT, audience),
            None => Client::of(&network),
        };
        let example = read(&directory, &format!("errors/{}.json", case.example));
        problems.extend(error_differences(&example, &client.get(&case.url), case.example));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// An example that is neither compared nor left out on purpose would be a shape that nobody looks at.
#[test]
fn every_example_is_accounted_for() {
    let Some(directory) = directory() else { return };
    let mut known: Vec<String> = cases().iter().map(|case| case.example.to_owned()).collect();
    known.push("arg-ResourcesBasicQuery.json".into());
    known.extend(failing().iter().map(|case| format!("errors/{}.json", case.example)));
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

/// Where an error differs from the example: in its status, codes, fields or headers, or in the form of its text.
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
    // The names in a message are of the setup. What comes before the first one is Microsoft's, and so are its lines.
    let form = |body: &Value| {
        let text = body["error"]["message"].as_str().unwrap_or_default();
        let before = text.split(['\'', ':']).next().and_then(|start| start.split("(name/id)").next());
        format!("{before:?} with {} ends of lines", text.matches("\r\n").count())
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

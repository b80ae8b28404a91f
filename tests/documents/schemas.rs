//! The schemas hold for what the program reads and prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::root;

/// A schema of `docs/`.
fn schema(file: &str) -> Validator {
    let schema: Value = serde_json::from_str(&root(&format!("docs/{file}"))).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// What the program prints, and its exit status.
fn printed(directory: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
        .args(arguments)
        .env_clear()
        .current_dir(directory)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let printed = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {errors}"));
    (output.status.code(), printed)
}

#[track_caller]
fn holds(schema: &Validator, name: &str, document: &Value) {
    let wrong: Vec<String> =
        schema.iter_errors(document).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{name}: {wrong:#?}");
}

/// Some members of each document, which it must not be without.
fn refuses_without(schema: &Validator, document: &Value, members: &[&str]) {
    for member in members {
        let mut without = document.clone();
        without.as_object_mut().unwrap().remove(*member).unwrap();
        assert!(!schema.is_valid(&without), "{member}");
    }
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

#[test]
fn reports_and_evidence_are_what_their_schemas_say() {
    let (report, evidence) = (schema("report.schema.json"), schema("evidence.schema.json"));
    for (example, status) in [("aws-ready", 0), ("aws-broken", 1), ("azure-ready", 0), ("azure-broken", 1)] {
        let file = format!("examples/{example}.json");
        holds(&evidence, example, &serde_json::from_str(&root(&file)).unwrap());
        for (options, status) in [
            (&[][..], status),
            // Nothing but a form is judged, which needs no evidence: most of a report is empty.
            (&["--only", "aws-role-arn,azure-key-name"], 0),
        ] {
            let (exit, printed) =
                printed(&here(), &[&["replay", &file, "--format", "json"], options].concat());
            assert_eq!(exit, Some(status), "{example} {options:?}");
            holds(&report, example, &printed);
            refuses_without(&report, &printed, &["version", "verdict", "targets"]);
        }
    }
    // A plan's registration is known only in part, and a run has waivers; or nothing is judged at all.
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::write(at.join("nothing.json"), r#"{"format_version": "1.2", "resource_changes": []}"#).unwrap();
    let examples = here().join("examples");
    let configuration = format!(
        "format = 1\n[[target]]\nname = \"saved\"\nevidence = '{0}/aws-broken.json'\n[[target]]\nname = \"planned\"\n\
         plan = {{ file = '{0}/aws-plan-breaks.json' }}\n[[waiver]]\ncheck = \"aws-key-usage\"\ntarget = \"saved\"\n\
         reason = \"why\"\nowner = \"who\"\nexpires = 2026-11-20\n[[waiver]]\ncheck = \"aws-decrypt-allowed\"\n\
         target = \"saved\"\nreason = \"why\"\nowner = \"who\"\nexpires = 2027-11-20\n",
        examples.display()
    );
    fs::write(at.join("ekm-preflight.toml"), configuration).unwrap();
    for (arguments, status) in
        [(&["plan", "nothing.json", "--allow-none"][..], 0), (&["run", "--now", "2026-11-21", "--quiet"], 1)]
    {
        let (exit, printed) = printed(at, &[arguments, &["--format", "json"]].concat());
        assert_eq!(exit, Some(status), "{arguments:?}");
        holds(&report, arguments[0], &printed);
    }
    let plan = examples.join("aws-plan-breaks.json");
    let saved = ["plan", plan.to_str().unwrap(), "--save-evidence", "saved.json", "--format", "json"];
    holds(&report, "plan", &printed(at, &saved).1);
    holds(
        &evidence,
        "plan",
        &serde_json::from_str(&fs::read_to_string(at.join("saved.json")).unwrap()).unwrap(),
    );
}

#[test]
fn simulations_are_what_their_schemas_say() {
    let (input, decision) = (schema("simulation.schema.json"), schema("decision.schema.json"));
    let allowed: Value = serde_json::from_str(&root("examples/simulate.json")).unwrap();
    let requests = match &allowed {
        Value::Array(many) => many.clone(),
        one => vec![one.clone()],
    };
    let one = requests[0].clone();
    // Without a policy that is there nothing is named: no statement, no policy.
    let without = |policies: &str, value: Value| {
        let mut request = one.clone();
        request[policies] = value;
        request
    };
    let none = json!({ "request": one["request"], "identity_policies": [] });
    let cases = [
        one.clone(),
        none,
        without("identity_policies", json!([])),
        without("service_control_policies", json!([[]])),
        without("resource_control_policies", json!([[]])),
        Value::Array(requests.clone()),
        Value::Array(vec![one.clone(), without("identity_policies", json!([]))]),
        json!([]),
    ];
    let directory = tempfile::tempdir().unwrap();
    let mut without_statement = 0;
    for case in cases {
        holds(&input, "input", &case);
        fs::write(directory.path().join("case.json"), case.to_string()).unwrap();
        let (_, answer) = printed(directory.path(), &["simulate", "case.json"]);
        assert_eq!(answer.is_array(), case.is_array());
        holds(&decision, &case.to_string(), &answer);
        let answers = if answer.is_array() { answer.as_array().unwrap().clone() } else { vec![answer] };
        for answer in answers {
            refuses_without(&decision, &answer, &["version", "decision", "because", "depends_on"]);
            let reasons = answer["because"].as_array().unwrap();
            without_statement += reasons.iter().filter(|reason| reason.get("statement").is_none()).count();
        }
    }
    assert!(without_statement > 0);
}

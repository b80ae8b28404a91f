//! What the targets of one run share, they read once: through the program and a configuration.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::answers::{ALIAS_ARN, KEY_ARN, ROLE_ARN};
use crate::server::Server;

/// Runs targets, each given by its key and what else is in its table.
fn run(server: &Server, targets: &[(&str, &str, &str)], options: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("makes a directory");
    let written: Vec<String> = targets
        .iter()
        .map(|(name, key, more)| {
            format!(
                "[[target]]\nname = \"{name}\"\n[target.aws]\nrole_arn = \"{ROLE_ARN}\"\nkms_arn = \"{key}\"\n\
                 external_id = \"org-AbC123\"\n{more}\n"
            )
        })
        .collect();
    let configuration = format!("format = 1\n{}", written.concat());
    fs::write(home.path().join("ekm-preflight.toml"), configuration).expect("writes the configuration");
    Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
        .args(["run", "--format", "json"])
        .args(options)
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_ENDPOINT_URL", server.url())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .expect("runs the program")
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("a report")
}

fn counted(server: &Server) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in server.calls() {
        *counts.entry(call).or_default() += 1;
    }
    counts
}

/// The alias leads to the key of the other target: the one call more asks what is behind it.
#[test]
fn two_targets_of_one_account_take_one_targets_calls() {
    let one = Server::start();
    run(&one, &[("key", KEY_ARN, "")], &[]);
    let expected = counted(&one);
    assert!(expected.len() > 20 && expected.values().all(|count| *count == 1), "{expected:?}");
    for at_once in ["1", "8"] {
        let server = Server::start();
        let targets = [("key", KEY_ARN, ""), ("alias", ALIAS_ARN, "")];
        let reported = report(&run(&server, &targets, &["--at-once", at_once]));
        let mut found = counted(&server);
        assert_eq!(found.insert("kms:DescribeKey".into(), 1), Some(2));
        assert_eq!(found, expected);
        // Both have all of it: what each says of the role and of the organization is the same.
        let checks = |target: usize| {
            let all = reported["targets"][target]["checks"].as_array().expect("checks").iter();
            let of_both =
                all.filter(|check| !check["id"].as_str().unwrap_or_default().starts_with("aws-key-"));
            of_both.map(|check| (check["id"].clone(), check["outcome"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(checks(0), checks(1));
    }
}

/// A hundred as two.
#[test]
fn many_targets_are_reported_in_their_order() {
    let server = Server::start();
    let names: Vec<String> = (0..100).map(|number| format!("target {number}")).collect();
    let targets: Vec<(&str, &str, &str)> = names.iter().map(|name| (name.as_str(), KEY_ARN, "")).collect();
    let reported = report(&run(&server, &targets, &["--at-once", "16"]));
    let found: Vec<&str> = reported["targets"]
        .as_array()
        .expect("targets")
        .iter()
        .filter_map(|target| target["name"].as_str())
        .collect();
    assert_eq!(found, names);
    assert!(counted(&server).values().all(|count| *count == 1));
}

/// The one that has no credentials is undetermined, and says why; the other is read.
#[test]
fn a_target_without_credentials_does_not_stop_the_others() {
    let server = Server::start();
    let targets = [("read", KEY_ARN, ""), ("unread", KEY_ARN, "role_profile = \"a\"\nkey_profile = \"a\"")];
    let output = run(&server, &targets, &[]);
    let reported = report(&output);
    assert_eq!(reported["targets"][1]["verdict"], "undetermined");
    let outcome = |target: usize| {
        let checks = reported["targets"][target]["checks"].as_array().expect("checks");
        let exists = checks.iter().find(|check| check["id"] == "aws-key-exists").expect("the check");
        (exists["outcome"].clone(), exists["unknown_because"][0]["reason"].clone())
    };
    assert_eq!(outcome(0), (json!("pass"), Value::Null));
    assert_eq!(outcome(1), (json!("unknown"), json!("credentials")));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("`unread`: no usable AWS credentials: "), "{said}");
    assert!(said.contains("the profile `a` gives no credentials"), "{said}");
}

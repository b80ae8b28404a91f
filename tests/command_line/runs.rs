//! Runs of several targets, from saved evidence: what is written where, and what is read at all.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{ROOT, ekm_preflight, files, said};

const READY: &str = include_str!("../../examples/aws-ready.json");
const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

/// A directory with a configuration and files of evidence beside it.
fn configured(targets: &str, evidence: &[(&str, String)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("makes a directory");
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).expect("writes a file");
    write("ekm-preflight.toml", &format!("format = 1\n{targets}"));
    for (name, text) in evidence {
        write(name, text);
    }
    directory
}

fn target(name: &str, file: &str) -> String {
    format!("[[target]]\nname = \"{name}\"\nevidence = \"{file}\"\n")
}

fn json_of(directory: &Path, arguments: &[&str]) -> (Option<i32>, Value, String) {
    let (exit, report, errors) =
        said(&ekm_preflight(directory, &[arguments, &["--format", "json"]].concat()));
    (exit, serde_json::from_str(&report).unwrap_or_default(), errors)
}

/// The evidence of another key that the same role is registered with, whose policy names both.
fn of_key(key: &str, other: &str) -> String {
    let arn = |id: &str| format!(r#"\"arn:aws:kms:us-east-1:111122223333:key/{id}\""#);
    let resource = format!(r#"\"Resource\": {}"#, arn(KEY));
    assert!(READY.contains(&resource), "the example's policy names the key");
    let both = format!(r#"\"Resource\": [{}, {}]"#, arn(key), arn(other));
    READY.replace(&resource, &both).replace(&format!("key/{KEY}"), &format!("key/{key}")).replace(
        &format!("key/{key}\\\", \\\"arn:aws:kms:us-east-1:111122223333:key/{key}"),
        &format!("key/{key}\\\", \\\"arn:aws:kms:us-east-1:111122223333:key/{other}"),
    )
}

fn outcome<'a>(report: &'a Value, target: usize, id: &str) -> &'a Value {
    let checks = report["targets"][target]["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["id"] == id).expect("the check")
}

/// A role of two registrations needs both keys: together they are ready, each for itself is not, and what was saved of the
/// run says the same as the run.
#[test]
fn a_role_needs_the_keys_of_all_its_registrations() {
    let second = "9876abcd-12ab-34cd-56ef-1234567890ab";
    let both = [("one.json", of_key(KEY, second)), ("two.json", of_key(second, KEY))];
    let targets = [target("one", "one.json"), target("two", "two.json")].concat();
    let directory = configured(&targets, &both);
    let at = directory.path();
    let (exit, report, errors) = json_of(at, &["run", "--save-evidence", "saved"]);
    assert_eq!((exit, errors.as_str()), (Some(0), ""), "{report:#}");
    assert_eq!(files(&at.join("saved")), ["one.json", "two.json"]);
    for (place, file) in ["one.json", "two.json"].into_iter().enumerate() {
        let saved = at.join("saved").join(file);
        let (exit, replayed, _) = json_of(at, &["replay", saved.to_str().expect("a path")]);
        assert_eq!((exit, &replayed["targets"][0]), (Some(0), &report["targets"][place]));
        let (exit, alone, _) = json_of(at, &["replay", file]);
        assert_eq!(exit, Some(1));
        assert_eq!(outcome(&alone, 0, "aws-role-least-privilege")["outcome"], "fail");
    }
    // Of a target that is not run its saved evidence is not read.
    let (exit, report, _) = json_of(at, &["run", "--target", "one"]);
    assert_eq!(exit, Some(1));
    assert_eq!(outcome(&report, 0, "aws-role-least-privilege")["outcome"], "fail");
}

/// A text that stands for a key's id in one plan stands for another key's in the next: that key is registered by nobody.
#[test]
fn what_stands_for_a_key_in_one_plan_is_no_key_of_another() {
    let second = "00000000-0000-0000-0000-000000000001";
    let planned = |evidence: String, stands_for: &str| {
        let mut document: Value = serde_json::from_str(&evidence).expect("evidence");
        document["source"] = json!("plan");
        document["plan"] = json!({
            "places": {}, "changes": [], "limits": [],
            "symbols": [{"text": second, "kind": "made", "stands_for": stands_for}],
        });
        document.to_string()
    };
    let both = [
        ("one.json", planned(of_key(KEY, second), "aws_kms_key.unregistered.key_id")),
        ("two.json", planned(of_key(second, KEY), "aws_kms_key.other.key_id")),
    ];
    let targets = [target("one", "one.json"), target("two", "two.json")].concat();
    let (exit, report, _) = json_of(configured(&targets, &both).path(), &["run"]);
    assert_eq!(exit, Some(1), "{report:#}");
    assert_eq!(outcome(&report, 0, "aws-role-least-privilege")["outcome"], "fail");
    // The other way round the key has its own ARN, which is the same everywhere.
    assert_eq!(outcome(&report, 1, "aws-role-least-privilege")["outcome"], "pass");
}

/// A key in the file itself counts whether or not its target is run.
#[test]
fn a_key_that_the_file_registers_with_the_same_role_is_needed() {
    let second = "9876abcd-12ab-34cd-56ef-1234567890ab";
    let live = format!(
        "[[target]]\nname = \"live\"\n[target.aws]\nrole_arn = \"arn:aws:iam::111122223333:role/openai-ekm\"\n\
         kms_arn = \"arn:aws:kms:us-east-1:111122223333:key/{second}\"\nexternal_id = \"org-AbC123\"\n"
    );
    for (role, exit) in [("role/openai-ekm", 0), ("role/another", 1)] {
        let targets = [target("one", "one.json"), live.replace("role/openai-ekm", role)].concat();
        let directory = configured(&targets, &[("one.json", of_key(KEY, second))]);
        let (found, report, _) = json_of(directory.path(), &["run", "--target", "one"]);
        assert_eq!(found, Some(exit), "{role}: {report:#}");
    }
}

/// What is behind the alias of another registration is not known where it was not read: its key may be the one that the
/// role's policy names.
#[test]
fn a_key_behind_an_alias_that_was_not_read_may_be_the_one_that_is_needed() {
    let second = "9876abcd-12ab-34cd-56ef-1234567890ab";
    let live = "[[target]]\nname = \"live\"\n[target.aws]\nrole_arn = \"arn:aws:iam::111122223333:role/openai-ekm\"\n\
        kms_arn = \"arn:aws:kms:us-east-1:111122223333:alias/second\"\nexternal_id = \"org-AbC123\"\n";
    for (region, outcome_there, exit) in [("us-east-1", "unknown", 3), ("us-east-2", "fail", 1)] {
        let targets = [target("one", "one.json"), live.replace("us-east-1", region)].concat();
        let directory = configured(&targets, &[("one.json", of_key(KEY, second))]);
        let (found, report, _) = json_of(directory.path(), &["run", "--target", "one"]);
        let check = outcome(&report, 0, "aws-role-least-privilege");
        assert_eq!((found, check["outcome"].as_str()), (Some(exit), Some(outcome_there)), "{check:#}");
    }
}

#[test]
fn each_target_has_files_of_its_name() {
    let targets = [
        target("production", "ready.json"),
        target("../up & away", "ready.json"),
        target(".hidden", "broken.json"),
    ];
    let broken = fs::read_to_string(Path::new(ROOT).join("examples/azure-broken.json")).expect("the example");
    let directory =
        configured(&targets.concat(), &[("ready.json", READY.to_owned()), ("broken.json", broken)]);
    let at = directory.path();
    let (exit, report, errors) = json_of(at, &["run", "--save-evidence", "a/b", "--payload", "payloads"]);
    assert_eq!(exit, Some(1));
    assert_eq!(errors, "no payload was written to `payloads/%2Ehidden.json`: the verdict is not ready\n");
    assert_eq!(files(&at.join("payloads")), ["%2E.%2Fup%20%26%20away.json", "production.json"]);
    assert_eq!(files(&at.join("a/b")), ["%2E.%2Fup%20%26%20away.json", "%2Ehidden.json", "production.json"]);
    let payload = fs::read_to_string(at.join("payloads/production.json")).expect("a payload");
    let payload: Value = serde_json::from_str(&payload).expect("JSON");
    assert_eq!(payload["name"], "production");
    assert_eq!(payload, report["targets"][0]["payload"]);
    assert_eq!(files(at), ["a", "broken.json", "ekm-preflight.toml", "payloads", "ready.json"]);
}

/// Files that are read are not written over.
#[test]
fn an_output_is_no_input() {
    let directory = configured(&target("ready", "ready.json"), &[("ready.json", READY.to_owned())]);
    let at = directory.path();
    for options in [
        ["--save-evidence", "."],
        ["--payload", "../"],
        ["--output", "ekm-preflight.toml"],
        ["--output", "./ready.json"],
    ] {
        let options = [options[0], if options[1] == "../" { "." } else { options[1] }];
        let (exit, report, errors) = said(&ekm_preflight(at, &[&["run"], &options[..]].concat()));
        assert_eq!((exit, report.as_str()), (Some(2), ""), "{options:?}");
        assert!(errors.contains("are the same file"), "{errors}");
    }
    assert_eq!(fs::read_to_string(at.join("ready.json")).expect("the evidence"), READY);
    assert_eq!(files(at), ["ekm-preflight.toml", "ready.json"]);
}

/// Paths begin at the file, wherever the program is run; from standard input at the working directory.
#[test]
fn paths_are_relative_to_the_file() {
    let directory = configured(&target("ready", "ready.json"), &[("ready.json", READY.to_owned())]);
    let at = directory.path();
    let file = at.join("ekm-preflight.toml");
    let elsewhere = tempfile::tempdir().expect("makes a directory");
    let from_file = said(&ekm_preflight(elsewhere.path(), &["run", file.to_str().expect("a path")]));
    assert_eq!(from_file.0, Some(0), "{}", from_file.2);
    let piped = std::process::Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
        .args(["run", "-"])
        .env_clear()
        .current_dir(at)
        .stdin(fs::File::open(&file).expect("the file"))
        .output()
        .expect("runs");
    assert_eq!(said(&piped), from_file);
}

/// Neither a target's file nor a directory of checks is looked at: the first error is the configuration's.
#[test]
fn a_broken_file_ends_the_run_before_anything_else_is_read() {
    let directory = configured(
        "checks = [\"no-such-directory\"]\n[[target]]\nname = \"one\"\nevidence = \"none.json\"\nwhat = 1\n",
        &[],
    );
    let (exit, report, errors) = said(&ekm_preflight(directory.path(), &["run", "--output", "report"]));
    assert_eq!((exit, report.as_str()), (Some(2), ""));
    assert!(errors.starts_with("error: ekm-preflight.toml:6:1: unknown field `what`"), "{errors}");
    assert_eq!(files(directory.path()), ["ekm-preflight.toml"]);
}

#[test]
fn what_is_no_text_or_too_much_of_it_is_refused() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    for (bytes, part) in [
        (b"format = 1 # \xff\n".to_vec(), "`ekm-preflight.toml` can't be read: "),
        (vec![b' '; 9 * 1024 * 1024], "`ekm-preflight.toml` is larger than 8 MiB"),
    ] {
        fs::write(at.join("ekm-preflight.toml"), bytes).expect("writes the file");
        let (exit, report, errors) = said(&ekm_preflight(at, &["run"]));
        assert_eq!((exit, report.as_str()), (Some(2), ""));
        assert!(errors.starts_with(&format!("error: {part}")), "{errors}");
    }
}

/// A customer's own checks can be named, lowered and waived like the program's.
#[test]
fn own_checks_are_checks_of_the_file() {
    let own = Path::new(ROOT).join("tests/command_line/own/checks");
    let targets = format!(
        "checks = [\"{}\"]\n[defaults]\nonly = [\"aws-role-name\", \"aws-key-usage\"]\n\
         severity = {{ aws-role-name = \"note\" }}\n{}",
        own.display(),
        target("one", "ready.json")
    );
    let directory = configured(&targets, &[("ready.json", READY.to_owned())]);
    let (exit, report, errors) = json_of(directory.path(), &["run"]);
    assert_eq!((exit, errors.as_str()), (Some(0), ""));
    assert_eq!(outcome(&report, 0, "aws-role-name")["severity"], "note");
    assert_eq!(report["summary"]["pass"].as_u64().map(|passes| passes > 0), Some(true));
}

/// What became of waivers stands in the report, and on standard error unless that is to be quiet.
#[test]
fn unused_waivers_are_in_the_report_and_on_standard_error() {
    let waiver = "[[waiver]]\ncheck = \"aws-key-usage\"\ntarget = \"one\"\nreason = \"::error::why\"\n\
        owner = \"who\"\nexpires = 2026-11-20\n";
    let targets = format!("{}{waiver}", target("one", "ready.json"));
    let directory = configured(&targets, &[("ready.json", READY.to_owned())]);
    let sentence = "the waiver of `aws-key-usage` on `one` expired on 2026-11-20 and counts no more: ask who, and renew it or remove it";
    let arguments = ["run", "--now", "2026-11-21"];
    let (exit, report, errors) = json_of(directory.path(), &arguments);
    assert_eq!((exit, errors), (Some(0), format!("{sentence}\n")));
    assert_eq!(
        report["waivers"],
        json!({"unused": [{
            "check": "aws-key-usage", "target": "one", "reason": "::error::why", "owner": "who",
            "expires": "2026-11-20", "state": "expired", "message": sentence
        }]})
    );
    let quiet = [&arguments[..], &["--quiet"]].concat();
    assert_eq!(json_of(directory.path(), &quiet), (Some(0), report, String::new()));
    // A day earlier it is no more than unneeded; without it nothing is said.
    let (_, report, _) = json_of(directory.path(), &["run", "--now", "2026-11-20"]);
    assert_eq!(report["waivers"]["unused"][0]["state"], "unmatched");
    let directory = configured(&target("one", "ready.json"), &[("ready.json", READY.to_owned())]);
    let (_, report, errors) = json_of(directory.path(), &arguments);
    assert_eq!((report.get("waivers"), errors.as_str()), (None, ""));
}

#[test]
fn init_writes_a_file_that_runs_once_it_has_a_target() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    fs::write(at.join("ready.json"), READY).expect("writes the evidence");
    let (exit, printed, errors) = said(&ekm_preflight(at, &["init"]));
    assert_eq!((exit, errors.as_str()), (Some(0), ""));
    assert!(printed.starts_with("wrote ./ekm-preflight.toml\n"), "{printed}");
    let (exit, _, errors) = said(&ekm_preflight(at, &["run"]));
    assert_eq!(exit, Some(2));
    assert!(errors.starts_with("error: `ekm-preflight.toml` has no target"), "{errors}");
    let file = at.join("ekm-preflight.toml");
    let written = fs::read_to_string(&file).expect("the file");
    fs::write(&file, format!("{written}\n{}", target("one", "ready.json"))).expect("writes the file");
    assert_eq!(said(&ekm_preflight(at, &["run"])).0, Some(0));
    // What somebody has written stays.
    let again = said(&ekm_preflight(at, &["init"]));
    assert_eq!(again.0, Some(2));
    assert_eq!(
        again.2,
        "error: `./ekm-preflight.toml` is there already: change it, or choose another directory\n"
    );
    assert!(fs::read_to_string(&file).expect("the file").ends_with("evidence = \"ready.json\"\n"));
}

/// What is wrong with the targets' files is told at once, in the words of the file.
#[test]
fn all_targets_that_cannot_be_read_are_named() {
    let targets = [
        target("one", "none.json"),
        "[[target]]\nname = \"two\"\nplan = { file = \"none.json\" }\n".to_owned(),
        target("three", "ready.json"),
        "[[target]]\nname = \"four\"\nplan = { file = \"nothing.json\" }\n".to_owned(),
        "[[target]]\nname = \"five\"\nonly = [\"azure-key-rsa\", \"aws-key-usage\"]\nevidence = \"ready.json\"\n".to_owned(),
        "[[target]]\nname = \"six\"\nplan = { file = \"nothing.json\", role_address = \"aws_iam_role.x--over\" }\n".to_owned(),
        "[[target]]\nname = \"seven\"\nplan = { file = \"nothing--over.json\" }\n".to_owned(),
    ];
    let nothing = r#"{"format_version": "1.2", "resource_changes": []}"#;
    let directory = configured(
        &targets.concat(),
        &[
            ("ready.json", READY.to_owned()),
            ("nothing.json", nothing.to_owned()),
            ("nothing--over.json", "{}".to_owned()),
        ],
    );
    let (exit, report, errors) = said(&ekm_preflight(directory.path(), &["run", "--output", "report"]));
    assert_eq!((exit, report.as_str()), (Some(2), ""));
    assert_eq!(
        errors,
        "error: target `one`: `./none.json` can't be read: No such file or directory (os error 2)\n\
         target `two`: `./none.json` can't be read: No such file or directory (os error 2)\n\
         target `four`: `./nothing.json`: the plan holds no registration: looked for an `openai_external_key`, and for an \
         `azuread_service_principal` of OpenAI's application with a role assigned on an `azurerm_key_vault_key`\n  name the \
         target (`role_address` or `role_arn`, `key_address` or `kms_arn`, `external_id`; on Azure `key_address`, or \
         `tenant_id`, `vault_uri` and `key_name`), or allow a plan without one (`allow_none`)\n\
         target `five`: the check `azure-key-rsa` says nothing of a target of `aws`: leave it out here, or say it in \
         `[defaults]`\n\
         target `six`: `./nothing.json`: `role_address`: the plan has no such resource: `aws_iam_role.x--over`\n  expected \
         the address of a role, but the plan has none: give its ARN\n\
         target `seven`: `./nothing--over.json`: not a plan: it has no `format_version` with `resource_changes` or `values`\n  \
         expected what `terraform show -json FILE` or `tofu show -json FILE` prints of a saved plan, or of a state\n"
    );
    assert_eq!(
        files(directory.path()),
        ["ekm-preflight.toml", "nothing--over.json", "nothing.json", "ready.json"]
    );
}

/// PowerShell's `>` writes UTF-16, and editors put a mark before UTF-8: what is read is read alike.
#[test]
fn every_file_is_read_in_the_encodings_of_a_plan() {
    let utf_16 = |text: &str| -> Vec<u8> {
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    let marked = |text: &str| [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let configuration = format!("format = 1\n{}", target("one", "ready.json"));
    let simulation = fs::read_to_string(Path::new(ROOT).join("examples/simulate.json")).expect("the example");
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    let files =
        [("ready.json", READY), ("ekm-preflight.toml", &configuration), ("simulate.json", &simulation)];
    let outcomes = |encoded: &dyn Fn(&str) -> Vec<u8>| {
        for (file, text) in files {
            fs::write(at.join(file), encoded(text)).expect("writes");
        }
        [&["run"][..], &["replay", "ready.json"], &["simulate", "simulate.json"]]
            .map(|arguments| said(&ekm_preflight(at, arguments)))
    };
    let plain = outcomes(&|text| text.as_bytes().to_vec());
    let exits = plain.each_ref().map(|(exit, _, errors)| (*exit, errors.as_str()));
    assert_eq!(exits, [(Some(0), ""), (Some(0), ""), (Some(3), "")]);
    assert_eq!(outcomes(&marked), plain);
    assert_eq!(outcomes(&utf_16), plain);
}

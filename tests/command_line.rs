//! The command line: whole output and exit status.
//!
//! `TRYCMD=overwrite cargo test --test command_line` writes what the program prints into `tests/command_line/`. Where
//! backslashes count a case is a `.toml` with `binary = true`: all else is compared with `/` in their place.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

#[path = "command_line/explained.rs"]
mod explained;
#[path = "command_line/formats.rs"]
mod formats;
#[path = "command_line/interrupted.rs"]
mod interrupted;
#[path = "command_line/outputs.rs"]
mod outputs;
#[path = "command_line/own_checks.rs"]
mod own_checks;
#[path = "command_line/runs.rs"]
mod runs;

/// Set in the process that runs the cases.
const SCRUBBED: &str = "EKM_PREFLIGHT_SCRUBBED";

/// Nobody's AWS settings, colours and widths reach the cases: they run in a process of their own that has none.
#[test]
fn every_command_prints_what_it_must() {
    if env::var_os(SCRUBBED).is_some() {
        run_cases();
        return;
    }
    let home = tempfile::tempdir().expect("makes a directory");
    let test = env::current_exe().expect("knows its own path");
    let status = Command::new(test)
        .args(["every_command_prints_what_it_must", "--exact", "--nocapture"])
        .args(env::args().filter(|argument| argument.starts_with("trycmd=")))
        .env_clear()
        .envs(env::var_os("TRYCMD").map(|mode| ("TRYCMD", mode)))
        .envs(env::var_os("LD_LIBRARY_PATH").map(|path| ("LD_LIBRARY_PATH", path)))
        .env(SCRUBBED, "1")
        .env("HOME", home.path())
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .status()
        .expect("runs itself");
    assert!(status.success(), "the cases fail: see above");
}

fn run_cases() {
    let cases = trycmd::TestCases::new();
    cases
        .register_bin("ekm-preflight", trycmd::schema::Bin::Path(env!("CARGO_BIN_EXE_ekm-preflight").into()))
        .timeout(Duration::from_secs(20))
        .case("tests/command_line/*.trycmd")
        .case("tests/command_line/*.toml");
    cases.run();
}

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs the program in a directory, with nothing of the environment.
fn ekm_preflight(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
        .args(arguments)
        .env_clear()
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .expect("runs")
}

/// Exit status, standard output and standard error.
fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn files(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_report_in_a_file_is_the_report_and_the_payload_stands_beside_it() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    let ready = format!("{ROOT}/examples/aws-ready.json");
    for format in ["table", "json", "sarif", "junit", "markdown", "github"] {
        let (exit, report, errors) = said(&ekm_preflight(at, &["replay", &ready, "--format", format]));
        assert_eq!((exit, errors.as_str()), (Some(0), ""));
        let written =
            ["replay", &ready, "--format", format, "--output", "report", "--payload", "payload.json"];
        assert_eq!(said(&ekm_preflight(at, &written)), (Some(0), String::new(), String::new()));
        assert_eq!(fs::read_to_string(at.join("report")).expect("a report"), report);
        assert_eq!(files(at), ["payload.json", "report"]);
    }
    // OpenAI 20000953: the body, field by field in the published order.
    assert_eq!(
        fs::read_to_string(at.join("payload.json")).expect("a payload"),
        r#"{
  "type": "aws",
  "name": "openai-ekm",
  "role_arn": "arn:aws:iam::111122223333:role/openai-ekm",
  "kms_arn": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
  "external_id": "org-AbCdEfGhIjKlMnOpQrStUvWx"
}
"#
    );
}

#[test]
fn without_a_payload_no_file_is_written_and_that_is_said() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    let broken = format!("{ROOT}/examples/aws-broken.json");
    let options = ["replay", &broken, "--output", "report.txt", "--payload", "payload.json"];
    let reason = "no payload was written to `payload.json`: the verdict is not ready\n";
    assert_eq!(said(&ekm_preflight(at, &options)), (Some(1), String::new(), reason.into()));
    assert_eq!(files(at), ["report.txt"]);
    let quiet = [&options[..], &["--quiet"]].concat();
    assert_eq!(said(&ekm_preflight(at, &quiet)), (Some(1), String::new(), String::new()));
    assert_eq!(files(at), ["report.txt"]);
}

#[test]
fn a_file_that_cannot_be_written_ends_the_run_and_leaves_nothing() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let ready = format!("{ROOT}/examples/aws-ready.json");
    for option in ["--output", "--payload"] {
        let (exit, report, errors) =
            said(&ekm_preflight(directory.path(), &["replay", &ready, option, "no-such-directory/file"]));
        assert_eq!((exit, report.as_str()), (Some(2), ""));
        assert!(errors.starts_with("error: `no-such-directory/file` can't be written: "), "{errors}");
        assert_eq!(files(directory.path()), [""; 0]);
    }
}

#[test]
fn saved_evidence_replays_to_the_same_report() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    let options = [
        "--role-arn=arn:aws-us-gov:iam::111122223333:role/openai-ekm",
        "--kms-arn=arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "--external-id=org-AbCdEfGhIjKlMnOpQrStUvWx",
        "--save-evidence=evidence.json",
    ];
    for format in ["--format=table", "--format=json"] {
        let live = ekm_preflight(at, &[&["aws"], &options[..], &[format]].concat());
        assert_eq!(live.status.code(), Some(1));
        assert_eq!(said(&ekm_preflight(at, &["replay", "evidence.json", format])), said(&live));
    }
    assert_eq!(files(at), ["evidence.json"]);
}

#[test]
fn the_program_reads_standard_input_as_it_reads_a_file() {
    let ready = format!("{ROOT}/examples/aws-ready.json");
    let piped = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
        .args(["replay", "-"])
        .env_clear()
        .stdin(fs::File::open(&ready).expect("the example"))
        .output()
        .expect("runs");
    assert_eq!(said(&piped), said(&ekm_preflight(Path::new(ROOT), &["replay", &ready])));
}

#[test]
fn what_is_required_is_not_left_out() {
    for left_out in [["--only", "aws-role-arn"], ["--skip", "aws-organization-policies"]] {
        let options = ["replay", "examples/aws-ready.json", "--require", "organization-policies"];
        let (exit, report, errors) =
            said(&ekm_preflight(Path::new(ROOT), &[&options[..], &left_out].concat()));
        assert_eq!((exit, report.as_str()), (Some(2), ""));
        assert!(errors.contains("`aws-organization-policies`"), "{errors}");
    }
}

/// Answers every request with an empty JSON object, until the test ends.
fn answers_nothing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || {
                let mut stream = stream.expect("a connection");
                let mut request = [0; 16 * 1024];
                while stream.read(&mut request).is_ok_and(|length| length > 0) {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                    if stream.write_all(answer).is_err() || stream.shutdown(Shutdown::Write).is_err() {
                        return;
                    }
                }
            });
        }
    });
    format!("http://{address}")
}

/// Answers that lack what was asked for are no answers: no list is empty because it is not there.
#[test]
fn answers_that_say_nothing_are_no_evidence() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    let output = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
        .args(["aws", "--role-arn", "arn:aws:iam::111122223333:role/openai-ekm"])
        .args(["--kms-arn", "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"])
        .args(["--external-id", "org-AbC123", "--save-evidence", "evidence.json"])
        .env_clear()
        .env("HOME", at)
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_ENDPOINT_URL", answers_nothing())
        .current_dir(at)
        .stdin(Stdio::null())
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(3));
    let saved = fs::read_to_string(at.join("evidence.json")).expect("the evidence");
    let saved: serde_json::Value = serde_json::from_str(&saved).expect("JSON");
    let items = saved["cloud"]["aws"]["evidence"].as_object().expect("evidence by key");
    assert_eq!(items.len(), 18);
    for (key, item) in items {
        if key == "key_rotation" {
            // A truth value that is not there is false to the SDK.
            assert_eq!(item, &serde_json::json!({ "collected": { "enabled": false } }));
            continue;
        }
        assert_eq!(item["missing"]["reason"], "unreadable", "{key}: {item}");
    }
}

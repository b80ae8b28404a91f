//! What is written where: no output destroys an input, a link or what another program has open, and nothing is asked of a
//! cloud for a report that can't be written.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{ROOT, ekm_preflight, files, said};

const PLAN: &str = "examples/aws-plan-breaks.json";
const READY: &str = "examples/aws-ready.json";

/// A directory with these examples, as `plan.json` and so on.
fn directory(examples: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("makes a directory");
    for (example, name) in examples {
        fs::copy(Path::new(ROOT).join(example), directory.path().join(name)).expect("copies an example");
    }
    directory
}

/// Runs a line of a shell in a directory, where `ekm-preflight` is the program.
fn shell(directory: &Path, line: &str) -> Output {
    Command::new("sh")
        .args(["-c", &format!("ekm_preflight() {{ \"$PROGRAM\" \"$@\"; }}\n{line}")])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("PROGRAM", env!("CARGO_BIN_EXE_ekm-preflight"))
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .expect("runs a shell")
}

#[test]
fn no_output_is_an_input() {
    let own = "tests/command_line/own/checks/aws-role-name.yaml";
    let directory = directory(&[(PLAN, "plan.json"), (READY, "live.json"), (own, "aws-role-name.yaml")]);
    let at = directory.path();
    symlink("plan.json", at.join("link.json")).expect("makes a link");
    let before = files(at);
    for line in [
        "plan plan.json --output plan.json",
        "plan plan.json --also json=./plan.json",
        "plan plan.json --payload plan.json",
        "plan plan.json --save-evidence plan.json",
        "plan plan.json --output link.json",
        "plan link.json --output plan.json",
        "plan plan.json --over live.json --also sarif=live.json",
        "replay live.json --payload live.json",
        "replay live.json --checks . --output aws-role-name.yaml",
        "plan - --output plan.json < plan.json",
    ] {
        let (exit, out, errors) = said(&shell(at, &format!("ekm_preflight {line}")));
        assert_eq!((exit, out.as_str()), (Some(2), ""), "{line}: {errors}");
        assert!(errors.contains("are the same file: give each its own"), "{line}: {errors}");
        assert_eq!(files(at), before, "{line}");
    }
    for (example, name) in [(PLAN, "plan.json"), (READY, "live.json"), (own, "aws-role-name.yaml")] {
        let original = fs::read(Path::new(ROOT).join(example)).expect("the example");
        assert_eq!(fs::read(at.join(name)).expect("the input"), original);
    }
}

#[test]
fn a_dash_is_no_output() {
    let directory = directory(&[(READY, "live.json")]);
    for option in ["--output=-", "--also=json=-", "--payload=-"] {
        let (exit, out, errors) = said(&ekm_preflight(directory.path(), &["replay", "live.json", option]));
        assert_eq!((exit, out.as_str()), (Some(2), ""), "{option}");
        assert!(errors.contains("`-` is no file to write to: leave --output out"), "{option}: {errors}");
        assert_eq!(files(directory.path()), ["live.json"]);
    }
}

#[test]
fn behind_a_link_the_file_is_replaced_and_the_link_stays() {
    let directory = directory(&[(READY, "live.json")]);
    let at = directory.path();
    fs::create_dir(at.join("there")).expect("makes a directory");
    fs::write(at.join("there/report"), "yesterday's").expect("writes");
    symlink("there/report", at.join("near")).expect("makes a link");
    symlink("near", at.join("far")).expect("makes a link");
    symlink("there/new", at.join("dangling")).expect("makes a link");
    let report = said(&ekm_preflight(at, &["replay", "live.json"])).1;
    for (link, file) in [("far", "there/report"), ("dangling", "there/new")] {
        assert_eq!(said(&ekm_preflight(at, &["replay", "live.json", "--output", link])).0, Some(0));
        assert!(at.join(link).symlink_metadata().expect("the link").is_symlink());
        assert_eq!(fs::read_to_string(at.join(file)).expect("the report"), report);
    }
    symlink("round", at.join("round")).expect("makes a loop");
    let (exit, _, errors) = said(&ekm_preflight(at, &["replay", "live.json", "--output", "round"]));
    assert_eq!((exit, errors.contains("`round` can't be written: ")), (Some(2), true), "{errors}");
    // Two names of one file that is not there yet.
    fs::remove_file(at.join("there/new")).expect("removes");
    let (exit, _, errors) = said(&ekm_preflight(
        at,
        &["replay", "live.json", "--output", "dangling", "--also", "json=there/new"],
    ));
    assert_eq!((exit, errors.contains("are the same file")), (Some(2), true), "{errors}");
}

/// What is behind `/dev/stdout` is open already: it may be a file with something in it, or a pipe.
#[test]
fn what_is_open_is_written_to_and_nothing_of_it_is_lost() {
    let directory = directory(&[(READY, "live.json")]);
    let at = directory.path();
    symlink("/proc/self/fd/1", at.join("link")).expect("makes a link");
    let table = said(&ekm_preflight(at, &["replay", "live.json"])).1;
    let json = said(&ekm_preflight(at, &["replay", "live.json", "--format", "json"])).1;
    for file in ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1", "link"] {
        let line = format!("ekm_preflight replay live.json --also json={file}");
        let both = format!("{json}{table}");
        assert_eq!(said(&shell(at, &line)), (Some(0), both.clone(), String::new()), "{file}");
        let into = said(&shell(at, &format!("{{ echo before; {line}; echo behind; }} > all; cat all")));
        assert_eq!(into, (Some(0), format!("before\n{both}behind\n"), String::new()), "{file}");
    }
    let errors = said(&shell(at, "ekm_preflight replay live.json --output /dev/stderr"));
    assert_eq!(errors, (Some(0), String::new(), table.clone()));
    let other = said(&shell(
        at,
        "echo before > log; ekm_preflight replay live.json --output /dev/fd/3 3>> log; cat log",
    ));
    assert_eq!(other, (Some(0), format!("before\n{table}"), String::new()));
    assert_eq!(said(&ekm_preflight(at, &["replay", "live.json", "--output", "/dev/null"])).0, Some(0));
    assert!(at.join("link").symlink_metadata().expect("the link").is_symlink());
    assert_eq!(files(at), ["all", "link", "live.json", "log"]);
}

#[test]
fn reports_are_for_whom_the_umask_lets_and_evidence_for_its_owner() {
    for (umask, shared) in [("022", 0o644), ("027", 0o640), ("077", 0o600)] {
        let directory = directory(&[(READY, "live.json"), (PLAN, "plan.json")]);
        let at = directory.path();
        let line = format!(
            "umask {umask}; ekm_preflight replay live.json --output report --also sarif=sarif --payload payload; \
             ekm_preflight plan plan.json --save-evidence evidence --quiet > table"
        );
        shell(at, &line);
        let mode = |file: &str| fs::metadata(at.join(file)).expect("the file").permissions().mode() & 0o777;
        assert_eq!(["report", "sarif", "payload"].map(mode), [shared; 3], "{umask}");
        assert_eq!(mode("evidence"), 0o600, "{umask}");
    }
}

/// With one output that can't be written none is, and no cloud is asked.
#[test]
fn every_output_is_tried_before_anything_is_asked() {
    let directory = directory(&[(READY, "live.json")]);
    let at = directory.path();
    fs::create_dir(at.join("directory")).expect("makes a directory");
    let cloud = TcpListener::bind("127.0.0.1:0").expect("a free port");
    cloud.set_nonblocking(true).expect("does not wait");
    let endpoint = format!("http://{}", cloud.local_addr().expect("its address"));
    let configuration = "format = 1\n[[target]]\nname = \"one\"\n[target.aws]\n\
        role_arn = \"arn:aws:iam::111122223333:role/openai-ekm\"\n\
        kms_arn = \"arn:aws:kms:us-east-1:111122223333:alias/openai-ekm\"\nexternal_id = \"org-AbC123\"\n";
    fs::write(at.join("ekm-preflight.toml"), configuration).expect("writes");
    let aws = "aws --role-arn arn:aws:iam::111122223333:role/openai-ekm --external-id org-AbC123 \
               --kms-arn arn:aws:kms:us-east-1:111122223333:alias/openai-ekm";
    let before = files(at);
    for (command, wrong, problem) in [
        (aws, "--output none/x", "`none/x` can't be written: No such file or directory"),
        (aws, "--also json=none/x", "`none/x` can't be written: "),
        (aws, "--payload none/x", "`none/x` can't be written: "),
        (aws, "--save-evidence none/x", "`none/x` can't be written: "),
        (aws, "--output directory", "`directory` can't be written: is a directory"),
        ("run", "--output none/x", "`none/x` can't be written: "),
        ("run", "--save-evidence live.json", "`live.json` can't be written: "),
        ("replay live.json", "--output none/x", "`none/x` can't be written: "),
    ] {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--also", "sarif=good"]).collect();
        let arguments = [arguments, wrong.split(' ').collect()].concat();
        let output = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
            .args(arguments)
            .env_clear()
            .env("HOME", at)
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "example")
            .env("AWS_ENDPOINT_URL", &endpoint)
            .current_dir(at)
            .stdin(Stdio::null())
            .output()
            .expect("runs");
        let (exit, out, errors) = said(&output);
        assert_eq!((exit, out.as_str()), (Some(2), ""), "{command} {wrong}");
        assert!(errors.starts_with(&format!("error: {problem}")), "{command} {wrong}: {errors}");
        assert_eq!(files(at), before, "{command} {wrong}");
        let asked = cloud.accept().map(|(mut asked, _)| asked.read(&mut [0; 1]));
        assert!(asked.is_err(), "{command} {wrong}: {asked:?}");
    }
}

/// A payload of before is nobody's to remove; the exit status tells that there is none.
#[test]
fn a_payload_of_before_is_left_where_it_is() {
    let directory = directory(&[(READY, "ready.json"), ("examples/aws-broken.json", "broken.json")]);
    let at = directory.path();
    let payload = |file: &str| {
        let (exit, _, errors) =
            said(&ekm_preflight(at, &["replay", file, "--payload", "payload", "--quiet"]));
        (exit, errors, fs::read_to_string(at.join("payload")).expect("a payload"))
    };
    let (exit, _, first) = payload("ready.json");
    assert_eq!(exit, Some(0));
    assert_eq!(payload("broken.json"), (Some(1), String::new(), first));
}

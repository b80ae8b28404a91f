//! Reports for pipelines in files, and completions for shells.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{ROOT, ekm_preflight, files, said};

const FORMATS: [&str; 6] = ["table", "json", "sarif", "junit", "markdown", "github"];

#[test]
fn one_run_writes_a_report_in_every_format() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    // SARIF names the file as it was given.
    let name = "evidence.json";
    for (example, status) in [("aws-ready.json", 0), ("aws-broken.json", 1)] {
        fs::copy(Path::new(ROOT).join("examples").join(example), at.join(name)).expect("copies the example");
        let also: Vec<String> = FORMATS
            .iter()
            .flat_map(|format| ["--also".into(), format!("{format}=report.{format}")])
            .collect();
        let options: Vec<&str> =
            ["replay", name].into_iter().chain(also.iter().map(String::as_str)).collect();
        let (exit, table, errors) = said(&ekm_preflight(at, &options));
        assert_eq!((exit, errors.as_str()), (Some(status), ""));
        assert_eq!(files(at).len(), FORMATS.len() + 1);
        for format in FORMATS {
            let (exit, report, _) = said(&ekm_preflight(at, &["replay", name, "--format", format]));
            assert_eq!(exit, Some(status), "{format}");
            let written = fs::read_to_string(at.join(format!("report.{format}"))).expect("a report");
            assert_eq!(written, report, "{format}");
            assert_eq!(format == "table", report == table);
        }
    }
}

#[test]
fn a_report_in_another_format_has_a_file_of_its_own() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    let ready = format!("{ROOT}/examples/aws-ready.json");
    for (also, said_of_it) in [
        (&["--also", "sarif=a", "--also", "junit=a"][..], "`a` and `a` are the same file"),
        (&["--also", "sarif=a", "--output", "./a"], "`./a` and `a` are the same file"),
        (&["--also", "sarif"], "expected a format and a file: sarif=ekm.sarif"),
        (&["--also", "sarif="], "expected a format and a file: sarif=ekm.sarif"),
        (&["--also", "yaml=a"], "the formats are table, json, sarif, junit, markdown, github"),
        (&["--also", "sarif=no-such-directory/file"], "`no-such-directory/file` can't be written: "),
    ] {
        let (exit, report, errors) = said(&ekm_preflight(at, &[&["replay", &ready], also].concat()));
        assert_eq!((exit, report.as_str()), (Some(2), ""), "{also:?}");
        assert!(errors.contains(said_of_it), "{errors}");
        assert_eq!(files(at), [""; 0]);
    }
}

/// A hostile name is a name: what is printed to be copied, and what says what would be sent, is JSON of the same payload.
#[test]
fn the_payload_that_is_printed_is_the_one_that_is_written() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    let ready = format!("{ROOT}/examples/aws-ready.json");
    for name in ["::error::x", "##[error]x", "a ##vso[task.complete]x", "it's – \\u{3a} … `x`"] {
        for (format, begins, ends) in [
            ("table", "    -d '", "'"),
            ("markdown", "  -d '", "'"),
            ("junit", "payload: ", "</system-out>"),
            ("github", "payload: ", ""),
        ] {
            let options = [
                "replay",
                &ready,
                "--name",
                name,
                "--format",
                format,
                "--payload",
                "payload",
                "--output",
                "out",
            ];
            assert_eq!(said(&ekm_preflight(at, &options)), (Some(0), String::new(), String::new()));
            let report = fs::read_to_string(at.join("out")).expect("the report");
            let report = if format == "junit" {
                report.replace("&quot;", "\"").replace("&apos;", "'")
            } else {
                report
            };
            let line = report.lines().find_map(|line| line.split_once(begins)).expect("the payload").1;
            let body = line.strip_suffix(ends).expect("the end").replace(r"'\''", "'");
            let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
            let payload = fs::read_to_string(at.join("payload")).expect("the payload");
            let payload: serde_json::Value = serde_json::from_str(&payload).expect("JSON");
            assert_eq!(body, payload, "{format}: {line}");
            assert_eq!(body["name"], name);
            assert!(!line.contains("##"), "{format}: {line}");
        }
    }
}

#[test]
fn every_shell_has_completions() {
    for (shell, holds) in [
        ("bash", "complete -F _ekm__preflight"),
        ("zsh", "#compdef ekm-preflight"),
        ("fish", "complete -c ekm-preflight"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "set edit:completion:arg-completer[ekm-preflight]"),
    ] {
        let (exit, script, errors) = said(&ekm_preflight(Path::new(ROOT), &["completions", shell]));
        assert_eq!((exit, errors.as_str()), (Some(0), ""), "{shell}");
        for part in [holds, "replay", "kms-arn"] {
            assert!(script.contains(part), "{shell}: {part}");
        }
    }
    let (exit, _, errors) = said(&ekm_preflight(Path::new(ROOT), &["completions", "csh"]));
    assert_eq!(exit, Some(2));
    assert!(errors.contains("[possible values: bash, elvish, fish, powershell, zsh]"), "{errors}");
}

#[test]
fn bash_takes_its_completions() {
    let (_, script, _) = said(&ekm_preflight(Path::new(ROOT), &["completions", "bash"]));
    let mut bash = Command::new("bash")
        .args(["--norc", "-s"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs bash");
    let asking = "COMP_WORDS=(ekm-preflight replay x --format m) COMP_CWORD=4\n_ekm__preflight ekm-preflight m \
                  --format\necho \"${COMPREPLY[@]}\"\n";
    let input = format!("{script}\n{asking}");
    bash.stdin.take().expect("its input").write_all(input.as_bytes()).expect("is read");
    assert_eq!(said(&bash.wait_with_output().expect("ends")), (Some(0), "markdown\n".into(), String::new()));
}

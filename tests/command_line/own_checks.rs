//! Directories of checks as nobody should have them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::{ROOT, ekm_preflight, files, said};

const SOUND: &str = include_str!("own/checks/aws-role-name.yaml");

/// What `checks test` says of the directory; every way to read one says the same.
#[track_caller]
fn refused(directory: &Path) -> String {
    let (exit, out, errors) = said(&ekm_preflight(directory, &["checks", "test", "."]));
    assert_eq!((exit, out.as_str()), (Some(2), ""), "{errors}");
    let ready = format!("{ROOT}/examples/aws-ready.json");
    for other in [
        &["replay", &ready, "--checks", "."][..],
        &["checks", "--checks", "."],
        &["checks", "show", "aws-role-arn", "--checks", "."],
        &["explain", "aws-role-arn", "--checks", "."],
        &["permissions", "aws", "--checks", "."],
    ] {
        assert_eq!(
            said(&ekm_preflight(directory, other)),
            (Some(2), String::new(), errors.clone()),
            "{other:?}"
        );
    }
    assert!(!errors.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{errors:?}");
    errors
}

fn directory(named: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("makes a directory");
    for (name, text) in named {
        fs::write(directory.path().join(name), text).expect("writes a check");
    }
    directory
}

#[test]
fn a_name_that_acts_is_shown_inert() {
    for (name, shown) in [
        ("aws-\u{1b}[31m.yaml", "./aws-\\u{1b}[31m.yaml"),
        ("aws-\u{202e}lmay.yaml", "./aws-\\u{202e}lmay.yaml"),
        ("aws-a\nerror: b.yaml", "./aws-a\\u{a}error: b.yaml"),
        ("aws-\u{9b}2J.yaml", "./aws-\\u{9b}2J.yaml"),
    ] {
        let directory = directory(&[(name, SOUND)]);
        let errors = refused(directory.path());
        assert!(
            errors.starts_with(&format!("error: {shown}:2:5: the id `aws-role-name` is not")),
            "{errors}"
        );
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
}

#[test]
fn a_name_that_is_no_text_is_shown() {
    let directory = directory(&[]);
    fs::write(directory.path().join(OsStr::from_bytes(b"aws-\xff.yaml")), SOUND).expect("writes a check");
    assert!(refused(directory.path()).starts_with("error: ./aws-\u{fffd}.yaml:2:5: "));
}

#[test]
fn an_id_of_any_length_is_told_in_a_line_or_two() {
    let long = "a".repeat(10_000);
    for arguments in [
        &["checks", "show", &long][..],
        &["checks", "new", &long],
        &["replay", "examples/aws-ready.json", "--only", &long],
        &["replay", "examples/aws-ready.json", "--skip", &long],
        &["permissions", "aws", "--only", &long],
    ] {
        let (exit, out, errors) = said(&ekm_preflight(Path::new(ROOT), arguments));
        assert_eq!((exit, out.as_str()), (Some(2), ""));
        assert!(errors.len() < 2_300, "{} bytes", errors.len());
    }
}

#[test]
fn what_is_no_readable_text_is_refused_with_its_name() {
    let directory = directory(&[("aws-role-name.yaml", SOUND)]);
    let at = directory.path();
    symlink("aws-loop.yaml", at.join("aws-loop.yaml")).expect("makes a loop");
    symlink("nowhere.yaml", at.join("aws-nowhere.yaml")).expect("makes a dangling link");
    symlink("/proc/self/mem", at.join("aws-memory.yaml")).expect("makes a link");
    fs::create_dir(at.join("aws-directory.yaml")).expect("makes a directory");
    fs::write(at.join("aws-latin.yaml"), b"format: 1\nid: caf\xe9\n").expect("writes a file");
    fs::write(at.join("aws-large.yaml"), vec![b'a'; 1024 * 1024 + 1]).expect("writes a file");
    fs::write(at.join("aws-long.yaml"), vec![b'a'; 64 * 1024 + 1]).expect("writes a file");
    fs::write(at.join("aws-spelled.yml"), SOUND).expect("writes a file");
    let pipe = Command::new("mkfifo").arg(at.join("aws-pipe.yaml")).status().expect("runs mkfifo");
    assert!(pipe.success());
    let mut errors: Vec<String> =
        refused(at).trim_start_matches("error: ").lines().map(str::to_owned).collect();
    errors.sort();
    assert_eq!(
        errors,
        [
            "./aws-directory.yaml: it is no file: expected that of a check",
            "./aws-large.yaml: the file is larger than 1 MiB: a check is one screen of text",
            "./aws-latin.yaml:2:8: the file is no text in UTF-8 from here on",
            "./aws-long.yaml: the file is longer than 65536 bytes: a check is one screen of text",
            "./aws-loop.yaml: it can't be read: Too many levels of symbolic links (os error 40)",
            "./aws-memory.yaml: it can't be read: Input/output error (os error 5)",
            "./aws-nowhere.yaml: it can't be read: No such file or directory (os error 2)",
            "./aws-pipe.yaml: it is no file: expected that of a check",
            "./aws-spelled.yml: the name of a check's file ends in `.yaml`: rename it",
        ]
    );
}

#[test]
fn hidden_files_and_deeper_directories_are_not_looked_at() {
    let directory = directory(&[
        ("aws-role-name.yaml", SOUND),
        (".#aws-role-name.yaml", "an editor's"),
        ("README.md", "# Ours"),
    ]);
    fs::create_dir(directory.path().join("later")).expect("makes a directory");
    fs::write(directory.path().join("later/aws-later.yaml"), "not yet").expect("writes a file");
    symlink(".", directory.path().join("round")).expect("makes a loop");
    let (exit, out, errors) = said(&ekm_preflight(directory.path(), &["checks", "test", "."]));
    assert_eq!((exit, errors.as_str()), (Some(0), ""), "{out}");
}

#[test]
fn a_check_behind_a_link_is_read() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let file = format!("{ROOT}/tests/command_line/own/checks/aws-role-name.yaml");
    symlink(file, directory.path().join("aws-role-name.yaml")).expect("makes a link");
    let (exit, out, _) =
        said(&ekm_preflight(directory.path(), &["checks", "show", "aws-role-name", "--checks", "."]));
    assert_eq!((exit, out.as_str()), (Some(0), SOUND));
}

#[test]
fn a_new_check_is_right_as_it_stands_and_is_never_written_over() {
    let directory = tempfile::tempdir().expect("makes a directory");
    let at = directory.path();
    let new = || said(&ekm_preflight(at, &["checks", "new", "aws-ours"]));
    let (exit, out, errors) = new();
    assert_eq!((exit, errors.as_str()), (Some(0), ""));
    assert!(out.starts_with("wrote ./aws-ours.yaml\n"), "{out}");
    assert_eq!(files(at), ["aws-ours.yaml"]);
    assert_eq!(ekm_preflight(at, &["checks", "test", "."]).status.code(), Some(0));
    fs::write(at.join("aws-ours.yaml"), "mine").expect("writes");
    let again = "error: `./aws-ours.yaml` is there already: choose another id, or another directory\n";
    assert_eq!(new(), (Some(2), String::new(), again.into()));
    assert_eq!(fs::read_to_string(at.join("aws-ours.yaml")).expect("reads"), "mine");
    symlink("nowhere", at.join("aws-link.yaml")).expect("makes a link");
    assert_eq!(ekm_preflight(at, &["checks", "new", "aws-link"]).status.code(), Some(2));
    assert_eq!(ekm_preflight(at, &["checks", "new", "../aws-outside"]).status.code(), Some(2));
    assert_eq!(files(at), ["aws-link.yaml", "aws-ours.yaml"]);
}

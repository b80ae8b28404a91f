//! Errors as they are pasted.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{ROOT, ekm_preflight, said};

/// A log's line, with JSON's escapes and a terminal's.
const PASTED: &str = "\u{1b}[31m{\"error\": {\"message\": \"User: arn:aws:sts::111122223333:assumed-role/openai-ekm/s1 is \
                      not\\n  authorized to perform: kms:Decrypt on resource: \\\"arn:aws:kms:eu-west-1:111122223333:key/\
                      1234abcd-12ab-34cd-56ef-1234567890ab\\\" because no identity-based policy\n allows the kms:Decrypt \
                      action\"}}\u{1b}[0m\n";

#[test]
fn an_error_is_explained_as_it_comes_out_of_a_log() {
    let mut explaining = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
        .args(["explain", "-"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    explaining.stdin.take().expect("its input").write_all(PASTED.as_bytes()).expect("is read");
    let (exit, out, errors) = said(&explaining.wait_with_output().expect("ends"));
    assert_eq!((exit, errors.as_str()), (Some(0), ""));
    assert!(out.starts_with("No policy of the role allows it\n"), "{out}");
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let here = Path::new(ROOT);
    for what in ["aws-trust-principal", "sts:AssumeRole"] {
        let plain = said(&ekm_preflight(here, &["explain", what])).1;
        let colourful = said(&ekm_preflight(here, &["explain", what, "--color", "always"])).1;
        assert_ne!(plain, colourful);
        assert_eq!(colourful.replace("\u{1b}[1m", "").replace("\u{1b}[0m", ""), plain);
    }
}

#[test]
fn every_page_fits_80_columns_but_for_what_is_copied() {
    let here = Path::new(ROOT);
    let listed = said(&ekm_preflight(here, &["checks"])).1;
    for id in listed.lines().filter_map(|line| line.split(' ').next()) {
        let (exit, page, _) = said(&ekm_preflight(here, &["explain", id]));
        assert_eq!(exit, Some(0), "{id}");
        for line in page.lines() {
            // A word that is longer than a line, or a line of a snippet.
            let whole = line.trim_start().split(' ').count() == 1 || line.starts_with("            ");
            assert!(whole || line.chars().count() <= 80, "{id}: {line}");
            assert_eq!(line, line.trim_end(), "{id}");
        }
    }
}

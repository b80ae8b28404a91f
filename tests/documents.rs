//! The documents say what the program does: the README's console blocks are what it prints, and the schemas in
//! `docs/` are those of its types.
//!
//! `UPDATE=1 cargo test --test documents` writes the schemas anew.

#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use ekm_preflight::evidence::Evidence;
use ekm_preflight::report::json::JsonReport;
use schemars::Schema;

fn root(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn compare(file: &str, schema: &Schema) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(file);
    let expected = format!("{}\n", serde_json::to_string_pretty(schema).unwrap());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{file} is not what the types say: run `UPDATE=1 cargo test --test documents`"
    );
}

#[test]
fn the_schema_of_evidence_is_that_of_its_types() {
    compare("evidence.schema.json", &schemars::schema_for!(Evidence));
}

#[test]
fn the_schema_of_the_report_is_that_of_its_types() {
    compare("report.schema.json", &schemars::schema_for!(JsonReport));
}

#[test]
fn the_schemas_of_a_simulation_are_those_of_its_types() {
    compare("simulation.schema.json", &ekm_preflight::simulate::input_schema());
    compare("decision.schema.json", &ekm_preflight::simulate::answer_schema());
}

/// `...` on a line of its own stands for any number of lines.
#[test]
fn the_readmes_console_blocks_are_what_the_program_prints() {
    let readme = root("README.md");
    let blocks: Vec<&str> =
        readme.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 4);
    for block in blocks {
        let (command, rest) = block.split_once('\n').unwrap();
        let (status, expected) = match rest.strip_prefix("? ") {
            Some(rest) => rest.split_once('\n').unwrap(),
            None => ("0", rest),
        };
        let arguments = command.strip_prefix("$ ekm-preflight ").unwrap().split(' ');
        let output = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .output()
            .unwrap();
        assert_eq!(output.status.code().unwrap().to_string(), status, "{command}");
        let printed = String::from_utf8(output.stdout).unwrap();
        snapbox::Assert::new().normalize_paths(false).eq(printed, expected.to_owned());
    }
}

#[test]
fn every_file_that_the_readme_links_to_is_there() {
    let readme = root("README.md");
    let links: Vec<&str> = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| !link.starts_with("https://") && !link.starts_with('#'))
        .collect();
    assert!(!links.is_empty());
    for link in links {
        let path = link.split('#').next().unwrap_or(link);
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists(), "README.md links to {path}");
    }
}

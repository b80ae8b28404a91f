//! The documents say what the program does: the README's and the guide's console blocks are what it prints, and the
//! schemas and references in `docs/` are those of its types and checks.
//!
//! `UPDATE=1 cargo test --test documents` writes the schemas, the references and the README's whole blocks anew.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use ekm_preflight::config;
use ekm_preflight::evidence::Evidence;
use schemars::Schema;

#[path = "documents/action.rs"]
mod action;
#[path = "documents/checks.rs"]
mod checks;
#[path = "documents/facts.rs"]
mod facts;
#[path = "documents/guide.rs"]
mod guide;
#[path = "documents/markdown.rs"]
mod markdown;
#[path = "documents/plans.rs"]
mod plans;
#[path = "documents/schemas.rs"]
mod schemas;

fn root(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn compare(file: &str, schema: &Schema) {
    compare_text(file, &format!("{}\n", serde_json::to_string_pretty(schema).unwrap()));
}

fn compare_text(file: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{file} is not what the program says: run `UPDATE=1 cargo test --test documents`"
    );
}

#[test]
fn the_schema_of_evidence_is_that_of_its_types() {
    compare("evidence.schema.json", &schemars::schema_for!(Evidence));
}

#[test]
fn the_schema_of_the_report_is_that_of_its_types() {
    compare("report.schema.json", &ekm_preflight::report::json::schema());
}

#[test]
fn the_schemas_of_a_simulation_are_those_of_its_types() {
    compare("simulation.schema.json", &ekm_preflight::simulate::input_schema());
    compare("decision.schema.json", &ekm_preflight::simulate::answer_schema());
}

#[test]
fn the_schema_of_the_configuration_is_that_of_its_types() {
    compare("ekm-preflight.schema.json", &config::file::schema());
}

/// Each example of the configuration's page is a file, with its first line or without.
#[test]
fn the_examples_of_a_configuration_are_read() {
    let page = root("docs/configuration.md");
    let examples: Vec<&str> =
        page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(examples.len(), 3);
    let registry = ekm_preflight::check::registry_for_judging().unwrap();
    for example in examples {
        let whole =
            if example.starts_with("format") { example.to_owned() } else { format!("format = 1\n{example}") };
        let reading = config::Reading {
            file: "docs/configuration.md".into(),
            directory: "docs".into(),
            day: jiff::civil::date(2026, 11, 21),
        };
        let configuration = config::read(&whole, &reading).unwrap();
        assert_eq!(configuration.against(&registry), Ok(()));
        assert!(!configuration.targets.is_empty());
    }
}

#[test]
fn the_reference_of_checks_is_that_of_their_files() {
    compare_text("checks.md", &checks::page(&ekm_preflight::check::registry().unwrap()));
}

#[test]
fn what_is_read_of_a_plan_is_what_is_kept_of_it() {
    let page = plans::page();
    compare_text("plans.md", &page);
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, ekm_preflight::terraform::read_kinds().count(), "each resource is in one table");
}

#[test]
fn the_reference_of_facts_is_that_of_their_types() {
    compare_text("facts.md", &facts::page(&ekm_preflight::check::registry().unwrap()));
}

/// `...` on a line of its own stands for any number of lines.
#[test]
fn the_readmes_console_blocks_are_what_the_program_prints() {
    let readme = root("README.md");
    let blocks: Vec<&str> =
        readme.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 9);
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE").is_some() {
        let whole = blocks.iter().filter(|block| !block.lines().any(|line| line == "..."));
        let anew = whole.fold(readme.clone(), |text, block| {
            let (status, printed) = run(block, here);
            let status = block.lines().nth(1).filter(|line| *line == format!("? {status}"));
            let given: Vec<&str> = block.lines().take(1).chain(status).collect();
            text.replacen(block, &format!("{}\n{printed}", given.join("\n")), 1)
        });
        fs::write(here.join("README.md"), anew).unwrap();
    }
    for block in blocks {
        console(block, here);
    }
}

/// Runs the command of a console block and compares what it prints, errors last.
fn console(block: &str, directory: &Path) {
    let (command, rest) = block.split_once('\n').unwrap();
    let (status, expected) = match rest.strip_prefix("? ") {
        Some(rest) => rest.split_once('\n').unwrap(),
        None => ("0", rest),
    };
    let (found, printed) = run(block, directory);
    assert_eq!(found, status, "{command}");
    snapbox::Assert::new().normalize_paths(false).eq(printed, expected.to_owned());
}

/// The exit status of a console block's command, and what it prints.
fn run(block: &str, directory: &Path) -> (String, String) {
    let command = block.lines().next().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
        .args(command.strip_prefix("$ ekm-preflight ").unwrap().split(' '))
        .current_dir(directory)
        .env_clear()
        .output()
        .unwrap();
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap().to_string(), printed)
}

/// The documents that link to each other.
const LINKING: [&str; 9] = [
    "README.md",
    "CHANGELOG.md",
    "docs/checks.md",
    "docs/configuration.md",
    "docs/facts.md",
    "docs/misconfigurations.md",
    "docs/pipelines.md",
    "docs/scanners.md",
    "docs/writing-checks.md",
];

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let mut links = 0;
    for document in LINKING {
        let text = root(document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            links += 1;
            let (file, heading) =
                link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
            let path = Path::new(document).parent().unwrap().join(file);
            let path = if file.is_empty() { Path::new(document).to_owned() } else { path };
            assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path).exists(), "{document} links to {link}");
            if let Some(heading) = heading {
                let there = root(path.to_str().unwrap());
                assert!(headings(&there).any(|known| known == heading), "{document} links to {link}");
            }
        }
    }
    assert!(links > 20);
}

/// The headings of a document, as links name them.
fn headings(document: &str) -> impl Iterator<Item = String> {
    document.lines().filter(|line| line.starts_with('#')).map(|line| {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept =
            heading.chars().filter(|&character| character.is_alphanumeric() || " -_".contains(character));
        kept.collect::<String>().replace(' ', "-")
    })
}

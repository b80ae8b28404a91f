//! `docs/checks.md`: every check, for readers.

use std::fmt::Write;

use ekm_preflight::check::{Check, Described, Language, Registry};
use ekm_preflight::evidence;

use crate::markdown::{cell, fence, text};

const HEAD: &str = "# The checks

What each check asserts, why, and what it says where that does not hold; the values are those of an example. Which of them
make a verdict, and how to leave some out or add your own, is in the [README](../README.md#which-checks-count).
`ekm-preflight explain ID` prints the same.

<!-- Written by `UPDATE=1 cargo test --test documents` from the files in `checks/`. -->
";

/// The page.
pub(crate) fn page(registry: &Registry) -> String {
    let mut page = String::from(HEAD);
    page.push_str("\n| check | severity | asserts |\n| --- | --- | --- |\n");
    for check in registry.iter() {
        let (id, severity) = (check.id(), check.severity().as_str());
        writeln!(page, "| [`{id}`](#{id}) | {severity} | {} |", cell(check.title())).unwrap();
    }
    for check in registry.iter() {
        section(&mut page, check);
    }
    page
}

fn section(page: &mut String, check: &Check) {
    writeln!(page, "\n## {}\n", check.id()).unwrap();
    let (severity, since) = (check.severity().as_str(), check.since());
    writeln!(page, "**{}.** Severity `{severity}`, since {since}.\n", text(check.title())).unwrap();
    writeln!(page, "{}", text(check.why())).unwrap();
    for (expression, message) in check.conditions() {
        writeln!(page, "\nNot applicable unless `{expression}`: {}.", text(message)).unwrap();
    }
    for (index, assertion) in check.described().iter().enumerate() {
        described(page, index + 1, assertion);
    }
    page.push_str("\n| reads | which is | permissions |\n| --- | --- | --- |\n");
    if check.needs().is_empty() {
        page.push_str("| – | only what is to be registered | none |\n");
    }
    let keys = evidence::described(check.provider());
    for name in check.needs() {
        let key = keys.iter().find(|key| key.name == name).unwrap();
        writeln!(page, "| `{name}` | {} | {} |", cell(key.meaning), permissions(key)).unwrap();
    }
    page.push_str("\nSee");
    for (index, reference) in check.references().iter().enumerate() {
        write!(page, "{} <{reference}>", if index == 0 { "" } else { "," }).unwrap();
    }
    page.push_str(".\n");
}

fn described(page: &mut String, number: usize, assertion: &Described) {
    writeln!(page, "\n{number}. `{}`\n", assertion.expression).unwrap();
    writeln!(page, "   - otherwise: {}", text(&assertion.message)).unwrap();
    if let Some(symptom) = &assertion.symptom {
        writeln!(page, "   - OpenAI shows: {}", text(symptom)).unwrap();
    }
    writeln!(page, "   - fix: {}", text(&assertion.fix.text)).unwrap();
    if let Some(snippet) = &assertion.fix.snippet {
        let language = match snippet.language {
            Language::Shell => "sh",
            Language::Json => "json",
        };
        page.push_str(&fence(language, &snippet.text, "     "));
    }
}

/// The permissions that reading it takes.
pub(crate) fn permissions(key: &evidence::Described) -> String {
    let permissions: Vec<String> =
        key.permissions.iter().map(|permission| format!("`{permission}`")).collect();
    if permissions.is_empty() { "none".into() } else { permissions.join(", ") }
}

//! A check or an error, explained on a terminal.

use anstyle::Style;

use super::KnownError;
use crate::check::{Check, Described, Registry};
use crate::contract::Provider;
use crate::evidence;
use crate::report::page::Page;
use crate::report::table::Look;
use crate::text::inert;

/// A check: what it asserts and why, what it says where that does not hold, what it reads, and where it is from.
pub fn check(check: &Check, look: Look) -> String {
    let mut page = Page::new(look);
    let title = page.paint(Style::new().bold(), &inert(check.title()));
    page.line(&title);
    let head = format!("{} ({}, since {})", check.id(), check.severity().as_str(), check.since());
    page.line(&inert(&head));
    page.line("");
    page.paragraph("", "", &inert(check.why()));

    for (expression, message) in check.conditions() {
        page.heading("It is judged where");
        page.paragraph("  ", "  ", &inert(expression));
        page.field("or else", &format!("not applicable: {message}"));
    }
    let assertions = check.described();
    for (index, assertion) in assertions.iter().enumerate() {
        page.heading(if index == 0 { "It must be so that" } else { "And that" });
        described(&mut page, assertion);
    }

    page.heading("It reads");
    if check.needs().is_empty() {
        page.paragraph("  ", "  ", "only what is to be registered");
    }
    for key in check.needs() {
        page.paragraph("  ", "    ", &evidence(check.provider(), key));
    }
    page.heading("See");
    for reference in check.references() {
        page.paragraph("  ", "  ", &inert(reference));
    }
    page.into_text()
}

/// A key of the evidence, what stands under it, and the permissions to read it.
fn evidence(provider: Provider, name: &str) -> String {
    let Some(key) = evidence::described(provider).into_iter().find(|key| key.name == name) else {
        return inert(name);
    };
    match key.permissions.as_slice() {
        [] => format!("{name}: {}; no permission needed", key.meaning),
        some => format!("{name}: {}; needs {}", key.meaning, some.join(", ")),
    }
}

fn described(page: &mut Page, assertion: &Described) {
    page.paragraph("  ", "  ", &inert(&assertion.expression));
    page.field("or else", &assertion.message);
    if let Some(symptom) = &assertion.symptom {
        page.field("OpenAI", symptom);
    }
    page.field("fix", &assertion.fix.text);
    if let Some(snippet) = &assertion.fix.snippet {
        page.block(&snippet.text);
    }
}

/// Errors, the likeliest first.
pub fn errors(errors: &[&KnownError], registry: &Registry, look: Look) -> String {
    let mut page = Page::new(look);
    for (index, error) in errors.iter().enumerate() {
        if index > 0 {
            page.line("");
        }
        let entry = &error.entry;
        let title = page.paint(Style::new().bold(), &entry.title);
        page.line(&title);
        page.field("said by", &entry.said_by);
        page.field("means", &entry.means);
        let checks = entry.checks.iter().filter_map(|id| registry.get(id));
        for (index, check) in checks.enumerate() {
            let name = if index == 0 { "checks" } else { "" };
            page.item(name, &format!("{}: {}", check.id(), check.title()));
        }
        for (index, step) in entry.steps.iter().enumerate() {
            page.item(if index == 0 { "do" } else { "" }, step);
        }
        for (index, reference) in entry.references.iter().enumerate() {
            page.item(if index == 0 { "see" } else { "" }, reference);
        }
    }
    page.into_text()
}

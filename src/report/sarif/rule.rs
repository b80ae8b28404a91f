//! A check as a rule.

use serde_json::json;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use crate::check::{Check, Severity};
use crate::text::inert;

/// GitHub's longest description, in characters ("SARIF support for code scanning").
const MAX_DESCRIPTION: usize = 1024;

/// The rule of a check. Its text is of the check's file, which holds nothing that acts.
pub(super) fn of(check: &Check) -> ReportingDescriptor {
    let title = check.title();
    let level = match check.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let explain = format!("{} explain {}", env!("CARGO_PKG_NAME"), check.id());
    let references = check.references();
    let mut text = format!("{}\n\n`{explain}` says more.", check.why());
    let mut markdown = format!("**{title}.** {}\n\n`{explain}` says more.\n", check.why());
    for reference in references {
        text.push_str(&format!("\n{reference}"));
        markdown.push_str(&format!("\n- <{reference}>"));
    }
    let mut rule = ReportingDescriptor::builder()
        .id(check.id())
        .name(pascal(check.id()))
        .short_description(said(title))
        .full_description(said(&shortened(check.why())))
        .help(MultiformatMessageString::builder().text(text).markdown(markdown).build())
        .default_configuration(ReportingConfiguration::builder().level(json!(level)).build())
        .properties(properties(check))
        .build();
    rule.help_uri = references.first().cloned();
    rule
}

fn said(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(inert(text)).build()
}

/// GitHub ranks alerts by the rule's score, from 0.1 to 10, and not by a result's level where that is `none`: high,
/// medium or low, as the check counts.
fn properties(check: &Check) -> PropertyBag {
    let score = match check.severity() {
        Severity::Error => "8.0",
        Severity::Warning => "5.0",
        Severity::Note => "2.0",
    };
    let more = [("security-severity", score), ("precision", "very-high")]
        .map(|(name, value)| (name.to_owned(), json!(value)));
    PropertyBag::builder()
        .tags(["security", "encryption", check.provider().as_str()].map(str::to_owned).to_vec())
        .additional_properties(std::collections::BTreeMap::from(more))
        .build()
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_DESCRIPTION {
        return text.to_owned();
    }
    text.chars().take(MAX_DESCRIPTION - 1).chain(['…']).collect()
}

/// `aws-key-arn` as the identifier that SARIF wants for a name: `AwsKeyArn`.
fn pascal(id: &str) -> String {
    let word = |word: &str| {
        let mut characters = word.chars();
        let first = characters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(characters).collect::<String>()
    };
    id.split('-').map(word).collect()
}

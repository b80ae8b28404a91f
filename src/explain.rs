//! What an error means that OpenAI, its API or a cloud shows: the message, whole or in part, to its causes, the checks
//! that tell them apart, and what to do.

use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use thiserror::Error;

use crate::text;

pub mod page;

/// What is known, entry by entry.
const ERRORS: &str = include_str!("explain/errors.yaml");

/// The errors that are known.
#[derive(Debug, Clone)]
pub struct KnownErrors(Vec<KnownError>);

/// An error that is known.
#[derive(Debug, Clone)]
pub struct KnownError {
    entry: Entry,
    /// For each pattern: what it matches, and how many characters of it are literal.
    patterns: Vec<(Regex, usize)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    errors: Vec<Entry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    said_by: String,
    title: String,
    /// Literal parts of the message, in order; anything may stand between them.
    patterns: Vec<Vec<String>>,
    example: String,
    means: String,
    checks: Vec<String>,
    #[serde(rename = "do")]
    steps: Vec<String>,
    references: Vec<String>,
}

/// The file of known errors is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the known errors can't be read, which is an error of the program: {0}")]
pub struct NotReadable(String);

/// Nothing is known of a text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "nothing is known of this error\n  expected a check's id (`ekm-preflight checks` lists them), or the message that \
     OpenAI or its API shows, as a whole\n  `ekm-preflight aws` and `ekm-preflight azure` say what is wrong with a setup without it; \
     {} lists OpenAI's errors",
    crate::contract::article::TROUBLESHOOTING
)]
pub struct NothingKnown;

impl KnownErrors {
    /// Reads what is known.
    ///
    /// # Errors
    /// If the embedded file is wrong; the tests see to it that it is not.
    pub fn load() -> Result<Self, NotReadable> {
        let document: Document =
            serde_saphyr::from_str(ERRORS).map_err(|error| NotReadable(error.to_string()))?;
        if document.format != 1 {
            return Err(NotReadable(format!("format `{}`", document.format)));
        }
        document.errors.into_iter().map(KnownError::new).collect::<Result<_, _>>().map(Self)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &KnownError> {
        self.0.iter()
    }

    /// Those that the text is a message of: the one first of which most stands in it literally.
    ///
    /// # Errors
    /// Where there is none.
    pub fn find(&self, text: &str) -> Result<Vec<&KnownError>, NothingKnown> {
        let plain = plain(text);
        let mut found: Vec<(usize, &KnownError)> =
            self.0.iter().filter_map(|known| Some((known.likeness(&plain)?, known))).collect();
        // Stable: of equals the one that stands first in the file.
        found.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
        if found.is_empty() {
            return Err(NothingKnown);
        }
        Ok(found.into_iter().map(|(_, known)| known).collect())
    }
}

impl KnownError {
    fn new(entry: Entry) -> Result<Self, NotReadable> {
        let wrong = |problem: &str| NotReadable(format!("`{}`: {problem}", entry.id));
        let mut patterns = Vec::new();
        for parts in &entry.patterns {
            if parts.is_empty() || parts.iter().any(|part| plain(part) != *part || part.is_empty()) {
                return Err(wrong("a pattern is empty, or no plain text"));
            }
            let literal: Vec<String> = parts.iter().map(|part| regex::escape(part)).collect();
            let pattern = RegexBuilder::new(&literal.join(".*?")).case_insensitive(true).build();
            let pattern = pattern.map_err(|error| wrong(&error.to_string()))?;
            patterns.push((pattern, parts.iter().map(|part| part.chars().count()).sum()));
        }
        Ok(Self { patterns, entry })
    }

    /// How much of the longest pattern that matches is literal.
    fn likeness(&self, plain: &str) -> Option<usize> {
        let matching = self.patterns.iter().filter(|(pattern, _)| pattern.is_match(plain));
        matching.map(|(_, literal)| *literal).max()
    }

    /// A name for it.
    pub fn id(&self) -> &str {
        &self.entry.id
    }
    /// What happened, in a line.
    pub fn title(&self) -> &str {
        &self.entry.title
    }
    /// A message of its kind.
    pub fn example(&self) -> &str {
        &self.entry.example
    }
    /// The ids of the checks that tell its causes apart, the likeliest first.
    pub fn checks(&self) -> &[String] {
        &self.entry.checks
    }
    /// Where to read more; OpenAI's articles and the clouds' documents only.
    pub fn references(&self) -> &[String] {
        &self.entry.references
    }
}

/// A pasted text on one line: no line ends and marks of a terminal, one kind of quotes, no backslashes of JSON.
fn plain(pasted: &str) -> String {
    let shown: String = pasted
        .chars()
        .filter(|&character| character != '\\')
        .map(|character| match character {
            '‘' | '’' => '\'',
            '“' | '”' => '"',
            other if text::acts(other) => ' ',
            other => other,
        })
        .collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;

//! A check's file as it is written: strict types, each place remembered.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::{Language, Severity};
use crate::contract::Provider;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    pub(super) format: Spanned<u32>,
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) provider: Spanned<Provider>,
    pub(super) severity: Severity,
    pub(super) since: Spanned<String>,
    pub(super) why: Spanned<String>,
    pub(super) references: Spanned<Vec<Spanned<String>>>,
    pub(super) needs: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) variables: Vec<VariableDefinition>,
    #[serde(default)]
    pub(super) when: Vec<WhenDefinition>,
    pub(super) assertions: Spanned<Vec<AssertionDefinition>>,
    pub(super) tests: Spanned<Vec<CaseDefinition>>,
}

/// A text that the file may have on several lines.
pub(super) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VariableDefinition {
    pub(super) name: Spanned<String>,
    pub(super) expression: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhenDefinition {
    pub(super) expression: Spanned<String>,
    pub(super) message: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AssertionDefinition {
    pub(super) expression: Spanned<String>,
    pub(super) message: Option<Spanned<String>>,
    pub(super) message_expression: Option<Spanned<String>>,
    pub(super) symptom: Option<Spanned<String>>,
    pub(super) seen: Option<Spanned<String>>,
    pub(super) fix: FixDefinition,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FixDefinition {
    pub(super) text: Spanned<String>,
    pub(super) snippet: Option<SnippetDefinition>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnippetDefinition {
    pub(super) language: Language,
    pub(super) text: Spanned<String>,
}

/// A case of a check: some facts, and what the check makes of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseDefinition {
    pub(super) name: Spanned<String>,
    /// The facts that are known, as a tree. A fact that is read but stands neither here nor in `missing` is an error.
    #[serde(default)]
    pub(super) facts: Map<String, Value>,
    /// The facts that are unknown: path to reason.
    #[serde(default)]
    pub(super) missing: BTreeMap<String, String>,
    /// What differs from the example target.
    #[serde(default)]
    pub(super) target: BTreeMap<String, String>,
    pub(super) expect: Expectation,
    /// The whole message that is expected.
    pub(super) message: Option<String>,
    /// Which assertion fails, counted from 1. Needed where there are several.
    pub(super) assertion: Option<Spanned<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Expectation {
    Pass,
    Fail,
    Unknown,
    NotApplicable,
}

impl Expectation {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not_applicable",
        }
    }
}

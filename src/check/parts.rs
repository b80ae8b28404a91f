//! The parts of a check, put together.

use std::sync::Arc;

use super::cases::Case;
use super::definition::{Definition, on_one_line};
use super::expression::Expression;
use super::{Assertion, Check, When};
use crate::facts::vocabulary::Vocabulary;

/// What was read of the expressions and cases of a definition.
pub(super) struct Parts {
    pub(super) variables: Vec<(String, Expression)>,
    pub(super) when: Vec<When>,
    pub(super) assertions: Vec<Assertion>,
    pub(super) cases: Vec<Case>,
}

impl Definition {
    /// The check, of which the expressions and cases were read.
    pub(super) fn check(self, source: &str, vocabulary: Arc<Vocabulary>, parts: Parts) -> Check {
        let Parts { variables, when, assertions, cases } = parts;
        Check {
            id: self.id.value,
            title: self.title.value,
            provider: self.provider.value,
            severity: self.severity,
            since: self.since.value,
            why: on_one_line(&self.why.value),
            references: self.references.value.into_iter().map(|reference| reference.value).collect(),
            needs: self.needs.value.into_iter().map(|key| key.value).collect(),
            source: source.to_owned(),
            vocabulary,
            facts_of_variables: variables.iter().flat_map(|(_, expression)| expression.facts()).collect(),
            variables,
            when,
            assertions,
            cases,
        }
    }
}

//! From facts to an outcome.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::expression::{Budget, Expression, Scope, Undecided, Value};
use super::{Assertion, Check, Language, Message};
use crate::facts::UnknownBecause;
use crate::text;

/// What a check is judged on.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The facts, serialized; unknown ones are marked with [`crate::facts::UNKNOWN_MARK`].
    pub facts: &'a Json,
    /// What is to be registered.
    pub target: &'a Json,
    /// What OpenAI publishes.
    pub contract: &'a Json,
    /// Facts and target as messages show them, where they hold something that checks can't decide about: values that are
    /// known only after apply.
    pub shown: Option<[&'a Json; 2]>,
}

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every assertion holds.
    Pass,
    /// An assertion does not hold.
    Fail(Failure),
    /// No assertion is known to fail, but not all of them are known to hold.
    Unknown {
        /// What could not be read, in a sentence.
        message: String,
        /// Every reason, once and sorted, as the facts have it: renderers make the text inert.
        because: Vec<UnknownBecause>,
    },
    /// There is nothing that the check could look at.
    NotApplicable {
        /// Why not.
        message: String,
    },
    /// The check itself is wrong.
    Error {
        /// How.
        message: String,
    },
}

/// An assertion that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which assertion, counted from 1.
    pub assertion: usize,
    /// What is wrong.
    pub message: String,
    /// The fact that shows it, where it is known.
    pub seen: Option<String>,
    /// The error that OpenAI would show because of it.
    pub symptom: Option<String>,
    /// What to do.
    pub fix: Fix,
}

/// What to do about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// One imperative line.
    pub text: String,
    /// A command or document that does it.
    pub snippet: Option<Snippet>,
}

/// A command or document, with every value quoted for its language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The language.
    pub language: Language,
    /// The text, of one or several lines.
    pub text: String,
}

impl Outcome {
    /// Undecided for these reasons.
    pub(crate) fn unknown(because: Vec<UnknownBecause>) -> Self {
        Self::Unknown { message: unknown_message(&because), because }
    }

    /// The name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Unknown { .. } => "unknown",
            Self::NotApplicable { .. } => "not_applicable",
            Self::Error { .. } => "error",
        }
    }

    /// What it says; nothing on a pass.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Pass => None,
            Self::Fail(failure) => Some(&failure.message),
            Self::Unknown { message, .. } | Self::NotApplicable { message } | Self::Error { message } => {
                Some(message)
            }
        }
    }
}

impl Check {
    /// Judges the facts. Never panics, and never takes longer than its budget.
    pub fn judge(&self, subject: &Subject<'_>) -> Outcome {
        let mut budget = Budget::new();
        let scope = self.scope(subject.facts, subject.target, subject.contract, &mut budget);

        let mut undecided = Gathered::default();
        for when in &self.when {
            match holds(&when.expression, &scope, &mut budget) {
                Ok(true) => {}
                Ok(false) => return Outcome::NotApplicable { message: text::inert(&when.message) },
                Err(why) => undecided.add(why),
            }
        }
        if let Some(outcome) = undecided.outcome() {
            return outcome;
        }

        let mut undecided = Gathered::default();
        for (index, assertion) in self.assertions.iter().enumerate() {
            match holds(&assertion.expression, &scope, &mut budget) {
                Ok(true) => {}
                Ok(false) => {
                    let Some([facts, target]) = subject.shown else {
                        return self.failure(index + 1, assertion, &scope);
                    };
                    let shown = self.scope(facts, target, subject.contract, &mut Budget::new());
                    return self.failure(index + 1, assertion, &shown);
                }
                Err(why) => undecided.add(why),
            }
        }
        undecided.outcome().unwrap_or(Outcome::Pass)
    }

    /// What expressions see, the check's own variables among it.
    fn scope<'a>(
        &self,
        facts: &'a Json,
        target: &'a Json,
        contract: &'a Json,
        budget: &mut Budget,
    ) -> Scope<'a> {
        let variables = Vec::with_capacity(self.variables.len());
        let mut scope = Scope { facts, target, contract, variables };
        for (name, expression) in &self.variables {
            let value = expression.evaluate(&scope, budget);
            scope.variables.push((name.clone(), value));
        }
        scope
    }

    fn failure(&self, position: usize, assertion: &Assertion, scope: &Scope<'_>) -> Outcome {
        // The assertion is decided: what it says about it has a budget of its own.
        let mut budget = Budget::new();
        let message = match &assertion.message {
            Message::Written(message) => text::inert(message),
            Message::Computed(expression) => match expression.evaluate(scope, &mut budget) {
                Ok(Value::Text(message)) if message.trim().is_empty() => {
                    return error("the message of an assertion that failed is empty");
                }
                Ok(Value::Text(message)) => text::inert(&message),
                Ok(other) => {
                    return error(&format!("the message is {}: expected text", other.name()));
                }
                // That it fails is known, even where the details are not.
                Err(Undecided::Unknown(_)) => self.fallback(),
                Err(Undecided::Error(problem) | Undecided::GivenUp(problem)) => {
                    return error(&format!("the message can't be given: {problem}"));
                }
            },
        };
        let seen = match assertion.seen.as_ref().map(|seen| seen.evaluate(scope, &mut budget)) {
            None | Some(Err(Undecided::Unknown(_))) => None,
            Some(Ok(value)) => shown(&value),
            Some(Err(Undecided::Error(problem) | Undecided::GivenUp(problem))) => {
                return error(&format!("what was seen can't be shown: {problem}"));
            }
        };
        Outcome::Fail(Failure {
            assertion: position,
            message,
            seen,
            symptom: assertion.symptom.as_ref().map(|symptom| symptom.sentence(scope, &mut budget)),
            fix: Fix {
                text: assertion.fix.sentence(scope, &mut budget),
                snippet: assertion.snippet.as_ref().and_then(|(language, snippet)| {
                    let text = snippet.snippet(*language, scope, &mut budget)?;
                    Some(Snippet { language: *language, text })
                }),
            },
        })
    }

    fn fallback(&self) -> String {
        text::inert(&format!("it is not so that: {}", self.title))
    }
}

/// What was undecided on the way to an outcome.
#[derive(Default)]
struct Gathered {
    because: BTreeSet<UnknownBecause>,
    error: Option<String>,
}

impl Gathered {
    fn add(&mut self, undecided: Undecided) {
        match undecided {
            Undecided::Unknown(because) => self.because.extend(because),
            Undecided::Error(problem) | Undecided::GivenUp(problem) => {
                self.error.get_or_insert(problem);
            }
        }
    }

    fn outcome(self) -> Option<Outcome> {
        if let Some(problem) = self.error {
            return Some(error(&problem));
        }
        if self.because.is_empty() {
            return None;
        }
        let because: Vec<UnknownBecause> = self.because.into_iter().collect();
        Some(Outcome::Unknown { message: unknown_message(&because), because })
    }
}

/// How many reasons a message names; the outcome has them all.
const REASONS_NAMED: usize = 5;

fn unknown_message(because: &[UnknownBecause]) -> String {
    let named: Vec<String> = because
        .iter()
        .take(REASONS_NAMED)
        .map(|because| match &because.permission {
            Some(permission) => format!("`{}` ({}; needs `{permission}`)", because.evidence, because.reason),
            None => format!("`{}` ({})", because.evidence, because.reason),
        })
        .collect();
    let rest = match because.len().saturating_sub(REASONS_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    text::inert(&format!("can't be decided without {}{rest}", named.join(", ")))
}

fn error(problem: &str) -> Outcome {
    Outcome::Error { message: text::inert(&format!("the check can't be judged: {problem}")) }
}

fn holds(expression: &Expression, scope: &Scope<'_>, budget: &mut Budget) -> Result<bool, Undecided> {
    match expression.evaluate(scope, budget)? {
        Value::Bool(value) => Ok(value),
        other => Err(Undecided::Error(format!("an assertion is {}: expected true or false", other.name()))),
    }
}

/// How many elements of a list are shown.
const ELEMENTS_SHOWN: usize = 10;

/// A fact as people read it; nothing where there is nothing to show.
fn shown(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Null | Value::Record(_) => None,
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) => Some(text::inert(text)),
        Value::List(elements) => {
            let named: Vec<String> = elements
                .iter()
                .take(ELEMENTS_SHOWN)
                .map(|element| match element {
                    Ok(element) => shown(element).unwrap_or_else(|| "nothing".into()),
                    Err(_) => "unknown".into(),
                })
                .collect();
            let rest = match elements.len().saturating_sub(ELEMENTS_SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            (!named.is_empty()).then(|| text::inert(&format!("{}{rest}", named.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests;

//! A check's own cases: typed, partial facts, and what the check makes of them.

use serde_json::{Map, Value, json};

use super::Check;
use super::definition::{CaseDefinition, Expectation};
use super::judge::{Outcome, Subject};
use super::problems::Problems;
use crate::facts::schema::FactType;
use crate::facts::vocabulary::Vocabulary;
use crate::facts::{UNKNOWN_MARK, UnknownBecause};
use crate::text;

/// A case that was read: its facts are of the right types.
#[derive(Debug, Clone)]
pub(super) struct Case {
    name: String,
    facts: Value,
    target: Value,
    expect: Expectation,
    assertion: Option<usize>,
    message: Option<String>,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// The case's name.
    pub name: String,
    /// What was expected and what came instead; nothing where the case holds.
    pub problem: Option<String>,
}

impl CaseResult {
    /// Whether the case holds.
    pub fn passed(&self) -> bool {
        self.problem.is_none()
    }
}

/// Runs the cases of a check, in the order of the file.
pub fn run(check: &Check) -> Vec<CaseResult> {
    check
        .cases
        .iter()
        .map(|case| {
            let outcome = check.judge(&Subject {
                facts: &case.facts,
                target: &case.target,
                contract: &check.vocabulary.contract_values,
                shown: None,
            });
            CaseResult { name: case.name.clone(), problem: case.compare(&outcome) }
        })
        .collect()
}

impl Case {
    /// Reads a case; problems go to `problems`.
    pub(super) fn read(
        definition: &CaseDefinition,
        assertions: usize,
        vocabulary: &Vocabulary,
        problems: &mut Problems,
    ) -> Option<Self> {
        let mut sound = true;
        let mut problem = |text: String| {
            sound = false;
            problems.at(&definition.name, format!("case `{}`: {text}", definition.name.value));
        };
        if definition.name.value.trim().is_empty() {
            problem("it has no name".into());
        }
        let mut facts = Value::Object(definition.facts.clone());
        if let Err(text) = typed(&facts, &vocabulary.facts, "") {
            problem(text);
        }
        for (path, reason) in &definition.missing {
            if let Err(text) = mark(&mut facts, path, reason, vocabulary) {
                problem(text);
            }
        }
        let mut target = vocabulary.example_target.clone();
        for (name, value) in &definition.target {
            match target.as_object_mut() {
                Some(target) if target.contains_key(name) => {
                    target.insert(name.clone(), Value::from(value.as_str()));
                }
                _ => problem(format!("`target.{name}` does not exist")),
            }
        }
        let fails = definition.expect == Expectation::Fail;
        let assertion = match &definition.assertion {
            Some(position) if !fails || position.value == 0 || position.value > assertions => {
                problem(format!(
                    "`assertion: {}` is none that could fail: expected 1 to {assertions}, with `expect: fail`",
                    position.value
                ));
                None
            }
            Some(position) => Some(position.value),
            None if fails && assertions == 1 => Some(1),
            None if fails => {
                problem(format!(
                    "which assertion fails? expected `assertion: 1` to `assertion: {assertions}`"
                ));
                None
            }
            None => None,
        };
        sound.then(|| Self {
            name: definition.name.value.clone(),
            facts,
            target,
            expect: definition.expect,
            assertion,
            message: definition.message.clone(),
        })
    }

    pub(super) fn expects(&self, outcome: Expectation) -> bool {
        self.expect == outcome
    }

    /// Whether it is this assertion, counted from 1, that is to fail.
    pub(super) fn decided_by(&self, assertion: usize) -> bool {
        self.assertion == Some(assertion)
    }

    /// Its facts, and its target.
    pub(super) fn subject(&self) -> (&Value, &Value) {
        (&self.facts, &self.target)
    }

    /// What differs from what is expected.
    fn compare(&self, outcome: &Outcome) -> Option<String> {
        let found = outcome.name();
        if found != self.expect.as_str() {
            let said = outcome.message().map(|message| format!(": {message}")).unwrap_or_default();
            return Some(text::inert(&format!("expected `{}`, got `{found}`{said}", self.expect.as_str())));
        }
        if let (Some(expected), Outcome::Fail(failure)) = (self.assertion, outcome)
            && expected != failure.assertion
        {
            return Some(text::inert(&format!(
                "expected assertion {expected} to fail, but assertion {} does: {}",
                failure.assertion, failure.message
            )));
        }
        let message = outcome.message().unwrap_or_default();
        match &self.message {
            Some(expected) if expected != message => {
                Some(text::inert(&format!("expected the message `{expected}`, got `{message}`")))
            }
            _ => None,
        }
    }
}

/// Whether the facts given are facts, and of the right types. Any part may be left out.
fn typed(value: &Value, kind: &FactType, path: &str) -> Result<(), String> {
    match (kind, value) {
        (FactType::Bool, Value::Bool(_))
        | (FactType::Text, Value::String(_))
        | (FactType::Optional(_), Value::Null) => Ok(()),
        (FactType::Int, Value::Number(number)) if number.is_i64() => Ok(()),
        (FactType::Optional(inner), value) => typed(value, inner, path),
        (FactType::List(kind), Value::Array(elements)) => elements
            .iter()
            .enumerate()
            .try_for_each(|(index, element)| whole(element, kind, &format!("{path}[{index}]"))),
        (FactType::Record(_), Value::Object(fields)) => fields.iter().try_for_each(|(name, field)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match kind.field(name) {
                Some(kind) => typed(field, kind, &path),
                None => Err(format!("`facts.{path}` does not exist")),
            }
        }),
        (kind, value) => Err(format!("`facts.{path}` is `{value}`: expected {kind}")),
    }
}

/// An element of a list is whole: nothing tells which of its fields would be read.
fn whole(value: &Value, kind: &FactType, path: &str) -> Result<(), String> {
    if let (FactType::Record(fields), Value::Object(given)) = (kind, value)
        && let Some(absent) = fields.iter().find(|field| !given.contains_key(&field.name))
    {
        return Err(format!("`facts.{path}.{}` is not given: expected whole elements", absent.name));
    }
    typed(value, kind, path)
}

/// Marks a fact as unknown.
fn mark(facts: &mut Value, path: &str, reason: &str, vocabulary: &Vocabulary) -> Result<(), String> {
    match vocabulary.facts.at(path) {
        None => return Err(format!("`facts.{path}` is missing, but does not exist")),
        Some(FactType::Record(_)) => {
            return Err(format!("`facts.{path}` is missing as a whole: name its fields one by one"));
        }
        Some(_) => {}
    }
    if reason.trim().is_empty() {
        return Err(format!("`facts.{path}` is missing without a reason: expected one such as `denied`"));
    }
    let because = UnknownBecause {
        evidence: vocabulary.evidence_keys(path).first().map_or(path, |key| key).to_owned(),
        reason: reason.to_owned(),
        permission: None,
    };
    let mut place = facts;
    for name in path.split('.') {
        let fields = place.as_object_mut().ok_or_else(|| format!("`facts.{path}` has no place"))?;
        place = fields.entry(name).or_insert_with(|| Value::Object(Map::new()));
    }
    if place.as_object().is_none_or(|given| !given.is_empty()) {
        return Err(format!("`facts.{path}` is both given and missing"));
    }
    *place = json!({ UNKNOWN_MARK: [because] });
    Ok(())
}

#[cfg(test)]
mod tests;

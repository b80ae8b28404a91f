//! A check as people read it: what it asserts, and what it says where that does not hold. The values are those of the
//! check's own cases and of the example target.

use super::judge::{Failure, Outcome, Subject};
use super::{Check, Fix, Message, Snippet};

/// One assertion of a check, with what it says where it does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// What must be so: an expression in CEL, on one line.
    pub expression: String,
    /// What it says otherwise, in an example.
    pub message: String,
    /// The error that OpenAI would show.
    pub symptom: Option<String>,
    /// What to do.
    pub fix: Fix,
}

impl Check {
    /// The assertions, in order.
    pub fn described(&self) -> Vec<Described> {
        let assertions = self.assertions.iter().enumerate();
        assertions
            .map(|(index, assertion)| {
                let example = self.example_of(index + 1);
                let written = match &assertion.message {
                    Message::Written(message) => message.clone(),
                    Message::Computed(_) => String::new(),
                };
                // A snippet is left out of a case that does not know its values.
                let snippet = assertion.snippet.as_ref().map(|(language, template)| {
                    let known = example.as_ref().and_then(|example| example.fix.snippet.clone());
                    known.unwrap_or_else(|| Snippet { language: *language, text: template.written() })
                });
                let symptom = assertion.symptom.as_ref().map(|template| template.written());
                Described {
                    expression: assertion.written.clone(),
                    message: example.as_ref().map_or(written, |example| example.message.clone()),
                    symptom: example.as_ref().map_or(symptom, |example| example.symptom.clone()),
                    fix: Fix {
                        text: example.map_or_else(|| assertion.fix.written(), |example| example.fix.text),
                        snippet,
                    },
                }
            })
            .collect()
    }

    /// What must be so for the check to be applicable, each with what it says otherwise.
    pub fn conditions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.when.iter().map(|when| (when.written.as_str(), when.message.as_str()))
    }

    /// What the first case says in which this assertion, counted from 1, fails.
    fn example_of(&self, position: usize) -> Option<Failure> {
        self.cases.iter().filter(|case| case.decided_by(position)).find_map(|case| {
            let (facts, target) = case.subject();
            let outcome = self.judge(&Subject {
                facts,
                target,
                contract: &self.vocabulary.contract_values,
                shown: None,
            });
            match outcome {
                Outcome::Fail(failure) if failure.assertion == position => Some(failure),
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::check::registry;

    #[test]
    fn every_assertion_of_every_check_has_an_example_of_what_it_says() {
        for check in registry().unwrap().iter() {
            let described = check.described();
            assert!(!described.is_empty());
            for assertion in described {
                assert!(!assertion.message.is_empty(), "{}: {}", check.id(), assertion.expression);
                assert!(!assertion.expression.is_empty() && !assertion.fix.text.is_empty(), "{}", check.id());
                assert_eq!(assertion.expression, assertion.expression.trim());
            }
        }
    }

    #[test]
    fn an_assertion_is_described_with_the_values_of_its_case() {
        let registry = registry().unwrap();
        let described = registry.get("aws-role-exists").unwrap().described();
        assert_eq!(described[0].expression, "facts.role.exists");
        assert_eq!(described[0].message, "account 111122223333 has no role `openai-ekm`");
        assert!(described[0].symptom.as_deref().is_some_and(|said| said.ends_with(":role/openai-ekm")));
    }
}

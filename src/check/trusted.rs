//! Checks that come with the program, read as far as judging takes. The program's own tests lint their files; a run does
//! not look again for what they have not found, reads no cases, and parses nothing before it is needed.

use std::sync::Arc;

use super::definition::{AssertionDefinition, Definition, on_one_line};
use super::expression::Expression;
use super::parts::Parts;
use super::template::Template;
use super::{Assertion, Check, Message, When};
use crate::facts::vocabulary::Vocabulary;

/// Reads the definition as a check without cases.
///
/// # Errors
/// What can't be read at all.
pub(super) fn read(
    definition: Definition,
    source: &str,
    vocabulary: Arc<Vocabulary>,
) -> Result<Check, String> {
    let variables = definition
        .variables
        .iter()
        .map(|variable| Ok((variable.name.value.clone(), Expression::parse(&variable.expression.value)?)));
    let when = definition.when.iter().map(|when| {
        Ok(When {
            expression: Expression::parse(&when.expression.value)?,
            written: on_one_line(&when.expression.value),
            message: when.message.value.clone(),
        })
    });
    let parts = Parts {
        variables: variables.collect::<Result<_, String>>()?,
        when: when.collect::<Result<_, String>>()?,
        assertions: definition.assertions.value.iter().map(assertion).collect::<Result<_, String>>()?,
        cases: Vec::new(),
    };
    Ok(definition.check(source, vocabulary, parts))
}

fn assertion(definition: &AssertionDefinition) -> Result<Assertion, String> {
    let expression = Expression::parse(&definition.expression.value)?;
    let message = match (&definition.message, &definition.message_expression) {
        (Some(message), _) => Message::Written(message.value.clone()),
        (None, Some(computed)) => Message::Computed(Expression::later(&computed.value)),
        (None, None) => return Err("an assertion has no message".into()),
    };
    let template = |text: &str| Template::parse(text);
    Ok(Assertion {
        facts: expression.facts(),
        expression,
        written: on_one_line(&definition.expression.value),
        message,
        symptom: definition.symptom.as_ref().map(|symptom| template(&symptom.value)).transpose()?,
        seen: definition.seen.as_ref().map(|seen| Expression::later(&seen.value)),
        fix: template(&definition.fix.text.value)?,
        snippet: match &definition.fix.snippet {
            Some(snippet) => Some((snippet.language, template(&snippet.text.value)?)),
            None => None,
        },
    })
}

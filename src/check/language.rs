//! The part of CEL that checks may use, and its limits, for the reference.

use super::expression::limits;
use super::load::MAX_FILE;

/// A function or an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// How it is used: an expression that a check could have.
    pub example: &'static str,
    /// What it gives.
    pub meaning: &'static str,
}

const fn part(example: &'static str, meaning: &'static str) -> Part {
    Part { example, meaning }
}

/// The functions.
pub const FUNCTIONS: &[Part] = &[
    part(
        "size(facts.trust.principals)",
        "how many elements a list has, or characters a text; also `list.size()`",
    ),
    part("target.role_name.startsWith('openai')", "whether a text starts so"),
    part("target.role_name.endsWith('-ekm')", "whether a text ends so"),
    part("target.role_arn.contains(':role/')", "whether a text holds another"),
    part(
        "target.key_region.matches('^eu-')",
        "whether a regular expression, written out, is found in a text",
    ),
    part("string(size(facts.trust.principals))", "a number or a boolean as text"),
    part("facts.trust.external_ids.join(', ')", "the elements of a list of texts as one text"),
    part("facts.trust.principals.all(p, p.startsWith('arn:'))", "whether it holds for every element"),
    part("facts.trust.principals.exists(p, p == '*')", "whether it holds for at least one element"),
    part(
        "facts.trust.principals.exists_one(p, p == contract.aws.role_arn)",
        "whether it holds for exactly one element",
    ),
    part("facts.trust.principals.filter(p, p != contract.aws.role_arn)", "the elements for which it holds"),
    part("facts.trust.external_ids.map(id, 'id ' + id)", "each element made into another"),
];

/// The operators.
pub const OPERATORS: &[Part] = &[
    part("!facts.role.exists", "not"),
    part("facts.role.exists && facts.key.exists", "and: false if one is false, whatever the other is"),
    part("facts.role.exists || facts.key.exists", "or: true if one is true, whatever the other is"),
    part("facts.role.exists ? 'there' : 'not there'", "the one or the other"),
    part("facts.key.spec == contract.aws.key_spec", "equal; also `!=`, and both with `null`"),
    part("size(facts.trust.principals) <= 1", "numbers and texts in order; also `<`, `>`, `>=`"),
    part("target.key_region in ['eu-central-1', 'eu-west-1']", "whether a list has an element"),
    part("'role ' + target.role_name", "texts joined, numbers added; numbers also `-`"),
    part("facts.trust.principals[0]", "an element of a list, counted from 0; an error where there is none"),
];

/// What a file and its expressions may be at most.
pub fn limits() -> Vec<(&'static str, usize)> {
    vec![
        ("bytes of a file", MAX_FILE),
        ("bytes of an expression", limits::MAX_BYTES),
        ("names, literals and operators of an expression", limits::MAX_PARTS),
        ("brackets inside of each other", limits::MAX_BRACKETS),
        ("depth of an expression, chains of operators counted", limits::MAX_DEPTH),
        ("assertions of a check, and as many variables and conditions", super::lint::MAX_PARTS),
        ("cases of a check", super::lint::MAX_CASES),
        ("characters of a title", super::lint::MAX_TITLE),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::check::expression::{Expression, FUNCTIONS as KNOWN, Names};
    use crate::facts::aws::vocabulary::vocabulary;

    #[test]
    fn every_example_is_an_expression_of_a_check() {
        let vocabulary = vocabulary().unwrap();
        for part in FUNCTIONS.iter().chain(OPERATORS) {
            let mut names = Names::new(vec![
                ("facts", (&vocabulary.facts).into()),
                ("target", (&vocabulary.target).into()),
                ("contract", (&vocabulary.contract).into()),
            ]);
            let kind = Expression::parse(part.example).and_then(|expression| expression.kind(&mut names));
            assert!(kind.is_ok(), "{}: {kind:?}", part.example);
        }
    }

    #[test]
    fn every_function_that_may_be_used_is_there() {
        let described: BTreeSet<&str> = KNOWN
            .split(", ")
            .filter(|name| FUNCTIONS.iter().any(|part| part.example.contains(&format!("{name}("))))
            .collect();
        assert_eq!(described, KNOWN.split(", ").collect());
        assert_eq!(FUNCTIONS.len(), KNOWN.split(", ").count());
    }
}

//! From a definition to a check: everything that can be known to be wrong before any facts are there.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_saphyr::Spanned;

use super::cases::Case;
use super::definition::{AssertionDefinition, Definition, Expectation, on_one_line};
use super::expression::{Expression, Kind, Names};
use super::parts::Parts;
use super::problems::{LoadError, Problems};
use super::template::Template;
use super::{Assertion, Check, Message, When};
use crate::facts::vocabulary::Vocabulary;

/// The most assertions, variables and conditions of one check, each.
pub(super) const MAX_PARTS: usize = 16;
/// The most cases of one check.
pub(super) const MAX_CASES: usize = 64;
/// The longest title, in characters.
pub(super) const MAX_TITLE: usize = 100;

/// Reads the definition as a check.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn lint(
    definition: Definition,
    source: &str,
    vocabularies: &[Arc<Vocabulary>],
    mut problems: Problems,
) -> Result<Check, Vec<LoadError>> {
    if definition.format.value != 1 {
        problems
            .at(&definition.format, format!("format `{}` is not known: expected 1", definition.format.value));
    }
    let provider = definition.provider.value;
    let Some(vocabulary) = vocabularies.iter().find(|vocabulary| vocabulary.provider == provider) else {
        problems.at(
            &definition.provider,
            format!("checks of `{}` are not supported by this version", provider.as_str()),
        );
        return problems.or(None);
    };
    lint_head(&definition, &mut problems);
    lint_counts(&definition, &mut problems);

    let mut linter = Linter {
        names: Names::new(vec![
            ("facts", (&vocabulary.facts).into()),
            ("target", (&vocabulary.target).into()),
            ("contract", (&vocabulary.contract).into()),
        ]),
        problems,
        failed: false,
    };
    let variables = definition.variables.iter().filter_map(|variable| {
        let taken = linter.names.variables.iter().any(|(name, _)| *name == variable.name.value);
        if taken || !is_name(&variable.name.value, '_') {
            linter.problems.at(
                &variable.name,
                format!(
                    "the variable `{}` is declared twice or is no name: expected lower_case",
                    variable.name.value
                ),
            );
        }
        let (expression, kind) = linter.expression(&variable.expression, None)?;
        linter.names.variables.push((variable.name.value.clone(), kind));
        Some((variable.name.value.clone(), expression))
    });
    let variables: Vec<_> = variables.collect();
    let when = definition.when.iter().filter_map(|when| {
        linter.text(&when.message, "the message");
        let (expression, _) = linter.expression(&when.expression, Some(&Kind::Bool))?;
        Some(When {
            expression,
            written: on_one_line(&when.expression.value),
            message: when.message.value.clone(),
        })
    });
    let when: Vec<_> = when.collect();
    let assertions: Vec<_> =
        definition.assertions.value.iter().filter_map(|assertion| linter.assertion(assertion)).collect();
    // What a wrong expression would have read is not known.
    if !linter.failed {
        linter.needs(&definition.needs, vocabulary);
    }
    let reads_facts = !linter.names.facts_read.is_empty();
    let Linter { mut problems, .. } = linter;

    let cases: Vec<_> = definition
        .tests
        .value
        .iter()
        .filter_map(|case| Case::read(case, definition.assertions.value.len(), vocabulary, &mut problems))
        .collect();
    lint_coverage(&definition, &cases, reads_facts, &mut problems);

    let parts = Parts { variables, when, assertions, cases };
    problems.or(Some(definition.check(source, Arc::clone(vocabulary), parts)))
}

/// Id, title, reasons and references.
fn lint_head(definition: &Definition, problems: &mut Problems) {
    let id = &definition.id;
    let provider = definition.provider.value.as_str();
    if !is_name(&id.value, '-') {
        problems
            .at(id, format!("the id `{}` is not in kebab-case: expected `{provider}-role-exists`", id.value));
    } else if !id.value.strip_prefix(provider).is_some_and(|rest| rest.starts_with('-')) {
        problems.at(
            id,
            format!("the id `{}` does not start with its provider: expected `{provider}-…`", id.value),
        );
    }
    let name = problems.file().rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or(&name);
    if stem != id.value {
        problems.at(id, format!("the id `{}` is not the file's name: expected `{stem}`", id.value));
    }
    for (text, what) in
        [(&definition.title, "the title"), (&definition.why, "`why`"), (&definition.since, "`since`")]
    {
        if text.value.trim().is_empty() {
            problems.at(text, format!("{what} is empty"));
        }
    }
    if definition.title.value.chars().count() > MAX_TITLE || definition.title.value.contains('\n') {
        problems.at(&definition.title, format!("the title is one line of at most {MAX_TITLE} characters"));
    }
    let version: Vec<_> = definition.since.value.split('.').collect();
    if version.len() != 3 || version.iter().any(|part| part.parse::<u32>().is_err()) {
        problems.at(&definition.since, "`since` is a version: expected `0.1.0`");
    }
    if definition.references.value.is_empty() {
        problems.at(&definition.references, "there is no reference: expected at least one URL");
    }
    for reference in &definition.references.value {
        let rest = reference.value.strip_prefix("https://").unwrap_or_default();
        if rest.is_empty() || rest.starts_with('/') || rest.chars().any(char::is_whitespace) {
            problems.at(reference, format!("`{}` is no reference: expected `https://…`", reference.value));
        }
    }
}

fn lint_counts(definition: &Definition, problems: &mut Problems) {
    if definition.assertions.value.is_empty() {
        problems.at(&definition.assertions, "there is no assertion: expected at least one");
    }
    for (count, what) in [
        (definition.assertions.value.len(), "assertions"),
        (definition.variables.len(), "variables"),
        (definition.when.len(), "conditions in `when`"),
    ] {
        if count > MAX_PARTS {
            problems.at(
                &definition.assertions,
                format!("there are {count} {what}: at most {MAX_PARTS} are allowed"),
            );
        }
    }
    if definition.tests.value.len() > MAX_CASES {
        problems.at(&definition.tests, format!("there are more than {MAX_CASES} cases"));
    }
}

/// A pass, an unknown where facts are read (what is to be registered is always known), and a failure by each assertion.
fn lint_coverage(definition: &Definition, cases: &[Case], reads_facts: bool, problems: &mut Problems) {
    if cases.len() < definition.tests.value.len() {
        // Some could not be read: what they would cover is not known.
        return;
    }
    let needed = [(Expectation::Pass, true), (Expectation::Unknown, reads_facts)];
    for (outcome, _) in needed.into_iter().filter(|(_, needed)| *needed) {
        if !cases.iter().any(|case| case.expects(outcome)) {
            let outcome = outcome.as_str();
            problems.at(&definition.tests, format!("no case expects `{outcome}`: expected at least one"));
        }
    }
    if !definition.when.is_empty() && !cases.iter().any(|case| case.expects(Expectation::NotApplicable)) {
        problems.at(&definition.tests, "there is a `when`, but no case expects `not_applicable`");
    }
    for (index, assertion) in definition.assertions.value.iter().enumerate() {
        let position = index + 1;
        if !cases.iter().any(|case| case.decided_by(position)) {
            problems.at(
                &assertion.expression,
                format!("no case is decided by this assertion: expected one with `assertion: {position}`"),
            );
        }
    }
}

/// Lower-case words with a separator between them.
pub(super) fn is_name(text: &str, separator: char) -> bool {
    text.split(separator)
        .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
        && text.starts_with(|first: char| first.is_ascii_lowercase())
}

struct Linter<'v> {
    names: Names<'v>,
    problems: Problems,
    /// Whether an expression or a placeholder was wrong.
    failed: bool,
}

impl Linter<'_> {
    fn expression(
        &mut self,
        source: &Spanned<String>,
        expected: Option<&Kind>,
    ) -> Option<(Expression, Kind)> {
        let read = Expression::parse(&source.value).and_then(|expression| {
            let kind = expression.kind(&mut self.names)?;
            match expected {
                Some(expected) if *expected != kind => {
                    Err(format!("the expression is {kind}: expected {expected}"))
                }
                _ => Ok((expression, kind)),
            }
        });
        read.map_err(|problem| self.wrong(source, problem)).ok()
    }

    fn wrong(&mut self, source: &Spanned<String>, problem: String) {
        self.failed = true;
        self.problems.at(source, problem);
    }

    fn text(&mut self, text: &Spanned<String>, what: &str) {
        if text.value.trim().is_empty() || text.value.contains('\n') {
            self.problems.at(text, format!("{what} is empty or has several lines: expected one line"));
        }
    }

    fn template(&mut self, source: &Spanned<String>) -> Option<Template> {
        let read = Template::parse(&source.value).and_then(|template| {
            template.lint(&mut self.names)?;
            Ok(template)
        });
        read.map_err(|problem| self.wrong(source, problem)).ok()
    }

    fn assertion(&mut self, definition: &AssertionDefinition) -> Option<Assertion> {
        let before = std::mem::take(&mut self.names.facts_read);
        let expression = self.expression(&definition.expression, Some(&Kind::Bool));
        let facts = std::mem::replace(&mut self.names.facts_read, before);
        self.names.facts_read.extend(facts.iter().cloned());
        let message = match (&definition.message, &definition.message_expression) {
            (Some(message), None) => {
                self.text(message, "the message");
                Some(Message::Written(message.value.clone()))
            }
            (None, Some(source)) => self
                .expression(source, Some(&Kind::Text))
                .map(|(expression, _)| Message::Computed(expression)),
            _ => {
                self.problems.at(
                    &definition.expression,
                    "an assertion has either `message` or `message_expression`: expected exactly one of them",
                );
                None
            }
        };
        let symptom = definition.symptom.as_ref().map(|symptom| {
            self.text(symptom, "the symptom");
            self.template(symptom)
        });
        let seen = definition.seen.as_ref().map(|seen| self.expression(seen, None));
        self.text(&definition.fix.text, "the fix");
        let fix = self.template(&definition.fix.text);
        let snippet = definition.fix.snippet.as_ref().map(|snippet| {
            let template = self.template(&snippet.text)?;
            if let Err(problem) = template.lint_snippet(snippet.language) {
                self.problems.at(&snippet.text, problem);
            }
            Some((snippet.language, template))
        });
        Some(Assertion {
            expression: expression?.0,
            written: on_one_line(&definition.expression.value),
            facts,
            message: message?,
            symptom: optional(symptom)?,
            seen: optional(seen)?.map(|(expression, _)| expression),
            fix: fix?,
            snippet: optional(snippet)?,
        })
    }

    /// `needs` names the evidence behind the facts that are read, no more and no less.
    fn needs(&mut self, needs: &Spanned<Vec<Spanned<String>>>, vocabulary: &Vocabulary) {
        let expected: BTreeSet<&str> = self
            .names
            .facts_read
            .iter()
            .flat_map(|fact| vocabulary.evidence_keys(fact).iter().copied())
            .collect();
        let mut named = BTreeSet::new();
        for key in &needs.value {
            let problem = if !vocabulary.knows_evidence(&key.value) {
                format!("the evidence `{}` is not known", key.value)
            } else if !expected.contains(key.value.as_str()) {
                format!("no fact that this check reads is derived from `{}`: remove it", key.value)
            } else if !named.insert(key.value.as_str()) {
                format!("`{}` is named twice", key.value)
            } else {
                continue;
            };
            self.problems.at(key, problem);
        }
        let missing: Vec<String> = expected.difference(&named).map(|key| format!("`{key}`")).collect();
        if !missing.is_empty() {
            self.problems.at(
                needs,
                format!("facts are read that are derived from {}: add to `needs`", missing.join(", ")),
            );
        }
    }
}

/// A part that may be left out: `None` where it is there and wrong.
fn optional<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(inner) => inner.map(Some),
    }
}

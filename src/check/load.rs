//! From files to checks.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::definition::Definition;
use super::problems::{LoadError, Place, Problems};
use super::{Check, Registry, hygiene, lint, trusted};
use crate::contract::Provider;
use crate::facts::vocabulary::Vocabulary;
use crate::{facts, text};

/// Every file of `checks/`, by name and text; written by the build script.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/checks.rs"));

/// The longest file, in bytes.
pub(super) const MAX_FILE: usize = 64 * 1024;

/// The line at which the cases of a check that comes with the program begin: its last part.
const CASES: &str = "\ntests:\n";

/// The checks that come with the program, with their cases, linted.
///
/// # Errors
/// Everything that is wrong with their files.
pub fn registry() -> Result<Registry, Vec<LoadError>> {
    Registry::empty(None)?
        .with(EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
}

/// The checks that come with the program, as far as judging takes: without their cases, and without looking again for
/// what the program's own tests have not found in them. What only a failure needs is not parsed before there is one.
///
/// # Errors
/// What is wrong with their files, where it can be read at all.
pub fn registry_for_judging() -> Result<Registry, Vec<LoadError>> {
    judging(None)
}

/// The same, of one cloud's checks alone: all that a target of that cloud takes.
///
/// # Errors
/// What is wrong with their files, where it can be read at all.
pub fn registry_of(provider: Provider) -> Result<Registry, Vec<LoadError>> {
    judging(Some(provider))
}

fn judging(only: Option<Provider>) -> Result<Registry, Vec<LoadError>> {
    let mut registry = Registry::empty(only)?;
    // A file's name begins with its cloud, as its id does.
    let wanted = |file: &str| {
        only.is_none_or(|only| file.strip_prefix(only.as_str()).is_some_and(|rest| rest.starts_with('-')))
    };
    for (file, text) in EMBEDDED.iter().filter(|(file, _)| wanted(file)) {
        let wrong = |place, problem: String| vec![LoadError { file: (*file).into(), place, problem }];
        let own = text.find(CASES).and_then(|end| text.get(..end)).unwrap_or(text);
        let definition: Definition =
            read_yaml(&format!("{own}\ntests: []\n")).map_err(|(place, problem)| wrong(place, problem))?;
        let provider = definition.provider.value;
        let of_provider = |vocabulary: &&Arc<Vocabulary>| vocabulary.provider == provider;
        let Some(vocabulary) = registry.vocabularies.iter().find(of_provider).map(Arc::clone) else {
            return Err(wrong(None, format!("checks of `{}` are not supported", provider.as_str())));
        };
        let check = trusted::read(definition, text, vocabulary).map_err(|problem| wrong(None, problem))?;
        registry.checks.insert(check.id().to_owned(), check);
    }
    Ok(registry)
}

impl Registry {
    /// No checks yet.
    fn empty(only: Option<Provider>) -> Result<Self, Vec<LoadError>> {
        let vocabularies = facts::clouds::vocabularies(only).map_err(|error| {
            vec![LoadError { file: "the facts".into(), place: None, problem: error.to_string() }]
        })?;
        Ok(Self { vocabularies: vocabularies.into_iter().map(Arc::new).collect(), checks: BTreeMap::new() })
    }

    /// Whether there is a check of this id, in this registry or among those of other clouds that come with the program.
    pub fn knows(&self, id: &str) -> bool {
        let embedded = |(file, _): &(&str, &str)| file.strip_suffix(".yaml") == Some(id);
        self.checks.contains_key(id) || EMBEDDED.iter().any(embedded)
    }

    /// These checks and those of more files, each given by its name and its text.
    ///
    /// # Errors
    /// Everything that is wrong with the files; an id that is there already among it.
    pub fn with(mut self, files: Vec<(String, String)>) -> Result<Self, Vec<LoadError>> {
        let mut errors = Vec::new();
        for (file, source) in files {
            let file = text::inert(&file);
            match load(&file, &source, &self.vocabularies) {
                Ok(check) if self.checks.contains_key(check.id()) => errors.push(LoadError {
                    problem: format!(
                        "there is a check `{}` already: give this one an id of its own",
                        check.id()
                    ),
                    file,
                    place: None,
                }),
                Ok(check) => {
                    self.checks.insert(check.id().to_owned(), check);
                }
                Err(of_file) => errors.extend(of_file),
            }
        }
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }
}

/// Loads one file.
fn load(file: &str, source: &str, vocabularies: &[Arc<Vocabulary>]) -> Result<Check, Vec<LoadError>> {
    let mut problems = Problems::new(file);
    if source.len() > MAX_FILE {
        problems
            .add(None, format!("the file is longer than {MAX_FILE} bytes: a check is one screen of text"));
        return Err(problems.into_found());
    }
    if let Some((line, column, character)) = hygiene::first_acting(source) {
        problems.add(Some((line, column)), acting(character, "the file"));
        return Err(problems.into_found());
    }
    let tree: Value = read_yaml(source).map_err(|(place, problem)| problems.only(place, problem))?;
    if let Some((path, character)) = hygiene::first_acting_value(&tree, "") {
        problems.add(None, acting(character, &format!("`{path}`")));
        return Err(problems.into_found());
    }
    let definition: Definition =
        read_yaml(source).map_err(|(place, problem)| problems.only(place, problem))?;
    lint::lint(definition, source, vocabularies, problems)
}

fn acting(character: char, place: &str) -> String {
    format!(
        "{place} holds the character U+{:04X}, which acts on a terminal or hides text: remove it",
        u32::from(character)
    )
}

fn read_yaml<'de, T: Deserialize<'de>>(source: &'de str) -> Result<T, (Place, String)> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 24,
            max_nodes: 5_000,
            max_events: 20_000,
            max_documents: 1,
            max_anchors: 0,
            max_aliases: 0,
            max_merge_keys: 0,
            max_total_scalar_bytes: MAX_FILE,
        },
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(source, options).map_err(|error| {
        let place = error.location().map(|at| (at.line(), at.column())).filter(|(line, _)| *line > 0);
        let problem = yaml_problem(error.without_snippet());
        (place, text::inert(&problem))
    })
}

/// What is wrong with the YAML, in the words of somebody who writes a check.
fn yaml_problem(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::budget::BudgetBreach;
    match error {
        serde_saphyr::Error::DuplicateMappingKey { key, .. } => match key {
            Some(key) => format!("`{key}` is given twice: remove one of them"),
            None => "a key is given twice: remove one of them".into(),
        },
        serde_saphyr::Error::InvalidScalar { .. } => {
            "this is no whole number: expected one, such as `1`".into()
        }
        serde_saphyr::Error::Budget { breach, .. } => match breach {
            BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. } => {
                "anchors and aliases can't be used in a check: write the value out".into()
            }
            BudgetBreach::Documents { .. } => "there are several documents: expected one check a file".into(),
            _ => "the file has too many parts or is nested too deep: a check is one screen of text".into(),
        },
        other => {
            let problem = other.render_with_formatter(&serde_saphyr::UserMessageFormatter);
            // The place stands before the message.
            match problem.rfind(" at line ") {
                Some(end) => problem.get(..end).unwrap_or(&problem).to_owned(),
                None => problem,
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! Checks: YAML files that say which facts must hold, why, and what to do where they don't.
//!
//! ```text
//! file ──definition──▶ strict types ──lint──▶ Check ──judge(facts)──▶ Outcome
//! ```
//!
//! A check that was loaded is right in its form: every path exists, every operand has the type that it needs, and
//! every assertion has a case that it decides. Everything here is pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contract::Provider;
use crate::facts::vocabulary::Vocabulary;

pub mod cases;
mod definition;
mod described;
mod expression;
mod hygiene;
pub mod judge;
pub mod language;
mod lint;
pub mod load;
pub mod new;
mod parts;
mod problems;
mod template;
mod trusted;

pub use cases::CaseResult;
pub use described::Described;
pub use judge::{Failure, Fix, Outcome, Snippet, Subject};
pub use load::{registry, registry_for_judging, registry_of};
pub use problems::LoadError;

use expression::Expression;
use template::Template;

/// How much a failure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// OpenAI could not use the key, or more than that is granted: not ready.
    Error,
    /// A risk that the customer may accept.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The name in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// The language of a snippet, which decides how values are quoted in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// A command for a POSIX shell.
    Shell,
    /// A JSON document.
    Json,
}

/// A check, loaded and linted.
#[derive(Debug, Clone)]
pub struct Check {
    id: String,
    title: String,
    provider: Provider,
    severity: Severity,
    since: String,
    why: String,
    references: Vec<String>,
    needs: Vec<String>,
    source: String,
    vocabulary: Arc<Vocabulary>,
    variables: Vec<(String, Expression)>,
    /// The paths of the facts that the variables read, without `facts.`.
    facts_of_variables: BTreeSet<String>,
    when: Vec<When>,
    assertions: Vec<Assertion>,
    cases: Vec<cases::Case>,
}

/// What must hold for a check to be applicable.
#[derive(Debug, Clone)]
struct When {
    expression: Expression,
    /// The expression as the file has it, on one line.
    written: String,
    message: String,
}

/// One statement of a check, with what to say where it does not hold.
#[derive(Debug, Clone)]
struct Assertion {
    expression: Expression,
    /// The expression as the file has it, on one line.
    written: String,
    /// The paths of the facts that it is about, without `facts.`.
    facts: BTreeSet<String>,
    message: Message,
    symptom: Option<Template>,
    seen: Option<Expression>,
    fix: Template,
    snippet: Option<(Language, Template)>,
}

#[derive(Debug, Clone)]
enum Message {
    Written(String),
    Computed(Expression),
}

impl Check {
    /// The id: the provider, then what the check is about.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// A positive assertion, true where the check passes.
    pub fn title(&self) -> &str {
        &self.title
    }
    /// The cloud that it is about.
    pub fn provider(&self) -> Provider {
        self.provider
    }
    /// How much a failure counts.
    pub fn severity(&self) -> Severity {
        self.severity
    }
    /// The version of the program in which it first was.
    pub fn since(&self) -> &str {
        &self.since
    }
    /// What breaks or is exposed where it fails.
    pub fn why(&self) -> &str {
        &self.why
    }
    /// The documentation that it rests on; at least one.
    pub fn references(&self) -> &[String] {
        &self.references
    }
    /// The keys of the evidence that it reads.
    pub fn needs(&self) -> &[String] {
        &self.needs
    }
    /// The paths of the facts that its assertions are about, without `facts.`: assertion by assertion, then those of its
    /// variables.
    pub fn facts(&self) -> impl Iterator<Item = &str> {
        let of_assertions = self.assertions.iter().flat_map(|assertion| &assertion.facts);
        of_assertions.chain(&self.facts_of_variables).map(String::as_str)
    }
    /// The file that it was loaded from.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// The checks of a run, by id.
#[derive(Debug, Clone)]
pub struct Registry {
    vocabularies: Vec<Arc<Vocabulary>>,
    checks: BTreeMap<String, Check>,
}

impl Registry {
    /// The checks, sorted by id.
    pub fn iter(&self) -> impl Iterator<Item = &Check> {
        self.checks.values()
    }
    /// What the checks of a provider may speak of.
    pub fn vocabulary(&self, provider: Provider) -> Option<&Vocabulary> {
        self.vocabularies.iter().find(|vocabulary| vocabulary.provider == provider).map(AsRef::as_ref)
    }
    /// The check of this id.
    pub fn get(&self, id: &str) -> Option<&Check> {
        self.checks.get(id)
    }
}

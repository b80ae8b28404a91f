//! Typed, three-valued facts, derived from evidence alone. All meaning lives here and in [`crate::iam`]; the checks
//! only say which facts must hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::iam::Dependency;
use crate::target::Unacceptable;

use path::{Answer, Step};
use vocabulary::is_of_group;

pub mod aws;
pub mod azure;
pub mod change;
pub mod clouds;
pub mod path;
pub mod schema;
pub(crate) mod symbolic;
pub mod vocabulary;

/// A fact: known, or unknown for named reasons. Never a default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// The evidence settles it.
    Known(T),
    /// The evidence does not settle it; at least one reason.
    Unknown(Vec<UnknownBecause>),
}

/// One reason why a fact is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnknownBecause {
    /// The evidence key, or the context key of OpenAI's request, that is not known.
    pub evidence: String,
    /// Why, in a word or a sentence: `denied`, `timed_out`, `not known of OpenAI's calls`.
    pub reason: String,
    /// The permission that would let the caller read it, where that is what is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

/// Something that a verdict leaves out of account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// What, as a clause for the verdict's line: `organization policies were not read`.
    pub what: String,
    /// How to lift it, as an imperative.
    pub lift: String,
}

/// What follows from the evidence of one target.
#[derive(Debug, Clone)]
pub struct Derived {
    /// The facts that checks read, as `facts.…`.
    pub facts: Value,
    /// What is to be registered, as checks read it: `target.…`.
    pub target: Value,
    /// Where the facts are from: the call or option behind each group of them.
    places: Vec<(&'static str, String)>,
    /// OpenAI's calls and what each would get.
    pub path: Vec<Step>,
    /// What the verdict leaves out of account, each with how to lift it.
    pub limits: Vec<Limit>,
}

impl Derived {
    /// Where a fact is from, by its path without `facts.`: a call and what it was made on, or an option.
    pub fn place(&self, fact: &str) -> Option<&str> {
        let of_fact = self.places.iter().filter(|(group, _)| is_of_group(fact, group));
        let found = of_fact.max_by_key(|(group, _)| group.len());
        found.map(|(_, place)| place.as_str())
    }
}

/// Whether one value is acceptable.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ValueForm {
    /// OpenAI would accept it.
    pub acceptable: bool,
    /// What is wrong with it; empty where it is acceptable.
    pub problem: String,
}

/// What the cloud would answer to one of OpenAI's calls.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DecisionFacts {
    /// It would succeed; unknown where that depends on what is not known.
    pub allowed: Fact<bool>,
    /// Where a refusal comes from: the layers in which nothing allows or something denies (`identity_policy`,
    /// `key_policy`, `role_assignment`, `network`, …), the `role`, `key` or `vault` that does not exist, or the `tenant`
    /// that is another; empty where the call would succeed.
    pub blocked_by: Fact<Vec<String>>,
    /// A statement or deny assignment refuses it, rather than the lack of one that allows it.
    pub explicitly_denied: Fact<bool>,
    /// What decides it, in a sentence.
    pub reason: String,
}

/// The reserved key by which an unknown fact is marked in the serialized tree of facts. No evidence can produce it:
/// the facts are structs, and their maps hold no customer-chosen keys.
pub const UNKNOWN_MARK: &str = "\u{0}unknown";

impl<T> Fact<T> {
    /// The value where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// The fact with another value; reasons stay.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(with(value)),
            Self::Unknown(because) => Fact::Unknown(because),
        }
    }

    /// The fact that follows from this one; reasons stay.
    pub fn and_then<U>(self, with: impl FnOnce(T) -> Fact<U>) -> Fact<U> {
        match self {
            Self::Known(value) => with(value),
            Self::Unknown(because) => Fact::Unknown(because),
        }
    }
}

impl<T: Ord> Fact<Vec<T>> {
    /// The members of a list that are known, sorted, where there are any; else unknown, where it is not known whether
    /// there are others.
    pub(crate) fn of_members(mut known: Vec<T>, mut open: Vec<UnknownBecause>) -> Self {
        known.sort();
        known.dedup();
        open.sort();
        open.dedup();
        if known.is_empty() && !open.is_empty() { Self::Unknown(open) } else { Self::Known(known) }
    }
}

impl From<&Dependency> for UnknownBecause {
    fn from(dependency: &Dependency) -> Self {
        Self {
            evidence: dependency.evidence.clone().unwrap_or_else(|| dependency.on.clone()),
            reason: dependency.reason.clone(),
            permission: dependency.permission.clone(),
        }
    }
}

impl<T: Serialize> Serialize for Fact<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        match self {
            Self::Known(value) => value.serialize(serializer),
            Self::Unknown(because) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(UNKNOWN_MARK, because)?;
                map.end()
            }
        }
    }
}

/// The schema of a fact is that of its value: that it may be unknown is true of every fact.
impl<T: JsonSchema> JsonSchema for Fact<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

impl ValueForm {
    fn of(result: Result<(), Unacceptable>) -> Self {
        match result {
            Ok(()) => Self { acceptable: true, problem: String::new() },
            Err(problem) => Self { acceptable: false, problem: problem.to_string() },
        }
    }
}

impl DecisionFacts {
    fn of(step: &Step) -> Self {
        let allowed = match step.answer {
            Answer::Allowed => Fact::Known(true),
            Answer::Denied => Fact::Known(false),
            Answer::Depends => Fact::Unknown(step.unknown_because.clone()),
        };
        Self {
            blocked_by: allowed.clone().map(|_| step.blocked_by.clone()),
            explicitly_denied: allowed.clone().map(|_| step.explicitly_denied),
            allowed,
            reason: step.sentence(),
        }
    }
}

//! "What would AWS decide, given these policies?": the engine by itself, for what-if questions.
//!
//! A request and policies in, a decision with its reasons out. An array of requests gives an array of decisions.

use std::fmt::Write;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::facts::path::{Answer, Reason};
use crate::iam::places::Lines;
use crate::iam::{Decision, Outcome, decide};
use crate::text::inert_json;

mod input;

use input::Case;

/// The largest request with its policies, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// What can't be simulated, with line and column where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotASimulation(String);

/// The answer to one request or to several.
#[derive(Debug, Clone)]
pub enum Simulation {
    /// The input was one request.
    One(Box<Simulated>),
    /// The input was an array of requests.
    Many(Vec<Simulated>),
}

/// One request and what AWS would answer.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// The caller, as given.
    pub principal: String,
    /// The action, as given.
    pub action: String,
    /// The resource, as given.
    pub resource: String,
    /// The answer.
    pub outcome: Outcome,
    /// The statements that made it.
    pub because: Vec<Reason>,
    /// What it depends on.
    pub depends_on: Vec<String>,
}

/// The answer in JSON, version 1.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Decision")]
struct JsonAnswer<'a> {
    /// The version of this document: 1.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// `allowed`, `explicitly_denied`, `implicitly_denied` or `depends`.
    decision: &'static str,
    /// The statements that make it, or the nearest ones.
    because: &'a [Reason],
    /// The context keys and rules that an answer of `depends` depends on.
    depends_on: &'a [String],
}

/// The schema of a request and what has a say in it, or of an array of them.
pub fn input_schema() -> Schema {
    one_or_many::<Case<'_>>(SchemaSettings::default().for_deserialize())
}

/// The schema of an answer, or of an array of them.
pub fn answer_schema() -> Schema {
    one_or_many::<JsonAnswer<'_>>(SchemaSettings::default().for_serialize())
}

fn one_or_many<T: JsonSchema>(settings: SchemaSettings) -> Schema {
    let mut generator = settings.into_generator();
    let one = generator.subschema_for::<T>();
    json_schema!({
        "$schema": generator.settings().meta_schema,
        "title": T::schema_name(),
        "anyOf": [one.clone(), { "type": "array", "items": one }],
        "$defs": generator.take_definitions(true),
    })
}

/// Simulates what the input asks.
///
/// # Errors
/// For text that is no such input: broken JSON, unknown or missing members, policies that AWS would reject, names that
/// are none; with line and column where they are known.
pub fn simulate(text: &str) -> Result<Simulation, NotASimulation> {
    let lines = Lines::of(text);
    if text.trim_start().starts_with('[') {
        let requests: Vec<&RawValue> =
            serde_json::from_str(text).map_err(|error| NotASimulation(error.to_string()))?;
        let answers = requests.into_iter().enumerate().map(|(index, request)| {
            let answer = decided(request.get(), &lines);
            answer.map_err(|NotASimulation(problem)| NotASimulation(format!("request #{index}: {problem}")))
        });
        Ok(Simulation::Many(answers.collect::<Result<_, _>>()?))
    } else {
        Ok(Simulation::One(Box::new(decided(text, &lines)?)))
    }
}

/// Decides one request, which is a part of the text with these lines.
fn decided(request: &str, lines: &Lines<'_>) -> Result<Simulated, NotASimulation> {
    let start = lines.place(request);
    if request.len() > LARGEST {
        return Err(NotASimulation(format!(
            "the request has {} bytes; expected at most {LARGEST}: at {}",
            request.len(),
            start.behind(request.get(..LARGEST).unwrap_or(request))
        )));
    }
    let case: Case<'_> =
        serde_json::from_str(request).map_err(|error| NotASimulation(start.of_error(&error)))?;
    let (principal, action, resource) = case.asked();
    let (request, layers) = case.typed(lines).map_err(NotASimulation)?;
    let decision = decide(&request, &layers);
    Ok(Simulated {
        principal,
        action,
        resource,
        outcome: decision.outcome,
        because: decision.because.iter().map(Reason::from).collect(),
        depends_on: Decision::names(&decision),
    })
}

impl Simulated {
    /// The decision's word.
    pub fn decision(&self) -> &'static str {
        match self.outcome {
            Outcome::Allowed => "allowed",
            Outcome::ExplicitlyDenied => "explicitly_denied",
            Outcome::ImplicitlyDenied => "implicitly_denied",
            Outcome::Depends => "depends",
        }
    }

    /// Whether the request gets through.
    pub fn answer(&self) -> Answer {
        match self.outcome {
            Outcome::Allowed => Answer::Allowed,
            Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied => Answer::Denied,
            Outcome::Depends => Answer::Depends,
        }
    }

    fn json(&self) -> JsonAnswer<'_> {
        JsonAnswer {
            version: 1,
            decision: self.decision(),
            because: &self.because,
            depends_on: &self.depends_on,
        }
    }
}

impl Simulation {
    /// All answers, in order.
    pub fn answers(&self) -> &[Simulated] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// The answers in JSON: one object, or an array of them. Characters that act on a terminal are escaped.
    ///
    /// # Errors
    /// None that is known of: the answers are plain text.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut text = match self {
            Self::One(one) => serde_json::to_string_pretty(&one.json())?,
            Self::Many(many) => {
                // One line for each request, for who reads a hundred thousand.
                let mut text = String::from("[");
                for (index, one) in many.iter().enumerate() {
                    let comma = if index == 0 { "\n" } else { ",\n" };
                    // Writing into a string can't fail.
                    let _ = write!(text, "{comma}{}", serde_json::to_string(&one.json())?);
                }
                text.push_str("\n]");
                text
            }
        };
        text.push('\n');
        Ok(inert_json(&text))
    }
}

/// The answers to the input, in JSON.
///
/// # Errors
/// As [`simulate`].
pub fn answer(text: &str) -> Result<String, NotASimulation> {
    simulate(text)?.to_json().map_err(|error| NotASimulation(error.to_string()))
}

#[cfg(test)]
mod tests;

//! Values of expressions.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::undecided::Undecided;
use crate::facts::{UNKNOWN_MARK, UnknownBecause};

/// What an expression comes to.
pub(super) type Evaluated<'a> = Result<Value<'a>, Undecided>;

/// A value; what an expression has where it is decided.
#[derive(Debug, Clone)]
pub(in crate::check) enum Value<'a> {
    /// Nothing, such as the ARN of a role that does not exist.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(Cow<'a, str>),
    /// A list. An element may be unknown while the list is known.
    List(Rc<[Result<Value<'a>, Undecided>]>),
    /// Facts by name.
    Record(&'a Map<String, Json>),
}

impl<'a> Value<'a> {
    /// A fact as a value.
    ///
    /// # Errors
    /// If the fact is unknown, or is no fact at all.
    pub(in crate::check) fn of(fact: &'a Json) -> Result<Self, Undecided> {
        match fact {
            Json::Null => Ok(Self::Null),
            Json::Bool(value) => Ok(Self::Bool(*value)),
            Json::Number(number) => number
                .as_i64()
                .map(Self::Int)
                .ok_or_else(|| Undecided::Error(format!("`{number}` is not a whole number within 64 bits"))),
            Json::String(text) => Ok(Self::Text(Cow::Borrowed(text))),
            Json::Array(elements) => Ok(Self::List(elements.iter().map(Self::of).collect())),
            Json::Object(fields) => match fields.get(UNKNOWN_MARK) {
                None => Ok(Self::Record(fields)),
                Some(because) => Err(unknown(because)),
            },
        }
    }

    /// What kind of value it is, for messages.
    pub(in crate::check) fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Record(_) => "a record",
        }
    }
}

/// The reasons behind a mark. A mark without a reason is a mistake of the program, and never a known fact.
fn unknown(because: &Json) -> Undecided {
    match serde_json::from_value::<Vec<UnknownBecause>>(because.clone()) {
        Ok(because) if !because.is_empty() => Undecided::Unknown(because.into_iter().collect()),
        _ => Undecided::Error("a fact is unknown without a reason".into()),
    }
}

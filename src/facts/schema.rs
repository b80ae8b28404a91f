//! The shape of facts: which paths there are and of what type. Derived from the Rust types, so that it can't differ
//! from what checks will see.

use std::fmt;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use thiserror::Error;

/// The type of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactType {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// A list of one type.
    List(Box<FactType>),
    /// Named fields.
    Record(Vec<FactField>),
    /// The type, or null.
    Optional(Box<FactType>),
}

/// A named part of a record of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactField {
    /// The name.
    pub name: String,
    /// What it says, from the documentation of the Rust field.
    pub meaning: String,
    /// Its type.
    pub kind: FactType,
}

/// A Rust type that facts can't be made of.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{path}` is of a type that checks can't read: expected a boolean, an integer, text, a list or a struct"
)]
pub struct UnsupportedType {
    /// Where it is.
    pub path: String,
}

impl FactType {
    /// The shape of a Rust type.
    ///
    /// # Errors
    /// For a type that checks can't read: a map with free keys, a float, an enum with data.
    pub fn of<T: JsonSchema>() -> Result<Self, UnsupportedType> {
        let mut settings = SchemaSettings::draft2020_12();
        settings.inline_subschemas = true;
        let schema = settings.into_generator().into_root_schema_for::<T>();
        Self::from_schema(schema.as_value(), "")
    }

    fn from_schema(schema: &Value, path: &str) -> Result<Self, UnsupportedType> {
        let unsupported = || UnsupportedType { path: path.to_owned() };
        let schema = schema.as_object().ok_or_else(unsupported)?;
        match schema.get("type") {
            Some(Value::String(name)) => Self::from_named(name, schema, path),
            Some(Value::Array(names)) => match names.as_slice() {
                [Value::String(name), Value::String(null)] if null == "null" => {
                    Ok(Self::Optional(Box::new(Self::from_named(name, schema, path)?)))
                }
                _ => Err(unsupported()),
            },
            _ => match schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
                Some([inner, null]) if null.get("type").and_then(Value::as_str) == Some("null") => {
                    Ok(Self::Optional(Box::new(Self::from_schema(inner, path)?)))
                }
                _ => Err(unsupported()),
            },
        }
    }

    fn from_named(name: &str, schema: &Map<String, Value>, path: &str) -> Result<Self, UnsupportedType> {
        let unsupported = || UnsupportedType { path: path.to_owned() };
        match name {
            "boolean" => Ok(Self::Bool),
            "integer" => Ok(Self::Int),
            "string" => Ok(Self::Text),
            "array" => {
                let items = schema.get("items").ok_or_else(unsupported)?;
                Ok(Self::List(Box::new(Self::from_schema(items, &format!("{path}[]"))?)))
            }
            "object" => schema
                .get("properties")
                .and_then(Value::as_object)
                .ok_or_else(unsupported)?
                .iter()
                .map(|(name, inner)| {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    Ok(FactField {
                        name: name.clone(),
                        meaning: inner.get("description").and_then(Value::as_str).unwrap_or_default().into(),
                        kind: Self::from_schema(inner, &path)?,
                    })
                })
                .collect::<Result<_, _>>()
                .map(Self::Record),
            _ => Err(unsupported()),
        }
    }

    /// The type of a field, where this is a record that has it.
    pub fn field(&self, name: &str) -> Option<&FactType> {
        match self {
            Self::Record(fields) => fields.iter().find(|field| field.name == name).map(|field| &field.kind),
            _ => None,
        }
    }

    /// The type behind a dotted path, where there is one.
    pub fn at(&self, path: &str) -> Option<&FactType> {
        path.split('.').try_fold(self, |kind, name| kind.field(name))
    }
}

impl fmt::Display for FactType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("a boolean"),
            Self::Int => f.write_str("an integer"),
            Self::Text => f.write_str("text"),
            Self::List(element) => write!(f, "a list, each {element}"),
            Self::Record(_) => f.write_str("a record"),
            Self::Optional(inner) => write!(f, "{inner} or null"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::aws::AwsFacts;

    #[test]
    fn the_facts_of_aws_have_a_shape() {
        let facts = FactType::of::<AwsFacts>().unwrap();
        assert_eq!(facts.at("role.exists"), Some(&FactType::Bool));
        assert_eq!(facts.at("role.real_arn"), Some(&FactType::Optional(Box::new(FactType::Text))));
        assert_eq!(facts.at("trust.principals"), Some(&FactType::List(Box::new(FactType::Text))));
        assert_eq!(facts.at("form.key_arn.problem"), Some(&FactType::Text));
        assert_eq!(facts.at("role.nothing"), None);
        assert_eq!(facts.at("role.exists.deeper"), None);
    }

    #[test]
    fn the_meaning_comes_from_the_documentation() {
        let FactType::Record(fields) = FactType::of::<AwsFacts>().unwrap() else { panic!("a record") };
        assert_eq!(fields.iter().find(|field| field.name == "key").unwrap().meaning, "The key.");
    }

    #[test]
    fn a_map_with_free_keys_is_refused() {
        #[derive(JsonSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Tagged {
            tags: std::collections::BTreeMap<String, String>,
        }
        assert_eq!(FactType::of::<Tagged>(), Err(UnsupportedType { path: "tags".into() }));
    }
}

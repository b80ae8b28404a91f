//! Values of attributes, of which some are known only after apply.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What an attribute holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Attribute {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text.
    Text(String),
    /// A list, set or tuple.
    List(Vec<Attribute>),
    /// A map or object.
    Map(Object),
    /// Something that is known only after apply.
    Unknown,
}

/// Attributes by name.
pub(super) type Object = BTreeMap<String, Attribute>;

impl Attribute {
    /// The planned value, where `after_unknown` does not say that it is known only after apply (Terraform JSON output
    /// format, "Change representation": `true` for what is unknown, and nothing for what is not set or known).
    pub(super) fn overlaid(self, unknown: &Self) -> Self {
        match (self, unknown) {
            (_, Self::Bool(true)) => Self::Unknown,
            (Self::List(mut values), Self::List(marks)) => {
                // What is unknown at the end of a list may be left out of the values.
                let marked = marks.iter().rposition(Self::holds_unknown).map_or(0, |last| last + 1);
                let missing = marked.saturating_sub(values.len());
                values.extend(std::iter::repeat_n(Self::Null, missing));
                let mut marks = marks.iter();
                let overlaid = values.into_iter().map(|value| match marks.next() {
                    Some(mark) => value.overlaid(mark),
                    None => value,
                });
                Self::List(overlaid.collect())
            }
            (Self::Map(values), Self::Map(marks)) => Self::Map(overlaid(values, marks)),
            (Self::Null, marks) if marks.holds_unknown() => Self::Unknown,
            (value, _) => value,
        }
    }

    /// Whether anything in it is known only after apply, or marked as such.
    fn holds_unknown(&self) -> bool {
        match self {
            Self::Unknown | Self::Bool(true) => true,
            Self::List(values) => values.iter().any(Self::holds_unknown),
            Self::Map(values) => values.values().any(Self::holds_unknown),
            Self::Null | Self::Bool(false) | Self::Number(_) | Self::Text(_) => false,
        }
    }

    /// Whether all of it is known.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::List(values) => values.iter().all(Self::is_known),
            Self::Map(values) => values.values().all(Self::is_known),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => true,
        }
    }

    /// The text that it is.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a text in it is one of these.
    pub(super) fn any_text(&self, is_one: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Text(text) => is_one(text),
            Self::List(values) => values.iter().any(|value| value.any_text(is_one)),
            Self::Map(values) => values.values().any(|value| value.any_text(is_one)),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Unknown => false,
        }
    }

    /// The truth value that it is.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The members of the list that it is.
    pub(super) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            _ => None,
        }
    }

    /// The object that it is.
    pub(super) fn object(&self) -> Option<&Object> {
        match self {
            Self::Map(values) => Some(values),
            _ => None,
        }
    }
}

/// Attributes, those that `after_unknown` alone names among them.
pub(super) fn overlaid(mut values: Object, unknown: &Object) -> Object {
    for (name, mark) in unknown {
        let value = values.remove(name).unwrap_or(Attribute::Null).overlaid(mark);
        values.insert(name.clone(), value);
    }
    values
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Attribute;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E: Error>(self) -> Result<Attribute, E> {
                Ok(Attribute::Null)
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<Attribute, E> {
                Ok(Attribute::Bool(value))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Attribute, E> {
                Ok(Attribute::Number(value.into()))
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Attribute, E> {
                Ok(Attribute::Number(value.into()))
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<Attribute, E> {
                let number = serde_json::Number::from_f64(value);
                number.map(Attribute::Number).ok_or_else(|| E::custom("a number is too large"))
            }
            fn visit_str<E: Error>(self, value: &str) -> Result<Attribute, E> {
                Ok(Attribute::Text(value.to_owned()))
            }
            fn visit_string<E: Error>(self, value: String) -> Result<Attribute, E> {
                Ok(Attribute::Text(value))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Attribute, A::Error> {
                let mut list = Vec::new();
                while let Some(value) = values.next_element()? {
                    list.push(value);
                }
                Ok(Attribute::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<Attribute, A::Error> {
                let mut object = Object::new();
                while let Some((name, value)) = values.next_entry::<String, Attribute>()? {
                    if object.insert(name.clone(), value).is_some() {
                        return Err(A::Error::custom(format!("`{name}` stands twice")));
                    }
                }
                Ok(Attribute::Map(object))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Attribute {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_is_marked_is_unknown_and_what_is_not_set_is_not() {
        let after = read(r#"{"name": "k", "tags": null, "list": ["a", null], "block": [{"x": 1}]}"#);
        let marks = read(
            r#"{"arn": true, "list": [false, true], "block": [{"y": true}], "tags": {}, "none": false}"#,
        );
        let Attribute::Map(read) = after.overlaid(&marks) else { panic!() };
        assert_eq!(read["name"].text(), Some("k"));
        assert_eq!(read["arn"], Attribute::Unknown);
        assert_eq!(read["list"], Attribute::List(vec![Attribute::Text("a".into()), Attribute::Unknown]));
        assert_eq!(read["tags"], Attribute::Null);
        assert_eq!(read["none"], Attribute::Null);
        let block = read["block"].list().unwrap()[0].object().unwrap();
        assert_eq!(block["y"], Attribute::Unknown);
        assert!(!read["block"].is_known() && read["tags"].is_known());
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        let error = serde_json::from_str::<Attribute>(r#"{"policy": 1, "policy": 2}"#).unwrap_err();
        assert!(error.to_string().contains("`policy` stands twice"), "{error}");
    }
}

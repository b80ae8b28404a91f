//! A statement as the provider renders it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A statement. What is empty is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Statement {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sid: Option<String>,
    pub(super) effect: String,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "one_or_more")]
    pub(super) action: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "one_or_more")]
    pub(super) not_action: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "one_or_more")]
    pub(super) resource: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "one_or_more")]
    pub(super) not_resource: Vec<String>,
    #[serde(skip_serializing_if = "Principals::is_empty", serialize_with = "Principals::rendered")]
    pub(super) principal: Principals,
    #[serde(skip_serializing_if = "Principals::is_empty", serialize_with = "Principals::rendered")]
    pub(super) not_principal: Principals,
    #[serde(skip_serializing_if = "Conditions::is_empty")]
    pub(super) condition: Conditions,
}

/// Texts as policies write them: one alone, or a list.
fn value(texts: &[String]) -> Value {
    match texts {
        [one] => Value::String(one.clone()),
        several => Value::Array(several.iter().cloned().map(Value::String).collect()),
    }
}

fn one_or_more<S: serde::Serializer>(texts: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    value(texts).serialize(serializer)
}

/// Principals by type. Those of blocks of one type are put together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Principals(BTreeMap<String, Vec<String>>);

impl Principals {
    pub(super) fn add(&mut self, kind: &str, identifiers: Vec<String>) {
        self.0.entry(kind.to_owned()).or_default().extend(identifiers);
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The type `*` with the identifier `*` is everybody, written `"*"`.
    fn rendered<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let everybody = |(kind, names): (&String, &Vec<String>)| {
            kind == "*" && matches!(names.as_slice(), [name] if name == "*")
        };
        if self.0.len() == 1 && self.0.iter().all(everybody) {
            return serializer.serialize_str("*");
        }
        let by_type = self.0.iter().map(|(kind, names)| (kind, value(names)));
        serializer.collect_map(by_type)
    }
}

/// Conditions by operator and key. The values of blocks of one operator and key are put together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Conditions(BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl Conditions {
    pub(super) fn add(&mut self, test: &str, variable: &str, values: Vec<String>) {
        let of_test = self.0.entry(test.to_owned()).or_default();
        of_test.entry(variable.to_owned()).or_default().extend(values);
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Conditions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(test, of_test)| {
            let of_test: BTreeMap<&String, Value> =
                of_test.iter().map(|(variable, values)| (variable, value(values))).collect();
            (test, of_test)
        }))
    }
}

/// Texts with `&{…}`, which Terraform leaves alone, as the `${…}` that it stands for.
///
/// # Errors
/// In the version of the language that has no variables.
pub(super) fn unescaped(texts: Vec<String>, version: &str) -> Result<Vec<String>, String> {
    let each = texts.into_iter().map(|text| {
        if version == "2008-10-17" && text.contains("&{") {
            return Err(format!("`{text}` has a variable, which version 2008-10-17 does not know"));
        }
        Ok(text.replace("&{", "${"))
    });
    each.collect()
}

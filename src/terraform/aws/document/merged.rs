//! Several documents made one, as `source_policy_documents` and `override_policy_documents` do: a statement with the
//! `Sid` of an earlier one takes its place.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::rendered::Statement;

/// A document's own statements.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) version: String,
    pub(super) id: Option<String>,
    pub(super) statements: Vec<Statement>,
}

impl Document {
    /// The provider refuses two statements of one `Sid`.
    pub(super) fn check_sids(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for sid in self.statements.iter().filter_map(|statement| statement.sid.as_ref()) {
            if !seen.insert(sid) {
                return Err(format!("two statements have the Sid `{sid}`, which the provider refuses"));
            }
        }
        Ok(())
    }
}

/// What was merged so far.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Merged {
    #[serde(skip_serializing_if = "String::is_empty")]
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statement: Vec<Value>,
}

impl Merged {
    /// Merges a source document: the provider refuses a `Sid` that stands in two of them.
    pub(super) fn source(&mut self, text: &str) -> Result<(), String> {
        let other = read(text)?;
        let mut seen: BTreeSet<String> = self.statement.iter().filter_map(sid).collect();
        for sid in other.statement.iter().filter_map(sid) {
            if !seen.insert(sid.clone()) {
                return Err(format!("the Sid `{sid}` stands twice, which the provider refuses"));
            }
        }
        self.add(other);
        Ok(())
    }

    /// Merges the document's own statements.
    pub(super) fn merge(&mut self, own: Document) {
        let statements = own.statements.iter().filter_map(|one| serde_json::to_value(one).ok());
        self.add(Self { version: own.version, id: own.id, statement: statements.collect() });
    }

    /// Merges a document that overrides.
    pub(super) fn over(&mut self, text: &str) -> Result<(), String> {
        self.add(read(text)?);
        Ok(())
    }

    fn add(&mut self, other: Self) {
        if other.id.is_some() {
            self.id = other.id;
        }
        if other.version > self.version {
            self.version = other.version;
        }
        for statement in other.statement {
            let same = sid(&statement)
                .and_then(|of| self.statement.iter_mut().find(|one| sid(one).as_ref() == Some(&of)));
            match same {
                Some(same) => *same = statement,
                None => self.statement.push(statement),
            }
        }
    }

    /// The document as text.
    pub(super) fn text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

fn sid(statement: &Value) -> Option<String> {
    let sid = statement.get("Sid")?.as_str()?;
    Some(sid.to_owned()).filter(|sid| !sid.is_empty())
}

/// Another document, as the provider reads it: what it would drop or misread is refused.
fn read(text: &str) -> Result<Merged, String> {
    let refused = |why: &str| format!("a document that is merged {why}");
    let Ok(Value::Object(document)) = serde_json::from_str(text) else {
        return Err(refused("is no JSON object"));
    };
    let mut merged = Merged::default();
    for (name, value) in document {
        match (name.as_str(), value) {
            ("Version", Value::String(version)) => merged.version = version,
            ("Id", Value::String(id)) => merged.id = Some(id).filter(|id| !id.is_empty()),
            ("Statement", Value::Array(statements)) => merged.statement = statements,
            (name, _) => return Err(refused(&format!("has a `{name}` that the provider does not read"))),
        }
    }
    for statement in &merged.statement {
        let object = statement.as_object().ok_or_else(|| refused("has a statement that is no object"))?;
        if !object.iter().all(|(name, value)| is_read(name, value)) {
            return Err(refused("has a statement of which the provider does not read all"));
        }
    }
    Ok(merged)
}

/// Whether the provider reads an element of a statement as it is.
fn is_read(name: &str, value: &Value) -> bool {
    match name {
        "Sid" | "Effect" => value.is_string(),
        "Action" | "NotAction" | "Resource" | "NotResource" => is_texts(value),
        "Principal" | "NotPrincipal" => match value {
            Value::String(everybody) => everybody == "*",
            Value::Object(by_type) => by_type.values().all(is_texts),
            _ => false,
        },
        "Condition" => value.as_object().is_some_and(|by_test| {
            let keys =
                |keys: &Map<String, Value>| keys.values().all(|value| value.is_boolean() || is_texts(value));
            by_test.values().all(|of_test| of_test.as_object().is_some_and(keys))
        }),
        _ => false,
    }
}

fn is_texts(value: &Value) -> bool {
    value.is_string() || value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string))
}

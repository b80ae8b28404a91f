//! Values as they are written in a configuration, and what Terraform makes of them in each part of a plan.
//!
//! `refer("aws_kms_key.openai.arn")` in a value stands for an expression whose value is known after apply, `computed()`
//! for an attribute that the provider fills in.

use serde_json::{Map, Value, json};

const REFER: &str = "(reference)";
const COMPUTED: &str = "(computed)";

/// What an expression refers to, of which the value is known after apply.
pub(crate) fn refer(reference: &str) -> Value {
    json!({ REFER: reference })
}

/// What the provider fills in, and nobody wrote.
pub(crate) fn computed() -> Value {
    json!({ COMPUTED: true })
}

/// A value in each part of a plan.
#[derive(Debug)]
pub(super) struct Written {
    /// In `after` and in the planned values: unknown members of lists are null, others are left out.
    pub(super) planned: Option<Value>,
    /// In `after_unknown`: true where it is unknown. Left out where it is known.
    pub(super) unknown: Option<Value>,
    /// In the configuration.
    pub(super) expression: Option<Value>,
}

impl Written {
    pub(super) fn of(value: &Value) -> Self {
        if let Some(reference) = value[REFER].as_str() {
            let expression = json!({ "references": expanded(reference) });
            return Self { planned: None, unknown: Some(json!(true)), expression: Some(expression) };
        }
        if value.get(COMPUTED).is_some() {
            return Self { planned: None, unknown: Some(json!(true)), expression: None };
        }
        match value {
            Value::Null => Self { planned: Some(Value::Null), unknown: None, expression: None },
            Value::Array(members) if members.is_empty() => {
                Self { planned: Some(json!([])), unknown: Some(json!([])), expression: None }
            }
            Value::Array(members) => Self::list(members),
            _ => Self {
                planned: Some(value.clone()),
                unknown: None,
                expression: Some(json!({ "constant_value": value })),
            },
        }
    }

    fn list(members: &[Value]) -> Self {
        let blocks = members.iter().all(|member| member.is_object() && member.get(REFER).is_none());
        let written: Vec<Self> = members
            .iter()
            .map(|member| if blocks { Self::block(member) } else { Self::of(member) })
            .collect();
        let or_null = |value: &Option<Value>| value.clone().unwrap_or(Value::Null);
        let planned: Vec<Value> = written.iter().map(|member| or_null(&member.planned)).collect();
        let unknown: Vec<Value> =
            written.iter().map(|member| member.unknown.clone().unwrap_or(json!(false))).collect();
        let expression = if blocks {
            written.iter().map(|member| or_null(&member.expression)).collect()
        } else {
            let references: Vec<Value> = written
                .iter()
                .filter_map(|member| member.expression.as_ref()?["references"].as_array())
                .flatten()
                .cloned()
                .collect();
            if references.is_empty() {
                json!({ "constant_value": members })
            } else {
                json!({ "references": references })
            }
        };
        Self { planned: Some(json!(planned)), unknown: Some(json!(unknown)), expression: Some(expression) }
    }

    /// A nested block: a statement, a principal, a permission.
    pub(super) fn block(block: &Value) -> Self {
        let (mut planned, mut unknown, mut expression) = (Map::new(), Map::new(), Map::new());
        for (field, value) in block.as_object().into_iter().flatten() {
            let written = Self::of(value);
            for (part, value) in [
                (&mut planned, written.planned),
                (&mut unknown, written.unknown),
                (&mut expression, written.expression),
            ] {
                part.extend(value.map(|value| (field.clone(), value)));
            }
        }
        Self {
            planned: Some(planned.into()),
            unknown: Some(unknown.into()),
            expression: Some(expression.into()),
        }
    }
}

/// A reference as Terraform lists it: whole, and down to the resource that it is of.
fn expanded(reference: &str) -> Vec<String> {
    let base = |text: &str| text.rsplit_once('.').map(|(base, _)| base.to_owned());
    if reference.starts_with("var.") || reference.starts_with("local.") || reference.starts_with("each.") {
        return vec![reference.to_owned()];
    }
    let resource = base(reference).expect("a reference is to an attribute");
    let mut references = vec![reference.to_owned(), resource.clone()];
    if let Some((block, _)) = resource.split_once('[') {
        references.push(block.to_owned());
    }
    references
}

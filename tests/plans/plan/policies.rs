//! Policies: as JSON text, and as the statements of an `aws_iam_policy_document`.

use serde_json::{Value, json};

use super::address::Address;
use super::written::Written;
use super::{Plan, resource_in};

/// A statement of an `aws_iam_policy_document`. Sets are planned in their order; what is not written is null or empty.
pub(crate) fn statement(written: Value) -> Value {
    let mut whole = json!({
        "actions": null,
        "condition": [],
        "effect": null,
        "not_actions": null,
        "not_principals": [],
        "not_resources": null,
        "principals": [],
        "resources": null,
        "sid": null,
    });
    for (field, value) in written.as_object().expect("a statement is an object") {
        whole[field] = value.clone();
    }
    whole
}

/// A statement that allows actions on resources.
pub(crate) fn allow(actions: Value, resources: Value) -> Value {
    statement(json!({ "actions": actions, "resources": resources }))
}

/// A statement that denies them.
pub(crate) fn deny(actions: Value, resources: Value) -> Value {
    statement(json!({ "effect": "Deny", "actions": actions, "resources": resources }))
}

/// The same under a condition: operator, key and values.
pub(crate) fn when(mut statement: Value, test: &str, variable: &str, values: Value) -> Value {
    let condition = json!({ "test": test, "values": values, "variable": variable });
    statement["condition"].as_array_mut().expect("conditions are a list").push(condition);
    statement
}

impl Plan {
    /// The statements of an `aws_iam_policy_document` that is read during the apply.
    pub(crate) fn statements(self, document: &str, statements: &[Value]) -> Self {
        self.set(document, "statement", json!(statements))
    }

    /// One more statement at its end.
    pub(crate) fn and_statement(self, document: &str, statement: Value) -> Self {
        let count = self.change(document)["after"]["statement"].as_array().map_or(0, Vec::len);
        self.at_statement(document, count, statement)
    }

    /// Another statement in the place of one.
    pub(crate) fn at_statement(mut self, document: &str, position: usize, statement: Value) -> Self {
        let written = Written::block(&statement);
        let change = self.change_mut(document);
        put_at(&mut change["after"]["statement"], position, written.planned.clone());
        put_at(&mut change["after_unknown"]["statement"], position, written.unknown);
        if let Some(planned) = resource_in(self.document.get_mut("planned_values"), document) {
            put_at(&mut planned["values"]["statement"], position, written.planned);
        }
        if let Some(configured) = self.configured(&Address::of(document)) {
            put_at(&mut configured["expressions"]["statement"], position, written.expression);
        }
        self
    }

    /// A policy that is known as text, such as `jsonencode` of known values gives.
    pub(crate) fn policy(self, address: &str, attribute: &str, statements: Value) -> Self {
        let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        self.set(address, attribute, json!(text)).referring(address, attribute, &["var.org"])
    }

    /// The same, before the change and after it.
    pub(crate) fn has_policy(self, address: &str, attribute: &str, statements: Value) -> Self {
        let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        self.has(address, attribute, json!(text)).referring(address, attribute, &["var.org"])
    }
}

fn put_at(list: &mut Value, position: usize, value: Option<Value>) {
    let list = list.as_array_mut().expect("statements are a list");
    let value = value.unwrap_or_default();
    match list.get_mut(position) {
        Some(place) => *place = value,
        None => list.push(value),
    }
}

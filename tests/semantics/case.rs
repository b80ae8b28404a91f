//! The requests that the tests start from, the statements that they are made of, and what is asserted of an answer.

use serde_json::{Value, json};

use crate::answer;

pub(crate) const ALLOWED: &str = "allowed";
pub(crate) const DEPENDS: &str = "depends";
pub(crate) const EXPLICITLY_DENIED: &str = "explicitly_denied";
pub(crate) const IMPLICITLY_DENIED: &str = "implicitly_denied";

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const ACCOUNT_ROOT: &str = "arn:aws:iam::111122223333:root";
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/app";
pub(crate) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/s1";
pub(crate) const USER: &str = "arn:aws:iam::111122223333:user/ann";
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
pub(crate) const OTHER_ACCOUNT: &str = "444455556666";
pub(crate) const FOREIGN_KEY: &str =
    "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";
pub(crate) const TARGET: &str = "arn:aws:iam::444455556666:role/target";

/// A document of `simulate`, changed step by step.
#[derive(Clone)]
pub(crate) struct Case(Value);

/// `kms:Encrypt` by a session of the role on a key of its own account. Its identity policy allows it (statement
/// `Use`), and the key policy delegates to the account (statement `Account`).
pub(crate) fn encrypt() -> Case {
    Case(json!({
        "request": {
            "principal": SESSION, "action": "kms:Encrypt", "resource": KEY, "resource_account": ACCOUNT, "context": {}
        }
    }))
    .identity(json!([with(allow("kms:*"), json!({"Sid": "Use"}))]))
    .resource(json!([with(allow_to(ACCOUNT_ROOT, "kms:*"), json!({"Sid": "Account"}))]))
}

/// The same on a key of another account, whose key policy names the role (statement `Foreign`).
pub(crate) fn encrypt_elsewhere() -> Case {
    encrypt()
        .request(json!({"resource": FOREIGN_KEY, "resource_account": OTHER_ACCOUNT}))
        .resource(json!([with(allow_to(ROLE, "kms:*"), json!({"Sid": "Foreign"}))]))
}

/// `s3:GetObject` by a session of the role in its own account, which nothing allows yet.
pub(crate) fn read_object() -> Case {
    Case(json!({
        "request": {
            "principal": SESSION, "action": "s3:GetObject", "resource": "arn:aws:s3:::example/reports/may.csv",
            "resource_account": ACCOUNT, "context": {}
        },
        "identity_policies": []
    }))
}

/// `sts:AssumeRole` by a session of the role on a role of another account. Its identity policy allows it, and the trust
/// policy names the role.
pub(crate) fn assume() -> Case {
    Case(json!({
        "request": {
            "principal": SESSION, "action": "sts:AssumeRole", "resource": TARGET, "resource_account": OTHER_ACCOUNT,
            "context": {}
        }
    }))
    .identity(json!([allow("sts:AssumeRole")]))
    .resource(json!([trust(ROLE)]))
}

impl Case {
    /// Lays an object's fields over the document.
    pub(crate) fn set(self, fields: Value) -> Self {
        Self(with(self.0, fields))
    }

    pub(crate) fn without(mut self, field: &str) -> Self {
        self.0.as_object_mut().expect("an object").remove(field);
        self
    }

    pub(crate) fn request(mut self, fields: Value) -> Self {
        self.0["request"] = with(self.0["request"].take(), fields);
        self
    }

    pub(crate) fn principal(self, principal: &str) -> Self {
        self.request(json!({"principal": principal}))
    }

    pub(crate) fn action(self, action: &str) -> Self {
        self.request(json!({"action": action}))
    }

    /// Lays keys over the request's context.
    pub(crate) fn context(mut self, keys: Value) -> Self {
        self.0["request"]["context"] = with(self.0["request"]["context"].take(), keys);
        self
    }

    pub(crate) fn unknown(self, keys: &[&str]) -> Self {
        self.request(json!({"unknown": keys}))
    }

    /// One identity policy with these statements, in place of those before.
    pub(crate) fn identity(self, statements: Value) -> Self {
        self.set(json!({"identity_policies": [named("identity", statements)]}))
    }

    pub(crate) fn no_identity(self) -> Self {
        self.set(json!({"identity_policies": []}))
    }

    pub(crate) fn resource(self, statements: Value) -> Self {
        self.set(json!({"resource_policy": named("resource", statements)}))
    }

    pub(crate) fn boundary(self, statements: Value) -> Self {
        self.set(json!({"permissions_boundary": named("boundary", statements)}))
    }

    pub(crate) fn session_policy(self, statements: Value) -> Self {
        self.set(json!({"session_policy": named("session", statements)}))
    }

    /// Service control policies: the statements of one policy per level, root first.
    pub(crate) fn service_control(self, levels: &[Value]) -> Self {
        self.set(json!({"service_control_policies": each_level(levels)}))
    }

    /// Resource control policies, likewise.
    pub(crate) fn resource_control(self, levels: &[Value]) -> Self {
        self.set(json!({"resource_control_policies": each_level(levels)}))
    }

    pub(crate) fn grant(self, grant: Value) -> Self {
        self.set(json!({"grants": [grant]}))
    }

    pub(crate) fn document(&self) -> &Value {
        &self.0
    }

    /// Asserts the decision, and gives the answer for more.
    #[track_caller]
    pub(crate) fn is(&self, decision: &str) -> Answer {
        let answer = answer(&self.0);
        assert!(answer["decision"] == decision, "expected {decision} of\n{:#}\ngot {answer:#}", self.0);
        assert!(answer["version"] == 1, "{answer:#}");
        if decision != DEPENDS {
            assert!(answer["depends_on"] == json!([]), "{decision} on\n{:#}\ngot {answer:#}", self.0);
        }
        Answer { case: self.0.clone(), answer }
    }

    /// Asserts that the decision depends on these and nothing else.
    #[track_caller]
    pub(crate) fn depends_on(&self, names: &[&str]) {
        let answer = self.is(DEPENDS).answer;
        let mut found: Vec<&str> = answer["depends_on"]
            .as_array()
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        found.sort_unstable();
        assert!(found == names, "expected {names:?} of\n{:#}\ngot {answer:#}", self.0);
    }
}

/// An answer, and what was asked.
pub(crate) struct Answer {
    case: Value,
    answer: Value,
}

impl Answer {
    /// Asserts that a statement is among the reasons: its layer, its Sid or `#` and index, its effect, and a word of
    /// the detail, if it needs one.
    #[track_caller]
    pub(crate) fn because(&self, layer: &str, statement: &str, effect: &str, word: &str) {
        let reasons = self.answer["because"].as_array().expect("a list of reasons");
        let found = reasons.iter().any(|reason| {
            reason["layer"] == layer
                && reason["statement"] == statement
                && reason["effect"] == effect
                && (word.is_empty() || reason["detail"].as_str().is_some_and(|detail| detail.contains(word)))
        });
        assert!(
            found,
            "no {layer} {statement} {effect} `{word}` in\n{:#}\nof\n{:#}",
            self.answer["because"], self.case
        );
    }

    /// Asserts that a layer is among the reasons, with an effect.
    #[track_caller]
    pub(crate) fn because_of(&self, layer: &str, effect: &str) {
        let reasons = self.answer["because"].as_array().expect("a list of reasons");
        let found = reasons.iter().any(|reason| reason["layer"] == layer && reason["effect"] == effect);
        assert!(found, "no {layer} {effect} in\n{:#}\nof\n{:#}", self.answer["because"], self.case);
    }
}

/// Asserts for each condition whether it holds in a context.
#[track_caller]
pub(crate) fn conditions(context: &Value, expected: &[(&str, Value)]) {
    for (holds, condition) in expected {
        condition_of_version(Some("2012-10-17"), context, holds, condition);
    }
}

/// Asserts that a condition `holds`, `fails` or `depends`, both as that of an Allow and as that of a Deny.
#[track_caller]
pub(crate) fn condition_of_version(version: Option<&str>, context: &Value, holds: &str, condition: &Value) {
    let (allow_is, deny_is) = match holds {
        "holds" => (ALLOWED, EXPLICITLY_DENIED),
        "fails" => (IMPLICITLY_DENIED, ALLOWED),
        "depends" => (DEPENDS, DEPENDS),
        other => panic!("`{other}` is no way for a condition to be"),
    };
    let case = |statements: Value| {
        let mut policy = json!({"Statement": statements});
        if let Some(version) = version {
            policy["Version"] = json!(version);
        }
        encrypt()
            .set(json!({"identity_policies": [{"name": "identity", "policy": policy}]}))
            .context(context.clone())
    };
    case(json!([when(allow("*"), condition.clone())])).is(allow_is);
    case(json!([allow("*"), when(deny("*"), condition.clone())])).is(deny_is);
}

/// Lays an object's fields over another object.
pub(crate) fn with(mut object: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("no object: {fields}") };
    object.as_object_mut().expect("an object").extend(fields);
    object
}

/// A statement under a condition.
pub(crate) fn when(statement: Value, condition: Value) -> Value {
    with(statement, json!({"Condition": condition}))
}

/// A statement on other resources than `*`.
pub(crate) fn on(statement: Value, resource: &str) -> Value {
    with(statement, json!({"Resource": resource}))
}

pub(crate) fn allow(action: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": "*"})
}

pub(crate) fn deny(action: &str) -> Value {
    with(allow(action), json!({"Sid": "No", "Effect": "Deny"}))
}

/// A resource policy's statement for one principal: `*`, or what stands behind `AWS`.
pub(crate) fn allow_to(principal: &str, action: &str) -> Value {
    let principal = if principal == "*" { json!("*") } else { json!({"AWS": principal}) };
    with(allow(action), json!({"Principal": principal}))
}

pub(crate) fn deny_to(principal: &str, action: &str) -> Value {
    with(allow_to(principal, action), json!({"Sid": "No", "Effect": "Deny"}))
}

/// A trust policy's statement: it has no Resource.
pub(crate) fn trust(principal: &str) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"})
}

fn named(name: &str, statements: Value) -> Value {
    json!({"name": name, "policy": {"Version": "2012-10-17", "Statement": statements}})
}

fn each_level(levels: &[Value]) -> Vec<Value> {
    levels
        .iter()
        .enumerate()
        .map(|(level, statements)| json!([named(&format!("level {level}"), statements.clone())]))
        .collect()
}

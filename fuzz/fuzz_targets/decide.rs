//! Well-formed policies and requests from a small vocabulary, so that statements meet requests: no panic, no hang, and
//! what must hold of every answer does.
//!
//! ```sh
//! mkdir -p fuzz/corpus/decide
//! cargo +nightly fuzz run -s none decide fuzz/corpus/decide -- -timeout=10 -len_control=0 -max_len=1024 -runs=1000000
//! ```
#![no_main]

use arbitrary::{Result, Unstructured};
use ekm_preflight::iam::Outcome;
use ekm_preflight::simulate::{Simulation, answer, simulate};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

const ACTIONS: &[&str] = &["*", "kms:*", "kms:Decrypt", "KMS:de?rypt", "s3:*", "kms:Encrypt", "*:*crypt", "sts:AssumeRole"];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:kms:*:111122223333:key/*",
    "arn:aws:kms:us-east-1:111122223333:key/a",
    "arn:aws:kms:us-east-1:111122223333:alias/a",
    "arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/team}",
    "arn:aws:s3:::bucket/${aws:username, 'nobody'}/*",
    "arn:aws:s3:::${aws:TagKeys}",
    "arn:${aws:SourceVpce}:s3:::bucket",
    "arn:aws:*:::bucket/*",
    "arn:aws:iam::111122223333:role/ekm",
    "arn:aws:kms",
];
const PRINCIPALS: &[&str] = &[
    "*",
    "111122223333",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:role/ekm",
    "arn:aws:sts::111122223333:assumed-role/ekm/openai",
    "arn:aws:iam::444455556666:root",
    "AROAEXAMPLE",
];
const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "ArnLike",
    "ArnNotEquals",
    "Bool",
    "NumericLessThan",
    "NumericGreaterThanEquals",
    "NumericNotEquals",
    "DateLessThan",
    "DateNotEquals",
    "DateGreaterThanEquals",
    "IpAddress",
    "NotIpAddress",
    "BinaryEquals",
];
const KEYS: &[&str] = &[
    "aws:SourceIp",
    "aws:SourceVpce",
    "aws:SourceArn",
    "aws:PrincipalArn",
    "aws:PrincipalTag/team",
    "aws:TagKeys",
    "aws:SecureTransport",
    "aws:MultiFactorAuthAge",
    "aws:CurrentTime",
    "aws:username",
    "aws:userid",
    "kms:EncryptionContext:app",
    "kms:EncryptionContextKeys",
    "kms:ResourceAliases",
    "kms:ViaService",
];
const VALUES: &[&str] = &[
    "a",
    "A",
    "a*",
    "*b?",
    "*",
    "",
    "?*",
    "true",
    "false",
    "0.1",
    "0.2",
    "3600",
    "-5",
    "203.0.113.0/24",
    "203.0.113.7",
    "2001:db8::/32",
    "0.0.0.0/0",
    "2026-11-21T12:00:00Z",
    "1795262400",
    "2026-11",
    "QQ==",
    "arn:aws:s3:::a*",
    "arn:aws:iam::111122223333:role/ekm",
    "${aws:PrincipalTag/team}",
    "a${aws:SourceVpce}b",
    "${aws:username, 'a'}",
    "${*}${?}${$}",
    "${aws:TagKeys}",
    "ſK\u{212a}",
    "app",
];
const REQUESTS: &[(&str, &str)] = &[
    ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/a"),
    ("kms:Encrypt", "arn:aws:kms:us-east-1:444455556666:key/a"),
    ("s3:GetObject", "arn:aws:s3:::bucket/a/b"),
    ("sts:AssumeRole", "arn:aws:iam::111122223333:role/ekm"),
    ("kms:ListKeys", "*"),
    ("kms:RetireGrant", "arn:aws:kms:us-east-1:111122223333:key/a"),
];
const CALLERS: &[&str] = &[
    "arn:aws:sts::111122223333:assumed-role/ekm/openai",
    "arn:aws:iam::111122223333:role/ekm",
    "arn:aws:iam::111122223333:user/a",
    "arn:aws:iam::111122223333:root",
    "arn:aws:sts::111122223333:federated-user/a",
    "s3.amazonaws.com",
    "arn:aws:iam::444455556666:role/ekm",
];

fn some(bytes: &mut Unstructured<'_>, from: &[&str], most: usize) -> Result<Value> {
    let count = bytes.int_in_range(1..=most)?;
    let texts: Result<Vec<&str>> = (0..count).map(|_| bytes.choose(from).copied()).collect();
    Ok(json!(texts?))
}

fn value(bytes: &mut Unstructured<'_>) -> Result<String> {
    // Mostly of the vocabulary, now and then anything.
    if bytes.ratio(1, 12)? { bytes.arbitrary() } else { Ok((*bytes.choose(VALUES)?).to_owned()) }
}

fn statement(bytes: &mut Unstructured<'_>, has_principal: bool) -> Result<Value> {
    let mut statement = Map::new();
    statement.insert("Effect".into(), json!(bytes.choose(&["Allow", "Allow", "Deny"])?));
    statement.insert((*bytes.choose(&["Action", "Action", "NotAction"])?).into(), some(bytes, ACTIONS, 3)?);
    if !bytes.ratio(1, 10)? {
        let element = *bytes.choose(&["Resource", "Resource", "NotResource"])?;
        statement.insert(element.into(), some(bytes, RESOURCES, 3)?);
    }
    if has_principal {
        let element = *bytes.choose(&["Principal", "Principal", "Principal", "NotPrincipal"])?;
        let named = if bytes.ratio(1, 4)? { json!("*") } else { json!({"AWS": some(bytes, PRINCIPALS, 3)?}) };
        statement.insert(element.into(), named);
    }
    let mut conditions = Map::new();
    for _ in 0..bytes.int_in_range(0..=3)? {
        let operator = if bytes.ratio(1, 8)? {
            "Null".to_owned()
        } else {
            let set = *bytes.choose(&["", "", "", "ForAllValues:", "ForAnyValue:"])?;
            let if_exists = *bytes.choose(&["", "", "IfExists"])?;
            format!("{set}{}{if_exists}", bytes.choose(OPERATORS)?)
        };
        let mut values = Vec::new();
        for _ in 0..bytes.int_in_range(0..=3)? {
            values.push(value(bytes)?);
        }
        conditions.insert(operator, json!({ (*bytes.choose(KEYS)?): values }));
    }
    if !conditions.is_empty() {
        statement.insert("Condition".into(), Value::Object(conditions));
    }
    Ok(Value::Object(statement))
}

fn policy(bytes: &mut Unstructured<'_>, has_principal: bool) -> Result<Value> {
    let mut statements = Vec::new();
    for _ in 0..bytes.int_in_range(1..=4)? {
        statements.push(statement(bytes, has_principal)?);
    }
    let version = *bytes.choose(&["2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17"])?;
    Ok(json!({"policy": {"Version": version, "Statement": statements}}))
}

/// A request with policies, and for each unknown key a value that it might have.
fn case(bytes: &mut Unstructured<'_>) -> Result<(Value, Vec<(&'static str, String)>)> {
    let (action, resource) = *bytes.choose(REQUESTS)?;
    let mut request = json!({"principal": bytes.choose(CALLERS)?, "action": action, "resource": resource});
    if !resource.contains("1111") && !resource.contains("4444") {
        request["resource_account"] = json!("111122223333");
    }
    let (mut context, mut unknown) = (Map::new(), Vec::new());
    for key in KEYS {
        match bytes.int_in_range(0..=5)? {
            0 => drop(context.insert((*key).into(), json!(value(bytes)?))),
            1 => drop(context.insert((*key).into(), json!([value(bytes)?, value(bytes)?]))),
            2 if unknown.len() < 3 && *key != "aws:PrincipalArn" => unknown.push((*key, value(bytes)?)),
            _ => {}
        }
    }
    // A session's role is what its ARN says.
    context.remove("aws:PrincipalArn");
    request["context"] = Value::Object(context);
    request["unknown"] = unknown.iter().map(|(key, _)| json!(key)).collect();
    let mut case = json!({ "request": request });
    for (place, has_principal) in
        [("resource_policy", true), ("permissions_boundary", false), ("session_policy", false)]
    {
        if bytes.ratio(1, if has_principal { 1 } else { 4 })? {
            case[place] = policy(bytes, has_principal)?;
        }
    }
    if bytes.ratio(9, 10)? {
        case["identity_policies"] = json!([policy(bytes, false)?, policy(bytes, false)?]);
    }
    if bytes.ratio(1, 4)? {
        case["service_control_policies"] = json!([[policy(bytes, false)?], [policy(bytes, false)?]]);
    }
    if bytes.ratio(1, 6)? {
        case["resource_control_policies"] = json!([[policy(bytes, true)?]]);
    }
    if bytes.ratio(1, 6)? {
        let constraint = *bytes.choose(&["EncryptionContextSubset", "EncryptionContextEquals"])?;
        case["grants"] = json!([{"grantee_principal": bytes.choose(CALLERS)?, "operations": ["Decrypt"],
            "constraints": {constraint: {"app": value(bytes)?}}}]);
    }
    name_statements(&mut case, &mut 0);
    Ok((case, unknown))
}

/// Names all statements. Those that AWS would not take are told apart by name, which must not change with their place.
fn name_statements(part: &mut Value, number: &mut usize) {
    match part {
        Value::Object(members) => {
            if members.contains_key("Effect") {
                *number += 1;
                members.insert("Sid".into(), json!(format!("S{number}")));
            }
            members.values_mut().for_each(|part| name_statements(part, number));
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| name_statements(part, number)),
        _ => {}
    }
}

fn outcome(case: &Value) -> Option<Outcome> {
    match simulate(&case.to_string()) {
        Ok(Simulation::One(one)) => Some(one.outcome),
        _ => None,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok((case, unknown)) = case(&mut Unstructured::new(bytes)) else { return };
    let text = case.to_string();
    let Ok(first) = simulate(&text) else { return };
    assert_eq!(first.to_json().ok(), answer(&text).ok(), "the same input has the same answer");
    let [before] = first.answers() else { return };
    let before = before.outcome;

    // What is unknown turns out: a certain answer stays, unless the value is one that AWS documents nothing of.
    if !unknown.is_empty() {
        let mut known = case.clone();
        known["request"]["unknown"] = json!([]);
        for (key, value) in &unknown {
            known["request"]["context"][key] = json!(value);
        }
        if let Some(after) = outcome(&known) {
            let denied = |outcome| matches!(outcome, Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied);
            assert!(!(before == Outcome::Allowed && denied(after)), "allowed, and denied with {unknown:?}");
            assert!(!(denied(before) && after == Outcome::Allowed), "denied, and allowed with {unknown:?}");
        }
    }

    // One more denial allows nothing.
    let mut denied = case.clone();
    let more = json!({"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceVpce": "a"}}});
    if let Some(Value::Array(statements)) = denied.pointer_mut("/identity_policies/0/policy/Statement") {
        statements.push(more);
        if before != Outcome::Allowed {
            assert_ne!(outcome(&denied), Some(Outcome::Allowed), "a denial more, and it is allowed");
        }
    }

    // The order of statements means nothing.
    let mut turned = case.clone();
    for place in ["/identity_policies/0/policy/Statement", "/resource_policy/policy/Statement"] {
        if let Some(Value::Array(statements)) = turned.pointer_mut(place) {
            statements.reverse();
        }
    }
    assert_eq!(outcome(&turned), Some(before), "statements in another order");
});

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

const ACTIONS: &[&str] =
    &["*", "kms:*", "kms:Decrypt", "KMS:de?rypt", "s3:*", "kms:Encrypt", "*:*crypt", "sts:AssumeRole"];
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
/// Operators, and the keys and values that go with them.
const OPERATORS: &[(&str, &[&str], &[&str])] = &[
    ("StringEquals", TEXT_KEYS, TEXTS),
    ("StringNotEquals", TEXT_KEYS, TEXTS),
    ("StringEqualsIgnoreCase", TEXT_KEYS, TEXTS),
    ("StringNotEqualsIgnoreCase", TEXT_KEYS, TEXTS),
    ("StringLike", TEXT_KEYS, TEXTS),
    ("StringNotLike", TEXT_KEYS, TEXTS),
    ("ForAllValues:StringLike", SET_KEYS, TEXTS),
    ("ForAnyValue:StringEquals", SET_KEYS, TEXTS),
    ("ForAnyValue:StringNotLike", SET_KEYS, TEXTS),
    ("ArnLike", ARN_KEYS, ARNS),
    ("ArnNotEquals", ARN_KEYS, ARNS),
    ("Bool", &["aws:SecureTransport"], &["true", "false"]),
    ("NumericLessThan", &["aws:MultiFactorAuthAge"], NUMBERS),
    ("NumericGreaterThanEquals", &["aws:MultiFactorAuthAge"], NUMBERS),
    ("NumericNotEquals", &["aws:MultiFactorAuthAge"], NUMBERS),
    ("DateLessThan", &["aws:CurrentTime"], DATES),
    ("DateNotEquals", &["aws:CurrentTime"], DATES),
    ("DateGreaterThanEquals", &["aws:CurrentTime"], DATES),
    ("IpAddress", &["aws:SourceIp"], NETWORKS),
    ("NotIpAddress", &["aws:SourceIp"], NETWORKS),
    ("BinaryEquals", &["aws:username"], &["QQ==", "QUI="]),
    ("Null", KEYS, &["true", "false"]),
];
const TEXT_KEYS: &[&str] = &[
    "aws:SourceVpce",
    "aws:PrincipalTag/team",
    "aws:username",
    "aws:userid",
    "kms:EncryptionContext:app",
    "kms:ViaService",
    "aws:PrincipalArn",
];
const SET_KEYS: &[&str] = &["aws:TagKeys", "kms:EncryptionContextKeys", "kms:ResourceAliases"];
const ARN_KEYS: &[&str] = &["aws:SourceArn", "aws:PrincipalArn"];
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
const TEXTS: &[&str] = &[
    "a",
    "A",
    "a*",
    "*b?",
    "*",
    "",
    "?*",
    "app",
    "ab",
    "\u{17f}K\u{212a}",
    "${aws:PrincipalTag/team}",
    "a${aws:SourceVpce}b",
    "${aws:username, 'a'}",
    "${*}${?}${$}",
    "${aws:TagKeys}",
];
const ARNS: &[&str] =
    &["arn:aws:s3:::a*", "arn:aws:iam::111122223333:role/ekm", "arn:*:s3:::a", "*", "arn:aws:s3:*"];
const NUMBERS: &[&str] = &["0.1", "0.2", "3600", "-5", "999999999999999", "1e3"];
const DATES: &[&str] = &["2026-11-21T12:00:00Z", "1795262400", "2026-11", "2027"];
const NETWORKS: &[&str] = &[
    "203.0.113.0/24",
    "203.0.113.7",
    "2001:db8::/32",
    "0.0.0.0/0",
    "::/0",
    "255.255.255.255/32",
    "10.0.0.0/33",
];
const VALUES: &[&[&str]] = &[TEXTS, TEXTS, ARNS, NUMBERS, DATES, NETWORKS, &["true", "false", "QQ=="]];
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

/// Mostly one of these, now and then another or anything.
fn value(bytes: &mut Unstructured<'_>, of: &[&str]) -> Result<String> {
    match bytes.int_in_range(0..=23)? {
        22 => bytes.arbitrary(),
        23 => {
            let others = *bytes.choose(VALUES)?;
            bytes.choose(others).map(|text| (*text).to_owned())
        }
        _ => bytes.choose(of).map(|text| (*text).to_owned()),
    }
}

/// What a request may carry in a key.
fn values_of(key: &str) -> &'static [&'static str] {
    let reads = OPERATORS.iter().find(|(operator, keys, _)| *operator != "Null" && keys.contains(&key));
    reads.map_or(TEXTS, |(_, _, values)| values)
}

fn statement(bytes: &mut Unstructured<'_>, has_principal: bool) -> Result<Value> {
    let mut statement = Map::new();
    statement.insert("Effect".into(), json!(bytes.choose(&["Allow", "Allow", "Deny"])?));
    statement.insert((*bytes.choose(&["Action", "Action", "NotAction"])?).into(), some(bytes, ACTIONS, 3)?);
    if !bytes.ratio(1, 40)? {
        let element = *bytes.choose(&["Resource", "Resource", "NotResource"])?;
        statement.insert(element.into(), some(bytes, RESOURCES, 3)?);
    }
    if has_principal {
        let element = *bytes.choose(&[
            "Principal",
            "Principal",
            "Principal",
            "Principal",
            "Principal",
            "NotPrincipal",
        ])?;
        let named = if bytes.ratio(1, 4)? { json!("*") } else { json!({"AWS": some(bytes, PRINCIPALS, 3)?}) };
        statement.insert(element.into(), named);
    }
    let mut conditions = Map::new();
    for _ in 0..bytes.int_in_range(0..=3)? {
        let (operator, keys, of) = *bytes.choose(OPERATORS)?;
        let if_exists = if operator == "Null" { "" } else { *bytes.choose(&["", "", "IfExists"])? };
        let keys = if bytes.ratio(1, 24)? { KEYS } else { keys };
        let key = *bytes.choose(keys)?;
        let mut values = vec![value(bytes, of)?];
        if bytes.ratio(1, 3)? {
            values.push(value(bytes, of)?);
        }
        conditions.insert(format!("{operator}{if_exists}"), json!({ key: values }));
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
            0 | 1 => {
                let one = value(bytes, values_of(key))?;
                // Several values where there may be, and now and then where not.
                let several = SET_KEYS.contains(key) != bytes.ratio(1, 24)?;
                let values = if several { json!([one, value(bytes, TEXTS)?]) } else { json!(one) };
                context.insert((*key).into(), values);
            }
            2 if unknown.len() < 2 && *key != "aws:PrincipalArn" => {
                unknown.push((*key, value(bytes, values_of(key))?));
            }
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
            "constraints": {constraint: {"app": value(bytes, TEXTS)?}}}]);
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
    let mut bytes = Unstructured::new(bytes);
    let (Ok(asked), Ok((case, unknown))) = (bytes.int_in_range(0..=3), case(&mut bytes)) else { return };
    let Some(before) = outcome(&case) else { return };
    match asked {
        0 => {
            let text = case.to_string();
            assert_eq!(answer(&text), answer(&text), "the same input has the same answer");
        }
        // What is unknown turns out: a certain answer stays, unless the value is one that AWS documents nothing of.
        1 if !unknown.is_empty() => {
            let mut known = case.clone();
            known["request"]["unknown"] = json!([]);
            for (key, value) in &unknown {
                let several = SET_KEYS.contains(key);
                known["request"]["context"][key] = if several { json!([value]) } else { json!(value) };
            }
            let Some(after) = outcome(&known) else { return };
            let denied = |outcome| matches!(outcome, Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied);
            assert!(!(before == Outcome::Allowed && denied(after)), "allowed, and denied with {unknown:?}");
            assert!(!(denied(before) && after == Outcome::Allowed), "denied, and allowed with {unknown:?}");
        }
        2 => {
            let mut denied = case;
            if let Some(Value::Array(statements)) =
                denied.pointer_mut("/identity_policies/0/policy/Statement")
            {
                statements.push(json!({"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*",
                    "Condition": {"StringEquals": {"aws:SourceVpce": "a"}}}));
            }
            let allowed = outcome(&denied) == Some(Outcome::Allowed);
            assert!(!allowed || before == Outcome::Allowed, "a denial more, and it is allowed");
        }
        _ => {
            let mut turned = case;
            for place in ["/identity_policies/0/policy/Statement", "/resource_policy/policy/Statement"] {
                if let Some(Value::Array(statements)) = turned.pointer_mut(place) {
                    statements.reverse();
                }
            }
            assert_eq!(outcome(&turned), Some(before), "statements in another order");
        }
    }
});

//! Answers that no service gives: pages of gateways, and answers of another shape or about something else.

use std::sync::Arc;

use serde_json::Value;

use crate::calls::{Call, KEY, ROLE, USES};
use crate::double::Reply;
use crate::program::{Expected, NOT_READY, UNDETERMINED};

/// A page as gateways and proxies send it.
const PAGE: &str = "<!DOCTYPE html><html><head><title>Oops</title></head><body><h1>503</h1></body></html>";

/// What is answered to a call instead of its answer, and the reason that is in the evidence then.
pub(crate) fn nonsense(call: &Call) -> Vec<(&'static str, Reply, &'static str)> {
    let media = if call.is_json() { "application/x-amz-json-1.1" } else { "text/xml" };
    let html = |status| Reply::Instead(status, "text/html", PAGE.into());
    let instead = |body: &str| Reply::Instead(200, media, body.into());
    let mut replies = vec![
        ("nothing at all", Reply::Never, "timed_out"),
        ("too many requests, plainly", Reply::Instead(429, "text/plain", "slow down".into()), "throttled"),
        ("500 and a page", html(500), "unreadable"),
        ("503 and a page", html(503), "unreadable"),
        ("503 and nothing", Reply::Instead(503, media, String::new()), "unreadable"),
        ("403 and a page", html(403), "unreadable"),
        ("404 and a page", html(404), "unreadable"),
        ("a page", html(200), "unreadable"),
        ("an empty body", instead(""), "unreadable"),
        ("a word", instead("ok"), "unreadable"),
        (
            "no text",
            Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe\x00\x01".to_vec()),
            "unreadable",
        ),
        ("a megabyte of the same", instead(&"<a>".repeat(350_000)), "unreadable"),
    ];
    if call.is_json() {
        replies.extend([
            ("an empty object", instead("{}"), "unreadable"),
            ("a list", instead("[]"), "unreadable"),
            ("null", instead("null"), "unreadable"),
            ("another object", instead(r#"{"Role": {"RoleName": "x"}, "Items": []}"#), "unreadable"),
            ("numbers for texts", Reply::Rewritten(Arc::new(numbers_for_texts)), "unreadable"),
            ("a list in a list", Reply::Rewritten(Arc::new(|body| format!("[{body}]"))), "unreadable"),
        ]);
    } else {
        let (operation, namespace) = (call.operation(), "https://iam.amazonaws.com/doc/2010-05-08/");
        let empty =
            format!("<{operation}Response xmlns=\"{namespace}\"><{operation}Result/></{operation}Response>");
        let other = format!("<OtherResponse xmlns=\"{namespace}\"><OtherResult/></OtherResponse>");
        replies.extend([
            ("an empty result", instead(&empty), "unreadable"),
            ("no result", instead(&format!("<{operation}Response/>")), "unreadable"),
            ("another call's result", instead(&other), "unreadable"),
            ("JSON", instead("{}"), "unreadable"),
            ("another result in the result", Reply::Rewritten(Arc::new(unknown_elements)), "unreadable"),
        ]);
    }
    replies
}

/// The answer with every text in it a number.
fn numbers_for_texts(body: &str) -> String {
    fn turn(value: &mut Value) {
        match value {
            Value::String(_) => *value = Value::from(7),
            Value::Array(list) => list.iter_mut().for_each(turn),
            Value::Object(fields) => fields.values_mut().for_each(turn),
            _ => {}
        }
    }
    let mut answer = serde_json::from_str(body).expect("the emulator answers in JSON");
    turn(&mut answer);
    answer.to_string()
}

/// The answer with other elements inside of its result.
fn unknown_elements(body: &str) -> String {
    let (head, rest) = body.split_once("Result>").expect("has a result");
    let (_, tail) = rest.rsplit_once("Result>").expect("the result ends");
    let name = head.rsplit_once('<').expect("the result begins").1;
    format!("{head}Result><Else><Thing>x</Thing></Else></{name}Result>{tail}")
}

/// An answer about something else than what was asked for, or a list that is not whole.
pub(crate) struct Elsewhere {
    pub(crate) operation: &'static str,
    pub(crate) what: &'static str,
    /// Of the answer, and the account that it is about.
    pub(crate) rewrite: fn(&str, &str) -> String,
    pub(crate) expected: Expected,
}

/// Everything that the registered role is for, if it is not there.
const NO_ROLE: &[&str] =
    &["aws-assume-role-allowed", "aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-exists"];

/// An account that none of the tests has.
const NOBODY: &str = "999999999999";

pub(crate) fn elsewhere() -> Vec<Elsewhere> {
    let undetermined = |missing: &[(&'static str, &'static str)], undecided| Expected {
        verdict: UNDETERMINED,
        missing: missing.to_vec(),
        undecided,
        ..Expected::ready()
    };
    vec![
        Elsewhere {
            operation: "GetCallerIdentity",
            what: "another account asks",
            rewrite: of_nobody,
            expected: undetermined(
                &[
                    ("role", "wrong_account"),
                    ("role_attached_policies", "wrong_account"),
                    ("role_boundary", "wrong_account"),
                    ("role_inline_policies", "wrong_account"),
                ],
                ROLE,
            ),
        },
        // Not to be had from AWS: who asked is one account, and the role is of another.
        Elsewhere {
            operation: "GetRole",
            what: "a role of another account",
            rewrite: of_nobody,
            expected: Expected { verdict: NOT_READY, failing: NO_ROLE, ..Expected::ready() },
        },
        Elsewhere {
            operation: "GetRole",
            what: "another role",
            rewrite: |body, _| body.replace("role/openai-ekm", "role/openai-ekm-2"),
            expected: Expected { verdict: NOT_READY, failing: NO_ROLE, ..Expected::ready() },
        },
        Elsewhere {
            operation: "GetRole",
            what: "a role without its trust policy",
            rewrite: |body, _| without_element(body, "AssumeRolePolicyDocument"),
            expected: undetermined(&[("role", "unreadable"), ("role_boundary", "unreadable")], ROLE),
        },
        Elsewhere {
            operation: "DescribeKey",
            what: "a key of another account",
            rewrite: of_nobody,
            expected: undetermined(&[], KEY),
        },
        Elsewhere {
            operation: "DescribeKey",
            what: "a key of another region",
            rewrite: |body, _| body.replace("eu-central-1", "us-east-1"),
            expected: undetermined(&[], KEY),
        },
        Elsewhere {
            operation: "GetKeyPolicy",
            what: "an empty policy",
            rewrite: |_, _| r#"{"Policy": "", "PolicyName": "default"}"#.into(),
            expected: undetermined(&[], USES),
        },
        Elsewhere {
            operation: "GetRolePolicy",
            what: "an empty policy",
            rewrite: |body, _| emptied(body, "PolicyDocument"),
            expected: undetermined(&[("role_inline_policies/0/document", "unreadable")], USES),
        },
        Elsewhere {
            operation: "ListRolePolicies",
            what: "a list that does not say whether it goes on",
            rewrite: |body, _| without_element(body, "IsTruncated"),
            expected: undetermined(&[("role_inline_policies", "unreadable")], USES),
        },
        Elsewhere {
            operation: "ListAttachedRolePolicies",
            what: "a list that goes on nowhere",
            rewrite: |body, _| body.replace("false</IsTruncated>", "true</IsTruncated>"),
            expected: undetermined(&[("role_attached_policies", "unreadable")], USES),
        },
        Elsewhere {
            operation: "ListAttachedRolePolicies",
            what: "the same page again and again",
            rewrite: |body, _| {
                body.replace(
                    "<IsTruncated>false</IsTruncated>",
                    "<IsTruncated>true</IsTruncated><Marker>x</Marker>",
                )
            },
            expected: undetermined(
                &[("role_attached_policies", "timed_out"), ("role_inline_policies/0/document", "timed_out")],
                USES,
            ),
        },
        Elsewhere {
            operation: "ListGrants",
            what: "the same page again and again",
            rewrite: |_, _| r#"{"Grants": [], "Truncated": true, "NextMarker": "x"}"#.into(),
            expected: Expected { missing: vec![("key_grants", "timed_out")], ..Expected::ready() },
        },
        Elsewhere {
            operation: "ListGrants",
            what: "a list that goes on nowhere",
            rewrite: |_, _| r#"{"Grants": [], "Truncated": true}"#.into(),
            expected: Expected { missing: vec![("key_grants", "unreadable")], ..Expected::ready() },
        },
    ]
}

/// The answer about an account as one about another.
fn of_nobody(body: &str, account: &str) -> String {
    body.replace(account, NOBODY)
}

fn without_element(body: &str, name: &str) -> String {
    let (before, rest) = body.split_once(&format!("<{name}>")).expect("has the element");
    let (_, behind) = rest.split_once(&format!("</{name}>")).expect("the element ends");
    format!("{before}{behind}")
}

fn emptied(body: &str, name: &str) -> String {
    let (before, rest) = body.split_once(&format!("<{name}>")).expect("has the element");
    let (_, behind) = rest.split_once(&format!("</{name}>")).expect("the element ends");
    format!("{before}<{name}></{name}>{behind}")
}

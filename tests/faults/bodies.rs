//! Answers that no service gives: pages of gateways, and answers of another shape.

use std::sync::Arc;

use serde_json::Value;

use crate::calls::Call;
use crate::double::Reply;

/// A page as gateways and proxies send it.
const PAGE: &str = "<!DOCTYPE html><html><head><title>Oops</title></head><body><h1>503</h1></body></html>";

/// The calls that are answered with all kinds of nonsense: one of each service, and of those that answer with lists and
/// with none. The others get one of each kind.
const THOROUGHLY: &[&str] = &[
    "sts:GetCallerIdentity",
    "iam:GetRole",
    "iam:ListRolePolicies",
    "kms:DescribeKey",
    "kms:ListGrants",
    "organizations:DescribeOrganization",
    "organizations:ListPoliciesForTarget",
];

/// What is answered to a call instead of its answer, and the reason that is in the evidence then.
pub(crate) fn nonsense(call: &Call) -> Vec<(&'static str, Reply, &'static str)> {
    let media = if call.is_json() { "application/x-amz-json-1.1" } else { "text/xml" };
    let html = |status| Reply::Instead(status, "text/html", PAGE.into());
    let instead = |body: &str| Reply::Instead(200, media, body.into());
    let mut replies = vec![
        ("nothing at all", Reply::Never, "timed_out"),
        ("too many requests, plainly", Reply::Instead(429, "text/plain", "slow down".into()), "throttled"),
        ("503 and a page", html(503), "unreadable"),
        ("a page", html(200), "unreadable"),
    ];
    let thoroughly = THOROUGHLY.contains(&call.name);
    if thoroughly {
        replies.extend([
            ("500 and a page", html(500), "unreadable"),
            ("503 and nothing", Reply::Instead(503, media, String::new()), "unreadable"),
            ("403 and a page", html(403), "unreadable"),
            ("404 and a page", html(404), "unreadable"),
            ("an empty body", instead(""), "unreadable"),
            ("a word", instead("ok"), "unreadable"),
            (
                "no text",
                Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe\x00\x01".to_vec()),
                "unreadable",
            ),
            ("a megabyte of the same", instead(&"<a>".repeat(350_000)), "unreadable"),
        ]);
    }
    replies.extend(if call.is_json() {
        json_of_another_shape(thoroughly)
    } else {
        xml_of_another_shape(call)
    });
    // A truth value that is not there is false to the SDK, and nothing else of this answer is needed.
    if call.name == "kms:GetKeyRotationStatus" {
        replies.retain(|(what, _, _)| !matches!(*what, "an empty object" | "numbers for texts"));
        replies.push(("a list", instead("[]"), "unreadable"));
    }
    replies
}

fn json_of_another_shape(thoroughly: bool) -> Vec<(&'static str, Reply, &'static str)> {
    let instead = |body: &str| Reply::Instead(200, "application/x-amz-json-1.1", body.into());
    let mut replies = vec![
        ("an empty object", instead("{}"), "unreadable"),
        ("numbers for texts", Reply::Rewritten(Arc::new(numbers_for_texts)), "unreadable"),
    ];
    if thoroughly {
        replies.extend([
            ("a list", instead("[]"), "unreadable"),
            ("null", instead("null"), "unreadable"),
            ("another object", instead(r#"{"Role": {"RoleName": "x"}, "Items": []}"#), "unreadable"),
            ("a list in a list", Reply::Rewritten(Arc::new(|body| format!("[{body}]"))), "unreadable"),
        ]);
    }
    replies
}

fn xml_of_another_shape(call: &Call) -> Vec<(&'static str, Reply, &'static str)> {
    let instead = |body: &str| Reply::Instead(200, "text/xml", body.into());
    let (operation, namespace) = (call.operation(), "https://iam.amazonaws.com/doc/2010-05-08/");
    let empty =
        format!("<{operation}Response xmlns=\"{namespace}\"><{operation}Result/></{operation}Response>");
    let other = format!("<OtherResponse xmlns=\"{namespace}\"><OtherResult/></OtherResponse>");
    let mut replies = vec![
        ("an empty result", instead(&empty), "unreadable"),
        ("another result in the result", Reply::Rewritten(Arc::new(unknown_elements)), "unreadable"),
    ];
    if THOROUGHLY.contains(&call.name) {
        replies.extend([
            ("no result", instead(&format!("<{operation}Response/>")), "unreadable"),
            ("another call's result", instead(&other), "unreadable"),
            ("JSON", instead("{}"), "unreadable"),
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

//! How a call fails, and the reason that is in the evidence then.

use serde_json::json;

use crate::http::Answer;
use crate::made::Made;
use crate::network::Reply;

/// A way to fail.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) what: &'static str,
    pub(crate) reply: Reply,
    pub(crate) reason: &'static str,
}

/// The calls that fail in every way: one of each service, of those that answer with lists and with none. The others fail
/// in one of each kind.
const THOROUGHLY: &[&str] = &[
    "keyvault:Challenge",
    "keyvault:GetKey",
    "arm:QueryResources",
    "arm:GetVault",
    "arm:ListDenyAssignments",
    "graph:ListServicePrincipals",
];

fn fault(what: &'static str, reply: Reply, reason: &'static str) -> Fault {
    Fault { what, reply, reason }
}

/// An error of Azure (Resource Manager common-deployment-errors; Key Vault rest-error-codes; Graph errors).
fn error(status: u16, code: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": code, "message": "Something is wrong."}}))
}

/// An answer in JSON that says when to come back (RFC 9110, Retry-After).
fn come_back(status: u16, when: &str) -> Reply {
    let body = json!({"error": {"code": "TooManyRequests", "message": "Too many requests."}});
    Reply::Instead(Answer::json(status, &body).header("Retry-After", when))
}

fn says(status: u16, body: &str) -> Reply {
    Reply::Instead(Answer {
        status,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: body.into(),
    })
}

fn page(status: u16) -> Reply {
    let body = "<!DOCTYPE html><html><body><h1>Log in</h1></body></html>".into();
    Reply::Instead(Answer { status, headers: vec![("Content-Type".into(), "text/html".into())], body })
}

fn redirects(status: u16, location: &str) -> Reply {
    let headers = vec![("Location".into(), location.into())];
    Reply::Instead(Answer { status, headers, body: String::new() })
}

/// Everything that a call fails by.
pub(crate) fn of(made: &Made) -> Vec<Fault> {
    let mut faults = vec![
        fault("throttles for an hour", come_back(429, "3600"), "throttled"),
        fault("fails", error(500, "InternalServerError"), "unreadable"),
        fault("denies", error(403, "AuthorizationFailed"), "denied"),
        fault("resets the connection", Reply::Reset, "unreachable"),
        fault("never answers", Reply::Never, "timed_out"),
        fault("answers half", Reply::CutOff, "unreadable"),
        fault("answers with an empty object", says(200, "{}"), "unreadable"),
    ];
    if THOROUGHLY.contains(&made.name) {
        faults.extend(thoroughly());
    }
    // Nothing in a rotation policy is required, and an empty one rotates nothing (Key Vault REST API, KeyRotationPolicy).
    if made.name == "keyvault:GetKeyRotationPolicy" {
        faults.retain(|fault| fault.what != "answers with an empty object");
        faults.push(fault("answers with a list", says(200, "[]"), "unreadable"));
    }
    faults
}

fn thoroughly() -> Vec<Fault> {
    vec![
        fault("throttles again and again", error(429, "TooManyRequests"), "throttled"),
        fault("throttles until 2098", come_back(429, "Wed, 01 Jan 2098 00:00:00 GMT"), "throttled"),
        fault("is unavailable", error(503, "ServiceUnavailable"), "unreadable"),
        fault("is unavailable for an hour", come_back(503, "3600"), "unreadable"),
        fault("closes the connection", Reply::Closed, "unreachable"),
        fault("has no end", Reply::Endless, "unreadable"),
        fault("redirects to somebody else", redirects(307, "https://example.com/"), "unreadable"),
        fault("redirects to somebody else for good", redirects(308, "//example.com/keys"), "unreadable"),
        fault(
            "redirects to another service",
            redirects(302, "https://graph.microsoft.com/v1.0/servicePrincipals"),
            "unreadable",
        ),
        fault("answers with a page", page(200), "unreadable"),
        fault("answers with a page and 403", page(403), "unreadable"),
        fault("answers with a page and 404", page(404), "unreadable"),
        fault("answers with a page and 502", page(502), "unreadable"),
        fault("answers with nothing", says(200, ""), "unreadable"),
        fault("answers with a list", says(200, "[]"), "unreadable"),
        fault("answers with null", says(200, "null"), "unreadable"),
        fault("answers with a word", says(200, "ok"), "unreadable"),
        fault(
            "answers with something else",
            says(200, r#"{"value": {"id": 7}, "data": "x", "properties": []}"#),
            "unreadable",
        ),
        fault("answers with much of the same", says(200, &"{\"value\":".repeat(100_000)), "unreadable"),
    ]
}

/// What is over soon.
pub(crate) fn that_pass() -> Vec<Fault> {
    vec![
        fault("throttles", error(429, "TooManyRequests"), ""),
        fault("throttles for a second", come_back(429, "1"), ""),
        fault("throttles until it was time", come_back(429, "Mon, 04 May 2026 09:30:00 GMT"), ""),
        fault("fails", error(500, "InternalServerError"), ""),
        fault("is unavailable for a second", come_back(503, "1"), ""),
        fault("resets the connection", Reply::Reset, ""),
        fault("closes the connection", Reply::Closed, ""),
    ]
}

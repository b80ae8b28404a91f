//! What an answer says: a value, or a reason why there is none.

use std::io;

use azure_core::error::{Error, ErrorKind};
use azure_core::http::RawResponse;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::network::{NoAnswerInTime, NoSuchHost, TooLong, cause};
use crate::evidence::azure::Call;
use crate::evidence::{Absent, Item, Missing, MissingReason};
use crate::text::inert;

/// How many characters of what a service says are kept.
const MOST_SAID: usize = 400;

/// A call without an answer to rely on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// As evidence.
    pub(super) missing: Missing,
    pub(super) why: Why,
}

/// What others decide on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// The answer is an error.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error's code; Key Vault's inner one, which says more than `Forbidden`.
        code: String,
    },
    /// There is no such host.
    NoSuchHost(String),
    /// Anything else.
    Other,
}

/// A call's value.
pub(super) type Answer<T> = Result<T, Failure>;

impl Failure {
    pub(super) fn new(call: &Call, reason: MissingReason, detail: impl Into<String>) -> Self {
        let permission = if reason == MissingReason::Denied { call.permission_to_ask_for() } else { None };
        let missing = Missing { call: call.name.into(), reason, permission, detail: detail.into() };
        Self { missing, why: Why::Other }
    }

    /// An answer that can't be used.
    pub(super) fn unreadable(call: &Call, detail: impl Into<String>) -> Self {
        Self::new(call, MissingReason::Unreadable, detail)
    }

    /// The status of an answer that is an error, and its code.
    pub(super) fn refused(&self) -> Option<(u16, &str)> {
        match &self.why {
            Why::Refused { status, code } => Some((*status, code)),
            Why::NoSuchHost(_) | Why::Other => None,
        }
    }

    /// Whether the answer is an error with this code.
    pub(super) fn has_code(&self, code: &str) -> bool {
        self.refused().is_some_and(|(_, of_answer)| of_answer == code)
    }

    /// Whether the answer is that there is no such thing. Without a code it is a proxy's, and says nothing of Azure.
    pub(super) fn is_not_found(&self) -> bool {
        self.refused().is_some_and(|(status, code)| status == 404 && !code.is_empty())
    }

    pub(super) fn item<T>(self) -> Item<T> {
        Item::Missing(self.missing)
    }
}

/// What a call proves not to exist.
pub(super) fn absent<T>(call: &Call) -> Item<T> {
    Item::Absent(Absent { call: call.name.into() })
}

/// An error's body. The same in Resource Manager, Graph and Key Vault, but for Graph's other name of the inner error,
/// which has no code. Azure's own reader borrows its texts, and so can't read those with line breaks, which Key Vault's
/// have.
#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Debug, Default, Deserialize)]
struct ErrorDetail {
    code: Option<String>,
    message: Option<String>,
    innererror: Option<InnerError>,
}

#[derive(Debug, Default, Deserialize)]
struct InnerError {
    code: Option<String>,
}

/// Reads an answer's body.
///
/// # Errors
/// For every status but success, and for a body that lacks something or has it in another form.
pub(super) fn read<T: DeserializeOwned>(call: &Call, answered: &RawResponse) -> Answer<T> {
    if !answered.status().is_success() {
        return Err(refused(call, answered));
    }
    serde_json::from_slice(answered.body()).map_err(|error| {
        Failure::unreadable(call, format!("the answer can't be read: {}", innermost(&error)))
    })
}

/// Sorts an answer that is an error.
pub(super) fn refused(call: &Call, answered: &RawResponse) -> Failure {
    let status = u16::from(answered.status());
    let body: ErrorBody = serde_json::from_slice(answered.body()).unwrap_or_default();
    let ErrorDetail { code, message, innererror } = body.error;
    let code = innererror.and_then(|inner| inner.code).or(code).unwrap_or_default();
    let message = message.unwrap_or_default();
    let detail = match (code.as_str(), first_line(&message)) {
        ("", "") => format!("HTTP status {status} without an error's code"),
        ("InvalidAuthenticationTokenTenant", message) => other_tenant(message),
        (code, "") => said(code),
        ("", message) => said(message),
        (code, message) => said(&format!("{code}: {message}")),
    };
    let failure = Failure::new(call, reason_of(status, &code), detail);
    Failure { why: Why::Refused { status, code }, ..failure }
}

/// By what there is to do about it (Azure Resource Manager common-deployment-errors; Key Vault rest-error-codes,
/// private-link-diagnostics; Microsoft Graph errors).
fn reason_of(status: u16, code: &str) -> MissingReason {
    match (status, code) {
        // The network between the caller and the vault: no permission helps.
        (_, "ForbiddenByFirewall" | "ForbiddenByConnection") => MissingReason::Unreachable,
        (400, "ForbiddenByRbac") => MissingReason::Denied,
        (401, _) => MissingReason::Credentials,
        // A refusal without a code is a proxy's.
        (403, "") => MissingReason::Unreadable,
        (403, _) => MissingReason::Denied,
        (408, _) => MissingReason::TimedOut,
        (429, _) => MissingReason::Throttled,
        _ => MissingReason::Unreadable,
    }
}

/// The two tenants of a token that a subscription does not take.
fn other_tenant(message: &str) -> String {
    let mut tenants = message.split(['/', '\'']).filter(|part| part.parse::<uuid::Uuid>().is_ok());
    match (tenants.next(), tenants.next()) {
        (Some(of_token), Some(of_subscription)) => format!(
            "InvalidAuthenticationTokenTenant: the token is of tenant {of_token}, the subscription belongs to tenant \
             {of_subscription}"
        ),
        _ => said(&format!("InvalidAuthenticationTokenTenant: {message}")),
    }
}

/// Key Vault's messages have a line for each detail behind what happened.
fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default().trim()
}

/// Sorts what kept a request from being answered.
pub(super) fn unanswered(call: &Call, error: &Error) -> Failure {
    if let ErrorKind::HttpResponse { raw_response: Some(answered), .. } = error.kind() {
        return refused(call, answered);
    }
    let (reason, detail) =
        of_connection(error).unwrap_or_else(|| (MissingReason::Unreadable, innermost(error)));
    let why = cause::<NoSuchHost>(error).map_or(Why::Other, |NoSuchHost(host)| Why::NoSuchHost(host.clone()));
    Failure { why, ..Failure::new(call, reason, detail) }
}

/// What happened to a connection; `None` where the error is about something else.
pub(super) fn of_connection(error: &Error) -> Option<(MissingReason, String)> {
    if cause::<NoAnswerInTime>(error).is_some() {
        return Some((MissingReason::TimedOut, NoAnswerInTime.to_string()));
    }
    if cause::<TooLong>(error).is_some() {
        return Some((MissingReason::Unreadable, TooLong.to_string()));
    }
    if let Some(no_such_host) = cause::<NoSuchHost>(error) {
        return Some((MissingReason::Unreachable, no_such_host.to_string()));
    }
    let of_client = cause::<reqwest::Error>(error)?;
    let host = of_client.url().and_then(|url| url.host_str()).unwrap_or("the host");
    let happened = innermost(of_client);
    Some(if of_client.is_timeout() {
        (MissingReason::TimedOut, format!("no answer of {host} in time"))
    } else if of_client.is_body() || of_client.is_decode() {
        (MissingReason::Unreadable, format!("the answer ends in the middle: {happened}"))
    } else {
        (MissingReason::Unreachable, format!("no connection to {host}: {happened}"))
    })
}

/// What caused an error in the end: the rest is the SDK's own workings.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.downcast_ref::<io::Error>() {
        Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => "the connection was closed".into(),
        _ => said(&without_type_names(&cause.to_string())),
    }
}

/// What a reader of JSON says, without the program's own names for what it reads.
fn without_type_names(text: &str) -> String {
    let Some((before, behind)) = text.split_once("expected struct ") else { return text.to_owned() };
    let behind = behind.split_once(' ').map_or("", |(_, behind)| behind);
    format!("{before}expected an object {behind}")
}

/// What somebody else says, on one line, not too long, without anything that acts on a terminal and without tokens,
/// which no service should repeat.
pub(super) fn said(text: &str) -> String {
    let words = text.split_whitespace().map(|word| if holds_token(word) { "…" } else { word });
    let line = words.collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(MOST_SAID).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    inert(short.strip_suffix('.').unwrap_or(&short))
}

/// Whether a JSON Web Token stands in a word: the encoding of `{"`.
fn holds_token(word: &str) -> bool {
    word.len() > 40 && word.contains("eyJ")
}

#[cfg(test)]
mod tests;

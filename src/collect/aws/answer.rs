//! What an SDK call's result says: an answer, proof of absence, or a reason why there is no answer.

use std::error::Error;

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};

use crate::evidence::{Absent, Item, Missing, MissingReason};
use crate::text::inert;

/// The result of one call.
#[derive(Debug, Clone)]
pub(super) enum Answer<T> {
    /// The cloud's answer.
    Got(T),
    /// The cloud says that there is no such thing.
    NotThere,
    /// There is no answer.
    Failed(Missing),
}

impl<T> Answer<T> {
    pub(super) fn map<U>(self, with: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Got(value) => Answer::Got(with(value)),
            Self::NotThere => Answer::NotThere,
            Self::Failed(missing) => Answer::Failed(missing),
        }
    }

    /// Takes what is needed out of an answer; `None` where something is missing in it or can't be understood.
    pub(super) fn and_then<U>(self, call: &str, with: impl FnOnce(T) -> Option<U>) -> Answer<U> {
        match self.map(with) {
            Answer::Got(Some(value)) => Answer::Got(value),
            Answer::Got(None) => Answer::Failed(unreadable(
                call,
                "the answer lacks something, or has it in a form that can't be understood",
            )),
            Answer::NotThere => Answer::NotThere,
            Answer::Failed(missing) => Answer::Failed(missing),
        }
    }

    /// An answer that only a cloud in good order can give: that there is no such thing is none.
    pub(super) fn required(self, call: &str) -> Result<T, Missing> {
        match self {
            Self::Got(value) => Ok(value),
            Self::NotThere => Err(unreadable(call, "the answer is that there is no such thing")),
            Self::Failed(missing) => Err(missing),
        }
    }

    pub(super) fn item(self, call: &str) -> Item<T> {
        match self {
            Self::Got(value) => Item::Collected(value),
            Self::NotThere => Item::Absent(Absent { call: call.into() }),
            Self::Failed(missing) => Item::Missing(missing),
        }
    }
}

/// Sorts a call's result.
pub(super) fn answer<T, E>(call: &str, result: Result<T, SdkError<E>>) -> Answer<T>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let error = match result {
        Ok(value) => return Answer::Got(value),
        Err(error) => error,
    };
    let status = error.raw_response().map(|response| response.status().as_u16());
    let (reason, detail) = match &error {
        SdkError::ServiceError(service) => {
            let metadata = service.err().meta();
            let code = metadata.code().unwrap_or_default();
            if proves_absence(call, code) {
                return Answer::NotThere;
            }
            let said = match (code, metadata.message()) {
                ("", None) if matches!(status, Some(200..=299)) => {
                    format!("the answer can't be parsed: {}", innermost(service.err()))
                }
                ("", None) => without_code(status),
                (code, None) => code.to_owned(),
                (code, Some(message)) => format!("{code}: {message}"),
            };
            (reason_of(code, status), said)
        }
        SdkError::TimeoutError(_) => (MissingReason::TimedOut, "no answer in time".into()),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            (MissingReason::TimedOut, "no answer in time".into())
        }
        SdkError::DispatchFailure(failure) if failure.is_io() => (MissingReason::Unreachable, chain(&error)),
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) if mentions_credentials(&error) => {
            (MissingReason::Credentials, chain(&error))
        }
        // Whatever else happened to the connection, no answer came over it.
        SdkError::DispatchFailure(_) => (MissingReason::Unreachable, chain(&error)),
        // Organizations' client reads what should be an error as JSON, and gives up where a gateway sent a page.
        SdkError::ResponseError(_) if !matches!(status, None | Some(200..=299)) => {
            (reason_of("", status), without_code(status))
        }
        SdkError::ResponseError(_) => (MissingReason::Unreadable, innermost(&error)),
        _ => (MissingReason::Unreadable, chain(&error)),
    };
    let permission = (reason == MissingReason::Denied).then(|| call.to_owned());
    Answer::Failed(Missing { call: call.into(), reason, permission, detail: inert(&detail) })
}

fn without_code(status: Option<u16>) -> String {
    format!("an error without a code, HTTP status {}", status.unwrap_or_default())
}

/// Whether a code says that there is no such thing, and not that something is wrong (the call's page in its API
/// reference, "Errors").
fn proves_absence(call: &str, code: &str) -> bool {
    match code {
        "NoSuchEntity" | "NoSuchEntityException" | "NotFoundException" => true,
        // KMS: keys of this kind have no rotation. Of other calls it says less.
        "UnsupportedOperationException" => call == "kms:GetKeyRotationStatus",
        "AWSOrganizationsNotInUseException" => call == "organizations:DescribeOrganization",
        "AccountNotFoundException" => call == "organizations:DescribeAccount",
        _ => false,
    }
}

/// The codes of IAM, STS, KMS and Organizations (their API references, "Common Errors").
fn reason_of(code: &str, status: Option<u16>) -> MissingReason {
    match code {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => MissingReason::Denied,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "RequestThrottled"
        | "RequestThrottledException" => MissingReason::Throttled,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "InvalidAccessKeyId"
        | "NotAuthorized"
        | "RequestExpired"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => MissingReason::Credentials,
        "RequestTimeout" | "RequestTimeoutException" => MissingReason::TimedOut,
        _ if status == Some(429) => MissingReason::Throttled,
        _ => MissingReason::Unreadable,
    }
}

/// The same reason, for another call that it kept from being answered.
pub(super) fn of_call(missing: &Missing, call: &str) -> Missing {
    Missing { call: call.into(), ..missing.clone() }
}

/// An answer that can't be used.
pub(super) fn unreadable(call: &str, detail: impl Into<String>) -> Missing {
    Missing { call: call.into(), reason: MissingReason::Unreadable, permission: None, detail: detail.into() }
}

/// Credentials that can't be had.
pub(super) fn credentials_missing(detail: &str) -> Missing {
    Missing {
        call: String::new(),
        reason: MissingReason::Credentials,
        permission: None,
        detail: inert(detail),
    }
}

fn mentions_credentials(error: &(dyn Error + 'static)) -> bool {
    chain(error).to_ascii_lowercase().contains("credentials")
}

/// The lists of all pages as one. A page without its list is no empty list, and one that says that there are more, but
/// not where, is not the last.
pub(super) fn every<T>(
    pages: impl Iterator<Item = (Option<Vec<T>>, bool, Option<String>)>,
) -> Option<Vec<T>> {
    let mut found = Vec::new();
    for (list, truncated, next) in pages {
        if truncated && next.is_none_or(|next| next.is_empty()) {
            return None;
        }
        found.extend(list?);
    }
    Some(found)
}

/// What caused an error in the end: the rest is the SDK's own workings.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    one_line(&cause.to_string())
}

/// An error and what caused it, outermost first, each said once.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_said = cause.to_string();
        if !said.contains(&cause_said) {
            said.push_str(": ");
            said.push_str(&cause_said);
        }
        source = cause.source();
    }
    one_line(&said)
}

/// Some errors are lists with a line for each attempt.
fn one_line(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_to_do_about_them() {
        for (code, status, expected) in [
            ("AccessDenied", Some(403), MissingReason::Denied),
            ("AccessDeniedException", Some(400), MissingReason::Denied),
            ("ThrottlingException", Some(400), MissingReason::Throttled),
            ("", Some(429), MissingReason::Throttled),
            ("TooManyRequestsException", Some(400), MissingReason::Throttled),
            ("ExpiredToken", Some(403), MissingReason::Credentials),
            ("UnrecognizedClientException", Some(400), MissingReason::Credentials),
            ("", Some(503), MissingReason::Unreadable),
            ("SomethingNew", Some(400), MissingReason::Unreadable),
        ] {
            assert_eq!(reason_of(code, status), expected, "{code} {status:?}");
        }
    }

    #[test]
    fn an_error_that_can_not_be_read_is_sorted_by_its_status() {
        use aws_sdk_sts::config::http::HttpResponse;
        use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
        use aws_smithy_types::body::SdkBody;

        for (status, expected, said) in [
            (429, MissingReason::Throttled, "an error without a code, HTTP status 429"),
            (503, MissingReason::Unreadable, "an error without a code, HTTP status 503"),
            (200, MissingReason::Unreadable, "not JSON"),
        ] {
            let response = HttpResponse::new(u16::try_into(status).unwrap(), SdkBody::from("slow down"));
            let error: SdkError<GetCallerIdentityError> = SdkError::response_error("not JSON", response);
            let Answer::Failed(missing) = answer::<(), _>("sts:GetCallerIdentity", Err(error)) else {
                panic!("an error is no answer");
            };
            assert_eq!((missing.reason, missing.detail.as_str()), (expected, said), "{status}");
        }
    }

    #[test]
    fn only_the_right_call_proves_that_there_is_nothing() {
        for (call, code, proven) in [
            ("iam:GetRole", "NoSuchEntity", true),
            ("kms:DescribeKey", "NotFoundException", true),
            ("kms:DescribeKey", "AccessDeniedException", false),
            ("kms:GetKeyRotationStatus", "UnsupportedOperationException", true),
            ("kms:GetKeyPolicy", "UnsupportedOperationException", false),
            ("organizations:DescribeOrganization", "AWSOrganizationsNotInUseException", true),
            ("organizations:ListRoots", "AWSOrganizationsNotInUseException", false),
            ("organizations:DescribeAccount", "AccountNotFoundException", true),
            ("organizations:ListParents", "AccountNotFoundException", false),
            ("organizations:ListParents", "ChildNotFoundException", false),
            ("organizations:ListPoliciesForTarget", "TargetNotFoundException", false),
            ("organizations:DescribePolicy", "PolicyNotFoundException", false),
        ] {
            assert_eq!(proves_absence(call, code), proven, "{call} {code}");
        }
    }
}

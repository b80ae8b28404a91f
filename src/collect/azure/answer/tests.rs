use azure_core::http::StatusCode;
use azure_core::http::headers::Headers;
use serde_json::json;

use super::*;

fn answered(status: u16, body: &str) -> RawResponse {
    RawResponse::from_bytes(StatusCode::from(status), Headers::new(), body.to_owned())
}

/// Key Vault rest-error-codes and private-link-diagnostics; Azure Resource Manager common-deployment-errors; Microsoft
/// Graph errors. The texts are those of public logs, shortened.
#[test]
fn errors_are_sorted_by_what_to_do_about_them() {
    let vault = |code: &str, message: &str| json!({"error": {"code": "Forbidden", "message": message, "innererror": {"code": code}}});
    let other = |code: &str, message: &str| json!({"error": {"code": code, "message": message}});
    let (get_key, get_vault, groups) = (&Call::GET_KEY, &Call::GET_VAULT, &Call::LIST_GROUPS);
    let cases = [
        (
            get_key,
            403,
            vault(
                "ForbiddenByRbac",
                "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments …\r\nAction: 'Microsoft.KeyVault/vaults/keys/read'\r\n",
            ),
            MissingReason::Denied,
            Some("Microsoft.KeyVault/vaults/keys/read (data action)"),
            "ForbiddenByRbac: Caller is not authorized to perform action on resource",
        ),
        (
            get_key,
            403,
            vault(
                "ForbiddenByFirewall",
                "Client address is not authorized and caller is not a trusted service.\r\nClient address: 203.0.113.120",
            ),
            MissingReason::Unreachable,
            None,
            "ForbiddenByFirewall: Client address is not authorized and caller is not a trusted service",
        ),
        (
            get_key,
            403,
            vault("KeyDisabled", "Operation get is not allowed on a disabled key."),
            MissingReason::Denied,
            Some("Microsoft.KeyVault/vaults/keys/read (data action)"),
            "KeyDisabled: Operation get is not allowed on a disabled key",
        ),
        (
            get_vault,
            403,
            other("AuthorizationFailed", "The client 'x' does not have authorization."),
            MissingReason::Denied,
            Some("Microsoft.KeyVault/vaults/read"),
            "AuthorizationFailed: The client 'x' does not have authorization",
        ),
        (
            groups,
            403,
            json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation.", "innerError": {"date": "2026-01-01T00:00:00"}}}),
            MissingReason::Denied,
            Some("Application.Read.All (Microsoft Graph)"),
            "Authorization_RequestDenied: Insufficient privileges to complete the operation",
        ),
        (
            get_vault,
            401,
            other(
                "InvalidAuthenticationTokenTenant",
                "The access token is from the wrong issuer 'https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/'. It must match the tenant 'https://sts.windows.net/0483643a-cb2f-462a-bc27-1a270e5bdc0a/' associated with this subscription.",
            ),
            MissingReason::Credentials,
            None,
            "InvalidAuthenticationTokenTenant: the token is of tenant 72f988bf-86f1-41af-91ab-2d7cd011db47, the subscription belongs to tenant 0483643a-cb2f-462a-bc27-1a270e5bdc0a",
        ),
        (
            &Call::ARM_GET_KEY,
            400,
            other(
                "ForbiddenByRbac",
                "[ForbiddenByRbac (Forbidden)] Caller is not authorized to perform action on resource.\r\n",
            ),
            MissingReason::Denied,
            Some("Microsoft.KeyVault/vaults/keys/read"),
            "ForbiddenByRbac: [ForbiddenByRbac (Forbidden)] Caller is not authorized to perform action on resource",
        ),
        (
            get_vault,
            429,
            json!({}),
            MissingReason::Throttled,
            None,
            "HTTP status 429 without an error's code",
        ),
        (
            get_vault,
            503,
            json!("busy"),
            MissingReason::Unreadable,
            None,
            "HTTP status 503 without an error's code",
        ),
        (
            get_vault,
            403,
            json!({}),
            MissingReason::Unreadable,
            None,
            "HTTP status 403 without an error's code",
        ),
        (
            get_vault,
            302,
            json!({}),
            MissingReason::Unreadable,
            None,
            "HTTP status 302 without an error's code",
        ),
        (get_vault, 404, other("ResourceNotFound", ""), MissingReason::Unreadable, None, "ResourceNotFound"),
    ];
    for (call, status, body, reason, permission, detail) in cases {
        let missing = refused(call, &answered(status, &body.to_string())).missing;
        let seen = (missing.reason, missing.permission.as_deref(), missing.detail.as_str());
        assert_eq!(seen, (reason, permission, detail), "{body}");
        assert_eq!(missing.call, call.name);
    }
}

#[test]
fn a_body_that_can_not_be_read_is_no_answer() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Shown {
        id: u32,
    }
    let seen = |body: &str| read::<Shown>(&Call::GET_VAULT, &answered(200, body));
    assert_eq!(seen(r#"{"id": 7, "more": null}"#), Ok(Shown { id: 7 }));
    for (body, problem) in [
        ("", "EOF while parsing"),
        (r#"{"id": "#, "EOF while parsing"),
        ("{}", "missing field `id`"),
        (r#"{"id": null}"#, "invalid type: null"),
        ("<html>", "expected value"),
        (r#"{"id": 7} {"id": 8}"#, "trailing characters"),
    ] {
        let missing = seen(body).unwrap_err().missing;
        assert_eq!(missing.reason, MissingReason::Unreadable, "{body}");
        assert!(missing.detail.contains(problem), "{body}: {}", missing.detail);
    }
}

#[test]
fn what_kept_a_request_from_an_answer_is_told_by_its_cause() {
    let wrapped = |inner: Error| inner.with_context("retry policy expired").with_context("and so on");
    let status = ErrorKind::HttpResponse {
        status: StatusCode::TooManyRequests,
        error_code: None,
        raw_response: Some(Box::new(answered(429, "{}"))),
    };
    for (error, reason, detail) in [
        (Error::new(ErrorKind::Io, NoAnswerInTime), MissingReason::TimedOut, "no answer in time"),
        (Error::new(ErrorKind::Other, TooLong), MissingReason::Unreadable, "the answer is longer than 4 MiB"),
        (
            Error::new(ErrorKind::Other, NoSuchHost("x.vault.azure.net".into())),
            MissingReason::Unreachable,
            "there is no host `x.vault.azure.net`",
        ),
        (
            Error::with_message(status, "wait"),
            MissingReason::Throttled,
            "HTTP status 429 without an error's code",
        ),
        (Error::with_message(ErrorKind::Other, "odd"), MissingReason::Unreadable, "odd"),
    ] {
        let failure = unanswered(&Call::GET_KEY, &wrapped(error));
        assert_eq!((failure.missing.reason, failure.missing.detail.as_str()), (reason, detail));
    }
}

#[test]
fn what_others_say_is_short_inert_and_without_tokens() {
    let token = format!("Bearer eyJ{}.eyJ{}.x", "a".repeat(40), "b".repeat(40));
    assert_eq!(said(&format!("the token '{token}' is odd.")), "the token 'Bearer … is odd");
    assert_eq!(said("a\r\n\tb\u{1b}[2J"), "a b\\u{1b}[2J");
    assert_eq!(said(&"é".repeat(401)), format!("{}…", "é".repeat(400)));
    assert_eq!(said("`eyJ` begins a token"), "`eyJ` begins a token");
}

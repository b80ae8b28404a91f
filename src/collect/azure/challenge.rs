//! What a vault's host says to somebody without a token: whose tokens it takes.

use azure_core::http::headers::WWW_AUTHENTICATE;
use azure_core::http::{RawResponse, StatusCode};
use url::Url;

use super::answer::{Answer, Failure, refused, said};
use crate::evidence::azure::{Call, Endpoint};
use crate::target::azure::TenantId;

/// The parameters that name the tenant, and the hosts that they name it at (Key Vault
/// authentication-requests-and-responses; Azure SDK, challenge authentication).
const PARAMETERS: [&str; 2] = ["authorization", "authorization_uri"];
const LOGIN_HOSTS: [&str; 2] = ["login.windows.net", "login.microsoftonline.com"];

/// Reads what the host answered: a challenge, or a refusal by the vault's network rules.
pub(super) fn endpoint(answered: &RawResponse) -> Answer<Endpoint> {
    let call = &Call::CHALLENGE;
    let failure = refused(call, answered);
    match failure.refused() {
        Some((401, _)) => {}
        Some((_, code @ ("ForbiddenByFirewall" | "ForbiddenByConnection"))) => {
            return Ok(Endpoint { tenant_id: None, refused: Some(code.to_owned()) });
        }
        // An answer to a request without a token is no vault's.
        Some((200..=299, _)) => {
            return Err(Failure::unreadable(call, "the host wants no token, as no vault does"));
        }
        _ => return Err(failure),
    }
    let challenge = answered.headers().get_optional_str(&WWW_AUTHENTICATE).unwrap_or_default();
    match tenant(challenge) {
        Some(tenant) => Ok(Endpoint { tenant_id: Some(tenant), refused: None }),
        None => Err(Failure::unreadable(
            call,
            format!("the challenge names no tenant in a known form: `{}`", said(challenge)),
        )),
    }
}

/// That a vault refuses a token because it takes those of another tenant, in a sentence.
pub(super) fn of_another_tenant(answered: &RawResponse, asked_with: TenantId) -> Option<String> {
    if answered.status() != StatusCode::Unauthorized {
        return None;
    }
    let other = tenant(answered.headers().get_optional_str(&WWW_AUTHENTICATE)?)?;
    (other != asked_with).then(|| {
        format!("the vault takes tokens of tenant {other}, the tenant of --tenant-id is {asked_with}")
    })
}

/// The tenant of a challenge `Bearer authorization="https://login.windows.net/TENANT", resource="…"`. `None` for any
/// other form, and where two parameters name different tenants.
fn tenant(challenge: &str) -> Option<TenantId> {
    let (scheme, parameters) = challenge.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let mut named = None;
    for parameter in parameters.split([',', ' ']).filter(|part| !part.is_empty()) {
        let (name, value) = parameter.split_once('=')?;
        if !PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            continue;
        }
        let tenant = of_authority(value.trim_matches('"'))?;
        if named.is_some_and(|before| before != tenant) {
            return None;
        }
        named = Some(tenant);
    }
    named
}

/// The tenant of `https://login.windows.net/TENANT`.
fn of_authority(authority: &str) -> Option<TenantId> {
    let url = Url::parse(authority).ok()?;
    let known = url.scheme() == "https" && LOGIN_HOSTS.contains(&url.host_str()?) && url.port().is_none();
    url.path().trim_matches('/').parse().ok().filter(|_| known)
}

#[cfg(test)]
mod tests {
    use azure_core::http::headers::Headers;

    use super::*;
    use crate::evidence::MissingReason;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    /// The first is what vaults answer (Azure SDK for JavaScript, recordings of keyvault-keys); the second is in Key
    /// Vault authentication-requests-and-responses; the others are as the Azure SDKs read them.
    #[test]
    fn a_challenge_names_the_tenant() {
        for challenge in [
            r#"Bearer authorization="https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47", resource="https://vault.azure.net""#,
            r#"Bearer authorization="https://login.microsoftonline.com/72F988BF-86F1-41AF-91AB-2D7CD011DB47", scope="https://vault.azure.net/.default""#,
            r#"Bearer authorization_uri="https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/", resource="https://vault.azure.net""#,
            "Bearer authorization=https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47, resource=https://vault.azure.net",
            r#"bearer resource="https://vault.azure.net",authorization="https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47""#,
        ] {
            assert_eq!(
                tenant(challenge).map(|tenant| tenant.to_string()).as_deref(),
                Some(TENANT),
                "{challenge}"
            );
        }
    }

    #[test]
    fn another_form_names_none() {
        for challenge in [
            "",
            "Bearer",
            r#"Basic realm="x""#,
            r#"Bearer resource="https://vault.azure.net""#,
            r#"Bearer authorization="https://login.windows.net/common""#,
            r#"Bearer authorization="https://login.example.com/72f988bf-86f1-41af-91ab-2d7cd011db47""#,
            r#"Bearer authorization="http://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47""#,
            r#"Bearer authorization="https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/x""#,
            r#"Bearer authorization="https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47", authorization_uri="https://login.windows.net/0483643a-cb2f-462a-bc27-1a270e5bdc0a""#,
            "Bearer nonsense, authorization=https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47",
        ] {
            assert_eq!(tenant(challenge), None, "{challenge}");
        }
    }

    fn answered(status: StatusCode, challenge: Option<&str>, body: &'static str) -> RawResponse {
        let mut headers = Headers::new();
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, challenge.to_owned());
        }
        RawResponse::from_bytes(status, headers, body)
    }

    #[test]
    fn a_refusal_of_the_network_is_an_answer() {
        // Key Vault private-link-diagnostics, "403 Forbidden".
        let body = r#"{"error": {"code": "Forbidden", "message": "Client address is not authorized and caller is not a trusted service.\r\nClient address: 203.0.113.120\r\n", "innererror": {"code": "ForbiddenByFirewall"}}}"#;
        let endpoint = endpoint(&answered(StatusCode::Forbidden, None, body));
        assert_eq!(endpoint, Ok(Endpoint { tenant_id: None, refused: Some("ForbiddenByFirewall".into()) }));
    }

    #[test]
    fn a_vault_of_another_tenant_says_so() {
        let challenge = r#"Bearer authorization="https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47", resource="https://vault.azure.net""#;
        let other = "0483643a-cb2f-462a-bc27-1a270e5bdc0a";
        for (status, challenge, asked_with, another) in [
            (StatusCode::Unauthorized, Some(challenge), other, true),
            (StatusCode::Unauthorized, Some(challenge), TENANT, false),
            (StatusCode::Unauthorized, None, other, false),
            (StatusCode::Forbidden, Some(challenge), other, false),
        ] {
            let said = of_another_tenant(&answered(status, challenge, "{}"), asked_with.parse().unwrap());
            assert_eq!(said.is_some(), another, "{status} {challenge:?} {asked_with}");
        }
    }

    #[test]
    fn what_no_vault_answers_is_no_answer() {
        for (status, challenge, reason) in [
            (StatusCode::Ok, None, MissingReason::Unreadable),
            (StatusCode::Unauthorized, None, MissingReason::Unreadable),
            (StatusCode::Unauthorized, Some(r#"Basic realm="proxy""#), MissingReason::Unreadable),
            (StatusCode::Found, None, MissingReason::Unreadable),
            (StatusCode::Forbidden, None, MissingReason::Unreadable),
            (StatusCode::TooManyRequests, None, MissingReason::Throttled),
        ] {
            let failure = endpoint(&answered(status, challenge, "{}")).unwrap_err();
            assert_eq!(failure.missing.reason, reason, "{status} {challenge:?}");
        }
    }
}

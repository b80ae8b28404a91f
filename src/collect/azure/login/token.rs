//! What a token says of itself.

use azure_core::base64::decode_url_safe;
use serde::Deserialize;

use crate::target::azure::TenantId;

/// The claims that are looked at (Microsoft identity platform access-token-claims-reference).
#[derive(Debug, Deserialize)]
struct Claims {
    #[serde(rename = "tid")]
    tenant: String,
}

/// The tenant that gave a token out; `None` for text that can't be read as a token of Microsoft Entra ID. The signature
/// is the service's to verify: nothing is believed here but that somebody's own login is somebody else's.
pub(super) fn tenant_of(token: &str) -> Option<TenantId> {
    let claims = decode_url_safe(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claims>(&claims).ok()?.tenant.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_is_a_claim() {
        // {"alg":"none"} . {"aud":"https://vault.azure.net","tid":"72f988bf-86f1-41af-91ab-2d7cd011db47"} . nothing
        let token = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL3ZhdWx0LmF6dXJlLm5ldCIsInRpZCI6IjcyZjk4OGJmLTg2ZjEtNDFhZi05MWFiLTJkN2NkMDExZGI0NyJ9.";
        let tenant = tenant_of(token).map(|tenant| tenant.to_string());
        assert_eq!(tenant.as_deref(), Some("72f988bf-86f1-41af-91ab-2d7cd011db47"));
    }

    #[test]
    fn other_text_has_no_tenant() {
        for text in ["", "opaque", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJub25lIn0.eyJ0aWQiOjF9."] {
            assert_eq!(tenant_of(text), None, "{text}");
        }
    }
}

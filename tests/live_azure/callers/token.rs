//! Bearer tokens, as Microsoft Entra ID gives them out.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Audience, Caller};
use crate::tenant::Azure;

/// 2099-01-01 00:00:00 UTC, when all tokens end: no test gets there.
pub(crate) const EXPIRES: i64 = 4_070_908_800;
/// 2026-05-04 09:30:00 UTC.
const ISSUED: i64 = 1_777_887_000;

/// What a token says.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// The tenant that gave it out.
    pub(crate) tenant: String,
    /// The resource that it is for.
    pub(crate) resource: String,
    pub(crate) application_id: String,
    pub(crate) object_id: String,
}

impl Token {
    /// A token of a caller.
    pub(crate) fn of(caller: &Caller, tenant: &str, audience: Audience) -> Self {
        Self {
            tenant: tenant.into(),
            resource: audience.resource().into(),
            application_id: caller.application_id.clone(),
            object_id: caller.object_id.clone(),
        }
    }

    /// The token as it is sent: a JSON Web Token whose signature nobody checks.
    pub(crate) fn text(&self) -> String {
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": "a-key-of-the-double"});
        let claims = json!({
            "aud": self.resource,
            "iss": self.issuer(),
            "iat": ISSUED,
            "nbf": ISSUED,
            "exp": EXPIRES,
            "appid": self.application_id,
            "idtyp": "app",
            "oid": self.object_id,
            "sub": self.object_id,
            "tid": self.tenant,
            "ver": "1.0",
        });
        let [header, claims] = [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string()));
        format!("{header}.{claims}.{}", BASE64_URL_SAFE_NO_PAD.encode("a signature"))
    }

    /// Reads a token; `None` for what is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let claims = BASE64_URL_SAFE_NO_PAD.decode(text.split('.').nth(1)?).ok()?;
        let claims: Value = serde_json::from_slice(&claims).ok()?;
        let claim = |name: &str| claims[name].as_str().map(str::to_owned);
        Some(Self {
            tenant: claim("tid")?,
            resource: claim("aud")?,
            application_id: claim("appid")?,
            object_id: claim("oid")?,
        })
    }

    /// The tenant, as tokens name it.
    pub(crate) fn issuer(&self) -> String {
        issuer(&self.tenant)
    }

    /// Whose it is.
    pub(crate) fn caller<'a>(&self, azure: &'a Azure) -> Option<&'a Caller> {
        azure.callers.iter().find(|caller| caller.object_id == self.object_id)
    }

    /// Whether it is for these.
    pub(crate) fn is_for(&self, audience: Audience) -> bool {
        self.resource == audience.resource()
    }
}

/// A tenant, as its tokens name it.
pub(crate) fn issuer(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

//! A key, in the shapes of Key Vault's own interface (Key Vault REST API, Get Key, Get Key Versions, Get Key Rotation
//! Policy).

use azure_core::base64::decode_url_safe;
use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use crate::evidence::azure::{Key, KeyVersion, LifetimeAction, RotationPolicy};
use crate::target::azure::AzureTarget;

/// The current version.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Bundle {
    key: WebKey,
    attributes: Attributes,
}

/// The public part (RFC 7517).
#[derive(Debug, Clone, Deserialize)]
struct WebKey {
    kid: String,
    kty: String,
    key_ops: Vec<String>,
    n: Option<String>,
}

/// What Resource Manager shows the same way.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attributes {
    enabled: bool,
    #[serde(rename = "nbf")]
    not_before: Option<i64>,
    #[serde(rename = "exp")]
    expires: Option<i64>,
    created: Option<i64>,
    recovery_level: Option<String>,
}

/// A version in the list of versions.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct VersionItem {
    kid: String,
    attributes: Attributes,
}

/// A rotation policy; Resource Manager shows it the same way.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Policy {
    lifetime_actions: Option<Vec<Action>>,
    attributes: Option<PolicyAttributes>,
}

#[derive(Debug, Clone, Deserialize)]
struct Action {
    trigger: Option<Trigger>,
    action: ActionKind,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trigger {
    time_after_create: Option<String>,
    time_before_expiry: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct ActionKind {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyAttributes {
    expiry_time: Option<String>,
}

impl Bundle {
    /// As evidence.
    ///
    /// # Errors
    /// What is missing or odd, or that it is another key, in a sentence.
    pub(super) fn key(self, target: &AzureTarget) -> Result<Key, String> {
        let WebKey { kid, kty, key_ops, n } = self.key;
        let bits = match n {
            Some(modulus) if is_rsa(&kty) => Some(bits(&modulus).ok_or("the key's modulus can't be read")?),
            None if is_rsa(&kty) => return Err("the RSA key is shown without its modulus".into()),
            _ => None,
        };
        self.attributes.key(version(&kid, target)?, kty, key_ops, bits)
    }
}

impl Attributes {
    /// With what stands beside them.
    pub(super) fn key(
        self,
        version: String,
        kind: String,
        operations: Vec<String>,
        bits: Option<u32>,
    ) -> Result<Key, String> {
        Ok(Key {
            version,
            kind,
            operations,
            bits,
            enabled: self.enabled,
            not_before: self.not_before.map(timestamp).transpose()?,
            expires: self.expires.map(timestamp).transpose()?,
            recovery_level: self.recovery_level,
        })
    }

    pub(super) fn version(&self, version: String) -> Result<KeyVersion, String> {
        Ok(KeyVersion { version, enabled: self.enabled, created: self.created.map(timestamp).transpose()? })
    }
}

impl VersionItem {
    pub(super) fn version(self, target: &AzureTarget) -> Result<KeyVersion, String> {
        self.attributes.version(version(&self.kid, target)?)
    }
}

impl Policy {
    pub(super) fn evidence(self) -> RotationPolicy {
        let action = |Action { trigger, action }: Action| {
            let trigger = trigger.unwrap_or_default();
            LifetimeAction {
                action: action.kind,
                time_after_create: trigger.time_after_create,
                time_before_expiry: trigger.time_before_expiry,
            }
        };
        RotationPolicy {
            actions: self.lifetime_actions.unwrap_or_default().into_iter().map(action).collect(),
            expiry_time: self.attributes.and_then(|attributes| attributes.expiry_time),
        }
    }
}

pub(super) fn is_rsa(kind: &str) -> bool {
    matches!(kind.to_ascii_uppercase().as_str(), "RSA" | "RSA-HSM")
}

/// The version in a key's identifier, `https://VAULT/keys/NAME/VERSION`, which must be of the key that was asked for. Case
/// makes no difference in names (Key Vault about-keys-secrets-certificates).
pub(super) fn version(identifier: &str, target: &AzureTarget) -> Result<String, String> {
    let url = Url::parse(identifier).map_err(|_| "the key's identifier is no URL")?;
    let host = url.host_str().unwrap_or_default();
    let mut path = url.path_segments().into_iter().flatten();
    let (Some("keys"), Some(name), Some(version), None) =
        (path.next(), path.next(), path.next(), path.next())
    else {
        return Err("the key's identifier has another form than `https://VAULT/keys/NAME/VERSION`".into());
    };
    let same =
        host.eq_ignore_ascii_case(target.vault.host()) && name.eq_ignore_ascii_case(target.key_name.as_str());
    if !same || version.is_empty() {
        return Err("the answer is about another key".into());
    }
    Ok(version.to_owned())
}

/// How long a modulus is: of the number, whatever zeros stand in front of it.
fn bits(modulus: &str) -> Option<u32> {
    let bytes = decode_url_safe(modulus).ok()?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let first = bytes.get(zeros)?;
    let whole = u32::try_from(bytes.len() - zeros).ok()?.checked_mul(8)?;
    Some(whole - first.leading_zeros())
}

fn timestamp(seconds: i64) -> Result<Timestamp, String> {
    Timestamp::from_second(seconds).map_err(|_| "a date of the key is out of range".into())
}

#[cfg(test)]
mod tests;

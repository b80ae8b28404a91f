//! A key, in the shapes of Azure Resource Manager (Key Vault REST API, Keys - Get, Keys - List Versions).

use serde::Deserialize;

use super::shape::{Attributes, Policy, is_rsa, version};
use crate::evidence::azure::{Key, KeyVersion, RotationPolicy};
use crate::target::azure::AzureTarget;

/// The current version.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ManagedKey {
    properties: Properties,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    kty: String,
    key_ops: Vec<String>,
    key_size: Option<u32>,
    attributes: Attributes,
    key_uri_with_version: String,
    rotation_policy: Option<Policy>,
}

/// A version in the list of versions, which shows less of it.
#[derive(Debug, Deserialize)]
pub(super) struct ManagedVersion {
    properties: VersionProperties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionProperties {
    attributes: Attributes,
    key_uri_with_version: String,
}

impl ManagedKey {
    /// As evidence.
    ///
    /// # Errors
    /// What is missing or odd, or that it is another key, in a sentence.
    pub(super) fn key(&self, target: &AzureTarget) -> Result<Key, String> {
        let Properties { kty, key_ops, key_size, attributes, key_uri_with_version, .. } =
            self.properties.clone();
        if is_rsa(&kty) && key_size.is_none() {
            return Err("the RSA key is shown without its size".into());
        }
        let bits = key_size.filter(|_| is_rsa(&kty));
        attributes.key(version(&key_uri_with_version, target)?, kty, key_ops, bits)
    }

    /// The rotation policy, where it is shown.
    pub(super) fn rotation_policy(&self) -> Option<RotationPolicy> {
        self.properties.rotation_policy.clone().map(Policy::evidence)
    }
}

impl ManagedVersion {
    pub(super) fn version(self, target: &AzureTarget) -> Result<KeyVersion, String> {
        let VersionProperties { attributes, key_uri_with_version } = self.properties;
        attributes.version(version(&key_uri_with_version, target)?)
    }
}

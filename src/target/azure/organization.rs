//! The id of an OpenAI organization.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The id of an OpenAI organization, `org-…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct OrganizationId(String);

/// Text that is no organization's id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not an organization's id: expected `org-` and letters, digits or `-`")]
pub struct NotAnOrganization;

impl OrganizationId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrganizationId {
    type Err = NotAnOrganization;

    fn from_str(text: &str) -> Result<Self, NotAnOrganization> {
        let id = text.strip_prefix("org-").unwrap_or_default();
        let allowed = |character: char| character.is_ascii_alphanumeric() || character == '-';
        if id.is_empty() || id.len() > 120 || !id.chars().all(allowed) {
            return Err(NotAnOrganization);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serialized_as_text!(OrganizationId, NotAnOrganization);

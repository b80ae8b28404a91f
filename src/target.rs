//! What is to be registered: text parsed into types at the edge.
//!
//! Two steps, and two types. Text that is no ARN and no ExternalId at all, or in which a placeholder was left, is
//! refused ([`InvalidInput`]): there is nothing to report on. A value that is well formed but that OpenAI would not
//! accept (another partition, a user's ARN) is kept as given, and the form check of that value fails.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::contract;
use crate::text::{self, inert};

/// Reads a type from text and writes it as text wherever it is serialized.
macro_rules! serialized_as_text {
    ($type:ty, $error:ty) => {
        impl TryFrom<String> for $type {
            type Error = $error;
            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
    };
}

pub mod arn;
pub mod aws;
pub mod azure;

/// What is to be registered, as given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Registration {
    /// A key in AWS KMS.
    Aws(aws::AwsRegistration),
    /// A key in Azure Key Vault.
    Azure(azure::AzureRegistration),
}

/// The way of OpenAI's calls, each part with what it is: from OpenAI's own identity over the customer's to the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Who calls.
    pub caller: (&'static str, String),
    /// The customer's identity that is taken for it.
    pub identity: (&'static str, String),
    /// The key.
    pub key: (&'static str, String),
}

impl Way {
    /// The same with every name as this makes it.
    pub(crate) fn map(self, with: impl Fn(String) -> String) -> Self {
        let each = |(what, name): (&'static str, String)| (what, with(name));
        Self { caller: each(self.caller), identity: each(self.identity), key: each(self.key) }
    }
}

impl Registration {
    /// The way of OpenAI's calls.
    pub fn way(&self) -> Way {
        match self {
            Self::Aws(registration) => Way {
                caller: ("OpenAI", contract::aws::ROLE_ARN.into()),
                identity: ("role", registration.role_arn.to_string()),
                key: ("key", registration.kms_arn.to_string()),
            },
            Self::Azure(registration) => Way {
                caller: (
                    "OpenAI",
                    format!(
                        "{}, application {}",
                        contract::azure::DISPLAY_NAME,
                        contract::azure::APPLICATION_ID
                    ),
                ),
                identity: ("tenant", registration.tenant_id.to_string()),
                key: ("key", format!("{}keys/{}", registration.vault_uri, registration.key_name)),
            },
        }
    }
}

/// Why OpenAI's API would not accept a well-formed value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Unacceptable(pub String);

/// Text from the user that can't be understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{option}: {problem}: `{}`\n  expected {expected}", inert(given))]
pub struct InvalidInput {
    /// The option or field that the text was given for.
    pub option: String,
    /// The text, as given.
    pub given: String,
    /// What is wrong with it.
    pub problem: String,
    /// The form that is expected, with an example.
    pub expected: String,
}

/// A registration's friendly name: OpenAI refuses an empty one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct FriendlyName(String);

/// Text that is no friendly name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a friendly name: expected 1 to 256 bytes of text without control characters")]
pub struct NotAFriendlyName;

impl FriendlyName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FriendlyName {
    type Err = NotAFriendlyName;
    fn from_str(text: &str) -> Result<Self, NotAFriendlyName> {
        if text.trim().is_empty() || text.len() > 256 || text.chars().any(text::acts) {
            return Err(NotAFriendlyName);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for FriendlyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serialized_as_text!(FriendlyName, NotAFriendlyName);

/// Whether documentation's placeholder was left in: `<YOUR_…>`, `${…}`, `{{…}}`, `YOUR_…`, `org-xxx`.
pub(crate) fn holds_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["<", ">", "${", "{{", "your_", "your-", "…", "...", "[", "]"].iter().any(|mark| lower.contains(mark))
        || lower.ends_with("-xxx")
        || lower.ends_with("_xxx")
}

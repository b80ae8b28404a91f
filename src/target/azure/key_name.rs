//! The name of a key in a vault, as OpenAI wants it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::contract::azure::KEY_NAME_PATTERN;
use crate::target::{Unacceptable, holds_placeholder};

/// The longest name of a key, in characters (Key Vault about-keys-secrets-certificates, "Object identifiers").
const LONGEST: usize = 127;

/// The name of a key, without vault and version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct KeyName(String);

/// Text that is no name of a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAKeyName {
    /// The URL of a key, or a name with its version.
    #[error("not a key's name but a URL or a path")]
    Path,
    /// Anything else.
    #[error("not a key's name: expected up to {LONGEST} characters without white space")]
    Other,
}

impl KeyName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The OpenAI organization that the name begins with: everything in front of the first `--`. Nothing where the name
    /// does not have OpenAI's form.
    pub fn organization(&self) -> Option<&str> {
        let (organization, _) = self.0.split_once("--")?;
        organization.strip_prefix("org-").is_some_and(|id| !id.is_empty()).then_some(organization)
    }

    /// Whether OpenAI's API accepts the name ([`KEY_NAME_PATTERN`]) and the vault can hold a key of this name. The
    /// pattern alone would let `org---` pass, which names no organization.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn acceptable(&self) -> Result<(), Unacceptable> {
        let name = &self.0;
        let refused = |problem: String| Err(Unacceptable(problem));
        if holds_placeholder(name) {
            return refused("a placeholder was left in".into());
        }
        if let Some(odd) =
            name.chars().find(|character| !(character.is_ascii_alphanumeric() || *character == '-'))
        {
            return refused(format!(
                "`{odd}` can't be in the name of a key: only letters, digits and `-` can"
            ));
        }
        if self.organization().is_none() {
            return refused(format!(
                "`{name}` does not begin with an organization's id and `--`; OpenAI's pattern is `{KEY_NAME_PATTERN}`"
            ));
        }
        if name.len() > LONGEST {
            return refused(format!("the name is longer than {LONGEST} characters"));
        }
        Ok(())
    }
}

impl FromStr for KeyName {
    type Err = NotAKeyName;

    fn from_str(text: &str) -> Result<Self, NotAKeyName> {
        if text.contains(['/', ':', '\\']) {
            return Err(NotAKeyName::Path);
        }
        let visible = text.chars().all(|character| character.is_ascii_graphic());
        if text.is_empty() || text.len() > 2 * LONGEST || !visible {
            return Err(NotAKeyName::Other);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serialized_as_text!(KeyName, NotAKeyName);

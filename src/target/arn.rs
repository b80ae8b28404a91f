//! Amazon Resource Names and account ids.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Any ARN: `arn:partition:service:region:account:resource`. The resource may hold colons; no part holds white space
/// or control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Arn {
    partition: String,
    service: String,
    region: String,
    account: String,
    resource: String,
}

/// Text that is no ARN.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not an ARN: expected `arn:partition:service:region:account:resource`")]
pub struct NotAnArn;

impl Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub fn partition(&self) -> &str {
        &self.partition
    }
    /// `iam`, `kms`, …
    pub fn service(&self) -> &str {
        &self.service
    }
    /// The region, empty for global services.
    pub fn region(&self) -> &str {
        &self.region
    }
    /// The account, empty where the resource has none.
    pub fn account(&self) -> &str {
        &self.account
    }
    /// Everything behind the fifth colon.
    pub fn resource(&self) -> &str {
        &self.resource
    }
}

impl FromStr for Arn {
    type Err = NotAnArn;

    fn from_str(text: &str) -> Result<Self, NotAnArn> {
        if text.len() > 2048 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(NotAnArn);
        }
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or(NotAnArn);
        if next()? != "arn" {
            return Err(NotAnArn);
        }
        let arn = Self {
            partition: next()?.to_owned(),
            service: next()?.to_owned(),
            region: next()?.to_owned(),
            account: next()?.to_owned(),
            resource: next()?.to_owned(),
        };
        if arn.partition.is_empty() || arn.service.is_empty() || arn.resource.is_empty() {
            return Err(NotAnArn);
        }
        Ok(arn)
    }
}

serialized_as_text!(Arn, NotAnArn);

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// The id of an AWS organization: `o-` and 10 to 32 lower-case letters and digits (Organizations API, Organization).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct OrganizationId(String);

/// Text that is no organization's id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not an organization's id: expected `o-` and 10 to 32 lower-case letters and digits")]
pub struct NotAnOrganizationId;

impl OrganizationId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrganizationId {
    type Err = NotAnOrganizationId;
    fn from_str(text: &str) -> Result<Self, NotAnOrganizationId> {
        let id = text.strip_prefix("o-").ok_or(NotAnOrganizationId)?;
        let right = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if (10..=32).contains(&id.len()) && id.bytes().all(right) {
            return Ok(Self(text.to_owned()));
        }
        Err(NotAnOrganizationId)
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serialized_as_text!(OrganizationId, NotAnOrganizationId);

/// The twelve digits of an AWS account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct AccountId(String);

/// Text that is no account id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not an AWS account id: expected twelve digits")]
pub struct NotAnAccountId;

impl AccountId {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = NotAnAccountId;
    fn from_str(text: &str) -> Result<Self, NotAnAccountId> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnAccountId)
        }
    }
}

serialized_as_text!(AccountId, NotAnAccountId);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_printed_as_it_was_read() {
        for text in [
            "arn:aws:iam::111122223333:role/path/to/ekm",
            "arn:aws:s3:::bucket/key:with:colons",
            "arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/x",
        ] {
            assert_eq!(text.parse::<Arn>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn text_that_is_no_arn_is_refused() {
        for text in [
            "",
            "arn",
            "arn:aws:iam::111122223333",
            "arn:aws:iam::1:",
            "ARN:aws:iam::1:role/x",
            "arn:aws:iam::1:role/a b",
            "arn:aws:iam::1:role/\u{1b}[2J",
        ] {
            assert_eq!(text.parse::<Arn>(), Err(NotAnArn), "{text:?}");
        }
    }

    #[test]
    fn an_account_id_has_twelve_digits() {
        assert!("111122223333".parse::<AccountId>().is_ok());
        for text in ["", "11112222333", "1111222233334", "11112222333x", "１１１１２２２２３３３３"]
        {
            assert!(text.parse::<AccountId>().is_err(), "{text:?}");
        }
    }
}

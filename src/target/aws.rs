//! The registration of an AWS key: role, key and ExternalId.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::arn::{AccountId, Arn};
use super::{InvalidInput, Unacceptable, holds_placeholder};
use crate::contract;

/// The three values as the user gave them: well formed, not necessarily acceptable to OpenAI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsRegistration {
    /// The ARN of the role that OpenAI assumes.
    pub role_arn: Arn,
    /// The ARN of the key, or of an alias of it.
    pub kms_arn: Arn,
    /// The ExternalId that OpenAI passes: the organization's id or a project's.
    pub external_id: ExternalId,
}

/// The same values, acceptable to OpenAI's API. Only of these is a cloud asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsTarget {
    /// The role that OpenAI assumes.
    pub role: RoleArn,
    /// The key, or an alias of it.
    pub key: KeyArn,
    /// The ExternalId that OpenAI passes.
    pub external_id: ExternalId,
}

impl AwsRegistration {
    /// Reads the values of the command line.
    ///
    /// # Errors
    /// For text that is no ARN or no ExternalId at all, and for placeholders.
    pub fn parse(role_arn: &str, kms_arn: &str, external_id: &str) -> Result<Self, InvalidInput> {
        Ok(Self {
            role_arn: Self::role_arn_given(role_arn)?,
            kms_arn: Self::kms_arn_given(kms_arn)?,
            external_id: ExternalId::given(external_id)?,
        })
    }

    /// Reads `--role-arn`, acceptable or not.
    ///
    /// # Errors
    /// For text that is no ARN, and for placeholders.
    pub fn role_arn_given(text: &str) -> Result<Arn, InvalidInput> {
        parse_arn("--role-arn", text, EXPECTED_ROLE_ARN)
    }

    /// Reads `--kms-arn`, acceptable or not.
    ///
    /// # Errors
    /// For text that is no ARN, and for placeholders.
    pub fn kms_arn_given(text: &str) -> Result<Arn, InvalidInput> {
        parse_arn("--kms-arn", text, EXPECTED_KEY_ARN)
    }

    /// The role, where OpenAI's API would accept its ARN.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn role(&self) -> Result<RoleArn, Unacceptable> {
        RoleArn::try_from(&self.role_arn)
    }

    /// The key, where OpenAI's API would accept its ARN.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn key(&self) -> Result<KeyArn, Unacceptable> {
        KeyArn::try_from(&self.kms_arn)
    }

    /// Everything, where OpenAI's API would accept all of it.
    pub fn target(&self) -> Option<AwsTarget> {
        self.external_id.acceptable().ok()?;
        Some(AwsTarget {
            role: self.role().ok()?,
            key: self.key().ok()?,
            external_id: self.external_id.clone(),
        })
    }
}

/// Reads one value of the command line that OpenAI's API must accept.
fn parse_acceptable<T>(option: &str, given: &str, expected: &str) -> Result<T, InvalidInput>
where
    T: for<'a> TryFrom<&'a Arn, Error = Unacceptable>,
{
    T::try_from(&parse_arn(option, given, expected)?).map_err(|Unacceptable(problem)| InvalidInput {
        option: option.into(),
        given: given.into(),
        problem,
        expected: expected.into(),
    })
}

const EXPECTED_ROLE_ARN: &str =
    "the role's ARN, as `aws iam get-role` shows it: `arn:aws:iam::111122223333:role/openai-ekm`";
const EXPECTED_KEY_ARN: &str = "the key's ARN, as `aws kms describe-key` shows it: `arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`";
const EXPECTED_EXTERNAL_ID: &str =
    "the id of your OpenAI organization, `org-…`, or of one of its API projects, `proj_…`";

fn parse_arn(option: &str, given: &str, expected: &str) -> Result<Arn, InvalidInput> {
    if holds_placeholder(given) {
        Err("a placeholder was left in")
    } else {
        given.parse().map_err(|_| "not an ARN")
    }
    .map_err(|problem| InvalidInput {
        option: option.into(),
        given: given.into(),
        problem: problem.into(),
        expected: expected.into(),
    })
}

/// The ARN of an IAM role in the commercial partition, as OpenAI's API accepts it
/// (`^arn:aws:iam::\d{12}:role/.+$`, [`contract::article::API`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleArn {
    arn: Arn,
    account: AccountId,
    name: String,
}

impl RoleArn {
    /// Reads `--role-arn`.
    ///
    /// # Errors
    /// For text that is no ARN, and for an ARN that OpenAI's API would not accept.
    pub fn parse(given: &str) -> Result<Self, InvalidInput> {
        parse_acceptable("--role-arn", given, EXPECTED_ROLE_ARN)
    }
    /// The account that the role is in.
    pub fn account(&self) -> &AccountId {
        &self.account
    }
    /// The name that IAM's calls take: the last part, without the path.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The ARN.
    pub fn arn(&self) -> &Arn {
        &self.arn
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.arn.fmt(f)
    }
}

/// Saved evidence has been through no command line.
fn no_placeholder(text: &str) -> Result<(), Unacceptable> {
    if holds_placeholder(text) { Err(Unacceptable("a placeholder was left in".into())) } else { Ok(()) }
}

fn commercial(arn: &Arn) -> Result<(), Unacceptable> {
    if arn.partition() == contract::aws::PARTITION {
        return Ok(());
    }
    Err(Unacceptable(format!(
        "the partition is `{}`; OpenAI's role lives in `aws` and can't work across partitions",
        arn.partition()
    )))
}

fn twelve_digits(arn: &Arn) -> Result<AccountId, Unacceptable> {
    arn.account()
        .parse()
        .map_err(|_| Unacceptable(format!("the account is `{}`; expected twelve digits", arn.account())))
}

impl TryFrom<&Arn> for RoleArn {
    type Error = Unacceptable;

    fn try_from(arn: &Arn) -> Result<Self, Unacceptable> {
        no_placeholder(&arn.to_string())?;
        commercial(arn)?;
        if arn.service() != "iam" || !arn.resource().starts_with("role/") {
            let kind = arn.resource().split(['/', ':']).next().unwrap_or_default();
            return Err(Unacceptable(match (arn.service(), kind) {
                ("sts", "assumed-role") => "this is the ARN of a session; give the ARN of its role".into(),
                ("iam", "instance-profile") => {
                    "this is the ARN of an instance profile; give the ARN of the role in it".into()
                }
                (service, kind) => {
                    format!(
                        "this is the ARN of `{service}` `{kind}`; expected an IAM role, `arn:aws:iam::…:role/…`"
                    )
                }
            }));
        }
        if !arn.region().is_empty() {
            return Err(Unacceptable(format!("a role's ARN has no region, this one has `{}`", arn.region())));
        }
        let account = twelve_digits(arn)?;
        let allowed = |c: char| c.is_ascii_graphic();
        let path_and_name = arn.resource().trim_start_matches("role/");
        let name = path_and_name.rsplit('/').next().unwrap_or_default();
        // IAM API, CreateRole: RoleName has 1 to 64 characters of [\w+=,.@-].
        let named = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if name.is_empty()
            || name.len() > 64
            || !name.chars().all(named)
            || !path_and_name.chars().all(allowed)
        {
            return Err(Unacceptable(format!(
                "`{name}` is no role name; expected 1 to 64 letters, digits and `_+=,.@-`"
            )));
        }
        Ok(Self { account, name: name.to_owned(), arn: arn.clone() })
    }
}

/// The ARN of a KMS key or alias in the commercial partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyArn {
    arn: Arn,
    account: AccountId,
    resource: KeyResource,
}

/// What a [`KeyArn`] names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyResource {
    /// A key, by its id: a UUID, or `mrk-…` for a multi-Region key.
    Key(String),
    /// An alias, by its name with the `alias/` prefix.
    Alias(String),
}

impl KeyArn {
    /// Reads `--kms-arn`.
    ///
    /// # Errors
    /// For text that is no ARN, and for an ARN that OpenAI's API would not accept.
    pub fn parse(given: &str) -> Result<Self, InvalidInput> {
        parse_acceptable("--kms-arn", given, EXPECTED_KEY_ARN)
    }
    /// The account that the key is in.
    pub fn account(&self) -> &AccountId {
        &self.account
    }
    /// The region that the key is in: KMS is regional.
    pub fn region(&self) -> &str {
        self.arn.region()
    }
    /// The key id or alias name.
    pub fn resource(&self) -> &KeyResource {
        &self.resource
    }
    /// The ARN.
    pub fn arn(&self) -> &Arn {
        &self.arn
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.arn.fmt(f)
    }
}

impl TryFrom<&Arn> for KeyArn {
    type Error = Unacceptable;

    fn try_from(arn: &Arn) -> Result<Self, Unacceptable> {
        no_placeholder(&arn.to_string())?;
        commercial(arn)?;
        if arn.service() != "kms" {
            return Err(Unacceptable(format!(
                "this is an ARN of `{}`; expected one of KMS, `arn:aws:kms:…`",
                arn.service()
            )));
        }
        if !is_region(arn.region()) {
            return Err(Unacceptable(format!(
                "the region is `{}`; expected one such as `us-east-1`",
                arn.region()
            )));
        }
        let account = twelve_digits(arn)?;
        let resource = if let Some(id) = arn.resource().strip_prefix("key/") {
            if !is_key_id(id) {
                return Err(Unacceptable(format!(
                    "`{id}` is no key id; expected a UUID, or `mrk-` and 32 hexadecimal digits"
                )));
            }
            KeyResource::Key(id.to_owned())
        } else if let Some(name) = arn.resource().strip_prefix("alias/") {
            // KMS API, CreateAlias: alias/ and letters, digits, `/`, `_`, `-`; 256 characters at most.
            let named = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
            if name.is_empty() || name.len() > 250 || !name.chars().all(named) {
                return Err(Unacceptable(format!(
                    "`{name}` is no alias name; expected letters, digits, `/`, `_` and `-`"
                )));
            }
            KeyResource::Alias(format!("alias/{name}"))
        } else {
            return Err(Unacceptable(format!("`{}` is neither `key/…` nor `alias/…`", arn.resource())));
        };
        Ok(Self { account, resource, arn: arn.clone() })
    }
}

/// `us-east-1`, `ap-southeast-4`, `us-iso-east-1`.
fn is_region(text: &str) -> bool {
    let mut parts = text.split('-').rev();
    let number = parts.next().unwrap_or_default();
    let words: Vec<&str> = parts.collect();
    !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
        && words.len() >= 2
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
}

/// A UUID in lower or upper case, or `mrk-` and 32 hexadecimal digits.
fn is_key_id(id: &str) -> bool {
    let hex = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some(digits) = id.strip_prefix("mrk-") {
        return hex(digits, 32);
    }
    let parts: Vec<&str> = id.split('-').collect();
    parts.len() == 5 && parts.iter().zip([8, 4, 4, 4, 12]).all(|(part, length)| hex(part, length))
}

/// What STS takes as an ExternalId: 2 to 1224 characters of `[\w+=,.@:/-]` (STS API, AssumeRole).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ExternalId(String);

/// Text that STS would not take as an ExternalId.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not an ExternalId: expected 2 to 1224 letters, digits and `_+=,.@:/-`, without white space")]
pub struct NotAnExternalId;

impl ExternalId {
    /// Reads `--external-id`, acceptable or not.
    ///
    /// # Errors
    /// For text that is no ExternalId, and for placeholders.
    pub fn given(text: &str) -> Result<Self, InvalidInput> {
        if holds_placeholder(text) {
            Err("a placeholder was left in")
        } else {
            text.parse().map_err(|NotAnExternalId| "not an ExternalId")
        }
        .map_err(|problem| InvalidInput {
            option: "--external-id".into(),
            given: text.into(),
            problem: problem.into(),
            expected: EXPECTED_EXTERNAL_ID.into(),
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether OpenAI passes such an id: an organization's `org-…` or a project's `proj_…`
    /// ([`contract::article::AWS_GUIDE`]).
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn acceptable(&self) -> Result<(), Unacceptable> {
        no_placeholder(&self.0)?;
        let id =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if self.0.strip_prefix("org-").or_else(|| self.0.strip_prefix("proj_")).is_some_and(id) {
            return Ok(());
        }
        Err(Unacceptable(format!(
            "`{}` is neither an organization's id, `org-…`, nor a project's, `proj_…`",
            self.0
        )))
    }
}

impl FromStr for ExternalId {
    type Err = NotAnExternalId;
    fn from_str(text: &str) -> Result<Self, NotAnExternalId> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
        if (2..=1224).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnExternalId)
        }
    }
}

serialized_as_text!(ExternalId, NotAnExternalId);

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn role(text: &str) -> Result<RoleArn, Unacceptable> {
        RoleArn::try_from(&text.parse().unwrap())
    }
    fn key(text: &str) -> Result<KeyArn, Unacceptable> {
        KeyArn::try_from(&text.parse().unwrap())
    }

    #[test]
    fn a_role_with_a_path_is_asked_for_by_its_name() {
        let role = role("arn:aws:iam::111122223333:role/team/security/openai-ekm").unwrap();
        assert_eq!((role.name(), role.account().as_str()), ("openai-ekm", "111122223333"));
    }

    #[test]
    fn role_arns_that_openai_refuses_are_told_apart() {
        for (text, part) in [
            ("arn:aws-us-gov:iam::111122223333:role/x", "partition"),
            ("arn:aws:iam::111122223333:user/x", "`iam` `user`"),
            ("arn:aws:sts::111122223333:assumed-role/x/y", "session"),
            ("arn:aws:iam::111122223333:instance-profile/x", "instance profile"),
            ("arn:aws:iam::1111:role/x", "twelve digits"),
            ("arn:aws:iam:us-east-1:111122223333:role/x", "no region"),
            ("arn:aws:iam::111122223333:role/", "role name"),
        ] {
            let error = role(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn keys_multi_region_keys_and_aliases_are_accepted() {
        assert_eq!(key(KEY).unwrap().region(), "us-east-1");
        assert!(key("arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab").is_ok());
        assert_eq!(
            key("arn:aws:kms:eu-west-1:111122223333:alias/openai/ekm").unwrap().resource(),
            &KeyResource::Alias("alias/openai/ekm".into())
        );
    }

    #[test]
    fn key_arns_that_openai_refuses_are_told_apart() {
        for (text, part) in [
            ("arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "partition"),
            ("arn:aws:s3:::bucket", "`s3`"),
            ("arn:aws:kms::111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "region"),
            ("arn:aws:kms:us-east-1:111122223333:key/ekm", "no key id"),
            ("arn:aws:kms:us-east-1:111122223333:1234abcd-12ab-34cd-56ef-1234567890ab", "neither"),
        ] {
            let error = key(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn an_external_id_is_an_organization_or_a_project() {
        for good in ["org-AbC123", "proj_AbC123"] {
            assert!(good.parse::<ExternalId>().unwrap().acceptable().is_ok());
        }
        for bad in ["acme", "org_AbC123", "proj-AbC123", "org-"] {
            assert!(bad.parse::<ExternalId>().unwrap().acceptable().is_err(), "{bad}");
        }
        for none in ["", "x", " org-AbC123", "org-AbC 123", "org-\u{1b}[0m"] {
            assert_eq!(none.parse::<ExternalId>(), Err(NotAnExternalId));
        }
    }

    #[test]
    fn placeholders_are_refused_with_the_expected_form() {
        let error = AwsRegistration::parse("arn:aws:iam::<YOUR_ACCOUNT>:role/x", KEY, "org-a1").unwrap_err();
        assert_eq!(
            (error.option.as_str(), error.problem.as_str()),
            ("--role-arn", "a placeholder was left in")
        );
        assert!(error.expected.contains("arn:aws:iam::111122223333:role/"));
        assert!(AwsRegistration::parse("arn:aws:iam::111122223333:role/x", KEY, "<YOUR_ORG_ID>").is_err());
        assert!(AwsRegistration::parse("arn:aws:iam::111122223333:role/x", KEY, "org-xxx").is_err());
    }
}

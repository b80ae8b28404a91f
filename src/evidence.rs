//! What was seen in a cloud and what was not: the only input of every decision.
//!
//! Each thing that was looked for is an [`Item`]: collected, absent where the cloud's answer proves it, or missing
//! for a reason. Saved as JSON it is what `--save-evidence` writes and `replay` reads; `docs/evidence.schema.json` is
//! its schema. It holds no secrets: configuration and policies only.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::contract::Provider;
use crate::facts::{Fact, UnknownBecause};
use crate::target::arn::Arn;
use crate::target::aws::AwsRegistration;
use crate::target::azure::AzureRegistration;
use crate::target::{FriendlyName, Registration};
use crate::text::{inert, inert_json};

pub mod aws;
pub mod azure;
pub mod plan;
pub(crate) mod registered;

use aws::AwsEvidence;
use azure::AzureEvidence;
use plan::Plan;

/// The version of the evidence document that this program writes and reads.
pub const VERSION: u32 = 1;

/// One target, and all that was seen of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The version of this document: 1.
    #[serde(deserialize_with = "known_version")]
    #[schemars(extend("const" = 1))]
    pub version: u32,
    /// The friendly name of the registration.
    pub name: FriendlyName,
    /// Where the evidence comes from.
    pub source: Source,
    /// When it was collected. Dates in policies and keys are judged against it.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub collected_at: Timestamp,
    /// The cloud, what is to be registered there, and what was seen.
    pub cloud: Cloud,
    /// The plan or state that it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Box<Plan>>,
}

/// Where evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Read from the cloud.
    Live,
    /// Read from a Terraform plan or state.
    Plan,
}

impl Source {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Plan => "plan",
        }
    }
}

/// The cloud that the key is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// Amazon Web Services.
    Aws {
        /// What is to be registered, as given.
        registration: AwsRegistration,
        /// Other keys that are registered with the same role, which it needs to use as well; by an alias where the key
        /// behind it was not read.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        other_keys: Vec<Arn>,
        /// What was seen.
        evidence: Box<AwsEvidence>,
    },
    /// Microsoft Azure.
    Azure {
        /// What is to be registered, as given.
        registration: AzureRegistration,
        /// What was seen.
        evidence: Box<AzureEvidence>,
    },
}

impl Cloud {
    /// Which cloud it is.
    pub fn provider(&self) -> Provider {
        match self {
            Self::Aws { .. } => Provider::Aws,
            Self::Azure { .. } => Provider::Azure,
        }
    }

    /// What is to be registered, as given.
    pub fn registration(&self) -> Registration {
        match self {
            Self::Aws { registration, .. } => Registration::Aws(registration.clone()),
            Self::Azure { registration, .. } => Registration::Azure(registration.clone()),
        }
    }

    /// The same as if nothing stood outside of the plan that it was read from.
    pub(crate) fn alone(&self) -> Self {
        let mut cloud = self.clone();
        match &mut cloud {
            Self::Aws { evidence, .. } => **evidence = evidence.alone(),
            Self::Azure { evidence, .. } => **evidence = evidence.alone(),
        }
        cloud
    }

    /// Everything that could not be read, in the order of the evidence's keys.
    pub fn missing(&self) -> Vec<&Missing> {
        match self {
            Self::Aws { evidence, .. } => evidence.missing(),
            Self::Azure { evidence, .. } => evidence.missing(),
        }
    }
}

/// A key of one cloud's evidence: what stands under it and which calls fill it.
pub trait Catalogued: Copy + Ord + fmt::Display + 'static {
    /// The cloud.
    const PROVIDER: Provider;
    /// All keys of that cloud, in the order in which they are saved.
    const ALL: &'static [Self];

    /// The key as checks and reports write it: `aws.role`.
    fn name(self) -> &'static str;

    /// What stands under it.
    fn meaning(self) -> &'static str;

    /// Whether a call of this name is made for it.
    fn makes(self, call: &str) -> bool;

    /// The permissions that its calls take, each once.
    fn permissions(self) -> Vec<&'static str>;

    /// The key of this name.
    fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name() == name)
    }
}

fn known_version<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let version = u32::deserialize(deserializer)?;
    if version == VERSION {
        return Ok(version);
    }
    Err(serde::de::Error::custom(format!(
        "its version is {version}, this program reads version {VERSION} and it must be collected again:"
    )))
}

/// A key of the evidence, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The key as checks and reports write it: `aws.role`.
    pub name: &'static str,
    /// What stands under it.
    pub meaning: &'static str,
    /// The permissions that it takes to read it, each once.
    pub permissions: Vec<&'static str>,
}

/// All keys of one cloud's evidence, in the order in which they are saved.
pub fn described(provider: Provider) -> Vec<Described> {
    fn all<K: Catalogued>() -> Vec<Described> {
        let described =
            |key: &K| Described { name: key.name(), meaning: key.meaning(), permissions: key.permissions() };
        K::ALL.iter().map(described).collect()
    }
    match provider {
        Provider::Aws => all::<aws::EvidenceKey>(),
        Provider::Azure => all::<azure::EvidenceKey>(),
        Provider::Gcp => Vec::new(),
    }
}

/// Something that was looked for in a cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Item<T> {
    /// The cloud's answer.
    Collected(T),
    /// Some of it: the members of a list that a plan shows, say.
    Partial {
        /// What is known.
        known: T,
        /// Why the rest is not.
        missing: Missing,
    },
    /// The cloud's answer proves that there is no such thing.
    Absent(Absent),
    /// There is no answer to rely on.
    Missing(Missing),
}

/// A thing that the cloud says does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Absent {
    /// The call that said so: `iam:GetRole`; in a plan the address of what would show it.
    pub call: String,
}

/// A thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// The call that should have read it: `iam:GetRole`; in a plan the address and the attribute.
    pub call: String,
    /// Why there is no answer.
    pub reason: MissingReason,
    /// The permission that the caller lacks, where that is the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// What the cloud or the connection said, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Why there is no answer to rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingReason {
    /// The caller may not read it.
    Denied,
    /// The answer is another account's, or can't be told from one.
    WrongAccount,
    /// The cloud throttled every attempt.
    Throttled,
    /// No answer within the time limit.
    TimedOut,
    /// No connection.
    Unreachable,
    /// No credentials, or expired ones.
    Credentials,
    /// The cloud failed, or its answer can't be understood.
    Unreadable,
    /// It was not asked for, because something before it failed.
    NotAsked,
    /// The plan makes it, and what it will be is known only after apply.
    KnownAfterApply,
    /// It is not in the plan.
    NotInPlan,
    /// The plan and evidence that was read after it say two things.
    Contradicted,
}

impl MissingReason {
    /// The word in reports and evidence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::WrongAccount => "wrong_account",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Credentials => "credentials",
            Self::Unreadable => "unreadable",
            Self::NotAsked => "not_asked",
            Self::KnownAfterApply => "known_after_apply",
            Self::NotInPlan => "not_in_plan",
            Self::Contradicted => "contradicted",
        }
    }
}

impl fmt::Display for MissingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Missing {
    /// Not asked for, because of something before it.
    pub fn not_asked(call: &str, detail: impl Into<String>) -> Self {
        Self { call: call.into(), reason: MissingReason::NotAsked, permission: None, detail: detail.into() }
    }

    /// What a plan makes of something is known only after the apply. `call` is the address, `detail` why and what to do.
    pub fn after_apply(call: impl Into<String>, detail: impl Into<String>) -> Self {
        let reason = MissingReason::KnownAfterApply;
        Self { call: call.into(), reason, permission: None, detail: detail.into() }
    }

    /// Why, in a word; with what can't be read, and of a plan with the attribute's address and what to do.
    pub fn why(&self) -> String {
        let word = self.reason.word();
        match self.reason {
            MissingReason::KnownAfterApply => format!("{word}: `{}`: {}", self.call, self.detail),
            MissingReason::NotInPlan | MissingReason::Contradicted => format!("{word}: {}", self.detail),
            MissingReason::Unreadable if !self.detail.is_empty() => format!("{word}: {}", self.detail),
            _ => word.to_owned(),
        }
    }

    /// The reason as facts and reports carry it, under the evidence key given.
    pub fn because(&self, key: &str) -> UnknownBecause {
        UnknownBecause { evidence: key.into(), reason: self.why(), permission: self.permission.clone() }
    }
}

impl<T> Item<T> {
    /// The value, where it was collected whole.
    pub fn collected(&self) -> Option<&T> {
        match self {
            Self::Collected(value) => Some(value),
            Self::Partial { .. } | Self::Absent(_) | Self::Missing(_) => None,
        }
    }

    /// The value as far as it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Collected(value) => Some(value),
            Self::Partial { known, .. } => Some(known),
            Self::Absent(_) | Self::Missing(_) => None,
        }
    }

    /// Why it is not known, or not all of it.
    pub fn missing(&self) -> Option<&Missing> {
        match self {
            Self::Missing(missing) | Self::Partial { missing, .. } => Some(missing),
            Self::Collected(_) | Self::Absent(_) => None,
        }
    }

    /// As a fact: the value, `None` where it is absent, unknown where it or a part of it is missing.
    pub fn fact(&self, key: &str) -> Fact<Option<&T>> {
        match self {
            Self::Collected(value) => Fact::Known(Some(value)),
            Self::Absent(_) => Fact::Known(None),
            Self::Missing(missing) | Self::Partial { missing, .. } => {
                Fact::Unknown(vec![missing.because(key)])
            }
        }
    }
}

impl<T: Clone> Item<T> {
    /// What is known, as if nothing stood outside of the plan that it was read from.
    pub(crate) fn known_alone(&self) -> Self {
        match self {
            Self::Partial { known, missing } if missing.reason == MissingReason::NotInPlan => {
                Self::Collected(known.clone())
            }
            other => other.clone(),
        }
    }
}

impl<T: Clone> Item<Vec<T>> {
    /// The list as if nothing stood outside of the plan that it was read from.
    pub(crate) fn alone(&self) -> Self {
        match self {
            Self::Missing(missing) if missing.reason == MissingReason::NotInPlan => {
                Self::Collected(Vec::new())
            }
            other => other.known_alone(),
        }
    }
}

/// Saved evidence that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "not evidence that this program saved: {problem}\n  expected the file that `--save-evidence` writes (JSON, version {VERSION})"
)]
pub struct NotEvidence {
    /// What is wrong, with line and column.
    pub problem: String,
}

/// Reads saved evidence.
///
/// # Errors
/// For text that is not this version's document: unknown or missing fields, wrong types, with line and column.
pub fn from_json(text: &str) -> Result<Evidence, NotEvidence> {
    serde_json::from_str(text).map_err(|error| NotEvidence { problem: inert(&error.to_string()) })
}

/// Evidence as it is saved, ending in a newline. Characters that act on a terminal are escaped.
///
/// # Errors
/// Never for evidence of this program; the serializer's error otherwise.
pub fn to_json(evidence: &Evidence) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(evidence)?;
    text.push('\n');
    Ok(inert_json(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str = include_str!("../examples/aws-ready.json");

    #[test]
    fn evidence_is_saved_as_it_was_read() {
        let evidence = from_json(READY).unwrap();
        assert_eq!(from_json(&to_json(&evidence).unwrap()), Ok(evidence));
    }

    #[test]
    fn what_this_version_does_not_write_is_refused_with_its_place() {
        for (from, to, part) in [
            (r#""version": 1"#, r#""version": 2"#, "its version is 2"),
            (r#""name": "openai-ekm","#, r#""name": "","#, "not a friendly name"),
            (r#""name": "openai-ekm","#, r#""names": [],"#, "unknown field `names`"),
            (r#""tags": {}"#, r#""tags": {"a": "1", "a": "2"}"#, "`a` stands twice"),
            (r#""account": "111122223333","#, r#""account": "1111","#, "not an AWS account id"),
            (r#""source": "live""#, r#""source": "guess""#, "unknown variant `guess`"),
        ] {
            assert!(READY.contains(from), "{from}");
            let error = from_json(&READY.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("at line "), "{to}: {error}");
        }
    }
}

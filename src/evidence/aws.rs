//! What is read of an AWS account.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Item, Missing, MissingReason};
use crate::target::arn::{AccountId, Arn};

mod keys;
mod organization;

pub use keys::{Call, EvidenceKey, On};
pub use organization::{Level, NamedAccount, Organization};

/// Everything that is read for one target. Each field is an evidence key: `aws.role` for `role`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsEvidence {
    /// Who asked about the role (`sts:GetCallerIdentity`).
    pub caller: Item<Caller>,
    /// Who asked about the key: the same, unless the key was read with another profile.
    pub key_caller: Item<Caller>,
    /// The role (`iam:GetRole`).
    pub role: Item<Role>,
    /// The role's inline policies (`iam:ListRolePolicies`, `iam:GetRolePolicy`).
    pub role_inline_policies: Item<Vec<Policy>>,
    /// The managed policies attached to the role (`iam:ListAttachedRolePolicies`, `iam:GetPolicy`,
    /// `iam:GetPolicyVersion`).
    pub role_attached_policies: Item<Vec<Policy>>,
    /// The role's permissions boundary; absent where the role has none (`iam:GetRole`, `iam:GetPolicy`,
    /// `iam:GetPolicyVersion`).
    pub role_boundary: Item<Policy>,
    /// The key, behind the alias where an alias was given (`kms:DescribeKey`).
    pub key: Item<Key>,
    /// The key's policy (`kms:GetKeyPolicy`).
    pub key_policy: Item<String>,
    /// The names of the key's aliases, with `alias/` (`kms:ListAliases`).
    pub key_aliases: Item<Vec<String>>,
    /// The key's tags (`kms:ListResourceTags`).
    pub key_tags: Item<Tags>,
    /// The grants on the key (`kms:ListGrants`).
    pub key_grants: Item<Vec<Grant>>,
    /// The key's automatic rotation; absent where keys of its kind have none (`kms:GetKeyRotationStatus`).
    pub key_rotation: Item<Rotation>,
    /// The organization of the role's account; absent where it is in none (`organizations:DescribeOrganization`,
    /// `organizations:ListParents`).
    pub role_organization: Item<Organization>,
    /// The service control policies above the role's account, root first; absent where none can apply
    /// (`organizations:ListRoots`, `organizations:ListPoliciesForTarget`, `organizations:DescribePolicy`).
    pub role_service_control_policies: Item<Vec<Level>>,
    /// The resource control policies above the role's account, root first; absent where none can apply.
    pub role_resource_control_policies: Item<Vec<Level>>,
    /// The organization of the key's account; absent where it is in none.
    pub key_organization: Item<Organization>,
    /// The resource control policies above the key's account, root first; absent where none can apply.
    pub key_resource_control_policies: Item<Vec<Level>>,
    /// The accounts that the trust policy, the key's policy and its grants name, other than OpenAI's, the role's and
    /// the key's (`organizations:DescribeAccount`); absent where the role's account is in no organization.
    pub named_accounts: Item<Vec<NamedAccount>>,
}

impl AwsEvidence {
    /// The same as if nothing stood outside of the plan that it was read from.
    pub(super) fn alone(&self) -> Self {
        Self {
            role_inline_policies: self.role_inline_policies.alone(),
            role_attached_policies: self.role_attached_policies.alone(),
            key_aliases: self.key_aliases.alone(),
            key_grants: self.key_grants.alone(),
            ..self.clone()
        }
    }

    /// Everything that could not be read, policy documents one by one, in the order of the keys.
    pub fn missing(&self) -> Vec<&Missing> {
        let policies = [&self.role_inline_policies, &self.role_attached_policies];
        let documents = policies
            .into_iter()
            .filter_map(Item::collected)
            .flatten()
            .chain(self.role_boundary.collected())
            .filter_map(|policy| policy.document.missing());
        let levels = [
            &self.role_service_control_policies,
            &self.role_resource_control_policies,
            &self.key_resource_control_policies,
        ];
        let organizations =
            [&self.role_organization, &self.key_organization].into_iter().filter_map(Item::collected);
        let accounts = self.named_accounts.collected().into_iter().flatten();
        // Of a plan nobody is asked, and nothing is lost by it.
        let asked = |missing: &&Missing| missing.reason != MissingReason::NotInPlan;
        [
            self.caller.missing().filter(asked),
            self.key_caller.missing().filter(asked),
            self.role.missing(),
            self.role_inline_policies.missing(),
            self.role_attached_policies.missing(),
            self.role_boundary.missing(),
            self.key.missing(),
            self.key_policy.missing(),
            self.key_aliases.missing(),
            self.key_tags.missing(),
            self.key_grants.missing(),
            self.key_rotation.missing(),
            self.role_organization.missing(),
            self.role_service_control_policies.missing(),
            self.role_resource_control_policies.missing(),
            self.key_organization.missing(),
            self.key_resource_control_policies.missing(),
            self.named_accounts.missing(),
        ]
        .into_iter()
        .flatten()
        .chain(documents)
        .chain(organizations.filter_map(Organization::missing))
        .chain(levels.into_iter().filter_map(Item::collected).flatten().flat_map(Level::missing))
        .chain(accounts.filter_map(|named| named.organization.missing()))
        .collect()
    }
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// The caller's account.
    pub account: AccountId,
    /// The caller's ARN.
    pub arn: Arn,
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its ARN, path and case as AWS has them.
    pub arn: Arn,
    /// Its unique id, `AROA…`.
    pub role_id: String,
    /// The trust policy, as JSON text.
    pub trust_policy: String,
    /// The ARN of its permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

/// A policy by name, with its document where that could be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its name, or its ARN for a managed policy.
    pub name: String,
    /// The document, as JSON text.
    pub document: Item<String>,
}

/// A KMS key, as `kms:DescribeKey` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its own ARN, `…:key/…`, also where an alias was given.
    pub arn: Arn,
    /// `SYMMETRIC_DEFAULT`, `RSA_2048`, …
    pub spec: String,
    /// `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, …
    pub usage: String,
    /// `Enabled`, `Disabled`, `PendingDeletion`, …
    pub state: String,
    /// `AWS_KMS`, `EXTERNAL`, `AWS_CLOUDHSM`, `EXTERNAL_KEY_STORE`.
    pub origin: String,
    /// `CUSTOMER` or `AWS`.
    pub manager: String,
    /// Whether it is a multi-Region key.
    pub multi_region: bool,
    /// `PRIMARY` or `REPLICA` for a multi-Region key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_region_type: Option<String>,
    /// The id of the custom key store that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_key_store: Option<String>,
    /// When its imported material expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub material_expires: Option<Timestamp>,
    /// When KMS will delete it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub deletion_date: Option<Timestamp>,
}

/// A key's automatic rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// Whether it is on.
    pub enabled: bool,
    /// The days between two rotations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_days: Option<u32>,
}

/// A grant on the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// Who may use it: an ARN, or a service principal.
    pub grantee: String,
    /// `Encrypt`, `Decrypt`, …
    pub operations: Vec<String>,
    /// Pairs that the request's encryption context must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    /// Pairs that the request's encryption context must consist of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
    /// The resource on whose behalf an AWS service must call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
}

/// A map in which no key stands twice.
fn each_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct EachOnce;
    impl<'de> Visitor<'de> for EachOnce {
        type Value = BTreeMap<String, String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("texts by name")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<String, String>()? {
                if found.insert(key.clone(), value).is_some() {
                    return Err(A::Error::custom(format!("`{key}` stands twice")));
                }
            }
            Ok(found)
        }
    }
    deserializer.deserialize_map(EachOnce)
}

/// The tags of a role or key, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Tags(pub BTreeMap<String, String>);

impl FromIterator<(String, String)> for Tags {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(tags: I) -> Self {
        Self(tags.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        each_once(deserializer).map(Self)
    }
}

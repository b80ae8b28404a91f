//! The keys of the evidence, and the calls that fill each: what checks need, what a live run may ask, and which
//! permissions that takes, in one list.

use std::fmt;

use crate::contract::Provider;
use crate::evidence::Catalogued;

/// A key of the evidence of an AWS account: `aws.role` in checks, reports and documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKey {
    /// Who asked about the role.
    Caller,
    /// Who asked about the key.
    KeyCaller,
    /// The role.
    Role,
    /// The role's inline policies.
    RoleInlinePolicies,
    /// The managed policies attached to the role.
    RoleAttachedPolicies,
    /// The role's permissions boundary.
    RoleBoundary,
    /// The key.
    Key,
    /// The key's policy.
    KeyPolicy,
    /// The key's aliases.
    KeyAliases,
    /// The key's tags.
    KeyTags,
    /// The grants on the key.
    KeyGrants,
    /// The key's automatic rotation.
    KeyRotation,
    /// The organization of the role's account.
    RoleOrganization,
    /// The service control policies above the role's account.
    RoleServiceControlPolicies,
    /// The resource control policies above the role's account.
    RoleResourceControlPolicies,
    /// The organization of the key's account.
    KeyOrganization,
    /// The resource control policies above the key's account.
    KeyResourceControlPolicies,
    /// Whether the accounts that the policies name are of the role's organization.
    NamedAccounts,
}

/// A call that a live run may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The call, which is the permission's name as well: `iam:GetRole`.
    pub name: &'static str,
    /// What the permission is on.
    pub on: On,
}

/// What a permission is on (Service Authorization Reference).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// Nothing: everybody may make the call, and no policy can forbid it (STS API, GetCallerIdentity).
    NoPermission,
    /// The role.
    Role,
    /// A managed policy, AWS's own or of the role's account.
    ManagedPolicy,
    /// The key; an alias is no resource of these calls (KMS-DG cmks-in-iam-policies).
    Key,
    /// The key's account as a whole: no resource in particular, only `*` will do.
    Everything,
    /// The organization, its roots, units, accounts and policies.
    Organization,
}

const fn call(name: &'static str, on: On) -> Call {
    Call { name, on }
}

const GET_ROLE: Call = call("iam:GetRole", On::Role);
const GET_POLICY: Call = call("iam:GetPolicy", On::ManagedPolicy);
const GET_POLICY_VERSION: Call = call("iam:GetPolicyVersion", On::ManagedPolicy);
const DESCRIBE_ORGANIZATION: Call = call("organizations:DescribeOrganization", On::Organization);
const LIST_PARENTS: Call = call("organizations:ListParents", On::Organization);

const IDENTITY: &[Call] = &[call("sts:GetCallerIdentity", On::NoPermission)];
const ROLE: &[Call] = &[GET_ROLE];
const INLINE: &[Call] = &[call("iam:ListRolePolicies", On::Role), call("iam:GetRolePolicy", On::Role)];
const ATTACHED: &[Call] = &[call("iam:ListAttachedRolePolicies", On::Role), GET_POLICY, GET_POLICY_VERSION];
const BOUNDARY: &[Call] = &[GET_ROLE, GET_POLICY, GET_POLICY_VERSION];
// An alias is looked behind first: the other calls refuse it.
const DESCRIBE_KEY: Call = call("kms:DescribeKey", On::Key);
const GET_KEY_POLICY: Call = call("kms:GetKeyPolicy", On::Key);
const LIST_GRANTS: Call = call("kms:ListGrants", On::Key);
const KEY: &[Call] = &[DESCRIBE_KEY];
const KEY_POLICY: &[Call] = &[DESCRIBE_KEY, GET_KEY_POLICY];
const ALIASES: &[Call] = &[DESCRIBE_KEY, call("kms:ListAliases", On::Everything)];
const TAGS: &[Call] = &[DESCRIBE_KEY, call("kms:ListResourceTags", On::Key)];
const GRANTS: &[Call] = &[DESCRIBE_KEY, LIST_GRANTS];
const ROTATION: &[Call] = &[DESCRIBE_KEY, call("kms:GetKeyRotationStatus", On::Key)];
const ORGANIZATION: &[Call] = &[DESCRIBE_ORGANIZATION, LIST_PARENTS];
const ABOVE: &[Call] = &[
    DESCRIBE_ORGANIZATION,
    LIST_PARENTS,
    call("organizations:ListRoots", On::Organization),
    call("organizations:ListPoliciesForTarget", On::Organization),
    call("organizations:DescribePolicy", On::Organization),
];
const ACCOUNTS: &[Call] = &[
    GET_ROLE,
    DESCRIBE_KEY,
    GET_KEY_POLICY,
    LIST_GRANTS,
    DESCRIBE_ORGANIZATION,
    LIST_PARENTS,
    call("organizations:DescribeAccount", On::Organization),
];

impl EvidenceKey {
    /// The calls that fill it, and those that lead there: to the key behind an alias, to the accounts that are named.
    /// Who asks is asked besides.
    pub fn calls(self) -> &'static [Call] {
        match self {
            Self::Caller | Self::KeyCaller => IDENTITY,
            Self::Role => ROLE,
            Self::RoleInlinePolicies => INLINE,
            Self::RoleAttachedPolicies => ATTACHED,
            Self::RoleBoundary => BOUNDARY,
            Self::Key => KEY,
            Self::KeyPolicy => KEY_POLICY,
            Self::KeyAliases => ALIASES,
            Self::KeyTags => TAGS,
            Self::KeyGrants => GRANTS,
            Self::KeyRotation => ROTATION,
            Self::RoleOrganization | Self::KeyOrganization => ORGANIZATION,
            Self::RoleServiceControlPolicies
            | Self::RoleResourceControlPolicies
            | Self::KeyResourceControlPolicies => ABOVE,
            Self::NamedAccounts => ACCOUNTS,
        }
    }

    /// Whether it is about the key and read with the credentials for the key's account.
    pub fn of_key(self) -> bool {
        matches!(
            self,
            Self::KeyCaller
                | Self::Key
                | Self::KeyPolicy
                | Self::KeyAliases
                | Self::KeyTags
                | Self::KeyGrants
                | Self::KeyRotation
                | Self::KeyOrganization
                | Self::KeyResourceControlPolicies
        )
    }
}

impl Catalogued for EvidenceKey {
    const PROVIDER: Provider = Provider::Aws;

    const ALL: &'static [Self] = &[
        Self::Caller,
        Self::KeyCaller,
        Self::Role,
        Self::RoleInlinePolicies,
        Self::RoleAttachedPolicies,
        Self::RoleBoundary,
        Self::Key,
        Self::KeyPolicy,
        Self::KeyAliases,
        Self::KeyTags,
        Self::KeyGrants,
        Self::KeyRotation,
        Self::RoleOrganization,
        Self::RoleServiceControlPolicies,
        Self::RoleResourceControlPolicies,
        Self::KeyOrganization,
        Self::KeyResourceControlPolicies,
        Self::NamedAccounts,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Caller => "aws.caller",
            Self::KeyCaller => "aws.key_caller",
            Self::Role => "aws.role",
            Self::RoleInlinePolicies => "aws.role_inline_policies",
            Self::RoleAttachedPolicies => "aws.role_attached_policies",
            Self::RoleBoundary => "aws.role_boundary",
            Self::Key => "aws.key",
            Self::KeyPolicy => "aws.key_policy",
            Self::KeyAliases => "aws.key_aliases",
            Self::KeyTags => "aws.key_tags",
            Self::KeyGrants => "aws.key_grants",
            Self::KeyRotation => "aws.key_rotation",
            Self::RoleOrganization => "aws.role_organization",
            Self::RoleServiceControlPolicies => "aws.role_service_control_policies",
            Self::RoleResourceControlPolicies => "aws.role_resource_control_policies",
            Self::KeyOrganization => "aws.key_organization",
            Self::KeyResourceControlPolicies => "aws.key_resource_control_policies",
            Self::NamedAccounts => "aws.named_accounts",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Caller => "who asked about the role and, without --key-profile, about the key",
            Self::KeyCaller => "who asked about the key",
            Self::Role => "the role: its ARN, trust policy, boundary's ARN and tags",
            Self::RoleInlinePolicies => "the role's inline policies",
            Self::RoleAttachedPolicies => "the managed policies attached to the role",
            Self::RoleBoundary => "the role's permissions boundary",
            Self::Key => "the key's metadata",
            Self::KeyPolicy => "the key's policy",
            Self::KeyAliases => "the key's aliases",
            Self::KeyTags => "the key's tags",
            Self::KeyGrants => "the grants on the key",
            Self::KeyRotation => "the key's automatic rotation",
            Self::RoleOrganization => "the organization of the role's account, and the account's place in it",
            Self::RoleServiceControlPolicies => "the service control policies above the role's account",
            Self::RoleResourceControlPolicies => "the resource control policies above the role's account",
            Self::KeyOrganization => "the organization of the key's account, and the account's place in it",
            Self::KeyResourceControlPolicies => "the resource control policies above the key's account",
            Self::NamedAccounts => {
                "whether accounts that the trust policy, the key's policy and its grants name are of the organization"
            }
        }
    }

    fn makes(self, call: &str) -> bool {
        self.calls().iter().any(|of_key| of_key.name == call)
    }

    fn permissions(self) -> Vec<&'static str> {
        self.calls().iter().filter(|call| call.on != On::NoPermission).map(|call| call.name).collect()
    }
}

impl fmt::Display for EvidenceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::schema_for;

    use super::*;
    use crate::evidence::aws::AwsEvidence;

    #[test]
    fn the_keys_are_the_fields_of_the_evidence() {
        let schema = schema_for!(AwsEvidence);
        let fields: BTreeSet<String> = schema.as_value()["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(|key| format!("aws.{key}"))
            .collect();
        let keys: BTreeSet<String> = EvidenceKey::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(fields, keys);
        assert_eq!(keys.len(), EvidenceKey::ALL.len());
    }

    #[test]
    fn a_key_is_found_by_its_name() {
        assert_eq!(EvidenceKey::of("aws.key_grants"), Some(EvidenceKey::KeyGrants));
        assert_eq!(EvidenceKey::of("key_grants"), None);
    }
}

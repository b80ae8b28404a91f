//! Everything that has a say in a request.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::condition::{Condition, Operator};
use super::context::Key;
use super::policy::{NamedPrincipal, Policy, PrincipalKind, Statement};
use super::statement::PolicyKind;
use super::truth::Dependency;

/// Everything that has a say in a request.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// The policies attached to the caller; `None` for another company's, whose policies are not ours to see and are
    /// assumed to allow.
    pub identity: Option<Policies>,
    /// The caller's permissions boundary; `None` where it has none.
    pub boundary: Option<Policies>,
    /// The policy that the caller's session was made with; `None` where there was none.
    pub session: Option<Policies>,
    /// The policy of the resource: a role's trust policy, a key's policy, another's; `None` where it has none.
    pub resource: Option<Policies>,
    /// The service control policies that the caller's account is under, one entry for each level, root first.
    pub service_control: Vec<Policies>,
    /// The resource control policies that the resource's account is under, one entry for each level, root first.
    pub resource_control: Vec<Policies>,
    /// Grants on a KMS key.
    pub grants: Grants,
}

impl Layers {
    /// The statements of all policies that could be read.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        let single = [&self.identity, &self.boundary, &self.session, &self.resource].into_iter().flatten();
        let all = single.chain(&self.service_control).chain(&self.resource_control);
        all.flat_map(|policies| &policies.known).flat_map(|named| &named.policy.statements)
    }
}

/// The policies of one layer: those that could be read, and what could not.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// Those that could be read.
    pub known: Vec<NamedPolicy>,
    /// One entry for each policy, or list of policies, that could not be read.
    pub unread: Vec<Dependency>,
}

/// A policy and what it is called.
#[derive(Debug, Clone)]
pub struct NamedPolicy {
    /// Its name or ARN.
    pub name: String,
    /// The policy.
    pub policy: Arc<Policy>,
}

impl Policies {
    /// Adds a policy.
    pub fn add(&mut self, name: impl Into<String>, policy: impl Into<Arc<Policy>>) {
        self.known.push(NamedPolicy { name: name.into(), policy: policy.into() });
    }

    /// One policy.
    pub fn of(name: impl Into<String>, policy: impl Into<Arc<Policy>>) -> Self {
        let mut policies = Self::default();
        policies.add(name, policy);
        policies
    }
}

/// Grants on a key, as far as they could be read.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// The grants.
    pub known: Vec<Grant>,
    /// What could not be read.
    pub unread: Vec<Dependency>,
}

/// A grant: it allows by itself, and never denies (KMS-DG grants).
#[derive(Debug, Clone)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// Who may use it.
    pub grantee: NamedPrincipal,
    /// `Encrypt`, `Decrypt`, …
    pub operations: Vec<String>,
    /// What must hold of the request: the grant's constraints.
    pub constraints: Vec<Condition>,
}

/// A grant's constraints, as KMS shows them (KMS API, GrantConstraints).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    /// Pairs that the request's encryption context must hold.
    pub subset: Option<BTreeMap<String, String>>,
    /// Pairs that the request's encryption context must consist of.
    pub equals: Option<BTreeMap<String, String>>,
    /// The resource on whose behalf an AWS service must call.
    pub source_arn: Option<String>,
}

impl Grant {
    /// A grant.
    pub fn new(id: String, grantee: &str, operations: Vec<String>, constraints: &Constraints) -> Self {
        let kind =
            if grantee.ends_with(".amazonaws.com") { PrincipalKind::Service } else { PrincipalKind::Aws };
        Self {
            id,
            grantee: NamedPrincipal::new(kind, grantee.to_owned()),
            operations,
            constraints: constraints.conditions(),
        }
    }
}

impl Constraints {
    /// The constraints as conditions on the request. The keys of an encryption context are taken without regard to
    /// case and the values with it, as the KMS API's page has it; the KMS guide calls the keys case-sensitive.
    fn conditions(&self) -> Vec<Condition> {
        let condition = |operator: &str, key: &str, values: &[&str]| {
            let operator = Operator::parse(operator)?;
            let values = values.iter().map(|value| operator.operand(value, false)).collect();
            Some(Condition { operator, key: Key::new(key), values })
        };
        let pairs = self.subset.iter().chain(&self.equals).flatten();
        let mut all: Vec<Option<Condition>> = pairs
            .map(|(key, value)| {
                condition("StringEquals", &format!("kms:EncryptionContext:{key}"), &[value.as_str()])
            })
            .collect();
        if let Some(equals) = &self.equals {
            let keys: Vec<&str> = equals.keys().map(String::as_str).collect();
            all.push(if keys.is_empty() {
                condition("Null", "kms:EncryptionContextKeys", &["true"])
            } else {
                condition("ForAllValues:StringEqualsIgnoreCase", "kms:EncryptionContextKeys", &keys)
            });
        }
        // Like a condition on aws:SourceArn.
        if let Some(arn) = &self.source_arn {
            all.push(condition("StringEquals", "aws:SourceArn", &[arn.as_str()]));
        }
        all.into_iter().flatten().collect()
    }
}

/// A layer, by the name that reports give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// A role's trust policy.
    TrustPolicy,
    /// The key's policy.
    KeyPolicy,
    /// The policy of a resource that is neither role nor key.
    ResourcePolicy,
    /// A policy attached to the caller.
    IdentityPolicy,
    /// The caller's permissions boundary.
    PermissionsBoundary,
    /// The policy that the caller's session was made with.
    Session,
    /// A grant on the key.
    Grant,
    /// A service control policy.
    ServiceControlPolicy,
    /// A resource control policy.
    ResourceControlPolicy,
}

impl Layer {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::TrustPolicy => "trust_policy",
            Self::KeyPolicy => "key_policy",
            Self::ResourcePolicy => "resource_policy",
            Self::IdentityPolicy => "identity_policy",
            Self::PermissionsBoundary => "permissions_boundary",
            Self::Session => "session",
            Self::Grant => "grant",
            Self::ServiceControlPolicy => "service_control_policy",
            Self::ResourceControlPolicy => "resource_control_policy",
        }
    }

    /// What statements mean in it.
    pub(super) fn kind(self) -> PolicyKind {
        match self {
            Self::TrustPolicy => PolicyKind::Trust,
            Self::KeyPolicy => PolicyKind::Key,
            Self::ResourcePolicy => PolicyKind::Resource,
            Self::IdentityPolicy | Self::PermissionsBoundary | Self::Session | Self::Grant => {
                PolicyKind::Identity
            }
            Self::ServiceControlPolicy => PolicyKind::ServiceControl,
            Self::ResourceControlPolicy => PolicyKind::ResourceControl,
        }
    }
}

//! Live evidence that a plan is laid over: what stands outside of the plan. Only what is about the target's own role, key
//! and accounts is used.

use jiff::Timestamp;

use crate::evidence::aws::{AwsEvidence, Policy};
use crate::evidence::{Cloud, Evidence, Item};
use crate::target::arn::Arn;
use crate::target::aws::AwsRegistration;

/// Live evidence, where there is any.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Live<'a> {
    seen: Option<(&'a AwsRegistration, &'a AwsEvidence)>,
    /// When it was read.
    at: Option<Timestamp>,
}

impl<'a> Live<'a> {
    /// The evidence, where it is of AWS.
    pub(super) fn of(over: Option<&'a Evidence>) -> Self {
        let seen = over.and_then(|evidence| match &evidence.cloud {
            Cloud::Aws { registration, evidence, .. } => Some((registration, evidence.as_ref())),
            Cloud::Azure { .. } => None,
        });
        Self { seen, at: over.map(|evidence| evidence.collected_at) }
    }

    /// The evidence, where it was read after a time.
    pub(super) fn since(self, time: Timestamp) -> Self {
        if self.at.is_some_and(|at| at > time) { self } else { Self::default() }
    }

    /// All of it.
    pub(super) fn evidence(&self) -> Option<&'a AwsEvidence> {
        self.seen.map(|(_, evidence)| evidence)
    }

    /// What it was collected for.
    pub(super) fn registration(&self) -> Option<&'a AwsRegistration> {
        self.seen.map(|(registration, _)| registration)
    }

    /// What it holds, where it is about this role.
    pub(super) fn of_role(&self, role: &Arn) -> Option<&'a AwsEvidence> {
        self.seen.filter(|(registration, _)| registration.role_arn == *role).map(|(_, evidence)| evidence)
    }

    /// What it holds, where it is about this key: given by its own ARN, or behind the alias that was given.
    pub(super) fn of_key(&self, key: &Arn) -> Option<&'a AwsEvidence> {
        self.seen
            .filter(|(registration, evidence)| match evidence.key.collected() {
                Some(seen) => seen.arn == *key,
                None => registration.kms_arn == *key,
            })
            .map(|(_, evidence)| evidence)
    }

    /// What it holds, where it is about this alias.
    pub(super) fn of_alias(&self, alias: &Arn) -> Option<&'a AwsEvidence> {
        self.seen.filter(|(registration, _)| registration.kms_arn == *alias).map(|(_, evidence)| evidence)
    }

    /// What it holds, where its role is in this account: what stands above accounts.
    pub(super) fn of_role_account(&self, account: &str) -> Option<&'a AwsEvidence> {
        self.seen
            .filter(|(registration, _)| registration.role_arn.account() == account)
            .map(|(_, evidence)| evidence)
    }

    /// What it holds, where its key is in this account.
    pub(super) fn of_key_account(&self, account: &str) -> Option<&'a AwsEvidence> {
        self.seen
            .filter(|(registration, _)| registration.kms_arn.account() == account)
            .map(|(_, evidence)| evidence)
    }

    /// The document of a managed policy, where it was read.
    pub(super) fn managed_policy(&self, arn: &str) -> Option<Item<String>> {
        let (_, evidence) = self.seen?;
        let attached = evidence.role_attached_policies.known().into_iter().flatten();
        let mut all = attached.chain(evidence.role_boundary.collected());
        all.find(|policy: &&Policy| policy.name == arn).map(|policy| policy.document.clone())
    }
}

//! What is read of the organization that an account belongs to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Item, Missing};
use super::Policy;
use crate::target::arn::{AccountId, OrganizationId};

/// The organization that an account belongs to, and the account's place in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Its id, `o-…`.
    pub id: OrganizationId,
    /// Its management account, which no organization policy governs.
    pub management_account: AccountId,
    /// What the account is under: the root's id first, then those of the organizational units on the way down.
    pub parents: Item<Vec<String>>,
}

/// The policies of one kind that are attached at one place above an account, or to the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Where: the id of a root (`r-…`), of an organizational unit (`ou-…`) or of the account.
    pub target: String,
    /// The policies, each named by its name and id.
    pub policies: Item<Vec<Policy>>,
}

/// An account that a policy names, and whether it is in the organization of the role's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedAccount {
    /// The account.
    pub account: AccountId,
    /// The organization that it is in; absent where it is not in that of the role's account.
    pub organization: Item<OrganizationId>,
}

impl Organization {
    pub(super) fn missing(&self) -> Option<&Missing> {
        self.parents.missing()
    }
}

impl Level {
    /// What of this level could not be read.
    pub fn missing(&self) -> impl Iterator<Item = &Missing> {
        let documents = self.policies.collected().into_iter().flatten();
        self.policies.missing().into_iter().chain(documents.filter_map(|policy| policy.document.missing()))
    }
}

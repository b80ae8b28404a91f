//! The calls to Organizations, each answered once, and what is taken out of their answers.
//!
//! A list that goes on where it already is has no end that could be believed: the SDK would end it there by itself, as if
//! that were all of it.

use aws_sdk_organizations::types::{OrganizationFeatureSet, PolicyType};

use super::{DESCRIBE, LIST_PARENTS, LIST_POLICIES, LIST_ROOTS, OrganizationReader};
use crate::collect::aws::answer::{Answer, unreadable};
use crate::evidence::{Item, Missing};
use crate::target::arn::{AccountId, Arn, OrganizationId};

const DESCRIBE_POLICY: &str = "organizations:DescribePolicy";
const DESCRIBE_ACCOUNT: &str = "organizations:DescribeAccount";

/// The caller's organization.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub(super) id: OrganizationId,
    pub(super) management_account: AccountId,
    /// The organization shares its bills and nothing else.
    pub(super) only_billing: bool,
}

/// A kind of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    ServiceControl,
    ResourceControl,
}

/// The organization's root.
#[derive(Debug, Clone)]
pub(super) struct Root {
    /// The kinds of policies that are enabled, or on the way, with the word for that.
    kinds: Vec<(PolicyType, String)>,
}

/// What an account or unit is in.
#[derive(Debug, Clone)]
pub(super) struct Parent {
    pub(super) id: String,
    pub(super) is_root: bool,
}

/// A policy that is attached somewhere.
#[derive(Debug, Clone)]
pub(super) struct Attached {
    pub(super) id: String,
    /// Its name and id, `FullAWSAccess (p-FullAWSAccess)`: names are not unique.
    pub(super) name: String,
}

impl Kind {
    fn word(self) -> PolicyType {
        match self {
            Self::ServiceControl => PolicyType::ServiceControlPolicy,
            Self::ResourceControl => PolicyType::ResourceControlPolicy,
        }
    }
}

impl Root {
    /// `ENABLED` or how far that is; `None` where it is not (Organizations API, PolicyTypeSummary).
    pub(super) fn status(&self, kind: Kind) -> Option<&str> {
        let found = self.kinds.iter().find(|(enabled, _)| *enabled == kind.word());
        found.map(|(_, status)| status.as_str())
    }
}

impl OrganizationReader<'_> {
    pub(super) async fn described(&self) -> &Answer<Described> {
        let asked = || async {
            let sent = self
                .session
                .ask(DESCRIBE, "", |clients| clients.organizations.describe_organization().send());
            sent.await.and_then(DESCRIBE, |output| {
                let organization = output.organization?;
                Some(Described {
                    id: organization.id?.parse().ok()?,
                    management_account: organization.master_account_id?.parse().ok()?,
                    only_billing: organization.feature_set? == OrganizationFeatureSet::ConsolidatedBilling,
                })
            })
        };
        self.described.get_or_init(asked).await
    }

    /// An organization has one root (Organizations API, ListRoots).
    pub(super) async fn root(&self) -> &Result<Root, Missing> {
        let asked = || async {
            let sent = self.session.ask(LIST_ROOTS, "", |clients| {
                let list = clients.organizations.list_roots().into_paginator();
                list.stop_on_duplicate_token(false).send().collect::<Result<Vec<_>, _>>()
            });
            let roots = sent.await.and_then(LIST_ROOTS, |pages| {
                let lists: Option<Vec<_>> = pages.into_iter().map(|page| page.roots).collect();
                only(lists?.into_iter().flatten().map(|root| {
                    let kinds = root.policy_types?.into_iter();
                    let kinds = kinds.map(|kind| Some((kind.r#type?, kind.status?.as_str().to_owned())));
                    Some(Root { kinds: kinds.collect::<Option<_>>()? })
                }))
            });
            roots.required(LIST_ROOTS)
        };
        self.root.get_or_init(asked).await
    }

    /// An account or unit is in one root or unit (Organizations API, ListParents).
    pub(super) async fn parent(&self, child: &str) -> Result<Parent, Missing> {
        let asked = async {
            let sent = self.session.ask(LIST_PARENTS, child, |clients| {
                let list = clients.organizations.list_parents().child_id(child).into_paginator();
                list.stop_on_duplicate_token(false).send().collect::<Result<Vec<_>, _>>()
            });
            let parents = sent.await.and_then(LIST_PARENTS, |pages| {
                let lists: Option<Vec<_>> = pages.into_iter().map(|page| page.parents).collect();
                only(lists?.into_iter().flatten().map(|parent| {
                    let id = parent.id?;
                    Some(Parent { is_root: id.starts_with("r-"), id })
                }))
            });
            parents.required(LIST_PARENTS)
        };
        self.parents.get(child.to_owned(), asked).await
    }

    /// The policies of a kind that are attached to a root, unit or account itself.
    pub(super) async fn attached(&self, target: &str, kind: Kind) -> Result<Vec<Attached>, Missing> {
        let asked = async {
            let about = format!("{} at {target}", kind.word());
            let sent = self.session.ask(LIST_POLICIES, about, |clients| {
                let list = clients.organizations.list_policies_for_target().target_id(target);
                let list = list.filter(kind.word()).into_paginator();
                list.stop_on_duplicate_token(false).send().collect::<Result<Vec<_>, _>>()
            });
            let attached = sent.await.and_then(LIST_POLICIES, |pages| {
                let lists: Option<Vec<_>> = pages.into_iter().map(|page| page.policies).collect();
                let attached = lists?.into_iter().flatten().map(|policy| {
                    let (id, name) = (policy.id?, policy.name?);
                    Some(Attached { name: format!("{name} ({id})"), id })
                });
                attached.collect()
            });
            attached.required(LIST_POLICIES)
        };
        self.attached.get((target.to_owned(), kind), asked).await
    }

    /// A policy's document. One that is gone between its listing and this is not taken for one that says nothing.
    pub(super) async fn document(&self, policy: String) -> Item<String> {
        let id = policy.clone();
        let asked = async {
            let sent = self.session.ask(DESCRIBE_POLICY, id.clone(), |clients| {
                clients.organizations.describe_policy().policy_id(id).send()
            });
            let content = sent.await.and_then(DESCRIBE_POLICY, |output| output.policy?.content);
            match content.required(DESCRIBE_POLICY) {
                Ok(content) => Item::Collected(content),
                Err(missing) => Item::Missing(missing),
            }
        };
        self.documents.get(policy, asked).await
    }

    /// The organization that an account is in, where it is the caller's; absent where it is not.
    pub(super) async fn member(
        &self,
        account: &AccountId,
        organization: &OrganizationId,
    ) -> Item<OrganizationId> {
        let asked = async {
            let sent = self.session.ask(DESCRIBE_ACCOUNT, account.as_str(), |clients| {
                clients.organizations.describe_account().account_id(account.as_str()).send()
            });
            let found =
                sent.await.and_then(DESCRIBE_ACCOUNT, |output| of_arn(&output.account?.arn?, account));
            match found.item(DESCRIBE_ACCOUNT) {
                Item::Collected(found) if found != *organization => Item::Missing(unreadable(
                    DESCRIBE_ACCOUNT,
                    format!("it says {found}, while the caller's organization is {organization}"),
                )),
                item => item,
            }
        };
        self.members.get(account.clone(), asked).await
    }
}

/// The only one, where there is one.
fn only<T>(mut found: impl Iterator<Item = Option<T>>) -> Option<T> {
    match (found.next(), found.next()) {
        (Some(one), None) => one,
        _ => None,
    }
}

/// The organization in a member's ARN, `arn:aws:organizations::111122223333:account/o-…/444455556666` (Service
/// Authorization Reference, "AWS Organizations").
fn of_arn(arn: &str, account: &AccountId) -> Option<OrganizationId> {
    let arn: Arn = arn.parse().ok()?;
    let mut parts = arn.resource().split('/');
    let (kind, organization, member) = (parts.next()?, parts.next()?, parts.next()?);
    let right = arn.service() == "organizations" && kind == "account" && member == account.as_str();
    if right && parts.next().is_none() { organization.parse().ok() } else { None }
}

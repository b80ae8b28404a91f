//! The organization that an account is in, its place there, and the policies above it.
//!
//! Organizations answers for the *caller's* organization (Organizations API, DescribeOrganization). What it answers
//! says something about another account only where it knows that account as its own.

use futures_util::future::{BoxFuture, FutureExt, join_all};
use tokio::sync::OnceCell;

use super::answer::{Answer, of_call, unreadable};
use super::once::Once;
use super::session::{Answering, Session};
use crate::evidence::aws::{Level, Organization, Policy};
use crate::evidence::{Absent, Item, Missing, MissingReason};
use crate::target::arn::{AccountId, OrganizationId};

mod calls;
mod named;

use calls::{Attached, Described, Kind, Parent, Root};

pub(super) use named::NamedIn;

const DESCRIBE: &str = "organizations:DescribeOrganization";
const LIST_PARENTS: &str = "organizations:ListParents";
const LIST_ROOTS: &str = "organizations:ListRoots";
const LIST_POLICIES: &str = "organizations:ListPoliciesForTarget";

/// How far a root can be: Organizations nests units five deep (Organizations User Guide, "Quotas"); what is deeper than
/// this goes in circles.
const MOST_STEPS: usize = 16;

/// Reads what one session can see of its organization, each call once: of several accounts as of one.
#[derive(Debug)]
pub(super) struct OrganizationReader<'a> {
    session: &'a Session,
    described: OnceCell<Answer<Described>>,
    root: OnceCell<Result<Root, Missing>>,
    parents: Once<String, Result<Parent, Missing>>,
    attached: Once<(String, Kind), Result<Vec<Attached>, Missing>>,
    documents: Once<String, Item<String>>,
    members: Once<AccountId, Item<OrganizationId>>,
}

impl<'a> OrganizationReader<'a> {
    pub(super) fn new(session: &'a Session) -> Self {
        Self {
            session,
            described: OnceCell::new(),
            root: OnceCell::new(),
            parents: Once::new(),
            attached: Once::new(),
            documents: Once::new(),
            members: Once::new(),
        }
    }

    /// The organization that an account is in.
    pub(super) async fn organization(&self, account: &AccountId) -> Item<Organization> {
        let (organization, parents) = tokio::join!(self.of_account(account), self.parents(account));
        match organization {
            Item::Collected(Described { id, management_account, .. }) => Item::Collected(Organization {
                id,
                management_account,
                parents: match parents {
                    Ok(parents) => Item::Collected(parents),
                    Err(missing) => Item::Missing(missing),
                },
            }),
            Item::Absent(absent) => Item::Absent(absent),
            Item::Missing(missing) | Item::Partial { missing, .. } => Item::Missing(missing),
        }
    }

    /// The service control policies above an account, root first.
    pub(super) async fn service_control_policies(&self, account: &AccountId) -> Item<Vec<Level>> {
        self.levels(account, Kind::ServiceControl).await
    }

    /// The resource control policies above an account, root first.
    pub(super) async fn resource_control_policies(&self, account: &AccountId) -> Item<Vec<Level>> {
        self.levels(account, Kind::ResourceControl).await
    }

    /// The first calls wait for nothing, and what they say is whether any more are worth asking.
    async fn levels(&self, account: &AccountId, kind: Kind) -> Item<Vec<Level>> {
        let target = account.as_str();
        let (applies, _, _) =
            tokio::join!(self.applies(account, kind), self.parent(target), self.attached(target, kind));
        match applies {
            Item::Collected(()) => match self.climb(target.to_owned(), kind, 0).await {
                Ok(levels) => Item::Collected(levels),
                Err(missing) => Item::Missing(missing),
            },
            Item::Absent(absent) => Item::Absent(absent),
            Item::Missing(missing) | Item::Partial { missing, .. } => Item::Missing(missing),
        }
    }

    /// Whether policies of a kind can apply to an account at all: not to the management account, not where the
    /// organization has consolidated billing alone, and not where the kind is not enabled (Organizations User Guide,
    /// "Service control policies", "Resource control policies").
    async fn applies(&self, account: &AccountId, kind: Kind) -> Item<()> {
        let (organization, root) = tokio::join!(self.of_account(account), self.root());
        let organization = match organization {
            Item::Collected(organization) => organization,
            Item::Absent(absent) => return Item::Absent(absent),
            Item::Missing(missing) | Item::Partial { missing, .. } => return Item::Missing(missing),
        };
        if organization.management_account == *account || organization.only_billing {
            return Item::Absent(Absent { call: DESCRIBE.into() });
        }
        match root {
            Ok(root) => match root.status(kind) {
                Some("ENABLED") => Item::Collected(()),
                None => Item::Absent(Absent { call: LIST_ROOTS.into() }),
                Some(status) => Item::Missing(unreadable(
                    LIST_ROOTS,
                    format!(
                        "the organization is changing whether it uses these policies ({status}); try again later"
                    ),
                )),
            },
            Err(missing) => Item::Missing(missing.clone()),
        }
    }

    /// What the caller's organization is, where that says something about the account: the caller is of that account,
    /// or its organization lists the account, or is managed by it.
    async fn of_account(&self, account: &AccountId) -> Item<Described> {
        let (described, parent, answering) =
            tokio::join!(self.described(), self.parent(account.as_str()), self.session.answering(account));
        let proven = match described {
            Answer::Got(organization) => organization.management_account == *account || parent.is_ok(),
            Answer::NotThere => false,
            Answer::Failed(_) => parent.is_ok(),
        };
        match answering {
            Answering::Same => described.clone().item(DESCRIBE),
            Answering::Other(_) | Answering::Unknown(_) if proven => described.clone().item(DESCRIBE),
            Answering::Unknown(missing) => Item::Missing(of_call(&missing, DESCRIBE)),
            Answering::Other(other) => Item::Missing(match parent {
                // What passes does not show whose the account is.
                Err(missing) if passes(missing.reason) => missing,
                parent => Missing {
                    call: DESCRIBE.into(),
                    reason: MissingReason::WrongAccount,
                    // The account may be of this organization, whose list of parents alone tells.
                    permission: parent.as_ref().err().and_then(|missing| missing.permission.clone()),
                    detail: elsewhere(&other, account, parent.err().as_ref()),
                },
            }),
        }
    }

    /// The ids above an account, root first.
    async fn parents(&self, account: &AccountId) -> Result<Vec<String>, Missing> {
        let mut parents = Vec::new();
        let mut child = account.as_str().to_owned();
        loop {
            let parent = self.parent(&child).await?;
            parents.insert(0, parent.id.clone());
            if parent.is_root {
                return Ok(parents);
            }
            if parents.len() >= MOST_STEPS {
                return Err(circles());
            }
            child = parent.id;
        }
    }

    /// The policies at a target and at all that stand above it, root first: what is at one place is read while the next
    /// one up is looked for.
    fn climb(&self, target: String, kind: Kind, steps: usize) -> BoxFuture<'_, Result<Vec<Level>, Missing>> {
        async move {
            let above = async {
                if target.starts_with("r-") {
                    return Ok(Vec::new());
                }
                if steps >= MOST_STEPS {
                    return Err(circles());
                }
                let parent = self.parent(&target).await?;
                self.climb(parent.id, kind, steps + 1).await
            };
            let (policies, above) = tokio::join!(self.policies_at(&target, kind), above);
            let mut levels = above?;
            levels.push(Level { target, policies });
            Ok(levels)
        }
        .boxed()
    }

    async fn policies_at(&self, target: &str, kind: Kind) -> Item<Vec<Policy>> {
        match self.attached(target, kind).await {
            // Organizations API, ConstraintViolationException: MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED.
            Ok(attached) if attached.is_empty() => Item::Missing(unreadable(
                LIST_POLICIES,
                format!("nothing is attached to {target}, which can't be where such policies are enabled"),
            )),
            Ok(attached) => {
                let mut policies = join_all(attached.into_iter().map(|attached| async {
                    Policy { name: attached.name, document: self.document(attached.id).await }
                }))
                .await;
                policies.sort_by(|one, other| one.name.cmp(&other.name));
                Item::Collected(policies)
            }
            Err(missing) => Item::Missing(missing),
        }
    }
}

/// Whether a call that failed for a reason may be answered when it is made again.
fn passes(reason: MissingReason) -> bool {
    matches!(reason, MissingReason::Throttled | MissingReason::TimedOut | MissingReason::Unreachable)
}

fn circles() -> Missing {
    unreadable(LIST_PARENTS, format!("no root was found in {MOST_STEPS} steps up"))
}

fn elsewhere(other: &AccountId, account: &AccountId, not_listed: Option<&Missing>) -> String {
    let why = not_listed.map(|missing| format!(" ({LIST_PARENTS}: {})", missing.detail)).unwrap_or_default();
    format!(
        "the credentials are of account {other}, and nothing shows that {account} is in the same organization{why}; \
         use credentials of {account}, or of its organization's management account (--organization-profile)"
    )
}

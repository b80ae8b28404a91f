//! The role and its policies, from IAM. Its calls take a role's name and answer for the caller's account, so what they
//! answer counts only where that is the role's account.

use futures_util::future::join_all;
use percent_encoding::percent_decode_str;
use tokio::sync::OnceCell;

use super::answer::{Answer, every, of_call};
use super::once::Once;
use super::session::{Answering, Session};
use crate::evidence::aws::{Policy, Role};
use crate::evidence::{Absent, Item, Missing, MissingReason};
use crate::target::arn::AccountId;
use crate::target::aws::RoleArn;

const GET_ROLE: &str = "iam:GetRole";
const LIST_INLINE: &str = "iam:ListRolePolicies";
const LIST_ATTACHED: &str = "iam:ListAttachedRolePolicies";

/// Reads one role, each call once.
#[derive(Debug)]
pub(super) struct RoleReader<'a> {
    session: &'a Session,
    target: &'a RoleArn,
    /// Whether `iam:GetRole` may be asked.
    role_is_needed: bool,
    role: OnceCell<Answer<Role>>,
    managed: Once<String, Policy>,
}

impl<'a> RoleReader<'a> {
    pub(super) fn new(session: &'a Session, target: &'a RoleArn, role_is_needed: bool) -> Self {
        Self { session, target, role_is_needed, role: OnceCell::new(), managed: Once::new() }
    }

    pub(super) async fn role(&self) -> Item<Role> {
        let (role, counts) = tokio::join!(self.answered(), self.of_the_roles_account());
        match counts {
            Ok(()) => role.clone().item(GET_ROLE),
            Err(missing) => Item::Missing(of_call(&missing, GET_ROLE)),
        }
    }

    pub(super) async fn inline_policies(&self) -> Item<Vec<Policy>> {
        let name = self.target.name();
        let listed = self.session.ask(LIST_INLINE, name, |clients| {
            let pages = clients
                .iam
                .list_role_policies()
                .role_name(name)
                .into_paginator()
                .stop_on_duplicate_token(false)
                .send();
            pages.collect::<Result<Vec<_>, _>>()
        });
        let (listed, counts) = tokio::join!(listed, self.of_the_roles_account());
        if let Err(missing) = counts {
            return Item::Missing(of_call(&missing, LIST_INLINE));
        }
        let names = listed.and_then(LIST_INLINE, |pages| {
            every(pages.into_iter().map(|page| (Some(page.policy_names), page.is_truncated, page.marker)))
        });
        match names {
            Answer::Got(names) => {
                Item::Collected(join_all(names.into_iter().map(|name| self.inline_policy(name))).await)
            }
            other => other.map(|_| Vec::new()).item(LIST_INLINE),
        }
    }

    pub(super) async fn attached_policies(&self) -> Item<Vec<Policy>> {
        let name = self.target.name();
        let listed = self.session.ask(LIST_ATTACHED, name, |clients| {
            let list = clients.iam.list_attached_role_policies().role_name(name);
            list.into_paginator().stop_on_duplicate_token(false).send().collect::<Result<Vec<_>, _>>()
        });
        let (listed, counts) = tokio::join!(listed, self.of_the_roles_account());
        if let Err(missing) = counts {
            return Item::Missing(of_call(&missing, LIST_ATTACHED));
        }
        let arns = listed.and_then(LIST_ATTACHED, |pages| {
            let pages =
                pages.into_iter().map(|page| (page.attached_policies, page.is_truncated, page.marker));
            every(pages)?.into_iter().map(|policy| policy.policy_arn).collect::<Option<Vec<_>>>()
        });
        match arns {
            Answer::Got(arns) => {
                Item::Collected(join_all(arns.into_iter().map(|arn| self.managed_policy(arn))).await)
            }
            other => other.map(|_| Vec::new()).item(LIST_ATTACHED),
        }
    }

    pub(super) async fn boundary(&self) -> Item<Policy> {
        match self.role().await {
            Item::Collected(Role { permissions_boundary: Some(arn), .. }) => {
                Item::Collected(self.managed_policy(arn).await)
            }
            Item::Collected(_) | Item::Absent(_) => Item::Absent(Absent { call: GET_ROLE.into() }),
            Item::Missing(missing) | Item::Partial { missing, .. } => Item::Missing(missing),
        }
    }

    async fn answered(&self) -> &Answer<Role> {
        let asked = || async {
            let name = self.target.name();
            let sent =
                self.session.ask(GET_ROLE, name, |clients| clients.iam.get_role().role_name(name).send());
            sent.await.and_then(GET_ROLE, |output| described(output.role()?))
        };
        self.role.get_or_init(asked).await
    }

    /// IAM answers for the caller's account, and `GetRole` takes a name: of another account it would show another role
    /// of the same name. Where the caller is not known, the role's own ARN tells.
    async fn of_the_roles_account(&self) -> Result<(), Missing> {
        let wanted = self.target.account();
        let detail = match self.session.answering(wanted).await {
            Answering::Same => return Ok(()),
            Answering::Other(answering) => elsewhere(&answering, wanted),
            Answering::Unknown(missing) if !self.role_is_needed => return Err(missing),
            Answering::Unknown(missing) => match self.answered().await {
                Answer::Got(role) => match role.arn.account().parse::<AccountId>() {
                    Ok(answering) if answering == *wanted => return Ok(()),
                    Ok(answering) => elsewhere(&answering, wanted),
                    Err(_) => "it can't be told which account answered".into(),
                },
                Answer::NotThere => "it can't be told which account answered".into(),
                // Nothing answered at all: the first failure says more than the account would.
                Answer::Failed(_) => return Err(missing),
            },
        };
        Err(Missing { call: String::new(), reason: MissingReason::WrongAccount, permission: None, detail })
    }

    async fn inline_policy(&self, name: String) -> Policy {
        let call = "iam:GetRolePolicy";
        let role = self.target.name();
        let sent = self.session.ask(call, format!("{role} {name}"), |clients| {
            clients.iam.get_role_policy().role_name(role).policy_name(&name).send()
        });
        let document = sent.await.and_then(call, |output| decoded(output.policy_document()));
        Policy { name, document: document.item(call) }
    }

    /// Asked once also where a policy is attached and the boundary as well.
    async fn managed_policy(&self, arn: String) -> Policy {
        self.managed.get(arn.clone(), self.managed_policy_of(arn)).await
    }

    async fn managed_policy_of(&self, arn: String) -> Policy {
        let call = "iam:GetPolicy";
        let found =
            self.session.ask(call, &arn, |clients| clients.iam.get_policy().policy_arn(&arn).send()).await;
        let version = found.and_then(call, |output| output.policy()?.default_version_id().map(str::to_owned));
        let document = match version {
            Answer::Got(version) => {
                let call = "iam:GetPolicyVersion";
                let sent = self.session.ask(call, format!("{arn} {version}"), |clients| {
                    clients.iam.get_policy_version().policy_arn(&arn).version_id(version).send()
                });
                sent.await.and_then(call, |output| decoded(output.policy_version()?.document()?)).item(call)
            }
            Answer::NotThere => Item::Absent(Absent { call: call.into() }),
            Answer::Failed(missing) => Item::Missing(missing),
        };
        Policy { name: arn, document }
    }
}

fn elsewhere(answering: &AccountId, wanted: &AccountId) -> String {
    format!(
        "the credentials are of account {answering}, the role is in {wanted}; use credentials of {wanted} (--role-profile)"
    )
}

fn described(role: &aws_sdk_iam::types::Role) -> Option<Role> {
    Some(Role {
        arn: role.arn().parse().ok()?,
        role_id: role.role_id().to_owned(),
        trust_policy: decoded(role.assume_role_policy_document()?)?,
        permissions_boundary: match role.permissions_boundary() {
            Some(boundary) => Some(boundary.permissions_boundary_arn()?.to_owned()),
            None => None,
        },
        tags: role.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect(),
    })
}

/// IAM sends policy documents percent-encoded (IAM API, GetRolePolicy). In the place of one that is required and not
/// there the SDK puts an empty text.
fn decoded(text: &str) -> Option<String> {
    let document = percent_decode_str(text).decode_utf8().ok()?.into_owned();
    (!document.is_empty()).then_some(document)
}

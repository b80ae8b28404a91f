//! Reading an AWS account: who asks, the role with its policies, the key with its policy.
//!
//! Three waves at most, each call once. IAM's calls take a role's name and answer for the caller's account, so what
//! they answer counts only where that is the role's account; KMS's calls take ARNs, but only the key's own account can
//! prove that a key does not exist.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_kms::config::ProvideCredentials;
use futures_util::future::join_all;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use tokio::time::{Instant, timeout_at};

use crate::evidence::aws::{AwsEvidence, Caller, Grant, Key, Policy, Role, Tags};
use crate::evidence::{Absent, Item, Missing, MissingReason};
use crate::target::arn::AccountId;
use crate::target::aws::{AwsTarget, KeyResource};

mod answer;

use answer::{Answer, answer, credentials_missing};

/// How to read.
#[derive(Debug, Clone)]
pub struct Options {
    /// For everything together.
    pub time_limit: Duration,
}

/// Reads everything that the checks need of one target. A call that fails is in the evidence as missing; nothing here
/// ends the run.
pub async fn collect(target: &AwsTarget, options: &Options) -> AwsEvidence {
    let deadline = Instant::now() + options.time_limit;
    let config = configuration(target, options).await;
    if let Err(missing) = credentials(&config, deadline).await {
        return nothing_asked(&missing);
    }
    let account = Account {
        deadline,
        sts: aws_sdk_sts::Client::new(&config),
        iam: aws_sdk_iam::Client::new(&config),
        kms: aws_sdk_kms::Client::new(&config),
        target,
    };
    account.read().await
}

/// Evidence of a target that was not asked about.
pub fn nothing_asked(missing: &Missing) -> AwsEvidence {
    fn item<T>(missing: &Missing, call: &str) -> Item<T> {
        Item::Missing(Missing { call: call.into(), ..missing.clone() })
    }
    AwsEvidence {
        caller: item(missing, "sts:GetCallerIdentity"),
        key_caller: item(missing, "sts:GetCallerIdentity"),
        role: item(missing, "iam:GetRole"),
        role_inline_policies: item(missing, "iam:ListRolePolicies"),
        role_attached_policies: item(missing, "iam:ListAttachedRolePolicies"),
        role_boundary: item(missing, "iam:GetRole"),
        key: item(missing, "kms:DescribeKey"),
        key_policy: item(missing, "kms:GetKeyPolicy"),
        key_aliases: item(missing, "kms:ListAliases"),
        key_tags: item(missing, "kms:ListResourceTags"),
        key_grants: item(missing, "kms:ListGrants"),
        key_rotation: item(missing, "kms:GetKeyRotationStatus"),
        role_organization: item(missing, "organizations:DescribeOrganization"),
        role_service_control_policies: item(missing, "organizations:ListPoliciesForTarget"),
        role_resource_control_policies: item(missing, "organizations:ListPoliciesForTarget"),
        key_organization: item(missing, "organizations:DescribeOrganization"),
        key_resource_control_policies: item(missing, "organizations:ListPoliciesForTarget"),
        named_accounts: item(missing, "organizations:DescribeAccount"),
    }
}

/// The user's configuration, with the key's region: KMS is regional, and the caller's default region says nothing
/// about the key. The SDK has no read timeout of its own.
async fn configuration(target: &AwsTarget, options: &Options) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(options.time_limit)
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(target.key.region().to_owned()))
        .timeout_config(timeouts)
        .load()
        .await
}

/// Looks credentials up once before anything is asked, so that their lack is one clear reason and not ten errors.
async fn credentials(config: &SdkConfig, deadline: Instant) -> Result<(), Missing> {
    let Some(provider) = config.credentials_provider() else {
        return Err(credentials_missing("no provider of credentials is configured"));
    };
    match timeout_at(deadline, provider.provide_credentials()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(credentials_missing(&answer::chain(&error))),
        Err(_) => Err(credentials_missing("looking for them took longer than the time limit")),
    }
}

struct Account<'a> {
    deadline: Instant,
    sts: aws_sdk_sts::Client,
    iam: aws_sdk_iam::Client,
    kms: aws_sdk_kms::Client,
    target: &'a AwsTarget,
}

/// The names and ARNs of the role's policies: the first wave of IAM.
struct RoleHead {
    role: Answer<Role>,
    inline: Answer<Vec<String>>,
    attached: Answer<Vec<String>>,
}

/// What the key calls gave.
struct KeyItems {
    key: Item<Key>,
    policy: Item<String>,
    aliases: Item<Vec<String>>,
    tags: Item<Tags>,
    grants: Item<Vec<Grant>>,
}

impl Account<'_> {
    async fn read(&self) -> AwsEvidence {
        let role_side = async {
            let (caller, head) = tokio::join!(self.caller(), self.role_head());
            let (role, inline, attached, boundary) = self.role_policies(&caller, head).await;
            (caller, role, inline, attached, boundary)
        };
        let ((caller, role, inline, attached, boundary), key) = tokio::join!(role_side, self.key_items());
        let key = self.of_the_keys_account(&caller, key);
        AwsEvidence {
            key_caller: caller.clone(),
            caller,
            role,
            role_inline_policies: inline,
            role_attached_policies: attached,
            role_boundary: boundary,
            key: key.key,
            key_policy: key.policy,
            key_aliases: key.aliases,
            key_tags: key.tags,
            key_grants: key.grants,
            ..nothing_asked(&Missing::not_asked("", "not read yet"))
        }
    }

    /// Asks one call within the time limit.
    async fn ask<T, E>(
        &self,
        call: &'static str,
        sent: impl Future<Output = Result<T, aws_sdk_sts::error::SdkError<E>>>,
    ) -> Answer<T>
    where
        E: aws_sdk_sts::error::ProvideErrorMetadata + std::error::Error + 'static,
    {
        match timeout_at(self.deadline, sent).await {
            Ok(result) => answer(call, result),
            Err(_) => Answer::Failed(Missing {
                call: call.into(),
                reason: MissingReason::TimedOut,
                permission: None,
                detail: "no answer within the time limit; raise it with --timeout".into(),
            }),
        }
    }

    async fn caller(&self) -> Item<Caller> {
        let call = "sts:GetCallerIdentity";
        let sent = self.sts.get_caller_identity().send();
        self.ask(call, sent)
            .await
            .and_then(call, |output| {
                Some(Caller { account: output.account()?.parse().ok()?, arn: output.arn()?.parse().ok()? })
            })
            .item(call)
    }

    async fn role_head(&self) -> RoleHead {
        let name = self.target.role.name();
        let (role, inline, attached) = tokio::join!(
            self.ask("iam:GetRole", self.iam.get_role().role_name(name).send()),
            self.ask("iam:ListRolePolicies", async {
                let pages = self.iam.list_role_policies().role_name(name).into_paginator().items().send();
                pages.collect::<Result<Vec<_>, _>>().await
            }),
            self.ask("iam:ListAttachedRolePolicies", async {
                let pages =
                    self.iam.list_attached_role_policies().role_name(name).into_paginator().items().send();
                pages.collect::<Result<Vec<_>, _>>().await
            }),
        );
        RoleHead {
            role: role.and_then("iam:GetRole", |output| {
                let role = output.role()?;
                Some(Role {
                    arn: role.arn().parse().ok()?,
                    role_id: role.role_id().to_owned(),
                    trust_policy: decoded(role.assume_role_policy_document()?)?,
                    permissions_boundary: match role.permissions_boundary() {
                        Some(boundary) => Some(boundary.permissions_boundary_arn()?.to_owned()),
                        None => None,
                    },
                    tags: role
                        .tags()
                        .iter()
                        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
                        .collect(),
                })
            }),
            inline,
            attached: attached.and_then("iam:ListAttachedRolePolicies", |list| {
                list.iter().map(|policy| policy.policy_arn().map(str::to_owned)).collect()
            }),
        }
    }

    /// The second and third wave of IAM: documents, each once, where the first wave's answers are of the role's account.
    async fn role_policies(
        &self,
        caller: &Item<Caller>,
        head: RoleHead,
    ) -> (Item<Role>, Item<Vec<Policy>>, Item<Vec<Policy>>, Item<Policy>) {
        if let Err(missing) = self.of_the_roles_account(caller, &head.role) {
            let missing = |call: &str| Missing { call: call.into(), ..missing.clone() };
            return (
                Item::Missing(missing("iam:GetRole")),
                Item::Missing(missing("iam:ListRolePolicies")),
                Item::Missing(missing("iam:ListAttachedRolePolicies")),
                Item::Missing(missing("iam:GetRole")),
            );
        }
        let names = head.inline.got().cloned().unwrap_or_default();
        let boundary_arn = head.role.got().and_then(|role| role.permissions_boundary.clone());
        let managed: BTreeSet<&str> =
            head.attached.got().into_iter().flatten().chain(&boundary_arn).map(String::as_str).collect();
        let (inline, managed) = tokio::join!(
            join_all(names.iter().map(|name| self.inline_policy(name))),
            join_all(managed.into_iter().map(|arn| self.managed_policy(arn))),
        );
        let managed: BTreeMap<&str, &Policy> =
            managed.iter().map(|policy| (policy.name.as_str(), policy)).collect();
        let boundary = match (&head.role, boundary_arn) {
            (Answer::Got(_), Some(arn)) => match managed.get(arn.as_str()) {
                Some(policy) => Item::Collected((*policy).clone()),
                None => Item::Missing(Missing::not_asked("iam:GetPolicy", "")),
            },
            (Answer::Got(_) | Answer::NotThere, _) => Item::Absent(Absent { call: "iam:GetRole".into() }),
            (Answer::Failed(missing), _) => Item::Missing(missing.clone()),
        };
        (
            head.role.item("iam:GetRole"),
            head.inline.map(|_| inline).item("iam:ListRolePolicies"),
            head.attached
                .map(|arns| {
                    arns.iter()
                        .filter_map(|arn| managed.get(arn.as_str()))
                        .map(|policy| (*policy).clone())
                        .collect()
                })
                .item("iam:ListAttachedRolePolicies"),
            boundary,
        )
    }

    /// IAM answers for the caller's account, and `GetRole` takes a name: of another account it would show another role
    /// of the same name.
    fn of_the_roles_account(&self, caller: &Item<Caller>, role: &Answer<Role>) -> Result<(), Missing> {
        let wanted = self.target.role.account();
        let answering: Option<AccountId> = match (caller.collected(), role.got()) {
            (Some(caller), _) => Some(caller.account.clone()),
            (None, Some(role)) => role.arn.account().parse().ok(),
            (None, None) => None,
        };
        let detail = match answering {
            Some(answering) if answering == *wanted => return Ok(()),
            Some(answering) => {
                format!(
                    "the credentials are of account {answering}, the role is in {wanted}; use credentials of {wanted}"
                )
            }
            None => match (caller, role) {
                // Nothing answered at all: the first failure says more than the account would.
                (Item::Missing(missing), Answer::Failed(_)) => return Err(missing.clone()),
                _ => "it can't be told which account answered".into(),
            },
        };
        Err(Missing { call: String::new(), reason: MissingReason::WrongAccount, permission: None, detail })
    }

    async fn inline_policy(&self, name: &str) -> Policy {
        let call = "iam:GetRolePolicy";
        let sent = self.iam.get_role_policy().role_name(self.target.role.name()).policy_name(name).send();
        let document = self.ask(call, sent).await.and_then(call, |output| decoded(output.policy_document()));
        Policy { name: name.to_owned(), document: document.item(call) }
    }

    async fn managed_policy(&self, arn: &str) -> Policy {
        let call = "iam:GetPolicy";
        let found = self.ask(call, self.iam.get_policy().policy_arn(arn).send()).await;
        let version = found.and_then(call, |output| output.policy()?.default_version_id().map(str::to_owned));
        let document = match version {
            Answer::Got(version) => {
                let call = "iam:GetPolicyVersion";
                let sent = self.iam.get_policy_version().policy_arn(arn).version_id(version).send();
                let document = self
                    .ask(call, sent)
                    .await
                    .and_then(call, |output| decoded(output.policy_version()?.document()?));
                document.item(call)
            }
            Answer::NotThere => Item::Absent(Absent { call: call.into() }),
            Answer::Failed(missing) => Item::Missing(missing),
        };
        Policy { name: arn.to_owned(), document }
    }

    /// KMS's calls: at once for a key; for an alias, which most of them refuse, after the key behind it is known.
    async fn key_items(&self) -> KeyItems {
        match self.target.key.resource() {
            KeyResource::Key(_) => {
                let arn = self.target.key.to_string();
                let (key, (policy, aliases, tags, grants)) =
                    tokio::join!(self.describe_key(), self.behind_key(&arn));
                KeyItems { key, policy, aliases, tags, grants }
            }
            KeyResource::Alias(_) => {
                let key = self.describe_key().await;
                let (policy, aliases, tags, grants) = match &key {
                    Item::Collected(found) => self.behind_key(&found.arn.to_string()).await,
                    Item::Absent(_) | Item::Missing(_) => (like(&key), like(&key), like(&key), like(&key)),
                };
                KeyItems { key, policy, aliases, tags, grants }
            }
        }
    }

    async fn describe_key(&self) -> Item<Key> {
        let call = "kms:DescribeKey";
        let sent = self.kms.describe_key().key_id(self.target.key.to_string()).send();
        self.ask(call, sent)
            .await
            .and_then(call, |output| {
                let key = output.key_metadata()?;
                Some(Key {
                    arn: key.arn()?.parse().ok()?,
                    spec: key.key_spec()?.as_str().to_owned(),
                    usage: key.key_usage()?.as_str().to_owned(),
                    state: key.key_state()?.as_str().to_owned(),
                    origin: key.origin()?.as_str().to_owned(),
                    manager: key.key_manager()?.as_str().to_owned(),
                    multi_region: key.multi_region().unwrap_or_default(),
                    multi_region_type: key
                        .multi_region_configuration()
                        .and_then(|configuration| configuration.multi_region_key_type())
                        .map(|kind| kind.as_str().to_owned()),
                    custom_key_store: key.custom_key_store_id().map(str::to_owned),
                    material_expires: key
                        .valid_to()
                        .and_then(|date| Timestamp::from_second(date.secs()).ok()),
                    deletion_date: key
                        .deletion_date()
                        .and_then(|date| Timestamp::from_second(date.secs()).ok()),
                })
            })
            .item(call)
    }

    async fn behind_key(&self, arn: &str) -> (Item<String>, Item<Vec<String>>, Item<Tags>, Item<Vec<Grant>>) {
        let (policy, aliases, tags, grants) = tokio::join!(
            self.ask("kms:GetKeyPolicy", self.kms.get_key_policy().key_id(arn).policy_name("default").send()),
            self.ask("kms:ListAliases", async {
                let pages = self.kms.list_aliases().key_id(arn).into_paginator().send();
                pages.collect::<Result<Vec<_>, _>>().await
            }),
            self.ask("kms:ListResourceTags", async {
                let pages = self.kms.list_resource_tags().key_id(arn).into_paginator().send();
                pages.collect::<Result<Vec<_>, _>>().await
            }),
            self.ask("kms:ListGrants", async {
                let pages = self.kms.list_grants().key_id(arn).into_paginator().send();
                pages.collect::<Result<Vec<_>, _>>().await
            }),
        );
        (
            policy
                .and_then("kms:GetKeyPolicy", |output| output.policy().map(str::to_owned))
                .item("kms:GetKeyPolicy"),
            // A page without its list is no empty list.
            aliases
                .and_then("kms:ListAliases", |pages| {
                    let lists: Option<Vec<_>> = pages.into_iter().map(|page| page.aliases).collect();
                    lists?.into_iter().flatten().map(|alias| alias.alias_name).collect()
                })
                .item("kms:ListAliases"),
            tags.and_then("kms:ListResourceTags", |pages| {
                let lists: Option<Vec<_>> = pages.into_iter().map(|page| page.tags).collect();
                Some(lists?.into_iter().flatten().map(|tag| (tag.tag_key, tag.tag_value)).collect())
            })
            .item("kms:ListResourceTags"),
            grants
                .and_then("kms:ListGrants", |pages| {
                    let lists: Option<Vec<_>> = pages.into_iter().map(|page| page.grants).collect();
                    lists?.iter().flatten().map(grant).collect()
                })
                .item("kms:ListGrants"),
        )
    }

    /// Another account sees neither the key's policy, aliases and tags, nor whether the key exists.
    fn of_the_keys_account(&self, caller: &Item<Caller>, items: KeyItems) -> KeyItems {
        let wanted = self.target.key.account();
        let (elsewhere, detail) = match caller {
            Item::Collected(caller) if caller.account == *wanted => return items,
            Item::Collected(Caller { account, .. }) => (
                true,
                format!(
                    "the credentials are of account {account}, the key is in {wanted}; use credentials of {wanted}"
                ),
            ),
            Item::Absent(_) | Item::Missing(_) => (false, "it can't be told which account answered".into()),
        };
        let settle = Settle { elsewhere, detail };
        KeyItems {
            key: settle.item(items.key, "kms:DescribeKey"),
            policy: settle.item(items.policy, "kms:GetKeyPolicy"),
            aliases: settle.item(items.aliases, "kms:ListAliases"),
            tags: settle.item(items.tags, "kms:ListResourceTags"),
            grants: settle.item(items.grants, "kms:ListGrants"),
        }
    }
}

/// What becomes of answers that are not, or not certainly, of the key's own account.
struct Settle {
    /// They are certainly of another account.
    elsewhere: bool,
    detail: String,
}

impl Settle {
    fn item<T>(&self, item: Item<T>, call: &str) -> Item<T> {
        match item {
            Item::Collected(value) => Item::Collected(value),
            Item::Missing(missing) if !self.elsewhere => Item::Missing(missing),
            Item::Absent(_) | Item::Missing(_) => Item::Missing(Missing {
                call: call.into(),
                reason: MissingReason::WrongAccount,
                permission: None,
                detail: self.detail.clone(),
            }),
        }
    }
}

/// What stands behind a key that was not read: as little as the key.
fn like<T>(key: &Item<Key>) -> Item<T> {
    match key {
        Item::Absent(absent) => Item::Absent(absent.clone()),
        Item::Missing(missing) => Item::Missing(missing.clone()),
        Item::Collected(key) => {
            Item::Missing(Missing::not_asked("", format!("nothing was asked of {}", key.arn)))
        }
    }
}

fn grant(entry: &aws_sdk_kms::types::GrantListEntry) -> Option<Grant> {
    let sorted = |pairs: &std::collections::HashMap<String, String>| {
        pairs.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let constraints = entry.constraints();
    Some(Grant {
        id: entry.grant_id()?.to_owned(),
        grantee: entry.grantee_principal().or(entry.grantee_service_principal())?.to_owned(),
        operations: entry.operations().iter().map(|operation| operation.as_str().to_owned()).collect(),
        encryption_context_subset: constraints
            .and_then(|constraints| constraints.encryption_context_subset())
            .map(sorted),
        encryption_context_equals: constraints
            .and_then(|constraints| constraints.encryption_context_equals())
            .map(sorted),
        source_arn: constraints.and_then(|constraints| constraints.source_arn()).map(str::to_owned),
    })
}

/// IAM sends policy documents percent-encoded (IAM API, GetRolePolicy).
fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

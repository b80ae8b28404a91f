//! The key and what hangs on it, from KMS. Its calls take ARNs, but another account sees little of a key, and only the
//! key's own can prove that it does not exist.

use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::answer::{Answer, every};
use super::session::{Answering, Session};
use crate::evidence::aws::{Grant, Key, Rotation, Tags};
use crate::evidence::{Item, Missing, MissingReason};
use crate::target::aws::{KeyArn, KeyResource};

const DESCRIBE_KEY: &str = "kms:DescribeKey";
const GET_POLICY: &str = "kms:GetKeyPolicy";
const LIST_ALIASES: &str = "kms:ListAliases";
const LIST_TAGS: &str = "kms:ListResourceTags";
const LIST_GRANTS: &str = "kms:ListGrants";
const GET_ROTATION: &str = "kms:GetKeyRotationStatus";

/// Reads one key, each call once: at once for a key; for an alias, which most calls refuse, after the key behind it is
/// known.
#[derive(Debug)]
pub(super) struct KeyReader<'a> {
    session: &'a Session,
    target: &'a KeyArn,
    described: OnceCell<Item<Key>>,
    policy: OnceCell<Item<String>>,
    grants: OnceCell<Item<Vec<Grant>>>,
}

impl<'a> KeyReader<'a> {
    pub(super) fn new(session: &'a Session, target: &'a KeyArn) -> Self {
        Self { session, target, described: OnceCell::new(), policy: OnceCell::new(), grants: OnceCell::new() }
    }

    pub(super) async fn key(&self) -> Item<Key> {
        self.of_the_keys_account(DESCRIBE_KEY, async { self.described().await.clone() }).await
    }

    pub(super) async fn policy(&self) -> Item<String> {
        let asked = || {
            self.behind_key(GET_POLICY, async |arn| {
                let sent = self.session.ask(GET_POLICY, &arn, |clients| {
                    clients.kms.get_key_policy().key_id(&arn).policy_name("default").send()
                });
                sent.await.and_then(GET_POLICY, |output| output.policy)
            })
        };
        self.policy.get_or_init(asked).await.clone()
    }

    pub(super) async fn aliases(&self) -> Item<Vec<String>> {
        self.behind_key(LIST_ALIASES, async |arn| {
            let sent = self.session.ask(LIST_ALIASES, &arn, |clients| {
                let pages = clients
                    .kms
                    .list_aliases()
                    .key_id(&arn)
                    .into_paginator()
                    .stop_on_duplicate_token(false)
                    .send();
                pages.collect::<Result<Vec<_>, _>>()
            });
            sent.await.and_then(LIST_ALIASES, |pages| {
                let aliases =
                    every(pages.into_iter().map(|page| (page.aliases, page.truncated, page.next_marker)))?;
                aliases.into_iter().map(|alias| alias.alias_name).collect()
            })
        })
        .await
    }

    pub(super) async fn tags(&self) -> Item<Tags> {
        self.behind_key(LIST_TAGS, async |arn| {
            let sent = self.session.ask(LIST_TAGS, &arn, |clients| {
                let pages = clients
                    .kms
                    .list_resource_tags()
                    .key_id(&arn)
                    .into_paginator()
                    .stop_on_duplicate_token(false)
                    .send();
                pages.collect::<Result<Vec<_>, _>>()
            });
            sent.await.and_then(LIST_TAGS, |pages| {
                let tags =
                    every(pages.into_iter().map(|page| (page.tags, page.truncated, page.next_marker)))?;
                Some(tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value)).collect())
            })
        })
        .await
    }

    pub(super) async fn grants(&self) -> Item<Vec<Grant>> {
        let asked = || {
            self.behind_key(LIST_GRANTS, async |arn| {
                let sent = self.session.ask(LIST_GRANTS, &arn, |clients| {
                    let pages = clients
                        .kms
                        .list_grants()
                        .key_id(&arn)
                        .into_paginator()
                        .stop_on_duplicate_token(false)
                        .send();
                    pages.collect::<Result<Vec<_>, _>>()
                });
                sent.await.and_then(LIST_GRANTS, |pages| {
                    every(pages.into_iter().map(|page| (page.grants, page.truncated, page.next_marker)))?
                        .iter()
                        .map(grant)
                        .collect()
                })
            })
        };
        self.grants.get_or_init(asked).await.clone()
    }

    pub(super) async fn rotation(&self) -> Item<Rotation> {
        self.behind_key(GET_ROTATION, async |arn| {
            let sent = self
                .session
                .ask(GET_ROTATION, &arn, |clients| clients.kms.get_key_rotation_status().key_id(&arn).send());
            sent.await.and_then(GET_ROTATION, |output| {
                Some(Rotation {
                    enabled: output.key_rotation_enabled,
                    period_days: match output.rotation_period_in_days {
                        Some(days) => Some(days.try_into().ok()?),
                        None => None,
                    },
                })
            })
        })
        .await
    }

    async fn described(&self) -> &Item<Key> {
        let asked = || async {
            let arn = self.target.to_string();
            let sent = self
                .session
                .ask(DESCRIBE_KEY, &arn, |clients| clients.kms.describe_key().key_id(&arn).send());
            sent.await.and_then(DESCRIBE_KEY, |output| key(output.key_metadata()?)).item(DESCRIBE_KEY)
        };
        self.described.get_or_init(asked).await
    }

    /// Asks about the key that was given, or that an alias leads to. Behind a key that was not read stands as little as
    /// the key.
    async fn behind_key<T>(&self, call: &'static str, ask: impl AsyncFnOnce(String) -> Answer<T>) -> Item<T> {
        let asked = async {
            let arn = match self.target.resource() {
                KeyResource::Key(_) => self.target.to_string(),
                KeyResource::Alias(_) => match self.described().await {
                    Item::Collected(key) => key.arn.to_string(),
                    Item::Absent(absent) => return Item::Absent(absent.clone()),
                    Item::Missing(missing) | Item::Partial { missing, .. } => {
                        return Item::Missing(missing.clone());
                    }
                },
            };
            ask(arn).await.item(call)
        };
        self.of_the_keys_account(call, asked).await
    }

    /// Another account sees neither the key's policy, aliases and tags, nor whether the key exists.
    async fn of_the_keys_account<T>(&self, call: &str, asked: impl Future<Output = Item<T>>) -> Item<T> {
        let wanted = self.target.account();
        let (item, answering) = tokio::join!(asked, self.session.answering(wanted));
        let detail = match (&item, answering) {
            (_, Answering::Same)
            | (Item::Collected(_), _)
            | (Item::Missing(_) | Item::Partial { .. }, Answering::Unknown(_)) => {
                return item;
            }
            (_, Answering::Other(answering)) => format!(
                "the credentials are of account {answering}, the key is in {wanted}; use credentials of {wanted} (--key-profile)"
            ),
            (Item::Absent(_), Answering::Unknown(_)) => "it can't be told which account answered".into(),
        };
        Item::Missing(Missing {
            call: call.into(),
            reason: MissingReason::WrongAccount,
            permission: None,
            detail,
        })
    }
}

fn key(key: &aws_sdk_kms::types::KeyMetadata) -> Option<Key> {
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
        material_expires: key.valid_to().map(timestamp).transpose().ok()?,
        deletion_date: key.deletion_date().map(timestamp).transpose().ok()?,
    })
}

fn timestamp(date: &aws_sdk_kms::primitives::DateTime) -> Result<Timestamp, jiff::Error> {
    Timestamp::from_second(date.secs())
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

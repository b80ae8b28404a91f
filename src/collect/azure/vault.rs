//! The vault: what its own host says, and what Azure Resource Manager shows of it.
//!
//! A vault's URI does not say where it is. Azure Resource Graph knows at once, but only what the caller may read, and
//! not always as it is now (Resource Graph overview, "Data freshness"), so that what it says is confirmed by asking for
//! the vault itself; where it knows nothing, the vaults of all subscriptions that the caller sees are listed.

use azure_core::http::{Method, Request};
use tokio::sync::OnceCell;

use super::address::{RESOURCE_MANAGER, address};
use super::answer::{Answer, Failure};
use super::challenge;
use super::login::Audience;
use super::session::Session;
use crate::evidence::azure::{Call, Endpoint, Vault};
use crate::evidence::{Item, Missing, MissingReason};
use crate::target::azure::{AzureTarget, Scope};

mod places;
mod shape;

use shape::Shown;

/// The newest version that the documents recommend (Key Vault access-control-default).
const VERSION: (&str, &str) = ("api-version", "2026-02-01");
/// Key Vault's own interface (Key Vault REST API).
pub(super) const DATA_PLANE_VERSION: (&str, &str) = ("api-version", "2025-07-01");

/// Reads one vault, each call once.
#[derive(Debug)]
pub(super) struct VaultReader<'a> {
    session: &'a Session<'a>,
    target: &'a AzureTarget,
    vault: OnceCell<Item<Vault>>,
}

impl<'a> VaultReader<'a> {
    pub(super) fn new(session: &'a Session<'a>, target: &'a AzureTarget) -> Self {
        Self { session, target, vault: OnceCell::new() }
    }

    /// What the vault's host says without a token.
    pub(super) async fn endpoint(&self) -> Answer<Endpoint> {
        let call = &Call::CHALLENGE;
        let url = address(call, self.target.vault.host(), "/keys", &[DATA_PLANE_VERSION])?;
        challenge::endpoint(&self.session.ask(call, None, Request::new(url, Method::Get)).await?)
    }

    /// The vault, as Azure Resource Manager shows it.
    pub(super) async fn vault(&self) -> &Item<Vault> {
        let asked = || async { Box::pin(self.found()).await.map_or_else(Failure::item, Item::Collected) };
        self.vault.get_or_init(asked).await
    }

    /// The vault, for what is asked at its id.
    pub(super) async fn required(&self) -> Result<&Vault, Missing> {
        match self.vault().await {
            Item::Collected(vault) => Ok(vault),
            Item::Missing(missing) | Item::Partial { missing, .. } => Err(missing.clone()),
            Item::Absent(_) => Err(Missing::not_asked(Call::GET_VAULT.name, "there is no such vault")),
        }
    }

    async fn found(&self) -> Answer<Vault> {
        let query = Call::QUERY_RESOURCES;
        let queried = self.session.first_way(&query, Audience::ResourceManager, self.queried());
        let queried = match queried.await {
            Ok(ids) => self.confirmed(ids).await?,
            Err(failure) if failure.missing.reason == MissingReason::Credentials => return Err(failure),
            // Whatever else is wrong with the query, the lists are another way.
            Err(_) => None,
        };
        if let Some(vault) = queried {
            return Ok(vault);
        }
        let listed = self.listed().await?;
        match self.confirmed(listed.ids).await? {
            Some(vault) => Ok(vault),
            None => Err(self.not_found(listed.subscriptions, listed.failure)),
        }
    }

    /// The one of these vaults that has the registered URI, of those that there still are.
    async fn confirmed(&self, ids: Vec<Scope>) -> Answer<Option<Vault>> {
        let mut confirmed: Option<Vault> = None;
        for id in ids {
            let vault = match self.shown(&id).await {
                Ok(vault) => vault,
                Err(failure) if failure.is_not_found() => continue,
                Err(failure) => return Err(failure),
            };
            if vault.vault_uri != self.target.vault {
                continue;
            }
            if confirmed.as_ref().is_some_and(|before| before.id != vault.id) {
                return Err(Failure::unreadable(&Call::GET_VAULT, "several vaults have the same URI"));
            }
            confirmed = Some(vault);
        }
        Ok(confirmed)
    }

    async fn shown(&self, id: &Scope) -> Answer<Vault> {
        let call = &Call::GET_VAULT;
        let url = address(call, RESOURCE_MANAGER, id.as_str(), &[VERSION])?;
        let shown: Shown = self.session.get(call, Audience::ResourceManager, url).await?;
        let vault = shown.vault().map_err(|problem| Failure::unreadable(call, problem))?;
        if vault.id != *id {
            return Err(Failure::unreadable(call, "the answer is about another vault"));
        }
        Ok(vault)
    }

    /// That it is nowhere to be seen proves nothing: it may be in a subscription that the caller does not see.
    fn not_found(&self, subscriptions: usize, failure: Option<Failure>) -> Failure {
        if let Some(failure) = failure {
            return failure;
        }
        let seen = match subscriptions {
            0 => "no subscription of tenant".to_owned(),
            1 => "one subscription of tenant".to_owned(),
            several => format!("{several} subscriptions of tenant"),
        };
        Failure::new(
            &Call::LIST_VAULTS,
            MissingReason::Denied,
            format!(
                "the caller sees {seen} {}, and no vault with the URI {} in any: ask for the role Reader at the vault's \
                 subscription",
                self.target.tenant, self.target.vault
            ),
        )
    }
}

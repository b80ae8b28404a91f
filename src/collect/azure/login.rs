//! Whose tokens a run sends, one for each service: chosen once, fetched once each.
//!
//! The order of the ways to log in, and which failure ends it, are those of `DefaultAzureCredential` in Azure's other
//! SDKs (Azure Identity client library, "Credential chains"): what is configured for a deployed service ends it if it
//! fails, for going on would be to ask as somebody else; developers' tools are tried one after the other. Azure's SDK for
//! Rust has the ways but not the chain. Every token is for the tenant that was asked about: the directory would answer
//! for another one just as readily.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::ClientOptions;
use futures_util::FutureExt;
use futures_util::future::{Shared, join_all, select_ok};
use tokio::time::timeout;

use super::answer::said;
use crate::evidence::MissingReason;
use crate::target::azure::TenantId;

mod credentials;
mod token;
mod ways;

pub(super) use ways::Environment;
use ways::Way;

/// How long one way may take for its token: what Azure's other SDKs give a developer's tool.
const LONGEST: Duration = Duration::from_secs(10);

/// A service that tokens are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Audience {
    /// Azure Resource Manager.
    ResourceManager,
    /// Microsoft Graph.
    Graph,
    /// Key Vault's own hosts.
    Vault,
}

impl Audience {
    const ALL: [Self; 3] = [Self::ResourceManager, Self::Graph, Self::Vault];

    /// The scope that its tokens are asked for with.
    pub(super) fn scope(self) -> &'static str {
        match self {
            Self::ResourceManager => "https://management.azure.com/.default",
            Self::Graph => "https://graph.microsoft.com/.default",
            Self::Vault => "https://vault.azure.net/.default",
        }
    }
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoToken {
    pub(super) reason: MissingReason,
    /// For people, without secrets.
    pub(super) detail: String,
    /// The way is not there, or not for this tenant: not failing, but not to be had.
    unavailable: bool,
}

/// Something that is on its way or there, whoever waits for it.
type Awaited<T> = Shared<Pin<Box<dyn Future<Output = Result<T, NoToken>> + Send>>>;
/// The tokens of one way.
type Tokens = BTreeMap<Audience, Awaited<AccessToken>>;

/// Who asks.
pub(super) struct Login {
    /// Goes on where whoever began to wait for it has gone away: tools are not run twice.
    chosen: Awaited<Tokens>,
}

/// What it takes to find out.
struct Search {
    tenant: TenantId,
    environment: Environment,
    options: ClientOptions,
    /// What is asked for whatever happens; tokens for the rest are fetched where something turns out to need them.
    needed: Vec<Audience>,
}

impl Login {
    pub(super) fn new(
        tenant: TenantId,
        environment: Environment,
        options: ClientOptions,
        needed: Vec<Audience>,
    ) -> Self {
        let search = Search { tenant, environment, options, needed };
        Self { chosen: async move { search.choose().await }.boxed().shared() }
    }

    /// The token for a service.
    pub(super) async fn token(&self, audience: Audience) -> Result<AccessToken, NoToken> {
        match self.chosen.clone().await?.get(&audience) {
            Some(token) => token.clone().await,
            None => Err(NoToken::failed("no token is fetched for this service")),
        }
    }
}

impl Search {
    async fn choose(&self) -> Result<Tokens, NoToken> {
        let mut tried: Vec<String> = Vec::new();
        for way in self.environment.ways().map_err(|problem| NoToken::failed(&problem))? {
            if let Err(none) = way.is_there(&self.options).await {
                tried.push(none.of(&way).detail);
                continue;
            }
            let tokens = self.tokens(&way);
            let asked: Vec<Awaited<AccessToken>> =
                self.needed.iter().filter_map(|audience| tokens.get(audience).cloned()).collect();
            // What somebody set up is the one that counts, whatever it says.
            if way.is_configured() || asked.is_empty() || select_ok(asked.iter().cloned()).await.is_ok() {
                return Ok(tokens);
            }
            let failed: Vec<NoToken> = join_all(asked).await.into_iter().filter_map(Result::err).collect();
            if !way.is_a_developers() && !failed.iter().all(|none| none.unavailable) {
                return Ok(tokens);
            }
            // For the other services it says the same.
            tried.extend(failed.into_iter().next().map(|none| none.detail));
        }
        let detail = format!(
            "no way to log in worked: {}; log in with `az login --tenant {}`, or set AZURE_CLIENT_ID and \
             AZURE_CLIENT_SECRET",
            tried.join("; "),
            self.tenant
        );
        Err(NoToken { reason: MissingReason::Credentials, detail, unavailable: false })
    }

    /// One way's tokens, none of them asked for yet. Each has a credential of its own: one for all would hold the second
    /// token back until the first is there.
    fn tokens(&self, way: &Way) -> Tokens {
        let fetched = |audience: Audience| {
            let (way, tenant, options) = (way.clone(), self.tenant, self.options.clone());
            let note = self.note_on(&way);
            let fetching = async move {
                let asked = timeout(LONGEST, Box::pin(way.token(tenant, audience.scope(), options))).await;
                let token = asked.unwrap_or_else(|_| {
                    let none = NoToken::failed(&format!("no answer in {} s", LONGEST.as_secs()));
                    Err(NoToken { reason: MissingReason::TimedOut, ..none })
                });
                token.map_err(|none| {
                    let none = none.of(&way);
                    let note = if none.reason == MissingReason::Credentials { &note } else { "" };
                    NoToken { detail: format!("{}{note}", none.detail), ..none }
                })
            };
            (audience, fetching.boxed().shared())
        };
        Audience::ALL.into_iter().map(fetched).collect()
    }

    /// What to know where a way that somebody set up fails.
    fn note_on(&self, way: &Way) -> String {
        if !way.is_configured() {
            return String::new();
        }
        let other = self.environment.tenant_other_than(self.tenant).map(|other| {
            format!(
                "; AZURE_TENANT_ID is `{}`, the tenant of --tenant-id was asked, {}",
                said(other),
                self.tenant
            )
        });
        format!("{}; while it is set, no other way to log in is tried", other.unwrap_or_default())
    }
}

impl NoToken {
    fn failed(detail: &str) -> Self {
        Self { reason: MissingReason::Credentials, detail: said(detail), unavailable: false }
    }

    fn unavailable(detail: &str) -> Self {
        Self { unavailable: true, ..Self::failed(detail) }
    }

    /// Says of which way.
    fn of(self, way: &Way) -> Self {
        Self { detail: format!("{way}: {}", self.detail), ..self }
    }
}

/// The login's token for one service, for Azure's pipeline.
#[derive(Debug)]
pub(super) struct TokenFor {
    pub(super) login: Arc<Login>,
    pub(super) audience: Audience,
}

#[async_trait]
impl TokenCredential for TokenFor {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let token = self.login.token(self.audience).await;
        token.map_err(|none| Error::with_message(ErrorKind::Credential, none.detail))
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login")
    }
}

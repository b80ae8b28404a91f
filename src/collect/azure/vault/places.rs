//! Where a vault could be: the ids of those that have its name, or its URI.

use std::collections::BTreeSet;

use azure_core::http::{Method, Request};
use futures_util::StreamExt;
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;

use super::{VERSION, VaultReader};
use crate::collect::azure::address::{RESOURCE_MANAGER, address};
use crate::collect::azure::answer::{Answer, Failure, read};
use crate::collect::azure::login::Audience;
use crate::collect::azure::pages::{MOST_PAGES, every};
use crate::evidence::MissingReason;
use crate::evidence::azure::Call;
use crate::target::azure::{Scope, SubscriptionId, VaultUri};

/// Subscriptions whose vaults are listed at the same time.
const AT_ONCE: usize = 8;

/// A page of Resource Graph's answer (Resource Graph REST API, resources).
#[derive(Debug, Deserialize)]
struct Queried {
    data: Vec<Row>,
    #[serde(rename = "$skipToken")]
    skip_token: Option<String>,
    /// `true` or `false`, in quotation marks.
    #[serde(rename = "resultTruncated")]
    result_truncated: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: Scope,
}

#[derive(Debug, Deserialize)]
struct Subscription {
    #[serde(rename = "subscriptionId")]
    id: SubscriptionId,
}

#[derive(Debug, Deserialize)]
struct Listed {
    id: Scope,
    properties: ListedProperties,
}

#[derive(Debug, Deserialize)]
struct ListedProperties {
    #[serde(rename = "vaultUri")]
    vault_uri: Option<String>,
}

/// What the lists of all subscriptions say.
pub(super) struct Lists {
    /// The vaults with the registered URI.
    pub(super) ids: Vec<Scope>,
    /// How many subscriptions the caller sees.
    pub(super) subscriptions: usize,
    /// A subscription whose list could not be read, for another reason than that the caller may not.
    pub(super) failure: Option<Failure>,
}

impl VaultReader<'_> {
    /// The vaults of the registered name that Resource Graph knows, all pages of them.
    pub(super) async fn queried(&self) -> Answer<Vec<Scope>> {
        let call = &Call::QUERY_RESOURCES;
        let path = "/providers/Microsoft.ResourceGraph/resources";
        let url = address(call, RESOURCE_MANAGER, path, &[("api-version", "2024-04-01")])?;
        // The name has letters, digits and hyphens only. `=~` compares it whole, without case.
        let query = format!(
            "Resources | where type =~ 'microsoft.keyvault/vaults' and name =~ '{}' | project id",
            self.target.vault_name
        );
        let mut options = json!({"resultFormat": "objectArray"});
        let mut ids = BTreeSet::new();
        for _ in 0..MOST_PAGES {
            let mut request = Request::new(url.clone(), Method::Post);
            let unsent = |_| Failure::unreadable(call, "the query can't be written");
            request.set_json(&json!({"query": query, "options": options})).map_err(unsent)?;
            request.insert_header("content-type", "application/json");
            let answered = self.session.ask(call, Some(Audience::ResourceManager), request).await?;
            let page: Queried = read(call, &answered)?;
            ids.extend(page.data.into_iter().map(|row| row.id));
            match page.skip_token.filter(|token| !token.is_empty()) {
                Some(token) => options = json!({"resultFormat": "objectArray", "$skipToken": token}),
                None if page.result_truncated.is_some_and(|truncated| truncated == "true") => {
                    return Err(Failure::unreadable(call, "the list is cut off"));
                }
                None => return Ok(ids.into_iter().collect()),
            }
        }
        Err(Failure::unreadable(call, format!("the list has more than {MOST_PAGES} pages")))
    }

    /// The vaults of the registered URI in all subscriptions that the caller sees.
    pub(super) async fn listed(&self) -> Answer<Lists> {
        let call = &Call::LIST_SUBSCRIPTIONS;
        let url = address(call, RESOURCE_MANAGER, "/subscriptions", &[("api-version", "2022-12-01")])?;
        let subscriptions: Vec<Subscription> =
            every(self.session, call, Audience::ResourceManager, url).await?;
        let lists =
            stream::iter(&subscriptions).map(|subscription| Box::pin(self.vaults_of(subscription.id)));
        let mut lists = lists.buffered(AT_ONCE);
        let (mut ids, mut failure) = (BTreeSet::new(), None);
        while let Some(listed) = lists.next().await {
            match listed {
                Ok(vaults) => {
                    let here = vaults.into_iter().filter(|vault| self.is_registered(vault));
                    ids.extend(here.map(|vault| vault.id));
                }
                Err(of_subscription) if is_hidden(&of_subscription) => {}
                Err(of_subscription) => failure = failure.or(Some(of_subscription)),
            }
        }
        Ok(Lists { ids: ids.into_iter().collect(), subscriptions: subscriptions.len(), failure })
    }

    async fn vaults_of(&self, subscription: SubscriptionId) -> Answer<Vec<Listed>> {
        let call = &Call::LIST_VAULTS;
        let path = format!("/subscriptions/{subscription}/providers/Microsoft.KeyVault/vaults");
        let url = address(call, RESOURCE_MANAGER, &path, &[VERSION])?;
        every(self.session, call, Audience::ResourceManager, url).await
    }

    fn is_registered(&self, vault: &Listed) -> bool {
        let uri = vault.properties.vault_uri.as_deref().and_then(|uri| uri.parse::<VaultUri>().ok());
        uri.as_ref() == Some(&self.target.vault)
    }
}

/// Whether a subscription has no vaults that the caller may see: they may not look, or there can be none because
/// nobody has registered their provider (Resource Manager error-register-resource-provider).
fn is_hidden(failure: &Failure) -> bool {
    failure.missing.reason == MissingReason::Denied || failure.has_code("MissingSubscriptionRegistration")
}

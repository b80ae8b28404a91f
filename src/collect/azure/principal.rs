//! The service principal of OpenAI's application in the tenant, from Microsoft Graph, and the groups that it is in.

use serde::Deserialize;
use tokio::sync::OnceCell;

use super::address::{GRAPH, address};
use super::answer::{Answer, Failure, absent};
use super::login::Audience;
use super::pages::every;
use super::session::Session;
use crate::contract::azure::APPLICATION_ID;
use crate::evidence::Item;
use crate::evidence::azure::{Call, ServicePrincipal};
use crate::target::azure::{AzureTarget, ObjectId};

/// A service principal (Microsoft Graph, servicePrincipal resource type).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: ObjectId,
    app_id: ObjectId,
    display_name: Option<String>,
    account_enabled: bool,
    disabled_by_microsoft_status: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Group {
    id: ObjectId,
}

/// Reads one service principal, each call once.
#[derive(Debug)]
pub(super) struct PrincipalReader<'a> {
    session: &'a Session<'a>,
    target: &'a AzureTarget,
    principal: OnceCell<Item<ServicePrincipal>>,
}

impl<'a> PrincipalReader<'a> {
    pub(super) fn new(session: &'a Session<'a>, target: &'a AzureTarget) -> Self {
        Self { session, target, principal: OnceCell::new() }
    }

    pub(super) async fn principal(&self) -> Item<ServicePrincipal> {
        let asked = || async {
            let found = Box::pin(self.found());
            let found = match self.target.service_principal {
                // There is an id to go on with.
                Some(_) => {
                    self.session.first_way(&Call::LIST_SERVICE_PRINCIPALS, Audience::Graph, found).await
                }
                None => found.await,
            };
            match found {
                Ok(Some(principal)) => Item::Collected(principal),
                Ok(None) => absent(&Call::LIST_SERVICE_PRINCIPALS),
                Err(failure) => failure.item(),
            }
        };
        self.principal.get_or_init(asked).await.clone()
    }

    /// The object id, for what is asked about the principal: Graph's, or the one that the user gave where Graph gives no
    /// answer.
    pub(super) async fn id(&self) -> Item<ObjectId> {
        match (self.principal().await, self.target.service_principal) {
            (Item::Collected(principal), _) => Item::Collected(principal.id),
            (Item::Absent(absent), _) => Item::Absent(absent),
            (Item::Missing(_) | Item::Partial { .. }, Some(given)) => Item::Collected(given),
            (Item::Missing(missing) | Item::Partial { missing, .. }, None) => Item::Missing(missing),
        }
    }

    pub(super) async fn groups(&self) -> Item<Vec<ObjectId>> {
        let id = match self.id().await {
            Item::Collected(id) => id,
            Item::Absent(absent) => return Item::Absent(absent),
            Item::Missing(missing) | Item::Partial { missing, .. } => return Item::Missing(missing),
        };
        let call = &Call::LIST_GROUPS;
        let path = format!("/v1.0/servicePrincipals/{id}/transitiveMemberOf/microsoft.graph.group");
        let asked = async {
            let url = address(call, GRAPH, &path, &[("$select", "id"), ("$count", "true")])?;
            let groups: Vec<Group> = every(self.session, call, Audience::Graph, url).await?;
            Ok(groups.into_iter().map(|group| group.id).collect())
        };
        Box::pin(asked).await.map_or_else(Failure::item, Item::Collected)
    }

    async fn found(&self) -> Answer<Option<ServicePrincipal>> {
        let call = &Call::LIST_SERVICE_PRINCIPALS;
        let filter = format!("appId eq '{APPLICATION_ID}'");
        let select = "id,appId,displayName,accountEnabled,disabledByMicrosoftStatus";
        let url =
            address(call, GRAPH, "/v1.0/servicePrincipals", &[("$filter", &filter), ("$select", select)])?;
        let shown: Vec<Shown> = every(self.session, call, Audience::Graph, url).await?;
        only(shown).map_err(|problem| Failure::unreadable(call, problem))
    }
}

/// The one service principal of OpenAI's application among those that Graph shows.
fn only(shown: Vec<Shown>) -> Result<Option<ServicePrincipal>, &'static str> {
    let mut shown = shown.into_iter();
    let Some(principal) = shown.next() else { return Ok(None) };
    if shown.next().is_some() {
        return Err("the application has several service principals");
    }
    if APPLICATION_ID.parse() != Ok(principal.app_id) {
        return Err("the answer is about another application");
    }
    Ok(Some(ServicePrincipal {
        id: principal.id,
        application_id: principal.app_id,
        display_name: principal.display_name,
        enabled: principal.account_enabled,
        disabled_by_microsoft: principal.disabled_by_microsoft_status.filter(|status| is_disabled(status)),
    }))
}

/// `NotDisabled` says that Microsoft has not disabled it (Microsoft Graph, servicePrincipal resource type).
fn is_disabled(status: &str) -> bool {
    !status.is_empty() && !status.eq_ignore_ascii_case("NotDisabled")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Microsoft Graph, "Get servicePrincipal", example, shortened.
    fn shown() -> Value {
        json!({
            "accountEnabled": true,
            "appId": "20a14814-5ab7-4612-a671-1382b412bf93",
            "disabledByMicrosoftStatus": null,
            "displayName": "EKM - OpenAI Azure",
            "id": "00af5dfb-85da-4b41-a677-0c6b86dd34f8"
        })
    }

    fn read(shown: Value) -> Result<Option<ServicePrincipal>, String> {
        let shown = serde_json::from_value(shown).map_err(|error| error.to_string())?;
        only(shown).map_err(str::to_owned)
    }

    #[test]
    fn a_principal_is_read_as_it_is_shown() {
        let principal = read(json!([shown()])).unwrap().unwrap();
        assert_eq!(principal.id.to_string(), "00af5dfb-85da-4b41-a677-0c6b86dd34f8");
        assert!(principal.enabled);
        assert_eq!(principal.disabled_by_microsoft, None);
        assert_eq!(read(json!([])), Ok(None));
    }

    #[test]
    fn microsoft_disables_principals_too() {
        for (status, disabled) in [
            ("NotDisabled", None),
            ("", None),
            ("DisabledDueToViolationOfServicesAgreement", Some("DisabledDueToViolationOfServicesAgreement")),
        ] {
            let mut shown = shown();
            shown["disabledByMicrosoftStatus"] = json!(status);
            let principal = read(json!([shown])).unwrap().unwrap();
            assert_eq!(principal.disabled_by_microsoft.as_deref(), disabled, "{status}");
        }
    }

    #[test]
    fn anything_else_is_no_answer() {
        let mut another = shown();
        another["appId"] = json!("20a14814-5ab7-4612-a671-1382b412bf94");
        assert_eq!(read(json!([another])), Err("the answer is about another application".into()));
        assert_eq!(
            read(json!([shown(), shown()])),
            Err("the application has several service principals".into())
        );
        for field in ["id", "appId", "accountEnabled"] {
            let mut lacking = shown();
            lacking[field] = Value::Null;
            assert!(read(json!([lacking])).is_err(), "{field}");
        }
    }
}

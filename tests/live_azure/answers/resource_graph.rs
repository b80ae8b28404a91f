//! Azure Resource Graph: an index of all resources, which lags behind.

use serde_json::{Value, json};

use super::access::{asked, ok};
use super::query::Query;
use super::{Answered, paging, resources};
use crate::callers::Right;
use crate::http::Request;
use crate::tenant::{Azure, Casing, Vault};

const VERSIONS: [&str; 3] = ["2021-03-01", "2022-10-01", "2024-04-01"];

/// The rows of the table `Resources` that a query asks for, of those resources that the caller may read. Nothing is
/// said of the others.
pub(super) fn resources(azure: &Azure, request: &Request) -> Answered {
    let asker = asked(azure, request, &VERSIONS)?;
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let query = Query::read(body["query"].as_str().unwrap_or_default())?;
    let asked_about = body["subscriptions"].as_array();
    let indexed = azure.behaviour.resource_graph.as_ref().unwrap_or(&azure.vaults);
    let readable = indexed.iter().filter(|vault| {
        let subscription = azure.subscription_with(&vault.subscription);
        let of_tenant = subscription.is_some_and(|(tenant, _)| tenant.id == asker.tenant.id);
        let of_list = asked_about.is_none_or(|list| list.iter().any(|id| *id == vault.subscription.as_str()));
        of_tenant && of_list && asker.may(Right::Vaults, &vault.scope())
    });
    let rows =
        readable.map(|vault| row(azure, vault, azure.behaviour.casing)).filter(|row| query.admits(row));
    let rows: Vec<Value> = rows.map(|row| query.project(&row)).collect();
    let total = rows.len();
    let page = paging::page(azure, rows, body["options"]["$skipToken"].as_str())?;
    let mut answer = json!({
        "totalRecords": total,
        "count": page.entries.len(),
        "data": page.entries,
        "facets": [],
        "resultTruncated": "false",
    });
    if let Some(token) = page.next {
        answer["$skipToken"] = token.into();
    }
    ok(&answer)
}

/// A vault in the table.
fn row(azure: &Azure, vault: &Vault, casing: Casing) -> Value {
    let tenant = azure.subscription_with(&vault.subscription).map(|(tenant, _)| tenant.id.as_str());
    json!({
        "id": casing.write(vault.scope().as_str()),
        "name": vault.name,
        "type": "microsoft.keyvault/vaults",
        "tenantId": tenant,
        "kind": "",
        "location": vault.location,
        "resourceGroup": vault.resource_group.to_lowercase(),
        "subscriptionId": vault.subscription,
        "managedBy": "",
        "sku": null,
        "plan": null,
        "properties": resources::properties(vault, casing),
        "tags": {},
        "identity": null,
        "zones": null,
        "extendedLocation": null,
    })
}

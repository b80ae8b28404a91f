//! Microsoft Graph: service principals and their groups.

use serde_json::{Map, Value, json};

use super::access::{Asker, ok};
use super::{Answered, GRAPH, errors, paging};
use crate::callers::Right;
use crate::http::{Answer, Request};
use crate::tenant::{Azure, ServicePrincipal};

/// The service principals of an application: `$filter=appId eq '…'`.
pub(super) fn service_principals(azure: &Azure, request: &Request) -> Answered {
    let asker = Asker::of_graph(azure, request)?;
    asker.must_in_directory(Right::Applications)?;
    let filter = request.parameter("$filter").unwrap_or_default();
    let application = filter.strip_prefix("appId eq '").and_then(|rest| rest.strip_suffix('\''));
    let application = application.ok_or_else(|| {
        let message = format!("Unsupported or invalid query filter clause specified: '{filter}'.");
        errors::graph(400, "Request_UnsupportedQuery", &message)
    })?;
    let principals = asker.tenant.service_principals.iter();
    let found = principals.filter(|one| one.application_id.eq_ignore_ascii_case(application));
    let found: Result<Vec<Value>, Answer> =
        found.map(|principal| selected(described(azure, principal), request)).collect();
    list(azure, request, "servicePrincipals", found?, false)
}

/// A service principal, by its object id or as `servicePrincipals(appId='…')`.
pub(super) fn service_principal(azure: &Azure, request: &Request) -> Answered {
    let asker = Asker::of_graph(azure, request)?;
    asker.must_in_directory(Right::Applications)?;
    let id = request.segments().pop().unwrap_or_default();
    let mut found = selected(described(azure, existing(&asker, &id)?), request)?;
    found["@odata.context"] = format!("{}/$entity", context("servicePrincipals", request)).into();
    ok(&found)
}

/// The groups that a service principal is in, directly or through others.
pub(super) fn groups(azure: &Azure, request: &Request) -> Answered {
    let asker = Asker::of_graph(azure, request)?;
    asker.must_in_directory(Right::Applications)?;
    // A list of one type only is one of Graph's advanced queries, as is its count.
    if request.header("consistencylevel") != Some("eventual") || request.parameter("$count").is_none() {
        let message =
            "The request is not supported without $count=true and the header 'ConsistencyLevel: eventual'.";
        return Err(errors::graph(400, "Request_UnsupportedQuery", message));
    }
    let segments = request.segments();
    let principal = existing(&asker, segments.get(2).map_or("", String::as_str))?;
    // Who may not read groups is shown their ids, and null for the rest (Graph "Limited information returned for
    // inaccessible member objects").
    let shown = asker.caller.has(Right::GroupMembers);
    let groups = asker.tenant.groups_of(&principal.object_id).into_iter().map(|group| {
        let id = azure.behaviour.casing.write(&group.id);
        let name = shown.then_some(&group.display_name);
        selected(json!({"id": id, "displayName": name, "securityEnabled": shown.then_some(true)}), request)
    });
    list(azure, request, "groups", groups.collect::<Result<_, _>>()?, true)
}

/// The service principal that a path names.
fn existing<'a>(asker: &Asker<'a>, id: &str) -> Result<&'a ServicePrincipal, Answer> {
    let application = id.strip_prefix("servicePrincipals(appId='").and_then(|rest| rest.strip_suffix("')"));
    let principal = asker.tenant.service_principals.iter().find(|principal| match application {
        Some(application) => principal.application_id.eq_ignore_ascii_case(application),
        None => principal.object_id.eq_ignore_ascii_case(id),
    });
    principal.ok_or_else(|| {
        let message = format!(
            "Resource '{}' does not exist or one of its queried reference-property objects are not present.",
            application.unwrap_or(id)
        );
        errors::graph(404, "Request_ResourceNotFound", &message)
    })
}

fn list(azure: &Azure, request: &Request, kind: &str, all: Vec<Value>, counted: bool) -> Answered {
    let count = all.len();
    let page = paging::page_of(azure, all, request, "$skiptoken")?;
    let mut body = json!({"@odata.context": context(kind, request), "value": page.entries});
    if counted && page.is_first {
        body["@odata.count"] = count.into();
    }
    if let Some(token) = page.next {
        body["@odata.nextLink"] = paging::link(request, GRAPH, "$skiptoken", &token).into();
    }
    ok(&body)
}

fn context(kind: &str, request: &Request) -> String {
    let select = request.parameter("$select").map(|names| format!("({names})")).unwrap_or_default();
    format!("https://graph.microsoft.com/v1.0/$metadata#{kind}{select}")
}

/// What of an object is asked for.
fn selected(object: Value, request: &Request) -> Result<Value, Answer> {
    let Some(names) = request.parameter("$select") else { return Ok(object) };
    let fields = names.split(',').map(str::trim).map(|name| {
        let value = object.get(name).cloned().ok_or_else(|| {
            let message = format!("Could not find a property named '{name}'.");
            errors::graph(400, "BadRequest", &message)
        })?;
        Ok((name.to_owned(), value))
    });
    fields.collect::<Result<Map<_, _>, _>>().map(Value::from)
}

fn described(azure: &Azure, principal: &ServicePrincipal) -> Value {
    json!({
        "id": azure.behaviour.casing.write(&principal.object_id),
        "accountEnabled": principal.account_enabled,
        "addIns": [],
        "alternativeNames": [],
        "appDisplayName": principal.display_name,
        "appId": principal.application_id,
        "appOwnerOrganizationId": principal.owner_tenant,
        "appRoleAssignmentRequired": false,
        "appRoles": [],
        "disabledByMicrosoftStatus": principal.disabled_by_microsoft,
        "displayName": principal.display_name,
        "endpoints": [],
        "homepage": null,
        "info": {
            "termsOfServiceUrl": null,
            "supportUrl": null,
            "privacyStatementUrl": null,
            "marketingUrl": null,
            "logoUrl": null,
        },
        "keyCredentials": [],
        "logoutUrl": null,
        "oauth2PermissionScopes": [],
        "passwordCredentials": [],
        "publisherName": null,
        "replyUrls": [],
        "servicePrincipalNames": [principal.application_id],
        "servicePrincipalType": principal.kind,
        "signInAudience": "AzureADMultipleOrgs",
        "tags": [],
        "tokenEncryptionKeyId": null,
    })
}

//! Microsoft Entra ID, which gives out tokens.

use serde_json::json;

use super::{Answered, errors};
use crate::callers::{Audience, Caller, EXPIRES, Token};
use crate::http::{Answer, Request};
use crate::tenant::Azure;

/// A token for a client that has logged in, or for a managed identity.
pub(super) fn token(azure: &Azure, request: &Request) -> Answered {
    if request.method == "GET" { of_managed_identity(azure, request) } else { of_client(azure, request) }
}

/// The flow `client_credentials` of the Microsoft identity platform.
fn of_client(azure: &Azure, request: &Request) -> Answered {
    let tenant = request.segments().into_iter().next().unwrap_or_default();
    if azure.tenant_with(&tenant).is_none() {
        let message = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the \
             correct cloud. Check with your subscription administrator, this may happen if there are no active \
             subscriptions for the tenant."
        );
        return Err(errors::entra(400, "invalid_request", 90_002, &message));
    }
    let client = request.field("client_id").unwrap_or_default();
    let caller = azure.callers.iter().find(|caller| {
        let known = caller.tenants.iter().any(|of_caller| of_caller.eq_ignore_ascii_case(&tenant));
        known && caller.application_id.eq_ignore_ascii_case(&client)
    });
    let not_found = || {
        let message = format!(
            "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the \
             application has not been installed by the administrator of the tenant or consented to by any user in the \
             tenant. You may have sent your authentication request to the wrong tenant."
        );
        errors::entra(400, "unauthorized_client", 700_016, &message)
    };
    let caller = caller.ok_or_else(not_found)?;
    prove(caller, request)?;
    let scope = request.field("scope").unwrap_or_default();
    let audience = Audience::of(&scope).ok_or_else(|| {
        let message = format!("The provided value for the input parameter 'scope' is not valid: '{scope}'.");
        errors::entra(400, "invalid_scope", 70_011, &message)
    })?;
    let token = Token::of(caller, &tenant, audience).text();
    Ok(Answer::json(
        200,
        &json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token}),
    ))
}

/// An error unless the request proves that it is the caller's.
fn prove(caller: &Caller, request: &Request) -> Result<(), Answer> {
    if let Some(assertion) = request.field("client_assertion") {
        let message = "No matching federated identity record found for presented assertion subject.";
        let unknown = || errors::entra(401, "invalid_client", 700_213, message);
        return (assertion == caller.assertion).then_some(()).ok_or_else(unknown);
    }
    let message = format!(
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the \
         client secret ID, for a secret added to app '{}'.",
        caller.application_id
    );
    let wrong = || errors::entra(401, "invalid_client", 7_000_215, &message);
    (request.field("client_secret").as_deref() == Some(caller.secret.as_str()))
        .then_some(())
        .ok_or_else(wrong)
}

/// App Service's endpoint for managed identities.
fn of_managed_identity(azure: &Azure, request: &Request) -> Answered {
    let refused = |message: &str| Answer::json(400, &json!({"statusCode": 400, "message": message}));
    let secret = request.header("x-identity-header").unwrap_or_default();
    let caller = azure.callers.iter().find(|caller| caller.secret == secret);
    let caller = caller.ok_or_else(|| refused("No managed identity was found."))?;
    let resource = request.parameter("resource").unwrap_or_default();
    let audience = Audience::of(&resource).ok_or_else(|| refused("The resource is not valid."))?;
    let tenant = caller.tenants.first().ok_or_else(|| refused("The identity is in no tenant."))?;
    Ok(Answer::json(
        200,
        &json!({
            "access_token": Token::of(caller, tenant, audience).text(),
            "client_id": caller.application_id,
            "expires_on": EXPIRES.to_string(),
            "resource": resource,
            "token_type": "Bearer",
        }),
    ))
}

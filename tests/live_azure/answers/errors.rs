//! Errors, in the words of each service.

use serde_json::json;

use crate::http::Answer;
use crate::tenant::Scope;

/// An error of Azure Resource Manager.
pub(super) fn resource_manager(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"error": {"code": code, "message": message}}))
        .header("x-ms-failure-cause", "gateway")
}

/// An error of Microsoft Graph.
pub(super) fn graph(status: u16, code: &str, message: &str) -> Answer {
    let request = "5b0f7f0a-52a1-4d0e-9d43-0d7f6f3b1a11";
    Answer::json(
        status,
        &json!({"error": {"code": code, "message": message, "innerError": {
            "date": "2026-05-04T09:30:00",
            "request-id": request,
            "client-request-id": request,
        }}}),
    )
}

/// An error of Key Vault.
pub(super) fn key_vault(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"error": {"code": code, "message": message}}))
}

/// A refusal of Key Vault. What it is about is in the inner code.
pub(super) fn forbidden(inner_code: &str, message: &str) -> Answer {
    Answer::json(
        403,
        &json!({"error": {"code": "Forbidden", "message": message, "innererror": {"code": inner_code}}}),
    )
}

/// An error of Microsoft Entra ID. The number is that of its `AADSTS` code.
pub(super) fn entra(status: u16, error: &str, number: u32, message: &str) -> Answer {
    let (timestamp, trace, correlation) = (
        "2026-05-04 09:30:00Z",
        "81beda46-f15d-4e7d-b42b-71374dccc100",
        "c1b9b8e2-4ddf-484d-9e30-78fda6c79269",
    );
    let description = format!(
        "AADSTS{number}: {message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
    );
    Answer::json(
        status,
        &json!({
            "error": error,
            "error_description": description,
            "error_codes": [number],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
        }),
    )
}

pub(super) fn subscription_not_found(id: &str) -> Answer {
    resource_manager(404, "SubscriptionNotFound", &format!("The subscription '{id}' could not be found."))
}

pub(super) fn resource_group_not_found(name: &str) -> Answer {
    resource_manager(404, "ResourceGroupNotFound", &format!("Resource group '{name}' could not be found."))
}

/// Of a resource whose type is written like `Microsoft.KeyVault/vaults`.
pub(super) fn resource_not_found(kind: &str, name: &str, scope: &Scope) -> Answer {
    let group = scope.resource_group_name().unwrap_or_default();
    let message = format!(
        "The Resource '{kind}/{name}' under resource group '{group}' was not found. For more details please go to \
         https://aka.ms/ARMResourceNotFoundFix"
    );
    resource_manager(404, "ResourceNotFound", &message)
}

/// That a list has no such page.
pub(super) fn bad_page() -> Answer {
    resource_manager(400, "InvalidSkipToken", "The skip token is invalid.")
}

//! Tokens that can't be had, or only some of them.

use serde_json::json;

use crate::callers::Audience;
use crate::calls::Call;
use crate::http::Answer;
use crate::judged::{self, Expected};
use crate::made::{self, Lost, PRINCIPAL, VAULT};
use crate::network::{Asked, Network, Reply};
use crate::several::require_none;

fn is_for(service: Audience) -> impl Fn(&Asked) -> bool + Send + Sync + 'static {
    move |asked| asked.call == Call::Token && asked.token_for == Some(service)
}

/// An error of Microsoft Entra ID (Microsoft identity platform reference-error-codes).
fn refused(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(
        status,
        &json!({"error": error, "error_description": description, "error_codes": [7_000_215]}),
    )
}

/// Where the login fails for one service, the others are asked all the same.
#[test]
fn a_service_without_a_token_is_not_asked() {
    let services: [(Audience, Lost); 3] = [
        (Audience::ResourceManager, VAULT),
        (Audience::Graph, PRINCIPAL),
        // Azure Resource Manager shows the key as well.
        (Audience::Vault, Lost::NOTHING),
    ];
    let unavailable = || Reply::json(503, &json!({"error": "temporarily_unavailable"}));
    let page = Answer { status: 200, headers: vec![], body: "<html>".into() };
    let faults = [
        (
            "is refused",
            refused(401, "invalid_client", "AADSTS7000215: Invalid client secret provided."),
            "credentials",
        ),
        (
            "needs consent",
            refused(400, "invalid_grant", "AADSTS65001: The user has not consented."),
            "credentials",
        ),
        ("is throttled for an hour", Reply::throttled(3600), "throttled"),
        ("is not to be had now", unavailable(), "credentials"),
        ("is a page", Reply::Instead(page), "credentials"),
        ("is an empty object", Reply::json(200, &json!({})), "credentials"),
        ("is cut off", Reply::CutOff, "unreadable"),
        ("is reset", Reply::Reset, "unreachable"),
    ];
    let cases: Vec<_> = services
        .into_iter()
        .flat_map(|(service, lost)| {
            faults.clone().map(|(what, reply, reason)| (service, lost, what, reply, reason))
        })
        .collect();
    require_none(cases, |(service, lost, what, reply, reason)| {
        let is = is_for(service);
        let network =
            Network::but(
                made::large_pages(|_| {}),
                move |asked| {
                    if is(asked) { reply.clone() } else { Reply::Passed }
                },
            );
        let found = judged::differences(&network, &lost.failing_for(reason), false);
        found.into_iter().map(|problem| format!("the token for {service:?} {what}: {problem}")).collect()
    });
}

/// A login that gives no answer ends with the time: nobody was asked for want of a token.
#[test]
fn a_login_that_hangs_ends() {
    let network = Network::but(made::large_pages(|_| {}), |asked| match asked.call {
        Call::Token => Reply::Never,
        _ => Reply::Passed,
    });
    let lost = [
        "deny_assignments",
        "key",
        "key_rotation_policy",
        "key_versions",
        "role_assignments",
        "role_definitions",
        "service_principal",
        "service_principal_groups",
        "subscription_role_assignments",
        "vault",
    ];
    let expected = Expected {
        verdict: "undetermined",
        decisions: judged::OPEN,
        missing: lost.map(|path| (path, "credentials")).into(),
        unknown: &[
            "azure-decrypt-allowed",
            "azure-encrypt-allowed",
            "azure-key-enabled",
            "azure-key-exists",
            "azure-key-operations",
            "azure-key-rsa",
            "azure-least-privilege",
            "azure-read-allowed",
            "azure-role-data-actions",
            "azure-service-principal",
            "azure-vault-network",
            "azure-vault-rbac",
        ],
        unknown_warnings: &[
            "azure-key-expiry",
            "azure-key-rotation",
            "azure-key-versions",
            "azure-role-assignment-scope",
            "azure-vault-purge-protection",
            "azure-vault-subscription",
        ],
        ..Expected::ready()
    };
    assert_eq!(judged::differences(&network, &expected, true), [""; 0]);
}

/// A token that a service does not take: it has expired, or was revoked.
#[test]
fn a_token_that_is_not_taken_is_a_lack_of_credentials() {
    let refusal =
        json!({"error": {"code": "InvalidAuthenticationToken", "message": "Lifetime validation failed."}});
    let cases = vec![
        ("management.azure.com", VAULT),
        ("graph.microsoft.com", PRINCIPAL),
        ("contoso-openai.vault.azure.net", Lost::NOTHING),
    ];
    require_none(cases, |(host, lost)| {
        let refusal = refusal.clone();
        let network = Network::but(made::large_pages(|_| {}), move |asked| {
            if asked.host == host && asked.authorized { Reply::json(401, &refusal) } else { Reply::Passed }
        });
        let found = judged::differences(&network, &lost.failing_for("credentials"), false);
        found.into_iter().map(|problem| format!("{host}: {problem}")).collect()
    });
}

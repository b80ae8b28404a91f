//! What is registered, however it is written, and what OpenAI would not take, of which Azure is not even asked.

use serde_json::json;

use crate::judged::differs;
use crate::network::Network;
use crate::program::{Outcome, Registration, Run};
use crate::several::require_none;
use crate::tenant::{Azure, KEY, SUBSCRIPTION, TENANT};

/// Runs the program with a change to the documented registration, and says how many requests that took.
fn registered(change: impl FnOnce(&mut Registration)) -> (Outcome, usize) {
    let network = Network::of(Azure::documented());
    let mut registration = Registration::documented();
    change(&mut registration);
    let outcome = Run::against(&network).registration(registration).outcome();
    (outcome, network.asked().len())
}

/// OpenAI's article "Azure integration" has the URI with `https` and a slash at its end, and ids in lower case.
#[test]
fn the_payload_has_the_published_form_however_the_vault_is_written() {
    let ready = r#"{"type":"azure","name":"org-4Qd8XyTz71LmWc05RkVb--workspace","tenant_id":"0f4c2d6e-1b7a-4c5d-9e8f-2a3b4c5d6e7f","vault_uri":"https://contoso-openai.vault.azure.net/","key_name":"org-4Qd8XyTz71LmWc05RkVb--workspace"}"#;
    let written = vec![
        ("https://contoso-openai.vault.azure.net/", TENANT.to_owned()),
        ("https://contoso-openai.vault.azure.net", TENANT.to_owned()),
        ("https://contoso-openai.vault.azure.net:443/", TENANT.to_owned()),
        ("https://contoso-openai.vault.azure.net:443", TENANT.to_owned()),
        ("contoso-openai.vault.azure.net", TENANT.to_owned()),
        ("contoso-openai.vault.azure.net:443/", TENANT.to_owned()),
        ("HTTPS://Contoso-OpenAI.VAULT.azure.net/", TENANT.to_uppercase()),
        ("https://contoso-openai.vault.azure.net./", TENANT.to_owned()),
    ];
    require_none(written, |(vault, tenant)| {
        let (outcome, _) = registered(|registration| {
            (registration.vault_uri, registration.tenant_id) = (vault.into(), tenant.clone());
        });
        let mut found = outcome.broken();
        differs(&mut found, "verdict", "ready", outcome.verdict());
        // Field by field, in the published order.
        let printed: String = outcome.stdout.split_whitespace().collect();
        if !printed.contains(ready) {
            found.push(format!("the payload is {}", outcome.payload()));
        }
        let rewritten = vault != "https://contoso-openai.vault.azure.net/";
        let said = outcome.stderr.contains("is registered as `https://contoso-openai.vault.azure.net/`");
        differs(&mut found, "whether another form is said", rewritten, said);
        found.into_iter().map(|problem| format!("{vault}: {problem}")).collect()
    });
}

/// Well formed, and not for OpenAI: the check of the form fails.
#[test]
fn what_openai_would_not_take_is_not_asked_about() {
    let vault = |host: &str| -> Box<dyn Fn(&mut Registration) + Send> {
        let uri = format!("https://{host}/");
        Box::new(move |registration| registration.vault_uri.clone_from(&uri))
    };
    let key = |name: &str| -> Box<dyn Fn(&mut Registration) + Send> {
        let name = name.to_owned();
        Box::new(move |registration| registration.key_name.clone_from(&name))
    };
    let (uri, name) = (&["azure-vault-uri"][..], &["azure-key-name"][..]);
    let neither = &["azure-key-name", "azure-key-organization"][..];
    let cases = vec![
        // Key Vault general/about-keys-secrets-certificates, "DNS suffixes".
        ("contoso.managedhsm.azure.net", vault("contoso.managedhsm.azure.net"), uri, "Managed HSM"),
        ("contoso.managedhsm.azure.cn", vault("contoso.managedhsm.azure.cn"), uri, "Managed HSM"),
        ("contoso.vault.azure.cn", vault("contoso.vault.azure.cn"), uri, "sovereign"),
        ("contoso.vault.usgovcloudapi.net", vault("contoso.vault.usgovcloudapi.net"), uri, "sovereign"),
        (
            "contoso-openai.privatelink.vaultcore.azure.net",
            vault("contoso-openai.privatelink.vaultcore.azure.net"),
            uri,
            "private endpoint",
        ),
        ("login.microsoftonline.com", vault("login.microsoftonline.com"), uri, "no host of a vault"),
        (
            "contoso.vault.azure.net.example.com",
            vault("contoso.vault.azure.net.example.com"),
            uri,
            "no host of a vault",
        ),
        // OpenAI, Troubleshooting: `^org-[0-9a-zA-Z-]*--[0-9a-zA-Z-]*$`.
        ("no organization", key("workspace"), neither, "^org-[0-9a-zA-Z-]*--[0-9a-zA-Z-]*$"),
        (
            "one hyphen",
            key("org-4Qd8XyTz71LmWc05RkVb-workspace"),
            neither,
            "^org-[0-9a-zA-Z-]*--[0-9a-zA-Z-]*$",
        ),
        ("an underscore", key("org-4Qd8XyTz71LmWc05RkVb--work_space"), name, "`_` can't be in the name"),
        ("an organization without an id", key("org---workspace"), neither, "organization"),
        ("too long", key(&format!("{KEY}{}", "x".repeat(100))), name, "longer than 127"),
    ];
    require_none(cases, |(written, change, failing, said)| {
        let (outcome, asked) = registered(change);
        let mut found = outcome.broken();
        differs(&mut found, "exit status", Some(1), outcome.exit);
        differs(&mut found, "requests", 0, asked);
        differs(&mut found, "failing checks", failing.to_vec(), outcome.errors_with_outcome("fail"));
        let message = outcome.check(failing[0])["message"].as_str().unwrap_or_default();
        if !message.contains(said) {
            found.push(format!("`{said}` is not said: {message}"));
        }
        found.into_iter().map(|problem| format!("{written}: {problem}")).collect()
    });
}

/// No value at all: a mistake in the command.
#[test]
fn what_is_no_value_is_refused_with_what_was_expected() {
    type Change = fn(&mut Registration);
    let cases: Vec<(&str, Change, &str)> = vec![
        (
            "a key's URL for the vault",
            |registration| {
                registration.vault_uri = format!("https://contoso-openai.vault.azure.net/keys/{KEY}")
            },
            "--key-name",
        ),
        (
            "a version's URL for the vault",
            |registration| {
                registration.vault_uri = format!(
                    "https://contoso-openai.vault.azure.net:443/keys/{KEY}/4387e9f3d6e14c459867679a90fd0f79"
                );
            },
            "--key-name",
        ),
        (
            "a key's URL for its name",
            |registration| {
                registration.key_name = format!("https://contoso-openai.vault.azure.net/keys/{KEY}")
            },
            "a URL or a path",
        ),
        (
            "a key with its version",
            |registration| registration.key_name = format!("{KEY}/4387e9f3"),
            "a URL or a path",
        ),
        (
            "http",
            |registration| registration.vault_uri = "http://contoso-openai.vault.azure.net/".into(),
            "`https`",
        ),
        (
            "a port",
            |registration| registration.vault_uri = "https://contoso-openai.vault.azure.net:8443/".into(),
            "port",
        ),
        (
            "a user",
            |registration| registration.vault_uri = "https://a:b@contoso-openai.vault.azure.net/".into(),
            "user",
        ),
        (
            "a placeholder",
            |registration| registration.vault_uri = "https://<VAULT>.vault.azure.net/".into(),
            "placeholder",
        ),
        (
            "a domain for a tenant",
            |registration| registration.tenant_id = "contoso.onmicrosoft.com".into(),
            "--tenant-id",
        ),
        ("half a tenant's id", |registration| registration.tenant_id = "0f4c2d6e-1b7a".into(), "--tenant-id"),
        (
            "a project for an organization",
            |registration| registration.organization_id = Some("proj_4Qd8XyTz71LmWc05RkVb".into()),
            "--organization-id",
        ),
        (
            "a name for a principal",
            |registration| registration.service_principal_id = Some("EKM - OpenAI Azure".into()),
            "--service-principal-id",
        ),
    ];
    require_none(cases, |(name, change, said)| {
        let (outcome, asked) = registered(change);
        let mut found = Vec::new();
        differs(&mut found, "exit status", Some(2), outcome.exit);
        differs(&mut found, "requests", 0, asked);
        differs(&mut found, "stdout", "", &outcome.stdout);
        if !outcome.stderr.contains(said) || !outcome.stderr.contains("expected") {
            found.push(format!("`{said}` or what was expected is not said: {}", outcome.stderr));
        }
        found.into_iter().map(|problem| format!("{name}: {problem}")).collect()
    });
}

/// The directory says that there is none; the vault says whose it is.
#[test]
fn a_tenant_that_does_not_exist_is_not_the_vaults() {
    let (outcome, _) = registered(|registration| registration.tenant_id = SUBSCRIPTION.into());
    assert_eq!(
        (outcome.exit, outcome.check("azure-tenant")["seen"].as_str()),
        (Some(1), Some(TENANT)),
        "{outcome}"
    );
    assert!(outcome.stderr.contains("AADSTS90002"), "{}", outcome.stderr);
}

/// Behind a proxy nobody sees that the name of a vault does not exist, and no list of vaults is known to be whole.
#[test]
fn a_vault_that_does_not_exist_is_not_known_behind_a_proxy() {
    let (outcome, _) = registered(|registration| {
        registration.vault_uri = "https://contoso-nothing.vault.azure.net/".into();
    });
    assert_eq!(outcome.broken(), [""; 0]);
    assert_eq!(outcome.exit, Some(3), "{outcome}");
    assert_eq!(outcome.errors_with_outcome("fail"), [""; 0]);
    assert_eq!(
        outcome.errors_with_outcome("unknown"),
        [
            "azure-decrypt-allowed",
            "azure-encrypt-allowed",
            "azure-key-enabled",
            "azure-key-exists",
            "azure-key-operations",
            "azure-key-rsa",
            "azure-least-privilege",
            "azure-read-allowed",
            "azure-role-data-actions",
            "azure-tenant",
            "azure-vault-exists",
            "azure-vault-network",
            "azure-vault-rbac",
        ]
    );
    let reasons = outcome.check("azure-vault-exists")["unknown_because"].clone();
    assert_eq!(
        reasons,
        json!([
            {"evidence": "azure.vault", "reason": "denied", "permission": "Microsoft.KeyVault/vaults/read"},
            {"evidence": "azure.vault_endpoint", "reason": "unreachable"},
        ])
    );
}

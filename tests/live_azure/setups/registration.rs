//! Mistakes in what is registered. What OpenAI would not even accept is in `crate::registrations`.

use crate::setup::Decision::Denied;
use crate::setup::{Expected, NO_USE, Setup};
use crate::tenant::{ANOTHER_TENANT, Azure, ORGANIZATION};

/// The vault has no key of the name: nobody looks further.
const NO_KEY: &[&str] =
    &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-key-exists", "azure-read-allowed"];

/// Each is not ready.
pub(super) fn wrong() -> Vec<Setup> {
    vec![
        // The auditor is known there too, and finds nothing there. The vault itself says whose it is.
        Setup::of(
            "the tenant is another directory",
            "Key Vault general/authentication-requests-and-responses",
            |azure| azure.auditor().tenants.push(ANOTHER_TENANT.into()),
        )
        .registering(|registration| registration.tenant_id = ANOTHER_TENANT.into())
        .not_ready(
            [Denied; 4],
            &[
                "azure-decrypt-allowed",
                "azure-encrypt-allowed",
                "azure-read-allowed",
                "azure-service-principal",
                "azure-tenant",
            ],
        )
        .unknown(&[
            "azure-key-enabled",
            "azure-key-exists",
            "azure-key-operations",
            "azure-key-rsa",
            "azure-vault-network",
            "azure-vault-rbac",
        ])
        .unknown_warnings(&[
            "azure-key-expiry",
            "azure-key-rotation",
            "azure-key-versions",
            "azure-vault-purge-protection",
        ])
        .limits(&[]),
        Setup::of("the tenant's directory has none of the caller's logins", "Entra AADSTS700016", |_| {})
            .registering(|registration| registration.tenant_id = ANOTHER_TENANT.into())
            .not_ready(
                [crate::setup::Decision::Depends, Denied, Denied, Denied],
                &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-tenant"],
            )
            .unknown(&[
                "azure-key-enabled",
                "azure-key-exists",
                "azure-key-operations",
                "azure-key-rsa",
                "azure-least-privilege",
                "azure-role-data-actions",
                "azure-service-principal",
                "azure-vault-network",
                "azure-vault-rbac",
            ])
            .unknown_warnings(&[
                "azure-key-expiry",
                "azure-key-rotation",
                "azure-key-versions",
                "azure-role-assignment-scope",
                "azure-vault-purge-protection",
                "azure-vault-subscription",
            ])
            .limits(&[]),
        Setup::of("the vault is another one of the customer's", "OpenAI, Troubleshooting", |_| {})
            .registering(|registration| {
                registration.vault_uri = "https://contoso-shared.vault.azure.net/".into();
            })
            .not_ready(NO_USE, NO_KEY),
        Setup::of("the vault has no key of this name", "OpenAI, Troubleshooting", |_| {})
            .registering(|registration| registration.key_name = format!("{ORGANIZATION}--prod"))
            .not_ready(NO_USE, NO_KEY),
        // It keeps its name, and Azure Resource Manager shows it no longer.
        Setup::of("the key was deleted", "Key Vault general/soft-delete-overview", |azure: &mut Azure| {
            azure.vault().keys.clear();
        })
        .not_ready(NO_USE, NO_KEY),
        Setup::of("the key's name begins with another organization", "OpenAI, Azure integration", |_| {})
            .registering(|registration| {
                registration.organization_id = Some("org-9Zz8Yy7Xx6Ww5Vv4Uu3T".into());
            })
            .not_ready(Expected::ready().decisions, &["azure-key-organization"]),
    ]
}

//! Mistakes with OpenAI's service principal.

use crate::setup::Decision::Denied;
use crate::setup::{NO_USE, Setup};
use crate::tenant::{ANOTHER_TENANT, Azure, OPENAI_APPLICATION, OPENAI_OBJECT, ServicePrincipal};

/// No token, and so nothing: the checks that fail.
const NO_TOKEN: &[&str] =
    &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-service-principal"];

/// An id that stands for nothing in these tenants.
const ANOTHER: &str = "4b825dc6-42cb-4eb9-a060-e54bf8d69288";

/// Each is not ready.
pub(super) fn wrong() -> Vec<Setup> {
    vec![
        // The article's command with a dash for a hyphen posts nothing.
        Setup::of("the service principal was never created", "OpenAI, Troubleshooting", |azure| {
            azure.tenant().service_principals.remove(0);
        })
        .not_ready([Denied; 4], NO_TOKEN),
        Setup::of(
            "the service principal is another application's with the same name",
            "OpenAI, Azure integration",
            |azure| azure.openai().application_id = ANOTHER.into(),
        )
        .not_ready([Denied; 4], NO_TOKEN),
        Setup::of(
            "the service principal is in another tenant than the vault",
            "Entra create-service-principal-cross-tenant",
            |azure| {
                let openai = azure.tenant().service_principals.remove(0);
                azure.tenants[1].service_principals.push(openai);
            },
        )
        .not_ready([Denied; 4], NO_TOKEN),
        Setup::of("the service principal is disabled", "Graph servicePrincipal, accountEnabled", |azure| {
            azure.openai().account_enabled = false;
        })
        .not_ready([Denied; 4], NO_TOKEN),
        Setup::of(
            "Microsoft has disabled the application",
            "Graph servicePrincipal, disabledByMicrosoftStatus",
            |azure| {
                let status = "DisabledDueToViolationOfServicesAgreement";
                azure.openai().disabled_by_microsoft = Some(status.into());
            },
        )
        .not_ready([Denied; 4], NO_TOKEN),
        // The role stays with the old object id, and is listed as that of an unknown identity.
        Setup::of(
            "the service principal was deleted and created anew",
            "RBAC troubleshooting, Symptom - Role assignments with identity not found",
            made_anew,
        )
        .not_ready(NO_USE, ROLE_IS_NOT_ITS),
        Setup::of(
            "the role is assigned to the application's client id",
            "RBAC role-assignments-list-rest",
            |azure| azure.assignment().principal = OPENAI_APPLICATION.into(),
        )
        .not_ready(NO_USE, ROLE_IS_NOT_ITS),
        Setup::of(
            "the role is assigned to the object id of an application's registration",
            "Key Vault general/troubleshooting-access-issues",
            |azure| azure.assignment().principal = ANOTHER.into(),
        )
        .not_ready(NO_USE, ROLE_IS_NOT_ITS),
        Setup::of("another object id is given", "OpenAI, Azure integration", |_| {})
            .registering(|registration| registration.service_principal_id = Some(OPENAI_APPLICATION.into()))
            .not_ready(crate::setup::Expected::ready().decisions, &["azure-service-principal"]),
    ]
}

/// There is a principal, and the role is somebody else's.
const ROLE_IS_NOT_ITS: &[&str] =
    &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-role-data-actions"];

fn made_anew(azure: &mut Azure) {
    assert_eq!(azure.assignment().principal, OPENAI_OBJECT);
    *azure.openai() =
        ServicePrincipal::new(ANOTHER, OPENAI_APPLICATION, "EKM - OpenAI Azure", ANOTHER_TENANT);
}

//! Mistakes in the vault and in its network.

use crate::setup::{Expected, NO_USE, OPEN_USE, PERIMETER, Setup};
use crate::tenant::{
    ANOTHER_TENANT, AccessPolicy, Block, NetworkAcls, OPENAI_OBJECT, PrivateEndpointConnection, Refusal,
    TENANT, Vault,
};

/// Role assignments count for nothing.
const NO_ROLES: &[&str] =
    &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-vault-rbac"];
/// OpenAI does not reach the vault, or may not.
const NO_WAY: &[&str] =
    &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-vault-network"];

/// Nobody gets in, and so the auditor does not either.
fn closed(vault: &mut Vault, refusal: Refusal, before_the_challenge: bool) {
    vault.block = Some(Block { refusal, before_the_challenge });
    match refusal {
        Refusal::Connection => vault.public_network_access = Some("Disabled".into()),
        Refusal::Firewall => vault.network_acls = Some(NetworkAcls::only(&[])),
    }
}

fn openai_may(vault: &mut Vault, keys: &[&str]) {
    vault.access_policies.push(AccessPolicy::new(TENANT, OPENAI_OBJECT, keys));
}

/// Each is not ready.
pub(super) fn wrong() -> Vec<Setup> {
    [authorization(), network(), another_place()].concat()
}

fn authorization() -> Vec<Setup> {
    vec![
        Setup::of("access policies decide", "Key Vault general/access-control-default", |azure| {
            azure.vault().rbac_authorization = Some(false);
        })
        .not_ready(NO_USE, NO_ROLES),
        // Whatever the default for new vaults is: one that does not say so stays with access policies.
        Setup::of(
            "the vault does not say what decides",
            "Key Vault general/access-control-default",
            |azure| {
                azure.vault().rbac_authorization = None;
            },
        )
        .not_ready(NO_USE, NO_ROLES),
        // They would do, for all keys of the vault.
        Setup::of("an access policy lets OpenAI in", "Key Vault general/rbac-migration", |azure| {
            azure.vault().rbac_authorization = Some(false);
            openai_may(azure.vault(), &["Get", "encrypt", "Decrypt"]);
        })
        .not_ready(Expected::ready().decisions, &["azure-vault-rbac"]),
        Setup::of(
            "an access policy lets OpenAI do everything",
            "Key Vault REST API, AccessPolicyEntry",
            |azure| {
                azure.vault().rbac_authorization = None;
                openai_may(azure.vault(), &["all"]);
            },
        )
        .not_ready(Expected::ready().decisions, &["azure-least-privilege", "azure-vault-rbac"]),
        Setup::of(
            "an access policy lets OpenAI do all but decrypt",
            "Key Vault REST API, AccessPolicyEntry",
            |azure| {
                azure.vault().rbac_authorization = Some(false);
                openai_may(azure.vault(), &["get", "encrypt"]);
            },
        )
        .not_ready(
            [
                crate::setup::Decision::Allowed,
                crate::setup::Decision::Allowed,
                crate::setup::Decision::Allowed,
                crate::setup::Decision::Denied,
            ],
            &["azure-decrypt-allowed", "azure-vault-rbac"],
        ),
        // It is for users of an application, and OpenAI comes without a user.
        Setup::of(
            "an access policy is for OpenAI on behalf of others",
            "Key Vault general/authentication",
            |azure| {
                azure.vault().rbac_authorization = Some(false);
                openai_may(azure.vault(), &["get", "encrypt", "decrypt"]);
                azure.vault().access_policies[0].application_id =
                    Some(crate::tenant::OPENAI_APPLICATION.into());
            },
        )
        .not_ready(NO_USE, NO_ROLES),
    ]
}

fn network() -> Vec<Setup> {
    vec![
        // Its exception is for Microsoft's own services.
        Setup::of(
            "the firewall lets trusted services in and nobody else",
            "Key Vault general/overview-vnet-service-endpoints, Trusted services",
            |azure| {
                closed(azure.vault(), Refusal::Firewall, false);
            },
        )
        .not_ready(NO_USE, NO_WAY),
        Setup::of("the firewall lets a virtual network in", "Key Vault general/network-security", |azure| {
            closed(azure.vault(), Refusal::Firewall, true);
            let acls = azure.vault().network_acls.as_mut().expect("has a firewall");
            acls.bypass = "None".into();
            acls.virtual_network_rules = vec![
                "/subscriptions/s/resourcegroups/r/providers/microsoft.network/virtualnetworks/v/subnets/s"
                    .into(),
            ];
        })
        .not_ready(NO_USE, NO_WAY),
        // Private ranges are of no use to anybody outside.
        Setup::of("the firewall lets private addresses in", "Key Vault general/network-security", |azure| {
            azure.vault().network_acls = Some(NetworkAcls::only(&["10.0.0.0/8", "192.168.0.0/16"]));
        })
        .not_ready(NO_USE, NO_WAY),
        Setup::of("public access is off", "Key Vault general/network-security", |azure| {
            closed(azure.vault(), Refusal::Connection, false);
        })
        .not_ready(NO_USE, NO_WAY)
        .limits(&[]),
        // Which of the two the vault says first is not documented.
        Setup::of(
            "public access is off, and that is all that the vault says",
            "Key Vault REST API, VaultProperties",
            |azure| {
                closed(azure.vault(), Refusal::Connection, true);
                azure.vault().public_network_access = Some("disabled".into());
            },
        )
        .not_ready(NO_USE, NO_WAY)
        .limits(&[]),
        Setup::of(
            "a private endpoint is the only way in",
            "Key Vault general/private-link-service",
            |azure| {
                closed(azure.vault(), Refusal::Connection, true);
                azure.vault().private_endpoint_connections =
                    vec![PrivateEndpointConnection::approved("openai-ekm")];
            },
        )
        .not_ready(NO_USE, NO_WAY)
        .limits(&[]),
        // It overrides the firewall.
        Setup::of(
            "public access is off, and the firewall would let all in",
            "Key Vault REST API, VaultProperties",
            |azure| {
                azure.vault().public_network_access = Some("Disabled".into());
                azure.vault().network_acls = Some(NetworkAcls::open());
            },
        )
        .not_ready(NO_USE, NO_WAY)
        .limits(&[]),
        Setup::of(
            "the firewall lets others in than OpenAI is known to come from",
            "Key Vault general/network-security",
            |azure| {
                azure.vault().network_acls = Some(NetworkAcls::only(&["198.51.100.0/24"]));
            },
        )
        .assuming(&["source-address=203.0.113.7"])
        .not_ready(NO_USE, NO_WAY)
        .limits(&[PERIMETER, "OpenAI was assumed to call from 203.0.113.7"]),
    ]
}

fn another_place() -> Vec<Setup> {
    vec![
        // The vault stays with the tenant that it was made in.
        Setup::of(
            "the subscription was moved here from another tenant",
            "Key Vault general/move-subscription",
            |azure| {
                azure.vault().tenant = ANOTHER_TENANT.into();
            },
        )
        .not_ready(
            NO_USE,
            &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-tenant"],
        ),
        Setup::of(
            "Azure has not finished making the vault",
            "Key Vault REST API, VaultProvisioningState",
            |azure| {
                azure.vault().provisioning_state = "RegisteringDns".into();
                azure.behaviour.unreachable_hosts = vec!["contoso-openai.vault.azure.net".into()];
            },
        )
        .not_ready(
            NO_USE,
            &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-vault-exists"],
        ),
    ]
}

/// Each is undetermined.
pub(super) fn open() -> Vec<Setup> {
    vec![
        // OpenAI publishes no addresses.
        Setup::of("the firewall lets some addresses in", "Key Vault general/network-security", |azure| {
            azure.vault().network_acls = Some(NetworkAcls::only(&["203.0.113.0/24", "198.51.100.7/32"]));
        })
        .undetermined(OPEN_USE, NO_WAY),
        Setup::of(
            "a network security perimeter decides",
            "Private Link network-security-perimeter-transition",
            |azure| {
                azure.vault().public_network_access = Some("SecuredByPerimeter".into());
            },
        )
        .undetermined(OPEN_USE, NO_WAY)
        .limits(&[]),
        Setup::of(
            "public access is in a state that is not documented",
            "Key Vault REST API, VaultProperties",
            |azure| {
                azure.vault().public_network_access = Some("Selected".into());
            },
        )
        .undetermined(OPEN_USE, NO_WAY)
        .limits(&[]),
    ]
}

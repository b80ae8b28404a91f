//! Vaults and keys that are right, and not as documented.

use crate::setup::{PERIMETER, Setup};
use crate::tenant::{
    ANOTHER_SUBSCRIPTION, AccessPolicy, Azure, Block, Casing, KEY, KeyMaterial, NetworkAcls, OPENAI_OBJECT,
    PrivateEndpointConnection, Refusal, RotationPolicy, Scope, TENANT, Vault, VaultLists,
};

/// 2020-01-01 00:00:00 UTC.
const PAST: i64 = 1_577_836_800;
/// 2099-01-01 00:00:00 UTC.
const FUTURE: i64 = 4_070_908_800;

/// Each is ready.
pub(super) fn all() -> Vec<Setup> {
    [vaults(), networks(), keys(), ways_of_azure()].concat()
}

fn vaults() -> Vec<Setup> {
    vec![
        // "Any policy stored on Azure Resource Manager will be ignored", that is.
        Setup::of("access policies are left over", "Key Vault REST API, VaultProperties", |azure| {
            azure.vault().access_policies = vec![AccessPolicy::new(TENANT, OPENAI_OBJECT, &["all"])];
        }),
        Setup::of("the vault is in another subscription", "OpenAI, Azure integration", |azure| {
            let vault = azure.vault();
            vault.subscription = ANOTHER_SUBSCRIPTION.into();
            vault.resource_group = "experiments".into();
            azure.assignment().scope = azure.vault().key_scope(KEY);
            azure.role().assignable_scopes.push(Scope::subscription(ANOTHER_SUBSCRIPTION));
        }),
        // Without it whoever may purge ends the recovery at once.
        Setup::of("deleted keys can be purged", "Key Vault general/soft-delete-overview", |azure| {
            azure.vault().purge_protection = None;
        })
        .warnings(&["azure-vault-purge-protection"]),
    ]
}

fn networks() -> Vec<Setup> {
    let acls = |azure: &mut Azure, acls: NetworkAcls| azure.vault().network_acls = Some(acls);
    vec![
        // Rules count where the default is to deny.
        Setup::of(
            "the firewall has rules, and lets all others in",
            "Key Vault REST API, NetworkRuleSet",
            move |azure| {
                acls(azure, NetworkAcls { ip_rules: vec!["198.51.100.0/24".into()], ..NetworkAcls::open() });
            },
        ),
        Setup::of("public access is not shown", "Key Vault REST API, VaultProperties", |azure| {
            azure.vault().public_network_access = None;
        }),
        Setup::of("public access is on, in lower case", "Key Vault REST API, VaultProperties", |azure| {
            azure.vault().public_network_access = Some("enabled".into());
        }),
        Setup::of(
            "private endpoints are another way in",
            "Key Vault general/private-link-service",
            |azure| {
                azure.vault().private_endpoint_connections =
                    vec![PrivateEndpointConnection::approved("backup")];
            },
        ),
        Setup::of(
            "the firewall's ranges are the whole internet",
            "Key Vault general/network-security",
            move |azure| {
                acls(azure, NetworkAcls::only(&["0.0.0.0/1", "128.0.0.0/1"]));
            },
        ),
        // That says something of the way there alone.
        Setup::of("a proxy lets the auditor reach no vault", "Key Vault general/network-security", |azure| {
            azure.behaviour.unreachable_hosts = vec!["contoso-openai.vault.azure.net".into()];
        }),
        // Who runs the program is elsewhere, and reads the key through Azure Resource Manager.
        Setup::of(
            "the firewall lets OpenAI in, and not the auditor",
            "Key Vault general/network-security",
            move |azure| {
                acls(azure, NetworkAcls::only(&["203.0.113.0/24"]));
                azure.vault().block = Some(Block { refusal: Refusal::Firewall, before_the_challenge: true });
            },
        )
        .assuming(&["source-address=203.0.113.7"])
        .limits(&[PERIMETER, "OpenAI was assumed to call from 203.0.113.7"]),
    ]
}

fn keys() -> Vec<Setup> {
    vec![
        Setup::of("the key is in hardware", "Key Vault keys/about-keys-details", |azure| {
            azure.vault().sku = "premium".into();
            azure.version().material = KeyMaterial::RsaHsm(4096);
        }),
        Setup::of("the key is short", "OpenAI, Azure integration", |azure| {
            azure.version().material = KeyMaterial::Rsa(2048);
        }),
        Setup::of("the key is for OpenAI's operations alone", "Key Vault keys/about-keys-details", |azure| {
            *azure.version() = azure.version().clone().only_for(&["encrypt", "decrypt"]);
        }),
        // A new version is made a month before.
        Setup::of(
            "the key expires, and is rotated before",
            "Key Vault keys/how-to-configure-key-rotation",
            |azure| {
                azure.version().expires = Some(FUTURE);
                azure.key().rotation_policy = Some(RotationPolicy {
                    lifetime_actions: vec![
                        ("Rotate", "timeBeforeExpiry", "P30D".into()),
                        ("Notify", "timeBeforeExpiry", "P60D".into()),
                    ],
                    expiry_time: Some("P1Y".into()),
                });
            },
        ),
        Setup::of("the key's days have begun", "Key Vault keys/about-keys-details", |azure| {
            azure.version().not_before = Some(PAST);
        }),
        Setup::of("the key is never rotated", "Key Vault keys/how-to-configure-key-rotation", |azure| {
            azure.key().rotation_policy = None;
        })
        .warnings(&["azure-key-rotation"]),
        Setup::of(
            "the key expires, and nobody makes a new one",
            "Key Vault keys/how-to-configure-key-rotation",
            |azure| {
                azure.version().expires = Some(FUTURE);
                azure.key().rotation_policy = None;
            },
        )
        .warnings(&["azure-key-expiry", "azure-key-rotation"]),
        // What it has encrypted can't be read.
        Setup::of(
            "an earlier version is disabled",
            "Key Vault keys/how-to-configure-key-rotation",
            |azure| {
                azure.key().versions[0].enabled = false;
            },
        )
        .warnings(&["azure-key-versions"]),
        // Names of objects have no case.
        Setup::of(
            "the key is registered in another case",
            "Key Vault general/about-keys-secrets-certificates",
            |_| {},
        )
        .registering(|registration| {
            registration.key_name = "org-4Qd8XyTz71LmWc05RkVb--Workspace".into();
        }),
    ]
}

/// How Azure answers, where it is free to.
fn ways_of_azure() -> Vec<Setup> {
    let moved = |azure: &mut Azure| {
        let vault = azure.vault().clone();
        azure.behaviour.resource_graph = Some(vec![Vault { resource_group: "shared".into(), ..vault }]);
    };
    vec![
        Setup::of("Azure writes ids in upper case", "RBAC role-definitions", |azure| {
            azure.behaviour.casing = Casing::Upper;
        }),
        Setup::of("Azure writes ids in lower case", "RBAC role-definitions", |azure| {
            azure.behaviour.casing = Casing::LowerWords;
        }),
        Setup::of("lists end with an empty page", "Resource Manager async-operations, nextLink", |azure| {
            azure.behaviour.empty_last_page = true;
        }),
        Setup::of(
            "Resource Graph does not know the vault yet",
            "Resource Graph overview, Data freshness",
            |azure| {
                azure.behaviour.resource_graph = Some(vec![]);
            },
        ),
        Setup::of(
            "Resource Graph knows where the vault was",
            "Resource Graph overview, Data freshness",
            moved,
        ),
        Setup::of(
            "vaults are listed where one may see them",
            "Key Vault REST API, Vaults - List By Subscription",
            |azure| {
                azure.behaviour.resource_graph = Some(vec![]);
                azure.behaviour.vault_lists = VaultLists::Filtered;
            },
        ),
        Setup::of(
            "Resource Manager does not show keys of role-based vaults",
            "Azure/azure-cli issues of 2021 and 2022",
            |azure| {
                azure.behaviour.keys_are_forbidden_by_rbac = true;
            },
        ),
    ]
}

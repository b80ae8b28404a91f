//! Which of Microsoft's examples is compared with which answer of the double.

use crate::callers::{Audience, Right};
use crate::tenant::{
    AccessPolicy, Azure, Block, DenyAssignment, DisabledKey, KEY, NetworkAcls, OPENAI_OBJECT, Permission,
    PrivateEndpointConnection, ROLE, Refusal, RotationPolicy, SUBSCRIPTION, Scope, TENANT,
};

/// Examples of what the double does not answer.
pub(super) const NOT_SERVED: &[(&str, &str)] = &[
    ("ManagementLocks_ListAtResourceLevel.json", "nobody asks for locks"),
    ("arm-ManagedHsm_Get.json", "a Managed HSM is refused before any call"),
    ("arm-getDeletedVault.json", "nobody asks for deleted vaults"),
    ("arm-listVault-resources.json", "vaults are listed by their own provider"),
    ("arm-listPrivateEndpointConnection.json", "connections are read with their vault"),
    ("auth-GetRoleDefinitionAtScope.json", "role definitions are read one by one"),
    ("auth-RoleAssignments_Get.json", "role assignments are listed"),
    ("dp-GetDeletedKey.json", "nobody asks for deleted keys"),
    ("dp-decrypt.json", "nobody decrypts"),
    ("dp-encrypt.json", "nobody encrypts"),
    ("monitor-listDiagnosticSettings.json", "nobody asks for diagnostic settings"),
    ("errors/kv-403-AccessDenied.json", "an older form of ForbiddenByPolicy"),
    ("errors/kv-403-ForbiddenByPolicy.json", "nobody decrypts"),
    ("errors/kv-403-KeyOperationForbidden.json", "nobody decrypts"),
];

/// A setup in which every field of an example has something to say.
pub(super) fn eventful() -> Azure {
    let scope = Scope::subscription(SUBSCRIPTION);
    let denial = Permission::control(&["*/delete"]).and_data(&["*"]);
    Azure::documented().but(|azure| {
        let vault = azure.vault();
        vault.network_acls = Some(NetworkAcls {
            virtual_network_rules: vec!["/subnet".into()],
            ..NetworkAcls::only(&["203.0.113.7/32"])
        });
        vault.access_policies = vec![AccessPolicy::new(TENANT, OPENAI_OBJECT, &["get"])];
        vault.private_endpoint_connections = vec![PrivateEndpointConnection::approved("endpoint")];
        azure.key().rotation_policy = Some(RotationPolicy {
            lifetime_actions: vec![
                ("Rotate", "timeAfterCreate", "P90D".into()),
                ("Notify", "timeBeforeExpiry", "P30D".into()),
            ],
            expiry_time: Some("P2Y".into()),
        });
        azure.version().tags = vec![
            ("purpose".into(), "unit test".into()),
            ("test name ".into(), "CreateGetDeleteKeyTest".into()),
        ];
        azure.tenant().deny_assignments = vec![DenyAssignment::of_everyone(
            "2d7d3f6c-0000-4000-8000-000000000001",
            "Protected",
            denial,
            scope,
        )];
    })
}

/// A request to the double, and the example of its answer.
pub(super) struct Case {
    pub(super) example: &'static str,
    pub(super) audience: Audience,
    pub(super) url: String,
}

pub(super) fn cases() -> Vec<Case> {
    let vault = "https://contoso-openai.vault.azure.net";
    let subscription = format!("https://management.azure.com/subscriptions/{SUBSCRIPTION}");
    let of_vault = format!(
        "{subscription}/resourceGroups/openai-ekm/providers/Microsoft.KeyVault/vaults/contoso-openai"
    );
    let authorization = format!("{of_vault}/keys/{KEY}/providers/Microsoft.Authorization");
    let of = |audience, example, url| Case { example, audience, url };
    let manager = |example, url| of(Audience::ResourceManager, example, url);
    vec![
        of(Audience::Vault, "dp-GetKey.json", format!("{vault}/keys/{KEY}?api-version=7.5")),
        of(Audience::Vault, "dp-GetKeyVersions.json", format!("{vault}/keys/{KEY}/versions?api-version=7.5")),
        of(
            Audience::Vault,
            "dp-GetKeyRotationPolicy.json",
            format!("{vault}/keys/{KEY}/rotationpolicy?api-version=7.5"),
        ),
        manager("arm-getVault.json", format!("{of_vault}?api-version=2023-07-01")),
        manager("arm-getVault-2026-05-15.json", format!("{of_vault}?api-version=2026-05-15")),
        manager("arm-createVaultWithNetworkAcls.json", format!("{of_vault}?api-version=2023-07-01")),
        manager(
            "arm-listVaultBySubscription.json",
            format!("{subscription}/providers/Microsoft.KeyVault/vaults?api-version=2023-07-01"),
        ),
        manager("arm-getKey.json", format!("{of_vault}/keys/{KEY}?api-version=2023-07-01")),
        manager("arm-listKeys.json", format!("{of_vault}/keys/{KEY}/versions?api-version=2023-07-01")),
        manager(
            "auth-RoleAssignments_ListForResource.json",
            format!("{authorization}/roleAssignments?api-version=2022-04-01"),
        ),
        manager(
            "auth-RoleAssignments_ListForScope.json",
            format!("{authorization}/roleAssignments?api-version=2022-04-01"),
        ),
        manager(
            "auth-GetRoleDefinitionById.json",
            format!(
                "{subscription}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}?api-version=2022-04-01"
            ),
        ),
        manager(
            "auth-GetDenyAssignmentsForResource.json",
            format!("{authorization}/denyAssignments?api-version=2022-04-01"),
        ),
        manager(
            "auth-GetDenyAssignmentByScope.json",
            format!("{authorization}/denyAssignments?api-version=2022-04-01&$filter=atScope()"),
        ),
        manager(
            "auth-GetAllDenyAssignments.json",
            format!(
                "{subscription}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01"
            ),
        ),
        of(
            Audience::Graph,
            "graph-servicePrincipal-get.json",
            format!("https://graph.microsoft.com/v1.0/servicePrincipals/{OPENAI_OBJECT}"),
        ),
    ]
}

/// A setup in which a request is answered with an error, and the example of the error.
pub(super) struct Failing {
    /// Without its ending.
    pub(super) example: &'static str,
    pub(super) change: fn(&mut Azure),
    /// Whom the token is for; `None` without one.
    pub(super) audience: Option<Audience>,
    pub(super) url: String,
}

pub(super) fn failing() -> Vec<Failing> {
    let version = "api-version=2026-02-01";
    let manager = format!("https://management.azure.com/subscriptions/{SUBSCRIPTION}");
    let of_vault =
        format!("{manager}/resourceGroups/openai-ekm/providers/Microsoft.KeyVault/vaults/contoso-openai");
    let vault = format!("{of_vault}?{version}");
    let managed_key = format!("{of_vault}/keys/{KEY}?{version}");
    let nowhere = vault.replace(SUBSCRIPTION, ROLE);
    let key = format!("https://contoso-openai.vault.azure.net/keys/{KEY}?api-version=7.5");
    let principal = format!("https://graph.microsoft.com/v1.0/servicePrincipals/{ROLE}");
    let of =
        |audience, example, url: &String, change| Failing { example, change, audience, url: url.clone() };
    let [manager, graph, of_key] = [Audience::ResourceManager, Audience::Graph, Audience::Vault].map(Some);
    vec![
        of(None, "kv-401-challenge", &key, |_| {}),
        of(of_key, "kv-403-ForbiddenByRbac", &key, |azure| azure.auditor().loses(Right::KeysData)),
        of(of_key, "kv-403-ForbiddenByPolicy-keys-sign", &key, |azure| {
            azure.vault().rbac_authorization = None;
            azure.auditor().loses(Right::KeysData);
        }),
        of(of_key, "kv-403-ForbiddenByFirewall", &key, |azure| {
            azure.vault().block = Some(Block { refusal: Refusal::Firewall, before_the_challenge: false });
        }),
        of(None, "kv-403-ForbiddenByConnection", &key, |azure| {
            azure.vault().block = Some(Block { refusal: Refusal::Connection, before_the_challenge: true });
        }),
        of(of_key, "kv-403-KeyDisabled", &key, |azure| {
            azure.behaviour.disabled_key = DisabledKey::Refused;
            azure.version().enabled = false;
        }),
        of(of_key, "kv-404-KeyNotFound", &key, |azure| azure.vault().keys.clear()),
        of(manager, "arm-400-ForbiddenByRbac-vaults-keys", &managed_key, |azure| {
            azure.behaviour.keys_are_forbidden_by_rbac = true;
        }),
        of(manager, "arm-401-InvalidAuthenticationTokenTenant", &vault, |azure| {
            let subscriptions = std::mem::take(&mut azure.tenant().subscriptions);
            azure.tenants[1].subscriptions = subscriptions;
        }),
        of(manager, "arm-403-AuthorizationFailed", &vault, |azure| azure.auditor().loses(Right::Vaults)),
        of(manager, "arm-404-ResourceNotFound", &vault, |azure| azure.vaults.clear()),
        of(manager, "arm-404-SubscriptionNotFound", &nowhere, |_| {}),
        of(graph, "graph-403-Authorization_RequestDenied", &principal, |azure| {
            azure.auditor().loses(Right::Applications);
        }),
        of(graph, "graph-404-Request_ResourceNotFound", &principal, |_| {}),
    ]
}

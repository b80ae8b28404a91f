//! The setup that OpenAI's article "Azure integration" describes, in a tenant where other things are as well.

use super::{
    Azure, Behaviour, Group, Key, KeyVersion, ManagementGroup, Permission, RoleAssignment, RoleDefinition,
    RotationPolicy, Scope, ServicePrincipal, Subscription, Tenant, Vault, built_in,
};
use crate::callers::Caller;

/// The customer's tenant.
pub(crate) const TENANT: &str = "0f4c2d6e-1b7a-4c5d-9e8f-2a3b4c5d6e7f";
/// A tenant that the customer has nothing to do with. OpenAI's application is registered there.
pub(crate) const ANOTHER_TENANT: &str = "c1a5e2d4-7f36-4b90-8d1e-5a6b7c8d9e0f";
/// The subscription in which the vault is.
pub(crate) const SUBSCRIPTION: &str = "9a1b2c3d-4e5f-4061-8273-94a5b6c7d8e9";
/// Another of the customer's.
pub(crate) const ANOTHER_SUBSCRIPTION: &str = "1d2e3f40-5162-4738-94a5-b6c7d8e9fa0b";
pub(crate) const RESOURCE_GROUP: &str = "openai-ekm";
pub(crate) const VAULT: &str = "contoso-openai";
pub(crate) const ORGANIZATION: &str = "org-4Qd8XyTz71LmWc05RkVb";
pub(crate) const KEY: &str = "org-4Qd8XyTz71LmWc05RkVb--workspace";
/// The client id of the application that the article names, `EKM - OpenAI Azure`.
pub(crate) const OPENAI_APPLICATION: &str = "20a14814-5ab7-4612-a671-1382b412bf93";
/// The object id of its service principal in the customer's tenant.
pub(crate) const OPENAI_OBJECT: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
/// The custom role's UUID.
pub(crate) const ROLE: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

/// A service principal of the customer's that has nothing to do with OpenAI.
const APPLICATION_OF_THE_CUSTOMER: &str = "b1d4f6a8-2c3e-4f50-8192-a3b4c5d6e7f8";
const OBJECT_OF_THE_CUSTOMER: &str = "d2e5a7b9-3d4f-4061-92a3-b4c5d6e7f809";
const ADMINISTRATOR: &str = "e3f6b8ca-4e50-4172-a3b4-c5d6e7f8091a";
const OPERATIONS_TEAM: &str = "f407c9db-5f61-4283-b4c5-d6e7f8091a2b";

/// 2026-05-04 09:30:00 UTC.
const CREATED: i64 = 1_777_887_000;
/// 90 days later.
const ROTATED: i64 = CREATED + 90 * 86_400;

impl Azure {
    /// The article, followed to the letter: OpenAI can use the key.
    pub(crate) fn documented() -> Self {
        let mut customer = Tenant {
            management_groups: vec![
                ManagementGroup { name: TENANT.into(), parent: None },
                ManagementGroup { name: "platform".into(), parent: Some(TENANT.into()) },
            ],
            subscriptions: vec![
                Subscription::new(ANOTHER_SUBSCRIPTION, "Contoso sandbox", TENANT, &["experiments"]),
                Subscription::new(
                    SUBSCRIPTION,
                    "Contoso production",
                    "platform",
                    &[RESOURCE_GROUP, "shared"],
                ),
            ],
            service_principals: vec![
                ServicePrincipal::new(
                    OPENAI_OBJECT,
                    OPENAI_APPLICATION,
                    "EKM - OpenAI Azure",
                    ANOTHER_TENANT,
                ),
                ServicePrincipal::new(OBJECT_OF_THE_CUSTOMER, APPLICATION_OF_THE_CUSTOMER, "Backup", TENANT),
            ],
            groups: vec![Group::new(OPERATIONS_TEAM, "Operations", &[ADMINISTRATOR, OBJECT_OF_THE_CUSTOMER])],
            ..Tenant::empty(TENANT)
        };
        let vault = documented_vault();
        let subscription = Scope::subscription(SUBSCRIPTION);
        customer.role_definitions = vec![RoleDefinition::custom(
            ROLE,
            "OpenAI EKM",
            Permission::data(&[
                "Microsoft.KeyVault/vaults/keys/encrypt/action",
                "Microsoft.KeyVault/vaults/keys/decrypt/action",
                "Microsoft.KeyVault/vaults/keys/read",
            ]),
            subscription.clone(),
        )];
        customer.role_assignments = vec![
            RoleAssignment::numbered(0, ROLE, OPENAI_OBJECT, vault.key_scope(KEY)),
            // Others have roles as well.
            RoleAssignment::numbered(1, built_in::OWNER, ADMINISTRATOR, Scope::root()).of_type("User"),
            RoleAssignment::numbered(2, built_in::READER, OPERATIONS_TEAM, subscription).of_type("Group"),
            RoleAssignment::numbered(3, built_in::CRYPTO_USER, OBJECT_OF_THE_CUSTOMER, vault.scope()),
        ];
        let shared = Vault::new("contoso-shared", SUBSCRIPTION, "shared", TENANT);
        Self {
            tenants: vec![customer, Tenant::empty(ANOTHER_TENANT)],
            vaults: vec![vault, shared],
            callers: vec![Caller::auditor()],
            behaviour: Behaviour::default(),
        }
    }
}

fn documented_vault() -> Vault {
    let versions = vec![
        KeyVersion::rsa("78deebed173b48e48f55abf87ed4cf71", 3072, CREATED),
        KeyVersion::rsa("4387e9f3d6e14c459867679a90fd0f79", 3072, ROTATED),
    ];
    let key = Key::new(KEY, versions).rotated(RotationPolicy::rotates_after("P90D"));
    Vault::new(VAULT, SUBSCRIPTION, RESOURCE_GROUP, TENANT).key(key)
}

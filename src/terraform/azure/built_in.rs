//! Azure's own roles that are given in the place of the one that OpenAI asks for (RBAC built-in-roles). No plan shows what
//! they allow. Those here reach further than OpenAI's three data actions, or not to all of them, and have for as long as
//! they have been published: what is decided of them does not rest on their every action.

use crate::evidence::azure::{Permission, RoleDefinition};
use crate::target::azure::Scope;

/// A role of Azure's own.
#[derive(Debug)]
pub(super) struct BuiltIn {
    pub(super) name: &'static str,
    /// Its GUID, the same in all tenants.
    pub(super) id: &'static str,
    actions: &'static [&'static str],
    not_actions: &'static [&'static str],
    data_actions: &'static [&'static str],
}

const ALL: [BuiltIn; 8] = [
    BuiltIn {
        name: "Key Vault Administrator",
        id: "00482a5a-887f-4fb3-b363-3b7fe8e74483",
        actions: &[],
        not_actions: &[],
        data_actions: &["Microsoft.KeyVault/vaults/*"],
    },
    BuiltIn {
        name: "Key Vault Crypto Officer",
        id: "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
        actions: &[],
        not_actions: &[],
        data_actions: &[
            "Microsoft.KeyVault/vaults/keys/*",
            "Microsoft.KeyVault/vaults/keyrotationpolicies/*",
        ],
    },
    BuiltIn {
        name: "Key Vault Crypto User",
        id: "12338af0-0e69-4776-bea7-57ae8d297424",
        actions: &[],
        not_actions: &[],
        data_actions: &[
            "Microsoft.KeyVault/vaults/keys/read",
            "Microsoft.KeyVault/vaults/keys/update/action",
            "Microsoft.KeyVault/vaults/keys/backup/action",
            "Microsoft.KeyVault/vaults/keys/encrypt/action",
            "Microsoft.KeyVault/vaults/keys/decrypt/action",
            "Microsoft.KeyVault/vaults/keys/wrap/action",
            "Microsoft.KeyVault/vaults/keys/unwrap/action",
            "Microsoft.KeyVault/vaults/keys/sign/action",
            "Microsoft.KeyVault/vaults/keys/verify/action",
        ],
    },
    BuiltIn {
        name: "Key Vault Crypto Service Encryption User",
        id: "e147488a-f6f5-4113-8e2d-b22465e65bf6",
        actions: &[],
        not_actions: &[],
        data_actions: &[
            "Microsoft.KeyVault/vaults/keys/read",
            "Microsoft.KeyVault/vaults/keys/wrap/action",
            "Microsoft.KeyVault/vaults/keys/unwrap/action",
        ],
    },
    BuiltIn {
        name: "Key Vault Reader",
        id: "21090545-7ca7-4776-b22c-e363652d74d2",
        actions: &[],
        not_actions: &[],
        data_actions: &[
            "Microsoft.KeyVault/vaults/*/read",
            "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
        ],
    },
    BuiltIn {
        name: "Owner",
        id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        actions: &["*"],
        not_actions: &[],
        data_actions: &[],
    },
    BuiltIn {
        name: "Contributor",
        id: "b24988ac-6180-42a0-ab88-20f7382dd24c",
        actions: &["*"],
        not_actions: &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ],
        data_actions: &[],
    },
    BuiltIn {
        name: "Reader",
        id: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        actions: &["*/read"],
        not_actions: &[],
        data_actions: &[],
    },
];

impl BuiltIn {
    /// The role of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|role| role.name.eq_ignore_ascii_case(name))
    }

    /// The role of this GUID.
    pub(super) fn with_id(id: &str) -> Option<&'static Self> {
        ALL.iter().find(|role| role.id.eq_ignore_ascii_case(id))
    }

    /// What it is.
    pub(super) fn definition(&self) -> RoleDefinition {
        let owned = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect();
        RoleDefinition {
            name: self.name.into(),
            kind: "BuiltInRole".into(),
            assignable_scopes: "/".parse::<Scope>().into_iter().collect(),
            permissions: vec![Permission {
                actions: owned(self.actions),
                not_actions: owned(self.not_actions),
                data_actions: owned(self.data_actions),
                not_data_actions: Vec::new(),
                condition: None,
            }],
        }
    }
}

//! How Azure behaves where it is free to, or where its documents leave it open.

use super::Vault;

/// What can't be told from what is in the tenants.
#[derive(Debug, Clone)]
pub(crate) struct Behaviour {
    /// How many entries of a list come at once.
    pub(crate) page_size: usize,
    /// Whether each list ends with an empty page.
    pub(crate) empty_last_page: bool,
    /// How resource ids are written.
    pub(crate) casing: Casing,
    /// What is answered to a read of a disabled key.
    pub(crate) disabled_key: DisabledKey,
    /// What a subscription's list of vaults says to those who may not read all of them.
    pub(crate) vault_lists: VaultLists,
    /// Whether Azure Resource Manager answers reads of keys in role-based vaults with `400 ForbiddenByRbac`, as was
    /// reported in 2021 and 2022.
    pub(crate) keys_are_forbidden_by_rbac: bool,
    /// The vaults that Azure Resource Graph knows, where it lags behind.
    pub(crate) resource_graph: Option<Vec<Vault>>,
    /// What a proxy answers when there is no such host.
    pub(crate) unresolved: u16,
    /// Hosts that there are, and that the proxy finds no way to.
    pub(crate) unreachable_hosts: Vec<String>,
}

/// How resource ids are written. Azure compares them without regard to case, and is not consistent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Casing {
    /// As everything was created.
    Created,
    /// The words in between in lower case: `/resourcegroups/…/providers/microsoft.keyvault/vaults/…`.
    LowerWords,
    /// All in upper case, principals and role definitions as well.
    Upper,
}

/// What is answered to a read of a disabled key. Reports contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DisabledKey {
    /// The key, with `enabled: false`.
    Shown,
    /// `403 KeyDisabled`.
    Refused,
}

/// What a subscription's list of vaults says to those who may not read all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VaultLists {
    /// `403 AuthorizationFailed`.
    Refused,
    /// Those that they may read.
    Filtered,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            page_size: 1,
            empty_last_page: false,
            casing: Casing::Created,
            disabled_key: DisabledKey::Shown,
            vault_lists: VaultLists::Refused,
            keys_are_forbidden_by_rbac: false,
            resource_graph: None,
            unresolved: 502,
            unreachable_hosts: vec![],
        }
    }
}

impl Casing {
    /// An id, of a resource or of a principal, so written.
    pub(crate) fn write(self, id: &str) -> String {
        match self {
            Self::Created => id.to_owned(),
            Self::LowerWords => {
                let segments = id.split('/').map(|segment| match segment {
                    "resourceGroups" | "Microsoft.KeyVault" => segment.to_lowercase(),
                    _ => segment.to_owned(),
                });
                segments.collect::<Vec<_>>().join("/")
            }
            Self::Upper => id.to_uppercase(),
        }
    }
}

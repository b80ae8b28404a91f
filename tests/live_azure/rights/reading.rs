//! Rights to read the vault and the key.

use super::lists::{
    ALL_WARNINGS, APPLICATIONS, EVERYTHING, KEYS, KEYS_DATA, OF_KEY, OF_VAULT, ROTATION, VAULTS,
    WARNINGS_OF_KEY, WARNINGS_OF_VAULT,
};
use super::{Case, without};
use crate::callers::Right;
use crate::setup::Decision::Depends;
use crate::setup::OPEN_USE;
use crate::tenant::{Azure, Scope, VaultLists};

pub(super) fn of_resources() -> Vec<Case> {
    let unseen = |name, change: fn(&mut Azure)| {
        Case::open(name, change, OPEN_USE, OF_VAULT, &[VAULTS]).warnings(WARNINGS_OF_VAULT).limits(&[])
    };
    vec![
        unseen("without vaults", |azure| azure.auditor().loses(Right::Vaults)),
        // Then Azure lists nothing rather than refuse.
        unseen("without vaults, which are left out of lists", |azure| {
            azure.behaviour.vault_lists = VaultLists::Filtered;
            azure.auditor().loses(Right::Vaults);
        }),
        // The key is there to be read, and where the vault is nobody says.
        unseen("with the vault's own keys alone", |azure| {
            let everywhere = Scope::root();
            azure
                .auditor()
                .has_only(&[Right::KeysData, Right::RotationPoliciesData, Right::Applications], &everywhere);
        }),
        Case::open(
            "without any right",
            |azure| azure.auditor().rights.clear(),
            [Depends; 4],
            EVERYTHING,
            &[VAULTS, KEYS_DATA, APPLICATIONS],
        )
        .warnings(ALL_WARNINGS)
        .limits(&[]),
    ]
}

pub(super) fn of_key() -> Vec<Case> {
    let no_key = |name, change: fn(&mut Azure)| {
        Case::open(name, change, OPEN_USE, OF_KEY, &[KEYS_DATA]).warnings(WARNINGS_OF_KEY)
    };
    vec![
        // The vault shows the key.
        Case::ready("without keys of Resource Manager", without(&[Right::Keys])),
        Case::ready("without versions of Resource Manager", without(&[Right::KeyVersions])),
        // Resource Manager does.
        Case::ready("without the vault's keys", without(&[Right::KeysData])),
        Case::ready("without the vault's rotation policies", without(&[Right::RotationPoliciesData])),
        no_key("without keys anywhere", |azure| {
            azure.auditor().loses(Right::KeysData);
            azure.auditor().loses(Right::Keys);
        }),
        no_key("without the vault's keys, where Resource Manager shows none", |azure| {
            azure.auditor().loses(Right::KeysData);
            azure.behaviour.keys_are_forbidden_by_rbac = true;
        }),
        // A proxy keeps the auditor from the vault, and a right in Resource Manager would do.
        Case::open(
            "without keys of Resource Manager, and without a way to the vault",
            |azure| {
                azure.behaviour.unreachable_hosts = vec!["contoso-openai.vault.azure.net".into()];
                azure.auditor().loses(Right::Keys);
            },
            OPEN_USE,
            OF_KEY,
            &[KEYS],
        )
        .warnings(WARNINGS_OF_KEY),
        Case::ready("without versions anywhere", without(&[Right::KeysData, Right::KeyVersions]))
            .warnings(&["azure-key-versions"])
            .lacking(&[KEYS_DATA]),
        Case::ready(
            "without rotation policies anywhere",
            without(&[Right::RotationPoliciesData, Right::Keys]),
        )
        .warnings(&["azure-key-rotation"])
        .lacking(&[ROTATION]),
        // Resource Manager shows a policy where somebody has made one.
        Case::ready("without the vault's rotation policies, of a key that has none", |azure| {
            azure.key().rotation_policy = None;
            azure.auditor().loses(Right::RotationPoliciesData);
        })
        .warnings(&["azure-key-rotation"])
        .lacking(&[ROTATION]),
        Case::ready("without rotation policies anywhere, of a key that expires", |azure| {
            azure.version().expires = Some(4_070_908_800);
            azure.auditor().loses(Right::RotationPoliciesData);
            azure.auditor().loses(Right::Keys);
        })
        .warnings(&["azure-key-expiry", "azure-key-rotation"])
        .lacking(&[ROTATION]),
    ]
}

//! Rights to read roles, the directory, and all of it at the vault only.

use super::lists::{
    APPLICATIONS, ASSIGNMENTS, DEFINITIONS, DENIALS, OF_PRINCIPAL, OF_ROLES, OF_VAULT, USES, VAULTS,
    WARNINGS_OF_ROLES, WARNINGS_OF_VAULT,
};
use super::{Case, at_vault, without};
use crate::callers::Right;
use crate::setup::Decision::Depends;
use crate::setup::{Expected, NO_USE, OPEN_USE, PERIMETER, Verdict};
use crate::tenant::{Azure, DenyAssignment, Group, OPENAI_OBJECT, Permission, Principal, VaultLists};

const GROUP: &str = "a1000000-0000-4000-8000-000000000001";
/// An id that no role is assigned to.
const NOBODY: &str = "4b825dc6-42cb-4eb9-a060-e54bf8d69288";
/// That who was given is OpenAI's is read nowhere.
const GIVEN: &str = "that `7c9e6679-7425-40de-944b-e07fc1f90ae7` is OpenAI's service principal and enabled was taken as given";

pub(super) fn of_authorization() -> Vec<Case> {
    vec![
        Case::open(
            "without role assignments",
            without(&[Right::RoleAssignments]),
            OPEN_USE,
            OF_ROLES,
            &[ASSIGNMENTS],
        )
        .warnings(WARNINGS_OF_ROLES),
        Case::open(
            "without role definitions",
            without(&[Right::RoleDefinitions]),
            OPEN_USE,
            OF_ROLES,
            &[DEFINITIONS],
        )
        .warnings(WARNINGS_OF_ROLES),
        // What denies OpenAI a use gives it nothing.
        Case::open(
            "without deny assignments",
            without(&[Right::DenyAssignments]),
            OPEN_USE,
            USES,
            &[DENIALS],
        ),
        Case::open(
            "without role and deny assignments",
            without(&[Right::RoleAssignments, Right::DenyAssignments]),
            OPEN_USE,
            OF_ROLES,
            &[ASSIGNMENTS, DENIALS],
        )
        .warnings(WARNINGS_OF_ROLES),
    ]
}

pub(super) fn of_directory() -> Vec<Case> {
    let no_graph = || without(&[Right::Applications, Right::GroupMembers]);
    let of_group = |azure: &mut Azure| {
        azure.tenant().groups.push(Group::new(GROUP, "OpenAI", &[OPENAI_OBJECT]));
        no_graph()(azure);
    };
    vec![
        Case::open(
            "without applications",
            without(&[Right::Applications]),
            [Depends; 4],
            OF_PRINCIPAL,
            &[APPLICATIONS],
        )
        .warnings(WARNINGS_OF_ROLES),
        Case::ready("without groups", without(&[Right::GroupMembers])),
        Case::ready("without Graph, of a given principal", no_graph())
            .given(OPENAI_OBJECT)
            .limits(&[GIVEN, PERIMETER]),
        // Resource Manager lists what is assigned to a principal's groups (RBAC role-assignments-list-rest).
        Case::ready("without Graph, of a given principal whose role is a group's", move |azure| {
            of_group(azure);
            let assignment = azure.assignment();
            (assignment.principal, assignment.principal_type) = (GROUP.into(), "Group".into());
        })
        .given(OPENAI_OBJECT)
        .limits(&[GIVEN, PERIMETER]),
        // Whether OpenAI is in the group is not known.
        Case::open(
            "without Graph, of a given principal, where a group is denied",
            move |azure| {
                of_group(azure);
                let scope = azure.vault().scope();
                let mut denial =
                    DenyAssignment::of_everyone(NOBODY, "Guests", Permission::data(&["*"]), scope);
                denial.principals = vec![Principal::new(GROUP, "Group")];
                azure.tenant().deny_assignments.push(denial);
            },
            OPEN_USE,
            USES,
            &[APPLICATIONS],
        )
        .given(OPENAI_OBJECT)
        .limits(&[GIVEN, PERIMETER]),
        // Nor whether it is in one that is spared.
        Case::open(
            "without Graph, of a given principal, where all but a group are denied",
            move |azure| {
                of_group(azure);
                let scope = azure.vault().scope();
                let mut denial =
                    DenyAssignment::of_everyone(NOBODY, "Guests", Permission::data(&["*"]), scope);
                denial.exclude_principals = vec![Principal::new(GROUP, "Group")];
                azure.tenant().deny_assignments.push(denial);
            },
            OPEN_USE,
            USES,
            &[APPLICATIONS],
        )
        .given(OPENAI_OBJECT)
        .limits(&[GIVEN, PERIMETER]),
        // Somebody else's id has no role.
        Case {
            expected: Expected {
                verdict: Verdict::NotReady,
                decisions: NO_USE,
                failing: &[
                    "azure-decrypt-allowed",
                    "azure-encrypt-allowed",
                    "azure-read-allowed",
                    "azure-role-data-actions",
                ],
                limits: &[
                    "that `4b825dc6-42cb-4eb9-a060-e54bf8d69288` is OpenAI's service principal and enabled was taken as \
                     given",
                    PERIMETER,
                ],
                ..Expected::ready()
            },
            ..Case::ready("without Graph, of a principal that is another", no_graph()).given(NOBODY)
        },
        // What is read is not taken as given.
        Case::ready("with Graph, of the principal that it shows", |_| {}).given(OPENAI_OBJECT),
    ]
}

pub(super) fn at_the_vault() -> Vec<Case> {
    vec![
        // Roles are of the subscription, and so is what is assigned elsewhere in it.
        Case::open(
            "with all rights at the vault only",
            |azure| {
                let vault = azure.vault().scope();
                azure.auditor().is_limited_to(&vault);
            },
            OPEN_USE,
            OF_ROLES,
            &[ASSIGNMENTS, DEFINITIONS],
        )
        .warnings(WARNINGS_OF_ROLES),
        // Resource Graph shows what may be read, wherever that is.
        Case::ready("with vaults at the vault only", at_vault(Right::Vaults)),
        Case::open(
            "with vaults at the vault only, of which Resource Graph does not know yet",
            |azure| {
                azure.behaviour.resource_graph = Some(vec![]);
                at_vault(Right::Vaults)(azure);
            },
            OPEN_USE,
            OF_VAULT,
            &[VAULTS],
        )
        .warnings(WARNINGS_OF_VAULT)
        .limits(&[]),
        Case::ready("with vaults at the vault only, which is listed", |azure| {
            azure.behaviour.resource_graph = Some(vec![]);
            azure.behaviour.vault_lists = VaultLists::Filtered;
            at_vault(Right::Vaults)(azure);
        }),
        Case::open(
            "with role assignments at the vault only",
            at_vault(Right::RoleAssignments),
            Expected::ready().decisions,
            &["azure-least-privilege"],
            &[ASSIGNMENTS],
        ),
        Case::open(
            "with role definitions at the vault only",
            at_vault(Right::RoleDefinitions),
            OPEN_USE,
            OF_ROLES,
            &[DEFINITIONS],
        )
        .warnings(WARNINGS_OF_ROLES),
        Case::ready("with deny assignments at the vault only", at_vault(Right::DenyAssignments)),
        Case::ready("with the vault's keys at the vault only", at_vault(Right::KeysData)),
        Case::ready("with rotation policies at the vault only", at_vault(Right::RotationPoliciesData)),
        Case::ready("with keys of Resource Manager at the vault only", |azure| {
            azure.auditor().loses(Right::KeysData);
            at_vault(Right::Keys)(azure);
            at_vault(Right::KeyVersions)(azure);
        }),
    ]
}

//! The auditor's rights to read, taken away one at a time, or limited to the vault.
//!
//! What a right is for is in Azure's permission reference ("Microsoft.KeyVault", "Microsoft.Authorization") and in Graph's
//! ("servicePrincipal"). A vault's network rules stop nobody in Azure Resource Manager (Key Vault
//! general/network-security), which shows what the vault itself does: one right of two is enough for the key.

use crate::callers::{Caller, Right};
use crate::judged::{differences, differs, named};
use crate::network::Network;
use crate::program::{Outcome, Registration, Run};
use crate::setup::{Decision, Expected, NO_USE, OPEN_USE, PERIMETER, Verdict};
use crate::tenant::{
    Azure, Block, DenyAssignment, Group, OPENAI_OBJECT, Permission, Principal, Refusal, VaultLists,
};
use Decision::Depends;

/// A tenant that is ready, and what its auditor can't read of it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    name: &'static str,
    azure: Azure,
    /// For `--service-principal-id`.
    given: Option<&'static str>,
    expected: Expected,
    /// The permissions that the report names, of all checks that are unknown.
    lacking: &'static [&'static str],
}

const VAULTS: &str = "Microsoft.KeyVault/vaults/read";
const KEYS: &str = "Microsoft.KeyVault/vaults/keys/read";
const KEYS_DATA: &str = "Microsoft.KeyVault/vaults/keys/read (data action)";
const ROTATION: &str = "Microsoft.KeyVault/vaults/keyrotationpolicies/read (data action)";
const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments/read";
const DEFINITIONS: &str = "Microsoft.Authorization/roleDefinitions/read";
const DENIALS: &str = "Microsoft.Authorization/denyAssignments/read";
const APPLICATIONS: &str = "Application.Read.All (Microsoft Graph)";

const USES: &[&str] = &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed"];
/// What reads the roles.
const OF_ROLES: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
];
/// The warnings that do.
const WARNINGS_OF_ROLES: &[&str] = &["azure-role-assignment-scope", "azure-vault-subscription"];
const OF_PRINCIPAL: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
    "azure-service-principal",
];
/// What is asked of the vault's resource, and at its id. Whose it is, and that it is there, its host says.
const OF_VAULT: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
    "azure-vault-network",
    "azure-vault-rbac",
];
const WARNINGS_OF_VAULT: &[&str] =
    &["azure-role-assignment-scope", "azure-vault-purge-protection", "azure-vault-subscription"];
/// What is asked about the key, or only where there is one.
const OF_KEY: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-key-enabled",
    "azure-key-exists",
    "azure-key-operations",
    "azure-key-rsa",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
];
const WARNINGS_OF_KEY: &[&str] = &[
    "azure-key-expiry",
    "azure-key-rotation",
    "azure-key-versions",
    "azure-role-assignment-scope",
    "azure-vault-subscription",
];
const EVERYTHING: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-key-enabled",
    "azure-key-exists",
    "azure-key-operations",
    "azure-key-rsa",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
    "azure-service-principal",
    "azure-vault-network",
    "azure-vault-rbac",
];
const ALL_WARNINGS: &[&str] = &[
    "azure-key-expiry",
    "azure-key-rotation",
    "azure-key-versions",
    "azure-role-assignment-scope",
    "azure-vault-purge-protection",
    "azure-vault-subscription",
];

const GROUP: &str = "a1000000-0000-4000-8000-000000000001";
/// An id that no role is assigned to.
const NOBODY: &str = "4b825dc6-42cb-4eb9-a060-e54bf8d69288";
/// That who was given is OpenAI's is read nowhere.
const GIVEN: &str = "that `7c9e6679-7425-40de-944b-e07fc1f90ae7` is OpenAI's service principal and enabled was taken as given";

/// Every case.
pub(crate) fn all() -> Vec<Case> {
    [of_resources(), of_key(), of_authorization(), of_directory(), at_the_vault()].concat()
}

impl Case {
    /// The documented setup, for an auditor with other rights: what can't be read is not needed.
    fn ready(name: &'static str, change: impl FnOnce(&mut Azure)) -> Self {
        let azure = Azure::documented().but(change);
        Self { name, azure, given: None, expected: Expected::ready(), lacking: &[] }
    }

    /// The same, and these checks are unknown for want of these permissions.
    fn open(
        name: &'static str,
        change: impl FnOnce(&mut Azure),
        decisions: [Decision; 4],
        unknown: &'static [&'static str],
        lacking: &'static [&'static str],
    ) -> Self {
        let expected = Expected { verdict: Verdict::Undetermined, decisions, unknown, ..Expected::ready() };
        Self { expected, lacking, ..Self::ready(name, change) }
    }

    /// These warnings and notes are unknown.
    fn warnings(self, unknown_warnings: &'static [&'static str]) -> Self {
        Self { expected: Expected { unknown_warnings, ..self.expected }, ..self }
    }

    fn lacking(self, lacking: &'static [&'static str]) -> Self {
        Self { lacking, ..self }
    }

    fn limits(self, limits: &'static [&'static str]) -> Self {
        Self { expected: Expected { limits, ..self.expected }, ..self }
    }

    fn given(self, service_principal: &'static str) -> Self {
        Self { given: Some(service_principal), ..self }
    }
}

/// The auditor has all rights but these.
fn without(rights: &'static [Right]) -> impl FnOnce(&mut Azure) {
    move |azure| rights.iter().for_each(|right| azure.auditor().loses(*right))
}

/// The auditor has one right at the vault and below only.
fn at_vault(right: Right) -> impl FnOnce(&mut Azure) {
    move |azure| {
        let vault = azure.vault().scope();
        let held = |(of_caller, _): &&mut (Right, _)| *of_caller == right;
        azure.auditor().rights.iter_mut().filter(held).for_each(|(_, scope)| *scope = vault.clone());
    }
}

fn of_resources() -> Vec<Case> {
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
            let everywhere = crate::tenant::Scope::root();
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

fn of_key() -> Vec<Case> {
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
        // The vault's network keeps the auditor out, and a right in Resource Manager would do.
        Case::open(
            "without keys of Resource Manager, out of the vault's network",
            |azure| {
                azure.vault().block = Some(Block { refusal: Refusal::Firewall, before_the_challenge: true });
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

fn of_authorization() -> Vec<Case> {
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

fn of_directory() -> Vec<Case> {
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

fn at_the_vault() -> Vec<Case> {
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

/// Lets the program judge one case, and says where its report differs.
pub(crate) fn disagreements(case: &Case) -> Vec<String> {
    let network = Network::of(case.azure.clone());
    let registration =
        Registration { service_principal_id: case.given.map(str::to_owned), ..Registration::documented() };
    let outcome = Run::against(&network).registration(registration.clone()).outcome();
    let mut found = differences(&case.expected, &registration, &outcome);
    found.extend(unexplained(case, &outcome));
    named(case.name, found, &outcome)
}

/// What the report does not say of the permissions that are missing.
fn unexplained(case: &Case, outcome: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    let mut named: Vec<&str> = Vec::new();
    for id in case.expected.unknown.iter().chain(case.expected.unknown_warnings) {
        let permissions = outcome.permissions_lacking_for(id);
        if permissions.is_empty() {
            found.push(format!("{id} names no permission: {}", outcome.check(id)["unknown_because"]));
        }
        named.extend(permissions);
    }
    named.sort_unstable();
    named.dedup();
    let mut lacking = case.lacking.to_vec();
    lacking.sort_unstable();
    differs(&mut found, "permissions that are named", lacking, named);
    found
}

#[test]
fn each_right_is_taken_away() {
    for right in Right::ALL {
        let taken = |case: &Case| {
            let mut documented = Caller::auditor();
            documented.loses(right);
            documented.rights == case.azure.callers[0].rights
        };
        assert!(all().iter().any(taken), "{right:?} is never taken away alone");
    }
}

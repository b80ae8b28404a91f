//! The auditor's rights to read, taken away one at a time.

use crate::account::Account;
use crate::auditor::{Auditor, READ_RIGHTS};
use crate::emulator::Emulator;
use crate::policy::{USE, allow, documented_role_policy, policy, trust_also_of};
use crate::setup::{Attached, Place, Setup, Verdict};
use crate::{differs, judged, named};

/// A setup that is ready, and a right that its auditor lacks.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    setup: Setup,
    pub(crate) lacking: &'static str,
    /// The checks of severity error that can't be decided, by id.
    unknown: &'static [&'static str],
    /// The warnings and notes that can't.
    unknown_warnings: &'static [&'static str],
    /// How each limit of the verdict begins.
    limits: &'static [&'static str],
}

/// What reads the role's own rights.
const USES: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"];
const WITHOUT_ROLE: &[&str] = &[
    "aws-assume-role-allowed",
    "aws-decrypt-allowed",
    "aws-encrypt-allowed",
    "aws-role-exists",
    "aws-role-least-privilege",
    "aws-trust-exclusive",
    "aws-trust-external-id",
    "aws-trust-principal",
];
const NONE: &[&str] = &[];

/// Every case.
pub(crate) fn all() -> Vec<Case> {
    [of_role(), of_key(), of_organization()].concat()
}

fn without(lacking: &'static str, setup: Setup, unknown: &'static [&'static str]) -> Case {
    Case { setup, lacking, unknown, unknown_warnings: NONE, limits: NONE }
}

fn member(name: &'static str) -> Setup {
    Setup::documented(name).place(Place::Member(Attached::default()))
}

fn of_role() -> Vec<Case> {
    let inline = Setup::documented;
    let attached = |name| Setup::documented(name).attached(documented_role_policy());
    let bounded = |name| Setup::documented(name).boundary(policy([allow(USE, "*")]));
    vec![
        // With the role, its trust policy, its boundary and its tags are unread.
        Case {
            unknown_warnings: &["aws-policy-principals-current", "aws-trust-additional"],
            ..without("iam:GetRole", inline("GetRole"), WITHOUT_ROLE)
        },
        // What stands above an account may refuse a call of which nothing is known.
        Case {
            unknown_warnings: &[
                "aws-organization-policies",
                "aws-policy-principals-current",
                "aws-trust-additional",
            ],
            ..without("iam:GetRole", member("GetRole, member"), WITHOUT_ROLE)
        },
        // A policy that is unread may deny, also where another allows, and may allow more.
        without("iam:ListRolePolicies", inline("ListRolePolicies"), USES),
        without("iam:ListRolePolicies", attached("ListRolePolicies, managed policy"), USES),
        without("iam:GetRolePolicy", inline("GetRolePolicy"), USES),
        without("iam:ListAttachedRolePolicies", inline("ListAttachedRolePolicies"), USES),
        without("iam:GetPolicy", attached("GetPolicy, managed policy"), USES),
        without("iam:GetPolicyVersion", attached("GetPolicyVersion, managed policy"), USES),
        // A boundary that is unread may leave nothing; what the role's own policies allow beyond is nothing at all.
        without("iam:GetPolicy", bounded("GetPolicy, boundary"), &USES[..2]),
        without("iam:GetPolicyVersion", bounded("GetPolicyVersion, boundary"), &USES[..2]),
        // What the documented setup does not turn on, nobody needs to read.
        without("iam:GetPolicy", inline("GetPolicy, nothing attached"), NONE),
        without("iam:GetPolicyVersion", inline("GetPolicyVersion, nothing attached"), NONE),
        without("iam:GetRolePolicy", attached("GetRolePolicy, nothing inline"), NONE),
    ]
}

fn of_key() -> Vec<Case> {
    let inline = Setup::documented;
    vec![
        Case {
            // Whom its policy names, the policy alone says.
            unknown_warnings: &["aws-key-dedicated", "aws-key-material", "aws-key-rotation"],
            ..without(
                "kms:DescribeKey",
                inline("DescribeKey"),
                &[
                    "aws-key-customer-managed",
                    "aws-key-enabled",
                    "aws-key-exists",
                    "aws-key-symmetric",
                    "aws-key-usage",
                    "aws-role-least-privilege",
                ],
            )
        },
        Case {
            unknown_warnings: &["aws-key-dedicated", "aws-policy-principals-current"],
            ..without("kms:GetKeyPolicy", inline("GetKeyPolicy"), USES)
        },
        // A grant that is unread may allow more.
        Case {
            unknown_warnings: &["aws-key-dedicated"],
            ..without("kms:ListGrants", inline("ListGrants"), &["aws-role-least-privilege"])
        },
        // And nothing is denied for certain while a grant could allow it.
        Case {
            unknown_warnings: &["aws-key-dedicated"],
            ..without("kms:ListGrants", inline("ListGrants, no role policy").without_role_policy(), USES)
        },
        Case {
            unknown_warnings: &["aws-key-rotation"],
            ..without("kms:GetKeyRotationStatus", inline("GetKeyRotationStatus"), NONE)
        },
        // What the documented setup does not turn on, nobody needs to read.
        without("kms:ListAliases", inline("ListAliases"), NONE),
        without("kms:ListResourceTags", inline("ListResourceTags"), NONE),
        without(
            "kms:ListResourceTags",
            inline("ListResourceTags, by tag").allowed_by_the_keys_tag(),
            &USES[..2],
        ),
    ]
}

/// An account can be used whatever stands above it, as far as the account itself goes.
fn of_organization() -> Vec<Case> {
    let above = |lacking, setup: Setup, limits| Case {
        unknown_warnings: &["aws-organization-policies"],
        limits,
        ..without(lacking, setup, NONE)
    };
    const UNREAD: &[&str] = &["organization policies (SCPs, RCPs) could not be read"];
    const NOT_ALL_READ: &[&str] = &["organization policies (SCPs, RCPs) could not all be read"];
    let admitting = |name| {
        Setup::documented(name)
            .trust(trust_also_of(serde_json::json!({ "AWS": "arn:aws:iam::111122223333:role/break-glass" })))
    };
    vec![
        above("organizations:DescribeOrganization", member("DescribeOrganization"), UNREAD),
        above("organizations:ListParents", member("ListParents"), UNREAD),
        above("organizations:ListRoots", member("ListRoots"), UNREAD),
        above("organizations:ListPoliciesForTarget", member("ListPoliciesForTarget"), NOT_ALL_READ),
        above("organizations:DescribePolicy", member("DescribePolicy"), NOT_ALL_READ),
        above("organizations:DescribeOrganization", Setup::documented("DescribeOrganization"), UNREAD),
        // ORG-UG orgs_manage_policies_scps: nothing above the management account limits it.
        without("organizations:ListParents", Setup::documented("ListParents, management account"), NONE),
        without("organizations:ListRoots", Setup::documented("ListRoots, management account"), NONE),
        without(
            "organizations:DescribePolicy",
            Setup::documented("DescribePolicy, management account"),
            NONE,
        ),
        // Nobody is named of whom it would have to be asked.
        without("organizations:DescribeAccount", member("DescribeAccount"), NONE),
        Case {
            unknown_warnings: &["aws-trust-additional"],
            ..without(
                "organizations:DescribeAccount",
                admitting("DescribeAccount, another account is trusted"),
                &["aws-trust-exclusive"],
            )
        },
    ]
}

/// Builds one case, lets the program judge it, and says where its report differs.
pub(crate) async fn disagreements(emulator: &Emulator, case: Case) -> Vec<String> {
    let account = Account::build(emulator, &case.setup).await;
    let rights: Vec<&str> = READ_RIGHTS.into_iter().filter(|right| *right != case.lacking).collect();
    let auditor = Auditor::create(&account, &rights).await;
    let report = auditor.check(&account, &[]).await;

    let mut found = Vec::new();
    let expected = if case.unknown.is_empty() { Verdict::Ready } else { Verdict::Undetermined };
    judged(&mut found, expected, case.limits, &report);
    differs(&mut found, "failing checks", vec![], report.errors_with_outcome("fail"));
    differs(&mut found, "unknown checks", case.unknown.to_vec(), report.errors_with_outcome("unknown"));
    let unknown_warnings = report.warnings_with_outcome("unknown");
    differs(&mut found, "unknown warnings", case.unknown_warnings.to_vec(), unknown_warnings);
    for id in case.unknown.iter().chain(case.unknown_warnings) {
        let mut permissions = report.permissions_lacking_for(id);
        permissions.dedup();
        differs(&mut found, &format!("permission that {id} lacks"), vec![case.lacking], permissions);
    }
    if !case.limits.is_empty() {
        // What limits the verdict can be asked to block it.
        let report = auditor.check(&account, &["--require", "organization-policies"]).await;
        differs(&mut found, "exit status where the policies are required", Some(3), report.exit);
    }
    named(&format!("without {}: {}", case.lacking, case.setup.name), found, &report)
}

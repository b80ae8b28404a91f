//! The auditor's rights to read, taken away one at a time.

use crate::account::Account;
use crate::auditor::{Auditor, READ_RIGHTS};
use crate::emulator::Emulator;
use crate::policy::{allow, documented_role_policy, policy};
use crate::setups::{Setup, Verdict};
use crate::{differs, judged, named};

/// A setup, and a right that its auditor lacks.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    setup: Setup,
    lacking: &'static str,
    /// The checks that can't be decided, by id.
    unknown: &'static [&'static str],
}

/// Every case.
pub(crate) fn all() -> Vec<Case> {
    const CALLS: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed"];
    let inline = Setup::documented;
    let attached = |name| Setup::documented(name).attached(documented_role_policy());
    let bounded = |name| Setup::documented(name).boundary(policy([allow(&["kms:*"], "*")]));
    let unable = |lacking: &'static str, setup: Setup, unknown: &'static [&'static str]| Case {
        setup,
        lacking,
        unknown,
    };
    vec![
        // With the role, its trust policy, its boundary and its tags are unread.
        unable(
            "iam:GetRole",
            inline("GetRole"),
            &[
                "aws-assume-role-allowed",
                "aws-decrypt-allowed",
                "aws-encrypt-allowed",
                "aws-role-exists",
                "aws-trust-exclusive",
                "aws-trust-external-id",
                "aws-trust-principal",
            ],
        ),
        // A policy that is unread may deny, also where another allows.
        unable("iam:ListRolePolicies", inline("ListRolePolicies"), CALLS),
        unable("iam:ListRolePolicies", attached("ListRolePolicies, managed policy"), CALLS),
        unable("iam:GetRolePolicy", inline("GetRolePolicy"), CALLS),
        unable("iam:ListAttachedRolePolicies", inline("ListAttachedRolePolicies"), CALLS),
        unable("iam:GetPolicy", attached("GetPolicy, managed policy"), CALLS),
        unable("iam:GetPolicyVersion", attached("GetPolicyVersion, managed policy"), CALLS),
        unable("iam:GetPolicy", bounded("GetPolicy, boundary"), CALLS),
        unable("iam:GetPolicyVersion", bounded("GetPolicyVersion, boundary"), CALLS),
        unable(
            "kms:DescribeKey",
            inline("DescribeKey"),
            &[
                "aws-key-customer-managed",
                "aws-key-enabled",
                "aws-key-exists",
                "aws-key-symmetric",
                "aws-key-usage",
            ],
        ),
        unable("kms:GetKeyPolicy", inline("GetKeyPolicy"), CALLS),
        // What the documented setup does not turn on, nobody needs to read.
        unable("iam:GetPolicy", inline("GetPolicy, nothing attached"), &[]),
        unable("iam:GetRolePolicy", attached("GetRolePolicy, nothing inline"), &[]),
        unable("kms:ListAliases", inline("ListAliases"), &[]),
        unable("kms:ListResourceTags", inline("ListResourceTags"), &[]),
        unable("kms:ListGrants", inline("ListGrants"), &[]),
        // Until it turns on them: nothing is denied for certain while a grant could allow it.
        unable("kms:ListGrants", inline("ListGrants, no role policy").without_role_policy(), CALLS),
        unable("kms:ListResourceTags", inline("ListResourceTags, by tag").allowed_by_the_keys_tag(), CALLS),
    ]
}

/// Builds one case, lets the program judge it, and says where its report differs.
pub(crate) async fn disagreements(emulator: &Emulator, case: Case) -> Vec<String> {
    let account = Account::build(emulator, &case.setup).await;
    let rights: Vec<&str> = READ_RIGHTS.into_iter().filter(|right| *right != case.lacking).collect();
    let report = Auditor::create(&account, &rights).await.check(&account).await;

    let mut found = Vec::new();
    let expected = if case.unknown.is_empty() { Verdict::Ready } else { Verdict::Undetermined };
    judged(&mut found, expected, &report);
    differs(&mut found, "failing checks", vec![], report.errors_with_outcome("fail"));
    differs(&mut found, "unknown checks", case.unknown.to_vec(), report.errors_with_outcome("unknown"));
    for id in case.unknown {
        let mut permissions = report.permissions_lacking_for(id);
        permissions.dedup();
        differs(&mut found, &format!("permission that {id} lacks"), vec![case.lacking], permissions);
    }
    named(&format!("without {}: {}", case.lacking, case.setup.name), found, &report)
}

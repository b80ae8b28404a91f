//! The calls of a run, and what comes of it when one of them fails.

use crate::program::{Expected, READY, UNDETERMINED};

/// A call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// `iam:GetRole`.
    pub(crate) name: &'static str,
    /// How often a run makes it, about one thing each time.
    pub(crate) times: usize,
    /// What is lost when it fails.
    pub(crate) lost: Lost,
    /// What is lost when it does not answer before the time is up, where that is more: nothing that waits for it is
    /// asked then.
    pub(crate) hanging: Option<Lost>,
}

/// What can't be known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lost {
    /// What is missing in the evidence, by its path there.
    pub(crate) missing: &'static [&'static str],
    /// The checks of severity `error` that can't be decided, by id.
    pub(crate) undecided: &'static [&'static str],
    /// The warnings and notes that can't be decided.
    pub(crate) open: &'static [&'static str],
    /// What the verdict leaves out of account.
    pub(crate) limit: Option<&'static str>,
}

impl Lost {
    const NOTHING: Self = Self { missing: &[], undecided: &[], open: &[], limit: None };
}

/// No organization policies were read.
const NO_POLICIES: Option<&str> = Some("organization policies (SCPs, RCPs) could not be read");
/// Some were.
const NOT_ALL_POLICIES: Option<&str> = Some("organization policies (SCPs, RCPs) could not all be read");

/// The checks that are undecided without the role: its trust policy and its boundary are unread with it.
const ROLE: &[&str] = &[
    "aws-assume-role-allowed",
    "aws-decrypt-allowed",
    "aws-encrypt-allowed",
    "aws-role-exists",
    "aws-role-least-privilege",
    "aws-trust-exclusive",
    "aws-trust-external-id",
    "aws-trust-principal",
];
/// The warnings that are open then.
const OF_ROLE: &[&str] =
    &["aws-organization-policies", "aws-policy-principals-current", "aws-trust-additional"];
/// Without the key's metadata: nor is it asked what the role could do to a key that may not be there.
const KEY: &[&str] = &[
    "aws-key-customer-managed",
    "aws-key-enabled",
    "aws-key-exists",
    "aws-key-symmetric",
    "aws-key-usage",
    "aws-role-least-privilege",
];
/// The warnings and notes that are open then.
const OF_KEY: &[&str] = &["aws-key-dedicated", "aws-key-material", "aws-key-rotation"];
/// Without a policy: one that is unread may deny both uses of the key, also where another allows them, and may allow
/// more.
const USES: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"];
/// Without the organization of the other account that the trust policy names.
pub(crate) const OTHERS: &[&str] = &["aws-trust-exclusive"];
const USES_AND_OTHERS: &[&str] =
    &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege", "aws-trust-exclusive"];
/// Without one of the policies above the accounts: what they may deny.
pub(crate) const GOVERNED: &[&str] = &["aws-organization-policies"];
/// Without the organization.
const ORGANIZED: &[&str] = &["aws-organization-policies", "aws-trust-additional"];

/// The organization itself, and all that hangs on it.
const ORGANIZATION: &[&str] = &[
    "key_organization",
    "key_resource_control_policies",
    "named_accounts/0/organization",
    "role_organization",
    "role_resource_control_policies",
    "role_service_control_policies",
];
/// All organization policies: where any apply is not known.
const POLICIES: &[&str] =
    &["key_resource_control_policies", "role_resource_control_policies", "role_service_control_policies"];
/// What is attached, of each kind at root, unit and account.
const LEVELS: &[&str] = &[
    "key_resource_control_policies/0/policies",
    "key_resource_control_policies/1/policies",
    "key_resource_control_policies/2/policies",
    "role_resource_control_policies/0/policies",
    "role_resource_control_policies/1/policies",
    "role_resource_control_policies/2/policies",
    "role_service_control_policies/0/policies",
    "role_service_control_policies/1/policies",
    "role_service_control_policies/2/policies",
];
/// What they say: two service control policies at the unit, and one of each kind everywhere else.
const DOCUMENTS: &[&str] = &[
    "key_resource_control_policies/0/policies/0/document",
    "key_resource_control_policies/1/policies/0/document",
    "key_resource_control_policies/2/policies/0/document",
    "role_resource_control_policies/0/policies/0/document",
    "role_resource_control_policies/1/policies/0/document",
    "role_resource_control_policies/2/policies/0/document",
    "role_service_control_policies/0/policies/0/document",
    "role_service_control_policies/1/policies/0/document",
    "role_service_control_policies/1/policies/1/document",
    "role_service_control_policies/2/policies/0/document",
];

/// A call that is made once, and nothing waits for it.
const fn once(name: &'static str, lost: Lost) -> Call {
    Call { name, times: 1, lost, hanging: None }
}

/// Every call that is made for the setup of these tests, which registers the key by its ARN.
///
/// A new call is one entry here.
pub(crate) const CALLS: &[Call] = &[
    // The role's own ARN says which account answered, the keys' calls name theirs, and the organization knows its own.
    Call {
        name: "sts:GetCallerIdentity",
        // As whoever reads role and key, and as whoever reads the organization.
        times: 2,
        lost: Lost { missing: &["caller", "key_caller"], ..Lost::NOTHING },
        hanging: Some(Lost {
            missing: &[
                "caller",
                "key_caller",
                "key_resource_control_policies/0/policies",
                "key_resource_control_policies/1/policies",
                "key_resource_control_policies/2/policies/0/document",
                "named_accounts/0/organization",
                "role_attached_policies/0/document",
                "role_inline_policies/0/document",
                "role_resource_control_policies/0/policies",
                "role_resource_control_policies/1/policies",
                "role_resource_control_policies/2/policies/0/document",
                "role_service_control_policies/0/policies",
                "role_service_control_policies/1/policies",
                "role_service_control_policies/2/policies/0/document",
            ],
            undecided: USES_AND_OTHERS,
            open: ORGANIZED,
            limit: NOT_ALL_POLICIES,
        }),
    },
    once(
        "iam:GetRole",
        Lost { missing: &["role", "role_boundary"], undecided: ROLE, open: OF_ROLE, limit: None },
    ),
    once(
        "iam:ListRolePolicies",
        Lost { missing: &["role_inline_policies"], undecided: USES, ..Lost::NOTHING },
    ),
    once(
        "iam:GetRolePolicy",
        Lost { missing: &["role_inline_policies/0/document"], undecided: USES, ..Lost::NOTHING },
    ),
    once(
        "iam:ListAttachedRolePolicies",
        Lost { missing: &["role_attached_policies"], undecided: USES, ..Lost::NOTHING },
    ),
    once(
        "iam:GetPolicy",
        Lost { missing: &["role_attached_policies/0/document"], undecided: USES, ..Lost::NOTHING },
    ),
    once(
        "iam:GetPolicyVersion",
        Lost { missing: &["role_attached_policies/0/document"], undecided: USES, ..Lost::NOTHING },
    ),
    once("kms:DescribeKey", Lost { missing: &["key"], undecided: KEY, open: OF_KEY, limit: None }),
    // Which accounts are named is known once the trust policy, the key's policy and the grants are.
    Call {
        name: "kms:GetKeyPolicy",
        times: 1,
        lost: Lost {
            missing: &["key_policy"],
            undecided: USES,
            open: &["aws-key-dedicated", "aws-policy-principals-current"],
            limit: None,
        },
        hanging: Some(Lost {
            missing: &["key_policy", "named_accounts/0/organization"],
            undecided: USES_AND_OTHERS,
            open: &["aws-key-dedicated", "aws-policy-principals-current", "aws-trust-additional"],
            limit: None,
        }),
    },
    // The setup does not turn on these, and nothing that they could say takes away what it allows.
    once("kms:ListAliases", Lost { missing: &["key_aliases"], ..Lost::NOTHING }),
    once("kms:ListResourceTags", Lost { missing: &["key_tags"], ..Lost::NOTHING }),
    // Nor do grants, but they may allow more.
    Call {
        name: "kms:ListGrants",
        times: 1,
        lost: Lost {
            missing: &["key_grants"],
            undecided: &["aws-role-least-privilege"],
            open: &["aws-key-dedicated"],
            limit: None,
        },
        hanging: Some(Lost {
            missing: &["key_grants", "named_accounts/0/organization"],
            undecided: &["aws-role-least-privilege", "aws-trust-exclusive"],
            open: &["aws-key-dedicated", "aws-trust-additional"],
            limit: None,
        }),
    },
    once(
        "kms:GetKeyRotationStatus",
        Lost { missing: &["key_rotation"], open: &["aws-key-rotation"], ..Lost::NOTHING },
    ),
    once(
        "organizations:DescribeOrganization",
        Lost { missing: ORGANIZATION, undecided: OTHERS, open: ORGANIZED, limit: NO_POLICIES },
    ),
    once(
        "organizations:ListRoots",
        Lost { missing: POLICIES, undecided: &[], open: GOVERNED, limit: NO_POLICIES },
    ),
    // Of the account and of its unit. That the account has a place in the organization is what shows that it is in it.
    Call {
        name: "organizations:ListParents",
        times: 2,
        lost: Lost { missing: ORGANIZATION, undecided: OTHERS, open: ORGANIZED, limit: NO_POLICIES },
        hanging: None,
    },
    // Both kinds at three places.
    Call {
        name: "organizations:ListPoliciesForTarget",
        times: 6,
        lost: Lost { missing: LEVELS, undecided: &[], open: GOVERNED, limit: NOT_ALL_POLICIES },
        hanging: None,
    },
    // A policy that is attached at several places is read once.
    Call {
        name: "organizations:DescribePolicy",
        times: 3,
        lost: Lost { missing: DOCUMENTS, undecided: &[], open: GOVERNED, limit: NOT_ALL_POLICIES },
        hanging: None,
    },
    once(
        "organizations:DescribeAccount",
        Lost {
            missing: &["named_accounts/0/organization"],
            undecided: OTHERS,
            open: &["aws-trust-additional"],
            limit: None,
        },
    ),
];

impl Call {
    /// What must come of it when it fails for a reason.
    pub(crate) fn failing_for(&self, reason: &'static str) -> Expected {
        let lost = if reason == "timed_out" { self.hanging.unwrap_or(self.lost) } else { self.lost };
        // The caller is another account's: that the account is in its organization is not shown then, and what passes
        // may yet show it.
        let lasts = matches!(reason, "denied" | "unreadable");
        let shows_the_account = self.name == "organizations:ListParents";
        let reason = if lasts && shows_the_account { "wrong_account" } else { reason };
        Expected {
            verdict: if lost.undecided.is_empty() { READY } else { UNDETERMINED },
            missing: lost.missing.iter().map(|path| (*path, reason)).collect(),
            undecided: lost.undecided,
            failing: &[],
            open: lost.open,
            limit: lost.limit,
        }
    }

    /// `iam`.
    pub(crate) fn service(&self) -> &'static str {
        self.name.split_once(':').expect("has a service").0
    }

    /// `GetRole`.
    pub(crate) fn operation(&self) -> &'static str {
        self.name.split_once(':').expect("has an operation").1
    }

    /// Whether its answers are JSON; else they are XML.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.service(), "kms" | "organizations")
    }

    /// How the service throttles, how it fails itself and how it denies: the codes, and the statuses that go with them
    /// ("Common errors" and "Errors" in the API references of IAM, STS, KMS and Organizations).
    pub(crate) fn errors(&self) -> [(&'static str, u16); 3] {
        match self.service() {
            "iam" => [("Throttling", 400), ("ServiceFailure", 500), ("AccessDenied", 403)],
            "sts" => [("Throttling", 400), ("InternalFailure", 500), ("AccessDenied", 403)],
            "kms" => {
                [("ThrottlingException", 400), ("KMSInternalException", 500), ("AccessDeniedException", 400)]
            }
            "organizations" => {
                [("TooManyRequestsException", 400), ("ServiceException", 500), ("AccessDeniedException", 400)]
            }
            other => panic!("no errors of `{other}`"),
        }
    }
}

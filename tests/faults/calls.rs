//! The calls of a run, and what comes of it when one of them fails.

use crate::program::{Expected, READY, UNDETERMINED};

/// A call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// `iam:GetRole`.
    pub(crate) name: &'static str,
    /// What is missing in the evidence without it, by its path there.
    pub(crate) missing: &'static [&'static str],
    /// The checks of severity `error` that can't be decided without it, by id.
    pub(crate) undecided: &'static [&'static str],
    /// What is asked only once it has answered, and so is missing too when the time is up.
    pub(crate) before: &'static [&'static str],
}

/// The checks that are undecided without the role: its trust policy and its boundary are unread with it.
pub(crate) const ROLE: &[&str] = &[
    "aws-assume-role-allowed",
    "aws-decrypt-allowed",
    "aws-encrypt-allowed",
    "aws-role-exists",
    "aws-trust-exclusive",
    "aws-trust-external-id",
    "aws-trust-principal",
];
/// Without the key's metadata.
pub(crate) const KEY: &[&str] =
    &["aws-key-customer-managed", "aws-key-enabled", "aws-key-exists", "aws-key-symmetric", "aws-key-usage"];
/// Without a policy: one that is unread may deny both uses of the key, also where another allows them.
pub(crate) const USES: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed"];

const INLINE: &[&str] = &["role_inline_policies/0/document"];
const MANAGED: &[&str] = &["role_attached_policies/0/document"];
/// The documents of the role's policies, which are asked for once it is known whose they are.
const DOCUMENTS: &[&str] = &["role_inline_policies/0/document", "role_attached_policies/0/document"];

/// Every call that is made for the setup of these tests, which registers the key by its ARN.
///
/// A new call is one entry here.
pub(crate) const CALLS: &[Call] = &[
    // The role's own ARN says which account answered, and the keys' calls name theirs.
    Call {
        name: "sts:GetCallerIdentity",
        missing: &["caller", "key_caller"],
        undecided: &[],
        before: DOCUMENTS,
    },
    Call { name: "iam:GetRole", missing: &["role", "role_boundary"], undecided: ROLE, before: DOCUMENTS },
    Call {
        name: "iam:ListRolePolicies",
        missing: &["role_inline_policies"],
        undecided: USES,
        before: MANAGED,
    },
    Call {
        name: "iam:GetRolePolicy",
        missing: &["role_inline_policies/0/document"],
        undecided: USES,
        before: &[],
    },
    Call {
        name: "iam:ListAttachedRolePolicies",
        missing: &["role_attached_policies"],
        undecided: USES,
        before: INLINE,
    },
    Call {
        name: "iam:GetPolicy",
        missing: &["role_attached_policies/0/document"],
        undecided: USES,
        before: &[],
    },
    Call {
        name: "iam:GetPolicyVersion",
        missing: &["role_attached_policies/0/document"],
        undecided: USES,
        before: &[],
    },
    Call { name: "kms:DescribeKey", missing: &["key"], undecided: KEY, before: &[] },
    Call { name: "kms:GetKeyPolicy", missing: &["key_policy"], undecided: USES, before: &[] },
    // The setup does not turn on these, and nothing that they could say takes away what it allows.
    Call { name: "kms:ListAliases", missing: &["key_aliases"], undecided: &[], before: &[] },
    Call { name: "kms:ListResourceTags", missing: &["key_tags"], undecided: &[], before: &[] },
    Call { name: "kms:ListGrants", missing: &["key_grants"], undecided: &[], before: &[] },
];

impl Call {
    /// What must come of it when it fails for a reason; of `timed_out` nothing behind it is asked any more.
    pub(crate) fn failing_for(&self, reason: &'static str) -> Expected {
        let before = if reason == "timed_out" { self.before } else { &[] };
        let undecided =
            if before.is_empty() || self.undecided.len() > USES.len() { self.undecided } else { USES };
        let missing = self.missing.iter().chain(before).map(|path| (*path, reason)).collect();
        Expected {
            verdict: if undecided.is_empty() { READY } else { UNDETERMINED },
            missing,
            undecided,
            failing: &[],
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

    /// How the service throttles and how it fails itself: the codes, and the statuses that go with them ("Common errors"
    /// and "Errors" in the API references of IAM, STS, KMS and Organizations).
    pub(crate) fn errors(&self) -> [(&'static str, u16); 2] {
        match self.service() {
            "iam" => [("Throttling", 400), ("ServiceFailure", 500)],
            "sts" => [("Throttling", 400), ("InternalFailure", 500)],
            "kms" => [("ThrottlingException", 400), ("KMSInternalException", 500)],
            "organizations" => [("TooManyRequestsException", 400), ("InternalFailure", 500)],
            other => panic!("no errors of `{other}`"),
        }
    }
}

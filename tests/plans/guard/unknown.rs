//! Changes on AWS of which nobody knows what they do: they don't pass.

use serde_json::json;

use super::aws::{BY_ADDRESS, SOURCE, delegating, there};
use crate::aws::{KEY, KEY_USE, ROLE};
use crate::case::Case;
use crate::plan::{Plan, refer};

pub(crate) fn open() -> Vec<Case> {
    let unknown = |name, plan: Plan, names| Case::aws(name, SOURCE, plan).withheld(names).unknown_kept();
    vec![
        unknown(
            "the key's policy will be something that nobody knows",
            there().set(KEY, "policy", refer("local.policy")).omit(KEY_USE),
            "aws_kms_key.openai.policy",
        ),
        unknown(
            "the trust policy will be something that nobody knows",
            there().set(ROLE, "assume_role_policy", refer("local.trust")),
            "aws_iam_role.openai_ekm.assume_role_policy",
        ),
        unknown(
            "whether the key will be enabled, nobody knows",
            there().set(KEY, "is_enabled", refer("var.enabled")),
            "aws_kms_key.openai.is_enabled",
        ),
        unknown(
            "the role gets a boundary that nobody knows",
            there().set(ROLE, "permissions_boundary", json!("arn:aws:iam::123456789012:policy/boundary")),
            "aws_iam_role.openai_ekm",
        ),
        unknown(
            "the role gets a policy of AWS's that is in no plan",
            there().create(
                "aws_iam_role_policy_attachment.other",
                json!({ "role": "openai-ekm", "policy_arn": "arn:aws:iam::aws:policy/AWSDenyAll" }),
            ),
            "aws_iam_role_policy_attachment.other",
        ),
        Case::aws(
            "the role's policy will be something that nobody knows",
            SOURCE,
            delegating().set("aws_iam_policy.p", "policy", refer("local.policy")),
        )
        .with(BY_ADDRESS)
        .withheld("aws_iam_policy.p.policy")
        .unknown_kept(),
        Case::aws(
            "all policies of the role are taken away that are not listed",
            "provider, aws_iam_role_policy_attachments_exclusive",
            delegating().create(
                "aws_iam_role_policy_attachments_exclusive.r",
                json!({ "role_name": "openai-ekm", "policy_arns": [] }),
            ),
        )
        .with(BY_ADDRESS)
        .withheld("aws_iam_role_policy_attachments_exclusive.r"),
    ]
}

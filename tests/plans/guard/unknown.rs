//! Changes of which nobody knows what they do: they don't pass.

use serde_json::json;

use super::aws::{BY_ADDRESS, SOURCE, delegating, there};
use super::harmless::letting_in;
use crate::aws::{KEY, KEY_USE, ROLE};
use crate::case::Case;
use crate::plan::{Plan, refer};

/// What is there before is in no evidence, and the change takes something away that may be it.
fn of_azure() -> Vec<Case> {
    use crate::azure::{ASSIGNMENT, DEFINITION, KEY, PRINCIPAL, READ, REGISTERED, VAULT, data};
    let alone = |address: &str| {
        let others =
            [PRINCIPAL, VAULT, KEY, ASSIGNMENT, DEFINITION].into_iter().filter(|one| *one != address);
        others.fold(super::azure::there(), Plan::omit)
    };
    let unknown = |name, plan: Plan| {
        Case::azure(name, SOURCE, plan)
            .with(REGISTERED)
            .with(&["--only", "azure-access-kept"])
            .undetermined(&["azure-access-kept"], "")
    };
    vec![
        unknown("an assignment is destroyed, of whom nobody knows", alone(ASSIGNMENT).delete(ASSIGNMENT)),
        unknown(
            "an assignment is moved, of whom nobody knows",
            alone(ASSIGNMENT).replace(
                ASSIGNMENT,
                "principal_id",
                json!("99999999-2b0c-4c0e-8a77-6f3b9f6a1d10"),
                &["id", "name"],
            ),
        ),
        unknown(
            "a role is cut, which nobody knows who has",
            alone(DEFINITION).set(DEFINITION, "permissions", data(&[READ])),
        ),
        unknown("a role is destroyed, which nobody knows who has", alone(DEFINITION).delete(DEFINITION)),
        unknown(
            "the firewall lets other addresses in",
            super::azure::there().has(VAULT, "network_acls", letting_in(&["20.40.0.0/16"])).set(
                VAULT,
                "network_acls",
                letting_in(&["20.41.0.0/16"]),
            ),
        ),
        unknown(
            "the firewall lets fewer addresses in",
            super::azure::there().has(VAULT, "network_acls", letting_in(&["20.40.0.0/16"])).set(
                VAULT,
                "network_acls",
                letting_in(&["20.40.0.0/17", "20.50.0.0/16"]),
            ),
        ),
        unknown(
            "who decides in the vault will be something that nobody knows",
            super::azure::there()
                .without(VAULT, "enable_rbac_authorization")
                .but(|document| {
                    for change in document["resource_changes"].as_array_mut().into_iter().flatten() {
                        if change["address"] == VAULT {
                            change["change"]["after"]["enable_rbac_authorization"] = json!(true);
                        }
                    }
                })
                .set(VAULT, "rbac_authorization_enabled", refer("var.rbac"))
                .acting(VAULT, &["no-op"]),
        ),
    ]
}

pub(crate) fn open() -> Vec<Case> {
    [of_aws(), of_azure()].concat()
}

fn of_aws() -> Vec<Case> {
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

//! The AWS provider's other ways to say the same: policies.

use serde_json::{Value, json};

use crate::aws::{
    KEY, KEY_USE, ROLE, ROLE_POLICY, USE, both, delegating, managed_policy, official, the_role,
};
use crate::case::Case;
use crate::plan::{Plan, allow, computed, deny, refer, statement, when};

pub(crate) fn all() -> Vec<Case> {
    [role_policies(), key_policies(), documents()].concat()
}

/// The role's policy as a managed one, in place of the inline one.
fn managed() -> Plan {
    delegating().omit(ROLE_POLICY).create(
        "aws_iam_policy.openai_ekm",
        managed_policy("openai-ekm", refer("data.aws_iam_policy_document.use.json")),
    )
}

fn the_policy() -> Value {
    refer("aws_iam_policy.openai_ekm.arn")
}

fn role_policies() -> Vec<Case> {
    let block = json!([{ "name": "openai-ekm", "policy": refer("data.aws_iam_policy_document.use.json") }]);
    vec![
        Case::aws("as documented", "provider openai/openai, openai_external_key", official()),
        Case::aws(
            "the policy is attached by the role's name",
            "provider, aws_iam_role_policy_attachment",
            managed().create(
                "aws_iam_role_policy_attachment.openai_ekm",
                json!({ "policy_arn": the_policy(), "role": "openai-ekm", "id": computed() }),
            ),
        ),
        Case::aws(
            "the policy is attached by what Terraform calls the role's id",
            "provider, aws_iam_role_policy_attachment",
            managed().create(
                "aws_iam_role_policy_attachment.openai_ekm",
                json!({ "policy_arn": the_policy(), "role": refer("aws_iam_role.openai_ekm.id"), "id": computed() }),
            ),
        ),
        Case::aws(
            "the policy is in the role's block",
            "provider, aws_iam_role",
            delegating().omit(ROLE_POLICY).set(ROLE, "inline_policy", block),
        ),
        Case::aws(
            "the policy is in the role's list of managed policies",
            "provider, aws_iam_role",
            managed().set(ROLE, "managed_policy_arns", json!([the_policy()])),
        ),
        Case::aws(
            "the policy is attached by a resource of the policy",
            "provider, aws_iam_policy_attachment",
            managed().create(
                "aws_iam_policy_attachment.openai_ekm",
                json!({ "name": "ekm", "policy_arn": the_policy(), "roles": ["openai-ekm"], "id": computed() }),
            ),
        ),
        Case::aws(
            "the policy is the only one that may be attached",
            "provider, aws_iam_role_policy_attachments_exclusive",
            managed().create(
                "aws_iam_role_policy_attachments_exclusive.openai_ekm",
                json!({ "policy_arns": [the_policy()], "role_name": "openai-ekm" }),
            ),
        ),
        Case::aws(
            "the policy is attached, and the only one that may be",
            "provider, aws_iam_role_policy_attachments_exclusive",
            managed()
                .create(
                    "aws_iam_role_policy_attachment.openai_ekm",
                    json!({ "policy_arn": the_policy(), "role": "openai-ekm", "id": computed() }),
                )
                .create(
                    "aws_iam_role_policy_attachments_exclusive.openai_ekm",
                    json!({ "policy_arns": [the_policy()], "role_name": "openai-ekm" }),
                ),
        ),
        Case::aws(
            "the attachment is one for each of a map",
            "Terraform, The for_each Meta-Argument",
            managed()
                .create(
                    "aws_iam_role_policy_attachment.openai_ekm",
                    json!({ "policy_arn": refer("each.value"), "role": "openai-ekm", "id": computed() }),
                )
                .indexed("aws_iam_role_policy_attachment.openai_ekm", json!("use"))
                .each("aws_iam_role_policy_attachment.openai_ekm", &["aws_iam_policy.openai_ekm.arn"]),
        ),
        Case::aws(
            "the role's policy is the only inline one",
            "provider, aws_iam_role_policies_exclusive",
            delegating().create(
                "aws_iam_role_policies_exclusive.openai_ekm",
                json!({ "policy_names": ["openai-ekm"], "role_name": "openai-ekm" }),
            ),
        ),
        Case::aws(
            "the boundary leaves room",
            "IAM, Permissions boundaries for IAM entities",
            delegating()
                .create(
                    "aws_iam_policy.boundary",
                    managed_policy("boundary", json!("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"kms:*\",\"Resource\":\"*\"}}")),
                )
                .set(ROLE, "permissions_boundary", refer("aws_iam_policy.boundary.arn")),
        ),
        Case::aws(
            "the key's policy names the role, which has none itself",
            "KMS, Troubleshooting key access",
            official().omit(ROLE_POLICY).omit(USE),
        ),
        // What nobody wrote the provider computes, and finds nothing.
        Case::aws(
            "the role's inline policies are left to the provider",
            "provider, aws_iam_role",
            official().set(ROLE, "inline_policy", computed()),
        ),
        Case::aws(
            "a policy of another role is in the plan as well",
            "provider, aws_iam_role_policy",
            delegating().create(
                "aws_iam_role_policy.other",
                json!({
                    "name": "other",
                    "role": "other",
                    "policy": "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}",
                }),
            ),
        ),
    ]
}

fn key_policies() -> Vec<Case> {
    vec![
        Case::aws("the key has the policy that KMS gives it", "KMS, Default key policy", delegating()),
        Case::aws(
            "the key's policy is in a resource of its own",
            "provider, aws_kms_key_policy",
            official().set(KEY, "policy", computed()).create(
                "aws_kms_key_policy.openai",
                json!({
                    "key_id": refer("aws_kms_key.openai.id"),
                    "policy": refer("data.aws_iam_policy_document.key.json"),
                    "bypass_policy_lockout_safety_check": false,
                    "id": computed(),
                }),
            ),
        ),
        Case::aws(
            "the key's policy is in a resource of its own, by the key's ARN",
            "provider, aws_kms_key_policy",
            official().set(KEY, "policy", computed()).create(
                "aws_kms_key_policy.openai",
                json!({
                    "key_id": refer("aws_kms_key.openai.arn"),
                    "policy": refer("data.aws_iam_policy_document.key.json"),
                    "bypass_policy_lockout_safety_check": false,
                    "id": computed(),
                }),
            ),
        ),
        Case::aws(
            "the key's policy names an administrator who could use the key",
            "OpenAI, Technical FAQ",
            official().at_statement(
                KEY_USE,
                1,
                statement(json!({
                    "actions": both(),
                    "resources": ["*"],
                    "principals": [{
                        "identifiers": [
                            refer("aws_iam_role.openai_ekm.arn"),
                            "arn:aws:iam::123456789012:role/KeyAdmin",
                        ],
                        "type": "AWS",
                    }],
                })),
            ),
        )
        .warnings(&["aws-key-dedicated"]),
        Case::aws(
            "all but the role are denied",
            "IAM, AWS global condition context keys",
            official().and_statement(
                KEY_USE,
                when(
                    statement(json!({
                        "effect": "Deny",
                        "actions": both(),
                        "resources": ["*"],
                        "principals": [{ "identifiers": ["*"], "type": "AWS" }],
                    })),
                    "ArnNotEquals",
                    "aws:PrincipalArn",
                    json!([refer("aws_iam_role.openai_ekm.arn")]),
                ),
            ),
        ),
        Case::aws(
            "calls in clear text are denied",
            "IAM, AWS global condition context keys",
            official().and_statement(
                KEY_USE,
                when(
                    statement(json!({
                        "effect": "Deny",
                        "actions": ["kms:*"],
                        "resources": ["*"],
                        "principals": [{ "identifiers": ["*"], "type": "*" }],
                    })),
                    "Bool",
                    "aws:SecureTransport",
                    json!(["false"]),
                ),
            ),
        ),
        Case::aws(
            "another role that the plan makes has a grant",
            "OpenAI, Technical FAQ",
            crate::aws::granted(
                official(),
                json!("arn:aws:iam::123456789012:role/backup"),
                json!(["Decrypt"]),
            ),
        )
        .warnings(&["aws-key-dedicated"]),
        Case::aws(
            "a grant repeats what the role may do",
            "KMS, Grants in AWS KMS",
            crate::aws::granted(
                official(),
                refer("aws_iam_role.openai_ekm.arn"),
                json!(["Decrypt", "Encrypt"]),
            ),
        ),
    ]
}

/// The provider's `aws_iam_policy_document`.
fn documents() -> Vec<Case> {
    let base = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "Administration",
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::123456789012:role/KeyAdmin" },
        "Action": "kms:Describe*",
        "Resource": "*",
    }] });
    let swapped = |first: Value, second: Value| official().statements(KEY_USE, &[first, second]);
    let administration = || {
        statement(json!({
            "sid": "AllowKeyAdministration",
            "actions": ["kms:Describe*", "kms:Put*"],
            "resources": ["*"],
            "principals": [{ "identifiers": ["arn:aws:iam::123456789012:role/KeyAdmin"], "type": "AWS" }],
        }))
    };
    let use_of_key = || statement(json!({ "actions": both(), "resources": ["*"], "principals": the_role() }));
    vec![
        Case::aws(
            "the statements are in another order",
            "provider, aws_iam_policy_document",
            swapped(use_of_key(), administration()),
        ),
        Case::aws(
            "the trust policy is read during the apply, and all of it is known",
            "Terraform, Data Sources",
            official()
                .read_later(
                    "data.aws_iam_policy_document.later",
                    json!({ "statement": [when(
                        statement(json!({
                            "actions": ["sts:AssumeRole"],
                            "principals": [{ "identifiers": [crate::aws::OPENAI], "type": "AWS" }],
                        })),
                        "StringEquals",
                        "sts:ExternalId",
                        json!([crate::aws::ORGANIZATION]),
                    )] }),
                )
                .set(ROLE, "assume_role_policy", refer("data.aws_iam_policy_document.later.json")),
        ),
        Case::aws(
            "the two uses are in two statements",
            "IAM, JSON policy elements: Statement",
            delegating().statements(
                USE,
                &[
                    allow(json!(["kms:Encrypt"]), json!([refer("aws_kms_key.openai.arn")])),
                    allow(json!(["kms:Decrypt"]), json!([refer("aws_kms_key.openai.arn")])),
                ],
            ),
        ),
        Case::aws(
            "everything else is denied",
            "IAM, JSON policy elements: NotResource",
            delegating().and_statement(
                USE,
                statement(json!({
                    "effect": "Deny",
                    "actions": ["kms:*"],
                    "not_resources": [refer("aws_kms_key.openai.arn")],
                })),
            ),
        ),
        Case::aws(
            "something else is denied",
            "IAM, Policy evaluation logic",
            delegating().and_statement(USE, deny(json!(["iam:*", "sts:*"]), json!(["*"]))),
        ),
        Case::aws(
            "the document begins with another that is known",
            "provider, aws_iam_policy_document",
            official()
                .set(KEY_USE, "source_policy_documents", json!([base.to_string()]))
                .statements(KEY_USE, &[use_of_key()])
                .referring(
                    KEY_USE,
                    "source_policy_documents",
                    &["data.aws_iam_policy_document.base.json", "data.aws_iam_policy_document.base"],
                ),
        ),
        Case::aws(
            "the document begins with another that is read during the apply",
            "provider, aws_iam_policy_document",
            official()
                .read_later("data.aws_iam_policy_document.base", json!({ "statement": [use_of_key()] }))
                .set(
                    KEY_USE,
                    "source_policy_documents",
                    json!([refer("data.aws_iam_policy_document.base.json")]),
                )
                .statements(KEY_USE, &[administration()]),
        ),
        Case::aws(
            "the principals are in two blocks, planned in another order than written",
            "Terraform, JSON Output Format",
            official()
                .at_statement(
                    KEY_USE,
                    1,
                    statement(json!({
                        "actions": both(),
                        "resources": ["*"],
                        "principals": [
                            { "identifiers": [refer("aws_iam_role.openai_ekm.arn")], "type": "AWS" },
                            { "identifiers": ["logs.us-east-1.amazonaws.com"], "type": "Service" },
                        ],
                    })),
                )
                .but(|plan| {
                    let statement = "/configuration/root_module/resources";
                    let documents =
                        plan.pointer_mut(statement).and_then(Value::as_array_mut).expect("resources");
                    let document =
                        documents.iter_mut().find(|each| each["address"] == KEY_USE).expect("configured");
                    document["expressions"]["statement"][1]["principals"]
                        .as_array_mut()
                        .expect("blocks")
                        .reverse();
                }),
        )
        .warnings(&["aws-key-dedicated"]),
    ]
}

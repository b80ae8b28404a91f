//! The AWS provider's other ways to say the same: roles, keys, regions and accounts.

use serde_json::json;

use crate::aws::{KEY, KEY_USE, REGISTRATION, ROLE, ROLE_POLICY, USE, both, official};
use crate::case::Case;
use crate::plan::{allow, computed, refer, statement};

pub(crate) fn all() -> Vec<Case> {
    [names(), keys()].concat()
}

fn names() -> Vec<Case> {
    vec![
        Case::aws(
            "the role has a path",
            "IAM, IAM identifiers",
            official().set(ROLE, "path", json!("/security/openai/")),
        ),
        Case::aws(
            "the role's name is made up from a prefix",
            "provider, aws_iam_role",
            official().set(ROLE, "name", computed()).set(ROLE, "name_prefix", json!("openai-")).set(
                ROLE_POLICY,
                "role",
                refer("aws_iam_role.openai_ekm.name"),
            ),
        ),
        Case::aws(
            "the key is in another region, by its provider",
            "Terraform, Provider configuration",
            official().under_provider(
                KEY,
                "aws.frankfurt",
                json!({ "region": { "constant_value": "eu-central-1" } }),
            ),
        ),
        Case::aws(
            "the key is in another region, by its own attribute",
            "provider, Enhanced Region Support",
            official().set(KEY, "region", json!("eu-west-1")),
        ),
        Case::aws(
            "the role has tags",
            "provider, aws_iam_role",
            official().set(ROLE, "tags", json!({ "a": "b" })),
        ),
        Case::aws(
            "the key's alias is registered",
            "OpenAI, AWS integration",
            official()
                .create(
                    "aws_kms_alias.openai",
                    json!({
                        "name": "alias/openai-ekm",
                        "target_key_id": refer("aws_kms_key.openai.key_id"),
                        "arn": computed(),
                    }),
                )
                .set(REGISTRATION, "kms_arn", refer("aws_kms_alias.openai.arn")),
        )
        .warnings(&["aws-key-alias"]),
        Case::aws(
            "the alias that is registered points to the key by its ARN",
            "provider, aws_kms_alias",
            official()
                .create(
                    "aws_kms_alias.openai",
                    json!({
                        "name": "alias/openai-ekm",
                        "target_key_id": refer("aws_kms_key.openai.arn"),
                        "arn": computed(),
                        "target_key_arn": computed(),
                    }),
                )
                .set(REGISTRATION, "kms_arn", refer("aws_kms_alias.openai.arn")),
        )
        .warnings(&["aws-key-alias"]),
        Case::aws(
            "role and key are named by their addresses",
            "ekm-preflight plan --help",
            official().omit(REGISTRATION).omit("openai_project.encrypted"),
        )
        .with(&[
            "--role-address",
            ROLE,
            "--key-address",
            KEY,
            "--external-id",
            crate::aws::ORGANIZATION,
        ]),
        // The account is known: another resource of the same provider shows it.
        Case::aws(
            "the key's policy names the role by its ARN, in the account that the plan is for",
            "provider, aws_caller_identity",
            official()
                .read("data.aws_caller_identity.me", json!({ "account_id": "123456789012" }))
                .at_statement(
                    KEY_USE,
                    1,
                    statement(json!({
                        "actions": both(),
                        "resources": ["*"],
                        "principals": [{
                            "identifiers": ["arn:aws:iam::123456789012:role/openai-ekm"],
                            "type": "AWS",
                        }],
                    })),
                ),
        ),
    ]
}

fn keys() -> Vec<Case> {
    let replica = json!({
        "description": "replica",
        "enabled": true,
        "primary_key_arn": refer("aws_kms_key.openai.arn"),
        "policy": refer("data.aws_iam_policy_document.key.json"),
        "arn": computed(),
        "id": computed(),
        "key_id": computed(),
        "key_rotation_enabled": computed(),
        "key_spec": computed(),
        "key_usage": computed(),
    });
    vec![
        Case::aws(
            "the key is a multi-Region key",
            "KMS, Multi-Region keys in AWS KMS",
            official().set(KEY, "multi_region", json!(true)),
        ),
        Case::aws(
            "the key's replica is registered",
            "KMS, Multi-Region keys in AWS KMS",
            official()
                .set(KEY, "multi_region", json!(true))
                .create("aws_kms_replica_key.openai", replica)
                .under_provider(
                    "aws_kms_replica_key.openai",
                    "aws.ireland",
                    json!({ "region": { "constant_value": "eu-west-1" } }),
                )
                .statements(USE, &[allow(both(), json!([refer("aws_kms_replica_key.openai.arn")]))])
                .set(REGISTRATION, "kms_arn", refer("aws_kms_replica_key.openai.arn")),
        ),
        Case::aws(
            "the key's material is imported",
            "KMS, Importing key material",
            crate::aws::external(
                official(),
                json!({ "key_material_base64": "bWF0ZXJpYWwgb2YgMzIgYnl0ZXMsIG5vdCBhIHNlY3I=" }),
            ),
        ),
        Case::aws(
            "the key's imported material expires",
            "KMS, Importing key material",
            crate::aws::external(
                official(),
                json!({
                    "key_material_base64": "bWF0ZXJpYWwgb2YgMzIgYnl0ZXMsIG5vdCBhIHNlY3I=",
                    "valid_to": "2027-06-01T00:00:00Z",
                }),
            ),
        )
        .warnings(&["aws-key-material"]),
        Case::aws(
            "the key is not rotated",
            "KMS, Rotate AWS KMS keys",
            official().set(KEY, "enable_key_rotation", json!(false)),
        )
        .warnings(&["aws-key-rotation"]),
    ]
}

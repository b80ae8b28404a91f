//! The key itself, and what is registered of it.

use serde_json::{Value, json};

use crate::aws::identity::with_alias;
use crate::aws::{KEY, REGISTRATION, another_key, official};
use crate::case::Case;
use crate::plan::{Plan, computed, refer};

pub(crate) fn all() -> Vec<Case> {
    [kinds(), states(), registrations()].concat()
}

fn key(name: &'static str, source: &'static str, attribute: &str, value: Value) -> Case {
    Case::aws(name, source, official().set(KEY, attribute, value))
}

fn kinds() -> Vec<Case> {
    let made = |name, source, spec: &str, usage: &str| {
        let plan = official().set(KEY, "customer_master_key_spec", json!(spec));
        Case::aws(name, source, plan.set(KEY, "key_usage", json!(usage)))
    };
    let both = &["aws-key-symmetric", "aws-key-usage"];
    vec![
        made("the key is an RSA key", "KMS, Key spec reference", "RSA_4096", "ENCRYPT_DECRYPT")
            .not_ready(&["aws-key-symmetric"], KEY),
        made("the key is an RSA key to sign with", "KMS, Key spec reference", "RSA_2048", "SIGN_VERIFY")
            .not_ready(both, KEY),
        made("the key is an elliptic-curve key", "KMS, Key spec reference", "ECC_NIST_P256", "SIGN_VERIFY")
            .not_ready(both, KEY),
        made("the key is an HMAC key", "KMS, Key spec reference", "HMAC_256", "GENERATE_VERIFY_MAC")
            .not_ready(both, KEY),
        key("the key is made to sign", "KMS, Key spec reference", "key_usage", json!("SIGN_VERIFY"))
            .not_ready(&["aws-key-usage"], KEY),
    ]
}

/// A key with imported material in the place of the documented one.
pub(crate) fn external(plan: Plan, values: Value) -> Plan {
    let mut whole = json!({
        "description": "OpenAI external key management",
        "enabled": true,
        "bypass_policy_lockout_safety_check": false,
        "deletion_window_in_days": null,
        "multi_region": computed(),
        "policy": refer("data.aws_iam_policy_document.key.json"),
        "valid_to": null,
        "key_material_base64": null,
        "arn": computed(),
        "id": computed(),
        "key_state": computed(),
        "key_usage": computed(),
        "expiration_model": computed(),
    });
    for (field, value) in values.as_object().into_iter().flatten() {
        whole[field] = value.clone();
    }
    let resources = json!([refer("aws_kms_external_key.openai.arn")]);
    plan.omit(KEY)
        .create("aws_kms_external_key.openai", whole)
        .statements(crate::aws::USE, &[crate::plan::allow(crate::aws::both(), resources)])
        .set(REGISTRATION, "kms_arn", refer("aws_kms_external_key.openai.arn"))
}

fn states() -> Vec<Case> {
    vec![
        key("the key is disabled", "KMS, Key states", "is_enabled", json!(false))
            .not_ready(&["aws-key-enabled"], KEY),
        // Without material the state is PendingImport.
        Case::aws(
            "the key's material is never imported",
            "KMS, Importing key material",
            external(official(), json!({})),
        )
        .not_ready(&["aws-key-enabled"], "aws_kms_external_key.openai"),
        Case::aws(
            "the key with imported material is disabled",
            "provider, aws_kms_external_key",
            external(
                official(),
                json!({ "key_material_base64": "bWF0ZXJpYWwgb2YgMzIgYnl0ZXMsIG5vdCBhIHNlY3I=", "enabled": false }),
            ),
        )
        .not_ready(&["aws-key-enabled"], "aws_kms_external_key.openai"),
    ]
}

fn registrations() -> Vec<Case> {
    let another = another_key();
    let registered = |name, source, attribute: &str, value| {
        Case::aws(name, source, official().set(REGISTRATION, attribute, value))
    };
    vec![
        Case::aws(
            "another key is registered",
            "OpenAI, Troubleshooting",
            official().create("aws_kms_key.another", another.clone()).set(
                REGISTRATION,
                "kms_arn",
                refer("aws_kms_key.another.arn"),
            ),
        )
        // The role's policy is on the other key, whose default policy heeds it.
        .not_ready(
            &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"],
            "aws_iam_role_policy.openai_ekm",
        ),
        Case::aws(
            "the alias that is registered is of another key",
            "KMS, Aliases in AWS KMS",
            with_alias(official())
                .create("aws_kms_key.another", another)
                .set("aws_kms_alias.openai", "target_key_id", refer("aws_kms_key.another.key_id"))
                .set(REGISTRATION, "kms_arn", refer("aws_kms_alias.openai.arn")),
        )
        .not_ready(
            &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"],
            "aws_iam_role_policy.openai_ekm",
        ),
        Case::aws(
            "another role is registered",
            "OpenAI, Troubleshooting",
            official()
                .create(
                    "aws_iam_role.another",
                    json!({
                        "name": "another",
                        "path": "/",
                        "tags": null,
                        "unique_id": computed(),
                        "assume_role_policy": "{\"Version\":\"2012-10-17\",\"Statement\":[]}",
                        "inline_policy": [],
                        "permissions_boundary": null,
                        "arn": computed(),
                        "id": computed(),
                        "managed_policy_arns": computed(),
                    }),
                )
                .set(REGISTRATION, "role_arn", refer("aws_iam_role.another.arn")),
        )
        .not_ready(
            &[
                "aws-assume-role-allowed",
                "aws-decrypt-allowed",
                "aws-encrypt-allowed",
                "aws-trust-external-id",
                "aws-trust-principal",
            ],
            "aws_iam_role.another",
        ),
        // OpenAI's API: `^arn:aws:iam::\d{12}:role/.+$`.
        registered(
            "the role of another partition is registered",
            "OpenAI, External keys in the Management API",
            "role_arn",
            json!("arn:aws-us-gov:iam::123456789012:role/openai-ekm"),
        )
        .withheld("")
        .or_refused(),
        registered(
            "an instance profile is registered",
            "OpenAI, External keys in the Management API",
            "role_arn",
            json!("arn:aws:iam::123456789012:instance-profile/openai-ekm"),
        )
        .withheld("")
        .or_refused(),
        registered(
            "a key of another partition is registered",
            "OpenAI, AWS integration",
            "kms_arn",
            json!("arn:aws-cn:kms:cn-north-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        )
        .withheld("")
        .or_refused(),
        // `role_arn` takes the policy's ARN: an easy slip in a configuration.
        registered(
            "the role's ARN is the key's",
            "OpenAI, External keys in the Management API",
            "role_arn",
            refer("aws_kms_key.openai.arn"),
        )
        .withheld("")
        .or_refused(),
        registered(
            "the key's ARN is its id",
            "OpenAI, AWS integration",
            "kms_arn",
            refer("aws_kms_key.openai.key_id"),
        )
        .withheld("")
        .or_refused(),
    ]
}

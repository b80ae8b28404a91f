//! The key's policy and its grants.

use serde_json::{Value, json};

use crate::aws::{KEY, KEY_USE, NO_USE, TOO_MUCH, both, delegating, official, the_role};
use crate::case::Case;
use crate::plan::{Plan, computed, refer, statement, when};

const NAMES: &str = "aws_kms_key.openai";

pub(crate) fn all() -> Vec<Case> {
    [documents(), denials(), outside(), grants()].concat()
}

/// The second statement of the documented key policy, which is for the role.
fn for_the_role(name: &'static str, source: &'static str, written: Value) -> Case {
    let plan = official().at_statement(KEY_USE, 1, statement(written));
    Case::aws(name, source, plan)
}

fn documents() -> Vec<Case> {
    let role = the_role;
    let everything = json!(["*"]);
    vec![
        for_the_role(
            "the key's policy names another role",
            "OpenAI, Troubleshooting",
            json!({
                "actions": both(),
                "resources": everything,
                "principals": [{ "identifiers": ["arn:aws:iam::123456789012:role/other"], "type": "AWS" }],
            }),
        )
        .not_ready(NO_USE, NAMES),
        for_the_role(
            "the key's policy allows Encrypt only",
            "KMS, Key policies in AWS KMS",
            json!({ "actions": ["kms:Encrypt"], "resources": everything, "principals": role() }),
        )
        .not_ready(&["aws-decrypt-allowed"], NAMES),
        for_the_role(
            "the key's policy allows data keys only",
            "OpenAI, AWS integration",
            json!({ "actions": ["kms:GenerateDataKey"], "resources": everything, "principals": role() }),
        )
        .not_ready(&["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"], NAMES),
        for_the_role(
            "the key's policy allows everything",
            "OpenAI, AWS integration",
            json!({ "actions": ["kms:*"], "resources": everything, "principals": role() }),
        )
        .not_ready(TOO_MUCH, NAMES),
        for_the_role(
            "the key's policy allows data keys as well",
            "OpenAI, AWS integration",
            json!({
                "actions": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
                "resources": everything,
                "principals": role(),
            }),
        )
        .not_ready(TOO_MUCH, NAMES),
        for_the_role(
            "the key's policy denies where it should allow",
            "IAM, Policy evaluation logic",
            json!({
                "effect": "Deny", "actions": both(), "resources": everything, "principals": role(),
            }),
        )
        .not_ready(NO_USE, NAMES),
        for_the_role(
            "the key's policy is on another key",
            "KMS, Key policies in AWS KMS",
            json!({
                "actions": both(),
                "resources": ["arn:aws:kms:us-east-1:123456789012:key/00000000-12ab-34cd-56ef-1234567890ab"],
                "principals": role(),
            }),
        )
        .not_ready(NO_USE, NAMES),
        // KMS takes the statement, and it has no effect.
        for_the_role(
            "the statement for the role has no resource",
            "KMS, Key policies in AWS KMS",
            json!({ "actions": both(), "principals": role() }),
        )
        .not_ready(NO_USE, NAMES),
        for_the_role(
            "the statement for the role has no principal",
            "KMS, Key policies in AWS KMS",
            json!({ "actions": both(), "resources": everything }),
        )
        .withheld(NAMES),
        for_the_role(
            "the role is a service",
            "IAM, AWS JSON policy elements: Principal",
            json!({
                "actions": both(),
                "resources": everything,
                "principals": [{ "identifiers": [refer("aws_iam_role.openai_ekm.arn")], "type": "Service" }],
            }),
        )
        .withheld(NAMES),
        // `id` is the role's name, which is no principal.
        for_the_role(
            "the principal is what Terraform calls the role's id",
            "provider, aws_iam_role",
            json!({
                "actions": both(),
                "resources": everything,
                "principals": [{ "identifiers": [refer("aws_iam_role.openai_ekm.id")], "type": "AWS" }],
            }),
        )
        .withheld(NAMES),
        for_the_role(
            "the principal is another role that the plan makes",
            "KMS, Key policies in AWS KMS",
            json!({
                "actions": both(),
                "resources": everything,
                "principals": [{ "identifiers": [refer("aws_iam_role.another.arn")], "type": "AWS" }],
            }),
        )
        .but(|plan| {
            plan.create(
                "aws_iam_role.another",
                json!({ "name": "another", "path": "/", "arn": computed(), "id": computed() }),
            )
        })
        .not_ready(NO_USE, NAMES),
        Case::aws(
            "the key's policy has no statement",
            "KMS, Key policies in AWS KMS",
            official().statements(KEY_USE, &[]),
        )
        .withheld(NAMES),
        Case::aws(
            "the key's policy is in a resource of its own and names another role",
            "provider, aws_kms_key_policy",
            delegating().create(
                "aws_kms_key_policy.openai",
                json!({
                    "key_id": refer("aws_kms_key.openai.id"),
                    "policy": json!({ "Version": "2012-10-17", "Statement": [{
                        "Effect": "Allow",
                        "Principal": { "AWS": "arn:aws:iam::123456789012:role/other" },
                        "Action": "kms:*",
                        "Resource": "*",
                    }] })
                    .to_string(),
                }),
            ),
        )
        .not_ready(NO_USE, "aws_kms_key_policy.openai"),
    ]
}

fn denials() -> Vec<Case> {
    let everybody = || json!([{ "identifiers": ["*"], "type": "AWS" }]);
    let denying = |name, source, statement: Value| {
        Case::aws(name, source, official().and_statement(KEY_USE, statement))
    };
    let deny = |principals: Value| {
        statement(
            json!({ "effect": "Deny", "actions": both(), "resources": ["*"], "principals": principals }),
        )
    };
    vec![
        denying("the key's policy denies the role", "IAM, Policy evaluation logic", deny(the_role()))
            .not_ready(NO_USE, NAMES),
        denying(
            "calls without a second factor are denied",
            "IAM, ...IfExists condition operators",
            when(deny(everybody()), "BoolIfExists", "aws:MultiFactorAuthPresent", json!(["false"])),
        )
        .not_ready(NO_USE, NAMES),
        denying(
            "calls that come through no service are denied",
            "KMS, kms:ViaService",
            when(deny(everybody()), "StringNotEquals", "kms:ViaService", json!(["s3.us-east-1.amazonaws.com"])),
        )
        .not_ready(NO_USE, NAMES),
        denying(
            "calls from other endpoints are denied",
            "KMS, Using VPC endpoints",
            when(deny(everybody()), "StringNotEquals", "aws:SourceVpce", json!(["vpce-0a1b2c3d"])),
        )
        .not_ready(NO_USE, NAMES),
        // The role and its ARN in the condition are the same symbol.
        denying(
            "the role's ARN is denied by a condition",
            "IAM, AWS global condition context keys",
            when(
                deny(everybody()),
                "ArnEquals",
                "aws:PrincipalArn",
                json!([refer("aws_iam_role.openai_ekm.arn")]),
            ),
        )
        .not_ready(NO_USE, NAMES),
        denying(
            "all but one role are denied",
            "IAM, AWS JSON policy elements: NotPrincipal",
            statement(json!({
                "effect": "Deny",
                "actions": both(),
                "resources": ["*"],
                "not_principals": [{ "identifiers": ["arn:aws:iam::123456789012:role/KeyAdmin"], "type": "AWS" }],
            })),
        )
        .not_ready(NO_USE, NAMES),
    ]
}

/// Documents that change others, and what they say in other words.
fn outside() -> Vec<Case> {
    // A statement of the same Sid takes the place of the document's own.
    let other = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "AllowOpenAIEKMUse",
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::123456789012:role/other" },
        "Action": "kms:*",
        "Resource": "*",
    }] })
    .to_string();
    let account = when(
        statement(json!({
            "effect": "Deny",
            "actions": both(),
            "resources": ["*"],
            "principals": [{ "identifiers": ["*"], "type": "AWS" }],
        })),
        "StringEquals",
        "aws:PrincipalAccount",
        json!(["&{aws:ResourceAccount}"]),
    );
    vec![
        Case::aws(
            "another document overrides the statement for the role",
            "provider, aws_iam_policy_document",
            official().set(KEY_USE, "override_policy_documents", json!([other])).referring(
                KEY_USE,
                "override_policy_documents",
                &["local.other"],
            ),
        )
        .not_ready(NO_USE, NAMES),
        Case::aws(
            "another document overrides the statement for the role, in the older provider",
            "provider, aws_iam_policy_document",
            official().set(KEY_USE, "override_json", json!(other)).referring(
                KEY_USE,
                "override_json",
                &["local.other"],
            ),
        )
        .withheld(NAMES),
        // `&{…}` is how the provider's documents write a policy variable.
        Case::aws(
            "the key's own account is denied by a variable",
            "provider, aws_iam_policy_document",
            official().and_statement(KEY_USE, account),
        )
        .not_ready(NO_USE, NAMES),
        Case::aws(
            "the key's policy is encoded twice",
            "provider, jsonencode",
            official().omit(KEY_USE).set(
                KEY,
                "policy",
                json!("\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[]}\""),
            ),
        )
        .withheld(NAMES),
        Case::aws(
            "the key's policy names the id of a role that was deleted",
            "IAM, IAM identifiers",
            official().at_statement(
                KEY_USE,
                1,
                statement(json!({
                    "actions": both(),
                    "resources": ["*"],
                    "principals": [{ "identifiers": ["AROADELETEDDELETED000"], "type": "AWS" }],
                })),
            ),
        )
        .not_ready(NO_USE, NAMES),
    ]
}

pub(crate) fn granted(plan: Plan, grantee: Value, operations: Value) -> Plan {
    plan.create(
        "aws_kms_grant.a",
        json!({
            "name": "a",
            "key_id": refer("aws_kms_key.openai.key_id"),
            "grantee_principal": grantee,
            "operations": operations,
            "constraints": [],
            "grant_id": computed(),
            "id": computed(),
        }),
    )
}

fn grants() -> Vec<Case> {
    vec![
        Case::aws(
            "a grant lets the role make data keys",
            "KMS, Grants in AWS KMS",
            granted(
                official(),
                refer("aws_iam_role.openai_ekm.arn"),
                json!(["Decrypt", "Encrypt", "GenerateDataKey"]),
            ),
        )
        .not_ready(TOO_MUCH, "aws_kms_grant.a"),
    ]
}

//! The role's own policies and its boundary, under a key whose policy leaves it to the account.

use serde_json::{Value, json};

use crate::aws::{
    NO_USE, ROLE, ROLE_POLICY, TOO_MUCH, USE, another_key, both, delegating, key_arn, managed_policy,
    official, policy_text,
};
use crate::case::Case;
use crate::plan::{Plan, allow, computed, deny, refer, when};

const NAMES: &str = "`openai-ekm`";

pub(crate) fn all() -> Vec<Case> {
    [documents(), elsewhere(), several(), attachments(), boundaries()].concat()
}

fn statements(name: &'static str, source: &'static str, statements: &[Value]) -> Case {
    Case::aws(name, source, delegating().statements(USE, statements))
}

fn actions(name: &'static str, source: &'static str, actions: Value) -> Case {
    statements(name, source, &[allow(actions, key_arn())])
}

fn documents() -> Vec<Case> {
    vec![
        actions("Encrypt is missing", "OpenAI, AWS integration", json!(["kms:Decrypt"]))
            .not_ready(&["aws-encrypt-allowed"], NAMES),
        actions("Decrypt is missing", "OpenAI, AWS integration", json!(["kms:Encrypt"]))
            .not_ready(&["aws-decrypt-allowed"], NAMES),
        actions(
            "the actions are those of another vendor",
            "OpenAI, AWS integration",
            json!(["kms:Decrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]),
        )
        .not_ready(&["aws-encrypt-allowed", "aws-role-least-privilege"], NAMES),
        actions("the role may do everything with the key", "OpenAI, AWS integration", json!(["kms:*"]))
            .not_ready(TOO_MUCH, NAMES),
        actions(
            "the role may make data keys",
            "OpenAI, AWS integration",
            json!(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]),
        )
        .not_ready(TOO_MUCH, NAMES),
        actions(
            "the role may describe the key",
            "OpenAI, AWS integration",
            json!(["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"]),
        )
        .not_ready(TOO_MUCH, NAMES),
        statements(
            "the role may do all but a few things",
            "IAM, JSON policy elements: NotAction",
            &[crate::plan::statement(json!({ "not_actions": ["iam:*"], "resources": ["*"] }))],
        )
        .not_ready(TOO_MUCH, NAMES),
        statements(
            "another statement denies Decrypt",
            "IAM, Policy evaluation logic",
            &[allow(both(), key_arn()), deny(json!(["kms:Decrypt"]), json!(["*"]))],
        )
        .not_ready(&["aws-decrypt-allowed"], NAMES),
        statements(
            "another statement denies both on the key",
            "IAM, Policy evaluation logic",
            &[allow(both(), key_arn()), deny(both(), key_arn())],
        )
        .not_ready(NO_USE, NAMES),
        statements(
            "only what comes through S3 is allowed",
            "KMS, kms:ViaService",
            &[when(
                allow(both(), key_arn()),
                "StringEquals",
                "kms:ViaService",
                json!(["s3.us-east-1.amazonaws.com"]),
            )],
        )
        .not_ready(NO_USE, NAMES),
        statements(
            "only what comes from a network is allowed",
            "OpenAI, AWS integration",
            &[when(allow(both(), key_arn()), "StringEquals", "aws:SourceVpc", json!(["vpc-0a1b2c3d"]))],
        )
        .not_ready(NO_USE, NAMES),
        statements("the policy has no statement", "IAM, JSON policy elements: Statement", &[]).withheld(""),
    ]
}

/// The policy is on something that is not the key.
fn elsewhere() -> Vec<Case> {
    let on = |name, source, resources| statements(name, source, &[allow(both(), resources)]);
    vec![
        on("the role may use every key", "OpenAI, AWS integration", json!(["*"])).not_ready(TOO_MUCH, NAMES),
        on(
            "the role may use every key of an account",
            "OpenAI, AWS integration",
            json!([refer("aws_kms_key.openai.arn"), "arn:aws:kms:us-east-1:123456789012:key/*"]),
        )
        .not_ready(TOO_MUCH, NAMES),
        on(
            "the policy is on a key that is there already",
            "OpenAI, Troubleshooting",
            json!(["arn:aws:kms:us-east-1:123456789012:key/00000000-12ab-34cd-56ef-1234567890ab"]),
        )
        .not_ready(&["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"], NAMES),
        Case::aws(
            "the policy is on another key that the plan makes",
            "OpenAI, Troubleshooting",
            delegating()
                .create("aws_kms_key.another", another_key())
                .statements(USE, &[allow(both(), json!([refer("aws_kms_key.another.arn")]))]),
        )
        .not_ready(&["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"], NAMES),
        Case::aws(
            "the policy is on this key and on another",
            "OpenAI, AWS integration",
            delegating().create("aws_kms_key.another", another_key()).statements(
                USE,
                &[allow(both(), json!([refer("aws_kms_key.another.arn"), refer("aws_kms_key.openai.arn")]))],
            ),
        )
        .not_ready(TOO_MUCH, NAMES),
        // KMS Developer Guide: in IAM policies the resource is always the key's ARN.
        Case::aws(
            "the policy is on the key's alias",
            "KMS, Use aliases to control access to KMS keys",
            with_alias(delegating())
                .statements(USE, &[allow(both(), json!([refer("aws_kms_alias.openai.arn")]))]),
        )
        .not_ready(NO_USE, NAMES),
        on("the policy is on a bare key id", "KMS, Specifying KMS keys in IAM policy statements", {
            json!([refer("aws_kms_key.openai.key_id")])
        })
        .withheld(USE),
        on("the policy is on what Terraform calls the key's id", "provider, aws_kms_key", {
            json!([refer("aws_kms_key.openai.id")])
        })
        .withheld(USE),
        on("the policy is on the role itself", "KMS, Specifying KMS keys in IAM policy statements", {
            json!([refer("aws_iam_role.openai_ekm.arn")])
        })
        .not_ready(NO_USE, NAMES),
    ]
}

pub(super) fn with_alias(plan: Plan) -> Plan {
    plan.create(
        "aws_kms_alias.openai",
        json!({
            "name": "alias/openai-ekm",
            "target_key_id": refer("aws_kms_key.openai.key_id"),
            "arn": computed(),
            "id": computed(),
            "name_prefix": computed(),
            "target_key_arn": computed(),
        }),
    )
}

/// A second policy of the role.
fn several() -> Vec<Case> {
    let second = |name, source, statements: Value| {
        let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let values =
            json!({ "name": "second", "policy": policy, "role": refer("aws_iam_role.openai_ekm.id") });
        Case::aws(name, source, delegating().create("aws_iam_role_policy.second", values))
    };
    let object = json!([{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" }]);
    vec![
        second("a second policy allows reading objects", "OpenAI, AWS integration", object)
            .not_ready(TOO_MUCH, "`second`"),
        second(
            "a second policy denies everything",
            "IAM, Policy evaluation logic",
            json!([{ "Effect": "Deny", "Action": "*", "Resource": "*" }]),
        )
        .not_ready(NO_USE, "aws_iam_role_policy.second"),
        // The role's name is known, and so is whose policy it is.
        Case::aws(
            "a second policy is put by the role's name",
            "provider, aws_iam_role_policy",
            delegating().create(
                "aws_iam_role_policy.second",
                json!({
                    "name": "second",
                    "policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sqs:*\",\"Resource\":\"*\"}]}",
                    "role": "openai-ekm",
                }),
            ),
        )
        .not_ready(TOO_MUCH, "`second`"),
        Case::aws(
            "the role has a second policy in its own block",
            "provider, aws_iam_role",
            official().omit(ROLE_POLICY).omit(USE).set(
                ROLE,
                "inline_policy",
                json!([{
                    "name": "first",
                    "policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"kms:Encrypt\",\"Resource\":\"*\"}]}",
                }, {
                    "name": "block",
                    "policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sqs:*\",\"Resource\":\"*\"}]}",
                }]),
            ),
        )
        .not_ready(TOO_MUCH, "`block`"),
    ]
}

/// The plan with a managed policy of these statements, and without the role's inline policy.
pub(crate) fn managed(plan: Plan, statements: Value) -> Plan {
    plan.omit(ROLE_POLICY)
        .omit(USE)
        .create("aws_iam_policy.openai_ekm", managed_policy("openai-ekm", policy_text(statements)))
}

/// Attaches the managed policy to a role.
pub(crate) fn attached(plan: Plan, role: &str) -> Plan {
    plan.create(
        "aws_iam_role_policy_attachment.openai_ekm",
        json!({ "policy_arn": refer("aws_iam_policy.openai_ekm.arn"), "role": role, "id": computed() }),
    )
}

fn attachments() -> Vec<Case> {
    let everything = json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]);
    let use_of_all =
        json!([{ "Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*" }]);
    vec![
        // What AWS's own policies hold is published.
        Case::aws(
            "AWS's policy for administrators is attached",
            "IAM, AWS managed policies for job functions",
            delegating().create(
                "aws_iam_role_policy_attachment.admin",
                json!({
                    "role": "openai-ekm",
                    "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess",
                    "id": computed(),
                }),
            ),
        )
        .not_ready(TOO_MUCH, "policy/AdministratorAccess`"),
        // The policy is made, and nobody has it.
        Case::aws(
            "the policy is attached to nobody",
            "OpenAI, Troubleshooting",
            managed(delegating(), use_of_all.clone()),
        )
        .not_ready(NO_USE, ROLE),
        Case::aws(
            "the policy is attached to another role",
            "OpenAI, Troubleshooting",
            attached(managed(delegating(), use_of_all), "another-role"),
        )
        .not_ready(NO_USE, ROLE),
        Case::aws("the role has no policy at all", "OpenAI, Troubleshooting", delegating().omit(ROLE_POLICY))
            .not_ready(NO_USE, ROLE),
        Case::aws(
            "the role's policy is counted away",
            "Terraform, The count Meta-Argument",
            delegating().count_of_none(ROLE_POLICY),
        )
        .not_ready(NO_USE, ROLE),
        // An attachment is by the role's name.
        Case::aws(
            "the policy is attached to the role's ARN",
            "provider, aws_iam_role_policy_attachment",
            managed(delegating(), json!([{ "Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*" }]))
                .create(
                    "aws_iam_role_policy_attachment.openai_ekm",
                    json!({
                        "policy_arn": refer("aws_iam_policy.openai_ekm.arn"),
                        "role": refer("aws_iam_role.openai_ekm.arn"),
                        "id": computed(),
                    }),
                ),
        )
        .withheld(""),
        Case::aws(
            "the role's policy is put on another role",
            "provider, aws_iam_role_policy",
            delegating().set(ROLE_POLICY, "role", json!("another-role")),
        )
        .not_ready(NO_USE, ROLE),
        Case::aws(
            "an attached policy allows everything",
            "IAM, Policy evaluation logic",
            attached(managed(delegating(), everything), "openai-ekm"),
        )
        .not_ready(TOO_MUCH, "policy/openai-ekm`"),
        Case::aws(
            "an attached policy denies everything",
            "IAM, Policy evaluation logic",
            attached(
                delegating().create(
                    "aws_iam_policy.openai_ekm",
                    managed_policy(
                        "denial",
                        json!("{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}"),
                    ),
                ),
                "openai-ekm",
            ),
        )
        .not_ready(NO_USE, "policy/denial`"),
        Case::aws(
            "the policy comes by the role's list of managed policies and allows everything",
            "provider, aws_iam_role",
            managed(delegating(), json!([{ "Effect": "Allow", "Action": "kms:*", "Resource": "*" }])).set(
                ROLE,
                "managed_policy_arns",
                json!([refer("aws_iam_policy.openai_ekm.arn")]),
            ),
        )
        .not_ready(TOO_MUCH, "policy/openai-ekm`"),
        Case::aws(
            "the policy is attached to several roles by one resource and allows everything",
            "provider, aws_iam_policy_attachment",
            managed(delegating(), json!([{ "Effect": "Allow", "Action": "kms:*", "Resource": "*" }])).create(
                "aws_iam_policy_attachment.openai_ekm",
                json!({
                    "name": "all",
                    "policy_arn": refer("aws_iam_policy.openai_ekm.arn"),
                    "roles": ["another-role", "openai-ekm"],
                }),
            ),
        )
        .not_ready(TOO_MUCH, "policy/openai-ekm`"),
        Case::aws(
            "the policies of the role are exclusively others",
            "provider, aws_iam_role_policies_exclusive",
            delegating().create(
                "aws_iam_role_policies_exclusive.openai_ekm",
                json!({ "policy_names": [], "role_name": "openai-ekm" }),
            ),
        )
        .withheld("aws_iam_role"),
    ]
}

fn boundaries() -> Vec<Case> {
    let bounded = |name, source, statements: Value| {
        let plan = delegating()
            .create("aws_iam_policy.boundary", managed_policy("boundary", policy_text(statements)))
            .set(ROLE, "permissions_boundary", refer("aws_iam_policy.boundary.arn"));
        Case::aws(name, source, plan)
    };
    let allow = |actions: Value| json!([{ "Effect": "Allow", "Action": actions, "Resource": "*" }]);
    vec![
        bounded(
            "the boundary has no room for KMS",
            "IAM, Permissions boundaries for IAM entities",
            allow(json!("s3:*")),
        )
        .not_ready(NO_USE, "aws_iam_policy.boundary"),
        bounded(
            "the boundary has no room for Encrypt",
            "IAM, Permissions boundaries for IAM entities",
            allow(json!("kms:Decrypt")),
        )
        .not_ready(&["aws-encrypt-allowed"], "aws_iam_policy.boundary"),
        bounded(
            "the boundary denies Decrypt",
            "IAM, Permissions boundaries for IAM entities",
            json!([
                { "Effect": "Allow", "Action": "*", "Resource": "*" },
                { "Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*" },
            ]),
        )
        .not_ready(&["aws-decrypt-allowed"], "aws_iam_policy.boundary"),
    ]
}

//! On AWS: the corpus's plans of what is there already, with one change.

use serde_json::{Value, json};

use crate::aws::{KEY, OPENAI, REGISTRATION, ROLE, another_key, managed_policy};
use crate::case::Case;
use crate::plan::{Plan, refer};

pub(super) const SOURCE: &str = "OpenAI, KMS key lifecycle";
/// Role, policy and key of `jsonencode`: the key's policy leaves it to the account.
pub(super) const BY_ADDRESS: &[&str] = &[
    "--role-address",
    "aws_iam_role.r",
    "--key-address",
    "aws_kms_key.k",
    "--external-id",
    "org-AbCdEf123456",
];
const KEPT: &[&str] = &["aws-access-kept"];
/// A denial is one, whatever stands outside of the plan.
const USES: &[&str] = &["aws-access-kept", "aws-decrypt-allowed", "aws-encrypt-allowed"];
/// The role can't be taken any longer.
const IDENTITY: &[&str] = &["aws-access-kept", "aws-assume-role-allowed"];

const THE_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf";

pub(super) fn there() -> Plan {
    Plan::corpus("aws-official-nochange")
}

/// The same with a key whose policy leaves it to the account, and a policy that is attached.
pub(super) fn delegating() -> Plan {
    Plan::corpus("aws-jsonencode-nochange")
}

fn statements(statements: Value) -> Value {
    json!(json!({ "Version": "2012-10-17", "Statement": statements }).to_string())
}

fn role_statement(effect: &str, actions: Value) -> Value {
    json!({
        "Effect": effect,
        "Principal": { "AWS": "arn:aws:iam::123456789012:role/openai-ekm" },
        "Action": actions,
        "Resource": "*",
    })
}

fn trust(principal: &str, condition: Value) -> Value {
    statements(json!([{
        "Effect": "Allow",
        "Principal": { "AWS": principal },
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }]))
}

fn changed(name: &'static str, address: &str, attribute: &str, value: Value) -> Case {
    Case::aws(name, SOURCE, there().set(address, attribute, value))
}

fn attached(name: &'static str, plan: Plan) -> Case {
    Case::aws(name, SOURCE, plan).with(BY_ADDRESS)
}

pub(crate) fn losses() -> Vec<Case> {
    [key_policies(), keys(), roles(), role_policies(), registrations(), outside()].concat()
}

fn key_policies() -> Vec<Case> {
    let policy = |name, written: Value| changed(name, KEY, "policy", statements(written));
    let names = "aws_kms_key.openai";
    vec![
        policy(
            "the key's policy names another role",
            json!([{
                "Effect": "Allow",
                "Principal": { "AWS": "arn:aws:iam::123456789012:role/other" },
                "Action": "kms:*",
                "Resource": "*",
            }]),
        )
        .not_ready(KEPT, names)
        .naming("policy"),
        policy("the key's policy loses Decrypt", json!([role_statement("Allow", json!("kms:Encrypt"))]))
            .not_ready(KEPT, names),
        policy(
            "the key's policy gets a denial",
            json!([
                role_statement("Allow", json!(["kms:Encrypt", "kms:Decrypt"])),
                role_statement("Deny", json!("kms:Decrypt")),
            ]),
        )
        .not_ready(&["aws-access-kept", "aws-decrypt-allowed"], names),
        policy("the key's policy loses its statements", json!([])).not_ready(KEPT, names),
        Case::aws(
            "a key policy of its own is put over the key's",
            SOURCE,
            there().create(
                "aws_kms_key_policy.over",
                json!({ "key_id": "7d40bae5-811a-05c5-9a6f-4fed36ae25bf", "policy": statements(json!([])) }),
            ),
        )
        .withheld("aws_kms_key_policy.over"),
    ]
}

fn keys() -> Vec<Case> {
    let made = &["arn", "id", "key_id"];
    let names = "aws_kms_key.openai";
    vec![
        changed("the key is disabled", KEY, "is_enabled", json!(false))
            .not_ready(&["aws-access-kept", "aws-key-enabled"], names)
            .naming("is_enabled"),
        Case::aws("the key is destroyed", SOURCE, there().delete(KEY)).withheld(names).failing(KEPT),
        Case::aws(
            "the key is made anew for another use",
            SOURCE,
            there().replace(KEY, "key_usage", json!("SIGN_VERIFY"), made),
        )
        .withheld(names)
        .failing(KEPT),
        Case::aws(
            "the key is made anew in several regions",
            SOURCE,
            there().replace(KEY, "multi_region", json!(true), made),
        )
        .withheld(names)
        .failing(KEPT),
        Case::aws(
            "the key is tainted",
            SOURCE,
            there()
                .replace(KEY, "description", json!("OpenAI external key management"), made)
                .acting(KEY, &["create", "delete"]),
        )
        .withheld(names)
        .failing(KEPT),
        Case::aws(
            "another key takes the key's place, and the key is forgotten",
            SOURCE,
            there().replace(KEY, "multi_region", json!(true), made).acting(KEY, &["create", "forget"]),
        )
        .withheld(names)
        .failing(KEPT),
        Case::aws(
            "the key's alias, which is registered, goes to another key",
            SOURCE,
            aliased()
                .set(ALIAS, "target_key_id", refer("aws_kms_key.another.key_id"))
                .create("aws_kms_key.another", another_key()),
        )
        .withheld(ALIAS)
        .failing(KEPT),
        Case::aws(
            "the key's alias, which is registered, goes to a key that is there",
            SOURCE,
            aliased().set(ALIAS, "target_key_id", json!("00000000-12ab-34cd-56ef-1234567890ab")),
        )
        .withheld(ALIAS)
        .failing(KEPT),
        Case::aws("the key's alias, which is registered, is destroyed", SOURCE, aliased().delete(ALIAS))
            .withheld(ALIAS)
            .failing(KEPT),
    ]
}

const ALIAS: &str = "aws_kms_alias.openai";

/// What is there, registered by an alias.
fn aliased() -> Plan {
    let arn = "arn:aws:kms:us-east-1:123456789012:alias/openai-ekm";
    there()
        .exists(
            ALIAS,
            json!({
                "name": "alias/openai-ekm",
                "target_key_id": "7d40bae5-811a-05c5-9a6f-4fed36ae25bf",
                "target_key_arn": THE_KEY,
                "arn": arn,
                "id": "alias/openai-ekm",
            }),
        )
        .has(REGISTRATION, "kms_arn", json!(arn))
        .referring(REGISTRATION, "kms_arn", &["aws_kms_alias.openai.arn", "aws_kms_alias.openai"])
}

fn roles() -> Vec<Case> {
    let condition = || json!({ "StringEquals": { "sts:ExternalId": "org-AbCdEf123456" } });
    let trusting = |name, principal: &str, condition: Value| {
        changed(name, ROLE, "assume_role_policy", trust(principal, condition))
    };
    let names = "aws_iam_role.openai_ekm";
    let made = &["arn", "id", "unique_id", "create_date"];
    vec![
        trusting("the role trusts somebody else", "arn:aws:iam::123456789012:role/app", condition())
            .not_ready(&["aws-access-kept", "aws-assume-role-allowed", "aws-trust-principal"], names)
            .naming("assume_role_policy"),
        trusting(
            "the role wants another ExternalId",
            OPENAI,
            json!({ "StringEquals": { "sts:ExternalId": "org-Some0therOrganization" } }),
        )
        .not_ready(&["aws-access-kept", "aws-assume-role-allowed", "aws-trust-external-id"], names),
        trusting(
            "the role wants a second factor",
            OPENAI,
            json!({
                "StringEquals": { "sts:ExternalId": "org-AbCdEf123456" },
                "Bool": { "aws:MultiFactorAuthPresent": "true" },
            }),
        )
        .not_ready(IDENTITY, names),
        Case::aws("the role is destroyed", SOURCE, there().delete(ROLE)).withheld(names).failing(KEPT),
        // A name can't be changed in place.
        Case::aws("the role is renamed", SOURCE, there().replace(ROLE, "name", json!("openai-ekm-2"), made))
            .withheld(names)
            .failing(KEPT),
        Case::aws(
            "the role gets another path",
            SOURCE,
            there().replace(ROLE, "path", json!("/security/"), made),
        )
        .withheld(names)
        .failing(KEPT),
        Case::aws(
            "the role gets a boundary without room for the key",
            SOURCE,
            there()
                .create(
                    "aws_iam_policy.boundary",
                    managed_policy(
                        "boundary",
                        statements(json!([{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }])),
                    ),
                )
                .set(ROLE, "permissions_boundary", refer("aws_iam_policy.boundary.arn")),
        )
        .not_ready(KEPT, "aws_iam_policy.boundary"),
        Case::aws(
            "the role gets a policy that denies",
            SOURCE,
            there().create(
                "aws_iam_role_policy.denial",
                json!({
                    "name": "denial",
                    "role": "openai-ekm",
                    "policy": statements(json!([{ "Effect": "Deny", "Action": "kms:*", "Resource": "*" }])),
                }),
            ),
        )
        .not_ready(USES, "aws_iam_role_policy.denial"),
    ]
}

/// The role's own policies, under a key whose policy leaves it to the account.
fn role_policies() -> Vec<Case> {
    let policy = "aws_iam_policy.p";
    let attachment = "aws_iam_role_policy_attachment.at";
    let on = |resource: &str, actions: Value| {
        statements(json!([{ "Effect": "Allow", "Action": actions, "Resource": resource }]))
    };
    let both = || json!(["kms:Encrypt", "kms:Decrypt"]);
    vec![
        attached("the policy is detached", delegating().delete(attachment))
            .withheld(attachment)
            .failing(KEPT),
        attached("policy and attachment are destroyed", delegating().delete(attachment).delete(policy))
            .withheld(attachment)
            .failing(KEPT),
        attached(
            "the policy is on another key",
            delegating().set(
                policy,
                "policy",
                on("arn:aws:kms:us-east-1:123456789012:key/00000000-12ab-34cd-56ef-1234567890ab", both()),
            ),
        )
        .withheld(policy)
        .failing(KEPT),
        attached(
            "the policy loses Encrypt",
            delegating().set(policy, "policy", on(THE_KEY, json!("kms:Decrypt"))),
        )
        .withheld(policy)
        .failing(KEPT),
        attached(
            "another policy is attached in the place of the policy",
            delegating()
                .create("aws_iam_policy.other", managed_policy("other", on("*", json!("s3:GetObject"))))
                .replace(attachment, "policy_arn", refer("aws_iam_policy.other.arn"), &["id"]),
        )
        .withheld(attachment)
        .failing(KEPT),
        attached(
            "the attachment goes to another role",
            delegating().replace(attachment, "role", json!("another-role"), &["id"]),
        )
        .withheld(attachment)
        .failing(KEPT),
    ]
}

fn registrations() -> Vec<Case> {
    let names = "openai_external_key.example";
    let made = &["external_key_id", "created_at", "object"];
    vec![
        Case::aws("the registration is destroyed", SOURCE, there().delete(REGISTRATION))
            .with(&["--role-address", ROLE, "--key-address", KEY, "--external-id", "org-AbCdEf123456"])
            .withheld(names)
            .failing(KEPT),
        Case::aws(
            "the registration is made anew for a project",
            SOURCE,
            there().replace(REGISTRATION, "external_id", json!("proj_ZyXwVuTsRqPoNmLkJiHg"), made),
        )
        .withheld(names)
        .failing(KEPT),
        Case::aws(
            "the registration is made anew for another key",
            SOURCE,
            there().create("aws_kms_key.another", another_key()).replace(
                REGISTRATION,
                "kms_arn",
                refer("aws_kms_key.another.arn"),
                made,
            ),
        )
        .withheld(names)
        .failing(KEPT),
    ]
}

/// Changes that somebody made outside of Terraform, and that the plan leaves.
fn outside() -> Vec<Case> {
    let allowed = statements(json!([role_statement("Allow", json!(["kms:Encrypt", "kms:Decrypt"]))]));
    let names = "aws_kms_key.openai";
    vec![
        Case::aws(
            "somebody changed the key's policy, and the plan leaves it so",
            "Terraform, JSON Output Format, resource_drift",
            there()
                .has_policy(KEY, "policy", json!([role_statement("Allow", json!("kms:Encrypt"))]))
                .drifted(KEY, "policy", allowed),
        )
        .not_ready(KEPT, names),
        // Whoever names the role that is gone does not mean the new one (IAM, IAM identifiers).
        Case::aws(
            "somebody deleted the role, and the plan makes another",
            "Terraform, JSON Output Format, resource_drift",
            there().vanished(ROLE).later(ROLE, "arn").later(ROLE, "id").later(ROLE, "unique_id"),
        )
        .withheld("aws_iam_role.openai_ekm")
        .unknown_kept(),
        Case::aws(
            "somebody disabled the key, and the plan leaves it so",
            "Terraform, JSON Output Format, resource_drift",
            there().has(KEY, "is_enabled", json!(false)).drifted(KEY, "is_enabled", json!(true)),
        )
        .not_ready(&["aws-access-kept", "aws-key-enabled"], names),
    ]
}

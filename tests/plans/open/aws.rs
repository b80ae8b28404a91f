//! On AWS.

use serde_json::{Value, json};

use crate::aws::{
    KEY, KEY_USE, NO_USE, REGISTRATION, ROLE, ROLE_POLICY, USE, both, delegating, official, the_role,
};
use crate::case::Case;
use crate::plan::{allow, computed, refer, statement, when};

/// Both uses of the key, and what else the role may do.
const USES: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"];
const TRUST: &[&str] =
    &["aws-assume-role-allowed", "aws-trust-exclusive", "aws-trust-external-id", "aws-trust-principal"];
const JSON: &str = "Terraform, JSON Output Format";

pub(crate) fn all() -> Vec<Case> {
    [expressions(), statements(), attachments(), keys(), accounts(), conditions()].concat()
}

/// The role's policy, as one unknown value.
fn policy_of(name: &'static str, references: &[&str]) -> Case {
    let plan = delegating().omit(USE).set(ROLE_POLICY, "policy", computed());
    Case::aws(name, JSON, plan.referring(ROLE_POLICY, "policy", references))
        .undetermined(USES, "aws_iam_role_policy.openai_ekm.policy")
}

fn expressions() -> Vec<Case> {
    let key = "aws_kms_key.openai";
    let trust = |name, references: &[&str]| {
        let plan = official().set(ROLE, "assume_role_policy", computed());
        Case::aws(name, JSON, plan.referring(ROLE, "assume_role_policy", references))
            .withheld("aws_iam_role.openai_ekm.assume_role_policy")
            .unknown_among(TRUST)
    };
    vec![
        policy_of("the policy comes through a local value", &["local.policy"]),
        // `jsonencode({ … Resource = aws_kms_key.openai.arn … })`
        policy_of("the policy is encoded around an unknown ARN", &["aws_kms_key.openai.arn", key]),
        // `templatefile("${path.module}/policy.json", { key = aws_kms_key.openai.arn })`
        policy_of("the policy is a template", &["path.module", "aws_kms_key.openai.arn", key]),
        policy_of("the policy comes through a variable", &["var.policy"]),
        policy_of("the policy is one of several by a key", &[USE, "each.key"]),
        // `aws_kms_key.openai[*].arn`: which attribute of it is not among the references.
        Case::aws(
            "the policy is on all of the counted keys",
            JSON,
            official().indexed(KEY, json!(0)).but(|document| {
                let resources = document.pointer_mut("/configuration/root_module/resources");
                for resource in resources.and_then(Value::as_array_mut).into_iter().flatten() {
                    if resource["address"] == USE {
                        let of_all = json!({ "references": ["aws_kms_key.openai"] });
                        resource["expressions"]["statement"][0]["resources"] = of_all;
                    }
                }
            }),
        )
        .undetermined(USES, "aws_kms_key.openai"),
        // `replace(data.….json, "kms:Encrypt", "kms:*")`: it refers to the document, and to something else.
        policy_of(
            "the policy is made of a document and of something else",
            &["data.aws_iam_policy_document.use.json", USE, "var.extra"],
        ),
        policy_of("nothing is known of where the policy is from", &[]),
        trust("the trust policy comes through a local value", &["local.trust"]),
        trust(
            "the trust policy is encoded around something unknown",
            &["openai_project.encrypted.id", "openai_project.encrypted"],
        ),
        Case::aws(
            "the boundary comes through a local value",
            JSON,
            official().set(ROLE, "permissions_boundary", refer("local.boundary")),
        )
        .undetermined(NO_USE, "aws_iam_role.openai_ekm.permissions_boundary"),
        Case::aws(
            "the boundary is there already, and not in the plan",
            "IAM, Permissions boundaries for IAM entities",
            official().set(ROLE, "permissions_boundary", json!("arn:aws:iam::123456789012:policy/boundary")),
        )
        .undetermined(NO_USE, "aws.role_boundary"),
    ]
}

fn resources(name: &'static str, references: &[&str]) -> Case {
    let plan = delegating().statements(USE, &[allow(both(), json!([refer("aws_kms_key.openai.arn")]))]);
    let plan = plan.but(|document| {
        let configured = document["configuration"]["root_module"]["resources"].as_array_mut();
        for resource in configured.into_iter().flatten().filter(|resource| resource["address"] == USE) {
            resource["expressions"]["statement"][0]["resources"] = json!({ "references": references });
        }
    });
    Case::aws(name, JSON, plan).undetermined(USES, USE)
}

/// A field of the statement for the role.
fn written(name: &'static str, field: &str, value: Value) -> Case {
    let mut statement = allow(both(), json!([refer("aws_kms_key.openai.arn")]));
    statement[field] = value;
    Case::aws(name, JSON, delegating().statements(USE, &[statement])).withheld(USE)
}

fn statements() -> Vec<Case> {
    let blocks = |name, count: usize| {
        let plan = delegating()
            .statements(
                USE,
                &[
                    allow(json!(["kms:Decrypt"]), json!([refer("aws_kms_key.openai.arn")])),
                    allow(json!(["kms:Encrypt"]), json!([refer("aws_kms_key.openai.arn")])),
                ],
            )
            .but(|document| {
                let configured = document["configuration"]["root_module"]["resources"].as_array_mut();
                for resource in configured.into_iter().flatten().filter(|resource| resource["address"] == USE)
                {
                    let blocks = resource["expressions"]["statement"].as_array_mut().expect("blocks");
                    blocks.truncate(count);
                    if count == 0 {
                        resource["expressions"].as_object_mut().expect("expressions").remove("statement");
                    }
                }
            });
        Case::aws(name, "Terraform, dynamic Blocks", plan).undetermined(USES, USE)
    };
    vec![
        blocks("the statements are dynamic blocks", 0),
        blocks("some statements are dynamic blocks", 1),
        resources(
            "one of two keys, by a condition",
            &[
                "var.primary",
                "aws_kms_key.openai.arn",
                "aws_kms_key.openai",
                "aws_kms_key.other.arn",
                "aws_kms_key.other",
            ],
        ),
        resources(
            "the key's ARN with something behind it",
            &["aws_kms_key.openai.arn", "aws_kms_key.openai", "var.suffix"],
        ),
        resources("the key's ARN through a local value", &["local.key_arn"]),
        resources("the key's ARN through a variable", &["var.key_arn"]),
        resources("nothing is known of where the ARN is from", &[]),
        written("whether a statement allows is unknown", "effect", refer("var.effect")),
        written("the actions are unknown", "actions", json!([refer("local.action")])),
        written("the actions are unknown as a whole", "actions", refer("var.actions")),
        written("the resources are unknown as a whole", "resources", refer("local.keys")),
        written("the conditions are unknown", "condition", computed()),
        Case::aws(
            "the statements are unknown as a whole",
            "Terraform, dynamic Blocks",
            delegating().set(USE, "statement", computed()),
        )
        .undetermined(USES, USE),
        Case::aws(
            "another document that is unknown overrides this one",
            "provider, aws_iam_policy_document",
            delegating().set(USE, "override_policy_documents", refer("local.documents")),
        )
        .undetermined(USES, USE),
        Case::aws(
            "another document that is unknown comes before this one",
            "provider, aws_iam_policy_document",
            delegating().set(USE, "source_policy_documents", json!([refer("local.document")])),
        )
        .undetermined(USES, USE),
    ]
}

fn attachments() -> Vec<Case> {
    let attachment = |name, source, values: Value| {
        let plan = official().create("aws_iam_role_policy_attachment.other", values);
        Case::aws(name, source, plan).undetermined(USES, "aws_iam_role_policy_attachment.other")
    };
    vec![
        // Its document is in no plan.
        attachment(
            "a policy that is there already is attached",
            "IAM, Managed policies and inline policies",
            json!({ "role": "openai-ekm", "policy_arn": "arn:aws:iam::123456789012:policy/base" }),
        ),
        attachment(
            "the policy that is attached comes through a local value",
            JSON,
            json!({ "role": "openai-ekm", "policy_arn": refer("local.policy_arn") }),
        ),
        // The same name in an account that could be another.
        Case::aws(
            "the role's policy is put by its name, under another configuration of the provider",
            JSON,
            delegating().set(ROLE_POLICY, "role", json!("openai-ekm")).under_provider(
                ROLE_POLICY,
                "aws.other",
                json!({ "profile": { "constant_value": "other" } }),
            ),
        )
        .withheld(""),
        Case::aws(
            "an alias of the same name is registered by its ARN, in an account that could be another",
            JSON,
            official()
                .create(
                    "aws_kms_alias.openai",
                    json!({
                        "name": "alias/openai-ekm",
                        "target_key_id": refer("aws_kms_key.openai.key_id"),
                        "arn": computed(),
                    }),
                )
                .set(REGISTRATION, "kms_arn", json!("arn:aws:kms:us-east-1:123456789012:alias/openai-ekm")),
        )
        .withheld(""),
        // It could be this role.
        attachment(
            "whose the attached policy is comes through a local value",
            JSON,
            json!({ "role": refer("local.role"), "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess" }),
        ),
        Case::aws(
            "whose the inline policy is comes through a local value",
            JSON,
            official().create(
                "aws_iam_role_policy.other",
                json!({
                    "role": refer("local.role"),
                    "policy": "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}",
                }),
            ),
        )
        .undetermined(USES, "aws_iam_role_policy.other"),
        Case::aws(
            "the role's list of managed policies comes through a local value",
            JSON,
            official().set(ROLE, "managed_policy_arns", refer("local.policies")),
        )
        .undetermined(USES, "aws_iam_role.openai_ekm.managed_policy_arns"),
    ]
}

fn keys() -> Vec<Case> {
    let key = |name, attribute: &str, unknown| {
        Case::aws(name, JSON, official().set(KEY, attribute, refer("var.setting")))
            .withheld(KEY)
            .unknown_among(unknown)
    };
    let policy = json!({
        "key_id": refer("aws_kms_key.openai.id"),
        "policy": "{\"Version\":\"2012-10-17\",\"Statement\":[]}",
    });
    vec![
        key("the key's spec is unknown", "customer_master_key_spec", &["aws-key-symmetric"]),
        key("the key's usage is unknown", "key_usage", &["aws-key-usage"]),
        key("whether the key is enabled is unknown", "is_enabled", &["aws-key-enabled"]),
        Case::aws(
            "the key's policy comes through a local value",
            JSON,
            official().set(KEY, "policy", refer("local.policy")),
        )
        .undetermined(USES, "aws_kms_key.openai.policy"),
        // Which of both is put last, nobody knows.
        Case::aws(
            "the key has two policies",
            "provider, aws_kms_key_policy",
            official().create("aws_kms_key_policy.second", policy),
        )
        .withheld("aws_kms_key"),
        Case::aws(
            "whose the key policy is comes through a local value",
            "provider, aws_kms_key_policy",
            official().create(
                "aws_kms_key_policy.second",
                json!({
                    "key_id": refer("local.key"),
                    "policy": "{\"Version\":\"2012-10-17\",\"Statement\":[]}",
                }),
            ),
        )
        .withheld("aws_kms_key_policy.second"),
        Case::aws(
            "the key's ARN is registered through a local value",
            JSON,
            official().set(REGISTRATION, "kms_arn", refer("local.key_arn")),
        )
        .withheld("openai_external_key.example")
        .or_refused(),
        Case::aws(
            "the role's ARN is registered through a local value",
            JSON,
            official().set(REGISTRATION, "role_arn", refer("local.role_arn")),
        )
        .withheld("openai_external_key.example")
        .or_refused(),
        Case::aws(
            "the grantee comes through a local value",
            "KMS, Grants in AWS KMS",
            crate::aws::granted(official(), refer("local.role"), json!(["GenerateDataKey"])),
        )
        .undetermined(&["aws-role-least-privilege"], "aws_kms_grant.a"),
    ]
}

/// Role and key under one configuration of the provider are in one account; whose it is, is not in the plan.
fn accounts() -> Vec<Case> {
    let named = |arn: &str| {
        official().at_statement(
            KEY_USE,
            1,
            statement(json!({
                "actions": both(),
                "resources": ["*"],
                "principals": [{ "identifiers": [arn], "type": "AWS" }],
            })),
        )
    };
    vec![
        Case::aws(
            "the key's policy names the role in an account that could be any",
            "IAM, AWS JSON policy elements: Principal",
            named("arn:aws:iam::123456789012:role/openai-ekm"),
        )
        .undetermined(NO_USE, KEY),
        Case::aws(
            "the key's policy leaves it to an account that could be any",
            "IAM, AWS JSON policy elements: Principal",
            named("arn:aws:iam::123456789012:root"),
        )
        .undetermined(NO_USE, KEY),
        Case::aws(
            "the key is under another configuration of the provider, and its policy is the default",
            "KMS, Default key policy",
            delegating().under_provider(KEY, "aws.keys", json!({ "profile": { "constant_value": "keys" } })),
        )
        .undetermined(NO_USE, KEY),
        Case::aws(
            "the role is trusted to an account that could be any",
            "IAM, AWS JSON policy elements: Principal",
            official().policy(
                ROLE,
                "assume_role_policy",
                json!([{
                    "Effect": "Allow",
                    "Principal": { "AWS": [crate::aws::OPENAI, "arn:aws:iam::123456789012:root"] },
                    "Action": "sts:AssumeRole",
                    "Condition": { "StringEquals": { "sts:ExternalId": crate::aws::ORGANIZATION } },
                }]),
            ),
        )
        .undetermined(&["aws-trust-exclusive"], ROLE),
    ]
}

/// Conditions on what nobody knows of OpenAI's calls, or of the plan.
fn conditions() -> Vec<Case> {
    let on = |name, test: &str, key: &str, values: Value| {
        let statement = allow(both(), json!([refer("aws_kms_key.openai.arn")]));
        let plan = delegating().statements(USE, &[when(statement, test, key, values)]);
        Case::aws(name, "OpenAI, AWS integration", plan)
    };
    let denied = |name, test: &str, key: &str, values: Value| {
        let mut statement =
            statement(json!({ "actions": both(), "resources": ["*"], "principals": the_role() }));
        statement["effect"] = json!("Deny");
        let plan = official().and_statement(KEY_USE, when(statement, test, key, values));
        Case::aws(name, "OpenAI, AWS integration", plan)
    };
    vec![
        on("some addresses are admitted", "IpAddress", "aws:SourceIp", json!(["203.0.113.0/24"]))
            .undetermined(NO_USE, "aws:SourceIp"),
        on("a value is compared that is unknown", "StringEquals", "aws:RequestedRegion", {
            json!([refer("local.region")])
        })
        .undetermined(USES, ROLE_POLICY),
        denied("other addresses are denied", "NotIpAddress", "aws:SourceIp", json!(["203.0.113.0/24"]))
            .undetermined(NO_USE, KEY),
        denied("the other organizations are denied", "StringNotEquals", "aws:PrincipalOrgID", {
            json!(["o-a1b2c3d4e5"])
        })
        .undetermined(NO_USE, KEY),
        denied(
            "a value is compared in a denial that is unknown",
            "StringNotEquals",
            "aws:PrincipalTag/team",
            json!([refer("local.team")]),
        )
        .withheld(KEY),
    ]
}

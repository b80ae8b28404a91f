//! The role's trust policy.

use serde_json::{Value, json};

use crate::aws::{OPENAI, ORGANIZATION, REGISTRATION, ROLE, official};
use crate::case::Case;

const TRUST: &str = "aws_iam_role.openai_ekm";
const NOT_TRUSTED: &[&str] = &["aws-assume-role-allowed", "aws-trust-principal"];
const STRANGER_INSTEAD: &[&str] = &["aws-assume-role-allowed", "aws-trust-exclusive", "aws-trust-principal"];
const STRANGER_TOO: &[&str] = &["aws-trust-exclusive"];
const WRONG_ID: &[&str] = &["aws-assume-role-allowed", "aws-trust-external-id"];
const LOOSE_ID: &[&str] = &["aws-trust-external-id"];
const REFUSED: &[&str] = &["aws-assume-role-allowed"];

pub(crate) fn all() -> Vec<Case> {
    [principals(), external_ids(), conditions(), documents()].concat()
}

fn trusting(name: &'static str, source: &'static str, statements: Value) -> Case {
    Case::aws(name, source, official().policy(ROLE, "assume_role_policy", statements))
}

fn statement(principal: Value, condition: Value) -> Value {
    json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition })
}

fn documented() -> Value {
    statement(json!({ "AWS": OPENAI }), json!({ "StringEquals": { "sts:ExternalId": ORGANIZATION } }))
}

fn principals() -> Vec<Case> {
    let principal = |name, source, principal| {
        let condition = json!({ "StringEquals": { "sts:ExternalId": ORGANIZATION } });
        trusting(name, source, json!([statement(principal, condition)]))
    };
    let also = |name, source, statement| trusting(name, source, json!([documented(), statement]));
    vec![
        principal(
            "the principal is misspelt",
            "OpenAI, AWS integration",
            json!({ "AWS": "arn:aws:iam::790389265272:role/EnterpriseKeyManagment" }),
        )
        .not_ready(STRANGER_INSTEAD, TRUST),
        principal(
            "the principal is OpenAI's role for customer storage",
            "OpenAI, AWS integration",
            json!({ "AWS": "arn:aws:iam::790389265272:role/CustomerStorage" }),
        )
        .not_ready(STRANGER_INSTEAD, TRUST),
        principal(
            "OpenAI's role for customer storage is trusted as well",
            "OpenAI, AWS integration",
            json!({ "AWS": [OPENAI, "arn:aws:iam::790389265272:role/CustomerStorage"] }),
        )
        .not_ready(STRANGER_TOO, TRUST),
        // Whose account it is, is known after apply.
        principal(
            "the principal is an account",
            "IAM, AWS JSON policy elements: Principal",
            json!({ "AWS": "arn:aws:iam::123456789012:root" }),
        )
        .not_ready(NOT_TRUSTED, TRUST),
        principal(
            "the principal is all of OpenAI's account",
            "IAM, AWS JSON policy elements: Principal",
            json!({ "AWS": "arn:aws:iam::790389265272:root" }),
        )
        .not_ready(STRANGER_TOO, TRUST),
        principal(
            "the principal is anybody",
            "IAM, AWS JSON policy elements: Principal",
            json!({ "AWS": "*" }),
        )
        .not_ready(STRANGER_TOO, TRUST),
        principal(
            "the principal is a deleted role's id",
            "IAM, IAM identifiers",
            json!({ "AWS": "AROADELETEDDELETED000" }),
        )
        .not_ready(NOT_TRUSTED, TRUST),
        trusting(
            "everybody but one account is admitted",
            "IAM, AWS JSON policy elements: NotPrincipal",
            json!([{
                "Effect": "Allow",
                "NotPrincipal": { "AWS": "arn:aws:iam::123456789012:root" },
                "Action": "sts:AssumeRole",
                "Condition": { "StringEquals": { "sts:ExternalId": ORGANIZATION } },
            }]),
        )
        .not_ready(STRANGER_TOO, TRUST),
        also(
            "an AWS service is trusted as well",
            "IAM, AWS JSON policy elements: Principal",
            statement(json!({ "Service": "ec2.amazonaws.com" }), json!({})),
        )
        .not_ready(STRANGER_TOO, TRUST),
        also(
            "everybody is trusted as well",
            "IAM, AWS JSON policy elements: Principal",
            statement(json!("*"), json!({})),
        )
        .not_ready(&["aws-trust-exclusive", "aws-trust-external-id"], TRUST),
        also(
            "a denial is added",
            "IAM, Policy evaluation logic",
            json!({ "Effect": "Deny", "Principal": { "AWS": OPENAI }, "Action": "sts:AssumeRole" }),
        )
        .not_ready(REFUSED, TRUST),
        also(
            "calls with an ExternalId are denied",
            "IAM, Condition operator to check existence of condition keys",
            json!({
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sts:AssumeRole",
                "Condition": { "Null": { "sts:ExternalId": "false" } },
            }),
        )
        .not_ready(WRONG_ID, TRUST),
    ]
}

fn external_ids() -> Vec<Case> {
    let condition = |name, source, condition| {
        trusting(name, source, json!([statement(json!({ "AWS": OPENAI }), condition)]))
    };
    vec![
        condition("no ExternalId is asked for", "IAM, The confused deputy problem", json!({}))
            .not_ready(LOOSE_ID, TRUST),
        condition(
            "the ExternalId is another organization's",
            "OpenAI, Troubleshooting",
            json!({ "StringEquals": { "sts:ExternalId": "org-Some0therOrganization" } }),
        )
        .not_ready(WRONG_ID, TRUST),
        condition(
            "a placeholder was left in",
            "OpenAI, AWS integration",
            json!({ "StringEquals": { "sts:ExternalId": "<YOUR_ORG_ID>" } }),
        )
        .not_ready(WRONG_ID, TRUST),
        condition(
            "any organization's id will do",
            "IAM, String condition operators",
            json!({ "StringLike": { "sts:ExternalId": "org-*" } }),
        )
        .not_ready(LOOSE_ID, TRUST),
        condition(
            "the ExternalId is compared only if there is one",
            "IAM, ...IfExists condition operators",
            json!({ "StringEqualsIfExists": { "sts:ExternalId": ORGANIZATION } }),
        )
        .not_ready(LOOSE_ID, TRUST),
        condition(
            "all ExternalIds are compared, of which there may be none",
            "IAM, Single-valued vs. multivalued context keys",
            json!({ "ForAllValues:StringEquals": { "sts:ExternalId": ORGANIZATION } }),
        )
        .not_ready(LOOSE_ID, TRUST),
        condition(
            "the ExternalId is compared in any case",
            "IAM, String condition operators",
            json!({ "StringEqualsIgnoreCase": { "sts:ExternalId": ORGANIZATION } }),
        )
        .not_ready(LOOSE_ID, TRUST),
        condition(
            "the ExternalId is compared in another case",
            "IAM, String condition operators",
            json!({ "StringEquals": { "sts:ExternalId": "ORG-ABCDEF123456" } }),
        )
        .not_ready(WRONG_ID, TRUST),
        Case::aws(
            "a project's id is registered, the organization's trusted",
            "OpenAI, AWS integration",
            official().set(REGISTRATION, "external_id", json!("proj_ZyXwVuTsRqPoNmLkJiHg")),
        )
        .not_ready(WRONG_ID, TRUST),
        Case::aws(
            "what is registered is no OpenAI id",
            "OpenAI, AWS integration",
            official().set(REGISTRATION, "external_id", json!("acme-prod")).policy(
                ROLE,
                "assume_role_policy",
                json!([statement(
                    json!({ "AWS": OPENAI }),
                    json!({ "StringEquals": { "sts:ExternalId": "acme-prod" } }),
                )]),
            ),
        )
        .not_ready(&["aws-external-id"], "acme-prod"),
    ]
}

fn conditions() -> Vec<Case> {
    let with = |name, source, operator: &str, condition: Value| {
        let mut conditions = json!({ "StringEquals": { "sts:ExternalId": ORGANIZATION } });
        conditions[operator] = condition;
        trusting(name, source, json!([statement(json!({ "AWS": OPENAI }), conditions)]))
    };
    vec![
        with(
            "a second factor is asked for",
            "OpenAI, AWS integration",
            "Bool",
            json!({ "aws:MultiFactorAuthPresent": "true" }),
        )
        .not_ready(REFUSED, TRUST),
        with(
            "another account is asked for",
            "IAM, AWS global condition context keys",
            "StringLike",
            json!({ "aws:PrincipalAccount": "123456789012" }),
        )
        .not_ready(REFUSED, TRUST),
        // By the day of the plan, not by that of the run.
        with(
            "the trust ended before the plan was made",
            "IAM, Date condition operators",
            "DateLessThan",
            json!({ "aws:CurrentTime": "2026-11-20T00:00:00Z" }),
        )
        .not_ready(REFUSED, TRUST),
    ]
}

fn documents() -> Vec<Case> {
    let text = |name, source, text: Value| {
        let plan = official().set(ROLE, "assume_role_policy", text);
        Case::aws(name, source, plan.referring(ROLE, "assume_role_policy", &["var.org"]))
    };
    let policy = json!({ "Version": "2012-10-17", "Statement": [documented()] }).to_string();
    vec![
        text("the trust policy is encoded twice", "provider, jsonencode", json!(json!(policy).to_string()))
            .not_ready(&["aws-trust-principal"], TRUST),
        text("the trust policy is no JSON", "IAM, JSON policy elements", json!("{\"Version\": "))
            .not_ready(&["aws-trust-principal"], TRUST),
        trusting(
            "the action is that of web identities",
            "IAM, JSON policy elements: Action",
            json!([{
                "Effect": "Allow",
                "Principal": { "AWS": OPENAI },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": { "StringEquals": { "sts:ExternalId": ORGANIZATION } },
            }]),
        )
        .not_ready(NOT_TRUSTED, TRUST),
    ]
}

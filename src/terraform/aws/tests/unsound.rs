//! Documents that can't be decided before the apply.

use super::*;

const K: &str = "aws_kms_key.openai";
const INLINE: &str = "aws_iam_role_policy.openai_ekm";

fn policy(resource: &str, condition: Value) -> String {
    json!({"Version": "2012-10-17", "Statement":
        [{"Effect": "Allow", "Action": "kms:*", "Resource": resource, "Condition": condition}]})
    .to_string()
}

fn inline(resource: &str, condition: Value) -> Item<String> {
    let mut plan = Edited::official();
    plan.set(INLINE, "policy", json!(policy(resource, condition)));
    let evidence = plan.evidence();
    aws(&evidence).1.role_inline_policies.known().unwrap()[0].document.clone()
}

/// A pattern that holds for some ids of a key that is yet to be made, and not for others.
#[test]
fn patterns_that_tell_symbols_apart_are_not_decided() {
    for decided in [
        "*",
        "arn:aws:kms:*:*:key/*",
        "arn:aws:kms:us-east-1:123456789012:key/*",
        "arn:aws:kms:eu-*:123456789012:key/*",
        "arn:aws:kms:*:123456789012:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf",
        "arn:aws:kms:*:*:alias/*",
        "arn:aws:s3:::bucket/*",
        "arn:aws:kms:*",
    ] {
        assert!(inline(decided, json!({})).collected().is_some(), "{decided}");
    }
    for open in
        ["arn:aws:kms:*:*:key/7*", "arn:aws:kms:us-east-1:1234*:key/*", "*7*", "arn:aws:kms:*:*:key/*a"]
    {
        let (reason, _, detail) = why(&inline(open, json!({})));
        assert_eq!(reason, MissingReason::KnownAfterApply, "{open}");
        assert!(detail.contains("which is known only after apply"), "{detail}");
    }
    assert!(inline("*", json!({"StringLike": {"aws:userid": "AROA*:*"}})).collected().is_some());
    assert!(inline("*", json!({"StringLike": {"aws:userid": "AROAB*:*"}})).missing().is_some());
}

/// What begins a region's name may be of the region that is not known.
#[test]
fn patterns_over_a_region_that_is_not_known_are_not_decided() {
    let with = |resource: &str| {
        let mut plan = Edited::official();
        plan.0["configuration"]["provider_config"]["aws"]["expressions"] = json!({});
        plan.set(INLINE, "policy", json!(policy(resource, json!({}))));
        let evidence = plan.evidence();
        aws(&evidence).1.role_inline_policies.known().unwrap()[0].document.clone()
    };
    for decided in
        ["*", "arn:aws:kms:*", "arn:aws:kms:us-east-1:*:key/*", "arn:aws:kms:*:*:key/*", "arn:aws:s3:*"]
    {
        assert!(with(decided).collected().is_some(), "{decided}");
    }
    for open in ["arn:aws:kms:us-*:*:key/*", "arn:aws:kms:us-*", "*us-east-1*"] {
        assert!(with(open).missing().is_some(), "{open}");
    }
}

/// A condition on a tag of the role, not all of whose tags are known.
#[test]
fn conditions_on_tags_that_are_not_known_are_not_decided() {
    let with = |tags: Value, condition: Value| {
        let mut plan = Edited::official();
        plan.0["configuration"]["provider_config"]["aws"]["expressions"]["default_tags"] = json!([{}]);
        plan.set("aws_iam_role.openai_ekm", "tags", tags);
        plan.set(K, "policy", json!(policy("*", condition)));
        let evidence = plan.evidence();
        aws(&evidence).1.key_policy.clone()
    };
    let team = || json!({"StringEquals": {"aws:PrincipalTag/Team": "x"}});
    assert!(why(&with(Value::Null, team())).2.contains("tag `team`"));
    assert!(with(json!({"team": "x"}), team()).collected().is_some());
    assert!(
        with(Value::Null, json!({"StringEquals": {"aws:PrincipalArn": "${aws:PrincipalTag/a}"}}))
            .missing()
            .is_some()
    );
    assert!(with(Value::Null, json!({"StringEquals": {"kms:ViaService": "x"}})).collected().is_some());
}

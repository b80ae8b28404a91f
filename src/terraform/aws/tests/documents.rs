//! Documents that Terraform reads during the apply, rebuilt.

use super::*;

const USE: &str = "data.aws_iam_policy_document.use";
const OF_KEY: &str = "data.aws_iam_policy_document.key";

/// The role's inline policy of an edited plan.
fn inline(plan: &Edited) -> Item<String> {
    let evidence = plan.evidence();
    let (_, seen) = aws(&evidence);
    seen.role_inline_policies.known().unwrap()[0].document.clone()
}

fn statement(plan: &Edited) -> Value {
    document(&inline(plan))["Statement"][0].clone()
}

#[test]
fn a_reference_by_a_computed_key_is_the_attribute_that_is_asked_for() {
    // `aws_kms_key.openai[each.key].arn`
    let by_key = json!({"references": ["aws_kms_key.openai", "each.key"]});
    let mut plan = Edited::official();
    plan.change_address("aws_kms_key.openai", "aws_kms_key.openai[\"eu\"]");
    plan.expressions(USE)["statement"][0]["resources"] = by_key.clone();
    let stands_for = "(aws_kms_key.openai[\"eu\"].key_id)";
    let evidence = plan.evidence();
    assert!(
        evidence
            .plan
            .as_ref()
            .unwrap()
            .symbols
            .iter()
            .any(|one| format!("({})", one.stands_for) == stands_for)
    );
    assert!(statement(&plan)["Resource"].as_str().unwrap().starts_with("arn:aws:kms:us-east-1:"));
    // One that has no key is not taken by one, and a resource as a whole is no attribute.
    for references in [by_key, json!({"references": ["aws_kms_key.openai"]})] {
        let mut plan = Edited::official();
        plan.expressions(USE)["statement"][0]["resources"] = references;
        assert!(inline(&plan).missing().is_some());
    }
}

#[test]
fn an_id_is_not_an_arn() {
    let mut plan = Edited::official();
    plan.expressions(USE)["statement"][0]["resources"] =
        json!({"references": ["aws_kms_key.openai.key_id", "aws_kms_key.openai"]});
    let (reason, call, detail) = why(&inline(&plan));
    assert_eq!(
        (reason, call.as_str()),
        (MissingReason::KnownAfterApply, "aws_iam_role_policy.openai_ekm.policy")
    );
    assert!(detail.contains("statement[0].resources") && detail.contains("which is not an ARN"), "{detail}");
}

#[test]
fn a_local_value_in_between_is_named() {
    let mut plan = Edited::official();
    plan.expressions(USE)["statement"][0]["resources"] = json!({"references": ["local.key_arn"]});
    let (_, _, detail) = why(&inline(&plan));
    assert!(detail.contains("the local value `local.key_arn`, which a plan does not show"), "{detail}");
}

/// So many unknown elements, so many references: neither more nor less.
#[test]
fn elements_are_joined_only_where_there_is_no_doubt() {
    let two = |references: Value, resources: Value, unknown: Value| {
        let mut plan = Edited::official();
        plan.add(
            "aws_kms_key.other",
            json!({"customer_master_key_spec": "SYMMETRIC_DEFAULT", "is_enabled": true}),
            json!({"arn": true, "key_id": true, "multi_region": true}),
            json!({}),
        );
        plan.after(USE)["statement"][0]["resources"] = resources;
        plan.unknown(USE)["statement"][0]["resources"] = unknown;
        plan.expressions(USE)["statement"][0]["resources"] = json!({"references": references});
        plan
    };
    let both =
        json!(["aws_kms_key.openai.arn", "aws_kms_key.openai", "aws_kms_key.other.arn", "aws_kms_key.other"]);
    let joined = two(both.clone(), json!([null, null]), json!([true, true]));
    let resources = statement(&joined)["Resource"].clone();
    assert_eq!(resources[0], KEY);
    assert_eq!(resources[1], KEY.replace("0001", "0002").replace("000000000002:", "000000000001:"));
    // One element made of two references may be anything.
    assert!(inline(&two(both, json!([null]), json!([true]))).missing().is_some());
    // Two elements of one reference: one of them is more than it.
    let single = json!(["aws_kms_key.openai.arn", "aws_kms_key.openai"]);
    assert!(inline(&two(single.clone(), json!([null, null]), json!([true, true]))).missing().is_some());
    // What is written out beside it stays.
    let beside = two(single, json!(["arn:aws:s3:::b", null]), json!([false, true]));
    assert_eq!(statement(&beside)["Resource"], json!(["arn:aws:s3:::b", KEY]));
}

/// Every known reference must be in an element that is known, or it may be in one that is not.
#[test]
fn a_known_reference_must_stand_in_a_known_element() {
    let with = |resources: Value, unknown: Value| {
        let mut plan = Edited::official();
        plan.add_existing(
            "aws_kms_key.there",
            json!({"arn": "arn:aws:kms:us-east-1:123456789012:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf"}),
            json!({}),
        );
        plan.after(USE)["statement"][0]["resources"] = resources;
        plan.unknown(USE)["statement"][0]["resources"] = unknown;
        plan.expressions(USE)["statement"][0]["resources"] =
            json!({"references": ["aws_kms_key.openai.arn", "aws_kms_key.there.arn"]});
        inline(&plan)
    };
    let there = "arn:aws:kms:us-east-1:123456789012:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf";
    assert!(with(json!([there, null]), json!([false, true])).collected().is_some());
    assert!(with(json!([null]), json!([true])).missing().is_some());
}

/// Which attribute of all instances a splat takes, the references of a plan don't show.
#[test]
fn a_splat_leaves_the_document_unknown() {
    let mut plan = Edited::official();
    for number in 0..2 {
        plan.0["resource_changes"].as_array_mut().unwrap().push(json!({
            "address": format!("aws_iam_role.more[{number}]"), "mode": "managed", "type": "aws_iam_role", "name": "more",
            "index": number, "change": {"actions": ["create"], "before": null,
                "after": {"name": format!("more-{number}"), "path": "/"}, "after_unknown": {"arn": true}}
        }));
    }
    plan.configure("managed", "aws_iam_role", "more", json!({"name": {"references": ["count.index"]}}));
    plan.after(OF_KEY)["statement"][1]["principals"][0]["identifiers"] = json!([null, null, null]);
    plan.unknown(OF_KEY)["statement"][1]["principals"][0]["identifiers"] = json!([true, true, true]);
    plan.expressions(OF_KEY)["statement"][1]["principals"][0]["identifiers"] =
        json!({"references": ["aws_iam_role.openai_ekm.arn", "aws_iam_role.more"]});
    let evidence = plan.evidence();
    let (_, seen) = aws(&evidence);
    assert!(why(&seen.key_policy).2.contains("aws_iam_role.more"), "{:?}", seen.key_policy);
}

/// Statements that dynamic blocks make are not in the configuration.
#[test]
fn a_dynamic_block_leaves_the_document_unknown() {
    let mut plan = Edited::official();
    plan.expressions(USE).as_object_mut().unwrap().remove("statement");
    assert!(why(&inline(&plan)).2.contains("the configuration does not show what it is made of"));
    // One block for two statements that it could make.
    let mut plan = Edited::official();
    let first = plan.after(USE)["statement"][0].clone();
    plan.after(USE)["statement"].as_array_mut().unwrap().push(first);
    let marks = plan.unknown(USE)["statement"][0].clone();
    plan.unknown(USE)["statement"].as_array_mut().unwrap().push(marks);
    assert!(inline(&plan).missing().is_some());
    // A statement that is known whole needs no block.
    let mut plan = Edited::official();
    plan.after(USE)["statement"].as_array_mut().unwrap().push(json!({
        "effect": "Deny", "actions": ["kms:Sign"], "resources": ["*"], "sid": "dynamic", "principals": [], "condition": []
    }));
    assert_eq!(document(&inline(&plan))["Statement"][1]["Sid"], "dynamic");
}

/// The provider's rendering: defaults, variables, principals and conditions of one kind put together.
#[test]
fn a_document_is_rendered_as_the_provider_does() {
    let mut plan = Edited::official();
    let statement = json!({
        "sid": "", "effect": null, "actions": ["kms:*"], "not_actions": null, "resources": ["*"], "not_resources": [],
        "principals": [
            {"type": "AWS", "identifiers": ["arn:aws:iam::123456789012:root"]},
            {"type": "Service", "identifiers": ["a.amazonaws.com"]},
            {"type": "AWS", "identifiers": [null]}
        ],
        "not_principals": [],
        "condition": [
            {"test": "StringEquals", "variable": "aws:PrincipalTag/a", "values": ["&{aws:username}"]},
            {"test": "StringEquals", "variable": "aws:PrincipalTag/a", "values": ["b", "c"]},
            {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}
        ]
    });
    plan.after(OF_KEY)["statement"] = json!([statement]);
    plan.unknown(OF_KEY)["statement"] = json!([{"principals": [{}, {}, {"identifiers": [true]}]}]);
    // The configuration has its blocks in another order.
    plan.expressions(OF_KEY)["statement"] = json!([{
        "actions": {"constant_value": ["kms:*"]}, "resources": {"constant_value": ["*"]}, "sid": {"constant_value": ""},
        "principals": [
            {"type": {"constant_value": "AWS"}, "identifiers": {"references": ["aws_iam_role.openai_ekm.arn"]}},
            {"type": {"constant_value": "Service"}, "identifiers": {"constant_value": ["a.amazonaws.com"]}},
            {"type": {"constant_value": "AWS"}, "identifiers": {"constant_value": ["arn:aws:iam::123456789012:root"]}}
        ],
        "condition": [
            {"test": {"constant_value": "Bool"}, "variable": {"constant_value": "aws:SecureTransport"}, "values": {"constant_value": ["true"]}},
            {"test": {"constant_value": "StringEquals"}, "variable": {"constant_value": "aws:PrincipalTag/a"}, "values": {"constant_value": ["b", "c"]}},
            {"test": {"constant_value": "StringEquals"}, "variable": {"constant_value": "aws:PrincipalTag/a"}, "values": {"constant_value": ["&{aws:username}"]}}
        ]
    }]);
    let evidence = plan.evidence();
    let (_, seen) = aws(&evidence);
    assert_eq!(
        seen.key_policy.collected().unwrap(),
        &format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{{"AWS":["arn:aws:iam::123456789012:root","{ROLE}"],"Service":"a.amazonaws.com"}},"Condition":{{"Bool":{{"aws:SecureTransport":"true"}},"StringEquals":{{"aws:PrincipalTag/a":["${{aws:username}}","b","c"]}}}}}}]}}"#
        )
    );
}

#[test]
fn everybody_is_written_by_its_type() {
    for (kind, rendered) in [("*", json!("*")), ("AWS", json!({"AWS": "*"}))] {
        let mut plan = Edited::official();
        let principals = json!([{"type": kind, "identifiers": ["*"]}]);
        plan.after(OF_KEY)["statement"][0]["principals"] = principals;
        let evidence = plan.evidence();
        assert_eq!(document(&aws(&evidence).1.key_policy)["Statement"][0]["Principal"], rendered);
    }
}

fn merged(sources: Value, overrides: Value) -> Item<String> {
    let mut plan = Edited::official();
    plan.after(USE)["source_policy_documents"] = sources;
    plan.after(USE)["override_policy_documents"] = overrides;
    plan.after(USE)["statement"][0]["sid"] = json!("Use");
    plan.expressions(USE)["statement"][0]["sid"] = json!({"constant_value": "Use"});
    inline(&plan)
}

/// Sources come first, the document's own statements take the place of theirs, and overrides that of all.
#[test]
fn documents_are_merged_by_sid() {
    let of = |sid: &str, action: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Sid": sid, "Effect": "Allow", "Action": action, "Resource": "*"}]})
            .to_string()
    };
    let sids = |item: &Item<String>| -> Vec<(String, Value)> {
        let document = document(item);
        let statements = document["Statement"].as_array().unwrap();
        statements
            .iter()
            .map(|one| (one["Sid"].as_str().unwrap().to_owned(), one["Action"].clone()))
            .collect()
    };
    let use_it = json!(["kms:Decrypt", "kms:Encrypt"]);
    assert_eq!(
        sids(&merged(json!([of("A", "s3:*"), of("Use", "s3:*")]), Value::Null)),
        [("A".into(), json!("s3:*")), ("Use".into(), use_it.clone())]
    );
    assert_eq!(
        sids(&merged(Value::Null, json!([of("Use", "kms:Sign"), of("Use", "kms:Verify")]))),
        [("Use".into(), json!("kms:Verify"))]
    );
    // What the provider refuses or misreads is no document.
    for broken in [
        json!([of("A", "s3:*"), of("A", "s3:*")]),
        json!(["[]"]),
        json!([r#"{"Statement": {"Effect": "Allow"}}"#]),
        json!([
            r#"{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"NumericLessThan": {"a": 1}}}]}"#
        ]),
    ] {
        assert!(merged(broken.clone(), Value::Null).missing().is_some(), "{broken}");
    }
}

/// A document made of another one that is read during the apply as well.
#[test]
fn a_source_that_is_deferred_is_rebuilt() {
    let mut plan = Edited::official();
    plan.add(
        "data.aws_iam_policy_document.whole",
        json!({"source_policy_documents": [null], "statement": null, "policy_id": null, "override_policy_documents": null}),
        json!({"json": true, "source_policy_documents": [true], "version": true}),
        json!({"source_policy_documents": {"references": ["data.aws_iam_policy_document.use.json", USE]}}),
    );
    plan.refer(
        "aws_iam_role_policy.openai_ekm",
        "policy",
        &["data.aws_iam_policy_document.whole.minified_json"],
    );
    assert_eq!(statement(&plan)["Resource"], KEY);
    // Documents in a circle end.
    plan.expressions(USE)["source_policy_documents"] =
        json!({"references": ["data.aws_iam_policy_document.whole.json"]});
    plan.after(USE)["source_policy_documents"] = json!([null]);
    plan.unknown(USE)["source_policy_documents"] = json!([true]);
    assert!(why(&inline(&plan)).2.contains("which leads too far"));
}

/// Wrong types are unknown, never a default.
#[test]
fn what_is_of_another_type_is_not_understood() {
    for (name, value) in [
        ("statement", json!("x")),
        ("statement", json!([1])),
        ("version", json!(7)),
        ("source_policy_documents", json!({})),
    ] {
        let mut plan = Edited::official();
        plan.after(USE)[name] = value.clone();
        plan.unknown(USE).as_object_mut().unwrap().remove(name);
        assert!(inline(&plan).missing().is_some(), "{name}: {value}");
    }
    for (name, value) in [
        ("effect", json!(true)),
        ("actions", json!("kms:*")),
        ("actions", json!([1])),
        ("principals", json!({})),
        ("condition", json!([{"test": 1, "variable": "x", "values": ["y"]}])),
        ("condition", json!([{"test": "Bool", "variable": "x"}])),
        ("principals", json!([{"type": "AWS", "identifiers": null}])),
    ] {
        let mut plan = Edited::official();
        plan.after(USE)["statement"][0][name] = value.clone();
        assert!(inline(&plan).missing().is_some(), "{name}: {value}");
    }
}

//! The key: its kinds and states, its policy wherever it is written, and what hangs on it.

use super::*;

const K: &str = "aws_kms_key.openai";
const REGISTRATION: &str = "openai_external_key.example";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Encrypt","Resource":"*"}]}"#;

fn key(plan: &Edited) -> crate::evidence::aws::Key {
    let evidence = plan.evidence();
    aws(&evidence).1.key.collected().unwrap_or_else(|| panic!("{:?}", aws(&evidence).1.key)).clone()
}

#[test]
fn attributes_of_a_key_are_its_facts() {
    let mut plan = Edited::official();
    plan.set(K, "is_enabled", json!(false)).set(K, "customer_master_key_spec", json!("RSA_2048"));
    plan.set(K, "key_usage", json!("SIGN_VERIFY")).set(K, "custom_key_store_id", json!("cks-1"));
    let made = key(&plan);
    assert_eq!(
        [&made.state, &made.spec, &made.usage, &made.origin],
        ["Disabled", "RSA_2048", "SIGN_VERIFY", "AWS_CLOUDHSM"]
    );
    plan.set(K, "xks_key_id", json!("x"));
    assert_eq!(key(&plan).origin, "EXTERNAL_KEY_STORE");
    plan.set(K, "multi_region", json!(true));
    let made = key(&plan);
    assert_eq!(made.multi_region_type.as_deref(), Some("PRIMARY"));
    assert_eq!(made.arn.resource(), "key/mrk-00000000000000000000000000000001");
}

/// What is not known is not a default.
#[test]
fn what_a_key_is_may_be_unknown() {
    for (attribute, value) in [
        ("is_enabled", Value::Null),
        ("customer_master_key_spec", Value::Null),
        ("key_usage", Value::Null),
        ("is_enabled", json!("yes")),
        ("customer_master_key_spec", json!(7)),
    ] {
        let mut plan = Edited::official();
        if value.is_null() {
            plan.refer(K, attribute, &["local.of_key"]);
        } else {
            plan.set(K, attribute, value.clone());
        }
        let evidence = plan.evidence();
        assert_eq!(why(&aws(&evidence).1.key).1, format!("{K}.{attribute}"), "{value}");
    }
    let mut plan = Edited::official();
    plan.after(K).as_object_mut().unwrap().remove("is_enabled");
    assert_eq!(why(&aws(&plan.evidence()).1.key).0, MissingReason::NotInPlan);
}

fn imported(after: Value) -> Edited {
    let mut plan = Edited::official();
    plan.add(
        "aws_kms_external_key.k",
        after,
        json!({"arn": true, "id": true, "key_state": true, "key_usage": true, "expiration_model": true, "multi_region": true,
            "enabled": true}),
        json!({}),
    );
    plan.refer(REGISTRATION, "kms_arn", &["aws_kms_external_key.k.arn"]);
    plan
}

/// A key without material waits for it.
#[test]
fn imported_material_may_be_missing() {
    let plan = imported(json!({"key_material_base64": null, "valid_to": null, "policy": POLICY}));
    let made = key(&plan);
    assert_eq!([&made.state, &made.origin, &made.spec], ["PendingImport", "EXTERNAL", "SYMMETRIC_DEFAULT"]);
    assert!(matches!(aws(&plan.evidence()).1.key_rotation, Item::Absent(_)));
    let plan = imported(
        json!({"key_material_base64": "c2VjcmV0", "valid_to": "2027-01-01T00:00:00Z", "policy": POLICY}),
    );
    let made = key(&plan);
    assert_eq!(made.state, "Enabled");
    assert_eq!(made.material_expires.unwrap().to_string(), "2027-01-01T00:00:00Z");
    assert!(!crate::evidence::to_json(&plan.evidence()).unwrap().contains("c2VjcmV0"));
}

/// A replica has its primary's id, in its own region.
#[test]
fn a_replica_is_of_its_primarys_kind() {
    let mut plan = Edited::official();
    plan.set(K, "multi_region", json!(true));
    plan.0["configuration"]["provider_config"]["aws.west"] =
        json!({"name": "aws", "expressions": {"region": {"constant_value": "eu-west-1"}}});
    plan.add(
        "aws_kms_replica_key.r",
        json!({"enabled": true, "policy": POLICY}),
        json!({"arn": true, "key_id": true, "id": true, "primary_key_arn": true, "key_spec": true, "key_usage": true,
            "key_rotation_enabled": true}),
        json!({"primary_key_arn": {"references": ["aws_kms_key.openai.arn"]}, "policy": {"constant_value": POLICY}}),
    );
    let resources =
        plan.0.pointer_mut("/configuration/root_module/resources").unwrap().as_array_mut().unwrap();
    resources.last_mut().unwrap()["provider_config_key"] = json!("aws.west");
    plan.refer(REGISTRATION, "kms_arn", &["aws_kms_replica_key.r.arn"]);
    let evidence = plan.evidence();
    let (registration, seen) = aws(&evidence);
    let made = seen.key.collected().unwrap();
    assert_eq!(registration.kms_arn.region(), "eu-west-1");
    assert_eq!(registration.kms_arn.resource(), "key/mrk-00000000000000000000000000000001");
    assert_eq!(
        (made.spec.as_str(), made.multi_region_type.as_deref()),
        ("SYMMETRIC_DEFAULT", Some("REPLICA"))
    );
    assert_eq!(seen.key_policy, Item::Collected(POLICY.into()));
    assert!(seen.key_rotation.collected().unwrap().enabled);
}

fn outside(plan: &mut Edited, key_id: &[&str]) {
    plan.add(
        "aws_kms_key_policy.p",
        json!({"policy": POLICY}),
        json!({"key_id": true, "id": true}),
        json!({"policy": {"constant_value": POLICY}, "key_id": {"references": key_id}}),
    );
}

/// The policy that KMS makes is there only where it is certain that nothing else is.
#[test]
fn a_key_without_a_policy_has_the_default_one() {
    let mut plan = Edited::official();
    plan.expressions(K).as_object_mut().unwrap().remove("policy");
    let evidence = plan.evidence();
    assert_eq!(
        document(&aws(&evidence).1.key_policy),
        json!({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [{"Sid": "Enable IAM User Permissions",
            "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000001:root"}, "Action": "kms:*", "Resource": "*"}]})
    );
    outside(&mut plan, &["aws_kms_key.openai.key_id"]);
    assert_eq!(aws(&plan.evidence()).1.key_policy, Item::Collected(POLICY.into()));
}

#[test]
fn a_policy_outside_of_the_key_is_found_by_its_id() {
    // It comes behind a key that is made with another one.
    let mut plan = Edited::official();
    outside(&mut plan, &["aws_kms_key.openai.id", K]);
    assert_eq!(aws(&plan.evidence()).1.key_policy, Item::Collected(POLICY.into()));
    // One of another key is not this one's, and one of who knows which may be.
    let mut plan = Edited::official();
    outside(&mut plan, &["local.key"]);
    assert!(why(&aws(&plan.evidence()).1.key_policy).2.contains("local.key"));
    plan.after("aws_kms_key_policy.p")["key_id"] = json!("7d40bae5-811a-05c5-9a6f-4fed36ae25bf");
    plan.unknown("aws_kms_key_policy.p").as_object_mut().unwrap().remove("key_id");
    assert!(
        aws(&plan.evidence()).1.key_policy.collected().is_some_and(|text| text.contains("AllowOpenAIEKMUse"))
    );
    // Two that write one policy.
    let mut plan = Edited::of(NO_CHANGE);
    plan.add_existing(
        "aws_kms_key_policy.p",
        json!({"key_id": "7d40bae5-811a-05c5-9a6f-4fed36ae25bf", "policy": POLICY}),
        json!({}),
    );
    assert!(why(&aws(&plan.evidence()).1.key_policy).2.contains("two resources"));
}

/// A key policy that is taken away is KMS's default again.
#[test]
fn a_policy_that_is_destroyed_is_the_default_again() {
    let with = |bypass: bool| {
        let mut plan = Edited::of(NO_CHANGE);
        plan.expressions(K).as_object_mut().unwrap().remove("policy");
        plan.add_existing(
            "aws_kms_key_policy.p",
            json!({"key_id": "7d40bae5-811a-05c5-9a6f-4fed36ae25bf", "policy": POLICY, "bypass_policy_lockout_safety_check": bypass}),
            json!({}),
        );
        plan.destroy("aws_kms_key_policy.p");
        plan.evidence()
    };
    let evidence = with(false);
    assert_eq!(document(&aws(&evidence).1.key_policy)["Id"], "key-default-1");
    assert_eq!(before(&evidence).1.key_policy, Item::Collected(POLICY.into()));
    assert_eq!(aws(&with(true)).1.key_policy, Item::Collected(POLICY.into()));
    // The same where the key has the policy by now: it is written before, and the default behind it.
    let mut plan = Edited::of(NO_CHANGE);
    let own = plan.after(K)["policy"].clone();
    plan.add_existing(
        "aws_kms_key_policy.p",
        json!({"key_id": "7d40bae5-811a-05c5-9a6f-4fed36ae25bf", "policy": own, "bypass_policy_lockout_safety_check": false}),
        json!({}),
    );
    plan.destroy("aws_kms_key_policy.p");
    assert_eq!(document(&aws(&plan.evidence()).1.key_policy)["Id"], "key-default-1");
    plan.change(K)["after"]["policy"] = json!(POLICY);
    plan.change(K)["actions"] = json!(["update"]);
    assert_eq!(why(&aws(&plan.evidence()).1.key_policy).0, MissingReason::KnownAfterApply);
}

#[test]
fn grants_on_the_key_are_collected() {
    let mut plan = Edited::official();
    plan.add(
        "aws_kms_grant.g",
        json!({"name": "g", "operations": ["Encrypt", "Decrypt"],
            "constraints": [{"encryption_context_equals": {"a": "b"}, "encryption_context_subset": null}]}),
        json!({"key_id": true, "grantee_principal": true, "grant_id": true, "id": true}),
        json!({"key_id": {"references": ["aws_kms_key.openai.key_id"]},
            "grantee_principal": {"references": ["aws_iam_role.openai_ekm.arn"]}}),
    );
    let evidence = plan.evidence();
    let grant = &aws(&evidence).1.key_grants.collected().unwrap()[0];
    assert_eq!((grant.id.as_str(), grant.grantee.as_str()), ("aws_kms_grant.g", ROLE));
    assert_eq!(grant.operations, ["Encrypt", "Decrypt"]);
    assert_eq!(grant.encryption_context_equals.as_ref().unwrap()["a"], "b");
    assert_eq!(grant.encryption_context_subset, None);
    plan.refer("aws_kms_grant.g", "grantee_principal", &["local.who"]);
    assert!(why(&aws(&plan.evidence()).1.key_grants).2.contains("local.who"));
}

fn alias(plan: &mut Edited) {
    plan.add(
        "aws_kms_alias.a",
        json!({"name": "alias/openai-ekm"}),
        json!({"arn": true, "target_key_id": true, "target_key_arn": true}),
        json!({"name": {"constant_value": "alias/openai-ekm"}, "target_key_id": {"references": ["aws_kms_key.openai.key_id"]}}),
    );
}

/// A registered alias leads to its key.
#[test]
fn the_key_behind_an_alias_is_found() {
    let mut plan = Edited::official();
    alias(&mut plan);
    plan.refer(REGISTRATION, "kms_arn", &["aws_kms_alias.a.arn"]);
    let evidence = plan.evidence();
    let (registration, seen) = aws(&evidence);
    assert_eq!(registration.kms_arn.to_string(), "arn:aws:kms:us-east-1:000000000001:alias/openai-ekm");
    assert_eq!(seen.key.collected().unwrap().arn.to_string(), KEY);
    assert_eq!(seen.key_aliases, Item::Collected(vec!["alias/openai-ekm".into()]));
    // Its target ARN is that of the key.
    plan.refer(REGISTRATION, "kms_arn", &["aws_kms_alias.a.target_key_arn"]);
    assert_eq!(aws(&plan.evidence()).0.kms_arn.to_string(), KEY);
    plan.refer("aws_kms_alias.a", "target_key_id", &["local.key"]);
    plan.refer(REGISTRATION, "kms_arn", &["aws_kms_alias.a.arn"]);
    assert!(why(&aws(&plan.evidence()).1.key).2.contains("local.key"));
}

/// All tags are known only with those of the provider.
#[test]
fn tags_of_the_provider_count() {
    let mut plan = Edited::official();
    plan.set(K, "tags", json!({"team": "security"}));
    assert_eq!(aws(&plan.evidence()).1.key_tags.collected().unwrap().0["team"], "security");
    plan.0["configuration"]["provider_config"]["aws"]["expressions"]["default_tags"] = json!([{}]);
    let evidence = plan.evidence();
    let tags = &aws(&evidence).1.key_tags;
    assert_eq!((tags.known().unwrap().0.len(), why(tags).1.as_str()), (1, "aws_kms_key.openai.tags_all"));
    plan.set(K, "tags_all", json!({"team": "security", "owner": "x"}));
    assert_eq!(aws(&plan.evidence()).1.key_tags.collected().unwrap().0.len(), 2);
}

/// A key that an ARN names and the plan does not hold.
#[test]
fn a_key_outside_of_the_plan_is_missing() {
    let mut plan = Edited::official();
    let arn = "arn:aws:kms:us-east-1:111122223333:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf";
    plan.set(REGISTRATION, "kms_arn", json!(arn));
    let evidence = plan.evidence();
    let (reason, call, _) = why(&aws(&evidence).1.key);
    assert_eq!((reason, call.as_str()), (MissingReason::NotInPlan, arn));
    // But its policy may be written here.
    plan.add_existing("aws_kms_key_policy.p", json!({"key_id": arn, "policy": POLICY}), json!({}));
    assert_eq!(aws(&plan.evidence()).1.key_policy, Item::Collected(POLICY.into()));
}

/// What a data source has read of a key.
#[test]
fn a_key_of_a_data_source_is_known_as_it_was_read() {
    let arn = "arn:aws:kms:us-east-1:111122223333:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf";
    let mut plan = Edited::official();
    plan.0["prior_state"]["values"]["root_module"]["resources"].as_array_mut().unwrap().push(json!({
        "address": "data.aws_kms_key.k", "mode": "data", "type": "aws_kms_key", "name": "k",
        "values": {"arn": arn, "id": "7d40bae5-811a-05c5-9a6f-4fed36ae25bf", "key_spec": "SYMMETRIC_DEFAULT",
            "key_usage": "ENCRYPT_DECRYPT", "key_state": "Disabled", "origin": "AWS_KMS", "key_manager": "CUSTOMER",
            "multi_region": false, "multi_region_configuration": [], "valid_to": "", "deletion_date": "",
            "custom_key_store_id": ""}
    }));
    plan.set(REGISTRATION, "kms_arn", json!(arn));
    let read = key(&plan);
    assert_eq!([&read.state, &read.spec], ["Disabled", "SYMMETRIC_DEFAULT"]);
    let evidence = plan.evidence();
    assert_eq!(why(&aws(&evidence).1.key_policy).0, MissingReason::NotInPlan);
}

//! What was there before the change, and what it does to it.

use super::*;
use crate::evidence::plan::{Change, ChangeAction};

const OLD_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf";
const K: &str = "aws_kms_key.openai";
const R: &str = "aws_iam_role.openai_ekm";

fn changes(evidence: &Evidence) -> Vec<Change> {
    evidence.plan.as_ref().unwrap().changes.clone()
}

fn state(seen: &AwsEvidence) -> &str {
    &seen.key.collected().unwrap().state
}

#[test]
fn a_policy_is_known_before_and_after() {
    let evidence = one(BREAKS, &Wanted::default());
    let action = |seen: &AwsEvidence| document(&seen.key_policy)["Statement"][1]["Action"].clone();
    assert_eq!(action(before(&evidence).1), json!(["kms:Encrypt", "kms:Decrypt"]));
    assert_eq!(action(aws(&evidence).1), "kms:GenerateDataKey");
    // The identity policy is read again and says the same.
    let inline = |seen: &AwsEvidence| {
        document(&seen.role_inline_policies.known().unwrap()[0].document)["Statement"][0]["Resource"].clone()
    };
    assert_eq!((inline(before(&evidence).1), inline(aws(&evidence).1)), (json!(OLD_KEY), json!(OLD_KEY)));
    let changed: Vec<(String, ChangeAction, Vec<String>, Vec<String>)> = changes(&evidence)
        .into_iter()
        .map(|change| (change.address, change.action, change.attributes, change.evidence))
        .collect();
    let of = |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| (*text).to_owned()).collect() };
    assert_eq!(
        changed,
        [
            (
                "aws_iam_role_policy.openai_ekm".into(),
                ChangeAction::Update,
                of(&["policy"]),
                of(&["aws.role_inline_policies"])
            ),
            (
                K.into(),
                ChangeAction::Update,
                of(&["policy"]),
                of(&["aws.key", "aws.key_policy", "aws.key_tags", "aws.key_rotation"])
            ),
        ]
    );
}

/// Terraform destroys a key by having KMS delete it after a waiting period.
#[test]
fn a_destroyed_key_waits_for_its_deletion() {
    let mut plan = Edited::of(NO_CHANGE);
    plan.destroy(K);
    let evidence = plan.evidence();
    assert_eq!((state(before(&evidence).1), state(aws(&evidence).1)), ("Enabled", "PendingDeletion"));
    assert_eq!(aws(&evidence).0.kms_arn.to_string(), OLD_KEY);
    assert_eq!(changes(&evidence)[0].action, ChangeAction::Delete);
    assert_eq!(evidence.plan.unwrap().places["aws.key"], K);
}

#[test]
fn a_destroyed_role_is_absent() {
    let mut plan = Edited::of(NO_CHANGE);
    plan.destroy(R).destroy("aws_iam_role_policy.openai_ekm");
    let evidence = plan.evidence();
    let (_, seen) = aws(&evidence);
    assert!(matches!(&seen.role, Item::Absent(absent) if absent.call == R));
    assert!(matches!(seen.role_inline_policies, Item::Absent(_)));
    assert!(before(&evidence).1.role.collected().is_some());
}

/// A registration that goes is reported as it was.
#[test]
fn a_destroyed_registration_is_reported() {
    let mut plan = Edited::of(NO_CHANGE);
    plan.destroy("openai_external_key.example");
    let evidence = plan.evidence();
    assert_eq!(evidence.name.as_str(), "production-ekm");
    assert_eq!(aws(&evidence).0.kms_arn.to_string(), OLD_KEY);
    let of_registration = &changes(&evidence)[0];
    assert_eq!(of_registration.address, "openai_external_key.example");
    assert_eq!(of_registration.action, ChangeAction::Delete);
    assert!(!of_registration.evidence.iter().any(|key| key.starts_with("aws.")));
}

/// What the plan no longer looks after stays.
#[test]
fn what_is_forgotten_stays() {
    let mut plan = Edited::of(NO_CHANGE);
    plan.destroy(K);
    plan.change(K)["actions"] = json!(["forget"]);
    let evidence = plan.evidence();
    assert_eq!(state(aws(&evidence).1), "Enabled");
    assert_eq!(changes(&evidence)[0].action, ChangeAction::Forget);
}

/// A key that is replaced is another one; registered by its old ARN it is deleted.
#[test]
fn a_replaced_key_is_another() {
    let mut plan = Edited::of(NO_CHANGE);
    let change = plan.change(K);
    change["actions"] = json!(["delete", "create"]);
    for name in ["arn", "id", "key_id"] {
        change["after"].as_object_mut().unwrap().remove(name);
        change["after_unknown"][name] = json!(true);
    }
    let evidence = plan.evidence();
    assert_eq!(state(aws(&evidence).1), "PendingDeletion");
    plan.refer("openai_external_key.example", "kms_arn", &["aws_kms_key.openai.arn"]);
    plan.change("openai_external_key.example")["actions"] = json!(["delete", "create"]);
    let evidence = plan.evidence();
    assert_eq!(before(&evidence).0.kms_arn.to_string(), OLD_KEY);
    assert_eq!(
        aws(&evidence).0.kms_arn.to_string(),
        "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000001"
    );
    assert_eq!(state(aws(&evidence).1), "Enabled");
    // Nothing else can hang on a key that is new.
    assert_eq!(aws(&evidence).1.key_grants, Item::Collected(vec![]));
}

/// A registered alias that leads elsewhere.
#[test]
fn an_alias_is_followed_on_both_sides() {
    let alias = "arn:aws:kms:us-east-1:123456789012:alias/ekm";
    let mut plan = Edited::of(NO_CHANGE);
    plan.add_existing(
        "aws_kms_alias.a",
        json!({"arn": alias, "name": "alias/ekm", "target_key_id": "7d40bae5-811a-05c5-9a6f-4fed36ae25bf"}),
        json!({}),
    );
    for side in ["before", "after"] {
        plan.change("openai_external_key.example")[side]["kms_arn"] = json!(alias);
    }
    let evidence = plan.evidence();
    assert_eq!(aws(&evidence).1.key.collected().unwrap().arn.to_string(), OLD_KEY);
    let other = "00000000-1111-2222-3333-444444444444";
    plan.after("aws_kms_alias.a")["target_key_id"] = json!(other);
    plan.change("aws_kms_alias.a")["actions"] = json!(["update"]);
    let evidence = plan.evidence();
    assert_eq!(before(&evidence).1.key.collected().unwrap().arn.to_string(), OLD_KEY);
    assert!(why(&aws(&evidence).1.key).1.ends_with(other));
    let change = changes(&evidence).into_iter().find(|change| change.address == "aws_kms_alias.a").unwrap();
    assert_eq!((change.action, change.attributes), (ChangeAction::Update, vec!["target_key_id".to_owned()]));
    plan.destroy("aws_kms_alias.a");
    let evidence = plan.evidence();
    assert!(matches!(&aws(&evidence).1.key, Item::Absent(absent) if absent.call == "aws_kms_alias.a"));
}

/// What was changed outside of Terraform is found changed since the last apply.
#[test]
fn drift_is_a_change() {
    let mut plan = Edited::of(NO_CHANGE);
    let mut found = plan.change(K).clone();
    found["actions"] = json!(["update"]);
    found["after"]["is_enabled"] = json!(false);
    let disabled = found["after"].clone();
    plan.0["resource_drift"] =
        json!([{"address": K, "mode": "managed", "type": "aws_kms_key", "name": "openai", "change": found}]);
    // The plan leaves it so.
    plan.change(K)["before"] = disabled.clone();
    plan.change(K)["after"] = disabled;
    let evidence = plan.evidence();
    assert_eq!((state(before(&evidence).1), state(aws(&evidence).1)), ("Enabled", "Disabled"));
    let changes = changes(&evidence);
    assert_eq!(
        (changes[0].action, &changes[0].attributes),
        (ChangeAction::Drift, &vec!["is_enabled".to_owned()])
    );
}

/// A detached policy is gone after, and was there before.
#[test]
fn a_policy_that_is_taken_away_was_there_before() {
    let mut plan = Edited::of(NO_CHANGE);
    plan.destroy("aws_iam_role_policy.openai_ekm");
    let evidence = plan.evidence();
    assert_eq!(names(&before(&evidence).1.role_inline_policies), ["openai-ekm"]);
    assert_eq!(names(&aws(&evidence).1.role_inline_policies), Vec::<&str>::new());
    assert_eq!(changes(&evidence)[0].evidence, ["aws.role_inline_policies"]);
}

/// The key's policy means the role that was there, whose id it keeps.
#[test]
fn a_replaced_role_is_not_the_one_that_the_keys_policy_names() {
    let mut plan = Edited::of(NO_CHANGE);
    let change = plan.change(R);
    change["actions"] = json!(["delete", "create"]);
    for side in ["before", "after"] {
        change[side]["unique_id"] = json!("AROAEXAMPLE111111111");
    }
    for name in ["arn", "unique_id"] {
        change["after"].as_object_mut().unwrap().remove(name);
        change["after_unknown"][name] = json!(true);
    }
    let principal =
        |seen: &AwsEvidence| document(&seen.key_policy)["Statement"][1]["Principal"]["AWS"].clone();
    let evidence = plan.evidence();
    let role = "arn:aws:iam::123456789012:role/openai-ekm";
    assert_eq!(aws(&evidence).1.role.collected().unwrap().arn.to_string(), role);
    assert_eq!(aws(&evidence).1.role.collected().unwrap().role_id, "AROA00000000000000001");
    assert_eq!(
        (principal(before(&evidence).1), principal(aws(&evidence).1)),
        (json!(role), json!("AROAEXAMPLE111111111"))
    );
    // A policy that is written anew names the new one.
    let other = plan.after(K)["policy"].as_str().unwrap().replace("kms:Put*", "kms:List*");
    plan.after(K)["policy"] = json!(other);
    plan.change(K)["actions"] = json!(["update"]);
    assert_eq!(principal(aws(&plan.evidence()).1), role);
}

/// A role that is destroyed at one address and made at another, under the same name.
#[test]
fn on_each_side_it_is_the_resource_that_is_there() {
    let mut plan = Edited::of(NO_CHANGE);
    plan.destroy(R);
    plan.add(
        "aws_iam_role.moved",
        json!({"name": "openai-ekm", "path": "/", "assume_role_policy": "{}", "permissions_boundary": null, "tags": null}),
        json!({"arn": true, "unique_id": true}),
        json!({}),
    );
    let evidence = plan.evidence();
    assert_eq!(aws(&evidence).1.role.collected().unwrap().trust_policy, "{}");
    assert!(before(&evidence).1.role.collected().unwrap().trust_policy.contains("790389265272"));
}

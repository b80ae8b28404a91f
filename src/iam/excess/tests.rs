use super::*;
use crate::iam::{Constraints, Grant, RoleSession, UniqueId};

const ROLE: &str = "arn:aws:iam::111122223333:role/ekm";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const DELEGATE: &str = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*",
    "Resource": "*"}}"#;

fn layers(identity: &[&str]) -> Layers {
    let mut policies = Policies::default();
    for policy in identity {
        policies.add("ekm", Policy::parse(policy).unwrap());
    }
    Layers {
        identity: Some(policies),
        resource: Some(Policies::of("default", Policy::parse(DELEGATE).unwrap())),
        ..Layers::default()
    }
}

fn found(layers: &Layers) -> Excess {
    found_beside(layers, &[])
}

/// With other keys that are needed as well.
fn found_beside(layers: &Layers, others: &[String]) -> Excess {
    let caller = Caller::Session(RoleSession {
        role_arn: ROLE.into(),
        path_known: true,
        account: "111122223333".into(),
        role_id: UniqueId::InNoPolicy,
        session_name: None,
    });
    let context = Context::partial(&["kms"], "not published").single("aws:SecureTransport", "true");
    let elsewhere = Context::unknown("not asked").single("aws:SecureTransport", "true");
    let need = Need {
        caller: &caller,
        actions: &["kms:Encrypt", "kms:Decrypt"],
        resource: KEY,
        resource_account: "111122223333",
        context: &context,
        elsewhere: &elsewhere,
        others,
    };
    excess(&need, layers)
}

fn said(layers: &Layers) -> Vec<String> {
    let found = found(layers);
    assert!(found.open.is_empty() && !found.more, "{found:?}");
    found.members.iter().map(ToString::to_string).collect()
}

fn statement(effect: &str, rest: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": {{"Sid": "Use", "Effect": "{effect}", {rest}}}}}"#)
}

fn allowing(action: &str, resource: &str) -> Vec<String> {
    let allow = statement("Allow", &format!(r#""Action": {action}, "Resource": {resource}"#));
    said(&layers(&[&allow]))
}

const BOTH: &str = r#"["kms:Encrypt", "kms:Decrypt"]"#;

fn this_key() -> String {
    format!("\"{KEY}\"")
}

#[test]
fn the_documented_policy_allows_nothing_more() {
    assert_eq!(allowing(BOTH, &this_key()), [""; 0]);
    assert_eq!(allowing(r#""KMS:encrypt""#, &this_key()), [""; 0]);
}

#[test]
fn more_actions_and_more_resources_are_named() {
    assert_eq!(allowing(r#""kms:*""#, &this_key()), ["kms:ScheduleKeyDeletion on this key"]);
    assert_eq!(allowing(BOTH, r#""*""#), ["kms:Decrypt on any other key", "kms:Encrypt on any other key"]);
    assert_eq!(
        allowing(BOTH, r#""arn:aws:kms:*:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab""#),
        [
            "kms:Decrypt on arn:aws:kms:*:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "kms:Encrypt on arn:aws:kms:*:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ]
    );
    assert_eq!(allowing(r#""kms:GenerateDataKey*""#, &this_key()), ["kms:GenerateDataKey on this key"]);
    assert_eq!(allowing(r#""s3:*""#, r#""*""#), ["s3:GetObject on any object"]);
    assert_eq!(allowing(r#""sqs:Purge*""#, r#""*""#), ["sqs:Purge* on any resource"]);
    assert_eq!(
        allowing(r#""s3:GetObject""#, r#""arn:aws:s3:::logs/*""#),
        ["s3:GetObject on arn:aws:s3:::logs/*"]
    );
}

#[test]
fn everything_is_named_by_its_most_telling_members() {
    let all = allowing(r#""*""#, r#""*""#);
    assert_eq!(all.first().map(String::as_str), Some("kms:ScheduleKeyDeletion on this key"));
    assert!(all.contains(&"kms:ScheduleKeyDeletion on any other key".to_owned()), "{all:?}");
    let but = statement("Allow", r#""NotAction": "kms:*", "NotResource": "arn:aws:s3:::a""#);
    assert_eq!(said(&layers(&[&but])), ["sts:AssumeRole on everything but arn:aws:s3:::a"]);
}

/// A pattern that no action of KMS but those needed matches today; KMS may add one.
#[test]
fn an_action_that_does_not_exist_is_named_as_such() {
    let allow = statement("Allow", &format!(r#""Action": "kms:Encrypt*", "Resource": {}"#, this_key()));
    let found = found(&layers(&[&allow]));
    let member = &found.members[0];
    assert_eq!((member.action.as_str(), member.exists), ("kms:Encrypt*", Some(false)));
    assert_eq!(found.members.len(), 1);
}

#[test]
fn what_a_denial_or_a_boundary_takes_away_is_no_excess() {
    let allow = statement("Allow", &format!(r#""Action": "kms:*", "Resource": {}"#, this_key()));
    let deny = statement("Deny", r#""NotAction": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*""#);
    assert_eq!(said(&layers(&[&allow, &deny])), [""; 0]);
    let but_grants =
        statement("Deny", r#""NotAction": ["kms:Encrypt", "kms:Decrypt", "kms:CreateG*"], "Resource": "*""#);
    assert_eq!(said(&layers(&[&allow, &but_grants])), ["kms:CreateGrant on this key"]);
    let boundary = statement("Allow", r#""Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*""#);
    let boundary = Some(Policies::of("boundary", Policy::parse(&boundary).unwrap()));
    assert_eq!(said(&Layers { boundary, ..layers(&[&allow]) }), [""; 0]);
    let elsewhere = statement("Allow", r#""Action": "kms:Decrypt", "Resource": "*""#);
    let deny = statement("Deny", &format!(r#""Action": "*", "NotResource": {}"#, this_key()));
    assert_eq!(said(&layers(&[&elsewhere, &deny])), [""; 0]);
}

/// A condition that may hold lets through, one that can't does not.
#[test]
fn conditions_are_decided_over_all_that_is_not_known() {
    let on = |condition: &str| {
        let rest = format!(r#""Action": "s3:GetObject", "Resource": "*", "Condition": {condition}"#);
        said(&layers(&[&statement("Allow", &rest)]))
    };
    let named = ["s3:GetObject on any object"];
    assert_eq!(on(r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#), named);
    assert_eq!(on(r#"{"Bool": {"aws:SecureTransport": "false"}}"#), [""; 0]);
    let never = r#"{"StringEquals": {"aws:SourceVpce": "a"}, "StringNotLike": {"aws:SourceVpce": "?"}}"#;
    assert_eq!(on(never), [""; 0]);
}

/// KMS-DG grants: a grant allows by itself.
#[test]
fn grants_and_a_key_policy_that_names_the_role_count() {
    let allow = statement("Allow", &format!(r#""Action": {BOTH}, "Resource": {}"#, this_key()));
    let mut granted = layers(&[&allow]);
    let operations = vec!["Encrypt".into(), "DescribeKey".into()];
    granted.grants.known.push(Grant::new("g".into(), ROLE, operations, &Constraints::default()));
    assert_eq!(said(&granted), ["kms:DescribeKey on this key"]);
    let named = format!(
        r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{ROLE}"}}, "Action": ["kms:Encrypt",
            "kms:PutKeyPolicy"], "Resource": "*"}}}}"#
    );
    let resource = Some(Policies::of("default", Policy::parse(&named).unwrap()));
    assert_eq!(said(&Layers { resource, ..layers(&[&allow]) }), ["kms:PutKeyPolicy on this key"]);
}

/// KMS-DG cmks-in-iam-policies: these have no key.
#[test]
fn actions_without_a_key_are_on_the_account() {
    assert_eq!(allowing(r#""kms:ListKeys""#, r#""*""#), ["kms:ListKeys on the account"]);
    assert_eq!(allowing(r#""kms:ListKeys""#, &this_key()), [""; 0]);
    assert_eq!(allowing(r#""sts:GetCallerIdentity""#, r#""*""#), [""; 0]);
}

#[test]
fn what_was_not_read_may_let_more_through() {
    let allow = statement("Allow", &format!(r#""Action": {BOTH}, "Resource": {}"#, this_key()));
    let mut unread = layers(&[&allow]);
    let missing = Dependency::new("identity_policy", "denied");
    unread.identity.as_mut().unwrap().unread.push(missing.clone());
    let found = found(&unread);
    assert_eq!(found.members, []);
    assert!(found.open.contains(&missing));
}

/// The keys of other registrations with the same role: encrypt and decrypt are needed there too, and nothing else.
#[test]
fn other_keys_that_are_needed_are_no_excess() {
    let second = "arn:aws:kms:eu-west-1:111122223333:key/9876abcd-12ab-34cd-56ef-1234567890ab".to_owned();
    let foreign = "arn:aws:kms:us-east-1:444455556666:key/5555abcd-12ab-34cd-56ef-1234567890ab".to_owned();
    let beside = |action: &str, resources: &str, others: &[String]| {
        let allow = statement("Allow", &format!(r#""Action": {action}, "Resource": {resources}"#));
        let found = found_beside(&layers(&[&allow]), others);
        assert!(found.open.is_empty() && !found.more, "{found:?}");
        found.members.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let all = format!(r#"["{KEY}", "{second}", "{foreign}"]"#);
    assert_eq!(beside(BOTH, &all, &[second.clone(), foreign.clone()]), [""; 0]);
    assert_eq!(
        beside(BOTH, &all, std::slice::from_ref(&second)),
        [format!("kms:Decrypt on {foreign}"), format!("kms:Encrypt on {foreign}")]
    );
    assert_eq!(
        beside(
            r#"["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]"#,
            &all,
            &[second.clone(), foreign.clone()]
        ),
        [
            "kms:DescribeKey on this key".to_owned(),
            format!("kms:DescribeKey on {second}"),
            format!("kms:DescribeKey on {foreign}"),
        ]
    );
    // Every other key is more than that one.
    assert_eq!(
        beside(BOTH, r#""*""#, &[second]),
        ["kms:Decrypt on any other key", "kms:Encrypt on any other key"]
    );
}

use super::*;
use crate::collect::aws::nothing_asked;
use crate::evidence::Missing;
use crate::evidence::aws::AwsEvidence;
use crate::target::aws::AwsRegistration;

const ROLE: &str = "arn:aws:iam::111122223333:role/service/ekm";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn grant(grantee: &str, operations: &[&str]) -> Grant {
    Grant {
        id: "g1".into(),
        grantee: grantee.into(),
        operations: operations.iter().map(|operation| (*operation).to_owned()).collect(),
        encryption_context_subset: None,
        encryption_context_equals: None,
        source_arn: None,
    }
}

/// Who else may use the key and whether OpenAI may without the role, by its policy's statements and its grants.
fn users(statements: &str, grants: Item<Vec<Grant>>) -> Users {
    let target = AwsRegistration::parse(ROLE, KEY, "org-a").unwrap().target().unwrap();
    let evidence = AwsEvidence {
        key_policy: Item::Collected(format!(r#"{{"Statement": [{statements}]}}"#)),
        key_grants: grants,
        ..nothing_asked(&Missing::not_asked("", "of no interest here"))
    };
    Users::of(Organizations { target: &target, evidence: &evidence })
}

fn named(principal: &str, actions: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": {actions}, "Resource": "*"}}"#)
}

fn others(statements: &str) -> Vec<String> {
    users(statements, Item::Collected(Vec::new())).others.known().cloned().expect("a known fact")
}

/// KMS-DG key-policy-default: delegation to the account, and administrators who may not use the key.
#[test]
fn the_default_policy_and_administrators_name_nobody_for_cryptography() {
    let account = named(r#"{"AWS": "arn:aws:iam::111122223333:root"}"#, r#""kms:*""#);
    let administrator = named(
        r#"{"AWS": "arn:aws:iam::111122223333:role/admin"}"#,
        r#"["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:Put*", "kms:ScheduleKeyDeletion"]"#,
    );
    let role = named(&format!(r#"{{"AWS": "{ROLE}"}}"#), r#"["kms:Encrypt", "kms:Decrypt"]"#);
    assert_eq!(others(&[account, administrator, role].join(", ")), [""; 0]);
}

#[test]
fn whoever_else_the_policy_lets_use_the_key_is_named() {
    for (principal, actions, expected) in [
        (
            r#"{"AWS": "arn:aws:iam::111122223333:role/app"}"#,
            r#""kms:*""#,
            "arn:aws:iam::111122223333:role/app",
        ),
        (
            r#"{"AWS": "arn:aws:iam::111122223333:user/eve"}"#,
            r#""kms:Decrypt""#,
            "arn:aws:iam::111122223333:user/eve",
        ),
        (
            r#"{"AWS": "arn:aws:iam::444455556666:root"}"#,
            r#""kms:ReEncrypt*""#,
            "arn:aws:iam::444455556666:root",
        ),
        (
            r#"{"Service": "logs.us-east-1.amazonaws.com"}"#,
            r#""kms:GenerateDataKey*""#,
            "logs.us-east-1.amazonaws.com",
        ),
        // A role of the same name elsewhere is another one.
        (
            r#"{"AWS": "arn:aws:iam::444455556666:role/service/ekm"}"#,
            r#""kms:Decrypt""#,
            "arn:aws:iam::444455556666:role/service/ekm",
        ),
    ] {
        assert_eq!(others(&named(principal, actions)), [expected]);
    }
    assert_eq!(others(&named(r#""*""#, r#""kms:Decrypt""#)), ["every AWS principal"]);
}

/// KMS-DG conditions-kms, kms:CallerAccount: everybody of that account, without a policy of its own.
#[test]
fn whole_accounts_are_named_by_a_condition() {
    let of = |account: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*",
                "Condition": {{"StringEquals": {{"kms:CallerAccount": "{account}"}}}}}}"#
        )
    };
    assert_eq!(others(&of("111122223333")), ["111122223333"]);
    assert_eq!(others(&of("444455556666")), ["444455556666"]);
}

/// An explicit denial takes it away again.
#[test]
fn whoever_is_denied_is_not_named() {
    let app = r#"{"AWS": "arn:aws:iam::111122223333:role/app"}"#;
    let allow = named(app, r#""kms:*""#);
    let deny = format!(r#"{{"Effect": "Deny", "Principal": {app}, "Action": "kms:*", "Resource": "*"}}"#);
    assert_eq!(others(&format!("{allow}, {deny}")), [""; 0]);
}

/// OpenAI comes through the role; other vendors' key policies name the vendor.
#[test]
fn openai_in_the_keys_policy_is_a_mix_up() {
    let openai = named(r#"{"AWS": "arn:aws:iam::790389265272:root"}"#, r#"["kms:Encrypt", "kms:Decrypt"]"#);
    let users = users(&openai, Item::Collected(Vec::new()));
    assert_eq!(
        users.openai,
        Fact::Known(vec!["every principal of OpenAI's account 790389265272".to_owned()])
    );
    assert_eq!(users.others, Fact::Known(Vec::new()));
}

/// KMS-DG grants: a grant names its grantee as well.
#[test]
fn grantees_are_named_with_their_grants() {
    let grants = vec![
        grant("arn:aws:iam::111122223333:role/app", &["Decrypt"]),
        grant("arn:aws:iam::111122223333:role/watch", &["DescribeKey"]),
        grant(ROLE, &["Encrypt"]),
        grant("arn:aws:sts::111122223333:assumed-role/ekm/s1", &["Decrypt"]),
    ];
    let users = users("", Item::Collected(grants));
    assert_eq!(users.others, Fact::Known(vec!["arn:aws:iam::111122223333:role/app (grant g1)".to_owned()]));
}

#[test]
fn grants_that_were_not_read_leave_open_who_else_there_is() {
    let unread = || Item::Missing(Missing::not_asked("kms:ListGrants", ""));
    assert!(matches!(users("", unread()).others, Fact::Unknown(_)));
    let app = named(r#"{"AWS": "arn:aws:iam::111122223333:role/app"}"#, r#""kms:*""#);
    assert!(users(&app, unread()).others.known().is_some(), "a definite one counts");
}

/// KMS API, GetKeyRotationStatus: the status of the others is always `false`.
#[test]
fn only_symmetric_keys_of_material_that_kms_made_rotate() {
    use crate::evidence::aws::Rotation;
    let target = AwsRegistration::parse(ROLE, KEY, "org-a").unwrap().target().unwrap();
    let evidence = AwsEvidence {
        key_rotation: Item::Collected(Rotation { enabled: false, period_days: None }),
        ..nothing_asked(&Missing::not_asked("", "of no interest here"))
    };
    for (spec, origin, expected) in [
        ("SYMMETRIC_DEFAULT", "AWS_KMS", true),
        ("SYMMETRIC_DEFAULT", "EXTERNAL", false),
        ("SYMMETRIC_DEFAULT", "AWS_CLOUDHSM", false),
        ("SYMMETRIC_DEFAULT", "EXTERNAL_KEY_STORE", false),
        ("RSA_2048", "AWS_KMS", false),
        ("HMAC_256", "AWS_KMS", false),
    ] {
        let key = Key {
            arn: KEY.parse().unwrap(),
            spec: spec.into(),
            usage: "ENCRYPT_DECRYPT".into(),
            state: "Enabled".into(),
            deletion_date: None,
            origin: origin.into(),
            manager: "CUSTOMER".into(),
            multi_region: false,
            multi_region_type: None,
            material_expires: None,
            custom_key_store: None,
        };
        let facts =
            facts(&Fact::Known(Some(&key)), Some(Organizations { target: &target, evidence: &evidence }));
        assert_eq!(facts.rotation_supported, Fact::Known(expected), "{spec} {origin}");
    }
}

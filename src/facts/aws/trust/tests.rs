//! What trust policies mean: each case one policy, by what it gets right or wrong.

use super::*;

const OPENAI: &str = r#"{"AWS": "arn:aws:iam::790389265272:role/EnterpriseKeyManagement"}"#;
const EXACT: &str = r#"{"StringEquals": {"sts:ExternalId": "org-a"}}"#;

fn facts_of(policy: &str) -> TrustFacts {
    let arn = "arn:aws:iam::111122223333:role/ekm".parse().unwrap();
    let role = RoleArn::try_from(&arn).unwrap();
    facts(
        &Policy::parse(policy).unwrap(),
        &role,
        &Tags::new(),
        "org-a",
        "2026-11-21T12:00:00Z".parse().unwrap(),
    )
}

/// A policy of one statement that allows `sts:AssumeRole`.
fn one(principal: &str, condition: &str) -> TrustFacts {
    facts_of(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {principal},
            "Action": "sts:AssumeRole", "Condition": {condition}}}]}}"#
    ))
}

fn known<T: Clone>(fact: &Fact<T>) -> T {
    fact.known().cloned().expect("a known fact")
}

#[test]
fn the_published_policy_is_right_in_every_way() {
    let facts = one(OPENAI, EXACT);
    assert!(known(&facts.admits_openai));
    assert!(known(&facts.accepts_external_id));
    assert!(!known(&facts.allows_without_external_id));
    assert_eq!(known(&facts.unlisted_external_id), None);
    assert_eq!(known(&facts.strangers), [""; 0]);
    assert_eq!(known(&facts.external_ids), ["org-a"]);
    assert_eq!(known(&facts.principals), ["arn:aws:iam::790389265272:role/EnterpriseKeyManagement"]);
}

/// IAM-UG id_roles_create_for-user_externalid: which conditions let a call without an ExternalId in.
#[test]
fn conditions_that_do_not_require_the_external_id() {
    for condition in [
        "{}",
        r#"{"StringEqualsIfExists": {"sts:ExternalId": "org-a"}}"#,
        r#"{"ForAllValues:StringEquals": {"sts:ExternalId": "org-a"}}"#,
        r#"{"StringNotEquals": {"sts:ExternalId": "org-b"}}"#,
        r#"{"Null": {"sts:ExternalId": "true"}}"#,
        r#"{"StringEquals": {"aws:PrincipalAccount": "790389265272"}}"#,
    ] {
        assert!(known(&one(OPENAI, condition).allows_without_external_id), "{condition}");
    }
    for condition in [
        EXACT,
        r#"{"StringLike": {"sts:externalid": "org-*"}}"#,
        r#"{"ForAnyValue:StringEquals": {"sts:ExternalId": ["org-a", "org-b"]}}"#,
        r#"{"StringEqualsIfExists": {"sts:ExternalId": "org-a"}, "Null": {"sts:ExternalId": "false"}}"#,
    ] {
        assert!(!known(&one(OPENAI, condition).allows_without_external_id), "{condition}");
    }
}

#[test]
fn conditions_that_accept_an_id_that_they_do_not_write_out() {
    for condition in [
        "{}",
        r#"{"StringLike": {"sts:ExternalId": "org-*"}}"#,
        r#"{"StringLike": {"sts:ExternalId": "org-?"}}"#,
        r#"{"StringLike": {"sts:ExternalId": ["org-a", "*"]}}"#,
        r#"{"StringEqualsIgnoreCase": {"sts:ExternalId": "org-a"}}"#,
        r#"{"StringNotEquals": {"sts:ExternalId": "org-b"}}"#,
        r#"{"Null": {"sts:ExternalId": "false"}}"#,
    ] {
        assert!(known(&one(OPENAI, condition).unlisted_external_id).is_some(), "{condition}");
    }
    for condition in [
        EXACT,
        r#"{"StringLike": {"sts:ExternalId": "org-a"}}"#,
        r#"{"StringEquals": {"sts:ExternalId": ["org-a", "proj_b"]}}"#,
        r#"{"StringEquals": {"sts:ExternalId": "org-*"}}"#,
    ] {
        assert_eq!(known(&one(OPENAI, condition).unlisted_external_id), None, "{condition}");
    }
}

/// A denial does as well as a condition in the statement that allows.
#[test]
fn the_external_id_may_be_required_by_a_denial() {
    let facts = facts_of(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [
            {{"Effect": "Allow", "Principal": {OPENAI}, "Action": "sts:AssumeRole"}},
            {{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
              "Condition": {{"StringNotEquals": {{"sts:ExternalId": "org-a"}}}}}}]}}"#
    ));
    assert!(known(&facts.accepts_external_id));
    assert!(!known(&facts.allows_without_external_id));
    assert_eq!(known(&facts.unlisted_external_id), None);
}

#[test]
fn another_organizations_id_is_not_accepted() {
    let facts = one(OPENAI, r#"{"StringEquals": {"sts:ExternalId": ["org-b", "org-A"]}}"#);
    assert!(!known(&facts.accepts_external_id));
    assert!(known(&facts.admits_openai));
}

/// One fault does not hide another, and is not taken for another.
#[test]
fn the_external_id_is_judged_whoever_is_admitted_and_for_whatever_action() {
    let storage = r#"{"AWS": "arn:aws:iam::790389265272:role/CustomerStorage"}"#;
    let facts = one(storage, EXACT);
    assert!(!known(&facts.admits_openai));
    assert!(known(&facts.accepts_external_id));
    assert!(!known(&facts.allows_without_external_id));
    assert!(known(&one(storage, "{}").allows_without_external_id));
    let facts = facts_of(&format!(
        r#"{{"Statement": [{{"Effect": "Allow", "Principal": {OPENAI}, "Action": "sts:TagSession",
            "Condition": {EXACT}}}]}}"#
    ));
    assert!(!known(&facts.admits_openai));
    assert!(known(&facts.accepts_external_id));
    assert_eq!(known(&facts.principals), [""; 0]);
}

/// IAM-UG reference_policies_elements_principal.
#[test]
fn who_else_could_assume_the_role_with_the_registered_id() {
    for (principal, expected) in [
        (r#""*""#, vec!["every AWS principal"]),
        (r#"{"AWS": "*"}"#, vec!["every AWS principal"]),
        (r#"{"AWS": "790389265272"}"#, vec!["every principal of OpenAI's account 790389265272"]),
        (
            r#"{"AWS": "arn:aws:iam::790389265272:root"}"#,
            vec!["every principal of OpenAI's account 790389265272"],
        ),
        (
            r#"{"AWS": ["arn:aws:iam::790389265272:role/EnterpriseKeyManagement",
                "arn:aws:iam::790389265272:role/CustomerStorage"]}"#,
            vec!["arn:aws:iam::790389265272:role/CustomerStorage"],
        ),
        (
            r#"{"AWS": "arn:aws:iam::790389265272:role/EnterpriseKeyManagement", "Service": "lambda.amazonaws.com"}"#,
            vec!["lambda.amazonaws.com"],
        ),
        // The customer's own.
        (
            r#"{"AWS": ["arn:aws:iam::790389265272:role/EnterpriseKeyManagement", "arn:aws:iam::111122223333:root"]}"#,
            vec![],
        ),
        // A deleted principal is nobody (IAM-UG reference_identifiers).
        (r#"{"AWS": ["arn:aws:iam::790389265272:role/EnterpriseKeyManagement", "AROADELETED"]}"#, vec![]),
    ] {
        assert_eq!(known(&one(principal, EXACT).strangers), expected, "{principal}");
    }
}

/// Whether a third account is of the customer's organization is not read here.
#[test]
fn a_third_account_may_be_the_customers_own() {
    let principal = r#"{"AWS": ["arn:aws:iam::790389265272:role/EnterpriseKeyManagement", "444455556666"]}"#;
    let Fact::Unknown(because) = one(principal, EXACT).strangers else { panic!("expected an unknown fact") };
    assert_eq!(because[0].evidence, "aws.organization");
    assert!(because[0].reason.contains("444455556666"));
}

/// `*` narrowed by a condition to OpenAI's role lets no stranger in.
#[test]
fn conditions_on_the_principal_keep_strangers_out() {
    let condition = r#"{"StringEquals": {"sts:ExternalId": "org-a"},
        "ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::790389265272:role/EnterpriseKeyManagement"}}"#;
    let facts = one(r#"{"AWS": "*"}"#, condition);
    assert_eq!(known(&facts.strangers), [""; 0]);
    assert!(known(&facts.admits_openai));
}

/// A condition that is not known to hold for a stranger is not known to keep it out.
#[test]
fn an_unknown_condition_does_not_keep_strangers_out() {
    let condition =
        r#"{"StringEquals": {"sts:ExternalId": "org-a"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#;
    assert_eq!(known(&one(r#""*""#, condition).strangers), ["every AWS principal"]);
}

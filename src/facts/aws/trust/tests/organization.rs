use super::*;
use crate::evidence::aws::{NamedAccount, Organization};
use crate::evidence::{Absent, Item};

const OWN: &str = "o-a1b2c3d4e5";

/// The role's account is a member of [`OWN`].
fn member(evidence: &mut AwsEvidence) {
    evidence.role_organization = Item::Collected(Organization {
        id: OWN.parse().unwrap(),
        management_account: "999988887777".parse().unwrap(),
        parents: Item::Collected(vec!["r-ab12".into()]),
    });
    evidence.named_accounts = Item::Collected(vec![
        NamedAccount {
            account: "444455556666".parse().unwrap(),
            organization: Item::Collected(OWN.parse().unwrap()),
        },
        NamedAccount {
            account: "333322221111".parse().unwrap(),
            organization: Item::Absent(Absent { call: "organizations:DescribeAccount".into() }),
        },
    ]);
}

/// The role's account is in no organization.
fn alone(evidence: &mut AwsEvidence) {
    let nowhere = Absent { call: "organizations:DescribeOrganization".into() };
    evidence.role_organization = Item::Absent(nowhere.clone());
    evidence.named_accounts = Item::Absent(nowhere);
}

fn trusting(principal: &str, condition: &str) -> String {
    format!(
        r#"{{"Statement": [
            {{"Effect": "Allow", "Principal": {OPENAI}, "Action": "sts:AssumeRole", "Condition": {EXACT}}},
            {{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole", "Condition": {condition}}}]}}"#
    )
}

#[test]
fn a_third_account_is_ones_own_or_a_strangers_by_its_organization() {
    let role = |account: &str| format!("arn:aws:iam::{account}:role/ci");
    let facts = facts_among(&trusting(&format!(r#"{{"AWS": "{}"}}"#, role("444455556666")), "{}"), member);
    assert_eq!(known(&facts.strangers), [""; 0]);
    assert_eq!(known(&facts.own_principals), [role("444455556666")]);
    let facts = facts_among(&trusting(&format!(r#"{{"AWS": "{}"}}"#, role("333322221111")), "{}"), member);
    assert_eq!(known(&facts.strangers), [role("333322221111")]);
    assert_eq!(known(&facts.own_principals), [""; 0]);
    let facts = facts_among(&trusting(r#"{"AWS": "222233334444"}"#, "{}"), member);
    assert!(matches!(facts.strangers, Fact::Unknown(_)), "it was not asked for");
    let facts = facts_among(&trusting(r#"{"AWS": "444455556666"}"#, "{}"), alone);
    assert_eq!(
        known(&facts.strangers),
        ["444455556666"],
        "outside of an organization there is no account of one's own"
    );
}

/// IAM-UG reference_policies_condition-keys, aws:PrincipalOrgID and aws:PrincipalOrgPaths.
#[test]
fn a_condition_on_ones_own_organization_keeps_strangers_out() {
    for condition in [
        r#"{"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
        r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}}"#,
    ] {
        let facts = facts_among(&trusting(r#""*""#, condition), member);
        assert_eq!(known(&facts.strangers), [""; 0], "{condition}");
        assert_eq!(
            known(&facts.own_principals),
            [
                "every AWS principal of your organization o-a1b2c3d4e5",
                "every principal of account 111122223333",
                "every principal of account 555566667777",
            ],
            "{condition}"
        );
    }
    let another = r#"{"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"}}"#;
    assert_eq!(known(&facts_among(&trusting(r#""*""#, another), member).strangers), ["every AWS principal"]);
    assert_eq!(known(&facts_among(&trusting(r#""*""#, another), alone).strangers), ["every AWS principal"]);
}

/// OpenAI's account is never of the customer's organization.
#[test]
fn another_role_of_openai_is_a_stranger_in_every_organization() {
    let storage = r#"{"AWS": "arn:aws:iam::790389265272:role/CustomerStorage"}"#;
    for besides in [member, alone] {
        let facts = facts_among(&trusting(storage, "{}"), besides);
        assert_eq!(known(&facts.strangers), ["arn:aws:iam::790389265272:role/CustomerStorage"]);
    }
}

#[test]
fn principals_of_the_accounts_of_role_and_key_are_ones_own() {
    for account in ["111122223333", "555566667777"] {
        let facts =
            facts_among(&trusting(&format!(r#"{{"AWS": "arn:aws:iam::{account}:root"}}"#), "{}"), alone);
        assert_eq!(known(&facts.strangers), [""; 0]);
        assert_eq!(known(&facts.own_principals), [format!("arn:aws:iam::{account}:root")]);
    }
}

/// ORG-UG orgs_manage_policies_rcps: a resource control policy limits everybody, whatever the trust policy says.
#[test]
fn a_resource_control_policy_keeps_strangers_out() {
    let perimeter = r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                      "StringNotEquals": {"aws:PrincipalAccount": "790389265272"}}}}"#;
    let facts = facts_among(&trusting(r#"{"AWS": "333322221111"}"#, "{}"), |evidence| {
        member(evidence);
        evidence.role_resource_control_policies = Item::Collected(
            ["r-ab12", "111122223333"]
                .map(|target| crate::evidence::aws::Level {
                    target: target.into(),
                    policies: Item::Collected(vec![crate::evidence::aws::Policy {
                        name: "Perimeter (p-1)".into(),
                        document: Item::Collected(perimeter.into()),
                    }]),
                })
                .into(),
        );
    });
    assert_eq!(known(&facts.strangers), [""; 0]);
    assert!(known(&facts.admits_openai));
}

/// IAM-UG id_roles_create_for-user_externalid: each id that is written out lets OpenAI in for somebody else.
#[test]
fn further_external_ids_are_named() {
    let two = one(OPENAI, r#"{"StringEquals": {"sts:ExternalId": ["org-a", "proj_b", "org-c"]}}"#);
    assert_eq!(known(&two.additional_external_ids), ["org-c", "proj_b"]);
    assert_eq!(known(&one(OPENAI, EXACT).additional_external_ids), [""; 0]);
    let denied = facts_of(&format!(
        r#"{{"Statement": [
            {{"Effect": "Allow", "Principal": {OPENAI}, "Action": "sts:AssumeRole",
              "Condition": {{"StringEquals": {{"sts:ExternalId": ["org-a", "org-b"]}}}}}},
            {{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
              "Condition": {{"StringEquals": {{"sts:ExternalId": "org-b"}}}}}}]}}"#
    ));
    assert_eq!(known(&denied.additional_external_ids), [""; 0], "an id that is named to be refused");
}

/// IAM-UG reference_identifiers: AWS shows the unique id of a role or user that is gone.
#[test]
fn ids_in_the_place_of_arns_are_of_deleted_principals() {
    let facts = one(r#"{"AWS": ["AROAEXAMPLEEXAMPLE000", "AIDAEXAMPLEEXAMPLE000", "111122223333"]}"#, "{}");
    assert_eq!(known(&facts.deleted_principals), ["AIDAEXAMPLEEXAMPLE000", "AROAEXAMPLEEXAMPLE000"]);
}

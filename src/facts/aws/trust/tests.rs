//! What trust policies mean: each case one policy, by what it gets right or wrong.

use super::*;
use crate::collect::aws::nothing_asked;
use crate::evidence::Missing;
use crate::evidence::aws::AwsEvidence;
use crate::target::aws::AwsRegistration;

const OPENAI: &str = r#"{"AWS": "arn:aws:iam::790389265272:role/EnterpriseKeyManagement"}"#;
const EXACT: &str = r#"{"StringEquals": {"sts:ExternalId": "org-a"}}"#;

/// The facts of a policy in an account of which nothing else is known.
fn facts_of(policy: &str) -> TrustFacts {
    facts_among(policy, |_| {})
}

/// The facts of a policy, with what is known of the account besides.
fn facts_among(policy: &str, besides: impl FnOnce(&mut AwsEvidence)) -> TrustFacts {
    let target = AwsRegistration::parse(
        "arn:aws:iam::111122223333:role/ekm",
        "arn:aws:kms:us-east-1:555566667777:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "org-a",
    )
    .unwrap()
    .target()
    .unwrap();
    let mut evidence = nothing_asked(&Missing::not_asked("", "of no interest here"));
    besides(&mut evidence);
    let organizations = Organizations { target: &target, evidence: &evidence };
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    facts(&Policy::parse(policy).unwrap(), &Tags::default(), organizations, now)
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

/// IAM-UG reference_policies_variables: `${*}` is a star, so the id is written out.
#[test]
fn an_id_is_listed_by_what_it_means() {
    let escaped = one(OPENAI, r#"{"StringEquals": {"sts:ExternalId": ["org-a", "org-${*}"]}}"#);
    assert_eq!(known(&escaped.unlisted_external_id), None);
}

/// An id that gets in from next year on is not on the list today either.
#[test]
fn an_id_of_another_day_is_unlisted_as_well() {
    let later = r#"{"StringLike": {"sts:ExternalId": "vendor-*"},
        "DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}"#;
    let facts = and(OPENAI, "sts:AssumeRole", later);
    assert_eq!(known(&facts.unlisted_external_id).as_deref(), Some("vendor-"));
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
    assert_eq!(because[0].evidence, "aws.role_organization");
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

/// The published statement and one more.
fn and(principal: &str, action: &str, condition: &str) -> TrustFacts {
    facts_of(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [
            {{"Effect": "Allow", "Principal": {OPENAI}, "Action": "sts:AssumeRole", "Condition": {EXACT}}},
            {{"Effect": "Allow", "Principal": {principal}, "Action": "{action}", "Condition": {condition}}}]}}"#
    ))
}

/// A stranger passes whatever ExternalId lets it in, or none.
#[test]
fn strangers_choose_their_external_id() {
    for condition in [
        r#"{"StringEquals": {"sts:ExternalId": "vendor-123"}}"#,
        r#"{"Null": {"sts:ExternalId": "true"}}"#,
        r#"{"StringNotEquals": {"sts:ExternalId": "org-a"}}"#,
    ] {
        assert_eq!(
            known(&and(r#""*""#, "sts:AssumeRole", condition).strangers),
            ["every AWS principal"],
            "{condition}"
        );
        let storage = r#"{"AWS": "arn:aws:iam::790389265272:role/CustomerStorage"}"#;
        let strangers = known(&and(storage, "sts:AssumeRole", condition).strangers);
        assert_eq!(strangers, ["arn:aws:iam::790389265272:role/CustomerStorage"], "{condition}");
    }
}

/// IAM-UG reference_policies_condition-keys: strangers may have MFA, be users, pass tags, and call next year.
#[test]
fn strangers_choose_everything_else_about_their_call() {
    for condition in [
        r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
        r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}"#,
        r#"{"StringEquals": {"aws:PrincipalType": "User"}}"#,
        r#"{"StringLike": {"aws:username": "*"}}"#,
        r#"{"StringEquals": {"aws:RequestTag/team": "x"}}"#,
        r#"{"StringEquals": {"sts:SourceIdentity": "x"}}"#,
        r#"{"StringEquals": {"aws:SourceAccount": "444455556666"}}"#,
        r#"{"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}"#,
    ] {
        assert_eq!(
            known(&and(r#""*""#, "sts:AssumeRole", condition).strangers),
            ["every AWS principal"],
            "{condition}"
        );
    }
}

/// Everybody may make a role of any name in an account of their own.
#[test]
fn strangers_are_looked_for_where_conditions_let_them_in() {
    for (condition, expected) in [
        (
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/EnterpriseKeyManagement"}}"#,
            "every principal like `arn:aws:iam::*:role/EnterpriseKeyManagement`",
        ),
        (r#"{"StringLike": {"aws:PrincipalArn": "*:role/ci"}}"#, "every principal like `*:role/ci`"),
        (r#"{"StringLike": {"aws:PrincipalAccount": "4444*"}}"#, "every principal like `4444*`"),
        (
            r#"{"StringLike": {"aws:PrincipalArn": "arn:*:role/EnterpriseKeyManagement"}}"#,
            "every principal like `arn:*:role/EnterpriseKeyManagement`",
        ),
        (
            r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::7*2:role/EnterpriseKeyManagement"}}"#,
            "every principal like `arn:aws:iam::7*2:role/EnterpriseKeyManagement`",
        ),
        (
            r#"{"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::790389265272:role/CustomerStorage"}}"#,
            "CustomerStorage",
        ),
    ] {
        let strangers = known(&and(r#""*""#, "sts:AssumeRole", condition).strangers);
        assert!(strangers.iter().any(|name| name.contains(expected)), "{condition}: {strangers:?}");
    }
    // A third account may be the customer's own.
    for condition in [
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}"#,
        r#"{"StringEquals": {"aws:PrincipalAccount": "444455556666"}}"#,
    ] {
        let Fact::Unknown(because) = and(r#""*""#, "sts:AssumeRole", condition).strangers else {
            panic!("{condition}: expected an unknown fact")
        };
        assert!(because[0].reason.contains("444455556666"), "{because:?}");
    }
}

/// The organization that a condition names may be the customer's own, and is never known to be another's.
#[test]
fn a_condition_on_the_organization_is_not_decided() {
    let facts = and(r#""*""#, "sts:AssumeRole", r#"{"StringEquals": {"aws:PrincipalOrgID": "o-mine"}}"#);
    assert!(matches!(facts.strangers, Fact::Unknown(_)));
    assert!(matches!(facts.allows_without_external_id, Fact::Unknown(_)));
    assert!(matches!(facts.unlisted_external_id, Fact::Unknown(_)));
}

/// IAM-UG id_roles_create_for-idp_oidc: without a subject a provider lets in everybody whom it knows.
#[test]
fn an_identity_provider_is_a_stranger_unless_it_is_narrowed() {
    let oidc =
        r#"{"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}"#;
    let by_web = "sts:AssumeRoleWithWebIdentity";
    let audience = r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}"#;
    assert_eq!(known(&and(oidc, by_web, audience).strangers).len(), 1);
    let subject =
        r#"{"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:a/b:ref:refs/heads/main"}}"#;
    assert!(matches!(and(oidc, by_web, subject).strangers, Fact::Unknown(_)));
    let saml = r#"{"Federated": "arn:aws:iam::111122223333:saml-provider/okta"}"#;
    assert_eq!(known(&and(saml, "sts:AssumeRoleWithSAML", "{}").strangers), [""; 0]);
    assert_eq!(known(&and(r#""*""#, by_web, "{}").strangers), ["every identity provider"]);
}

/// Several loose conditions on one id are taken together.
#[test]
fn an_unlisted_id_is_found_wherever_conditions_leave_one() {
    let both = one(
        OPENAI,
        r#"{"StringLike": {"sts:ExternalId": ["org-a", "org-b*"]}, "StringLikeIfExists": {"sts:ExternalId": "*Wx"}}"#,
    );
    assert_eq!(known(&both.unlisted_external_id).as_deref(), Some("org-bWx"));
    let but = |denied: &str| {
        facts_of(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [
                {{"Effect": "Allow", "Principal": {OPENAI}, "Action": "sts:AssumeRole",
                  "Condition": {{"StringLike": {{"sts:ExternalId": "org-*"}}}}}},
                {{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
                  "Condition": {{"StringLike": {{"sts:ExternalId": "{denied}"}}}}}}]}}"#
        ))
    };
    assert_eq!(known(&but("*x*").unlisted_external_id).as_deref(), Some("org-a"));
    assert_eq!(known(&but("org-?*").unlisted_external_id).as_deref(), Some("org-"));
    assert_eq!(known(&but("o*").unlisted_external_id), None);
}

/// IAM-UG reference_policies_condition-keys, properties of a role session: a stranger's session may carry them.
#[test]
fn strangers_may_carry_the_keys_of_any_service() {
    for key in ["ec2:SourceInstanceARN", "lambda:SourceFunctionArn", "saml:sub", "accounts.google.com:sub"] {
        let condition = format!(r#"{{"StringLike": {{"{key}": "*"}}}}"#);
        let strangers = known(&and(r#""*""#, "sts:AssumeRole", &condition).strangers);
        assert_eq!(strangers, ["every AWS principal"], "{key}");
    }
}

/// The same page: `aws:PrincipalArn` of a session is its role's ARN, path and all.
#[test]
fn a_session_that_is_named_has_its_roles_arn() {
    let session = r#"{"AWS": "arn:aws:sts::444455556666:assumed-role/x/y"}"#;
    for pattern in ["arn:aws:iam::444455556666:role/*", "arn:aws:iam::444455556666:role/team/x"] {
        let condition = format!(r#"{{"ArnLike": {{"aws:PrincipalArn": "{pattern}"}}}}"#);
        assert!(
            matches!(and(session, "sts:AssumeRole", &condition).strangers, Fact::Unknown(_)),
            "{pattern}"
        );
    }
    let storage = r#"{"AWS": "arn:aws:sts::790389265272:assumed-role/CustomerStorage/s"}"#;
    let condition = r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::790389265272:role/*"}}"#;
    assert_eq!(known(&and(storage, "sts:AssumeRole", condition).strangers).len(), 1);
}

/// IAM-UG reference_policies_elements_principal: two ways to write everyone.
#[test]
fn everyone_may_come_by_an_identity_provider_however_everyone_is_written() {
    for principal in [r#""*""#, r#"{"AWS": ["*"]}"#] {
        for action in ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"] {
            let strangers = known(&and(principal, action, "{}").strangers);
            assert_eq!(strangers, ["every identity provider"], "{principal} {action}");
        }
    }
}

/// Where OpenAI's service runs is not published, so its session may carry that service's keys.
#[test]
fn openai_may_carry_the_keys_of_the_service_that_it_runs_on() {
    let condition = r#"{"Null": {"ec2:SourceInstanceARN": "false"}}"#;
    assert!(known(&and(OPENAI, "sts:AssumeRole", condition).allows_without_external_id));
}

/// Who is of the customer's own organization, and who is not.
mod organization;

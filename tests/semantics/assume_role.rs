//! `sts:AssumeRole` and trust policies.

use serde_json::{Value, json};

use crate::case::{
    ACCOUNT, ACCOUNT_ROOT, ALLOWED, Case, EXPLICITLY_DENIED, IMPLICITLY_DENIED, ROLE, SESSION, USER, allow,
    allow_to, assume, deny, encrypt, trust, when, with,
};

const OPENAI: &str = "arn:aws:sts::790389265272:assumed-role/EnterpriseKeyManagement/OpenAI-EKM-Service";
const OPENAI_ROLE: &str = "arn:aws:iam::790389265272:role/EnterpriseKeyManagement";

/// The role of the caller's own account.
fn assume_in_account() -> Case {
    assume()
        .request(json!({"resource": "arn:aws:iam::111122223333:role/target", "resource_account": ACCOUNT}))
}

/// STS API_AssumeRole: in one account the trust policy names the caller, or trusts the account and the caller's policy
/// allows.
#[test]
fn within_an_account_a_name_in_the_trust_policy_is_enough() {
    for (principal, named_as) in [(SESSION, ROLE), (SESSION, SESSION), (USER, USER)] {
        let case = assume_in_account().principal(principal).no_identity();
        case.clone().resource(json!([trust(named_as)])).is(ALLOWED);
        case.clone()
            .resource(json!([trust(ACCOUNT_ROOT)]))
            .is(IMPLICITLY_DENIED)
            .because_of("identity_policy", "none");
        case.resource(json!([trust(ACCOUNT_ROOT)])).identity(json!([allow("sts:AssumeRole")])).is(ALLOWED);
    }
    assume_in_account()
        .resource(json!([trust("arn:aws:iam::111122223333:role/other")]))
        .is(IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_evaluation-logic-cross-account: across accounts always both.
#[test]
fn across_accounts_the_trust_policy_and_the_callers_policy_must_allow() {
    for trusted in [ROLE, SESSION, ACCOUNT, ACCOUNT_ROOT] {
        let case = assume().resource(json!([trust(trusted)]));
        case.is(ALLOWED);
        case.no_identity().is(IMPLICITLY_DENIED);
    }
    let untrusted = assume().resource(json!([trust("arn:aws:iam::111122223333:role/other")]));
    untrusted.is(IMPLICITLY_DENIED).because("trust_policy", "#0", "none", "rincipal");
}

/// IAM-UG reference_policies_elements_resource: a trust policy is attached to its role
/// and has no Resource; a key policy's statement without one is nothing.
#[test]
fn a_trust_policy_has_no_resource() {
    assume().resource(json!([trust(ROLE)])).is(ALLOWED);
    let key_policy = json!({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:*"});
    encrypt().no_identity().resource(json!([key_policy])).is(IMPLICITLY_DENIED);
}

/// IAM-UG id_roles_update-role-trust-policy: since 2023 a role must be trusted by itself like by any other.
#[test]
fn a_role_may_assume_itself_only_where_it_trusts_itself() {
    let case = assume_in_account().request(json!({"resource": ROLE}));
    case.clone().resource(json!([trust(USER)])).is(IMPLICITLY_DENIED);
    case.clone().resource(json!([trust(ROLE)])).is(ALLOWED);
    case.clone().resource(json!([trust(ACCOUNT_ROOT)])).is(ALLOWED);
    case.no_identity().resource(json!([trust(ACCOUNT_ROOT)])).is(IMPLICITLY_DENIED);
}

/// IAM-UG id_roles_create_for-user_externalid: the key is there only when the caller passes it, so StringEquals fails
/// closed, and IfExists or ForAllValues leaves the door open.
#[test]
fn an_external_id_is_required_only_by_a_condition_that_fails_without_it() {
    let case = |operator: &str| {
        let condition = json!({operator: {"sts:ExternalId": "org-example"}});
        assume()
            .principal(OPENAI)
            .without("identity_policies")
            .resource(json!([when(trust(OPENAI_ROLE), condition)]))
    };
    let passing = |operator: &str, id: &str| case(operator).context(json!({"sts:ExternalId": id}));
    for operator in ["StringEquals", "StringLike", "StringEqualsIfExists", "ForAllValues:StringEquals"] {
        passing(operator, "org-example").is(ALLOWED);
        passing(operator, "org-another").is(IMPLICITLY_DENIED);
    }
    passing("StringEquals", "ORG-EXAMPLE").is(IMPLICITLY_DENIED);
    for closed in ["StringEquals", "StringLike", "ForAnyValue:StringEquals"] {
        case(closed).is(IMPLICITLY_DENIED).because("trust_policy", "#0", "none", "sts:ExternalId");
    }
    for open in ["StringEqualsIfExists", "ForAllValues:StringEquals", "StringNotEquals"] {
        case(open).is(ALLOWED);
    }
}

/// IAM-UG id_session-tags, id_credentials_temp_control-access_monitor: tags and a source identity are permissions of
/// their own, in the trust policy and across accounts in the caller's as well.
#[test]
fn session_tags_and_source_identity_are_permissions_of_their_own() {
    for action in ["sts:TagSession", "sts:SetSourceIdentity"] {
        let both: Value = json!(["sts:AssumeRole", action]);
        let trusting = json!([with(trust(ROLE), json!({"Action": both}))]);
        let allowing = json!([with(allow("sts:AssumeRole"), json!({"Action": both}))]);
        assume().action(action).is(IMPLICITLY_DENIED);
        assume()
            .action(action)
            .resource(trusting.clone())
            .is(IMPLICITLY_DENIED)
            .because_of("identity_policy", "none");
        assume()
            .action(action)
            .identity(allowing.clone())
            .is(IMPLICITLY_DENIED)
            .because_of("trust_policy", "none");
        assume().action(action).resource(trusting.clone()).identity(allowing.clone()).is(ALLOWED);
        assume().resource(trusting).identity(allowing).is(ALLOWED);
    }
}

/// STS API_GetCallerIdentity: "No permissions are required to perform this operation", and no denial takes it away.
#[test]
fn get_caller_identity_can_not_be_denied() {
    let call = |action: &str| {
        encrypt().without("resource_policy").request(json!({"action": action, "resource": "*"})).no_identity()
    };
    call("sts:GetCallerIdentity").is(ALLOWED);
    call("sts:GetCallerIdentity").identity(json!([deny("*")])).is(ALLOWED);
    call("sts:GetCallerIdentity").service_control(&[json!([deny("sts:*")])]).is(ALLOWED);
    call("sts:GetCallerIdentity").boundary(json!([allow("s3:*")])).is(ALLOWED);
    call("sts:DecodeAuthorizationMessage").identity(json!([deny("*")])).is(EXPLICITLY_DENIED);
}

/// IAM-UG id_roles_compare-resource-policies: a role of another partition can not be assumed, whatever trusts whom.
#[test]
fn no_trust_reaches_across_partitions() {
    let everyone = allow_to("*", "sts:AssumeRole");
    let trusting = |principal: &str| json!([trust(principal)]);
    let anyone =
        json!([json!({"Effect": "Allow", "Principal": everyone["Principal"], "Action": "sts:AssumeRole"})]);
    for partition in ["aws-cn", "aws-us-gov"] {
        let elsewhere = format!("arn:{partition}:iam::444455556666:role/target");
        let case = assume().request(json!({"resource": elsewhere}));
        for policy in [trusting(ROLE), trusting(ACCOUNT), trusting(ACCOUNT_ROOT), anyone.clone()] {
            case.clone().resource(policy.clone()).is(IMPLICITLY_DENIED);
            assume().resource(policy).is(ALLOWED);
        }
    }
}

//! Accounts and organizations: one or two of them, boundaries, service and resource control policies, the root user.

use serde_json::{Value, json};

use crate::case::{
    ACCOUNT, ACCOUNT_ROOT, ALLOWED, Case, EXPLICITLY_DENIED, IMPLICITLY_DENIED, ROLE, SESSION, USER, allow,
    allow_to, assume, deny, deny_to, encrypt, encrypt_elsewhere, on, read_object, when, with,
};

const SERVICE_LINKED: &str =
    "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";

/// IAM-UG reference_policies_evaluation-logic: within an account, an identity policy or the resource's policy.
#[test]
fn within_an_account_either_side_allows() {
    let in_identity = json!([allow("s3:*")]);
    let in_bucket = json!([allow_to(ROLE, "s3:*")]);
    read_object().is(IMPLICITLY_DENIED);
    read_object().identity(in_identity.clone()).is(ALLOWED);
    read_object().resource(in_bucket.clone()).is(ALLOWED);
    read_object().identity(in_identity.clone()).resource(json!([allow_to(USER, "s3:*")])).is(ALLOWED);
    read_object().resource(json!([allow_to(USER, "s3:*")])).is(IMPLICITLY_DENIED);
    read_object().identity(in_identity).resource(in_bucket).is(ALLOWED);
}

/// IAM-UG reference_policies_evaluation-logic: key policies and trust policies are the exceptions.
#[test]
fn keys_and_roles_need_their_own_policys_word() {
    let silent = json!([allow_to(USER, "kms:*")]);
    encrypt().resource(silent).is(IMPLICITLY_DENIED).because_of("key_policy", "none");
    encrypt().is(ALLOWED);
    let own_role = |trusted: &str| {
        assume()
            .request(
                json!({"resource": "arn:aws:iam::111122223333:role/target", "resource_account": ACCOUNT}),
            )
            .resource(json!([crate::case::trust(trusted)]))
    };
    own_role(USER).is(IMPLICITLY_DENIED).because_of("trust_policy", "none");
    own_role(ACCOUNT_ROOT).is(ALLOWED);
}

/// IAM-UG reference_policies_evaluation-logic-cross-account: each account evaluates, and both must allow, however
/// exactly the role is named.
#[test]
fn across_accounts_both_sides_must_allow() {
    for principal in [ROLE, SESSION, ACCOUNT_ROOT, "*"] {
        let case = encrypt_elsewhere().resource(json!([allow_to(principal, "kms:*")]));
        case.is(ALLOWED);
        case.no_identity().is(IMPLICITLY_DENIED).because_of("identity_policy", "none");
    }
    let not_named =
        encrypt_elsewhere().resource(json!([allow_to("arn:aws:iam::444455556666:root", "kms:*")]));
    not_named.is(IMPLICITLY_DENIED).because_of("key_policy", "none");
    let foreign_bucket = read_object().request(json!({"resource_account": "444455556666"}));
    foreign_bucket.clone().identity(json!([allow("s3:*")])).is(IMPLICITLY_DENIED);
    foreign_bucket.clone().resource(json!([allow_to(ROLE, "s3:*")])).is(IMPLICITLY_DENIED);
    foreign_bucket.identity(json!([allow("s3:*")])).resource(json!([allow_to(ROLE, "s3:*")])).is(ALLOWED);
}

/// IAM-UG reference_policies_evaluation-logic-cross-account: the caller's boundary, session policy and service control
/// policies are its account's side, whoever is named.
#[test]
fn across_accounts_the_callers_own_limits_always_count() {
    for principal in [ROLE, SESSION] {
        let case = encrypt_elsewhere().resource(json!([allow_to(principal, "kms:*")]));
        let limited: [fn(Case, Value) -> Case; 3] =
            [Case::boundary, Case::session_policy, |case, statements| case.service_control(&[statements])];
        for limit in limited {
            limit(case.clone(), json!([allow("s3:*")])).is(IMPLICITLY_DENIED);
            limit(case.clone(), json!([allow("kms:*")])).is(ALLOWED);
        }
    }
}

/// The policies of another company's principal can't be seen: left out, they allow; a list that is empty does not.
#[test]
fn identity_policies_that_are_left_out_allow_and_an_empty_list_does_not() {
    encrypt_elsewhere().without("identity_policies").is(ALLOWED);
    encrypt_elsewhere().no_identity().is(IMPLICITLY_DENIED);
    assume().without("identity_policies").is(ALLOWED);
    assume().no_identity().is(IMPLICITLY_DENIED);
    assume().without("identity_policies").resource(json!([])).is(IMPLICITLY_DENIED);
    encrypt().without("identity_policies").is(ALLOWED);
}

/// IAM-UG access_policies_boundaries: a boundary "does not grant permissions on its own", and limits what identity
/// policies allow.
#[test]
fn a_boundary_limits_and_grants_nothing() {
    encrypt().boundary(json!([allow("*")])).is(ALLOWED);
    encrypt().boundary(json!([allow("kms:Encrypt")])).is(ALLOWED);
    encrypt().no_identity().boundary(json!([allow("*")])).is(IMPLICITLY_DENIED);
    let cut = encrypt().boundary(json!([with(allow("s3:*"), json!({"Sid": "Storage"}))]));
    cut.is(IMPLICITLY_DENIED).because("permissions_boundary", "Storage", "none", "");
    encrypt().boundary(json!([])).is(IMPLICITLY_DENIED);
}

/// ORG-UG orgs_manage_policies_scps_evaluation: "there must be an explicit Allow statement at every level from the root
/// through each OU in the direct path to the account", and a denial at any.
#[test]
fn a_service_control_policy_must_allow_at_every_level() {
    let full = json!([allow("*")]);
    let storage = json!([with(allow("s3:*"), json!({"Sid": "Storage"}))]);
    let denying = json!([allow("*"), deny("kms:*")]);
    let levels = |levels: [&Value; 3]| encrypt().service_control(&levels.map(Clone::clone));
    levels([&full, &full, &full]).is(ALLOWED);
    for at_one in [[&storage, &full, &full], [&full, &storage, &full], [&full, &full, &storage]] {
        levels(at_one).is(IMPLICITLY_DENIED).because("service_control_policy", "Storage", "none", "");
    }
    for at_one in [[&denying, &full, &full], [&full, &denying, &full], [&full, &full, &denying]] {
        levels(at_one).is(EXPLICITLY_DENIED).because("service_control_policy", "No", "deny", "");
    }
    // Policies of one level add up, and none of them grants.
    let two_at_one_level = |second: &str| {
        encrypt().set(json!({"service_control_policies": [[
            {"name": "first", "policy": {"Statement": allow("s3:*")}},
            {"name": "second", "policy": {"Statement": allow(second)}}
        ]]}))
    };
    two_at_one_level("kms:*").is(ALLOWED);
    two_at_one_level("sqs:*").is(IMPLICITLY_DENIED);
    levels([&full, &full, &full]).no_identity().is(IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_evaluation-logic: it limits what a resource policy gives, too, to users and to the root
/// user.
#[test]
fn a_service_control_policy_limits_every_principal_of_the_account() {
    for (principal, named_as) in
        [(SESSION, SESSION), (SESSION, ROLE), (USER, USER), (ACCOUNT_ROOT, ACCOUNT_ROOT)]
    {
        let case =
            encrypt().no_identity().principal(principal).resource(json!([allow_to(named_as, "kms:*")]));
        case.clone().service_control(&[json!([allow("*")])]).is(ALLOWED);
        case.clone().service_control(&[json!([allow("s3:*")])]).is(IMPLICITLY_DENIED);
        case.service_control(&[json!([allow("*"), deny("kms:Enc*")])]).is(EXPLICITLY_DENIED);
    }
}

/// ORG-UG orgs_manage_policies_scps: "SCPs do not affect any service-linked role."
#[test]
fn organization_policies_do_not_reach_service_linked_roles() {
    let denying = [json!([allow("*"), deny("*")])];
    let everyone = [json!([deny_to("*", "*")])];
    let session = json!({"aws:PrincipalArn": SERVICE_LINKED});
    let linked = [
        encrypt().principal(SERVICE_LINKED),
        encrypt()
            .principal("arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAutoScaling/s1")
            .context(session),
    ];
    for case in linked {
        case.clone().service_control(&denying).is(ALLOWED);
        case.resource_control(&everyone).is(ALLOWED);
    }
    encrypt().service_control(&denying).is(EXPLICITLY_DENIED);
    encrypt().resource_control(&everyone).is(EXPLICITLY_DENIED);
}

/// ORG-UG orgs_manage_policies_scps_syntax: since 2025 an Allow may have conditions, resources and NotAction.
#[test]
fn a_service_control_policy_has_the_whole_language() {
    let allowing = |statement: Value| encrypt().service_control(&[json!([statement])]);
    let region = |region: &str| json!({"StringEquals": {"aws:RequestedRegion": region}});
    let in_region = json!({"aws:RequestedRegion": "us-east-1"});
    allowing(when(allow("*"), region("us-east-1"))).context(in_region.clone()).is(ALLOWED);
    allowing(when(allow("*"), region("eu-west-1"))).context(in_region).is(IMPLICITLY_DENIED);
    allowing(on(allow("kms:*"), "arn:aws:kms:us-east-1:*:key/*")).is(ALLOWED);
    allowing(on(allow("kms:*"), "arn:aws:kms:eu-west-1:*:key/*")).is(IMPLICITLY_DENIED);
    allowing(json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})).is(ALLOWED);
    allowing(json!({"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"})).is(IMPLICITLY_DENIED);
    let not_key = |key: &str| json!({"Effect": "Allow", "Action": "kms:*", "NotResource": key});
    allowing(not_key("arn:aws:kms:*:*:alias/*")).is(ALLOWED);
    allowing(not_key("arn:aws:kms:*:*:key/*")).is(IMPLICITLY_DENIED);
    allowing(allow("kms:*crypt")).is(ALLOWED);
    allowing(allow("kms:*Key")).is(IMPLICITLY_DENIED);
}

/// ORG-UG orgs_manage_policies_rcps: the resource's organization limits every caller; RCPFullAWSAccess is always
/// attached, whether or not it is listed.
#[test]
fn a_resource_control_policy_limits_every_caller() {
    let full = with(allow_to("*", "*"), json!({"Sid": "RCPFullAWSAccess"}));
    let denial = deny_to("*", "kms:Encrypt");
    let callers = [
        encrypt(),
        encrypt().principal(USER),
        encrypt().principal(ACCOUNT_ROOT),
        encrypt_elsewhere(),
        encrypt_elsewhere().without("identity_policies"),
    ];
    for case in callers {
        case.clone().resource_control(&[json!([full.clone()])]).is(ALLOWED);
        case.clone().resource_control(&[json!([deny_to("*", "kms:Decrypt")])]).is(ALLOWED);
        case.clone().resource_control(&[json!([]), json!([])]).is(ALLOWED);
        let denied = case.resource_control(&[json!([full.clone()]), json!([full.clone(), denial.clone()])]);
        denied.is(EXPLICITLY_DENIED).because("resource_control_policy", "No", "deny", "");
    }
    encrypt().no_identity().resource_control(&[json!([full])]).is(IMPLICITLY_DENIED);
}

/// ORG-UG orgs_manage_policies_rcps: only the services listed, among them KMS and STS; another company's AssumeRole is
/// decided by those of the role's account.
#[test]
fn a_resource_control_policy_reaches_only_supported_services() {
    let everything = [json!([deny_to("*", "*")])];
    encrypt().resource_control(&everything).is(EXPLICITLY_DENIED);
    assume().without("identity_policies").resource_control(&everything).is(EXPLICITLY_DENIED);
    read_object().identity(json!([allow("*")])).resource_control(&everything).is(EXPLICITLY_DENIED);
    let start = read_object()
        .request(json!({"action": "ec2:StartInstances", "resource": "arn:aws:ec2:us-east-1:111122223333:instance/i-1"}))
        .identity(json!([allow("*")]));
    start.resource_control(&everything).is(ALLOWED);
    let foreign = when(
        deny_to("*", "sts:AssumeRole"),
        json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"}}),
    );
    let outsider = assume().without("identity_policies").resource_control(&[json!([foreign])]);
    outsider.is(EXPLICITLY_DENIED);
    outsider.context(json!({"aws:PrincipalOrgID": "o-example"})).is(ALLOWED);
}

/// IAM-UG id_root-user, reference_policies_evaluation-logic: no identity policy speaks of the root user; the resource's
/// denial and the organization do.
#[test]
fn the_root_user_needs_no_identity_policy() {
    let root = read_object().principal(ACCOUNT_ROOT);
    root.is(ALLOWED);
    root.clone().resource(json!([deny_to(ACCOUNT, "s3:*")])).is(EXPLICITLY_DENIED);
    root.clone().service_control(&[json!([allow("kms:*")])]).is(IMPLICITLY_DENIED);
    root.resource_control(&[json!([deny_to("*", "s3:*")])]).is(EXPLICITLY_DENIED);
    read_object().is(IMPLICITLY_DENIED);
}

/// KMS-DG key-policies: "No AWS principal, including the account root user or key creator, has any permissions to a KMS
/// key unless they are explicitly allowed".
#[test]
fn the_root_user_needs_the_key_policys_word() {
    let root = encrypt().principal(ACCOUNT_ROOT).no_identity();
    root.is(ALLOWED);
    root.resource(json!([allow_to(ROLE, "kms:*")])).is(IMPLICITLY_DENIED).because_of("key_policy", "none");
}

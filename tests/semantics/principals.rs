//! Who calls, and whom a policy names.

use serde_json::{Value, json};

use crate::case::{
    ACCOUNT, ACCOUNT_ROOT, ALLOWED, Case, DEPENDS, EXPLICITLY_DENIED, IMPLICITLY_DENIED, ROLE, SESSION, USER,
    allow, allow_to, deny, deny_to, encrypt, read_object, when, with,
};

const OTHER_SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/s2";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/bob";
const ROLE_WITH_PATH: &str = "arn:aws:iam::111122223333:role/team/app";

/// The identity policies allow nothing, and the key policy allows this principal.
fn named(principal: &str) -> Case {
    encrypt().no_identity().resource(json!([allow_to(principal, "kms:*")]))
}

/// IAM-UG reference_policies_elements_principal, "AWS account principals": number and `root` are the same, and give no
/// identity access by themselves.
#[test]
fn the_account_delegates_by_its_number_and_by_its_root() {
    for account in [ACCOUNT, ACCOUNT_ROOT] {
        named(account).is(IMPLICITLY_DENIED);
        named(account).identity(json!([allow("kms:Encrypt")])).is(ALLOWED);
        let bucket = read_object().resource(json!([allow_to(account, "s3:*")]));
        bucket.is(IMPLICITLY_DENIED);
        bucket.identity(json!([allow("s3:GetObject")])).is(ALLOWED);
    }
    for account in ["444455556666", "arn:aws:iam::444455556666:root"] {
        named(account).identity(json!([allow("kms:Encrypt")])).is(IMPLICITLY_DENIED);
    }
}

/// IAM-UG reference_policies_elements_principal: in a denial the account is every principal of it.
#[test]
fn a_denial_of_the_account_denies_every_principal_of_it() {
    let denying = |account: &str, principal: &str| {
        let policy = json!([allow_to("*", "kms:*"), deny_to(account, "kms:*")]);
        encrypt().resource(policy).principal(principal)
    };
    for principal in [SESSION, USER, ACCOUNT_ROOT, FEDERATED] {
        denying(ACCOUNT, principal).is(EXPLICITLY_DENIED).because("key_policy", "No", "deny", "");
        denying(ACCOUNT_ROOT, principal).is(EXPLICITLY_DENIED);
        denying("444455556666", principal).is(ALLOWED);
    }
}

/// IAM-UG reference_policies_elements_principal: "You cannot use a wildcard to match part of a principal name or ARN."
#[test]
fn a_principal_has_no_wildcard_but_the_whole() {
    for partial in [
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::111122223333:role/a*",
        "arn:aws:iam::*:root",
        "arn:aws:sts::111122223333:assumed-role/app/*",
    ] {
        named(partial).is(IMPLICITLY_DENIED);
    }
    named("*").is(ALLOWED);
    named(ROLE).resource(json!([with(allow("kms:*"), json!({"Principal": {"AWS": "*"}}))])).is(ALLOWED);
    let like = |pattern: &str| {
        let condition = json!({"ArnLike": {"aws:PrincipalArn": pattern}});
        encrypt().no_identity().resource(json!([when(allow_to("*", "kms:*"), condition)]))
    };
    like("arn:aws:iam::111122223333:role/a*").is(ALLOWED);
    like("arn:aws:iam::111122223333:role/b*").is(IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_elements_principal, "Role session principals": the role is all of its sessions, a session
/// is itself.
#[test]
fn a_role_is_all_of_its_sessions_and_a_session_is_itself() {
    named(ROLE).is(ALLOWED);
    named(ROLE).principal(OTHER_SESSION).is(ALLOWED);
    named(SESSION).is(ALLOWED);
    named(SESSION).principal(OTHER_SESSION).is(IMPLICITLY_DENIED);
    named("arn:aws:iam::111122223333:role/apps").is(IMPLICITLY_DENIED);
    named("arn:aws:iam::444455556666:role/app").is(IMPLICITLY_DENIED);
    named(USER).principal(USER).is(ALLOWED);
    named("arn:aws:iam::111122223333:user/Ann").principal(USER).is(IMPLICITLY_DENIED);
    named(FEDERATED).principal(FEDERATED).session_policy(json!([allow("kms:*")])).is(ALLOWED);
    named(FEDERATED).principal(USER).is(IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_elements_principal: the ARN of a session has no path, that of its role has.
#[test]
fn a_session_has_no_path_and_its_role_has() {
    let case = |principal: &str| named(principal).context(json!({"aws:PrincipalArn": ROLE_WITH_PATH}));
    case(ROLE_WITH_PATH).is(ALLOWED);
    case(ROLE).is(IMPLICITLY_DENIED);
    case(SESSION).is(ALLOWED);
    case("arn:aws:sts::111122223333:assumed-role/team/app/s1").is(IMPLICITLY_DENIED);
    // IAM-UG reference_iam-quotas: names of roles are unique in an account, whatever their paths.
    named(ROLE_WITH_PATH).is(ALLOWED);
    named(ROLE_WITH_PATH).principal(ROLE_WITH_PATH).is(ALLOWED);
}

/// IAM-UG reference_policies_elements_principal: a session whose name is not known may be the one that is named.
#[test]
fn a_session_whose_name_is_not_known_may_be_the_one_named() {
    named(SESSION).principal(ROLE).is(DEPENDS);
    named(ROLE).principal(ROLE).is(ALLOWED);
    named("arn:aws:sts::111122223333:assumed-role/other/s1").principal(ROLE).is(IMPLICITLY_DENIED);
}

/// IAM-UG reference_identifiers: a policy keeps the principal's unique id, and a role made anew has another.
#[test]
fn a_unique_id_is_the_principal_that_has_it() {
    let case = |named_id: &str| named(named_id).context(json!({"aws:userid": "AROAEXAMPLE:s1"}));
    case("AROAEXAMPLE").is(ALLOWED);
    case("AROADELETED").is(IMPLICITLY_DENIED);
    case(ROLE).is(ALLOWED);
    let user = |named_id: &str| named(named_id).principal(USER).context(json!({"aws:userid": "AIDAEXAMPLE"}));
    user("AIDAEXAMPLE").is(ALLOWED);
    user("AIDADELETED").is(IMPLICITLY_DENIED);
    // ARNs in conditions stay what they are.
    let by_condition = when(allow_to("*", "kms:*"), json!({"ArnEquals": {"aws:PrincipalArn": ROLE}}));
    case("AROADELETED").resource(json!([by_condition])).is(ALLOWED);
}

/// IAM-UG reference_identifiers: whether an id is the caller's can't be told where the caller's is not known.
#[test]
fn a_unique_id_is_not_decided_where_the_callers_is_not_known() {
    named("AROAEXAMPLE").unknown(&["aws:userid"]).depends_on(&["aws:userid"]);
    named(ROLE).unknown(&["aws:userid"]).is(ALLOWED);
    let denied = json!([allow_to(ROLE, "kms:*"), deny_to("AROAEXAMPLE", "kms:*")]);
    named(ROLE).resource(denied).unknown(&["aws:userid"]).depends_on(&["aws:userid"]);
}

/// IAM-UG reference_policies_evaluation-logic, "The difference between explicit and implicit denies": what a resource
/// policy gives a user, a session or a federated user is not limited by an implicit denial elsewhere.
#[test]
fn what_is_given_to_a_user_or_a_session_is_not_limited_by_a_boundary() {
    let silent = json!([allow("s3:*")]);
    for (principal, named_as) in [(USER, USER), (SESSION, SESSION), (FEDERATED, FEDERATED)] {
        let case = named(named_as).principal(principal).boundary(silent.clone());
        case.is(ALLOWED);
        case.boundary(json!([allow("*"), deny("kms:*")])).is(EXPLICITLY_DENIED);
    }
    let in_bucket = |principal: &str| read_object().resource(json!([allow_to(principal, "s3:*")]));
    in_bucket(SESSION).boundary(json!([allow("kms:*")])).is(ALLOWED);
    in_bucket(ROLE).boundary(json!([allow("kms:*")])).is(IMPLICITLY_DENIED);
}

/// IAM-UG access_policies_boundaries: what a resource policy gives a role is limited by the boundary and the session
/// policy of its sessions, and not by an implicit denial in the identity policies.
#[test]
fn what_is_given_to_a_role_is_limited_by_a_boundary() {
    named(ROLE).is(ALLOWED);
    let cut = named(ROLE).boundary(json!([with(allow("s3:*"), json!({"Sid": "Cut"}))]));
    cut.is(IMPLICITLY_DENIED).because("permissions_boundary", "Cut", "none", "");
    named(ROLE).boundary(json!([allow("kms:*")])).is(ALLOWED);
    let cut = named(ROLE).session_policy(json!([with(allow("s3:*"), json!({"Sid": "Cut"}))]));
    cut.is(IMPLICITLY_DENIED).because("session", "Cut", "none", "");
    named(ROLE).session_policy(json!([allow("kms:*")])).is(ALLOWED);
}

/// IAM-UG reference_policies_elements_principal, "IAM role principals": everyone, narrowed by `aws:PrincipalArn` to the
/// role, is not limited by a boundary or a session policy.
#[test]
fn everyone_narrowed_to_the_role_is_not_limited_by_a_boundary() {
    let silent = json!([allow("s3:*")]);
    let narrowed = |operator: &str, role: &str| {
        let condition = json!({operator: {"aws:PrincipalArn": role}});
        encrypt().no_identity().resource(json!([when(allow_to("*", "kms:*"), condition)]))
    };
    for operator in ["ArnEquals", "StringEquals"] {
        narrowed(operator, ROLE).boundary(silent.clone()).is(ALLOWED);
        narrowed(operator, ROLE).session_policy(silent.clone()).is(ALLOWED);
        narrowed(operator, ROLE).boundary(json!([deny("kms:*")])).is(EXPLICITLY_DENIED);
        narrowed(operator, ROLE_WITH_PATH).boundary(silent.clone()).is(IMPLICITLY_DENIED);
    }
    named(ROLE).boundary(silent.clone()).is(IMPLICITLY_DENIED);
    named(ROLE).session_policy(silent).is(IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_elements_principal documents only `*` narrowed by `aws:PrincipalArn`.
#[test]
fn everyone_under_a_boundary_that_does_not_allow_is_not_decided() {
    named("*").boundary(json!([allow("s3:*")])).depends_on(&["permissions_boundary"]);
    named("*").boundary(json!([allow("kms:*")])).is(ALLOWED);
    named("*").is(ALLOWED);
}

/// IAM-UG access_policies#policies_session: the session policy intersects with the identity policies and with what is
/// given to the role; what is given to the session is added after it.
#[test]
fn what_is_given_to_a_session_is_added_after_the_session_policy() {
    let silent = json!([with(allow("s3:*"), json!({"Sid": "Silent"}))]);
    encrypt().session_policy(json!([allow("kms:Encrypt")])).is(ALLOWED);
    let denied = encrypt().session_policy(silent.clone()).is(IMPLICITLY_DENIED);
    denied.because("session", "Silent", "none", "");
    encrypt().no_identity().session_policy(json!([allow("*")])).is(IMPLICITLY_DENIED);
    named(ROLE).session_policy(silent.clone()).is(IMPLICITLY_DENIED);
    named(SESSION).session_policy(silent.clone()).is(ALLOWED);
    named(SESSION).session_policy(json!([deny("kms:*")])).is(EXPLICITLY_DENIED);
    named(FEDERATED).principal(FEDERATED).session_policy(silent.clone()).is(ALLOWED);
    named(ACCOUNT)
        .principal(FEDERATED)
        .identity(json!([allow("kms:*")]))
        .session_policy(silent)
        .is(IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_elements_notprincipal: a denial of all but those listed spares the one whose account, user
/// or role and session are all listed; "the policy might deny" one of whom only a part is.
#[test]
fn not_principal_spares_whom_it_lists_whole() {
    let denying = |spared: Value| {
        let denial = json!({
            "Sid": "No", "Effect": "Deny", "NotPrincipal": {"AWS": spared}, "Action": "kms:*", "Resource": "*"
        });
        encrypt().resource(json!([allow_to("*", "kms:*"), denial]))
    };
    denying(json!([ACCOUNT_ROOT, ROLE, SESSION])).is(ALLOWED);
    denying(json!([ACCOUNT_ROOT, USER])).principal(USER).is(ALLOWED);
    denying(json!(["arn:aws:iam::444455556666:root"])).is(EXPLICITLY_DENIED);
    denying(json!([USER])).is(EXPLICITLY_DENIED);
    // AWS's own example lists a user and its account, and denies the account's other users.
    denying(json!([ACCOUNT_ROOT, USER])).is(EXPLICITLY_DENIED);
    denying(json!([ROLE])).is(DEPENDS);
    denying(json!([USER])).principal(USER).is(DEPENDS);
    denying(json!([ACCOUNT_ROOT, ROLE, OTHER_SESSION])).is(DEPENDS);
}

/// IAM-UG reference_policies_elements_notprincipal: it "will always deny any IAM principal that has a permissions
/// boundary policy attached, regardless of the values specified in the NotPrincipal element".
#[test]
fn not_principal_denies_everyone_under_a_boundary() {
    let denial = json!({
        "Sid": "No", "Effect": "Deny", "NotPrincipal": {"AWS": [ACCOUNT_ROOT, ROLE, SESSION, USER]}, "Action": "kms:*",
        "Resource": "*"
    });
    let case = encrypt().resource(json!([allow_to("*", "kms:*"), denial]));
    case.is(ALLOWED);
    let bounded = case.boundary(json!([allow("*")]));
    bounded.is(EXPLICITLY_DENIED).because("key_policy", "No", "deny", "");
    bounded.principal(USER).is(EXPLICITLY_DENIED);
}

/// IAM-UG reference_policies_elements_notprincipal: "Using it with Allow is not supported."
#[test]
fn not_principal_in_an_allow_is_not_decided() {
    let all_but = |spared: &str| {
        let statement =
            json!({"Effect": "Allow", "NotPrincipal": {"AWS": spared}, "Action": "kms:*", "Resource": "*"});
        encrypt().resource(json!([statement]))
    };
    all_but("arn:aws:iam::444455556666:root").is(DEPENDS);
    all_but("arn:aws:iam::444455556666:root").resource(json!([allow_to(ROLE, "kms:*")])).is(ALLOWED);
}

/// IAM-UG reference_policies_elements_principal, "AWS service principals": no identity policy and no service control
/// policy speaks of a service, the resource's side alone decides (ORG-UG orgs_manage_policies_scps).
#[test]
fn for_a_service_the_resources_side_decides_alone() {
    let trail = |statement: Value| {
        encrypt()
            .principal("cloudtrail.amazonaws.com")
            .no_identity()
            .resource(json!([with(statement, json!({"Principal": {"Service": "cloudtrail.amazonaws.com"}}))]))
            .context(json!({"aws:PrincipalIsAWSService": "true", "aws:SourceAccount": "111122223333"}))
    };
    trail(allow("kms:Encrypt")).is(ALLOWED);
    trail(allow("kms:Decrypt")).is(IMPLICITLY_DENIED);
    trail(allow("kms:Encrypt")).principal("config.amazonaws.com").is(IMPLICITLY_DENIED);
    trail(allow("kms:Encrypt")).principal(SESSION).is(IMPLICITLY_DENIED);
    trail(allow("kms:Encrypt")).service_control(&[json!([deny("*")])]).is(ALLOWED);
    trail(allow("kms:Encrypt")).resource_control(&[json!([deny_to("*", "*")])]).is(EXPLICITLY_DENIED);
    let from = |account: &str| json!({"StringEquals": {"aws:SourceAccount": account}});
    trail(when(allow("kms:Encrypt"), from(ACCOUNT))).is(ALLOWED);
    trail(when(allow("kms:Encrypt"), from("444455556666"))).is(IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_elements_notprincipal: a service is one principal, and is listed whole by its name.
#[test]
fn not_principal_spares_the_service_that_it_lists() {
    let trail = json!({"Service": "cloudtrail.amazonaws.com"});
    let sparing = |service: &str| {
        let denial = json!({
            "Sid": "No", "Effect": "Deny", "NotPrincipal": {"Service": service}, "Action": "kms:*", "Resource": "*"
        });
        let allowing = with(allow("kms:Encrypt"), json!({"Principal": trail}));
        encrypt().principal("cloudtrail.amazonaws.com").no_identity().resource(json!([allowing, denial]))
    };
    sparing("cloudtrail.amazonaws.com").is(ALLOWED);
    sparing("config.amazonaws.com").is(EXPLICITLY_DENIED);
}

/// IAM-UG reference_policies_condition-keys#condition-keys-principalorgid: a service has no organization, so the
/// denial of all outside of it needs an exception for services (KMS-DG resource-control-policies).
#[test]
fn a_denial_outside_the_organization_hits_services_unless_it_spares_them() {
    let unguarded = json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"}});
    let guarded = with(unguarded.clone(), json!({"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}));
    let case = |condition: &Value| {
        encrypt()
            .principal("cloudtrail.amazonaws.com")
            .no_identity()
            .resource(json!([with(
                allow("kms:Encrypt"),
                json!({"Principal": {"Service": "cloudtrail.amazonaws.com"}})
            )]))
            .resource_control(&[json!([when(deny_to("*", "kms:*"), condition.clone())])])
            .context(json!({"aws:PrincipalIsAWSService": "true"}))
    };
    case(&unguarded).is(EXPLICITLY_DENIED);
    case(&guarded).is(ALLOWED);
    let person = |organization: &str| {
        encrypt()
            .resource_control(&[json!([when(deny_to("*", "kms:*"), guarded.clone())])])
            .context(json!({"aws:PrincipalIsAWSService": "false", "aws:PrincipalOrgID": organization}))
    };
    person("o-example").is(ALLOWED);
    person("o-another").is(EXPLICITLY_DENIED);
}

/// IAM-UG reference_policies_condition-keys#condition-keys-principalarn: for a session it is the ARN of the role.
#[test]
fn the_principal_arn_of_a_session_is_that_of_its_role() {
    let case = |principal: &str, operator: &str, arn: &str| {
        let condition = json!({operator: {"aws:PrincipalArn": arn}});
        encrypt().identity(json!([when(allow("kms:*"), condition)])).principal(principal)
    };
    case(SESSION, "ArnEquals", ROLE).is(ALLOWED);
    case(SESSION, "ArnEquals", SESSION).is(IMPLICITLY_DENIED);
    case(SESSION, "ArnLike", "arn:aws:sts::111122223333:assumed-role/app/*").is(IMPLICITLY_DENIED);
    case(ROLE, "StringEquals", ROLE).is(ALLOWED);
    case(USER, "ArnEquals", USER).is(ALLOWED);
    case(SESSION, "ArnEquals", ROLE_WITH_PATH)
        .context(json!({"aws:PrincipalArn": ROLE_WITH_PATH}))
        .is(ALLOWED);
}

/// IAM-UG reference_policies_condition-keys, KMS-DG conditions-kms: accounts of the caller and of the resource follow
/// from the request.
#[test]
fn accounts_in_conditions_follow_from_the_request() {
    for (key, own) in
        [("aws:PrincipalAccount", ACCOUNT), ("kms:CallerAccount", ACCOUNT), ("aws:ResourceAccount", ACCOUNT)]
    {
        let case = |account: &str| {
            encrypt().identity(json!([when(allow("kms:*"), json!({"StringEquals": {key: account}}))]))
        };
        case(own).is(ALLOWED);
        case("444455556666").is(IMPLICITLY_DENIED);
        case("444455556666").context(json!({key: "444455556666"})).is(ALLOWED);
    }
}

//! Grants on KMS keys.

use serde_json::{Value, json};

use crate::case::{
    ACCOUNT_ROOT, ALLOWED, Case, EXPLICITLY_DENIED, IMPLICITLY_DENIED, ROLE, SESSION, USER, allow, allow_to,
    deny, deny_to, encrypt, encrypt_elsewhere, with,
};

/// No policy allows; a grant for the role lets it encrypt.
fn granted() -> Case {
    encrypt().no_identity().resource(json!([allow_to(USER, "kms:*")])).grant(grant())
}

fn grant() -> Value {
    json!({"grantee_principal": ROLE, "operations": ["Encrypt", "Decrypt"], "constraints": {}})
}

fn constrained(constraints: Value) -> Case {
    granted().grant(with(grant(), json!({"constraints": constraints})))
}

/// KMS-DG grants: a grant allows its grantee its operations, beside all policies.
#[test]
fn a_grant_allows_its_grantee_its_operations() {
    granted().is(ALLOWED).because_of("grant", "allow");
    granted().without("grants").is(IMPLICITLY_DENIED);
    granted().action("kms:GenerateDataKey").is(IMPLICITLY_DENIED);
    granted().principal(USER).resource(json!([allow_to(ROLE, "kms:*")])).is(IMPLICITLY_DENIED);
    let other_role = with(grant(), json!({"grantee_principal": "arn:aws:iam::111122223333:role/other"}));
    granted().grant(other_role).is(IMPLICITLY_DENIED);
    let other_operation = with(grant(), json!({"operations": ["DescribeKey", "ReEncryptFrom"]}));
    granted().grant(other_operation.clone()).is(IMPLICITLY_DENIED);
    granted().grant(other_operation).action("kms:ReEncryptFrom").is(ALLOWED);
    granted().grant(with(grant(), json!({"grantee_principal": SESSION}))).is(ALLOWED);
    granted().grant(with(grant(), json!({"grantee_principal": USER}))).principal(USER).is(ALLOWED);
}

/// KMS-DG grants: "You cannot use a grant to deny permissions", and a denial in a policy wins.
#[test]
fn a_denial_in_any_policy_wins_over_a_grant() {
    granted().identity(json!([deny("kms:Encrypt")])).is(EXPLICITLY_DENIED);
    granted().identity(json!([deny("kms:Decrypt")])).is(ALLOWED);
    granted().resource(json!([deny_to(ACCOUNT_ROOT, "kms:Encrypt")])).is(EXPLICITLY_DENIED);
    granted().boundary(json!([allow("*"), deny("kms:Encrypt")])).is(EXPLICITLY_DENIED);
    granted().service_control(&[json!([allow("*"), deny("kms:Encrypt")])]).is(EXPLICITLY_DENIED);
    granted().resource_control(&[json!([deny_to("*", "kms:Encrypt")])]).is(EXPLICITLY_DENIED);
}

/// KMS-DG create-grant-overview, "Using grant constraints": the pairs exactly, or the pairs among others.
#[test]
fn constraints_are_the_exact_encryption_context_or_a_part_of_it() {
    let equals = || constrained(json!({"EncryptionContextEquals": {"app": "payroll", "stage": "live"}}));
    let subset = || constrained(json!({"EncryptionContextSubset": {"app": "payroll", "stage": "live"}}));
    let both = json!({"kms:EncryptionContext:app": "payroll", "kms:EncryptionContext:stage": "live"});
    let more = with(both.clone(), json!({"kms:EncryptionContext:part": "7"}));
    let less = json!({"kms:EncryptionContext:app": "payroll"});
    let other = with(both.clone(), json!({"kms:EncryptionContext:stage": "test"}));
    for (context, exactly, among_others) in [
        (both, ALLOWED, ALLOWED),
        (more, IMPLICITLY_DENIED, ALLOWED),
        (less, IMPLICITLY_DENIED, IMPLICITLY_DENIED),
        (other, IMPLICITLY_DENIED, IMPLICITLY_DENIED),
        (json!({}), IMPLICITLY_DENIED, IMPLICITLY_DENIED),
    ] {
        equals().context(context.clone()).is(exactly);
        subset().context(context).is(among_others);
    }
}

/// KMS API GrantConstraints: "The key in a key-value pair is not case-sensitive. The value is." (The Developer Guide
/// calls the match case-sensitive as a whole.)
#[test]
fn the_keys_of_constraints_ignore_case_and_the_values_do_not() {
    for constraint in ["EncryptionContextEquals", "EncryptionContextSubset"] {
        let case = |value: &str| {
            constrained(json!({constraint: {"app": "payroll"}}))
                .context(json!({"kms:EncryptionContext:App": value}))
        };
        case("payroll").is(ALLOWED);
        case("Payroll").is(IMPLICITLY_DENIED);
    }
}

/// KMS API GrantConstraints: DescribeKey and RetireGrant have no encryption context, and the constraints don't concern
/// them.
#[test]
fn constraints_on_the_encryption_context_do_not_concern_describe_key_and_retire_grant() {
    for (operation, decision) in
        [("DescribeKey", ALLOWED), ("RetireGrant", ALLOWED), ("Decrypt", IMPLICITLY_DENIED)]
    {
        for constraint in ["EncryptionContextEquals", "EncryptionContextSubset"] {
            let grant = with(
                grant(),
                json!({"operations": [operation], "constraints": {constraint: {"app": "payroll"}}}),
            );
            granted().grant(grant).action(&format!("kms:{operation}")).is(decision);
        }
    }
}

/// KMS API GrantConstraints: a grant for the calls that a service makes for one resource.
#[test]
fn a_source_arn_constraint_is_the_resource_that_a_service_calls_for() {
    let volume = "arn:aws:ec2:us-east-1:111122223333:volume/vol-1";
    constrained(json!({"SourceArn": volume})).context(json!({"aws:SourceArn": volume})).is(ALLOWED);
    let other = json!({"aws:SourceArn": "arn:aws:ec2:us-east-1:111122223333:volume/vol-2"});
    constrained(json!({"SourceArn": volume})).context(other).is(IMPLICITLY_DENIED);
    constrained(json!({"SourceArn": volume})).is(IMPLICITLY_DENIED);
}

/// KMS API CreateGrant: an AWS service may be the grantee.
#[test]
fn a_service_may_be_the_grantee() {
    let to_service = with(grant(), json!({"grantee_principal": "cloudtrail.amazonaws.com"}));
    granted().grant(to_service.clone()).principal("cloudtrail.amazonaws.com").is(ALLOWED);
    granted().grant(to_service.clone()).principal("config.amazonaws.com").is(IMPLICITLY_DENIED);
    granted().grant(to_service).is(IMPLICITLY_DENIED);
}

/// KMS-DG grants: a constraint on what is not known is a dependency on it.
#[test]
fn a_constraint_on_an_unknown_encryption_context_is_a_dependency() {
    let case = || {
        constrained(json!({"EncryptionContextSubset": {"app": "payroll"}}))
            .unknown(&["kms:EncryptionContext:app"])
    };
    case().depends_on(&["kms:EncryptionContext:app"]);
    case().identity(json!([allow("kms:*")])).resource(json!([allow_to(ROLE, "kms:*")])).is(ALLOWED);
}

/// KMS-DG grant-delete: who may retire a grant stands in the grant; `kms:RetireGrant` "is not effective in a key policy
/// or resource control policy" and "alone does not allow principals to retire a grant", but denies.
#[test]
fn retiring_is_allowed_by_the_grant_and_not_by_policies() {
    let retire = || granted().action("kms:RetireGrant");
    let retirable = with(grant(), json!({"operations": ["Encrypt", "RetireGrant"]}));
    retire().is(IMPLICITLY_DENIED);
    retire().grant(retirable.clone()).is(ALLOWED);
    let by_policies = || encrypt().action("kms:RetireGrant").resource(json!([allow_to(ROLE, "kms:*")]));
    by_policies().is(IMPLICITLY_DENIED);
    by_policies().action("kms:RevokeGrant").is(ALLOWED);
    retire().grant(retirable.clone()).identity(json!([deny("kms:RetireGrant")])).is(EXPLICITLY_DENIED);
    for denied in ["*", "kms:*", "kms:RetireGrant"] {
        let control = [json!([deny_to("*", denied)])];
        retire().grant(retirable.clone()).resource_control(&control).is(ALLOWED);
    }
    granted().grant(retirable).resource_control(&[json!([deny_to("*", "*")])]).is(EXPLICITLY_DENIED);
}

/// KMS-DG grant-delete: "The kms:RetireGrant permission is not effective in a key policy", and denials of it belong "in
/// your IAM policies".
#[test]
fn a_key_policys_denial_does_not_reach_the_retiring_of_a_grant() {
    let grant = with(grant(), json!({"operations": ["Encrypt", "RetireGrant"]}));
    let denied = granted().grant(grant).resource(json!([deny_to("*", "kms:*")]));
    denied.clone().is(EXPLICITLY_DENIED);
    denied.action("kms:RetireGrant").is(ALLOWED);
}

/// KMS-DG policy-evaluation: across accounts an IAM policy or a grant is enough on the caller's side.
#[test]
fn across_accounts_a_grant_needs_no_identity_policy() {
    let elsewhere = || encrypt_elsewhere().no_identity().resource(json!([allow_to(USER, "kms:*")]));
    elsewhere().is(IMPLICITLY_DENIED);
    elsewhere().grant(grant()).is(ALLOWED);
    elsewhere().grant(grant()).identity(json!([deny("kms:*")])).is(EXPLICITLY_DENIED);
}

/// KMS-DG grants say nothing of boundaries and session policies and service control policies that merely don't allow.
#[test]
fn whether_a_limit_that_does_not_allow_cuts_a_grant_is_not_decided() {
    let silent = json!([allow("s3:*")]);
    granted().boundary(silent.clone()).depends_on(&["permissions_boundary"]);
    granted().boundary(json!([allow("kms:*")])).is(ALLOWED);
    granted().service_control(std::slice::from_ref(&silent)).depends_on(&["service_control_policy"]);
    granted().service_control(&[json!([allow("*")])]).is(ALLOWED);
    granted().session_policy(silent.clone()).depends_on(&["session"]);
    granted().session_policy(json!([allow("kms:*")])).is(ALLOWED);
    granted().boundary(silent).without("grants").is(IMPLICITLY_DENIED);
}

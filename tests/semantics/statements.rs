//! Statements: effects, actions and resources.

use serde_json::{Value, json};

use crate::case::{
    ACCOUNT_ROOT, ALLOWED, EXPLICITLY_DENIED, IMPLICITLY_DENIED, KEY, ROLE, TARGET, allow, allow_to, assume,
    deny, deny_to, encrypt, on, read_object, trust, with,
};

/// IAM-UG reference_policies_evaluation-logic: "An explicit deny in any of these policies overrides the allow."
#[test]
fn an_explicit_denial_wins_in_every_kind_of_policy() {
    let denying = |layer: &str, action: &str| match layer {
        "identity_policy" => encrypt().identity(json!([allow("kms:*"), deny(action)])),
        "key_policy" => encrypt().resource(json!([allow_to(ACCOUNT_ROOT, "kms:*"), deny_to("*", action)])),
        "permissions_boundary" => encrypt().boundary(json!([allow("*"), deny(action)])),
        "session" => encrypt().session_policy(json!([allow("*"), deny(action)])),
        "service_control_policy" => encrypt().service_control(&[json!([allow("*"), deny(action)])]),
        _ => encrypt().resource_control(&[json!([deny_to("*", action)])]),
    };
    for layer in [
        "identity_policy",
        "key_policy",
        "permissions_boundary",
        "session",
        "service_control_policy",
        "resource_control_policy",
    ] {
        denying(layer, "kms:Encrypt").is(EXPLICITLY_DENIED).because(layer, "No", "deny", "");
        denying(layer, "kms:Decrypt").is(ALLOWED);
    }
    let trusting = |action: &str| {
        let denial = with(trust(ROLE), json!({"Sid": "No", "Effect": "Deny", "Action": action}));
        assume().resource(json!([trust(ROLE), denial]))
    };
    trusting("sts:AssumeRole").is(EXPLICITLY_DENIED).because("trust_policy", "No", "deny", "");
    trusting("sts:TagSession").is(ALLOWED);
}

/// IAM-UG reference_policies_evaluation-logic: "By default, all requests are denied."
#[test]
fn what_nothing_allows_is_denied_by_nothing() {
    let other = with(allow("kms:Decrypt"), json!({"Sid": "Other"}));
    let denied = encrypt().identity(json!([other])).is(IMPLICITLY_DENIED);
    denied.because("identity_policy", "Other", "none", "ction");
    let unnamed = encrypt().identity(json!([allow("s3:*"), allow("kms:Decrypt")])).is(IMPLICITLY_DENIED);
    unnamed.because_of("identity_policy", "none");
    encrypt().identity(json!([])).is(IMPLICITLY_DENIED);
    encrypt().no_identity().is(IMPLICITLY_DENIED).because_of("identity_policy", "none");
    encrypt().is(ALLOWED).because("identity_policy", "Use", "allow", "");
}

fn decides(statement: Value, decision: &str) {
    encrypt().identity(json!([statement])).is(decision);
}

/// IAM-UG reference_policies_elements_action: "You can use multi-character match wildcards (*) and single-character
/// match wildcards (?)"; prefixes and names ignore case.
#[test]
fn actions_have_wildcards_and_no_case() {
    for action in
        ["*", "kms:*", "kms:Encrypt", "kms:Enc*", "kms:*crypt", "kms:?ncrypt", "KMS:encrypt", "Kms:eNC*"]
    {
        decides(allow(action), ALLOWED);
    }
    for action in ["kms:Encryp", "kms:Encrypt?", "kms:E", "kms:Encrypts", "s3:*", "km:*", "kms:ReEncrypt*"] {
        decides(allow(action), IMPLICITLY_DENIED);
    }
    let list = |actions: Value| json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    decides(list(json!(["s3:*", "kms:Encrypt"])), ALLOWED);
    decides(list(json!(["s3:*", "kms:Decrypt"])), IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_elements_action: white space, which AWS's own managed policies have, is part of the name.
#[test]
fn an_action_with_white_space_never_matches() {
    for action in ["kms:Encrypt ", " kms:Encrypt", "kms: *", "kms:Encrypt\n"] {
        decides(allow(action), IMPLICITLY_DENIED);
    }
    decides(json!({"Effect": "Allow", "Action": ["kms:Encrypt ", "kms:Encrypt"], "Resource": "*"}), ALLOWED);
}

/// IAM-UG reference_policies_elements_notaction: everything but the actions listed, of every service.
#[test]
fn not_action_is_every_other_action() {
    let all_but =
        |effect: &str, actions: Value| json!({"Effect": effect, "NotAction": actions, "Resource": "*"});
    decides(all_but("Allow", json!("iam:*")), ALLOWED);
    decides(all_but("Allow", json!(["iam:*", "KMS:enc*"])), IMPLICITLY_DENIED);
    let denying = |actions: Value| encrypt().identity(json!([allow("kms:*"), all_but("Deny", actions)]));
    denying(json!("s3:*")).is(EXPLICITLY_DENIED);
    denying(json!(["s3:*", "kms:*"])).is(ALLOWED);
}

/// IAM-UG reference_policies_elements_resource: wildcards in the parts of an ARN; they cross slashes.
#[test]
fn resources_have_wildcards_and_case() {
    for resource in [
        "*",
        KEY,
        "arn:aws:kms:us-east-1:111122223333:key/*",
        "arn:aws:kms:*:111122223333:key/1234abcd-*",
        "arn:aws:kms:us-east-?:*:key/????abcd-*",
        "arn:aws:kms:us-east-1:111122223333:*",
    ] {
        decides(on(allow("kms:*"), resource), ALLOWED);
    }
    for resource in [
        "arn:aws:kms:eu-west-1:111122223333:key/*",
        "arn:aws:kms:us-east-1:444455556666:key/*",
        "arn:aws:kms:us-east-1:111122223333:key/1234ABCD-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:us-east-1:111122223333:key/?",
        "arn:aws:kms:us-east-1:111122223333:alias/*",
        "arn:aws:s3:::*",
    ] {
        decides(on(allow("kms:*"), resource), IMPLICITLY_DENIED);
    }
    let read = |resource: &str| read_object().identity(json!([on(allow("s3:*"), resource)]));
    read("arn:aws:s3:::example/*").is(ALLOWED);
    read("arn:aws:s3:::ex*/may.csv").is(ALLOWED);
    read("arn:aws:s3:::example/reports/?ay.csv").is(ALLOWED);
    read("arn:aws:s3:::example").is(IMPLICITLY_DENIED);
    read("arn:aws:s3:::example/reports/").is(IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_elements_resource: "AWS automatically completes the ARN by adding wildcard characters (*)
/// to all missing fields".
#[test]
fn an_incomplete_arn_is_completed_with_wildcards() {
    decides(on(allow("kms:*"), "arn:aws:kms"), ALLOWED);
    decides(on(allow("kms:*"), "arn:aws:kms:us-east-1"), ALLOWED);
    decides(on(allow("kms:*"), "arn:aws:kms:us-east-1:111122223333"), ALLOWED);
    decides(on(allow("kms:*"), "arn:aws:kms:*"), ALLOWED);
    decides(on(allow("kms:*"), "arn:aws:waf:*"), IMPLICITLY_DENIED);
    decides(on(allow("kms:*"), "arn:aws:kms:eu-west-1"), IMPLICITLY_DENIED);
    decides(on(allow("kms:*"), "arn:aws:kms:us-east-1:444455556666"), IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_elements_notresource: every resource but those listed.
#[test]
fn not_resource_is_every_other_resource() {
    let all_but =
        |effect: &str, resource: &str| json!({"Effect": effect, "Action": "kms:*", "NotResource": resource});
    decides(all_but("Allow", "arn:aws:kms:us-east-1:111122223333:alias/*"), ALLOWED);
    decides(all_but("Allow", "arn:aws:kms:*:*:key/1234abcd-*"), IMPLICITLY_DENIED);
    let denying = |resource: &str| encrypt().identity(json!([allow("kms:*"), all_but("Deny", resource)]));
    denying("arn:aws:kms:us-east-1:111122223333:alias/*").is(EXPLICITLY_DENIED);
    denying(KEY).is(ALLOWED);
}

/// IAM-UG reference_policies_grammar: one statement, action or resource needs no list.
#[test]
fn a_single_statement_needs_no_list() {
    let policy = |statement: Value| {
        encrypt().set(json!({"identity_policies": [{"name": "one", "policy": {"Statement": statement}}]}))
    };
    policy(allow("kms:Encrypt")).is(ALLOWED);
    policy(json!([allow("kms:Encrypt")])).is(ALLOWED);
    policy(json!({"Effect": "Allow", "Action": ["kms:Encrypt"], "Resource": [KEY]})).is(ALLOWED);
    policy(json!({"Effect": "Allow", "Action": ["kms:Encrypt"], "Resource": [TARGET]})).is(IMPLICITLY_DENIED);
}

/// IAM-UG reference_policies_evaluation-logic: the policies of one layer are one set of statements.
#[test]
fn identity_policies_add_up() {
    let policies = |first: Value, second: Value| {
        encrypt().set(json!({"identity_policies": [
            {"name": "first", "policy": {"Statement": first}}, {"name": "second", "policy": {"Statement": second}}
        ]}))
    };
    policies(allow("s3:*"), allow("kms:Encrypt")).is(ALLOWED);
    policies(allow("s3:*"), allow("kms:Decrypt")).is(IMPLICITLY_DENIED);
    policies(deny("kms:Encrypt"), allow("kms:Encrypt")).is(EXPLICITLY_DENIED);
}

//! Setups that are right in an unusual way: each must come out ready.

use aws_sdk_kms::types::GrantOperation;
use serde_json::{Value, json};

use crate::policy::{
    OPENAI_ROLE, ORGANIZATION, USE, allow, delegation_to_the_account, deny, policy, to,
    trust_of_anybody_when, trust_statement_without_condition, trust_when, when,
};
use crate::setup::{KeyKind, Place, Setup};

/// Each is ready.
pub(super) fn all() -> Vec<Setup> {
    [accounts_and_keys(), grants_and_principals(), trusts(), documents(), conditions(), conditions_of_kms()]
        .concat()
}

/// Where role and key are, and what the key is.
fn accounts_and_keys() -> Vec<Setup> {
    vec![
        // KMS-DG key-policy-modifying-external-accounts: the key's policy and the role's must both allow.
        Setup::documented("role and key are in two accounts")
            .key_elsewhere([delegation_to_the_account(), to("$ROLE", allow(USE, "*"))])
            .emulator_deviates(
                "it finds keys of the caller's account only; KMS-DG key-policy-modifying-external-accounts",
            ),
        Setup::documented("an alias is registered, and the key's policy names the role")
            .registers_key("$ALIAS")
            .key_policy([delegation_to_the_account(), to("$ROLE", allow(USE, "*"))])
            .warnings(&["aws-key-alias"]),
        Setup::documented("an alias is registered")
            .registers_key("$ALIAS")
            .warnings(&["aws-key-alias"])
            // KMS-DG alias-access: policies see the key's ARN, whatever the request named.
            .emulator_deviates("it matches Resource against the alias's ARN; KMS-DG alias-access"),
        Setup::documented("the key is a multi-Region key").key(KeyKind::MultiRegion),
        // KMS-DG multi-region-keys-auth: each of them has a policy of its own.
        Setup::documented("the key is a replica, whose own policy names the role")
            .without_role_policy()
            .key(KeyKind::Replica)
            .key_policy([delegation_to_the_account(), to("$ROLE", allow(USE, "*"))]),
        Setup::documented("the key's material was imported and does not expire").key(KeyKind::Imported),
        Setup::documented("the role has a path").role_path("/security/openai/"),
        Setup::documented("the account is in no organization").place(Place::Nowhere),
    ]
}

/// Who is named where.
fn grants_and_principals() -> Vec<Setup> {
    // Without delegation to the account, the auditor reads only what the key's policy lets it read.
    let reading = to("$AUDITOR", allow(&["kms:Describe*", "kms:Get*", "kms:List*"], "*"));
    vec![
        // KMS-DG policy-evaluation: in one account the key's policy is enough where it names the role.
        Setup::documented("the key's policy names the role, which has none itself")
            .without_role_policy()
            .key_policy([delegation_to_the_account(), to("$ROLE", allow(USE, "*"))]),
        Setup::documented("the key's policy names the role and delegates nothing")
            .without_role_policy()
            .key_policy([reading.clone(), to("$ROLE", allow(USE, "*"))]),
        // KMS-DG key-policy-default: both the account's statement and the role's policy must match.
        Setup::documented("the key's policy delegates exactly the two actions")
            .key_policy([reading, to("arn:aws:iam::$ACCOUNT:root", allow(USE, "*"))]),
        // KMS-DG grants: a grant allows without any policy.
        Setup::documented("a grant in place of the role's policy")
            .without_role_policy()
            .grants("$ROLE", [GrantOperation::Encrypt, GrantOperation::Decrypt])
            .emulator_deviates("grants allow nothing in it; KMS-DG grants"),
        // IAM-UG reference_policies_condition-keys: for a session, aws:PrincipalArn is the role's ARN.
        Setup::documented("anybody is the principal, OpenAI's role a condition")
            .trust(trust_of_anybody_when(json!({
                "StringEquals": { "sts:ExternalId": ORGANIZATION },
                "ArnEquals": { "aws:PrincipalArn": OPENAI_ROLE },
            })))
            .emulator_deviates(
                "its aws:PrincipalArn is the session's ARN; IAM-UG reference_policies_condition-keys",
            ),
    ]
}

/// Trust policies.
fn trusts() -> Vec<Setup> {
    vec![
        // IAM-UG reference_policies_elements_condition_operators: StringNotEquals holds without the key, too.
        Setup::documented("a Deny asks for the ExternalId").trust(policy([
            trust_statement_without_condition(),
            json!({
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sts:AssumeRole",
                "Condition": { "StringNotEquals": { "sts:ExternalId": ORGANIZATION } },
            }),
        ])),
        Setup::documented("a Deny of everybody but OpenAI's account").trust(policy([
            trust_when(json!({ "StringEquals": { "sts:ExternalId": ORGANIZATION } }))["Statement"][0].clone(),
            json!({
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sts:*",
                "Condition": { "StringNotEquals": { "aws:PrincipalAccount": "790389265272" } },
            }),
        ])),
        Setup::documented("the addresses that the customer knows are admitted")
            .trust(trust_when(json!({
                "StringEquals": { "sts:ExternalId": ORGANIZATION },
                "IpAddress": { "aws:SourceIp": ["203.0.113.0/24", "127.0.0.0/8"] },
            })))
            .assumes(&["aws:SourceIp=203.0.113.7"])
            .limits(&["aws:SourceIp of OpenAI's calls was assumed to be 203.0.113.7"]),
    ]
}

/// Policies that mean exactly the two actions.
fn documents() -> Vec<Setup> {
    vec![
        Setup::documented("a wildcard stands for exactly the two actions")
            .inline(policy([allow(&["kms:*crypt"], "$KEY")])),
        Setup::documented("a statement for each action, inline and attached")
            .in_parts(policy([allow(&["kms:Encrypt"], "$KEY")]), policy([allow(&["kms:Decrypt"], "$KEY")])),
        // IAM-UG access_policies_boundaries: the role has what both allow.
        Setup::documented("everything is allowed, and the boundary leaves exactly the two actions")
            .inline(policy([allow(&["*"], "*")]))
            .boundary(policy([allow(USE, "$KEY")])),
        // IAM-UG reference_policies_elements_notaction.
        Setup::documented("everything but the two actions is denied").inline(policy([
            allow(&["kms:*"], "$KEY"),
            json!({ "Effect": "Deny", "NotAction": USE, "Resource": "*" }),
        ])),
        Setup::documented("everything but the key is denied").inline(policy([
            allow(USE, "*"),
            json!({ "Effect": "Deny", "Action": "*", "NotResource": "$KEY" }),
        ])),
        // IAM-UG reference_policies_elements_notprincipal: the Deny does not concern the two actions.
        Setup::documented("nobody but the account may delete the key").key_policy([
            delegation_to_the_account(),
            json!({
                "Effect": "Deny",
                "NotPrincipal": { "AWS": "arn:aws:iam::$ACCOUNT:root" },
                "Action": ["kms:ScheduleKeyDeletion", "kms:DisableKey"],
                "Resource": "*",
            }),
        ]),
        Setup::documented("a variable stands for the role's account")
            .inline(policy([when(
                json!({ "StringEquals": { "aws:ResourceAccount": "${aws:PrincipalAccount}" } }),
                allow(USE, "$KEY"),
            )]))
            .emulator_deviates("variables are plain text in it; IAM-UG reference_policies_variables"),
        Setup::documented("statements that are for others").key_policy([
            delegation_to_the_account(),
            to("arn:aws:iam::$ACCOUNT:role/administrator", allow(&["kms:Describe*", "kms:Put*"], "*")),
            to("arn:aws:iam::$ACCOUNT:role/intern", deny(&["kms:*"], "*")),
            to_service("logs.amazonaws.com", allow(&["kms:DescribeKey"], "*")),
        ]),
    ]
}

/// The statement, for an AWS service.
fn to_service(service: &str, mut statement: Value) -> Value {
    statement["Principal"] = json!({ "Service": service });
    statement
}

/// Conditions that OpenAI's calls meet, on keys that the emulator knows.
fn conditions() -> Vec<Setup> {
    let denied_when = |condition: Value| {
        Setup::documented("")
            .key_policy([delegation_to_the_account(), when(condition, to("*", deny(USE, "*")))])
    };
    let named = |name: &'static str, setup: Setup| Setup { name, ..setup };
    vec![
        Setup::documented("the region, and tags of role and key, are conditions")
            .role_tags(&[("team", "ekm")])
            .key_tags(&[("purpose", "openai")])
            .inline(policy([when(
                json!({ "StringEquals": {
                    "aws:RequestedRegion": "eu-central-1",
                    "aws:PrincipalTag/team": "ekm",
                    "aws:ResourceTag/purpose": "openai",
                    "aws:PrincipalAccount": "$ACCOUNT",
                } }),
                allow(USE, "$KEY"),
            )])),
        named(
            "the role is admitted by its tag",
            denied_when(json!({ "StringNotEquals": { "aws:PrincipalTag/team": "ekm" } }))
                .role_tags(&[("team", "ekm")]),
        ),
        named(
            "nobody outside of the organization may use the key",
            denied_when(json!({ "StringNotEquals": { "aws:PrincipalOrgID": "$ORGANIZATION" } })),
        ),
        // KMS-DG conditions-kms: each is of another call or key than OpenAI's.
        named(
            "what is denied is of another kind of key",
            denied_when(json!({
                "Bool": { "kms:MultiRegion": "true" },
                "StringEquals": { "kms:KeyOrigin": "EXTERNAL" },
            })),
        ),
        named(
            "what is denied is what services ask for",
            denied_when(json!({ "Null": { "kms:ViaService": "false" } })),
        ),
    ]
}

/// Conditions that OpenAI's calls meet, each on a key that the emulator has otherwise.
fn conditions_of_kms() -> Vec<Setup> {
    let allowed_when = |name: &'static str, condition: Value| {
        Setup::documented(name).inline(policy([when(condition, allow(USE, "$KEY"))]))
    };
    vec![
        allowed_when("only over TLS", json!({ "Bool": { "aws:SecureTransport": "true" } }))
            .emulator_deviates("it is asked without TLS; IAM-UG reference_policies_condition-keys"),
        allowed_when(
            "only with the symmetric algorithm",
            json!({ "StringEquals": { "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT" } }),
        )
        .emulator_deviates("it has no kms:EncryptionAlgorithm; KMS-DG conditions-kms"),
        allowed_when(
            "only with material that KMS made",
            json!({ "StringEquals": { "kms:KeyOrigin": "AWS_KMS" } }),
        )
        .emulator_deviates("it has no kms:KeyOrigin; KMS-DG conditions-kms"),
        allowed_when("only with a key of one region", json!({ "Bool": { "kms:MultiRegion": "false" } }))
            .emulator_deviates("it has no kms:MultiRegion; KMS-DG conditions-kms"),
        Setup::documented("whoever is of the account")
            .key_policy([
                delegation_to_the_account(),
                when(
                    json!({ "StringEquals": { "kms:CallerAccount": "$ACCOUNT" } }),
                    to("*", allow(USE, "*")),
                ),
            ])
            .without_role_policy()
            .warnings(&["aws-key-dedicated"])
            .emulator_deviates("it has no kms:CallerAccount; KMS-DG conditions-kms"),
        allowed_when(
            "only by an alias of the key",
            json!({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/openai-ekm" } }),
        )
        .emulator_deviates("it has no kms:ResourceAliases; KMS-DG conditions-kms"),
    ]
}

//! Mistakes in the trust policy.

use serde_json::json;

use crate::policy::{
    ORGANIZATION, documented_trust, policy, trust_also_of, trust_for, trust_of,
    trust_statement_without_condition, trust_when,
};
use crate::setup::Decision::{Allowed, Denied};
use crate::setup::Setup;

/// Each is not ready.
pub(super) fn wrong() -> Vec<Setup> {
    [wrong_principal(), wrong_external_id(), wrong_condition()].concat()
}

/// Who may assume the role.
fn wrong_principal() -> Vec<Setup> {
    vec![
        Setup::documented("the principal is the customer's own account")
            .trust(trust_of(json!({ "AWS": "arn:aws:iam::$ACCOUNT:root" })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed", "aws-trust-principal"])
            .warnings(&["aws-trust-additional"]),
        Setup::documented("the principal is OpenAI's role for customer storage")
            .trust(trust_of(json!({ "AWS": "arn:aws:iam::790389265272:role/CustomerStorage" })))
            .not_ready(
                [Denied, Allowed, Allowed],
                &["aws-assume-role-allowed", "aws-trust-exclusive", "aws-trust-principal"],
            ),
        Setup::documented("OpenAI's role for customer storage is trusted as well")
            .trust(trust_also_of(json!({ "AWS": "arn:aws:iam::790389265272:role/CustomerStorage" })))
            .not_ready([Allowed; 3], &["aws-trust-exclusive"]),
        // Organizations API DescribeAccount: an account that is not found is of another organization, or of none.
        Setup::documented("a third account may assume the role as well")
            .trust(trust_also_of(json!({ "AWS": "arn:aws:iam::210987654321:root" })))
            .not_ready([Allowed; 3], &["aws-trust-exclusive"]),
        // IAM-UG reference_policies_elements_principal: the account's ARN stands for everybody in it.
        Setup::documented("the principal is all of OpenAI's account")
            .trust(trust_of(json!({ "AWS": "arn:aws:iam::790389265272:root" })))
            .not_ready([Allowed; 3], &["aws-trust-exclusive"]),
        Setup::documented("the principal is anybody")
            .trust(trust_of(json!("*")))
            .not_ready([Allowed; 3], &["aws-trust-exclusive"]),
        Setup::documented("the action is that of web identities")
            .trust(trust_for("sts:AssumeRoleWithWebIdentity"))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed", "aws-trust-principal"]),
    ]
}

/// With which ExternalId.
fn wrong_external_id() -> Vec<Setup> {
    vec![
        Setup::documented("the ExternalId is another organization's")
            .trust(trust_when(json!({ "StringEquals": { "sts:ExternalId": "org-Some0therOrganization" } })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed", "aws-trust-external-id"])
            .warnings(&["aws-trust-additional"]),
        Setup::documented("the ExternalId differs in case")
            .trust(trust_when(json!({ "StringEquals": { "sts:ExternalId": "ORG-4Qd8XyTz71LmWc05RkVb" } })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed", "aws-trust-external-id"])
            .warnings(&["aws-trust-additional"]),
        Setup::documented("no ExternalId is asked for")
            .trust(policy([trust_statement_without_condition()]))
            .not_ready([Allowed; 3], &["aws-trust-external-id"]),
        Setup::documented("any organization's id will do")
            .trust(trust_when(json!({ "StringLike": { "sts:ExternalId": "org-*" } })))
            .not_ready([Allowed; 3], &["aws-trust-external-id"]),
        // IAM-UG reference_policies_elements_condition_operators: IfExists holds without the key.
        Setup::documented("the ExternalId is compared only if there is one")
            .trust(trust_when(json!({ "StringEqualsIfExists": { "sts:ExternalId": ORGANIZATION } })))
            .not_ready([Allowed; 3], &["aws-trust-external-id"]),
        // IAM-UG reference_policies_multi-value-conditions: it holds without the key, too.
        Setup::documented("every ExternalId that there is must match")
            .trust(trust_when(json!({ "ForAllValues:StringEquals": { "sts:ExternalId": ORGANIZATION } })))
            .not_ready([Allowed; 3], &["aws-trust-external-id"]),
        Setup::documented("the ExternalId has a space at its end")
            .trust(trust_when(json!({ "StringEquals": { "sts:ExternalId": "org-4Qd8XyTz71LmWc05RkVb " } })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed", "aws-trust-external-id"]),
    ]
}

/// Under which conditions.
fn wrong_condition() -> Vec<Setup> {
    vec![
        Setup::documented("a second factor is asked for")
            .trust(trust_when(json!({
                "StringEquals": { "sts:ExternalId": ORGANIZATION },
                "Bool": { "aws:MultiFactorAuthPresent": "true" },
            })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed"]),
        // OpenAI is never of the customer's organization.
        Setup::documented("the customer's organization is asked for")
            .trust(trust_when(json!({ "StringEquals": {
                "sts:ExternalId": ORGANIZATION,
                "aws:PrincipalOrgID": "$ORGANIZATION",
            } })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed"]),
        // Nor does it come through an endpoint of the customer's.
        Setup::documented("an endpoint of the customer's is asked for")
            .trust(trust_when(json!({ "StringEquals": {
                "sts:ExternalId": ORGANIZATION,
                "aws:SourceVpce": "vpce-1a2b3c4d",
            } })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed"]),
        Setup::documented("it held until 2020")
            .trust(trust_when(json!({
                "StringEquals": { "sts:ExternalId": ORGANIZATION },
                "DateLessThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" },
            })))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed"]),
        Setup::documented("another statement denies whoever is of another account")
            .trust(policy([
                documented_trust()["Statement"][0].clone(),
                json!({
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sts:AssumeRole",
                    "Condition": { "StringNotEquals": { "aws:PrincipalAccount": "$ACCOUNT" } },
                }),
            ]))
            .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed"]),
    ]
}

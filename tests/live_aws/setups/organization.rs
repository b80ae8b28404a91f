//! Accounts in an organization with policies: Organizations User Guide, "SCP evaluation" and "RCP evaluation".

use serde_json::{Value, json};

use super::NO_USE;
use crate::policy::{USE, allow, deny, policy, trust_also_of, when};
use crate::setup::Decision::{Allowed, Denied};
use crate::setup::{Attached, Place, Setup};

const NOT_ENFORCED: &str = "it enforces no organization policies; ORG-UG orgs_manage_policies_scps";
const NOT_ENFORCED_ON_RESOURCES: &str =
    "it has no resource control policies; ORG-UG orgs_manage_policies_rcps";

/// Every setup.
pub(super) fn all() -> Vec<Setup> {
    [service_control(), resource_control()].concat()
}

fn member(name: &'static str, to_unit: Vec<Value>) -> Setup {
    Setup::documented(name).place(Place::Member(Attached { to_unit, to_account_instead: None }))
}

/// A member that has this in the place of `FullAWSAccess`.
fn member_with_list(name: &'static str, list: Value) -> Setup {
    let attached = Attached { to_unit: vec![], to_account_instead: Some(list) };
    Setup::documented(name).place(Place::Member(attached))
}

fn service_control() -> Vec<Setup> {
    let outside_of_region = |region: &str| {
        policy([when(json!({ "StringNotEquals": { "aws:RequestedRegion": region } }), deny(&["*"], "*"))])
    };
    vec![
        // ORG-UG orgs_manage_policies_scps: they don't limit the management account.
        Setup::documented("the management account, under a policy that denies everything")
            .place(Place::Management(vec![policy([deny(&["*"], "*")])])),
        member("a member under no more than FullAWSAccess", vec![]),
        member("a member whose unit denies other regions", vec![outside_of_region("eu-central-1")]),
        member(
            "a member whose unit spares the role in its denial",
            vec![policy([when(
                json!({ "ArnNotEquals": { "aws:PrincipalArn": "arn:aws:iam::*:role/openai-ekm" } }),
                deny(&["kms:Decrypt"], "*"),
            )])],
        ),
        member_with_list("a member whose list has KMS", policy([allow(&["kms:*", "s3:*"], "*")])),
        // ORG-UG orgs_manage_policies_scps: the caller of sts:AssumeRole is of another organization.
        member("a member whose unit denies taking roles", vec![policy([deny(&["sts:AssumeRole"], "*")])]),
        member("a member whose organization's management account may assume the role as well", vec![])
            .trust(trust_also_of(json!({ "AWS": "arn:aws:iam::$MANAGEMENT:root" })))
            .warnings(&["aws-trust-additional"]),
        member("a member whose unit denies this region", vec![outside_of_region("us-east-1")])
            .not_ready([Allowed, Denied, Denied], NO_USE)
            .warnings(&["aws-organization-policies"])
            .emulator_deviates(NOT_ENFORCED),
        member("a member whose unit denies Decrypt", vec![policy([deny(&["kms:Decrypt"], "*")])])
            .not_ready([Allowed, Allowed, Denied], &["aws-decrypt-allowed"])
            .warnings(&["aws-organization-policies"])
            .emulator_deviates(NOT_ENFORCED),
        member_with_list("a member whose list lacks KMS", policy([allow(&["s3:*", "sts:*"], "*")]))
            .not_ready([Allowed, Denied, Denied], NO_USE)
            .warnings(&["aws-organization-policies"])
            .emulator_deviates(NOT_ENFORCED),
    ]
}

fn resource_control() -> Vec<Setup> {
    let denies = |actions: &[&str], condition: Value| {
        let mut statement = when(condition, deny(actions, "*"));
        statement["Principal"] = json!("*");
        policy([statement])
    };
    let member = |name: &'static str, policy: Value| {
        Setup::documented(name).place(Place::MemberUnderResourceControl(vec![policy]))
    };
    let outsiders = json!({ "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-exampleorgid" } });
    let but_openai =
        json!({ "StringNotEquals": { "aws:PrincipalAccount": ["790389265272", "111122223333"] } });
    vec![
        member(
            "a member whose resources are for no account but OpenAI's, to take roles",
            denies(&["sts:AssumeRole"], but_openai),
        ),
        member(
            "a member whose roles are for another account's alone",
            denies(
                &["sts:AssumeRole"],
                json!({ "StringNotEquals": { "aws:PrincipalAccount": "111122223333" } }),
            ),
        )
        .not_ready([Denied, Allowed, Allowed], &["aws-assume-role-allowed"])
        .warnings(&["aws-organization-policies"])
        .emulator_deviates(NOT_ENFORCED_ON_RESOURCES),
        // The role's organization has another id.
        member("a member whose keys are for another organization", denies(USE, outsiders))
            .not_ready([Allowed, Denied, Denied], NO_USE)
            .warnings(&["aws-organization-policies"])
            .emulator_deviates(NOT_ENFORCED_ON_RESOURCES),
    ]
}

//! Answers about something else than what was asked for, and lists that are not whole.

use crate::calls::CALLS;
use crate::program::{Expected, NOT_READY};

/// An answer about something else than what was asked for, or a list that is not whole.
pub(crate) struct Elsewhere {
    pub(crate) operation: &'static str,
    pub(crate) what: &'static str,
    /// Of the answer, and the account that it is about.
    pub(crate) rewrite: fn(&str, &str) -> String,
    pub(crate) expected: Expected,
}

/// Everything that the registered role is for, if it is not there.
const NO_ROLE: &[&str] =
    &["aws-assume-role-allowed", "aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-exists"];

/// An account that none of the tests has.
const NOBODY: &str = "999999999999";

/// As if the call had failed for a reason.
fn failing(operation: &str, reason: &'static str) -> Expected {
    let call = CALLS.iter().find(|call| call.operation() == operation).expect("is a call");
    call.failing_for(reason)
}

/// Every one of them.
pub(crate) fn elsewhere() -> Vec<Elsewhere> {
    vec![
        Elsewhere {
            operation: "GetCallerIdentity",
            what: "another account asks",
            rewrite: of_nobody,
            expected: Expected {
                missing: vec![
                    ("role", "wrong_account"),
                    ("role_attached_policies", "wrong_account"),
                    ("role_boundary", "wrong_account"),
                    ("role_inline_policies", "wrong_account"),
                ],
                ..failing("GetRole", "unreadable")
            },
        },
        // Not to be had from AWS: who asked is one account, and the role is of another.
        Elsewhere {
            operation: "GetRole",
            what: "a role of another account",
            rewrite: of_nobody,
            expected: Expected { verdict: NOT_READY, failing: NO_ROLE, ..Expected::ready() },
        },
        Elsewhere {
            operation: "GetRole",
            what: "another role",
            rewrite: |body, _| body.replace("role/openai-ekm", "role/openai-ekm-2"),
            expected: Expected { verdict: NOT_READY, failing: NO_ROLE, ..Expected::ready() },
        },
        Elsewhere {
            operation: "GetRole",
            what: "a role without its trust policy",
            rewrite: |body, _| without_element(body, "AssumeRolePolicyDocument"),
            expected: failing("GetRole", "unreadable"),
        },
        Elsewhere {
            operation: "DescribeKey",
            what: "a key of another account",
            rewrite: of_nobody,
            expected: Expected { missing: vec![], ..failing("DescribeKey", "unreadable") },
        },
        Elsewhere {
            operation: "DescribeKey",
            what: "a key of another region",
            rewrite: |body, _| body.replace("eu-central-1", "us-east-1"),
            expected: Expected { missing: vec![], ..failing("DescribeKey", "unreadable") },
        },
        Elsewhere {
            operation: "GetKeyPolicy",
            what: "an empty policy",
            rewrite: |_, _| r#"{"Policy": "", "PolicyName": "default"}"#.into(),
            expected: Expected { missing: vec![], ..failing("GetKeyPolicy", "unreadable") },
        },
        Elsewhere {
            operation: "GetRolePolicy",
            what: "an empty policy",
            rewrite: |body, _| emptied(body, "PolicyDocument"),
            expected: failing("GetRolePolicy", "unreadable"),
        },
        Elsewhere {
            operation: "ListRolePolicies",
            what: "a list that does not say whether it goes on",
            rewrite: |body, _| without_element(body, "IsTruncated"),
            expected: failing("ListRolePolicies", "unreadable"),
        },
        Elsewhere {
            operation: "ListAttachedRolePolicies",
            what: "a list that goes on nowhere",
            rewrite: |body, _| body.replace("false</IsTruncated>", "true</IsTruncated>"),
            expected: failing("ListAttachedRolePolicies", "unreadable"),
        },
        Elsewhere {
            operation: "ListAttachedRolePolicies",
            what: "the same page again and again",
            rewrite: |body, _| {
                body.replace(
                    "<IsTruncated>false</IsTruncated>",
                    "<IsTruncated>true</IsTruncated><Marker>x</Marker>",
                )
            },
            expected: failing("ListAttachedRolePolicies", "timed_out"),
        },
        Elsewhere {
            operation: "ListGrants",
            what: "the same page again and again",
            rewrite: |_, _| r#"{"Grants": [], "Truncated": true, "NextMarker": "x"}"#.into(),
            expected: failing("ListGrants", "timed_out"),
        },
        Elsewhere {
            operation: "ListGrants",
            what: "a list that goes on nowhere",
            rewrite: |_, _| r#"{"Grants": [], "Truncated": true}"#.into(),
            expected: failing("ListGrants", "unreadable"),
        },
        Elsewhere {
            operation: "ListRoots",
            what: "no root",
            rewrite: |_, _| r#"{"Roots": []}"#.into(),
            expected: failing("ListRoots", "unreadable"),
        },
        Elsewhere {
            operation: "ListParents",
            what: "two parents",
            rewrite: |_, _| r#"{"Parents": [{"Id": "r-ab12"}, {"Id": "r-ab13"}]}"#.into(),
            expected: failing("ListParents", "unreadable"),
        },
        // AWS keeps at least one attached everywhere (Organizations API, ConstraintViolationException).
        Elsewhere {
            operation: "ListPoliciesForTarget",
            what: "no policies",
            rewrite: |_, _| r#"{"Policies": []}"#.into(),
            expected: failing("ListPoliciesForTarget", "unreadable"),
        },
        Elsewhere {
            operation: "ListRoots",
            what: "the same page again and again",
            rewrite: the_first_of_the_same,
            expected: failing("ListRoots", "timed_out"),
        },
        Elsewhere {
            operation: "ListParents",
            what: "the same page again and again",
            rewrite: the_first_of_the_same,
            expected: failing("ListParents", "timed_out"),
        },
        Elsewhere {
            operation: "ListPoliciesForTarget",
            what: "the same page again and again",
            rewrite: the_first_of_the_same,
            expected: failing("ListPoliciesForTarget", "timed_out"),
        },
        Elsewhere {
            operation: "DescribePolicy",
            what: "an empty policy",
            rewrite: |_, _| r#"{"Policy": {"Content": ""}}"#.into(),
            expected: Expected { missing: vec![], ..failing("DescribePolicy", "unreadable") },
        },
        Elsewhere {
            operation: "DescribeAccount",
            what: "a member of another organization",
            rewrite: |body, _| body.replace(":account/o-", ":account/o-0"),
            expected: failing("DescribeAccount", "unreadable"),
        },
        Elsewhere {
            operation: "DescribeAccount",
            what: "another member",
            rewrite: |body, account| {
                let (_, organization) = body.split_once(":account/").expect("has its ARN");
                let (organization, _) = organization.split_once('/').expect("names its organization");
                format!(
                    r#"{{"Account": {{"Arn": "arn:aws:organizations::{NOBODY}:account/{organization}/{account}"}}}}"#
                )
            },
            expected: failing("DescribeAccount", "unreadable"),
        },
    ]
}

/// The answer about an account as one about another.
fn of_nobody(body: &str, account: &str) -> String {
    body.replace(account, NOBODY)
}

/// A page of Organizations that says where the next one is, and is that as well.
fn the_first_of_the_same(body: &str, _: &str) -> String {
    body.replacen('{', r#"{"NextToken": "x", "#, 1)
}

fn without_element(body: &str, name: &str) -> String {
    let (before, rest) = body.split_once(&format!("<{name}>")).expect("has the element");
    let (_, behind) = rest.split_once(&format!("</{name}>")).expect("the element ends");
    format!("{before}{behind}")
}

fn emptied(body: &str, name: &str) -> String {
    let (before, rest) = body.split_once(&format!("<{name}>")).expect("has the element");
    let (_, behind) = rest.split_once(&format!("</{name}>")).expect("the element ends");
    format!("{before}<{name}></{name}>{behind}")
}

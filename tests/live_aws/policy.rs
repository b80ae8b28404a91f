//! Policy documents as customers write them.
//!
//! `$ACCOUNT`, `$OWNER` (the key's account), `$ORGANIZATION`, `$MANAGEMENT` (its management account), `$ROLE`, `$KEY`, `$OTHER_KEY`, `$ALIAS` and `$AUDITOR` stand
//! for what [`crate::account`] makes.

use serde_json::{Value, json};

/// OpenAI's role, and the id that it passes (the article "AWS integration").
pub(crate) const OPENAI_ROLE: &str = "arn:aws:iam::790389265272:role/EnterpriseKeyManagement";
/// The organization that registers the key.
pub(crate) const ORGANIZATION: &str = "org-4Qd8XyTz71LmWc05RkVb";
/// An API project of that organization.
pub(crate) const PROJECT: &str = "proj_Zk3uN6eHq90sJfXa";
/// What the role may do, and no more (the same article).
pub(crate) const USE: &[&str] = &["kms:Encrypt", "kms:Decrypt"];

/// A policy of these statements.
pub(crate) fn policy<const N: usize>(statements: [Value; N]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements.to_vec() })
}

/// A statement that allows actions on a resource.
pub(crate) fn allow(actions: &[&str], resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resource })
}

/// A statement that denies actions on a resource.
pub(crate) fn deny(actions: &[&str], resource: &str) -> Value {
    json!({ "Effect": "Deny", "Action": actions, "Resource": resource })
}

/// The statement, for a principal: of a key's policy.
pub(crate) fn to(principal: &str, mut statement: Value) -> Value {
    statement["Principal"] = json!({ "AWS": principal });
    statement
}

/// The statement, under a condition.
pub(crate) fn when(condition: Value, mut statement: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

/// The trust policy of the article "AWS integration".
pub(crate) fn documented_trust() -> Value {
    trust_of(json!({ "AWS": OPENAI_ROLE }))
}

/// The same for another principal.
pub(crate) fn trust_of(principal: Value) -> Value {
    policy([trust(principal, "sts:AssumeRole", documented_condition())])
}

/// The same for another principal as well.
pub(crate) fn trust_also_of(principal: Value) -> Value {
    policy([
        trust(json!({ "AWS": OPENAI_ROLE }), "sts:AssumeRole", documented_condition()),
        trust(principal, "sts:AssumeRole", documented_condition()),
    ])
}

/// The same under another condition.
pub(crate) fn trust_when(condition: Value) -> Value {
    policy([trust(json!({ "AWS": OPENAI_ROLE }), "sts:AssumeRole", condition)])
}

/// The same for everybody, under another condition.
pub(crate) fn trust_of_anybody_when(condition: Value) -> Value {
    policy([trust("*".into(), "sts:AssumeRole", condition)])
}

/// The same for another action.
pub(crate) fn trust_for(action: &str) -> Value {
    policy([trust(json!({ "AWS": OPENAI_ROLE }), action, documented_condition())])
}

/// The statement of the article without its condition.
pub(crate) fn trust_statement_without_condition() -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": OPENAI_ROLE }, "Action": "sts:AssumeRole" })
}

fn documented_condition() -> Value {
    json!({ "StringEquals": { "sts:ExternalId": ORGANIZATION } })
}

fn trust(principal: Value, action: &str, condition: Value) -> Value {
    json!({ "Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition })
}

/// The role's policy of the article "AWS integration".
pub(crate) fn documented_role_policy() -> Value {
    policy([allow(USE, "$KEY")])
}

/// The documented actions on the key, where it has the tag `purpose` with the value `openai`.
pub(crate) fn role_policy_by_tag() -> Value {
    policy([when(json!({ "StringEquals": { "aws:ResourceTag/purpose": "openai" } }), allow(USE, "$KEY"))])
}

/// The statement of KMS's default key policy: it leaves access to the account's IAM policies (KMS-DG
/// key-policy-default).
pub(crate) fn delegation_to_the_account() -> Value {
    to("arn:aws:iam::$OWNER:root", allow(&["kms:*"], "*"))
}

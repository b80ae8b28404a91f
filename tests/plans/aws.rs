//! Plans on AWS, each with one fault.
//!
//! Sources: `OpenAI …` are its articles "AWS integration" and others; `IAM …` is the IAM User Guide, `KMS …` the KMS
//! Developer Guide, `provider` the documentation of the Terraform provider `hashicorp/aws`.

use serde_json::{Value, json};

use crate::case::Case;
use crate::plan::{Plan, computed, refer};

#[path = "aws/identity.rs"]
pub(crate) mod identity;
#[path = "aws/key.rs"]
mod key;
#[path = "aws/key_policy.rs"]
mod key_policy;
#[path = "aws/trust.rs"]
mod trust;

pub(crate) const ROLE: &str = "aws_iam_role.openai_ekm";
pub(crate) const ROLE_POLICY: &str = "aws_iam_role_policy.openai_ekm";
pub(crate) const KEY: &str = "aws_kms_key.openai";
pub(crate) const REGISTRATION: &str = "openai_external_key.example";
/// The document of the role's policy.
pub(crate) const USE: &str = "data.aws_iam_policy_document.use";
/// The document of the key's policy.
pub(crate) const KEY_USE: &str = "data.aws_iam_policy_document.key";
pub(crate) const OPENAI: &str = "arn:aws:iam::790389265272:role/EnterpriseKeyManagement";
pub(crate) const ORGANIZATION: &str = "org-AbCdEf123456";

/// Where both uses of the key are refused.
pub(crate) const NO_USE: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed"];
/// Where the role has more than it needs.
pub(crate) const TOO_MUCH: &[&str] = &["aws-role-least-privilege"];

pub(crate) use key::external;
pub(crate) use key_policy::granted;

/// Every plan with one fault.
pub(crate) fn mutants() -> Vec<Case> {
    [trust::all(), identity::all(), key::all(), key_policy::all()].concat()
}

/// The example of the Terraform provider's documentation, planned for the first time: role, policy, key and registration
/// are made. The key's policy names the role.
pub(crate) fn official() -> Plan {
    Plan::corpus("aws-official")
}

/// The same, with a key that has the policy that KMS gives it (KMS key-policy-default): the account decides, and so the
/// role's own policies do.
pub(crate) fn delegating() -> Plan {
    official().set(KEY, "policy", computed()).omit(KEY_USE)
}

/// A managed policy, as the provider plans one.
pub(crate) fn managed_policy(name: &str, policy: Value) -> Value {
    json!({
        "name": name,
        "path": "/",
        "description": null,
        "policy": policy,
        "tags": null,
        "arn": computed(),
        "attachment_count": computed(),
        "id": computed(),
        "name_prefix": computed(),
        "policy_id": computed(),
        "tags_all": computed(),
    })
}

/// The text of a policy.
pub(crate) fn policy_text(statements: Value) -> Value {
    json!(json!({ "Version": "2012-10-17", "Statement": statements }).to_string())
}

/// Another key, as the provider plans one, with the policy that KMS gives it.
pub(crate) fn another_key() -> Value {
    json!({
        "bypass_policy_lockout_safety_check": false,
        "custom_key_store_id": null,
        "customer_master_key_spec": "SYMMETRIC_DEFAULT",
        "deletion_window_in_days": null,
        "description": "another",
        "enable_key_rotation": true,
        "is_enabled": true,
        "key_usage": "ENCRYPT_DECRYPT",
        "tags": null,
        "xks_key_id": null,
        "arn": computed(),
        "id": computed(),
        "key_id": computed(),
        "multi_region": computed(),
        "policy": computed(),
        "rotation_period_in_days": computed(),
        "tags_all": computed(),
    })
}

/// `Encrypt` and `Decrypt`, in the order of a set.
pub(crate) fn both() -> Value {
    json!(["kms:Decrypt", "kms:Encrypt"])
}

/// The key's ARN, which is known after apply.
pub(crate) fn key_arn() -> Value {
    json!([refer("aws_kms_key.openai.arn")])
}

/// The role's ARN as the principal of a statement.
pub(crate) fn the_role() -> Value {
    json!([{ "identifiers": [refer("aws_iam_role.openai_ekm.arn")], "type": "AWS" }])
}

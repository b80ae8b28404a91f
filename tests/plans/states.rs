//! States: what is there, and nothing that changes. What stands outside of them is open, and a fault is a fault.

use serde_json::{Value, json};

use crate::case::Case;
use crate::plan::Plan;

/// Every state with one fault.
pub(crate) fn mutants() -> Vec<Case> {
    [aws(), azure()].concat()
}

fn aws() -> Vec<Case> {
    let state = || Plan::corpus("aws-official-state");
    let held = |name, address: &str, attribute: &str, value: Value| {
        Case::aws(name, "Terraform, JSON Output Format", state().held(address, attribute, value))
    };
    let policy =
        |statements: Value| json!(json!({ "Version": "2012-10-17", "Statement": statements }).to_string());
    vec![
        held("the state's key is disabled", "aws_kms_key.openai", "is_enabled", json!(false))
            .not_ready(&["aws-key-enabled"], "aws_kms_key.openai"),
        held("the state's key is to sign with", "aws_kms_key.openai", "key_usage", json!("SIGN_VERIFY"))
            .not_ready(&["aws-key-usage"], "aws_kms_key.openai"),
        held(
            "the state's role trusts somebody else",
            "aws_iam_role.openai_ekm",
            "assume_role_policy",
            policy(json!([{
                "Effect": "Allow",
                "Principal": { "AWS": "arn:aws:iam::790389265272:role/CustomerStorage" },
                "Action": "sts:AssumeRole",
                "Condition": { "StringEquals": { "sts:ExternalId": "org-AbCdEf123456" } },
            }])),
        )
        .not_ready(
            &["aws-assume-role-allowed", "aws-trust-exclusive", "aws-trust-principal"],
            "aws_iam_role.openai_ekm",
        ),
        Case::aws(
            "the state holds a second policy of the role",
            "IAM, Policy evaluation logic",
            state().holding(
                "aws_iam_role_policy.second",
                json!({
                    "name": "second",
                    "role": "openai-ekm",
                    "policy": policy(json!([{ "Effect": "Deny", "Action": "kms:*", "Resource": "*" }])),
                }),
            ),
        )
        .not_ready(&["aws-decrypt-allowed", "aws-encrypt-allowed"], "aws_iam_role_policy.second"),
        // A policy outside of the state could deny what the grant adds.
        Case::aws(
            "the state holds a grant for more",
            "KMS, Grants in AWS KMS",
            state().holding(
                "aws_kms_grant.a",
                json!({
                    "key_id": "7d40bae5-811a-05c5-9a6f-4fed36ae25bf",
                    "grantee_principal": "arn:aws:iam::123456789012:role/openai-ekm",
                    "operations": ["GenerateDataKey"],
                    "constraints": [],
                    "grant_creation_tokens": null,
                    "grant_id": "g",
                    "grant_token": "t",
                    "id": "7d40bae5-811a-05c5-9a6f-4fed36ae25bf:g",
                    "name": "a",
                    "retire_on_delete": false,
                    "retiring_principal": null,
                }),
            ),
        )
        .undetermined(&["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"], ""),
    ]
}

fn azure() -> Vec<Case> {
    let held = |name, address: &str, attribute: &str, value: Value| {
        Case::azure(
            name,
            "Terraform, JSON Output Format",
            Plan::corpus("azure-state").held(address, attribute, value),
        )
    };
    vec![
        held(
            "the state's vault is shut",
            "azurerm_key_vault.v",
            "public_network_access_enabled",
            json!(false),
        )
        .not_ready(
            &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-vault-network"],
            "azurerm_key_vault.v",
        ),
        held("the state's key only signs", "azurerm_key_vault_key.k", "key_opts", json!(["sign"])).not_ready(
            &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-key-operations"],
            "azurerm_key_vault_key.k",
        ),
    ]
}

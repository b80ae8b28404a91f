//! Plans laid over saved live evidence: what stands outside of the plan is read, and the plan's own values count.

use serde_json::{Value, json};

use crate::aws::{KEY, NO_USE, ROLE, ROLE_POLICY, TOO_MUCH};
use crate::case::Case;
use crate::plan::Plan;

const READY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/aws-ready.json"));
const AZURE_READY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/azure-ready.json"));

/// Evidence of what the corpus's state holds, read the day before the plans.
pub(super) fn evidence(edit: impl FnOnce(&mut Value)) -> String {
    let text = READY
        .replace("111122223333", "123456789012")
        .replace("1234abcd-12ab-34cd-56ef-1234567890ab", "7d40bae5-811a-05c5-9a6f-4fed36ae25bf")
        .replace("org-AbCdEfGhIjKlMnOpQrStUvWx", "org-AbCdEf123456")
        .replace("2026-11-21T12:00:00Z", "2026-11-20T12:00:00Z");
    let mut document: Value = serde_json::from_str(&text).expect("the example is JSON");
    edit(&mut document["cloud"]["aws"]["evidence"]);
    document.to_string()
}

fn azure_evidence(edit: impl FnOnce(&mut Value)) -> String {
    let text = AZURE_READY
        .replace("org-AbCdEfGhIjKlMnOpQrStUvWx--openai", "org-AbCdEf123456--prod")
        .replace("org-AbCdEfGhIjKlMnOpQrStUvWx", "org-AbCdEf123456")
        .replace("aaaabbbb-0000-cccc-1111-dddd2222eeee", "44444444-4444-4444-4444-444444444444")
        .replace("0b1f6471-1bf0-4dda-aec3-cb9272f09590", "33333333-3333-3333-3333-333333333333")
        .replace("resourceGroups/openai-ekm", "resourceGroups/rg-ekm")
        .replace("contoso-ekm", "acme-openai-ekm")
        .replace("4b8d0c19-6b9b-4a1c-a0d6-2f30b5a3d8c7", "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10")
        .replace("0b5fe924-9a61-425c-96af-cfe6e287ca2d", "9b1d8c52-6a3f-4f0e-9d8e-2f1f3c5a7b90")
        .replace("05c5a614-a7d6-4502-b150-c2fb455033ff", "0f3c2f4e-71d5-4b2f-9a5c-8f0c4d1e2a3b")
        .replace("78deebed173b48e48f55abf87ed4cf71", "0123456789abcdef0123456789abcdef");
    let mut document: Value = serde_json::from_str(&text).expect("the example is JSON");
    edit(&mut document["cloud"]["azure"]["evidence"]);
    document.to_string()
}

fn nochange() -> Plan {
    Plan::corpus("aws-official-nochange")
}

/// OpenAI's article "External keys in the Management API".
pub(super) fn payload() -> Value {
    json!({
        "type": "aws",
        "name": "production-ekm",
        "role_arn": "arn:aws:iam::123456789012:role/openai-ekm",
        "kms_arn": "arn:aws:kms:us-east-1:123456789012:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf",
        "external_id": "org-AbCdEf123456",
    })
}

fn attached(statements: Value) -> String {
    evidence(|evidence| {
        let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        evidence["role_attached_policies"] = json!({ "collected": [{
            "name": "arn:aws:iam::123456789012:policy/outside",
            "document": { "collected": text },
        }] });
    })
}

pub(crate) fn all() -> Vec<Case> {
    let over = |name, plan: Plan, evidence: String| {
        Case::aws(name, "ekm-preflight plan --help, --over", plan).over(evidence).payload(payload())
    };
    let same = |_: &mut Value| {};
    let kept = &["aws-access-kept"];
    vec![
        over("nothing changes, and nothing stands in the way", nochange(), evidence(same)).passing(kept),
        over(
            "a policy outside of the plan denies",
            nochange(),
            attached(json!([{ "Effect": "Deny", "Action": "kms:*", "Resource": "*" }])),
        )
        .not_ready(NO_USE, "arn:aws:iam::123456789012:policy/outside"),
        over(
            "a policy outside of the plan allows more",
            nochange(),
            attached(json!([{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }])),
        )
        .not_ready(TOO_MUCH, "s3:"),
        // The planned values count, and not what was read before.
        over(
            "the plan takes the key's use away, and the evidence has it",
            Plan::corpus("aws-official-update-breaks"),
            evidence(same),
        )
        .not_ready(
            &["aws-access-kept", "aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"],
            "aws_kms_key.openai",
        ),
        over(
            "the plan disables the key, and the evidence has it enabled",
            nochange().set(KEY, "is_enabled", json!(false)),
            evidence(same),
        )
        .not_ready(&["aws-access-kept", "aws-key-enabled"], KEY),
        // Attachments of the same name are the plan's; what it takes away is gone.
        over(
            "the plan deletes the role's policy, and the evidence has it",
            nochange().delete(ROLE_POLICY).set(KEY, "policy", default_policy()),
            evidence(same),
        )
        .not_ready(&["aws-access-kept", "aws-decrypt-allowed", "aws-encrypt-allowed"], ROLE_POLICY),
        over("the key is in another state", nochange().omit(KEY).omit(crate::aws::KEY_USE), evidence(same)),
        over(
            "the key is in another state, and can't be used",
            nochange().omit(KEY).omit(crate::aws::KEY_USE),
            evidence(|evidence| evidence["key"]["collected"]["state"] = json!("Disabled")),
        )
        .not_ready(&["aws-key-enabled"], "disabled"),
        over("the role is in another state", nochange().omit(ROLE).omit(ROLE_POLICY), evidence(same)),
        over(
            "the role is in another state, and trusts somebody else",
            nochange().omit(ROLE).omit(ROLE_POLICY),
            evidence(|evidence| {
                let role = &mut evidence["role"]["collected"];
                let text =
                    role["trust_policy"].as_str().expect("a text").replace("EnterpriseKeyManagement", "X");
                role["trust_policy"] = json!(text);
            }),
        )
        .not_ready(
            &["aws-assume-role-allowed", "aws-trust-exclusive", "aws-trust-principal"],
            "arn:aws:iam::790389265272:role/X",
        ),
        over(
            "what the plan leaves out could not be read either",
            nochange(),
            evidence(|evidence| {
                evidence["role_attached_policies"] = json!({ "missing": {
                    "call": "iam:ListAttachedRolePolicies",
                    "reason": "denied",
                    "permission": "iam:ListAttachedRolePolicies",
                } });
            }),
        )
        .undetermined(
            &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"],
            "iam:ListAttachedRolePolicies",
        ),
        over("the key is in another state, and nothing was read of it", nochange().omit(KEY), evidence(same))
            .but(|plan| plan.omit(crate::aws::KEY_USE))
            .without_evidence()
            .withheld("--over"),
        Case::azure(
            "nothing changes on Azure, and nothing stands in the way",
            "ekm-preflight plan --help, --over",
            Plan::corpus("azure-nochange"),
        )
        .over(azure_evidence(same))
        .passing(&["azure-access-kept"]),
        Case::azure(
            "a deny assignment outside of the plan stands in the way",
            "RBAC, Deny assignments",
            Plan::corpus("azure-nochange"),
        )
        .over(azure_evidence(|evidence| {
            evidence["deny_assignments"] = json!({ "collected": [denial()] });
        }))
        .not_ready(
            &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed"],
            "deny assignment",
        ),
        Case::azure(
            "the plan deletes the assignment on Azure, and the evidence has it",
            "RBAC, Overview",
            Plan::corpus("azure-nochange").delete("azurerm_role_assignment.openai"),
        )
        .with(crate::azure::REGISTERED)
        .over(azure_evidence(same))
        .not_ready(
            &[
                "azure-access-kept",
                "azure-decrypt-allowed",
                "azure-encrypt-allowed",
                "azure-read-allowed",
                "azure-role-data-actions",
            ],
            "azurerm_role_assignment.openai",
        ),
    ]
}

fn default_policy() -> Value {
    json!(
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"
    )
}

/// A deny assignment for everybody, as the evidence has one.
fn denial() -> Value {
    json!({
        "id": "/subscriptions/33333333-3333-3333-3333-333333333333/providers/Microsoft.Authorization/denyAssignments/d",
        "name": "deny assignment",
        "scope": "/subscriptions/33333333-3333-3333-3333-333333333333",
        "principals": [{ "id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined" }],
        "exclude_principals": [],
        "not_below": false,
        "permissions": [{ "actions": [], "not_actions": [], "data_actions": ["*"], "not_data_actions": [] }],
    })
}

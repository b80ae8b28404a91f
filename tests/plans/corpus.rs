//! The corpus as it is: plans and states that Terraform core wrote, with providers that are mocked.

use serde_json::{Value, json};

use crate::case::{Case, azure_payload};
use crate::plan::Plan;

const SOURCE: &str = "the corpus";
/// What stands outside of a plan of what is there already: other policies of the role, other grants.
const OUTSIDE: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"];
/// On Azure: other roles, groups, deny assignments, and whether the key is enabled, which the provider does not tell.
const OUTSIDE_AZURE: &[&str] = &[
    "azure-decrypt-allowed",
    "azure-encrypt-allowed",
    "azure-key-enabled",
    "azure-least-privilege",
    "azure-read-allowed",
    "azure-role-data-actions",
];
/// `jsonencode` around an ARN that is known after apply.
const ENCODED: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"];
pub(crate) const BY_ADDRESS: &[&str] = &[
    "--role-address",
    "aws_iam_role.r",
    "--key-address",
    "aws_kms_key.k",
    "--external-id",
    "org-AbCdEf123456",
];

/// Each file, as it is.
pub(crate) fn all() -> Vec<Case> {
    let file = |stem: &'static str| Case::aws(stem, SOURCE, Plan::corpus(stem));
    let azure = |stem: &'static str| Case::azure(stem, SOURCE, Plan::corpus(stem));
    vec![
        file("aws-official"),
        file("aws-official-nochange").undetermined(OUTSIDE, "").passing(&["aws-access-kept"]),
        file("aws-official-state").undetermined(OUTSIDE, ""),
        // Whether a grant or a policy outside of the plan allows what the key's policy does no longer, it can't tell: what
        // the plan holds of access is lost for sure.
        file("aws-official-update-breaks")
            .not_ready(&["aws-access-kept"], "aws_kms_key.openai.policy")
            .unknown(&["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"]),
        file("aws-jsonencode").with(BY_ADDRESS).undetermined(ENCODED, "aws_iam_policy.p.policy"),
        file("aws-jsonencode-nochange")
            .with(BY_ADDRESS)
            .undetermined(OUTSIDE, "")
            .passing(&["aws-access-kept"]),
        file("aws-jsonencode-state").with(BY_ADDRESS).undetermined(OUTSIDE, ""),
        azure("azure").payload(azure_payload()),
        azure("azure-nochange").undetermined(OUTSIDE_AZURE, "").passing(&["azure-access-kept"]),
        azure("azure-state").undetermined(OUTSIDE_AZURE, ""),
        // A firewall with a range of addresses: OpenAI publishes none of its own.
        azure("azure-firewall-nochange")
            .undetermined(
                &[
                    "azure-decrypt-allowed",
                    "azure-encrypt-allowed",
                    "azure-key-enabled",
                    "azure-least-privilege",
                    "azure-read-allowed",
                    "azure-role-data-actions",
                    "azure-vault-network",
                ],
                "azurerm_key_vault.v",
            )
            .passing(&["azure-access-kept"]),
        Case::azure(
            "azure-firewall-nochange, from elsewhere",
            SOURCE,
            Plan::corpus("azure-firewall-nochange"),
        )
        .with(&["--assume", "source-address=20.40.0.7"])
        .not_ready(
            &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-vault-network"],
            "azurerm_key_vault.v",
        ),
    ]
}

/// Nothing is to be registered in these.
pub(crate) const WITHOUT_REGISTRATION: [&str; 3] =
    ["aws-jsonencode", "aws-jsonencode-nochange", "aws-jsonencode-state"];

/// A configuration of which the plan registers two keys, each with its role: one report each.
pub(crate) fn two_registrations() -> Plan {
    let first = Plan::corpus("aws-official").in_module("first").document;
    let second = Plan::corpus("aws-official").set(crate::aws::ROLE, "name", json!("openai-ekm-2"));
    let second = second.in_module("second").document;
    let mut document = first;
    for list in ["/planned_values/root_module/child_modules", "/resource_changes"] {
        let more = second.pointer(list).and_then(Value::as_array).expect("a list").clone();
        document.pointer_mut(list).and_then(Value::as_array_mut).expect("a list").extend(more);
    }
    let call = "/configuration/root_module/module_calls";
    let more = second.pointer(call).and_then(|calls| calls.get("second")).cloned();
    document.pointer_mut(call).expect("calls")["second"] = more.unwrap_or_default();
    Plan { document }
}

/// The second of the two trusts somebody else.
pub(crate) fn two_registrations_of_which_one_is_wrong() -> Plan {
    let trust = json!([{
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::790389265272:role/CustomerStorage" },
        "Action": "sts:AssumeRole",
        "Condition": { "StringEquals": { "sts:ExternalId": "org-AbCdEf123456" } },
    }]);
    let text = json!({ "Version": "2012-10-17", "Statement": trust }).to_string();
    two_registrations().set("module.second.aws_iam_role.openai_ekm", "assume_role_policy", json!(text))
}

//! Changes that leave access as it is. What stands outside of the plan stays open, as it was.

use serde_json::{Value, json};

use super::{aws as on_aws, azure as on_azure};
use crate::aws::{KEY, REGISTRATION, ROLE, ROLE_POLICY, managed_policy};
use crate::azure;
use crate::case::Case;
use crate::plan::{Plan, computed, refer};

const SOURCE: &str = "OpenAI, KMS key lifecycle";
/// What stands outside of the plan could deny or add.
const OUTSIDE: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed", "aws-role-least-privilege"];

pub(crate) fn aws() -> Vec<Case> {
    let kept = |name, plan: Plan| {
        Case::aws(name, SOURCE, plan).undetermined(OUTSIDE, "").passing(&["aws-access-kept"])
    };
    let changed = |name, address: &str, attribute: &str, value: Value| {
        kept(name, on_aws::there().set(address, attribute, value))
    };
    let there = on_aws::there;
    let key_policy = |statements: Value| {
        let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        there().set(KEY, "policy", json!(text))
    };
    let use_of_key = json!({
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::123456789012:role/openai-ekm" },
        "Action": ["kms:Encrypt", "kms:Decrypt"],
        "Resource": "*",
    });
    let administration = json!({
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::123456789012:role/KeyAdmin" },
        "Action": ["kms:Describe*", "kms:Put*", "kms:Get*"],
        "Resource": "*",
    });
    let same_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"kms:Encrypt\",\"kms:Decrypt\"],\"Resource\":\"arn:aws:kms:us-east-1:123456789012:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf\"}]}";
    vec![
        changed("the key's description changes", KEY, "description", json!("for OpenAI")),
        changed("the key gets tags", KEY, "tags", json!({ "team": "security" })),
        changed("the key is not rotated any longer", KEY, "enable_key_rotation", json!(false)),
        changed("the key would be deleted sooner", KEY, "deletion_window_in_days", json!(7)),
        changed("the role gets tags", ROLE, "tags", json!({ "team": "security" })),
        changed("the role's sessions are shorter", ROLE, "max_session_duration", json!(7200)),
        changed("the role's description changes", ROLE, "description", json!("for OpenAI")),
        kept(
            "the key's policy gets a statement for its administrator",
            key_policy(json!([administration, use_of_key.clone()])),
        ),
        kept("the key's policy loses its administrator", key_policy(json!([use_of_key.clone()]))),
        // What the last apply left is what is put back.
        kept("somebody changed the key's policy, and the plan puts it back", {
            let good = crate::aws::policy_text(json!([use_of_key]));
            let bad = crate::aws::policy_text(json!([]));
            there().set(KEY, "policy", good.clone()).had(KEY, "policy", bad).drifted(KEY, "policy", good)
        }),
        kept(
            "the role's policy is attached and no longer inline",
            there()
                .delete(ROLE_POLICY)
                .create("aws_iam_policy.openai_ekm", managed_policy("openai-ekm", json!(same_policy)))
                .create(
                    "aws_iam_role_policy_attachment.openai_ekm",
                    json!({ "role": "openai-ekm", "policy_arn": refer("aws_iam_policy.openai_ekm.arn") }),
                ),
        ),
        kept("the project goes, and the registration stays", there().delete("openai_project.encrypted")),
        kept("the key's block moves", there().moved("aws_kms_key.ekm", KEY)),
        // `destroy = false`: they stay as they are.
        Case::aws("the role is no longer managed", "Terraform, removed Block", there().forget(ROLE))
            .withheld("")
            .passing(&["aws-access-kept"]),
        Case::aws("the key is no longer managed", "Terraform, removed Block", there().forget(KEY))
            .withheld("")
            .passing(&["aws-access-kept"]),
        kept(
            "an object that is left over is destroyed",
            there().deposed(
                KEY,
                &[
                    ("arn", "arn:aws:kms:us-east-1:123456789012:key/11111111-811a-05c5-9a6f-4fed36ae25bf"),
                    ("id", "11111111-811a-05c5-9a6f-4fed36ae25bf"),
                    ("key_id", "11111111-811a-05c5-9a6f-4fed36ae25bf"),
                ],
            ),
        ),
        kept(
            "somebody changed the key's description",
            there().drifted(KEY, "description", json!("as it was")),
        ),
        kept("the registration's block moves", there().moved("openai_external_key.old", REGISTRATION)),
    ]
}

/// The addresses that a vault's firewall lets in.
pub(super) fn letting_in(addresses: &[&str]) -> Value {
    json!([{
        "bypass": "None",
        "default_action": "Deny",
        "ip_rules": addresses,
        "virtual_network_subnet_ids": [],
    }])
}

fn firewall(name: &'static str, before: &[&str], after: &[&str]) -> Case {
    let plan = on_azure::there().has(azure::VAULT, "network_acls", letting_in(before)).set(
        azure::VAULT,
        "network_acls",
        letting_in(after),
    );
    Case::azure(name, SOURCE, plan).with(azure::REGISTERED).withheld("").passing(&["azure-access-kept"])
}

pub(crate) fn azure() -> Vec<Case> {
    let kept = |name, plan: Plan| {
        Case::azure(name, SOURCE, plan).with(azure::REGISTERED).withheld("").passing(&["azure-access-kept"])
    };
    let there = on_azure::there;
    let changed = |name, address: &str, attribute: &str, value: Value| {
        kept(name, there().set(address, attribute, value))
    };
    vec![
        changed("the vault gets tags", azure::VAULT, "tags", json!({ "team": "security" })),
        changed("the key gets tags", azure::KEY, "tags", json!({ "team": "security" })),
        changed("the key may sign as well", azure::KEY, "key_opts", json!(["decrypt", "encrypt", "sign"])),
        changed(
            "the key is rotated",
            azure::KEY,
            "rotation_policy",
            json!([{
                "automatic": [{ "time_after_creation": "P1Y", "time_before_expiry": null }],
                "expire_after": null,
                "notify_before_expiry": null,
            }]),
        ),
        changed("the role's description changes", azure::DEFINITION, "description", json!("for OpenAI")),
        changed("the vault serves deployments", azure::VAULT, "enabled_for_deployment", json!(true)),
        kept(
            "another key is made",
            there().create(
                "azurerm_key_vault_key.other",
                json!({
                    "name": "other",
                    "key_type": "RSA",
                    "key_opts": ["sign"],
                    "key_vault_id": refer("azurerm_key_vault.v.id"),
                    "id": computed(),
                }),
            ),
        ),
        kept("the key's block moves", there().moved("azurerm_key_vault_key.old", azure::KEY)),
        // Whichever of OpenAI's addresses it let in, it lets in still.
        firewall("the firewall lets more addresses in", &["20.40.0.0/16"], &["20.40.0.0/16", "20.50.0.0/16"]),
        firewall("the firewall lets a wider range in", &["20.40.0.0/16"], &["20.40.0.0/15"]),
        firewall("the firewall's ranges are joined", &["20.40.0.0/17", "20.40.128.0/17"], &["20.40.0.0/16"]),
        firewall("the firewall names an address in another way", &["20.40.0.1"], &["20.40.0.1/32"]),
    ]
}

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

/// The same of Azure, read after the plan was made.
pub(crate) fn azure_evidence(edit: impl FnOnce(&mut Value)) -> String {
    let text = AZURE_READY
        .replace(r#"{ "action": "Rotate", "time_after_create": "P18M" }"#, "")
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

/// Evidence that was collected for something else than what is asked about.
fn registered_otherwise() -> Vec<Case> {
    let other = |plan: Plan| {
        let arguments = ["--role-address", ROLE, "--key-address", KEY, "--external-id", "org-Another123456"];
        let plan = plan.omit("openai_external_key.example").omit("openai_project.encrypted");
        Case::aws("another ExternalId is asked about than is registered", "OpenAI, KMS key lifecycle", plan)
            .with(&arguments)
            .over(evidence(|_| {}))
    };
    let trusting = nochange().but(|document| {
        for change in document["resource_changes"].as_array_mut().into_iter().flatten() {
            if change["address"] == ROLE {
                let trust = change["change"]["before"]["assume_role_policy"].as_str().unwrap_or_default();
                let trust = trust.replace("org-AbCdEf123456", "org-Another123456");
                change["change"]["after"]["assume_role_policy"] = json!(trust);
                change["change"]["actions"] = json!(["update"]);
            }
        }
    });
    vec![other(trusting).not_ready(&["aws-access-kept"], "org-Another123456").naming("org-AbCdEf123456")]
}

/// The role loses its tags, and its policy denies all of KMS to whoever has one.
fn tags() -> Vec<Case> {
    const TAGS: &str = "AWS provider, default_tags Configuration Block";
    let provider = |plan: Plan, name: &str, block: Value| {
        plan.but(|document| {
            document["configuration"]["provider_config"]["aws"]["expressions"][name] = json!([block]);
        })
    };
    let untagged = |own: Value, all: Value| {
        let is_tagged = json!({ "Null": { "aws:PrincipalTag/ekm": "false" } });
        let key = "arn:aws:kms:us-east-1:123456789012:key/7d40bae5-811a-05c5-9a6f-4fed36ae25bf";
        let statements = json!([
            { "Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": key },
            { "Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": is_tagged },
        ]);
        let was = json!({ "team": "a" });
        nochange()
            .has_policy(ROLE_POLICY, "policy", statements)
            .had(ROLE, "tags", was.clone())
            .had(ROLE, "tags_all", was)
            .set(ROLE, "tags", own)
            .set(ROLE, "tags_all", all)
    };
    let over = |name, plan: Plan| {
        let live = evidence(|evidence| {
            let role = &mut evidence["role"]["collected"];
            role["tags"] = json!({ "team": "a" });
            evidence["role_inline_policies"]["collected"] = json!([]);
        });
        Case::aws(name, TAGS, plan).over(live).payload(payload())
    };
    let references = |names: &[&str]| json!({ "tags": { "references": names } });
    let ready = |name, plan: Plan| over(name, plan).passing(&["aws-access-kept"]);
    let open =
        |name, plan: Plan| over(name, plan).withheld("aws_iam_role.openai_ekm.tags_all").unknown_kept();
    let of_another = || references(&["terraform_data.x.id", "terraform_data.x"]);
    vec![
        ready("the tags go, and the provider has none", untagged(json!({}), json!({}))),
        ready(
            "the tags go, and the provider's are written out",
            provider(
                untagged(json!({}), json!({})),
                "default_tags",
                json!({ "tags": { "constant_value": {} } }),
            ),
        ),
        ready(
            "the tags go, and the provider's are a variable",
            provider(untagged(json!({}), json!({})), "default_tags", references(&["var.tags"])),
        ),
        ready(
            "the tags go, and the plan shows the provider's",
            provider(untagged(json!({}), json!({ "env": "prod" })), "default_tags", of_another()),
        ),
        open(
            "the tags go, and the provider's are known after apply",
            provider(untagged(json!({}), json!({})), "default_tags", of_another()),
        ),
        open(
            "a tag stays, and the provider's are known after apply",
            provider(untagged(json!({ "b": "c" }), json!({ "b": "c" })), "default_tags", of_another()),
        ),
        open(
            "the provider does not look at some tags",
            provider(
                untagged(json!({}), json!({})),
                "ignore_tags",
                json!({ "keys": { "constant_value": ["ekm"] } }),
            ),
        ),
    ]
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

/// What a plan found, and live evidence that was read later shows otherwise; and what no plan can express.
fn contradicted() -> Vec<Case> {
    const SOURCE: &str = "ekm-preflight plan --help, --over";
    let over = |name, pointer: &'static str, value: Value| {
        let plan = Plan::corpus("azure-nochange");
        Case::azure(name, SOURCE, plan).over(azure_evidence(|evidence| {
            *evidence.pointer_mut(pointer).expect("the example has it") = value;
        }))
    };
    let older = |case: Case| {
        let evidence = case.over.clone().unwrap_or_default();
        case.over(evidence.replace("2026-11-21T12:00:00Z", "2026-11-20T12:00:00Z"))
    };
    let off = |name| over(name, "/vault/collected/public_network_access", json!("Disabled"));
    let disabled = |name| over(name, "/service_principal/collected/enabled", json!(false));
    let newer = "which is newer: plan again";
    vec![
        off("public access is off in newer evidence").withheld("azurerm_key_vault.v.public_network_access_enabled"),
        older(off("public access was off in older evidence")).passing(&["azure-access-kept"]),
        disabled("the service principal is disabled in newer evidence").withheld(newer),
        older(disabled("the service principal was disabled in older evidence")),
        over("access policies decide in newer evidence", "/vault/collected/rbac_authorization", json!(false))
            .withheld(newer),
        over(
            "the vault is in another subscription in newer evidence",
            "/vault/collected/id",
            json!("/subscriptions/33333333-3333-3333-3333-333333333334/resourceGroups/rg-ekm/providers/Microsoft.KeyVault/vaults/acme-openai-ekm"),
        )
        .withheld(newer),
        over("the key is of another kind in newer evidence", "/key/collected/shown/type", json!("EC"))
            .withheld(newer),
        over("the assignment is not in newer evidence", "/role_assignments/collected", json!([])).withheld(newer),
        over(
            "Azure has not finished making the vault",
            "/vault/collected/provisioning_state",
            json!("RegisteringDns"),
        )
        .withheld("Azure has not finished making it"),
        over(
            "a perimeter encloses the vault",
            "/vault/collected/public_network_access",
            json!("SecuredByPerimeter"),
        )
        .undetermined(
            &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed", "azure-vault-network"],
            "network security perimeter",
        ),
    ]
}

/// The evidence has one part of what gives the role, and the plan the other.
fn parts() -> Vec<Case> {
    use crate::azure::{ASSIGNMENT, DEFINITION, KEY, PRINCIPAL, REGISTERED, VAULT, data};
    let same = |_: &mut Value| {};
    let alone = |address: &str| {
        let others =
            [PRINCIPAL, VAULT, KEY, ASSIGNMENT, DEFINITION].into_iter().filter(|one| *one != address);
        others.fold(Plan::corpus("azure-nochange"), Plan::omit)
    };
    let over = |name, plan: Plan| {
        Case::azure(name, "RBAC, Overview", plan).with(REGISTERED).over(azure_evidence(same))
    };
    vec![
        over("the plan has the assignment alone", alone(ASSIGNMENT)),
        over("the plan has the role alone", alone(DEFINITION)),
        over(
            "the plan has the role alone, and cuts it",
            alone(DEFINITION).set(
                DEFINITION,
                "permissions",
                data(&[crate::azure::READ, crate::azure::ENCRYPT]),
            ),
        )
        .not_ready(&["azure-access-kept", "azure-decrypt-allowed", "azure-role-data-actions"], DEFINITION),
        over("the plan has the role alone, and destroys it", alone(DEFINITION).delete(DEFINITION)).not_ready(
            &[
                "azure-access-kept",
                "azure-decrypt-allowed",
                "azure-encrypt-allowed",
                "azure-read-allowed",
                "azure-role-data-actions",
            ],
            DEFINITION,
        ),
        over("the plan has the assignment alone, and destroys it", alone(ASSIGNMENT).delete(ASSIGNMENT))
            .not_ready(
                &[
                    "azure-access-kept",
                    "azure-decrypt-allowed",
                    "azure-encrypt-allowed",
                    "azure-read-allowed",
                    "azure-role-data-actions",
                ],
                ASSIGNMENT,
            ),
    ]
}

/// The role is a group's that OpenAI's service principal is in.
fn groups() -> Vec<Case> {
    const GROUP: &str = "77777777-0000-0000-0000-000000000000";
    const ID: &str = "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10";
    let lost = &[
        "azure-access-kept",
        "azure-decrypt-allowed",
        "azure-encrypt-allowed",
        "azure-read-allowed",
        "azure-role-data-actions",
    ];
    let evidence = || {
        azure_evidence(|evidence| {
            evidence["service_principal_groups"] = json!({ "collected": [GROUP] });
            for list in ["role_assignments", "subscription_role_assignments"] {
                evidence[list]["collected"][0]["principal_id"] = json!(GROUP);
            }
        })
    };
    let plan = || {
        let group = json!({ "id": GROUP, "object_id": GROUP, "display_name": "g", "members": [ID] });
        Plan::corpus("azure-nochange")
            .has("azurerm_role_assignment.openai", "principal_id", json!(GROUP))
            .has("azurerm_role_assignment.openai", "principal_type", json!("Group"))
            .exists("azuread_group.g", group)
    };
    let over = |name, plan: Plan| {
        Case::azure(name, "RBAC, Overview", plan).with(crate::azure::REGISTERED).over(evidence())
    };
    vec![
        over("the role is a group's", plan()).passing(&["azure-access-kept"]),
        over("the group is emptied", plan().set("azuread_group.g", "members", json!([])))
            .not_ready(lost, "azuread_group.g"),
        over("the group is destroyed", plan().delete("azuread_group.g")).not_ready(lost, "azuread_group.g"),
    ]
}

pub(crate) fn all() -> Vec<Case> {
    [of_aws(), of_azure(), contradicted(), parts(), groups(), tags(), registered_otherwise()].concat()
}

fn of_aws() -> Vec<Case> {
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
    ]
}

fn of_azure() -> Vec<Case> {
    let same = |_: &mut Value| {};
    vec![
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

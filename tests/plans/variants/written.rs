//! The same configuration in modules, counted, by other tools and in other versions of the format.

use serde_json::{Value, json};

use crate::aws::{KEY, REGISTRATION, ROLE, ROLE_POLICY, official};
use crate::case::Case;
use crate::plan::Plan;

/// A key of `for_each` with all that an address is made of.
const ODD: &str = r#"["prod/eu.west-1 [\"a\"]"]"#;

pub(crate) fn all() -> Vec<Case> {
    [modules(), counted(), formats(), histories()].concat()
}

fn azure() -> Plan {
    crate::azure::official()
}

fn modules() -> Vec<Case> {
    let source = "Terraform, JSON Output Format";
    vec![
        Case::aws("all of it in a module", source, official().in_module("ekm")),
        Case::aws("a module in a module", source, official().in_module("ekm").in_module("security")),
        Case::aws("a module that is counted", source, official().in_module("ekm[0]")),
        Case::aws("a module with an odd key", source, official().in_module(&format!("ekm{ODD}"))),
        Case::aws(
            "odd keys in odd keys",
            source,
            official().in_module(&format!("ekm{ODD}")).in_module(&format!("security{ODD}")),
        ),
        Case::azure("all of it in a module, on Azure", source, azure().in_module("ekm")),
        Case::azure(
            "a module with an odd key in a module, on Azure",
            source,
            azure().in_module(&format!("ekm{ODD}")).in_module("security[1]"),
        ),
        Case::aws(
            "the key is the module's, and the registration is not",
            source,
            official()
                .in_module("ekm")
                .registered_outside("ekm", "kms_arn", "key_arn", KEY, "arn")
                .registered_outside("ekm", "role_arn", "role_arn", ROLE, "arn"),
        ),
    ]
}

fn counted() -> Vec<Case> {
    let source = "Terraform, The count and for_each Meta-Arguments";
    let odd = || json!(r#"prod/eu.west-1 ["a"]"#);
    vec![
        Case::aws("the key is counted", source, official().indexed(KEY, json!(0))),
        Case::aws("the role is counted", source, official().indexed(ROLE, json!(0))),
        Case::aws("the key has an odd key of its own", source, official().indexed(KEY, odd())),
        Case::aws(
            "everything has an odd key of its own",
            source,
            official()
                .indexed(KEY, odd())
                .indexed(ROLE, odd())
                .indexed(ROLE_POLICY, odd())
                .indexed(REGISTRATION, odd()),
        ),
        Case::azure("the vault and its key are counted", source, {
            azure().indexed(crate::azure::VAULT, json!(0)).indexed(crate::azure::KEY, json!(0))
        }),
    ]
}

fn formats() -> Vec<Case> {
    let version = |name, version: &str| {
        Case::aws(name, "Terraform, JSON Output Format", official().top("format_version", json!(version)))
    };
    vec![
        version("format 0.1", "0.1"),
        version("format 0.2", "0.2"),
        version("format 1.0", "1.0"),
        version("format 1.1", "1.1"),
        version("a later format of the same kind", "1.37"),
        Case::aws(
            "an older Terraform, which tells less",
            "Terraform, JSON Output Format",
            ["timestamp", "applyable", "complete", "errored", "relevant_attributes"]
                .iter()
                .fold(official().top("format_version", json!("0.2")), |plan, field| plan.lacking(field)),
        ),
        Case::aws(
            "a later Terraform, which tells more",
            "Terraform, JSON Output Format",
            official()
                .top("something_new", json!({ "root_module": [1, 2, 3] }))
                .but(|plan| plan["planned_values"]["root_module"]["something_new"] = json!([null])),
        ),
        Case::aws(
            "there is no prior state",
            "Terraform, JSON Output Format",
            official().lacking("prior_state").omit("data.aws_iam_policy_document.trust"),
        ),
        Case::aws("OpenTofu's plan", "OpenTofu, JSON Output Format", tofu(official())),
        Case::azure("OpenTofu's plan, on Azure", "OpenTofu, JSON Output Format", tofu(azure())),
    ]
}

fn tofu(plan: Plan) -> Plan {
    plan.top("terraform_version", json!("1.10.5")).but(|document| {
        let text = document.to_string().replace("registry.terraform.io/", "registry.opentofu.org/");
        *document = serde_json::from_str(&text).expect("it stays JSON");
    })
}

fn histories() -> Vec<Case> {
    let sensitive = |plan: &mut Value| {
        for change in plan["resource_changes"].as_array_mut().expect("changes") {
            if change["address"] == ROLE {
                change["change"]["after_sensitive"]["assume_role_policy"] = json!(true);
            }
        }
    };
    vec![
        Case::aws(
            "the trust policy is sensitive",
            "Terraform, JSON Output Format",
            official().but(sensitive),
        ),
        Case::aws(
            "the plan replaces nothing that was there",
            "Terraform, JSON Output Format",
            official().top("resource_drift", json!([])),
        ),
    ]
}

//! Plans that are not whole: of a part of the configuration, or with something left for later.

use serde_json::{Value, json};

use crate::aws::official;
use crate::case::Case;
use crate::plan::{Plan, refer};

const JSON: &str = "Terraform, JSON Output Format";

pub(crate) fn all() -> Vec<Case> {
    let target = "Terraform, Resource Targeting";
    let second = || {
        official().create(
            "aws_iam_role_policy.second",
            json!({
                "role": refer("aws_iam_role.openai_ekm.id"),
                "policy": "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}",
            }),
        )
    };
    let targeted = |plan: Plan| {
        plan.but(|document| {
            for list in ["/planned_values/root_module/resources", "/resource_changes"] {
                let list = document.pointer_mut(list).and_then(Value::as_array_mut).expect("a list");
                list.retain(|resource| resource["address"] != "aws_iam_role_policy.second");
            }
        })
    };
    let deferred = |document: &mut Value| {
        let changes = document["resource_changes"].as_array_mut().expect("changes");
        let position = changes.iter().position(|change| change["address"] == "aws_iam_role_policy.second");
        let change = changes.remove(position.expect("it is there"));
        document["deferred_changes"] =
            json!([{ "reason": "resource_config_unknown", "resource_change": change }]);
        document["complete"] = json!(false);
    };
    vec![
        Case::aws("the plan is not complete", target, official().top("complete", json!(false))).withheld(""),
        Case::aws("a resource of the configuration was not planned", target, targeted(second())).withheld(""),
        Case::aws(
            "a resource was not planned, by a Terraform that does not tell",
            target,
            ["complete", "applyable", "errored"]
                .iter()
                .fold(targeted(second()).top("format_version", json!("1.0")), |plan, field| {
                    plan.lacking(field)
                }),
        )
        .withheld(""),
        Case::aws("a resource is deferred", "Terraform, Deferred Actions", second().but(deferred))
            .withheld(""),
        Case::aws("there is no configuration", JSON, official().lacking("configuration"))
            .withheld("openai_external_key.example")
            .or_refused(),
    ]
}

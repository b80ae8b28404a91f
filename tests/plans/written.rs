//! The tests' own plans are ones that Terraform could have written (Terraform, "JSON Output Format").

use serde_json::{Value, json};

use crate::case::Case;
use crate::{aws, azure, guard, variants};

/// What in a plan contradicts itself.
fn contradictions(case: &Case) -> Vec<String> {
    let document = &case.plan.document;
    let changes = document["resource_changes"].as_array().into_iter().flatten();
    let planned = resources(&document["planned_values"]["root_module"]);
    let mut found = Vec::new();
    let mut current = Vec::new();
    for entry in changes {
        let (address, change) = (&entry["address"], &entry["change"]);
        let mut require = |holds: bool, what: &str| {
            if !holds {
                found.push(format!("{}: {address}: {what}: {change}", case.name));
            }
        };
        if entry["deposed"].is_string() {
            require(change["after"].is_null(), "a deposed object goes");
            continue;
        }
        require(!current.contains(address), "two changes of one resource");
        current.push(address.clone());
        let values = planned.iter().find(|resource| resource["address"] == *address);
        require(values.is_some() == change["after"].is_object(), "planned, and gone");
        if let Some(values) = values {
            require(values["values"] == change["after"], "planned values, and values after");
            require(values["index"] == entry["index"], "two indices");
        }
        for (attribute, unknown) in change["after_unknown"].as_object().into_iter().flatten() {
            let known = change["after"].get(attribute).is_some();
            require(*unknown != json!(true) || !known, &format!("`{attribute}` is known and unknown"));
        }
        let actions = &change["actions"];
        let stays = *actions == json!(["no-op"]);
        require(!stays || change["before"] == change["after"], "it stays, and is another");
        let new = *actions == json!(["create"]) || *actions == json!(["read"]);
        require(new == change["before"].is_null(), "what is made was not there before");
    }
    for resource in planned {
        if !current.contains(&resource["address"]) {
            found.push(format!("{}: {} is planned and does not change", case.name, resource["address"]));
        }
    }
    found
}

fn resources(module: &Value) -> Vec<&Value> {
    let own = module["resources"].as_array().into_iter().flatten();
    let children = module["child_modules"].as_array().into_iter().flatten();
    own.chain(children.flat_map(resources)).collect()
}

#[test]
fn every_plan_agrees_with_itself() {
    let cases =
        [aws::mutants(), azure::mutants(), variants::all(), guard::losses(), guard::harmless()].concat();
    let found: Vec<String> = cases.iter().flat_map(contradictions).collect();
    assert!(found.is_empty(), "{} contradictions:\n{}", found.len(), found.join("\n"));
}

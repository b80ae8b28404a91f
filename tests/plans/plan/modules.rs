//! Resources in modules, and resources that there are several of.

use serde_json::{Value, json};

use super::address::Address;
use super::{Plan, remove};

impl Plan {
    /// The whole configuration as a module of another: `ekm`, `ekm["eu"]`, `ekm[0]`.
    pub(crate) fn in_module(mut self, call: &str) -> Self {
        let prefix = format!("module.{call}");
        let name = call.split('[').next().expect("the module has a name").to_owned();
        self.document.get_mut("planned_values").into_iter().for_each(|values| nest(values, &prefix));
        self.prior_values().into_iter().for_each(|values| nest(values, &prefix));
        for list in ["resource_changes", "resource_drift"] {
            for change in self.document.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                prefixed(change, "address", &prefix);
                let module = change["module_address"].as_str().map(|inner| format!("{prefix}.{inner}"));
                change["module_address"] = json!(module.unwrap_or_else(|| prefix.clone()));
            }
        }
        if let Some(configuration) = self.document.get_mut("configuration") {
            let mut inner = configuration["root_module"].take();
            let variables = remove(&mut inner, "variables");
            inner["variables"] = json!({ "org": {} });
            let mut called = json!({
                "source": format!("./{name}"),
                "expressions": { "org": { "references": ["var.org"] } },
                "module": inner,
            });
            if let Some((_, index)) = call.split_once('[') {
                let kind = if index.starts_with('"') { "for_each_expression" } else { "count_expression" };
                called[kind] = json!({ "references": ["var.instances"] });
            }
            configuration["root_module"] = json!({ "module_calls": { name: called } });
            configuration["root_module"]["variables"] = variables.unwrap_or_default();
        }
        self
    }

    /// The registration stands in the root module, and takes an ARN from an output of the module. The plan is one that is
    /// in that module already.
    pub(crate) fn registered_outside(
        mut self,
        call: &str,
        attribute: &str,
        output: &str,
        resource: &str,
        of: &str,
    ) -> Self {
        let inside = format!("module.{call}.openai_external_key.example");
        let whole = "openai_external_key.example";
        let mut moved = None;
        let planned = &mut self.document["planned_values"]["root_module"];
        if let Some(resources) = planned["child_modules"][0]["resources"].as_array_mut() {
            let position = resources.iter().position(|resource| resource["address"] == inside);
            moved = position.map(|position| resources.remove(position));
        }
        if let Some(mut registration) = moved {
            registration["address"] = json!(whole);
            planned["resources"] = json!([registration]);
        }
        for change in self.document["resource_changes"].as_array_mut().into_iter().flatten() {
            if change["address"] == inside {
                change["address"] = json!(whole);
                remove(change, "module_address");
            }
        }
        let root = &mut self.document["configuration"]["root_module"];
        let module = &mut root["module_calls"][call]["module"];
        module["outputs"][output] =
            json!({ "expression": { "references": [format!("{resource}.{of}"), resource] } });
        let resources = module["resources"].as_array_mut().expect("resources are configured");
        let position = resources.iter().position(|resource| resource["address"] == whole);
        if let Some(registration) = position.map(|position| resources.remove(position)) {
            root["resources"] = json!([registration]);
        }
        let output = format!("module.{call}.{output}");
        root["resources"][0]["expressions"][attribute] =
            json!({ "references": [output, format!("module.{call}")] });
        self
    }

    /// A resource of the root module is one of several: `[0]` of `count`, `["eu"]` of `for_each`. What refers to it refers
    /// to this one.
    pub(crate) fn indexed(mut self, address: &str, index: Value) -> Self {
        let one = format!("{address}[{index}]");
        let planned = self.document.get_mut("planned_values");
        planned.into_iter().for_each(|values| number(values, address, &one, &index));
        self.prior_values().into_iter().for_each(|values| number(values, address, &one, &index));
        for list in ["resource_changes", "resource_drift"] {
            for change in self.document.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                name_one(change, address, &one, &index);
            }
        }
        if let Some(configured) = self.configured(&Address::of(address)) {
            let several = if index.is_string() {
                json!({ "references": ["var.keys"] })
            } else {
                json!({ "constant_value": 1 })
            };
            let kind = if index.is_string() { "for_each_expression" } else { "count_expression" };
            configured[kind] = several;
        }
        if let Some(configuration) = self.document.get_mut("configuration") {
            refer_to_one(configuration, address, &one);
        }
        self
    }

    /// There is one of a resource for each of what these refer to.
    pub(crate) fn each(mut self, address: &str, references: &[&str]) -> Self {
        let configured = self.configured(&Address::of(address)).expect("it is in the configuration");
        configured["for_each_expression"] = json!({ "references": references });
        self
    }

    /// A resource under another configuration of its provider, `aws.other`.
    pub(crate) fn under_provider(mut self, address: &str, key: &str, expressions: Value) -> Self {
        let name = key.split('.').next().expect("a provider has a name");
        self.document["configuration"]["provider_config"][key] = json!({
            "name": name,
            "full_name": format!("registry.terraform.io/hashicorp/{name}"),
            "alias": key.split('.').nth(1),
            "expressions": expressions,
        });
        let configured = self.configured(&Address::of(address)).expect("it is in the configuration");
        configured["provider_config_key"] = json!(key);
        self
    }
}

/// Puts the root module of values into a module.
fn nest(values: &mut Value, prefix: &str) {
    let mut inner = values["root_module"].take();
    readdress(&mut inner, prefix);
    inner["address"] = json!(prefix);
    values["root_module"] = json!({ "child_modules": [inner] });
}

fn readdress(module: &mut Value, prefix: &str) {
    if module["address"].is_string() {
        prefixed(module, "address", prefix);
    }
    for resource in module.get_mut("resources").and_then(Value::as_array_mut).into_iter().flatten() {
        prefixed(resource, "address", prefix);
        if let Some(others) = resource.get_mut("depends_on").and_then(Value::as_array_mut) {
            others
                .iter_mut()
                .for_each(|other| *other = json!(format!("{prefix}.{}", other.as_str().unwrap_or_default())));
        }
    }
    for child in module.get_mut("child_modules").and_then(Value::as_array_mut).into_iter().flatten() {
        readdress(child, prefix);
    }
}

fn prefixed(object: &mut Value, field: &str, prefix: &str) {
    let text = object[field].as_str().expect("an address is a text");
    object[field] = json!(format!("{prefix}.{text}"));
}

fn number(values: &mut Value, address: &str, one: &str, index: &Value) {
    let resources = values["root_module"]["resources"].as_array_mut().into_iter().flatten();
    resources.for_each(|resource| name_one(resource, address, one, index));
}

fn name_one(entry: &mut Value, address: &str, one: &str, index: &Value) {
    if entry["address"] == address {
        entry["address"] = json!(one);
        entry["index"] = index.clone();
    }
}

/// Lists of references that name the resource name the one of several, and the resource at their end.
fn refer_to_one(part: &mut Value, address: &str, one: &str) {
    match part {
        Value::Object(fields) => {
            for (field, value) in fields {
                match value {
                    Value::Array(references) if field == "references" => {
                        let renamed = references.iter().flat_map(|reference| {
                            let text = reference.as_str().unwrap_or_default();
                            match text.strip_prefix(address) {
                                Some("") => vec![json!(one), json!(address)],
                                Some(rest) if rest.starts_with('.') => vec![json!(format!("{one}{rest}"))],
                                _ => vec![reference.clone()],
                            }
                        });
                        *references = renamed.collect();
                    }
                    other => refer_to_one(other, address, one),
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(|member| refer_to_one(member, address, one)),
        _ => {}
    }
}

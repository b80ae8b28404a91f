//! Plans that Terraform could have written: one of the corpus, and small named edits of it.
//!
//! An edit keeps together what Terraform keeps together (Terraform, "JSON Output Format"): the planned values, the change
//! of the resource, the configuration that the value is from, and the prior state.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

#[path = "plan/address.rs"]
mod address;
#[path = "plan/changes.rs"]
mod changes;
#[path = "plan/modules.rs"]
mod modules;
#[path = "plan/policies.rs"]
mod policies;
#[path = "plan/written.rs"]
mod written;

use address::Address;
pub(crate) use policies::{allow, deny, statement, when};
use written::Written;
pub(crate) use written::{computed, refer};

/// The JSON of `terraform show -json`.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) document: Value,
}

impl Plan {
    /// A plan or state of the corpus, by the stem of its file.
    pub(crate) fn corpus(stem: &str) -> Self {
        Self { document: serde_json::from_str(&corpus_text(stem)).expect("the corpus is JSON") }
    }

    /// As Terraform prints it: in one line.
    pub(crate) fn text(&self) -> String {
        self.document.to_string()
    }

    /// Writes an attribute into the configuration, and plans its value. What the configuration has of it is lost; a
    /// resource that would have stayed as it is is changed in place.
    pub(crate) fn set(mut self, address: &str, attribute: &str, value: Value) -> Self {
        let written = Written::of(&value);
        let address = Address::of(address);
        self.plan_value(&address, attribute, &written);
        if let Some(configured) = self.configured(&address) {
            match written.expression {
                Some(expression) => configured["expressions"][attribute] = expression,
                None => drop(remove(&mut configured["expressions"], attribute)),
            }
        }
        self
    }

    /// The same, where the value was that before the change already.
    pub(crate) fn has(self, address: &str, attribute: &str, value: Value) -> Self {
        let actions = self.change(address)["actions"].clone();
        let mut plan = self.set(address, attribute, value.clone()).had(address, attribute, value);
        plan.change_mut(address)["actions"] = actions;
        plan
    }

    /// The same, where nothing is configured: the provider found it.
    pub(crate) fn found(self, address: &str, attribute: &str, value: Value) -> Self {
        let mut plan = self.has(address, attribute, value);
        let configured = plan.configured(&Address::of(address));
        configured.into_iter().for_each(|resource| drop(remove(&mut resource["expressions"], attribute)));
        plan
    }

    /// The value before the change, where there was one.
    pub(crate) fn had(mut self, address: &str, attribute: &str, value: Value) -> Self {
        if self.change(address)["before"].is_object() {
            self.change_mut(address)["before"][attribute] = value.clone();
        }
        if let Some(resource) = resource_in(self.prior_values(), address) {
            resource["values"][attribute] = value;
        }
        self
    }

    /// An attribute that nothing is written of: in the state of another version of the provider, or left to its default.
    pub(crate) fn without(mut self, address: &str, attribute: &str) -> Self {
        remove(&mut self.change_mut(address)["after"], attribute);
        remove(&mut self.change_mut(address)["after_unknown"], attribute);
        if let Some(planned) = resource_in(self.document.get_mut("planned_values"), address) {
            remove(&mut planned["values"], attribute);
        }
        if let Some(configured) = self.configured(&Address::of(address)) {
            remove(&mut configured["expressions"], attribute);
        }
        self
    }

    /// What the configuration's expressions of an attribute refer to, whatever its planned value is.
    pub(crate) fn referring(mut self, address: &str, attribute: &str, references: &[&str]) -> Self {
        let configured = self.configured(&Address::of(address)).expect("it is in the configuration");
        configured["expressions"][attribute] = json!({ "references": references });
        self
    }

    /// Something at the document's top: `format_version`, `complete`.
    pub(crate) fn top(mut self, field: &str, value: Value) -> Self {
        self.document[field] = value;
        self
    }

    /// Without something at the document's top.
    pub(crate) fn lacking(mut self, field: &str) -> Self {
        remove(&mut self.document, field);
        self
    }

    /// Any other edit.
    pub(crate) fn but(mut self, edit: impl FnOnce(&mut Value)) -> Self {
        edit(&mut self.document);
        self
    }

    /// The change of a resource. Panics where there is none: then the test is wrong.
    pub(crate) fn change(&self, address: &str) -> &Value {
        let changes = self.document["resource_changes"].as_array().into_iter().flatten();
        let mut found = changes.filter(|change| change["address"] == address);
        &found.next().unwrap_or_else(|| panic!("`{address}` is in the plan"))["change"]
    }

    fn change_mut(&mut self, address: &str) -> &mut Value {
        let changes = self.document["resource_changes"].as_array_mut().into_iter().flatten();
        let mut found = changes.filter(|change| change["address"] == address);
        &mut found.next().unwrap_or_else(|| panic!("`{address}` is in the plan"))["change"]
    }

    fn prior_values(&mut self) -> Option<&mut Value> {
        self.document.get_mut("prior_state")?.get_mut("values")
    }

    fn plan_value(&mut self, address: &Address, attribute: &str, written: &Written) {
        let change = self.change_mut(&address.text);
        if change["actions"] == json!(["no-op"]) {
            change["actions"] = json!(["update"]);
        }
        put(&mut change["after"], attribute, written.planned.as_ref());
        put(&mut change["after_unknown"], attribute, written.unknown.as_ref());
        if let Some(planned) = resource_in(self.document.get_mut("planned_values"), &address.text) {
            put(&mut planned["values"], attribute, written.planned.as_ref());
        }
    }

    /// The resource's block in the configuration: of all its instances, in all instances of its module.
    fn configured(&mut self, address: &Address) -> Option<&mut Value> {
        let mut module = self.document.get_mut("configuration")?.get_mut("root_module")?;
        for step in &address.modules {
            module = module.get_mut("module_calls")?.get_mut(&step.name)?.get_mut("module")?;
        }
        let resources = module.get_mut("resources")?.as_array_mut()?;
        resources.iter_mut().find(|resource| resource["address"] == address.block.as_str())
    }
}

/// A file of the corpus, by its stem.
pub(crate) fn corpus_text(stem: &str) -> String {
    let path = format!("{}/tests/plans/corpus/{stem}.json", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(Path::new(&path)).expect("the corpus can be read")
}

/// The resource of this address among planned or prior values, in whichever module it is.
fn resource_in<'a>(values: Option<&'a mut Value>, address: &str) -> Option<&'a mut Value> {
    found_in(values?.get_mut("root_module")?, address)
}

fn found_in<'a>(module: &'a mut Value, address: &str) -> Option<&'a mut Value> {
    let resources = module["resources"].as_array().into_iter().flatten();
    if let Some(position) = resources.enumerate().find(|(_, resource)| resource["address"] == address) {
        let position = position.0;
        return module.get_mut("resources")?.get_mut(position);
    }
    let children = module.get_mut("child_modules")?.as_array_mut()?;
    children.iter_mut().find_map(|child| found_in(child, address))
}

/// Sets a field, or takes it away.
fn put(object: &mut Value, field: &str, value: Option<&Value>) {
    match value {
        Some(value) => object[field] = value.clone(),
        None => drop(remove(object, field)),
    }
}

fn remove(object: &mut Value, field: &str) -> Option<Value> {
    object.as_object_mut()?.remove(field)
}

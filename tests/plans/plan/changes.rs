//! Resources that come, go and are replaced.

use serde_json::{Value, json};

use super::address::Address;
use super::written::Written;
use super::{Plan, remove, resource_in};

impl Plan {
    /// Another resource, which the plan makes.
    pub(crate) fn create(mut self, address: &str, values: Value) -> Self {
        let address = Address::of(address);
        let written = Written::block(&values);
        let change = json!({
            "actions": ["create"],
            "before": null,
            "after": written.planned,
            "after_unknown": written.unknown,
            "before_sensitive": false,
            "after_sensitive": {},
        });
        self.push_change("resource_changes", &address, change);
        self.push_planned(&address, written.planned.unwrap_or_default());
        self.configure(&address, written.expression.unwrap_or_default());
        self
    }

    /// Another data source, which is read during the apply.
    pub(crate) fn read_later(mut self, address: &str, values: Value) -> Self {
        self = self.create(address, values);
        let change = self.change_mut(address);
        change["actions"] = json!(["read"]);
        for computed in ["id", "json", "minified_json", "version"] {
            change["after_unknown"][computed] = json!(true);
        }
        self
    }

    /// Another data source, which was read for the plan.
    pub(crate) fn read(mut self, address: &str, values: Value) -> Self {
        let address = Address::of(address);
        let written = Written::block(&values);
        self.push_prior(&address, values);
        self.configure(&address, written.expression.unwrap_or_default());
        self
    }

    /// Another resource, which is there already and stays as it is.
    pub(crate) fn exists(mut self, address: &str, values: Value) -> Self {
        let parts = Address::of(address);
        self = self.create(address, values.clone());
        let change = self.change_mut(address);
        change["actions"] = json!(["no-op"]);
        change["before"] = change["after"].clone();
        change["after_unknown"] = json!({});
        self.push_prior(&parts, values);
        self
    }

    /// Another resource in the JSON of a state.
    pub(crate) fn holding(mut self, address: &str, values: Value) -> Self {
        push_into(self.document.get_mut("values"), resource(&Address::of(address), values));
        self
    }

    /// A value in the JSON of a state.
    pub(crate) fn held(mut self, address: &str, attribute: &str, value: Value) -> Self {
        let held = resource_in(self.document.get_mut("values"), address).expect("the state holds it");
        held["values"][attribute] = value;
        self
    }

    /// The resource's block was taken out of the configuration: it is destroyed.
    pub(crate) fn delete(mut self, address: &str) -> Self {
        let change = self.change_mut(address);
        change["actions"] = json!(["delete"]);
        change["after"] = Value::Null;
        change["after_unknown"] = json!({});
        change["after_sensitive"] = json!(false);
        self.unplan(address);
        self.unconfigure(address)
    }

    /// What was to be made was there before already, and stays as it is.
    pub(crate) fn stays(mut self, address: &str) -> Self {
        let change = self.change_mut(address);
        change["actions"] = json!(["no-op"]);
        change["before"] = change["after"].clone();
        self
    }

    /// A `removed` block with `destroy = false` took the resource's place.
    pub(crate) fn forget(mut self, address: &str) -> Self {
        self = self.delete(address);
        self.change_mut(address)["actions"] = json!(["forget"]);
        self
    }

    /// Nothing of the resource is in the plan, but its block is in the configuration: `count = 0`.
    pub(crate) fn count_of_none(mut self, address: &str) -> Self {
        self.unplan(address);
        self.retain_changes(address);
        if let Some(configured) = self.configured(&Address::of(address)) {
            configured["count_expression"] = json!({ "constant_value": 0 });
        }
        self
    }

    /// Nothing of the resource is in the plan.
    pub(crate) fn omit(mut self, address: &str) -> Self {
        self.unplan(address);
        self.forget_prior(address);
        self.retain_changes(address);
        self.unconfigure(address)
    }

    /// The value can't be changed in place: the resource is destroyed, and made anew. What the provider computes is known
    /// after apply.
    pub(crate) fn replace(mut self, address: &str, attribute: &str, value: Value, computed: &[&str]) -> Self {
        self = self.set(address, attribute, value);
        for computed in computed {
            self.unknown_after(address, computed);
        }
        let change = self.change_mut(address);
        change["actions"] = json!(["delete", "create"]);
        change["replace_paths"] = json!([[attribute]]);
        self
    }

    /// A `moved` block: the resource stood under another address, which the prior state shows no longer.
    pub(crate) fn moved(mut self, from: &str, to: &str) -> Self {
        for change in self.document["resource_changes"].as_array_mut().into_iter().flatten() {
            if change["address"] == to {
                change["previous_address"] = json!(from);
            }
        }
        self
    }

    /// The actions of a change, by Terraform's words.
    pub(crate) fn acting(mut self, address: &str, actions: &[&str]) -> Self {
        self.change_mut(address)["actions"] = json!(actions);
        self
    }

    /// A value that the provider will only tell after the apply.
    pub(crate) fn later(mut self, address: &str, attribute: &str) -> Self {
        self.unknown_after(address, attribute);
        self
    }

    /// Somebody changed an attribute outside of Terraform: the value before, where the prior state has the one that is
    /// there now.
    pub(crate) fn drifted(mut self, address: &str, attribute: &str, was: Value) -> Self {
        let now = self.change(address)["before"].clone();
        let mut before = now.clone();
        before[attribute] = was;
        let change = json!({
            "actions": ["update"],
            "before": before,
            "after": now,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
        });
        self.push_change("resource_drift", &Address::of(address), change);
        self
    }

    /// Somebody deleted a resource outside of Terraform; the plan makes another.
    pub(crate) fn vanished(mut self, address: &str) -> Self {
        let gone = self.change(address)["before"].clone();
        let change = json!({
            "actions": ["delete"],
            "before": gone,
            "after": null,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": false,
        });
        self.push_change("resource_drift", &Address::of(address), change);
        self.forget_prior(address);
        let change = self.change_mut(address);
        change["before"] = Value::Null;
        change["actions"] = json!(["create"]);
        self
    }

    /// Another object under the address of a resource, left over from an earlier apply: it is destroyed. It differs from the
    /// one that is there in these attributes.
    pub(crate) fn deposed(mut self, address: &str, differing: &[(&str, &str)]) -> Self {
        let mut before = self.change(address)["before"].clone();
        for (attribute, value) in differing {
            before[*attribute] = json!(value);
        }
        let change = json!({
            "actions": ["delete"],
            "before": before,
            "after": null,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": false,
        });
        self.push_change("resource_changes", &Address::of(address), change);
        let changes = self.document["resource_changes"].as_array_mut().expect("there are changes");
        if let Some(change) = changes.last_mut() {
            change["deposed"] = json!("12345678");
        }
        self
    }

    fn unknown_after(&mut self, address: &str, attribute: &str) {
        let change = self.change_mut(address);
        remove(&mut change["after"], attribute);
        change["after_unknown"][attribute] = json!(true);
        if let Some(planned) = resource_in(self.document.get_mut("planned_values"), address) {
            remove(&mut planned["values"], attribute);
        }
    }

    fn push_change(&mut self, list: &str, address: &Address, change: Value) {
        let mut entry = resource(address, Value::Null);
        remove(&mut entry, "values");
        remove(&mut entry, "sensitive_values");
        remove(&mut entry, "schema_version");
        if !address.module.is_empty() {
            entry["module_address"] = json!(address.module);
        }
        entry["change"] = change;
        if !self.document[list].is_array() {
            self.document[list] = json!([]);
        }
        self.document[list].as_array_mut().expect("a list of changes").push(entry);
    }

    fn push_planned(&mut self, address: &Address, values: Value) {
        push_into(self.document.get_mut("planned_values"), resource(address, values));
    }

    fn push_prior(&mut self, address: &Address, values: Value) {
        if !self.document["prior_state"].is_object() {
            self.document["prior_state"] = json!({
                "format_version": "1.0",
                "values": { "root_module": { "resources": [] } },
            });
        }
        push_into(self.prior_values(), resource(address, values));
    }

    fn configure(&mut self, address: &Address, expressions: Value) {
        if self.configured(address).is_some() {
            return;
        }
        let Some(root) = self.document.get_mut("configuration").and_then(|all| all.get_mut("root_module"))
        else {
            return;
        };
        let mut entry = resource(address, Value::Null);
        remove(&mut entry, "values");
        remove(&mut entry, "sensitive_values");
        remove(&mut entry, "provider_name");
        remove(&mut entry, "index");
        entry["address"] = json!(address.block);
        entry["provider_config_key"] = json!(provider(&address.kind));
        entry["expressions"] = expressions;
        root["resources"].as_array_mut().expect("resources are configured").push(entry);
    }

    fn unplan(&mut self, address: &str) {
        take_from(self.document.get_mut("planned_values"), address);
    }

    fn forget_prior(&mut self, address: &str) {
        take_from(self.prior_values(), address);
    }

    fn retain_changes(&mut self, address: &str) {
        if let Some(changes) = self.document["resource_changes"].as_array_mut() {
            changes.retain(|change| change["address"] != address);
        }
    }

    fn unconfigure(mut self, address: &str) -> Self {
        let block = Address::of(address).block;
        let root = self.document.get_mut("configuration").and_then(|all| all.get_mut("root_module"));
        if let Some(resources) = root.and_then(|root| root["resources"].as_array_mut()) {
            resources.retain(|resource| resource["address"] != block.as_str());
        }
        self
    }
}

/// A resource among planned or prior values.
fn resource(address: &Address, values: Value) -> Value {
    let mut entry = json!({
        "address": address.text,
        "mode": address.mode,
        "type": address.kind,
        "name": address.name,
        "provider_name": format!("registry.terraform.io/{}", source(&address.kind)),
        "schema_version": 0,
        "values": values,
        "sensitive_values": {},
    });
    if let Some(index) = &address.index {
        entry["index"] = index.clone();
    }
    entry
}

fn provider(kind: &str) -> &str {
    kind.split_once('_').map_or(kind, |(provider, _)| provider)
}

fn source(kind: &str) -> String {
    let provider = provider(kind);
    if provider == "openai" { "openai/openai".into() } else { format!("hashicorp/{provider}") }
}

/// Adds a resource of the root module.
fn push_into(values: Option<&mut Value>, entry: Value) {
    let resources = values.and_then(|values| values.get_mut("root_module")?.get_mut("resources"));
    if let Some(resources) = resources.and_then(Value::as_array_mut) {
        resources.push(entry);
    }
}

fn take_from(values: Option<&mut Value>, address: &str) {
    let resources = values.and_then(|values| values.get_mut("root_module")?.get_mut("resources"));
    if let Some(resources) = resources.and_then(Value::as_array_mut) {
        resources.retain(|resource| resource["address"] != address);
    }
}

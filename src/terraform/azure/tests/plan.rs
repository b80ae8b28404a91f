//! Plans with small changes, and what comes of them.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::check::{Outcome, registry};
use crate::evidence::azure::AzureEvidence;
use crate::evidence::{Cloud, Evidence};
use crate::report::{Report, TargetReport};
use crate::selection::{Choice, Selection};
use crate::terraform::{AzureNamed, Refused, Wanted, read};

const FIRST: &str = include_str!("../../../../tests/plans/corpus/azure.json");
const LATER: &str = include_str!("../../../../tests/plans/corpus/azure-nochange.json");
pub(super) const FIREWALL: &str = include_str!("../../../../tests/plans/corpus/azure-firewall-nochange.json");
pub(super) const STATE: &str = include_str!("../../../../tests/plans/corpus/azure-state.json");

pub(super) const PRINCIPAL: &str = "azuread_service_principal.openai";
pub(super) const VAULT: &str = "azurerm_key_vault.v";
pub(super) const KEY: &str = "azurerm_key_vault_key.k";
pub(super) const ASSIGNMENT: &str = "azurerm_role_assignment.openai";
pub(super) const ROLE: &str = "azurerm_role_definition.ekm";

pub(super) const SUBSCRIPTION: &str = "/subscriptions/33333333-3333-3333-3333-333333333333";
pub(super) const VAULT_ID: &str = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-ekm/providers/Microsoft.KeyVault/vaults/acme-openai-ekm";
pub(super) const KEY_ID: &str = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-ekm/providers/Microsoft.KeyVault/vaults/acme-openai-ekm/keys/org-AbCdEf123456--prod";

/// A plan that is changed.
#[derive(Clone)]
pub(super) struct Changed {
    pub(super) plan: Value,
    pub(super) wanted: Wanted,
}

/// The plan that makes everything.
pub(super) fn first() -> Changed {
    of(FIRST)
}

/// A plan after it, which changes nothing.
pub(super) fn later() -> Changed {
    of(LATER)
}

pub(super) fn of(text: &str) -> Changed {
    Changed { plan: serde_json::from_str(text).unwrap(), wanted: Wanted::default() }
}

impl Changed {
    pub(super) fn change(&mut self, address: &str) -> &mut Value {
        let changes = self.plan["resource_changes"].as_array_mut().unwrap();
        &mut changes.iter_mut().find(|one| one["address"] == address).unwrap()["change"]
    }

    fn configured(&mut self, address: &str) -> &mut Value {
        let resources = self.plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
        let found = resources.iter_mut().find(|one| one["address"] == address).unwrap();
        if found["expressions"].is_null() {
            found["expressions"] = json!({});
        }
        &mut found["expressions"]
    }

    /// An attribute that is known, and written out.
    pub(super) fn with(mut self, address: &str, attribute: &str, value: Value) -> Self {
        let change = self.change(address);
        change["after"][attribute] = value.clone();
        change["after_unknown"].as_object_mut().unwrap().remove(attribute);
        if change["actions"] == json!(["no-op"]) {
            change["actions"] = json!(["update"]);
        }
        self.configured(address)[attribute] = json!({"constant_value": value});
        self
    }

    /// An attribute that the provider does not have.
    pub(super) fn without(mut self, address: &str, attribute: &str) -> Self {
        for part in ["before", "after", "after_unknown"] {
            if let Some(object) = self.change(address)[part].as_object_mut() {
                object.remove(attribute);
            }
        }
        self.unset(address, attribute)
    }

    /// An attribute that the configuration does not set.
    pub(super) fn unset(mut self, address: &str, attribute: &str) -> Self {
        self.configured(address).as_object_mut().unwrap().remove(attribute);
        self
    }

    /// An attribute that is known only after apply, and refers to these.
    pub(super) fn refers(mut self, address: &str, attribute: &str, to: &[&str]) -> Self {
        let change = self.change(address);
        change["after"].as_object_mut().unwrap().remove(attribute);
        change["after_unknown"][attribute] = json!(true);
        self.configured(address)[attribute] = json!({"references": to});
        self
    }

    /// An attribute that is known only after apply, and set nowhere.
    pub(super) fn unknown(self, address: &str, attribute: &str) -> Self {
        self.refers(address, attribute, &[]).unset(address, attribute)
    }

    /// No such resource.
    pub(super) fn no(mut self, address: &str) -> Self {
        for list in [
            "/resource_changes",
            "/planned_values/root_module/resources",
            "/prior_state/values/root_module/resources",
            "/configuration/root_module/resources",
        ] {
            if let Some(list) = self.plan.pointer_mut(list) {
                list.as_array_mut().unwrap().retain(|one| one["address"] != address);
            }
        }
        self
    }

    /// A resource that the plan destroys.
    pub(super) fn destroyed(mut self, address: &str) -> Self {
        let change = self.change(address);
        change["actions"] = json!(["delete"]);
        change["after"] = Value::Null;
        change["after_unknown"] = json!({});
        let planned = self.plan["planned_values"]["root_module"]["resources"].as_array_mut().unwrap();
        planned.retain(|one| one["address"] != address);
        self
    }

    /// One more resource that the plan makes, or data source that it has read.
    pub(super) fn and(mut self, address: &str, after: Value, unknown: Value, expressions: Value) -> Self {
        let (mode, rest) = match address.strip_prefix("data.") {
            Some(rest) => ("data", rest),
            None => ("managed", address),
        };
        let (kind, name) = rest.split_once('.').unwrap();
        let provider = if kind.starts_with("azuread") { "azuread" } else { "azurerm" };
        let common = json!({"address": address, "mode": mode, "type": kind, "name": name});
        let with = |more: Value| {
            let mut all = common.clone();
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        let configured = with(json!({"provider_config_key": provider, "expressions": expressions}));
        self.plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap().push(configured);
        if mode == "data" && unknown == json!({}) {
            let resources =
                self.plan["prior_state"]["values"]["root_module"]["resources"].as_array_mut().unwrap();
            resources.push(with(json!({"values": after})));
        } else {
            let actions = if mode == "data" { "read" } else { "create" };
            let change =
                json!({"actions": [actions], "before": null, "after": after, "after_unknown": unknown});
            self.plan["resource_changes"].as_array_mut().unwrap().push(with(json!({"change": change})));
        }
        self
    }

    /// What is set of a provider.
    pub(super) fn provider(mut self, name: &str, setting: &str, expression: Value) -> Self {
        self.plan["configuration"]["provider_config"][name]["expressions"][setting] = expression;
        self
    }

    pub(super) fn named(mut self, named: AzureNamed) -> Self {
        self.wanted.azure = Some(named);
        self
    }

    pub(super) fn over(mut self, evidence: Evidence) -> Self {
        self.wanted.over = Some(evidence);
        self
    }

    pub(super) fn read(&self) -> Result<Vec<Evidence>, Refused> {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        read(&self.plan.to_string(), &self.wanted, now)
    }

    /// The evidence of the only registration.
    pub(super) fn evidence(&self) -> Evidence {
        let evidence = self.read().unwrap();
        assert_eq!(evidence.len(), 1, "{evidence:#?}");
        evidence.into_iter().next().unwrap()
    }

    pub(super) fn seen(&self) -> AzureEvidence {
        azure(self.evidence().cloud)
    }

    pub(super) fn before(&self) -> Option<AzureEvidence> {
        self.evidence().plan.unwrap().before.map(|before| azure(*before))
    }

    pub(super) fn report(&self) -> TargetReport {
        static ALL: LazyLock<Selection> =
            LazyLock::new(|| Selection::new(registry().unwrap(), Choice::default()).unwrap());
        Report::of(&[self.evidence()], &ALL).targets.remove(0)
    }

    /// The verdict, and the checks of severity error that fail.
    pub(super) fn judged(&self) -> (&'static str, Vec<String>) {
        let report = self.report();
        (report.verdict.word(), with_outcome(&report, "fail", "error"))
    }

    /// What the verdict leaves out of account because it is of a plan.
    pub(super) fn limits(&self) -> Vec<String> {
        self.evidence().plan.unwrap().limits.into_iter().map(|limit| limit.what).collect()
    }
}

pub(super) fn with_outcome(report: &TargetReport, outcome: &str, severity: &str) -> Vec<String> {
    let checks = report.checks.iter().filter(|check| check.severity.as_str() == severity);
    checks.filter(|check| Outcome::name(&check.outcome) == outcome).map(|check| check.id.clone()).collect()
}

pub(super) fn azure(cloud: Cloud) -> AzureEvidence {
    match cloud {
        Cloud::Azure { evidence, .. } => *evidence,
        Cloud::Aws { .. } => panic!("of AWS"),
    }
}

//! The same setup in modules, with `count` and with `for_each`.

use super::*;

/// Moves resources of the root module into a module that is called `ekm`, with these outputs and variables.
fn moved(plan: plan::Changed, addresses: &[&str], key: &str, outputs: Value, passed: Value) -> plan::Changed {
    let mut plan = plan;
    let call = format!("module.ekm{key}");
    for one in plan.plan["resource_changes"].as_array_mut().unwrap() {
        if addresses.iter().any(|address| one["address"] == *address) {
            one["address"] = json!(format!("{call}.{}", one["address"].as_str().unwrap()));
        }
    }
    plan.plan["planned_values"] = json!({});
    let resources = plan.plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    let is_moved = |one: &Value| addresses.iter().any(|address| one["address"] == *address);
    let (inside, outside): (Vec<Value>, Vec<Value>) = resources.drain(..).partition(is_moved);
    plan.plan["configuration"]["root_module"]["resources"] = json!(outside);
    plan.plan["configuration"]["root_module"]["module_calls"] = json!({"ekm": {
        "expressions": passed,
        "module": {"resources": inside, "outputs": outputs},
    }});
    plan
}

fn key_id() -> Value {
    json!({"key_id": {"expression": {"references": [format!("{KEY}.resource_versionless_id"), KEY]}}})
}

/// The key and its vault in a module, the role outside.
#[test]
fn a_module_gives_out_the_key() {
    for key in ["", "[0]", r#"["eu"]"#] {
        let output = format!("module.ekm{key}.key_id");
        let call = format!("module.ekm{key}");
        let plan = first().refers(ASSIGNMENT, "scope", &[&output, &call, "module.ekm"]);
        let plan = moved(plan, &[VAULT, KEY], key, key_id(), json!({}));
        assert_eq!(plan.judged(), ("ready", Vec::new()), "{key}");
        let places = plan.evidence().plan.unwrap().places;
        assert_eq!(places["azure.key"], format!("module.ekm{key}.azurerm_key_vault_key.k"));
    }
}

/// Everything but the service principal in a module, which is passed its id.
#[test]
fn a_module_is_passed_the_service_principal() {
    let plan = first().refers(ASSIGNMENT, "principal_id", &["var.principal_id"]);
    let passed = json!({"principal_id": {"references": [format!("{PRINCIPAL}.object_id"), PRINCIPAL]}});
    let plan = moved(plan, &[VAULT, KEY, ASSIGNMENT, ROLE], "", json!({}), passed);
    let mut plan = plan;
    // Data sources are read in the root module; the module's are its own.
    plan.plan["configuration"]["root_module"]["module_calls"]["ekm"]["expressions"]["tenant_id"] = json!({});
    assert_eq!(plan.judged(), ("ready", Vec::new()));
}

/// A service principal with `count`, as it is written for one that may exist.
#[test]
fn a_resource_with_count_is_referred_to_by_its_key() {
    let mut plan = first();
    for one in plan.plan["resource_changes"].as_array_mut().unwrap() {
        if one["address"] == PRINCIPAL {
            one["address"] = json!(format!("{PRINCIPAL}[0]"));
        }
    }
    plan.plan["planned_values"] = json!({});
    let counted = format!("{PRINCIPAL}[0]");
    let plan =
        plan.refers(ASSIGNMENT, "principal_id", &[&format!("{counted}.object_id"), &counted, PRINCIPAL]);
    assert_eq!(plan.judged(), ("ready", Vec::new()));
}

/// A plan as azurerm 4 makes it: what is not set and computed is known after apply only.
#[test]
fn what_the_provider_computes_is_what_it_is_when_it_is_not_set() {
    let mut plan = first()
        .unknown(VAULT, "network_acls")
        .unknown(VAULT, "access_policy")
        .unknown(VAULT, "rbac_authorization_enabled")
        .unknown(ROLE, "assignable_scopes")
        .with(ASSIGNMENT, "principal_type", json!("ServicePrincipal"))
        .provider("azurerm", "subscription_id", json!({"references": ["var.subscription_id"]}));
    plan.plan["variables"]["subscription_id"] = json!({"value": "33333333-3333-3333-3333-333333333333"});
    assert_eq!(plan.judged(), ("ready", Vec::new()));
    assert_eq!(with_outcome(&plan.report(), "fail", "warning"), [""; 0]);
}

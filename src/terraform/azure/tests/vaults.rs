//! The vault and the key.

use super::*;

fn fails(plan: &plan::Changed, check: &str) {
    let (verdict, failing) = plan.judged();
    assert_eq!(verdict, "not_ready", "{check}");
    assert!(failing.contains(&check.to_owned()), "{check}: {failing:?}");
}

/// azurerm documentation, `azurerm_key_vault`: "Defaults to `false`", in both spellings.
#[test]
fn the_kind_of_authorization_is_read_in_both_spellings() {
    const OLD: &str = "enable_rbac_authorization";
    const NEW: &str = "rbac_authorization_enabled";
    let new = || first().without(VAULT, OLD);
    let both = || first().unknown(VAULT, OLD).unknown(VAULT, NEW);
    for (plan, verdict) in [
        (new().with(VAULT, NEW, json!(true)), "ready"),
        (new().with(VAULT, NEW, json!(false)), "not_ready"),
        (first().with(VAULT, OLD, json!(false)), "not_ready"),
        (first().with(VAULT, OLD, Value::Null), "not_ready"),
        (first().unset(VAULT, OLD).with(VAULT, OLD, Value::Null), "not_ready"),
        // Since 4.42 both are there, and the one that is not set is computed.
        (first().unknown(VAULT, NEW), "ready"),
        (both(), "not_ready"),
        (both().with(VAULT, NEW, json!(true)), "ready"),
        (both().with(VAULT, NEW, json!(false)), "not_ready"),
        // What is not set keeps what it was; of a new vault it was nothing.
        (later().with(VAULT, NEW, json!(false)).unset(VAULT, OLD), "not_ready"),
        (first().with(VAULT, NEW, json!(false)).unset(VAULT, OLD), "undetermined"),
        (
            first().with(VAULT, OLD, json!(false)).with(VAULT, NEW, json!(true)).unset(VAULT, OLD),
            "undetermined",
        ),
        (first().with(VAULT, NEW, json!(false)), "undetermined"),
        (first().refers(VAULT, OLD, &["local.rbac"]), "undetermined"),
        (first().without(VAULT, OLD), "undetermined"),
        (new().with(VAULT, NEW, Value::Null), "undetermined"),
        (first().with(VAULT, OLD, json!("true")), "undetermined"),
    ] {
        assert_eq!(plan.judged().0, verdict, "{:?}", plan.plan["resource_changes"][1]);
    }
    fails(&later().with(VAULT, OLD, json!(false)), "azure-vault-rbac");
}

#[test]
fn access_policies_are_read_within_the_vault_and_beside_it() {
    let by_policy = || first().with(VAULT, "enable_rbac_authorization", json!(false));
    let beside = |plan: plan::Changed| {
        plan.and(
            "azurerm_key_vault_access_policy.openai",
            json!({
                "application_id": null, "certificate_permissions": null, "key_permissions": ["Get", "Encrypt", "Decrypt"],
                "secret_permissions": null, "storage_permissions": null,
                "tenant_id": "44444444-4444-4444-4444-444444444444",
            }),
            json!({"id": true, "key_vault_id": true, "object_id": true}),
            json!({
                "key_vault_id": {"references": [format!("{VAULT}.id"), VAULT]},
                "object_id": {"references": [format!("{PRINCIPAL}.object_id"), PRINCIPAL]},
            }),
        )
    };
    // The call is allowed, and the vault's mode is wrong all the same: access policies are for the whole vault.
    assert_eq!(beside(by_policy()).judged(), ("not_ready", vec!["azure-vault-rbac".to_owned()]));
    assert_eq!(beside(first()).judged().0, "ready");
    let within = json!([{"tenant_id": "44444444-4444-4444-4444-444444444444", "object_id": "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10",
        "application_id": "", "key_permissions": ["Get", "Encrypt", "Decrypt", "Delete"], "secret_permissions": [],
        "certificate_permissions": [], "storage_permissions": []}]);
    let plan =
        later().with(VAULT, "enable_rbac_authorization", json!(false)).with(VAULT, "access_policy", within);
    fails(&plan, "azure-least-privilege");
    // Unknown ones may be anybody's.
    let unknown = by_policy().refers(VAULT, "access_policy", &["local.policies"]);
    assert!(matches!(unknown.seen().vault, Item::Partial { .. }));
    let report = unknown.report();
    assert!(with_outcome(&report, "unknown", "error").contains(&"azure-encrypt-allowed".to_owned()));
    assert_eq!(with_outcome(&report, "fail", "error"), ["azure-vault-rbac"]);
    // What is not set is computed.
    assert_eq!(first().unknown(VAULT, "access_policy").judged().0, "ready");
}

#[test]
fn what_keeps_openai_out_of_the_network_fails() {
    const CHECK: &str = "azure-vault-network";
    fails(&first().with(VAULT, "public_network_access_enabled", json!(false)), CHECK);
    let deny = json!([{"bypass": "AzureServices", "default_action": "Deny", "ip_rules": null, "virtual_network_subnet_ids": null}]);
    fails(&first().with(VAULT, "network_acls", deny), CHECK);
    let allow = json!([{"bypass": "None", "default_action": "Allow", "ip_rules": [], "virtual_network_subnet_ids": []}]);
    assert_eq!(first().with(VAULT, "network_acls", allow).judged().0, "ready");
    for unknown in [
        first().refers(VAULT, "network_acls", &["local.rules"]),
        first().refers(VAULT, "public_network_access_enabled", &["local.public"]),
        first().without(VAULT, "public_network_access_enabled"),
        first().without(VAULT, "network_acls"),
        first().with(VAULT, "network_acls", json!("none")),
    ] {
        assert_eq!(unknown.judged(), ("undetermined", Vec::new()));
    }
    // What is not set is computed: a new vault has no firewall then, and a dynamic block would look the same.
    let unset = first().unknown(VAULT, "network_acls");
    assert_eq!(unset.judged().0, "ready");
    assert!(
        unset.limits().iter().any(|limit| limit.contains("is taken to have no firewall")),
        "{:?}",
        unset.limits()
    );
    // Private Link network-security-perimeter-transition: in enforced mode the perimeter decides.
    let perimeter = |mode: &str| {
        first().and(
            "azurerm_network_security_perimeter_association.v",
            json!({"access_mode": mode}),
            json!({"id": true, "resource_id": true}),
            json!({"resource_id": {"references": [format!("{VAULT}.id"), VAULT]}}),
        )
    };
    assert_eq!(perimeter("Enforced").judged(), ("undetermined", Vec::new()));
    assert_eq!(perimeter("Learning").judged().0, "ready");
}

#[test]
fn private_endpoints_are_counted() {
    let plan = first().and(
        "azurerm_private_endpoint.v",
        json!({"private_service_connection": [{"subresource_names": ["vault"]}]}),
        json!({"id": true, "private_service_connection": [{"private_connection_resource_id": true}]}),
        json!({"private_service_connection": [{"private_connection_resource_id": {"references": [format!("{VAULT}.id"), VAULT]}}]}),
    );
    assert_eq!(plan.seen().vault.collected().unwrap().private_endpoints, 1);
}

#[test]
fn a_key_that_can_not_serve_fails() {
    for (attribute, value, check) in [
        ("key_type", json!("EC"), "azure-key-rsa"),
        ("key_opts", json!(["sign", "verify"]), "azure-key-operations"),
        ("key_opts", json!(["encrypt"]), "azure-decrypt-allowed"),
        ("expiration_date", json!("2026-01-01T00:00:00Z"), "azure-encrypt-allowed"),
        ("not_before_date", json!("2027-01-01T00:00:00Z"), "azure-encrypt-allowed"),
        ("name", json!("prod"), "azure-key-name"),
    ] {
        for plan in [first(), later()] {
            fails(&plan.with(KEY, attribute, value.clone()), check);
        }
    }
    for (attribute, value) in [
        ("key_type", Value::Null),
        ("key_opts", json!("encrypt")),
        ("expiration_date", json!("tomorrow")),
        ("key_size", json!("3072")),
    ] {
        let plan = first().with(KEY, attribute, value);
        assert_eq!(plan.judged(), ("undetermined", Vec::new()), "{attribute}");
    }
    for attribute in ["key_type", "key_opts", "expiration_date", "not_before_date"] {
        let plan = first().refers(KEY, attribute, &["local.value"]);
        assert_eq!(plan.judged(), ("undetermined", Vec::new()), "{attribute}");
        let seen = plan.seen();
        let missing = seen.key.missing().unwrap();
        assert_eq!(missing.call, format!("{KEY}.{attribute}"));
        assert!(missing.detail.contains("the local value `local.value`"), "{}", missing.detail);
    }
}

/// azurerm documentation, `azurerm_key_vault_key`: the block `rotation_policy`.
#[test]
fn a_rotation_policy_is_read() {
    let policy = json!([{"automatic": [{"time_after_creation": null, "time_before_expiry": "P30D"}],
        "expire_after": "P90D", "notify_before_expiry": "P29D"}]);
    let plan = first().with(KEY, "rotation_policy", policy).with(
        KEY,
        "expiration_date",
        json!("2027-01-01T00:00:00Z"),
    );
    assert_eq!(
        serde_json::to_value(&plan.seen().key_rotation_policy).unwrap(),
        json!({"collected": {
            "actions": [
                {"action": "Rotate", "time_before_expiry": "P30D"},
                {"action": "Notify", "time_before_expiry": "P29D"},
            ],
            "expiry_time": "P90D",
        }})
    );
    let report = plan.report();
    assert_eq!(with_outcome(&report, "fail", "note"), [""; 0]);
    assert_eq!(with_outcome(&report, "fail", "warning"), [""; 0]);
}

/// The resource id is made of the subscription, the resource group and the name.
#[test]
fn the_subscription_follows_from_the_provider() {
    let without = || {
        first().no("data.azurerm_client_config.me").with(
            VAULT,
            "tenant_id",
            json!("44444444-4444-4444-4444-444444444444"),
        )
    };
    let bare = || without().no("data.azurerm_subscription.s");
    let id = |plan: &plan::Changed| plan.seen().vault.collected().unwrap().id.to_string();
    assert_eq!(id(&without()), VAULT_ID);
    let set = |expression: Value| bare().provider("azurerm", "subscription_id", expression);
    assert_eq!(id(&set(json!({"constant_value": "33333333-3333-3333-3333-333333333333"}))), VAULT_ID);
    let mut by_variable = set(json!({"references": ["var.subscription"]}));
    by_variable.plan["variables"]["subscription"] = json!({"value": "33333333-3333-3333-3333-333333333333"});
    assert_eq!(id(&by_variable), VAULT_ID);
    // Nothing tells, and the role is made in one that could be it or not.
    let plan = bare();
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    assert_eq!(plan.seen().vault.missing().unwrap().reason, MissingReason::KnownAfterApply);
    // No subscription is written anywhere: all are the same.
    let joined = |plan: plan::Changed| {
        plan.and("azurerm_resource_group.rg", json!({"name": "rg-ekm"}), json!({"id": true}), json!({}))
            .refers(ROLE, "scope", &["azurerm_resource_group.rg.id", "azurerm_resource_group.rg"])
            .refers(ROLE, "assignable_scopes", &["azurerm_resource_group.rg.id", "azurerm_resource_group.rg"])
    };
    let report = joined(bare()).report();
    assert_eq!(report.verdict.word(), "ready");
    assert_eq!(with_outcome(&report, "fail", "warning"), [""; 0]);
    // Two that contradict each other.
    let two = first().provider(
        "azurerm",
        "subscription_id",
        json!({"constant_value": "33333333-3333-3333-3333-333333333334"}),
    );
    assert_eq!(two.judged(), ("undetermined", Vec::new()));
    // One that is looked up by its id is not the provider's.
    let mut looked_up = without();
    let resources = looked_up.plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    let data = resources.iter_mut().find(|one| one["address"] == "data.azurerm_subscription.s").unwrap();
    data["expressions"] =
        json!({"subscription_id": {"constant_value": "33333333-3333-3333-3333-333333333333"}});
    assert_eq!(looked_up.judged(), ("undetermined", Vec::new()));
}

/// Key Vault about-keys-secrets-certificates: the host's name is another in other clouds.
#[test]
fn another_cloud_is_not_taken_for_the_public_one() {
    let public = first().provider("azurerm", "environment", json!({"constant_value": "public"}));
    assert!(!public.limits().iter().any(|limit| limit.contains("public cloud")), "{:?}", public.limits());
    for (cloud, host) in [
        ("usgovernment", "acme-openai-ekm.vault.usgovcloudapi.net"),
        ("china", "acme-openai-ekm.vault.azure.cn"),
        ("german", "acme-openai-ekm.vault.microsoftazure.de"),
    ] {
        let plan = first().provider("azurerm", "environment", json!({"constant_value": cloud}));
        assert_eq!(plan.judged(), ("not_ready", vec!["azure-vault-uri".to_owned()]), "{cloud}");
        let Cloud::Azure { registration, .. } = plan.evidence().cloud else { panic!() };
        assert_eq!(registration.vault_uri.host(), host);
    }
    for setting in [json!({"constant_value": "another"}), json!({"references": ["var.cloud"]})] {
        let plan = || first().provider("azurerm", "environment", setting.clone());
        let refused = plan().read().unwrap_err().to_string();
        assert!(refused.contains("--vault-uri"), "{refused}");
        // What is given adds to what the plan tells.
        let named = AzureNamed {
            vault_uri: Some("https://acme-openai-ekm.vault.azure.net/".into()),
            ..AzureNamed::default()
        };
        let evidence = plan().named(named).evidence();
        assert_eq!(evidence.name.as_str(), "org-AbCdEf123456--prod");
    }
}

/// azuread documentation, `environment`: the tenants of another cloud are not those of the public one's vaults.
#[test]
fn a_service_principal_of_another_cloud_is_not_the_vaults() {
    for setting in [json!({"constant_value": "usgovernmentl4"}), json!({"references": ["local.cloud"]})] {
        let plan = first().provider("azuread", "environment", setting);
        assert_eq!(plan.judged(), ("undetermined", Vec::new()));
        assert!(
            plan.limits().contains(
                &"`azuread_service_principal.openai` is not in a tenant of Azure's public cloud, or may not be".into()
            ),
            "{:?}",
            plan.limits()
        );
    }
    let public = first().provider("azuread", "environment", json!({"constant_value": "global"}));
    assert_eq!(public.judged().0, "ready");
}

/// A name that is known only after apply is the new vault's all the same, and can't be registered yet.
#[test]
fn a_name_that_is_made_during_the_apply_stands_in() {
    let plan = first().refers(VAULT, "name", &["random_string.suffix.result", "random_string.suffix"]);
    let evidence = plan.evidence();
    let symbols: Vec<(String, String)> =
        evidence.plan.unwrap().symbols.into_iter().map(|one| (one.text, one.stands_for)).collect();
    assert!(
        symbols.contains(&("unknown-000000000001".into(), "azurerm_key_vault.v.name".into())),
        "{symbols:?}"
    );
    assert_eq!(with_outcome(&plan.report(), "fail", "error"), [""; 0]);
    // A key's name must have OpenAI's form.
    let key = first().refers(KEY, "name", &["random_string.suffix.result", "random_string.suffix"]);
    let refused = key.read().unwrap_err().to_string();
    assert!(refused.contains("azurerm_key_vault_key.k.name") && refused.contains("--key-name"), "{refused}");
}

/// A key whose vault nothing tells may be in another one than the plan's.
#[test]
fn a_key_is_in_the_vault_that_it_is_made_in() {
    let plan = first().refers(KEY, "key_vault_id", &["local.vault_id"]).refers(
        ASSIGNMENT,
        "scope",
        &[&format!("{VAULT}.id"), VAULT],
    );
    let named = AzureNamed { key_address: Some(KEY.into()), ..AzureNamed::default() };
    let plan = plan.named(named);
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    assert_eq!(plan.seen().key.missing().unwrap().call, "azurerm_key_vault_key.k.key_vault_id");
}

/// Without a configuration nothing can be joined.
#[test]
fn a_plan_without_its_configuration_is_not_decided() {
    let mut plan = first();
    plan.plan.as_object_mut().unwrap().remove("configuration");
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    let seen = plan.seen();
    let missing = seen.role_assignments.missing().unwrap();
    assert!(missing.detail.contains("it has no configuration"), "{}", missing.detail);
    let mut plan = later();
    plan.plan.as_object_mut().unwrap().remove("configuration");
    assert_eq!(plan.evidence().cloud, later().evidence().cloud);
}

/// The vault stands elsewhere: its id tells its name.
#[test]
fn a_vault_that_is_not_in_the_plan_is_not_known() {
    let plan = first().no(VAULT).with(KEY, "key_vault_id", json!(VAULT_ID));
    let evidence = plan.evidence();
    let registration = evidence.cloud.registration();
    assert!(format!("{registration:?}").contains("acme-openai-ekm.vault.azure.net"));
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    assert_eq!(plan.seen().vault.missing().unwrap().reason, MissingReason::NotInPlan);
    // A data source shows it.
    let mut values = later().change(VAULT)["after"].clone();
    let data =
        |values: &Value| plan.clone().and("data.azurerm_key_vault.v", values.clone(), json!({}), json!({}));
    assert_eq!(data(&values).judged().0, "ready");
    values["enable_rbac_authorization"] = json!(false);
    fails(&data(&values), "azure-vault-rbac");
}

//! Live evidence under a plan, which shows the same things: what was read last counts, and what the plan changes.

use super::named::live;
use super::*;
use crate::check::Outcome;
use crate::evidence::from_json;

/// The live evidence with an edit, read after the plan was made.
pub(super) fn live_but(edit: impl FnOnce(&mut Value)) -> Evidence {
    let mut document: Value = serde_json::to_value(live()).unwrap();
    edit(&mut document["cloud"]["azure"]["evidence"]);
    from_json(&document.to_string()).unwrap()
}

/// The same, read before.
pub(super) fn older(evidence: Evidence) -> Evidence {
    Evidence { collected_at: "2026-11-20T12:00:00Z".parse().unwrap(), ..evidence }
}

/// What is edited of the evidence.
type Edit = Box<dyn Fn(&mut Value)>;

fn put(pointer: &'static str, value: Value) -> impl Fn(&mut Value) {
    move |evidence| *evidence.pointer_mut(pointer).unwrap() = value.clone()
}

/// What the plan found and the evidence denies: the later one may be right.
#[test]
fn newer_evidence_that_says_otherwise_leaves_it_open() {
    let lists = |edit: fn(&mut Value)| {
        move |evidence: &mut Value| {
            for list in ["role_assignments", "subscription_role_assignments"] {
                edit(&mut evidence[list]["collected"]);
            }
        }
    };
    let vault = "/vault/collected";
    let absent = json!({"absent": {"call": "a call"}});
    let cases: Vec<(&str, Edit)> = vec![
        (
            "azurerm_key_vault.v.rbac_authorization_enabled",
            Box::new(put("/vault/collected/rbac_authorization", json!(false))),
        ),
        (
            "azurerm_key_vault.v.public_network_access_enabled",
            Box::new(put("/vault/collected/public_network_access", json!("disabled"))),
        ),
        (
            "azurerm_key_vault.v.network_acls",
            Box::new(move |evidence: &mut Value| {
                evidence.pointer_mut(vault).unwrap()["network_rules"] =
                    json!({"default_action": "Deny", "ip_rules": [], "virtual_network_rules": []});
            }),
        ),
        (
            "azurerm_key_vault.v.id",
            Box::new(put("/vault/collected/id", json!(VAULT_ID.replace("33333333-3333", "33333333-4444")))),
        ),
        (
            "azurerm_key_vault.v.tenant_id",
            Box::new(put("/vault/collected/tenant_id", json!("44444444-4444-4444-4444-444444444445"))),
        ),
        ("azurerm_key_vault.v", Box::new(put("/vault", absent.clone()))),
        ("azurerm_key_vault_key.k", Box::new(put("/key", absent.clone()))),
        ("azurerm_key_vault_key.k.key_type", Box::new(put("/key/collected/shown/type", json!("EC")))),
        (
            "azurerm_key_vault_key.k.key_opts",
            Box::new(put("/key/collected/shown/operations", json!(["encrypt"]))),
        ),
        (
            "azurerm_key_vault_key.k.expiration_date",
            Box::new(|evidence: &mut Value| {
                evidence["key"]["collected"]["shown"]["expires"] = json!("2026-11-21T11:00:00Z");
            }),
        ),
        (
            "azuread_service_principal.openai.account_enabled",
            Box::new(put("/service_principal/collected/enabled", json!(false))),
        ),
        (
            "azuread_service_principal.openai.object_id",
            Box::new(put("/service_principal/collected/id", json!("5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d11"))),
        ),
        ("azuread_service_principal.openai", Box::new(put("/service_principal", absent.clone()))),
        ("azurerm_role_assignment.openai", Box::new(lists(|list| *list = json!([])))),
        (
            "azurerm_role_assignment.openai.condition",
            Box::new(lists(|list| list[0]["condition"] = json!("a"))),
        ),
    ];
    for (what, edit) in cases {
        let (verdict, failing) = later().over(live_but(&edit)).judged();
        assert_eq!((verdict, failing), ("undetermined", Vec::new()), "{what}");
        let seen = later().over(live_but(&edit)).seen();
        let missing = seen.missing().into_iter().find(|one| one.reason == MissingReason::Contradicted);
        let missing = missing.unwrap_or_else(|| panic!("{what}: {:?}", seen.missing()));
        assert_eq!(
            missing.why(),
            format!(
                "contradicted: the plan found `{what}` in another state than the evidence of --over, which is newer: \
                 plan again"
            )
        );
        // Nobody knows which is older.
        let mut undated = later().over(live_but(&edit));
        undated.plan.as_object_mut().unwrap().remove("timestamp");
        assert_eq!(undated.judged().0, "undetermined", "{what}");
        // The plan found it so after the evidence was read. An absence it can't undo altogether.
        if !serde_json::to_string(&live_but(&edit)).unwrap().contains("absent") {
            let (verdict, failing) = later().over(older(live_but(&edit))).judged();
            let other = what.ends_with("object_id");
            let expected = if other { "undetermined" } else { "ready" };
            assert_eq!((verdict, failing), (expected, Vec::new()), "{what}");
        }
    }
}

/// The role's GUID is the plan's.
pub(super) fn with_role(evidence: Evidence) -> Evidence {
    let text = crate::evidence::to_json(&evidence).unwrap();
    let id = match &evidence.cloud {
        Cloud::Azure { evidence, .. } => {
            evidence.role_definitions.collected().unwrap()[0].id.name().to_owned()
        }
        Cloud::Aws { .. } => panic!("of AWS"),
    };
    from_json(&text.replace(&id, "9b1d8c52-6a3f-4f0e-9d8e-2f1f3c5a7b90")).unwrap()
}

#[test]
fn a_role_that_newer_evidence_shows_otherwise_is_open() {
    let cut = || {
        with_role(live_but(|evidence| {
            let permission = evidence
                .pointer_mut("/role_definitions/collected/0/definition/collected/permissions/0")
                .unwrap();
            permission["data_actions"] = json!(["Microsoft.KeyVault/vaults/keys/read"]);
        }))
    };
    assert_eq!(later().over(with_role(live())).judged(), ("ready", Vec::new()));
    assert_eq!(later().over(cut()).judged(), ("undetermined", Vec::new()));
    assert_eq!(later().over(older(cut())).judged(), ("ready", Vec::new()));
    // What the plan changes is as planned.
    let read = json!([{"actions": null, "data_actions": ["Microsoft.KeyVault/vaults/keys/*"], "not_actions": null,
        "not_data_actions": null}]);
    let mut widened = later().over(cut());
    widened.change(ROLE)["before"]["permissions"] = read;
    widened.change(ROLE)["actions"] = json!(["update"]);
    assert_eq!(widened.judged().1, [""; 0]);
    assert!(widened.seen().role_definitions.known().unwrap()[0].definition.collected().is_some());
}

/// The provider has no attribute for it.
#[test]
fn what_a_plan_can_not_express_is_what_live_evidence_shows() {
    for edit in [
        put("/vault/collected/provisioning_state", json!("RegisteringDns")),
        put("/vault/collected/public_network_access", json!("SecuredByPerimeter")),
    ] {
        assert_eq!(later().over(live_but(&edit)).judged(), ("undetermined", Vec::new()));
        assert_eq!(later().over(older(live_but(&edit))).judged(), ("undetermined", Vec::new()));
    }
    let no_name = put("/vault_endpoint", json!({"absent": {"call": "keyvault:Challenge"}}));
    assert_eq!(later().over(live_but(&no_name)).judged().0, "not_ready");
    let disabled = put("/key/collected/shown/enabled", json!(false));
    assert!(later().over(older(live_but(&disabled))).judged().1.contains(&"azure-key-enabled".to_owned()));
}

#[test]
fn what_the_plan_changes_is_as_planned() {
    let off = || live_but(put("/vault/collected/rbac_authorization", json!(false)));
    let mut plan = later().over(off());
    plan.change(VAULT)["before"]["enable_rbac_authorization"] = json!(false);
    plan.change(VAULT)["actions"] = json!(["update"]);
    assert_eq!(plan.judged(), ("ready", Vec::new()));
    // What it was before, both tell in another way.
    let mut plan = later().over(live());
    plan.change(VAULT)["before"]["enable_rbac_authorization"] = json!(false);
    plan.change(VAULT)["actions"] = json!(["update"]);
    assert_eq!(plan.seen().vault.collected().unwrap().rbac_authorization, Some(true));
    let before = plan.before().unwrap().vault;
    assert_eq!(before.missing().unwrap().reason, MissingReason::Contradicted);
}

/// A service principal that is named is not taken to be enabled where the plan leaves that open.
#[test]
fn a_named_principal_is_not_known_to_be_enabled() {
    let named = AzureNamed {
        service_principal_id: Some("5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10".into()),
        ..AzureNamed::default()
    };
    let plan = later().over(live()).named(named.clone());
    assert_eq!(plan.judged(), ("ready", Vec::new()));
    let unknown = plan.refers(PRINCIPAL, "account_enabled", &["local.enabled"]);
    assert_eq!(unknown.judged(), ("undetermined", Vec::new()));
    let contradicted =
        later().over(live_but(put("/service_principal/collected/enabled", json!(false)))).named(named);
    assert_eq!(contradicted.judged(), ("undetermined", Vec::new()));
}

/// The assignment is in the plan; the role, the vault and the service principal are in the evidence.
#[test]
fn an_assignment_alone_gives_the_role_that_live_evidence_shows() {
    let alone = || later().no(PRINCIPAL).no(VAULT).no(KEY).no(ROLE).over(with_role(live()));
    assert_eq!(alone().judged(), ("ready", Vec::new()));
    let named = alone()
        .refers(ASSIGNMENT, "role_definition_id", &[])
        .unset(ASSIGNMENT, "role_definition_id")
        .with(ASSIGNMENT, "role_definition_name", json!("OpenAI EKM"));
    assert_eq!(named.judged(), ("ready", Vec::new()));
    let kept = vec!["azure-access-kept".to_owned()];
    assert!(alone().destroyed(ASSIGNMENT).judged().1.starts_with(&kept));
}

/// The role is in the plan, and who has it in the evidence.
#[test]
fn a_role_alone_is_one_of_the_changes() {
    let alone = || later().no(PRINCIPAL).no(VAULT).no(KEY).no(ASSIGNMENT).over(with_role(live()));
    assert_eq!(alone().judged(), ("ready", Vec::new()));
    let cut = json!([{"actions": null, "data_actions": ["Microsoft.KeyVault/vaults/keys/read"], "not_actions": null,
        "not_data_actions": null}]);
    for plan in [alone().with(ROLE, "permissions", cut), alone().destroyed(ROLE)] {
        assert!(plan.judged().1.contains(&"azure-access-kept".to_owned()), "{:?}", plan.judged());
        let changes = plan.evidence().plan.unwrap().changes;
        assert_eq!(changes[0].evidence, ["azure.role_definitions"]);
    }
}

/// What the plan takes away may be the service principal's, though nothing tells what it was before.
#[test]
fn without_evidence_a_change_that_may_be_its_is_noted() {
    let named = AzureNamed {
        tenant_id: Some("44444444-4444-4444-4444-444444444444".into()),
        vault_uri: Some("https://acme-openai-ekm.vault.azure.net/".into()),
        key_name: Some("org-AbCdEf123456--prod".into()),
        ..AzureNamed::default()
    };
    let kept = |plan: plan::Changed| {
        let report = plan.named(named.clone()).report();
        let check = report.checks.iter().find(|check| check.id == "azure-access-kept").unwrap();
        Outcome::name(&check.outcome)
    };
    let alone = |address: &str| {
        let others = [PRINCIPAL, VAULT, KEY, ASSIGNMENT, ROLE].into_iter().filter(|one| *one != address);
        others.fold(later(), plan::Changed::no)
    };
    assert_eq!(kept(alone(ASSIGNMENT)), "pass");
    assert_eq!(kept(alone(ASSIGNMENT).destroyed(ASSIGNMENT)), "unknown");
    assert_eq!(kept(alone(ROLE)), "pass");
    assert_eq!(kept(alone(ROLE).destroyed(ROLE)), "unknown");
    assert_eq!(kept(alone(ROLE).with(ROLE, "name", json!("another"))), "pass");
    let nothing =
        json!([{"actions": ["*/read"], "data_actions": null, "not_actions": null, "not_data_actions": null}]);
    assert_eq!(kept(alone(ROLE).with(ROLE, "permissions", nothing)), "unknown");
    let more = json!([{"actions": null, "data_actions": ["Microsoft.KeyVault/vaults/keys/*"], "not_actions": null,
        "not_data_actions": null}]);
    assert_eq!(kept(alone(ROLE).with(ROLE, "permissions", more)), "pass");
    // Another application's is not OpenAI's.
    let others = alone(ASSIGNMENT).refers(
        ASSIGNMENT,
        "principal_id",
        &["azurerm_user_assigned_identity.x.principal_id", "azurerm_user_assigned_identity.x"],
    );
    assert_eq!(kept(others), "pass");
}

/// RBAC deny-assignments: they hold for everything below, a key that is made later, too.
#[test]
fn what_is_denied_above_a_replaced_key_is_denied_at_the_new_one() {
    let replaced = |evidence: Evidence| {
        let mut plan = later().over(evidence);
        plan.change(KEY)["actions"] = json!(["delete", "create"]);
        for attribute in ["id", "version", "versionless_id", "resource_id", "resource_versionless_id"] {
            plan = plan.unknown(KEY, attribute);
        }
        plan
    };
    let denied = |scope: &str| {
        let denial = json!({
            "id": format!("{scope}/providers/Microsoft.Authorization/denyAssignments/d"),
            "name": "d",
            "scope": scope,
            "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
            "exclude_principals": [],
            "not_below": false,
            "permissions": [{"actions": [], "not_actions": [], "data_actions": ["*"], "not_data_actions": []}],
        });
        live_but(put("/deny_assignments/collected", json!([denial])))
    };
    let encrypt = "azure-encrypt-allowed".to_owned();
    assert!(!replaced(live()).judged().1.contains(&encrypt));
    assert!(replaced(denied(SUBSCRIPTION)).judged().1.contains(&encrypt));
    assert!(replaced(denied(VAULT_ID)).judged().1.contains(&encrypt));
    assert!(!replaced(denied(KEY_ID)).judged().1.contains(&encrypt));
}

/// The vault is in the evidence, and its access policies are in the plan.
#[test]
fn access_policies_are_planned_beside_a_live_vault() {
    const POLICY: &str = "azurerm_key_vault_access_policy.openai";
    let id = "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10";
    let tenant = "44444444-4444-4444-4444-444444444444";
    let by_policy = || {
        live_but(|evidence| {
            let vault = &mut evidence["vault"]["collected"];
            vault["rbac_authorization"] = json!(false);
            vault["access_policies"] = json!([{
                "tenant_id": tenant, "object_id": id, "keys": ["get", "encrypt", "decrypt"],
                "secrets": [], "certificates": [], "storage": [],
            }]);
        })
    };
    let values = json!({
        "application_id": "", "certificate_permissions": null, "id": "a", "key_vault_id": VAULT_ID,
        "key_permissions": ["Get", "Encrypt", "Decrypt"], "object_id": id, "secret_permissions": null,
        "storage_permissions": null, "tenant_id": tenant,
    });
    let there = || {
        let mut plan = later().no(VAULT).no(KEY).no(ASSIGNMENT).no(ROLE).no(PRINCIPAL).over(by_policy());
        plan = plan.and(POLICY, values.clone(), json!({}), json!({}));
        plan.change(POLICY)["before"] = values.clone();
        plan.change(POLICY)["actions"] = json!(["no-op"]);
        plan
    };
    assert_eq!(there().judged(), ("not_ready", vec!["azure-vault-rbac".to_owned()]));
    // Of a vault in role-based mode it is no loss, and not the vault.
    let mut idle = later().over(live()).and(POLICY, values.clone(), json!({}), json!({}));
    idle.change(POLICY)["before"] = values.clone();
    assert_eq!(idle.destroyed(POLICY).judged(), ("ready", Vec::new()));
    for cut in [there().destroyed(POLICY), there().with(POLICY, "key_permissions", json!(["Get", "Encrypt"]))]
    {
        let (_, failing) = cut.judged();
        for check in ["azure-access-kept", "azure-decrypt-allowed"] {
            assert!(failing.contains(&check.to_owned()), "{failing:?}");
        }
    }
}

/// A role that is made eligible and active by Privileged Identity Management is an assignment like others.
#[test]
fn an_assignment_that_is_taken_away_otherwise_is_not_kept() {
    const PIM: &str = "azurerm_pim_active_role_assignment.openai";
    let values = json!({
        "id": "a",
        "principal_id": "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10",
        "role_definition_id": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/9b1d8c52-6a3f-4f0e-9d8e-2f1f3c5a7b90"),
        "scope": KEY_ID,
    });
    let mut plan = later().no(ASSIGNMENT).no(ROLE).over(with_role(live()));
    plan = plan.and(PIM, values.clone(), json!({}), json!({}));
    plan.change(PIM)["before"] = values;
    let report = plan.destroyed(PIM).report();
    let unknown = with_outcome(&report, "unknown", "error");
    for check in ["azure-access-kept", "azure-encrypt-allowed", "azure-least-privilege"] {
        assert!(unknown.contains(&check.to_owned()), "{unknown:?}");
    }
    // Azure's own interface names the assignment by its id.
    const AZAPI: &str = "azapi_resource.openai";
    let id = format!(
        "{KEY_ID}/providers/Microsoft.Authorization/roleAssignments/0f3c2f4e-71d5-4b2f-9a5c-8f0c4d1e2a3b"
    );
    let values =
        json!({"id": id, "parent_id": KEY_ID, "type": "Microsoft.Authorization/roleAssignments@2022-04-01"});
    let mut plan = later().no(ASSIGNMENT).no(ROLE).over(with_role(live()));
    plan = plan.and(AZAPI, values.clone(), json!({}), json!({}));
    plan.change(AZAPI)["before"] = values;
    let destroyed = plan.destroyed(AZAPI);
    assert!(!destroyed.judged().0.starts_with("ready"));
    assert_eq!(destroyed.seen().role_assignments.known().map(Vec::len), Some(0));
}

/// Terraform does not know that what it destroys and what it makes are the same.
#[test]
fn what_is_readdressed_without_saying_so_may_be_lost() {
    let values = later().change(ASSIGNMENT)["after"].clone();
    let plan = later().destroyed(ASSIGNMENT).over(live()).and(
        "azurerm_role_assignment.moved",
        values,
        json!({}),
        json!({}),
    );
    let moved = "`azurerm_role_assignment.openai` is destroyed and `azurerm_role_assignment.moved` made in its place, \
                 and Terraform does not order the two";
    assert_eq!(plan.limits()[0], moved);
    assert_eq!(plan.judged().0, "undetermined");
    // A key under another address is another key: the one that is registered is destroyed.
    let mut values = later().change(KEY)["after"].clone();
    for attribute in ["id", "version", "versionless_id", "resource_id", "resource_versionless_id"] {
        values.as_object_mut().unwrap().remove(attribute);
    }
    let unknown = json!({"id": true, "version": true, "versionless_id": true, "resource_id": true,
        "resource_versionless_id": true});
    let plan = later().destroyed(KEY).and("azurerm_key_vault_key.moved", values, unknown, json!({}));
    assert!(plan.judged().1.contains(&"azure-access-kept".to_owned()), "{:?}", plan.judged());
}

/// A key that is destroyed and whose assignment stays is one registration.
#[test]
fn a_destroyed_key_is_registered_once() {
    let plan = later().destroyed(KEY).over(live());
    assert_eq!(plan.read().unwrap().len(), 1);
    assert!(plan.judged().1.contains(&"azure-key-exists".to_owned()));
}

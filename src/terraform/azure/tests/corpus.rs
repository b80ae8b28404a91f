//! Plans and a state that Terraform wrote.

use super::plan::{FIREWALL, STATE, of};
use super::*;

fn as_json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap()
}

/// Everything is made: every value but what Azure makes is known.
#[test]
fn the_first_plan_is_known_whole() {
    let evidence = first().evidence();
    let assignment = json!({
        "id": format!("{KEY_ID}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000002"),
        "role_definition_id": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-000000000003"),
        "principal_id": "00000000-0000-0000-0000-000000000001",
        "scope": KEY_ID,
    });
    let expected = json!({"azure": {
        "registration": {
            "tenant_id": "44444444-4444-4444-4444-444444444444",
            "vault_uri": "https://acme-openai-ekm.vault.azure.net/",
            "key_name": "org-AbCdEf123456--prod",
        },
        "evidence": {
            "vault_endpoint": {"collected": {"tenant_id": "44444444-4444-4444-4444-444444444444"}},
            "vault": {"collected": {
                "id": VAULT_ID,
                "tenant_id": "44444444-4444-4444-4444-444444444444",
                "vault_uri": "https://acme-openai-ekm.vault.azure.net/",
                "rbac_authorization": true,
                "access_policies": [],
                "public_network_access": "Enabled",
                "private_endpoints": 0,
                "purge_protection": true,
            }},
            "key": {"collected": {"shown": {
                "version": "00000000000000000000000000000001",
                "type": "RSA",
                "operations": ["encrypt", "decrypt"],
                "bits": 3072,
                "enabled": true,
            }}},
            "key_versions": {"collected": [{"version": "00000000000000000000000000000001", "enabled": true}]},
            "key_rotation_policy": {"collected": {"actions": []}},
            "service_principal": {"collected": {
                "id": "00000000-0000-0000-0000-000000000001",
                "application_id": "20a14814-5ab7-4612-a671-1382b412bf93",
                "enabled": true,
            }},
            "service_principal_groups": {"collected": []},
            "role_assignments": {"collected": [assignment]},
            "subscription_role_assignments": {"collected": [assignment]},
            "role_definitions": {"collected": [{
                "id": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-000000000003"),
                "definition": {"collected": {
                    "name": "openai-azure-kms-role",
                    "type": "CustomRole",
                    "assignable_scopes": [SUBSCRIPTION],
                    "permissions": [{
                        "actions": [],
                        "not_actions": [],
                        "data_actions": [
                            "Microsoft.KeyVault/vaults/keys/decrypt/action",
                            "Microsoft.KeyVault/vaults/keys/encrypt/action",
                            "Microsoft.KeyVault/vaults/keys/read",
                        ],
                        "not_data_actions": [],
                    }],
                }},
            }]},
            "deny_assignments": {"collected": []},
        },
    }});
    assert_eq!(as_json(&evidence.cloud), expected);
    assert_eq!(evidence.name.as_str(), "org-AbCdEf123456--prod");
    assert_eq!(evidence.collected_at.to_string(), "2026-11-21T03:11:30Z");
    let plan = evidence.plan.unwrap();
    assert_eq!(plan.before, None);
    assert_eq!(
        as_json(&plan.places),
        json!({
            "azure.key": KEY,
            "azure.key_rotation_policy": KEY,
            "azure.key_versions": KEY,
            "azure.role_assignments": ASSIGNMENT,
            "azure.role_definitions": ROLE,
            "azure.service_principal": PRINCIPAL,
            "azure.subscription_role_assignments": ASSIGNMENT,
            "azure.vault": VAULT,
            "azure.vault_endpoint": VAULT,
        })
    );
    let symbols: Vec<(&str, &str)> =
        plan.symbols.iter().map(|one| (one.text.as_str(), one.stands_for.as_str())).collect();
    assert_eq!(
        symbols,
        [
            ("00000000-0000-0000-0000-000000000001", "azuread_service_principal.openai.object_id"),
            ("00000000-0000-0000-0000-000000000002", "azurerm_role_assignment.openai.name"),
            ("00000000-0000-0000-0000-000000000003", "azurerm_role_definition.ekm.role_definition_id"),
            ("00000000000000000000000000000001", "azurerm_key_vault_key.k.version"),
        ]
    );
    let limits: Vec<&str> = plan.limits.iter().map(|limit| limit.what.as_str()).collect();
    assert_eq!(
        limits,
        [
            "`azurerm_key_vault.v` is taken to be in Azure's public cloud",
            "deny assignments above the new key are not in the plan",
            "`azurerm_key_vault_key.k.key_vault_id`, `azurerm_role_assignment.openai.principal_id`, \
             `azurerm_role_assignment.openai.role_definition_id`, `azurerm_role_assignment.openai.scope` are taken to \
             be exactly what they refer to, for a plan shows no more of them than that",
        ]
    );
}

#[test]
fn the_first_plan_is_ready_with_its_payload() {
    let report = first().report();
    assert_eq!(report.verdict.word(), "ready");
    assert_eq!(with_outcome(&report, "fail", "warning"), [""; 0]);
    assert_eq!(
        as_json(&report.payload.unwrap()),
        json!({
            "type": "azure",
            "name": "org-AbCdEf123456--prod",
            "tenant_id": "44444444-4444-4444-4444-444444444444",
            "vault_uri": "https://acme-openai-ekm.vault.azure.net/",
            "key_name": "org-AbCdEf123456--prod",
        })
    );
}

/// Of what is there already, what stands outside of the plan is not known.
#[test]
fn a_plan_that_changes_nothing_leaves_open_what_is_not_in_it() {
    let evidence = later().evidence();
    let seen = later().seen();
    let missing: Vec<(&str, &str)> =
        seen.missing().into_iter().map(|one| (one.call.as_str(), one.reason.word())).collect();
    assert_eq!(
        missing,
        [
            (KEY, "not_in_plan"),
            (KEY, "not_in_plan"),
            (PRINCIPAL, "not_in_plan"),
            (PRINCIPAL, "not_in_plan"),
            (PRINCIPAL, "not_in_plan"),
            (KEY, "not_in_plan"),
        ]
    );
    let Item::Partial { known: SeenKey::Shown(key), .. } = &seen.key else { panic!("{:?}", seen.key) };
    assert_eq!(key.version, "0123456789abcdef0123456789abcdef");
    let assignments = seen.role_assignments.known().unwrap();
    assert_eq!(assignments[0].principal_id.to_string(), "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10");
    assert_eq!(assignments[0].scope.as_str(), KEY_ID);
    assert_eq!(assignments[0].role_definition_id.name(), "9b1d8c52-6a3f-4f0e-9d8e-2f1f3c5a7b90");
    let plan = evidence.plan.unwrap();
    assert_eq!(plan.before.as_deref(), Some(&evidence.cloud));
    assert_eq!((plan.changes, plan.symbols, plan.limits), (Vec::new(), Vec::new(), Vec::new()));
    let report = later().report();
    assert_eq!(report.verdict.word(), "undetermined");
    assert_eq!(with_outcome(&report, "fail", "error"), [""; 0]);
    assert_eq!(
        with_outcome(&report, "unknown", "error"),
        [
            "azure-decrypt-allowed",
            "azure-encrypt-allowed",
            "azure-key-enabled",
            "azure-least-privilege",
            "azure-read-allowed",
            "azure-role-data-actions",
        ]
    );
}

#[test]
fn a_firewall_is_read() {
    let plan = of(FIREWALL);
    let vault = plan.seen().vault;
    assert_eq!(
        as_json(&vault.collected().unwrap().network_rules),
        json!({
            "default_action": "Deny",
            "bypass": "AzureServices",
            "ip_rules": ["203.0.113.0/24"],
            "virtual_network_rules": [],
        })
    );
    let unknown = with_outcome(&plan.report(), "unknown", "error");
    assert!(unknown.contains(&"azure-vault-network".to_owned()), "{unknown:?}");
    // Nobody from the internet.
    let rules = json!([{"bypass": "AzureServices", "default_action": "Deny", "ip_rules": [], "virtual_network_subnet_ids": null}]);
    let (verdict, failing) = plan.with(VAULT, "network_acls", rules).judged();
    assert_eq!(verdict, "not_ready");
    assert!(failing.contains(&"azure-vault-network".to_owned()), "{failing:?}");
}

/// A state has what a plan that changes nothing has, and no before.
#[test]
fn a_state_is_read() {
    let (state, plan) = (of(STATE).evidence(), later().evidence());
    assert_eq!(state.cloud, plan.cloud);
    assert_eq!(state.plan.unwrap().before, None);
    assert_eq!(state.collected_at.to_string(), "2026-11-21T12:00:00Z");
}

/// The same text gives the same bytes, and the order in the text makes no difference.
#[test]
fn the_order_makes_no_difference() {
    let mut reversed = first();
    for list in
        ["/resource_changes", "/planned_values/root_module/resources", "/configuration/root_module/resources"]
    {
        reversed.plan.pointer_mut(list).unwrap().as_array_mut().unwrap().reverse();
    }
    assert_eq!(reversed.evidence(), first().evidence());
}

//! What is assigned to whom, at which scope.

use super::*;

fn failing(ids: &[&str]) -> (&'static str, Vec<String>) {
    ("not_ready", ids.iter().map(|id| (*id).to_owned()).collect())
}

fn data_actions(actions: &[&str]) -> Value {
    json!([{"actions": null, "data_actions": actions, "not_actions": null, "not_data_actions": null}])
}

const READ: &str = "Microsoft.KeyVault/vaults/keys/read";
const ENCRYPT: &str = "Microsoft.KeyVault/vaults/keys/encrypt/action";
const DECRYPT: &str = "Microsoft.KeyVault/vaults/keys/decrypt/action";

/// OpenAI's Azure guide: exactly the three data actions.
#[test]
fn a_role_that_is_not_the_documented_one_fails() {
    for (permissions, fail) in [
        (data_actions(&[READ, ENCRYPT]), vec!["azure-decrypt-allowed", "azure-role-data-actions"]),
        (
            data_actions(&[READ, ENCRYPT, DECRYPT, "Microsoft.KeyVault/vaults/keys/delete"]),
            vec!["azure-least-privilege", "azure-role-data-actions"],
        ),
        (
            data_actions(&["Microsoft.KeyVault/*", READ, ENCRYPT, DECRYPT]),
            vec!["azure-least-privilege", "azure-role-data-actions"],
        ),
        (
            json!([{"actions": [READ, ENCRYPT, DECRYPT], "data_actions": [], "not_actions": [], "not_data_actions": []}]),
            vec![
                "azure-decrypt-allowed",
                "azure-encrypt-allowed",
                "azure-least-privilege",
                "azure-read-allowed",
                "azure-role-data-actions",
            ],
        ),
        (
            json!([{"actions": [], "data_actions": [READ, ENCRYPT, DECRYPT], "not_actions": [], "not_data_actions": [DECRYPT]}]),
            vec!["azure-decrypt-allowed", "azure-role-data-actions"],
        ),
        (
            json!([{"actions": ["*/read"], "data_actions": [READ, ENCRYPT, DECRYPT], "not_actions": [], "not_data_actions": []}]),
            vec!["azure-least-privilege"],
        ),
    ] {
        assert_eq!(
            first().with(ROLE, "permissions", permissions.clone()).judged(),
            failing(&fail),
            "{permissions}"
        );
        // What is too much is so for certain; what is missing another role may have that stands elsewhere.
        let cut_off = fail.iter().any(|id| id.ends_with("-allowed")).then_some("azure-access-kept");
        let excess = fail
            .into_iter()
            .filter(|id| *id == "azure-least-privilege" || permissions[0]["data_actions"][3].is_string());
        let expected: Vec<&str> = cut_off.into_iter().chain(excess).collect();
        let changed = later().with(ROLE, "permissions", permissions.clone()).judged();
        let verdict = if expected.is_empty() { ("undetermined", Vec::new()) } else { failing(&expected) };
        assert_eq!(changed, verdict, "{permissions}");
    }
}

/// Azure documentation, "Azure built-in roles": the roles that are taken for OpenAI's.
#[test]
fn a_role_of_azures_own_is_known_by_name_and_by_id() {
    let by_name = |name: &str| {
        first().with(ASSIGNMENT, "role_definition_name", json!(name)).unset(ASSIGNMENT, "role_definition_id")
    };
    let by_id = |guid: &str| {
        let id = format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{guid}");
        first().with(ASSIGNMENT, "role_definition_id", json!(id))
    };
    let too_much = failing(&["azure-least-privilege", "azure-role-data-actions"]);
    assert_eq!(by_name("Key Vault Crypto User").judged(), too_much);
    assert_eq!(by_name("key vault administrator").judged(), too_much);
    assert_eq!(by_id("12338af0-0e69-4776-bea7-57ae8d297424").judged(), too_much);
    assert_eq!(by_id("14B46E9E-C2B7-41B4-B07B-48A6EBF60603").judged(), too_much);
    assert_eq!(
        by_name("Key Vault Crypto Service Encryption User").judged(),
        failing(&[
            "azure-decrypt-allowed",
            "azure-encrypt-allowed",
            "azure-least-privilege",
            "azure-role-data-actions"
        ])
    );
    // The plan's own, by its name.
    assert_eq!(by_name("openai-azure-kms-role").judged().0, "ready");
    // One that the plan does not have.
    for other in [by_name("ekm"), by_id("9b1d8c52-6a3f-4f0e-9d8e-2f1f3c5a7b90")] {
        assert_eq!(other.judged(), ("undetermined", Vec::new()));
        let roles = other.seen().role_definitions;
        assert_eq!(roles.known().unwrap()[0].definition.missing().unwrap().reason, MissingReason::NotInPlan);
    }
}

#[test]
fn a_role_that_a_data_source_shows_is_read() {
    let guid = "9b1d8c52-6a3f-4f0e-9d8e-2f1f3c5a7b90";
    let id = format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{guid}");
    let data = |actions: &[&str]| {
        json!({
            "id": id, "name": "ekm", "role_definition_id": guid, "scope": SUBSCRIPTION, "type": "CustomRole",
            "assignable_scopes": [SUBSCRIPTION], "permissions": data_actions(actions),
        })
    };
    let plan = |actions: &[&str]| {
        first().no(ROLE).with(ASSIGNMENT, "role_definition_id", json!(id)).and(
            "data.azurerm_role_definition.ekm",
            data(actions),
            json!({}),
            json!({}),
        )
    };
    assert_eq!(plan(&[READ, ENCRYPT, DECRYPT]).judged().0, "ready");
    assert_eq!(
        plan(&[READ, ENCRYPT]).judged(),
        failing(&["azure-decrypt-allowed", "azure-role-data-actions"])
    );
}

/// azurerm documentation, `azurerm_role_assignment`: `role_definition_id` is a role's resource id.
#[test]
fn what_is_no_role_s_id_is_told() {
    for attribute in ["id", "role_definition_id", "name"] {
        let to = format!("{ROLE}.{attribute}");
        let plan = first().refers(ASSIGNMENT, "role_definition_id", &[&to, ROLE]);
        assert_eq!(plan.judged(), ("undetermined", Vec::new()), "{attribute}");
        let roles = plan.seen().role_definitions;
        let missing = roles.known().unwrap()[0].definition.missing().unwrap();
        assert_eq!(missing.call, "azurerm_role_assignment.openai.role_definition_id");
        assert!(missing.detail.contains("`role_definition_resource_id`"), "{}", missing.detail);
    }
}

/// azurerm documentation, `azurerm_key_vault_key`: `resource_versionless_id` is the key's resource id, `versionless_id` and
/// `id` its addresses at the vault.
#[test]
fn the_scope_must_be_the_key_s_resource_id() {
    let scope = |to: &str| first().refers(ASSIGNMENT, "scope", &[to, to.rsplit_once('.').unwrap().0]);
    let denied = failing(&[
        "azure-decrypt-allowed",
        "azure-encrypt-allowed",
        "azure-read-allowed",
        "azure-role-data-actions",
    ]);
    for attribute in ["versionless_id", "id"] {
        let plan = scope(&format!("{KEY}.{attribute}"));
        assert_eq!(plan.judged(), denied, "{attribute}");
        assert_eq!(plan.seen().role_assignments, Item::Collected(Vec::new()));
        let limits = plan.limits();
        assert!(
            limits.iter().any(|limit| limit.contains(
                "`azurerm_role_assignment.openai.scope` is `https://acme-openai-ekm.vault.azure.net/keys/org-AbCdEf123456--prod"
            )),
            "{limits:?}"
        );
    }
    // At one version of the key.
    assert_eq!(scope(&format!("{KEY}.resource_id")).judged(), denied);
    // Above the key the role works, and reaches further than it should.
    let above = scope(&format!("{VAULT}.id"));
    assert_eq!(above.judged().0, "ready");
    assert_eq!(with_outcome(&above.report(), "fail", "warning"), ["azure-role-assignment-scope"]);
    let subscription = first().with(ASSIGNMENT, "scope", json!(SUBSCRIPTION));
    assert_eq!(with_outcome(&subscription.report(), "fail", "warning"), ["azure-role-assignment-scope"]);
    // Two references together: what is made of them, nobody sees.
    let both = [&format!("{VAULT}.id") as &str, VAULT, &format!("{KEY}.name"), KEY];
    let plan = first().refers(ASSIGNMENT, "scope", &both);
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    let seen = plan.seen();
    let missing = seen.role_assignments.missing().unwrap();
    assert_eq!(missing.call, "azurerm_role_assignment.openai.scope");
    assert_eq!(missing.reason, MissingReason::KnownAfterApply);
}

#[test]
fn a_scope_that_is_written_out_is_the_same() {
    assert_eq!(first().with(ASSIGNMENT, "scope", json!(KEY_ID)).judged().0, "ready");
    assert_eq!(first().with(ASSIGNMENT, "scope", json!(KEY_ID.to_uppercase())).judged().0, "ready");
    let other = format!("{VAULT_ID}/keys/org-AbCdEf123456--other");
    let plan =
        later().with(ASSIGNMENT, "scope", json!(other)).with(PRINCIPAL, "account_enabled", json!(true));
    // The key that had the role loses it; the other one is not in the plan.
    let found = plan.read().unwrap();
    let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["org-AbCdEf123456--other", "org-AbCdEf123456--prod"]);
}

/// RBAC role-assignments: what is inherited from a management group, and by whom, no plan shows.
#[test]
fn a_management_group_leaves_it_open() {
    let group = "/providers/Microsoft.Management/managementGroups/top";
    let plan = first().with(ASSIGNMENT, "scope", json!(group));
    let named = AzureNamed { key_address: Some(KEY.into()), ..AzureNamed::default() };
    let plan = plan.named(named);
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
}

#[test]
fn a_condition_is_not_decided() {
    let plan = first().with(ASSIGNMENT, "condition", json!("@Resource[x] StringEquals 'y'"));
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    assert_eq!(first().unknown(ASSIGNMENT, "condition").judged(), ("undetermined", Vec::new()));
}

/// The principal must be the service principal's object id.
#[test]
fn another_principal_has_no_role() {
    let nobody = failing(&[
        "azure-decrypt-allowed",
        "azure-encrypt-allowed",
        "azure-read-allowed",
        "azure-role-data-actions",
    ]);
    let client_id = json!("20a14814-5ab7-4612-a671-1382b412bf93");
    assert_eq!(first().with(ASSIGNMENT, "principal_id", client_id).judged(), nobody);
    let client_id = [&format!("{PRINCIPAL}.client_id") as &str, PRINCIPAL];
    assert_eq!(first().refers(ASSIGNMENT, "principal_id", &client_id).judged(), nobody);
    let other = json!("22222222-2222-2222-2222-222222222222");
    assert_eq!(first().with(ASSIGNMENT, "principal_id", other).judged(), nobody);
    assert_eq!(first().no(ASSIGNMENT).judged(), nobody);
    // azuread documentation, version 3: the `id` is a path.
    let id = first().refers(ASSIGNMENT, "principal_id", &[&format!("{PRINCIPAL}.id"), PRINCIPAL]);
    assert_eq!(id.judged(), nobody);
    assert!(id.limits().iter().any(|limit| limit.contains("is no id of a principal")), "{:?}", id.limits());
    // Up to version 2 it is the object id, and there is an `application_id`.
    let mut old = id;
    old.change(PRINCIPAL)["after"]["application_id"] = json!("20a14814-5ab7-4612-a671-1382b412bf93");
    assert_eq!(old.judged().0, "ready");
    // What nothing tells may be anybody.
    assert_eq!(first().unknown(ASSIGNMENT, "principal_id").judged(), ("undetermined", Vec::new()));
}

#[test]
fn one_more_role_counts() {
    let more = |scope: Value, role: &str| {
        first().and(
            "azurerm_role_assignment.more",
            json!({"condition": null, "scope": scope, "role_definition_name": role}),
            json!({"id": true, "name": true, "principal_id": true, "role_definition_id": true}),
            json!({
                "principal_id": {"references": [format!("{PRINCIPAL}.object_id"), PRINCIPAL]},
                "role_definition_name": {"constant_value": role},
                "scope": {"constant_value": scope},
            }),
        )
    };
    assert_eq!(more(json!(SUBSCRIPTION), "Reader").judged(), failing(&["azure-least-privilege"]));
    let elsewhere = format!("{SUBSCRIPTION}/resourceGroups/other");
    assert_eq!(more(json!(elsewhere), "Contributor").judged(), failing(&["azure-least-privilege"]));
    assert_eq!(more(json!(elsewhere), "Our own").judged(), ("undetermined", Vec::new()));
    let other = "/subscriptions/33333333-3333-3333-3333-333333333334";
    assert_eq!(more(json!(other), "Contributor").judged(), failing(&["azure-least-privilege"]));
}

/// RBAC custom-roles: a role can be assigned in its assignable scopes only.
#[test]
fn where_a_role_can_be_assigned_is_read() {
    let scopes = |value: Value| first().with(ROLE, "assignable_scopes", value);
    let warns = |plan: plan::Changed| with_outcome(&plan.report(), "fail", "warning");
    let other = "/subscriptions/33333333-3333-3333-3333-333333333334";
    // Azure refuses what the plan wants to assign elsewhere.
    assert_eq!(scopes(json!([other])).judged(), ("undetermined", Vec::new()));
    assert_eq!(warns(scopes(json!([other, SUBSCRIPTION]))), [""; 0]);
    // azurerm documentation: without any it is the scope that the role is made at.
    assert_eq!(warns(first().unknown(ROLE, "assignable_scopes")), [""; 0]);
    let elsewhere = first().unknown(ROLE, "assignable_scopes").with(ROLE, "scope", json!(other));
    assert_eq!(elsewhere.judged(), ("undetermined", Vec::new()));
    // Unknown ones leave open what rests on them, and nothing else.
    let unknown = first().refers(ROLE, "assignable_scopes", &["local.scopes"]);
    let report = unknown.report();
    assert_eq!(report.verdict.word(), "ready");
    assert_eq!(with_outcome(&report, "unknown", "warning"), ["azure-vault-subscription"]);
    let group = json!({"id": null, "name": "rg-ekm"});
    let joined = first()
        .and(
            "azurerm_resource_group.rg",
            group,
            json!({"id": true}),
            json!({"name": {"constant_value": "rg-ekm"}}),
        )
        .refers(ROLE, "assignable_scopes", &["azurerm_resource_group.rg.id", "azurerm_resource_group.rg"]);
    assert_eq!(warns(joined), [""; 0]);
}

#[test]
fn a_role_that_is_known_after_apply_is_not_decided() {
    let plan = first().refers(ROLE, "permissions", &["local.permissions"]);
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    let roles = plan.seen().role_definitions;
    let missing = roles.known().unwrap()[0].definition.missing().unwrap();
    assert_eq!(
        (missing.call.as_str(), missing.reason),
        ("azurerm_role_definition.ekm.permissions", MissingReason::KnownAfterApply)
    );
    let wrong = first().with(ROLE, "permissions", json!("everything"));
    assert_eq!(wrong.judged(), ("undetermined", Vec::new()));
}

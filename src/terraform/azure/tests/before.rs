//! What was there before the change.

use super::*;
use crate::evidence::plan::Change;

fn changes(plan: &plan::Changed) -> Vec<(String, ChangeAction)> {
    let all: Vec<Change> = plan.evidence().plan.unwrap().changes;
    all.into_iter().map(|one| (one.address, one.action)).collect()
}

#[test]
fn what_is_destroyed_was_there() {
    let plan = later().destroyed(ASSIGNMENT);
    assert_eq!(changes(&plan), [(ASSIGNMENT.to_owned(), ChangeAction::Delete)]);
    assert_eq!(plan.seen().role_assignments.known().map(Vec::len), Some(0));
    assert_eq!(plan.before().unwrap().role_assignments.known().map(Vec::len), Some(1));

    let plan = later().destroyed(KEY).destroyed(ASSIGNMENT);
    let gone = |address: &str| Absent { call: address.into() };
    assert_eq!(plan.seen().key, Item::Absent(gone(KEY)));
    assert!(plan.before().unwrap().key.known().is_some());
    assert_eq!(plan.evidence().name.as_str(), "org-AbCdEf123456--prod");
    assert!(plan.judged().1.contains(&"azure-key-exists".to_owned()), "{:?}", plan.judged());

    let plan = later().destroyed(PRINCIPAL).destroyed(ASSIGNMENT);
    assert_eq!(plan.seen().service_principal, Item::Absent(gone(PRINCIPAL)));
    assert!(plan.judged().1.contains(&"azure-service-principal".to_owned()), "{:?}", plan.judged());
    assert!(plan.before().unwrap().service_principal.collected().is_some());

    let all =
        later().destroyed(VAULT).destroyed(KEY).destroyed(ASSIGNMENT).destroyed(PRINCIPAL).destroyed(ROLE);
    let seen = all.seen();
    assert_eq!(seen.vault, Item::Absent(gone(VAULT)));
    assert_eq!(seen.vault_endpoint, Item::Absent(gone(VAULT)));
    assert!(all.judged().1.contains(&"azure-vault-exists".to_owned()), "{:?}", all.judged());
    assert_eq!(changes(&all).len(), 5);
}

#[test]
fn what_is_changed_in_place_says_which_attributes() {
    let plan = later().with(VAULT, "enable_rbac_authorization", json!(false));
    let change = plan.evidence().plan.unwrap().changes.remove(0);
    assert_eq!(
        change,
        Change {
            address: VAULT.into(),
            action: ChangeAction::Update,
            attributes: vec!["enable_rbac_authorization".into()],
            evidence: vec!["azure.vault_endpoint".into(), "azure.vault".into()],
        }
    );
    let rbac = |vault: Item<crate::evidence::azure::Vault>| vault.known().unwrap().rbac_authorization;
    assert_eq!((rbac(plan.before().unwrap().vault), rbac(plan.seen().vault)), (Some(true), Some(false)));
}

/// Drift is a change since the last apply: before is what that left.
#[test]
fn drift_was_not_there_before() {
    let mut plan = later();
    let mut drifted = plan.change(VAULT).clone();
    let mut found = drifted["after"].clone();
    found["public_network_access_enabled"] = json!(false);
    drifted["after"] = found.clone();
    drifted["actions"] = json!(["update"]);
    for part in ["before", "after"] {
        plan.change(VAULT)[part] = found.clone();
    }
    plan.plan["resource_drift"] = json!([{"address": VAULT, "mode": "managed", "type": "azurerm_key_vault", "name": "v", "change": drifted}]);
    assert_eq!(changes(&plan), [(VAULT.to_owned(), ChangeAction::Drift)]);
    let access =
        |evidence: AzureEvidence| evidence.vault.known().unwrap().public_network_access.clone().unwrap();
    assert_eq!(
        (access(plan.before().unwrap()), access(plan.seen())),
        ("Enabled".to_owned(), "Disabled".to_owned())
    );
}

/// A key that is made in another's place is a new one.
#[test]
fn a_key_that_is_replaced_is_new() {
    let mut plan = later().with(KEY, "key_size", json!(4096));
    plan.change(KEY)["actions"] = json!(["delete", "create"]);
    for attribute in ["id", "version", "versionless_id", "resource_id", "resource_versionless_id"] {
        plan = plan.unknown(KEY, attribute);
    }
    assert_eq!(changes(&plan), [(KEY.to_owned(), ChangeAction::Replace)]);
    let Item::Collected(SeenKey::Shown(key)) = plan.seen().key else { panic!() };
    assert_eq!((key.bits, key.enabled), (Some(4096), true));
    let Item::Partial { known: SeenKey::Shown(key), .. } = plan.before().unwrap().key else { panic!() };
    assert_eq!(key.bits, Some(3072));
}

#[test]
fn what_is_forgotten_stays() {
    let mut plan = later();
    let change = plan.change(ASSIGNMENT);
    change["actions"] = json!(["forget"]);
    change["after"] = Value::Null;
    assert_eq!(plan.seen().role_assignments.known().map(Vec::len), Some(1));
    assert_eq!(changes(&plan), [(ASSIGNMENT.to_owned(), ChangeAction::Forget)]);
}

/// A key of another name is another key; the one that is registered is destroyed.
#[test]
fn a_key_that_is_renamed_was_registered_by_its_old_name() {
    let mut plan = later().with(KEY, "name", json!("org-AbCdEf123456--next"));
    plan.change(KEY)["actions"] = json!(["delete", "create"]);
    for attribute in ["id", "version", "versionless_id", "resource_id", "resource_versionless_id"] {
        plan = plan.unknown(KEY, attribute);
    }
    let plan = plan.refers(ASSIGNMENT, "scope", &[&format!("{KEY}.resource_versionless_id"), KEY]);
    let name = |cloud: &Cloud| match cloud {
        Cloud::Azure { registration, .. } => registration.key_name.to_string(),
        Cloud::Aws { .. } => panic!("of AWS"),
    };
    let evidence = plan.evidence();
    assert_eq!(name(&evidence.cloud), "org-AbCdEf123456--next");
    let plan = evidence.plan.unwrap();
    assert_eq!(name(plan.before.as_deref().unwrap()), "org-AbCdEf123456--prod");
    assert_eq!((plan.changes[0].address.as_str(), plan.changes[0].action), (KEY, ChangeAction::Replace));
}

/// What a data source read before the change is not there after it.
#[test]
fn a_data_source_does_not_keep_what_is_destroyed() {
    for (resource, check) in [
        (VAULT, "azure-vault-exists"),
        (PRINCIPAL, "azure-service-principal"),
        (ROLE, "azure-encrypt-allowed"),
    ] {
        let mut values = later().change(resource)["after"].clone();
        if resource == ROLE {
            values["type"] = json!("CustomRole");
        }
        let data = format!("data.{resource}");
        let plan = later().and(&data, values, json!({}), json!({})).destroyed(resource);
        let named = AzureNamed { key_address: Some(KEY.into()), ..AzureNamed::default() };
        let (_, failing) = plan.clone().named(named).judged();
        if resource == ROLE {
            // Another role may allow it.
            let roles = plan.seen().role_definitions;
            assert_eq!(roles.known().unwrap()[0].definition, Item::Absent(Absent { call: ROLE.into() }));
        } else {
            assert!(failing.contains(&check.to_owned()), "{resource}: {failing:?}");
        }
    }
}

/// Terraform documentation, "JSON Output Format", `deferred_changes`: what is put off may take access away.
#[test]
fn what_is_put_off_is_not_known_to_leave_access() {
    let kept = |plan: &plan::Changed| {
        let report = plan.report();
        let check = report.checks.into_iter().find(|check| check.id == "azure-access-kept").unwrap();
        crate::check::Outcome::name(&check.outcome)
    };
    for (address, key) in [
        (ASSIGNMENT, "azure.role_assignments"),
        (ROLE, "azure.role_definitions"),
        (VAULT, "azure.vault"),
        (KEY, "azure.key"),
        (PRINCIPAL, "azure.service_principal"),
    ] {
        let mut plan = later();
        plan.plan["complete"] = json!(false);
        let mut all = plan.plan["resource_changes"].as_array().unwrap().clone();
        let at = all.iter().position(|one| one["address"] == address).unwrap();
        let mut deferred = all.remove(at);
        deferred["change"]["actions"] = json!(["update"]);
        plan.plan["resource_changes"] = json!(all);
        plan.plan["deferred_changes"] = json!([{"reason": "unknown", "resource_change": deferred}]);
        assert_eq!(kept(&plan), "unknown", "{address}");
        let changes = plan.evidence().plan.unwrap().changes;
        assert!(changes.iter().any(|one| one.address == address && one.evidence == [key]), "{changes:?}");
    }
}

//! OpenAI's service principal, and its groups.

use super::*;

#[test]
fn a_service_principal_that_may_not_sign_in_fails() {
    for plan in [first(), later()] {
        let (verdict, failing) = plan.with(PRINCIPAL, "account_enabled", json!(false)).judged();
        assert_eq!(verdict, "not_ready");
        assert!(failing.contains(&"azure-service-principal".to_owned()), "{failing:?}");
    }
    // azuread documentation: "Defaults to `true`".
    assert_eq!(first().with(PRINCIPAL, "account_enabled", Value::Null).judged().0, "ready");
    for unknown in
        [first().unknown(PRINCIPAL, "account_enabled"), first().without(PRINCIPAL, "account_enabled")]
    {
        assert_eq!(unknown.judged(), ("undetermined", Vec::new()));
    }
}

/// azuread documentation, `use_existing`: it may be there already, with roles that stand elsewhere.
#[test]
fn one_that_may_be_there_already_is_not_new() {
    let plan = first().with(PRINCIPAL, "use_existing", json!(true));
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    let seen = plan.seen();
    assert!(matches!(&seen.role_assignments, Item::Partial { known, .. } if known.len() == 1));
    assert!(matches!(seen.service_principal_groups, Item::Partial { .. }));
    // What a known role allows is allowed all the same.
    let report = plan.report();
    let passing = with_outcome(&report, "pass", "error");
    assert!(passing.contains(&"azure-encrypt-allowed".to_owned()), "{passing:?}");
    // An id that is written out may be its own.
    let id = "22222222-2222-2222-2222-222222222222";
    let written = plan.clone().with(ASSIGNMENT, "principal_id", json!(id));
    let unknown = with_outcome(&written.report(), "unknown", "error");
    assert!(unknown.contains(&"azure-encrypt-allowed".to_owned()), "{unknown:?}");
    // Named, it is.
    let named = AzureNamed { service_principal_id: Some(id.into()), ..AzureNamed::default() };
    let passing = with_outcome(&written.named(named).report(), "pass", "error");
    assert!(passing.contains(&"azure-encrypt-allowed".to_owned()), "{passing:?}");
}

#[test]
fn a_data_source_shows_one_that_is_there() {
    let values = json!({
        "account_enabled": true, "client_id": "20A14814-5AB7-4612-A671-1382B412BF93", "display_name": "EKM",
        "id": "/servicePrincipals/5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10", "object_id": "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10",
    });
    let address = "data.azuread_service_principal.openai";
    let plan = first().no(PRINCIPAL).and(address, values.clone(), json!({}), json!({})).with(
        ASSIGNMENT,
        "principal_id",
        json!("5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10"),
    );
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    let seen = plan.seen();
    let principal = seen.service_principal.collected().unwrap();
    assert_eq!(principal.id.to_string(), "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10");
    assert_eq!(seen.role_assignments.known().unwrap().len(), 1);
    assert!(seen.role_assignments.missing().is_some());
    // One that is read during apply only.
    let unknown = json!({"id": true, "object_id": true, "account_enabled": true, "display_name": true});
    let client = json!({"client_id": "20a14814-5ab7-4612-a671-1382b412bf93"});
    let deferred = first().no(PRINCIPAL).and(address, client, unknown, json!({})).refers(
        ASSIGNMENT,
        "principal_id",
        &[&format!("{address}.object_id"), address],
    );
    assert_eq!(deferred.judged(), ("undetermined", Vec::new()));
}

/// A role of a group is one of its members'.
#[test]
fn a_group_that_the_plan_makes_gives_its_roles() {
    let group = |plan: plan::Changed| {
        plan.and(
            "azuread_group.ekm",
            json!({"members": null}),
            json!({"id": true, "object_id": true}),
            json!({}),
        )
        .and(
            "azuread_group_member.ekm",
            json!({}),
            json!({"id": true, "group_object_id": true, "member_object_id": true}),
            json!({
                "group_object_id": {"references": ["azuread_group.ekm.object_id", "azuread_group.ekm"]},
                "member_object_id": {"references": [format!("{PRINCIPAL}.object_id"), PRINCIPAL]},
            }),
        )
        .refers(ASSIGNMENT, "principal_id", &["azuread_group.ekm.object_id", "azuread_group.ekm"])
    };
    let named = AzureNamed { key_address: Some(KEY.into()), ..AzureNamed::default() };
    assert_eq!(group(first()).named(named.clone()).judged().0, "ready");
    // As the group's members.
    let members = first()
        .and(
            "azuread_group.ekm",
            json!({}),
            json!({"id": true, "object_id": true, "members": true}),
            json!({"members": {"references": [format!("{PRINCIPAL}.object_id"), PRINCIPAL]}}),
        )
        .refers(ASSIGNMENT, "principal_id", &["azuread_group.ekm.object_id", "azuread_group.ekm"]);
    assert_eq!(members.named(named.clone()).judged().0, "ready");
    // A group that was there before may have other roles.
    let there = first().and(
        "azuread_group_member.ekm",
        json!({"group_object_id": "aaaaaaaa-2222-2222-2222-222222222222"}),
        json!({"id": true, "member_object_id": true}),
        json!({"member_object_id": {"references": [format!("{PRINCIPAL}.object_id"), PRINCIPAL]}}),
    );
    assert_eq!(there.judged(), ("undetermined", Vec::new()));
    // Members that nothing tells.
    let unknown = first().and(
        "azuread_group_member.ekm",
        json!({}),
        json!({"id": true, "group_object_id": true, "member_object_id": true}),
        json!({"member_object_id": {"references": ["local.member"]}}),
    );
    assert_eq!(unknown.judged(), ("undetermined", Vec::new()));
    // A member that is somebody else's.
    let other = first().and(
        "azuread_group_member.ekm",
        json!({"group_object_id": "aaaaaaaa-2222-2222-2222-222222222222"}),
        json!({"id": true, "member_object_id": true}),
        json!({"member_object_id": {"references": ["azuread_user.someone.object_id", "azuread_user.someone"]}}),
    );
    assert_eq!(other.judged(), ("ready", Vec::new()));
}

#[test]
fn a_plan_that_is_not_complete_closes_nothing() {
    let mut plan = first();
    plan.plan["complete"] = json!(false);
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    assert!(matches!(plan.seen().role_assignments, Item::Partial { .. }));
}

/// Roles of others in the same plan make no difference.
#[test]
fn what_is_assigned_to_others_is_theirs() {
    let to = |references: &[&str]| {
        first().and(
            "azurerm_role_assignment.other",
            json!({"condition": null, "scope": VAULT_ID, "role_definition_name": "Owner"}),
            json!({"id": true, "name": true, "principal_id": true, "role_definition_id": true}),
            json!({"principal_id": {"references": references}, "role_definition_name": {"constant_value": "Owner"}}),
        )
    };
    let identity = "azurerm_user_assigned_identity.app";
    let made = json!({"id": true, "principal_id": true});
    let with_identity =
        to(&[&format!("{identity}.principal_id"), identity]).and(identity, json!({}), made, json!({}));
    assert_eq!(with_identity.judged().0, "ready");
    for references in [
        ["azurerm_linux_web_app.app.identity[0].principal_id", "azurerm_linux_web_app.app"],
        ["data.azurerm_client_config.me.object_id", "data.azurerm_client_config.me"],
    ] {
        assert_eq!(to(&references).judged().0, "ready", "{references:?}");
    }
    let other = "azuread_service_principal.other";
    let of_another = |use_existing: bool| {
        to(&[&format!("{other}.object_id"), other]).and(
            other,
            json!({"account_enabled": true, "client_id": "20a14814-5ab7-4612-a671-1382b412bf94", "use_existing": use_existing}),
            json!({"id": true, "object_id": true}),
            json!({}),
        )
    };
    assert_eq!(of_another(false).judged().0, "ready");
    assert_eq!(of_another(true).judged().0, "ready");
    // What a secret holds, or a local value, may be any id.
    for references in [
        ["azurerm_key_vault_secret.id.value", "azurerm_key_vault_secret.id"],
        ["data.azuread_service_principals.all.object_ids", "data.azuread_service_principals.all"],
        ["local.principal", "local.principal"],
    ] {
        assert_eq!(to(&references).judged(), ("undetermined", Vec::new()), "{references:?}");
    }
}

/// Ways to assign roles that are not read.
#[test]
fn what_assigns_roles_otherwise_leaves_them_open() {
    let pim = first().and(
        "azurerm_pim_active_role_assignment.x",
        json!({"scope": VAULT_ID, "role_definition_id": "/x"}),
        json!({"id": true, "principal_id": true}),
        json!({"principal_id": {"references": [format!("{PRINCIPAL}.object_id"), PRINCIPAL]}}),
    );
    assert_eq!(pim.judged(), ("undetermined", Vec::new()));
    let azapi = |kind: &str| {
        first().and(
            "azapi_resource.x",
            json!({"type": kind, "parent_id": VAULT_ID}),
            json!({"id": true}),
            json!({}),
        )
    };
    assert_eq!(
        azapi("Microsoft.Authorization/roleAssignments@2022-04-01").judged(),
        ("undetermined", Vec::new())
    );
    assert_eq!(azapi("Microsoft.Storage/storageAccounts@2023-01-01").judged().0, "ready");
    let update = |id: &str| {
        let after = json!({"type": "Microsoft.KeyVault/vaults@2023-07-01", "resource_id": id});
        first().and("azapi_update_resource.x", after, json!({"id": true}), json!({}))
    };
    assert_eq!(update(VAULT_ID).judged(), ("undetermined", Vec::new()));
    assert_eq!(update(&format!("{VAULT_ID}2")).judged().0, "ready");
}

/// A service principal of another tenant can't call the vault.
#[test]
fn another_tenant_has_another_service_principal() {
    let tenant = |id: &str| first().provider("azuread", "tenant_id", json!({"constant_value": id}));
    assert_eq!(tenant("44444444-4444-4444-4444-444444444444").judged().0, "ready");
    let other = tenant("44444444-4444-4444-4444-444444444445");
    assert_eq!(other.judged(), ("undetermined", Vec::new()));
    assert!(other.limits().iter().any(|limit| limit.contains("in another tenant")), "{:?}", other.limits());
    // The vault is in another tenant than the one that is logged in to.
    let vault = first().with(VAULT, "tenant_id", json!("44444444-4444-4444-4444-444444444445"));
    assert_eq!(vault.judged(), ("undetermined", Vec::new()));
    let named = AzureNamed {
        tenant_id: Some("44444444-4444-4444-4444-444444444445".into()),
        ..AzureNamed::default()
    };
    assert!(first().named(named).judged().1.contains(&"azure-tenant".to_owned()));
}

/// Some plans are made to lead in circles.
#[test]
fn references_in_circles_end() {
    let circle = first()
        .refers(KEY, "key_vault_id", &[&format!("{KEY}.versionless_id"), KEY])
        .refers(VAULT, "resource_group_name", &[&format!("{KEY}.resource_id"), KEY])
        .refers(VAULT, "name", &[&format!("{VAULT}.id"), VAULT])
        .refers(ASSIGNMENT, "scope", &[&format!("{ASSIGNMENT}.scope"), ASSIGNMENT]);
    let _ = circle.read();
    let mut many = circle;
    for number in 0..30 {
        let after = many.change(VAULT)["after"].clone();
        let unknown = many.change(VAULT)["after_unknown"].clone();
        many = many.and(
            &format!("azurerm_key_vault.v{number}"),
            after,
            unknown,
            json!({
                "name": {"references": [format!("{KEY}.versionless_id"), KEY]},
                "resource_group_name": {"references": [format!("{KEY}.resource_id"), KEY]},
            }),
        );
    }
    let _ = many.read();
}

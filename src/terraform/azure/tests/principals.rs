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
    assert_eq!(unknown.judged(), ("ready", Vec::new()));
}

#[test]
fn a_plan_that_is_not_complete_closes_nothing() {
    let mut plan = first();
    plan.plan["complete"] = json!(false);
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    assert!(matches!(plan.seen().role_assignments, Item::Partial { .. }));
}

//! Registrations that are named, and live evidence under the plan.

use super::*;
use crate::evidence::from_json;

fn named(of: impl FnOnce(&mut AzureNamed)) -> AzureNamed {
    let mut named = AzureNamed::default();
    of(&mut named);
    named
}

const NAME: &str = "org-AbCdEf123456--prod";
const URI: &str = "https://acme-openai-ekm.vault.azure.net/";

#[test]
fn a_key_is_found_by_its_address_and_by_its_name() {
    for named in [
        named(|named| named.key_address = Some(KEY.into())),
        named(|named| named.key_name = Some(NAME.into())),
        named(|named| named.vault_uri = Some(URI.into())),
        named(|named| named.organization_id = Some("org-AbCdEf123456".into())),
    ] {
        assert_eq!(first().named(named).judged().0, "ready");
    }
    let other = named(|named| named.organization_id = Some("org-other".into()));
    assert_eq!(first().named(other).judged(), ("not_ready", vec!["azure-key-organization".to_owned()]));
}

#[test]
fn what_the_plan_does_not_hold_is_refused() {
    for (address, part) in [
        (
            "azurerm_key_vault_key.other",
            "the plan holds no such resource: `azurerm_key_vault_key.other`\n  expected one of `azurerm_key_vault_key.k`",
        ),
        (VAULT, "it is no key"),
        ("a b", "not an address"),
    ] {
        let refused =
            first().named(named(|named| named.key_address = Some(address.into()))).read().unwrap_err();
        assert!(refused.to_string().contains(part), "{refused}");
    }
    // What is said of the key beside its address must be so.
    for (named, part) in [
        (
            named(|named| (named.key_address, named.key_name) = (Some(KEY.into()), Some("org-x--y".into()))),
            "the key is named `org-AbCdEf123456--prod`",
        ),
        (
            named(|named| {
                (named.key_address, named.vault_uri) =
                    (Some(KEY.into()), Some("https://other.vault.azure.net/".into()));
            }),
            "the key is in `https://acme-openai-ekm.vault.azure.net/`",
        ),
        (named(|named| named.tenant_id = Some("contoso".into())), "--tenant-id: not an id"),
        (named(|named| named.key_name = Some("<YOUR_KEY>".into())), "a placeholder was left in"),
        (named(|named| named.vault_uri = Some("http://x".into())), "--vault-uri"),
        (named(|named| named.service_principal_id = Some("x".into())), "--service-principal-id"),
    ] {
        let refused = first().named(named).read().unwrap_err();
        assert!(refused.to_string().contains(part), "{refused}");
    }
    // A key that stands elsewhere takes all that is registered.
    let refused = first().named(named(|named| named.key_name = Some("org-x--y".into()))).read().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no key of the plan is named `org-x--y`: it has `azurerm_key_vault_key.k` named `org-AbCdEf123456--prod` in \
         `https://acme-openai-ekm.vault.azure.net/`\n  name one of these (--key-address), or all of another key \
         (--tenant-id, --vault-uri and --key-name)"
    );
}

#[test]
fn a_plan_without_openai_s_service_principal_holds_no_registration() {
    let plan = first().with(PRINCIPAL, "client_id", json!("20a14814-5ab7-4612-a671-1382b412bf94"));
    assert_eq!(plan.read(), Err(Refused::NoRegistration));
    let plan = plan.named(named(|named| named.key_address = Some(KEY.into())));
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    assert_eq!(plan.seen().service_principal.missing().unwrap().reason, MissingReason::NotInPlan);
}

/// Several keys: one registration each.
#[test]
fn every_key_is_a_registration() {
    let mut key = first().change(KEY)["after"].clone();
    key["name"] = json!("org-AbCdEf123456--second");
    let unknown = json!({"id": true, "key_vault_id": true, "version": true, "resource_versionless_id": true});
    let second = |plan: plan::Changed| {
        plan.and(
            "azurerm_key_vault_key.second",
            key.clone(),
            unknown.clone(),
            json!({"key_vault_id": {"references": [format!("{VAULT}.id"), VAULT]}}),
        )
    };
    // The role at the vault is one at both.
    let plan = second(first()).refers(ASSIGNMENT, "scope", &[&format!("{VAULT}.id"), VAULT]);
    let names: Vec<String> = plan.read().unwrap().iter().map(|one| one.name.to_string()).collect();
    assert_eq!(names, [NAME, "org-AbCdEf123456--second"]);
    // At the one it is not one at the other.
    let plan = second(first());
    assert_eq!(plan.evidence().name.as_str(), NAME);
    let named = named(|named| named.key_address = Some("azurerm_key_vault_key.second".into()));
    assert!(plan.named(named).judged().1.contains(&"azure-encrypt-allowed".to_owned()));
}

/// The same as the plan that changes nothing, as a live run shows it.
pub(super) fn live() -> Evidence {
    let text = include_str!("../../../../examples/azure-ready.json")
        .replace("aaaabbbb-0000-cccc-1111-dddd2222eeee", "44444444-4444-4444-4444-444444444444")
        .replace("contoso-ekm", "acme-openai-ekm")
        .replace("0b1f6471-1bf0-4dda-aec3-cb9272f09590", "33333333-3333-3333-3333-333333333333")
        .replace("resourceGroups/openai-ekm", "resourceGroups/rg-ekm")
        .replace(r#"{ "action": "Rotate", "time_after_create": "P18M" }"#, "")
        .replace("org-AbCdEfGhIjKlMnOpQrStUvWx--openai", NAME)
        .replace("org-AbCdEfGhIjKlMnOpQrStUvWx", "org-AbCdEf123456");
    let evidence = from_json(&text).unwrap();
    let Cloud::Azure { evidence: azure, .. } = &evidence.cloud else { panic!() };
    let principal = azure.service_principal.collected().unwrap().id.to_string();
    let assignment = azure.role_assignments.collected().unwrap()[0].id.name().to_owned();
    let text = text
        .replace(&principal, "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10")
        .replace(&assignment, "0f3c2f4e-71d5-4b2f-9a5c-8f0c4d1e2a3b");
    from_json(&text).unwrap()
}

#[test]
fn live_evidence_tells_what_stands_outside_of_the_plan() {
    let plan = later().over(live());
    assert_eq!(plan.judged(), ("ready", Vec::new()));
    let seen = plan.seen();
    assert_eq!(seen.missing(), Vec::<&Missing>::new());
    // The plan's own assignment stands for the live one.
    assert_eq!(seen.role_assignments.collected().unwrap().len(), 1);
    assert_eq!(plan.before().unwrap().role_assignments.collected().unwrap().len(), 1);
    let destroyed = later().over(live()).destroyed(ASSIGNMENT);
    assert_eq!(destroyed.seen().role_assignments, Item::Collected(Vec::new()));
    assert!(destroyed.judged().1.contains(&"azure-decrypt-allowed".to_owned()));
    assert_eq!(destroyed.before().unwrap().role_assignments.collected().unwrap().len(), 1);
}

#[test]
fn live_evidence_of_something_else_is_not_used() {
    let other = |from: &str, to: &str| {
        let text = crate::evidence::to_json(&live()).unwrap().replace(from, to);
        later().over(from_json(&text).unwrap())
    };
    for plan in [
        other("acme-openai-ekm", "other-openai-ekm"),
        other(NAME, "org-AbCdEf123456--other"),
        other("44444444-4444-4444-4444-444444444444", "44444444-4444-4444-4444-444444444445"),
    ] {
        assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    }
    // Roles of another service principal tell nothing of this one's.
    let plan = other("5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10", "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d11");
    assert!(plan.seen().role_assignments.missing().is_some());
}

#[test]
fn a_live_role_that_the_plan_does_not_manage_counts() {
    let mut live = live();
    let Cloud::Azure { evidence, .. } = &mut live.cloud else { panic!() };
    let mut more = evidence.role_assignments.collected().unwrap()[0].clone();
    more.id = format!("{VAULT_ID}/providers/Microsoft.Authorization/roleAssignments/more").parse().unwrap();
    more.scope = VAULT_ID.parse().unwrap();
    for list in [&mut evidence.role_assignments, &mut evidence.subscription_role_assignments] {
        let mut all = list.collected().unwrap().clone();
        all.push(more.clone());
        *list = Item::Collected(all);
    }
    let report = later().over(live).report();
    assert_eq!(with_outcome(&report, "fail", "warning"), ["azure-role-assignment-scope"]);
}

/// The key and the service principal stand elsewhere; the plan is about the vault.
#[test]
fn a_plan_without_a_registration_is_laid_over_the_live_one() {
    let vault_only = || later().no(KEY).no(ASSIGNMENT).no(PRINCIPAL).no(ROLE).over(live());
    assert_eq!(vault_only().judged(), ("ready", Vec::new()));
    let plan = vault_only().with(VAULT, "public_network_access_enabled", json!(false));
    let (verdict, failing) = plan.judged();
    assert_eq!(verdict, "not_ready");
    assert!(failing.contains(&"azure-vault-network".to_owned()), "{failing:?}");
    let before = plan.before().unwrap().vault;
    assert_eq!(before.known().unwrap().public_network_access.as_deref(), Some("Enabled"));
}

/// Of a vault that stands elsewhere the plan may change what is around it.
#[test]
fn what_the_plan_changes_around_a_live_vault_counts() {
    let nothing = || later().no(VAULT).no(KEY).no(ASSIGNMENT).no(PRINCIPAL).no(ROLE).over(live());
    assert_eq!(nothing().judged(), ("ready", Vec::new()));
    let perimeter = nothing().and(
        "azurerm_network_security_perimeter_association.v",
        json!({"access_mode": "Enforced", "resource_id": VAULT_ID}),
        json!({"id": true}),
        json!({}),
    );
    assert_eq!(perimeter.judged(), ("undetermined", Vec::new()));
    let group = "azurerm_resource_group.rg";
    let there = json!({"id": format!("{SUBSCRIPTION}/resourceGroups/RG-ekm"), "name": "rg-ekm"});
    let mut destroyed = nothing().and(group, there.clone(), json!({}), json!({}));
    assert_eq!(destroyed.judged(), ("ready", Vec::new()));
    destroyed.change(group)["before"] = there;
    let mut replaced = destroyed.clone().unknown(group, "id");
    replaced.change(group)["actions"] = json!(["delete", "create"]);
    for gone in [destroyed.destroyed(group), replaced] {
        assert!(gone.judged().1.contains(&"azure-vault-exists".to_owned()), "{:?}", gone.judged());
        assert!(gone.judged().1.contains(&"azure-access-kept".to_owned()), "{:?}", gone.judged());
        assert_eq!(gone.evidence().plan.unwrap().changes[0].address, group);
    }
}

/// A role assignment to a principal that only its id names.
#[test]
fn a_named_principal_finds_the_key() {
    let id = "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10";
    let plan = || first().no(PRINCIPAL).with(ASSIGNMENT, "principal_id", json!(id));
    assert_eq!(plan().read(), Err(Refused::NoRegistration));
    let named = plan().named(named(|named| named.service_principal_id = Some(id.into())));
    assert_eq!(named.judged(), ("undetermined", Vec::new()));
    let passing = with_outcome(&named.report(), "pass", "error");
    assert!(passing.contains(&"azure-encrypt-allowed".to_owned()), "{passing:?}");
    let over = plan().over(live());
    assert_eq!(over.evidence().name.as_str(), NAME);
}

/// What is not told of a key in the plan is not that of another one.
#[test]
fn a_key_without_a_name_is_not_the_live_one() {
    let plan = first().refers(KEY, "name", &["random_string.x.result", "random_string.x"]).over(live());
    let refused = plan.read().unwrap_err().to_string();
    assert!(refused.contains("give --key-name"), "{refused}");
}

/// A data source shows what a key is, and neither its dates nor whether it is enabled.
#[test]
fn a_key_that_a_data_source_shows_is_the_live_one() {
    let values = later().change(KEY)["after"].clone();
    let address = "data.azurerm_key_vault_key.k";
    let plan = later().no(KEY).and(address, values, json!({}), json!({}));
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
    assert_eq!(plan.clone().over(live()).judged(), ("ready", Vec::new()));
    assert_eq!(plan.evidence().plan.unwrap().places["azure.key"], address);
}

/// What was in a vault that is made anew is not in the new one.
#[test]
fn a_vault_that_is_replaced_holds_none_of_the_live_keys() {
    let mut plan = later().no(KEY).no(ASSIGNMENT).over(live());
    plan.change(VAULT)["actions"] = json!(["delete", "create"]);
    let plan = plan.unknown(VAULT, "id");
    assert_eq!(plan.judged(), ("not_ready", vec!["azure-access-kept".to_owned()]));
    assert_eq!(plan.seen().key.missing().unwrap().reason, MissingReason::NotInPlan);
    assert!(plan.before().unwrap().key.collected().is_some());
    // A role that stands elsewhere, at a key that is replaced.
    let mut plan = later().no(ASSIGNMENT).over(live());
    plan.change(KEY)["actions"] = json!(["delete", "create"]);
    for attribute in ["id", "version", "versionless_id", "resource_id", "resource_versionless_id"] {
        plan = plan.unknown(KEY, attribute);
    }
    assert_eq!(plan.judged(), ("not_ready", vec!["azure-access-kept".to_owned()]));
}

/// A group that the service principal joins may have roles that stand elsewhere.
#[test]
fn a_group_that_is_joined_is_not_known_live() {
    let member = json!({
        "group_object_id": "aaaaaaaa-2222-2222-2222-222222222222",
        "member_object_id": "5a8f0e4e-2b0c-4c0e-8a77-6f3b9f6a1d10",
    });
    let plan = later().over(live()).and("azuread_group_member.x", member, json!({"id": true}), json!({}));
    assert_eq!(plan.judged(), ("undetermined", Vec::new()));
}

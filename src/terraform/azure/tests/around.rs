//! What the plan does around the key: to the vault's resource group, and through Azure's own interface.

use super::named::live;
use super::over::with_role;
use super::*;
use crate::check::Outcome;

const GROUP: &str = "azurerm_resource_group.rg";
const AZAPI: &str = "azapi_resource.x";
const PART: &str = "azapi_update_resource.x";
const ROLE_ID: &str = "/subscriptions/33333333-3333-3333-3333-333333333333/providers/Microsoft.Authorization/roleDefinitions/9b1d8c52-6a3f-4f0e-9d8e-2f1f3c5a7b90";

fn there(plan: plan::Changed, address: &str, values: Value) -> plan::Changed {
    let mut plan = plan.and(address, values.clone(), json!({}), json!({}));
    plan.change(address)["before"] = values;
    plan.change(address)["actions"] = json!(["no-op"]);
    plan
}

fn replaced(mut plan: plan::Changed, address: &str, unknown: &[&str]) -> plan::Changed {
    plan.change(address)["actions"] = json!(["delete", "create"]);
    unknown.iter().fold(plan, |plan, attribute| plan.unknown(address, attribute))
}

fn outcomes<const MANY: usize>(plan: &plan::Changed, ids: [&str; MANY]) -> [&'static str; MANY] {
    let report = plan.report();
    ids.map(|id| Outcome::name(&report.checks.iter().find(|check| check.id == id).unwrap().outcome))
}

/// azurerm documentation, `features`: `prevent_deletion_if_contains_resources` is on where nothing is set.
#[test]
fn a_vault_whose_resource_group_goes_may_go_with_it() {
    let with_group = |name: &str| {
        let values = json!({"id": format!("{SUBSCRIPTION}/resourceGroups/{name}"), "name": name});
        there(later().over(live()), GROUP, values)
    };
    let lost = ["azure-access-kept", "azure-encrypt-allowed", "azure-vault-exists"];
    assert_eq!(outcomes(&with_group("RG-ekm"), lost), ["pass"; 3]);
    for gone in [with_group("RG-ekm").destroyed(GROUP), replaced(with_group("RG-ekm"), GROUP, &["id"])] {
        assert_eq!(outcomes(&gone, lost), ["unknown"; 3]);
        assert_eq!(gone.judged(), ("undetermined", Vec::new()));
        let change = gone.evidence().plan.unwrap().changes.remove(0);
        assert_eq!(
            (change.address.as_str(), change.evidence),
            (GROUP, vec!["azure.vault_endpoint".to_owned()])
        );
    }
    assert_eq!(outcomes(&with_group("RG-other").destroyed(GROUP), lost), ["pass"; 3]);
    // A new vault in the new group is there, and is another one.
    let anew = replaced(replaced(with_group("rg-ekm"), GROUP, &["id"]), VAULT, &["id", "vault_uri"]);
    assert_eq!(outcomes(&anew, ["azure-access-kept", "azure-vault-exists"]), ["fail", "pass"]);
}

#[test]
fn a_resource_group_of_azures_own_interface_is_one() {
    let id = format!("{SUBSCRIPTION}/resourceGroups/rg-ekm");
    let values =
        json!({"id": id, "parent_id": SUBSCRIPTION, "type": "Microsoft.Resources/resourceGroups@2021-04-01"});
    let group = there(later().over(live()), AZAPI, values.clone());
    assert_eq!(group.judged(), ("ready", Vec::new()));
    assert_eq!(outcomes(&group.destroyed(AZAPI), ["azure-access-kept"]), ["unknown"]);
    let elsewhere = there(later().no(VAULT).no(KEY).over(live()), AZAPI, values).destroyed(AZAPI);
    assert_eq!(outcomes(&elsewhere, ["azure-access-kept", "azure-vault-exists"]), ["fail", "fail"]);
}

/// What azapi changes is not read.
#[test]
fn what_changes_through_azures_own_interface_is_open() {
    let vault = json!({"id": VAULT_ID, "type": "Microsoft.KeyVault/vaults@2023-07-01"});
    let key = json!({"id": KEY_ID, "type": "Microsoft.KeyVault/vaults/keys@2023-07-01"});
    let role = json!({"id": ROLE_ID, "type": "Microsoft.Authorization/roleDefinitions@2022-04-01"});
    let over = || later().over(with_role(live()));
    for (values, own) in [(&vault, VAULT), (&key, KEY), (&role, ROLE)] {
        // Beside the resource that shows the same, and in its place.
        for plan in [over(), over().no(own)] {
            let whole = || there(plan.clone(), AZAPI, values.clone());
            assert_eq!(outcomes(&whole(), ["azure-access-kept"]), ["pass"], "{own}");
            let mut updated = whole();
            updated.change(AZAPI)["actions"] = json!(["update"]);
            let mut forgotten = whole();
            forgotten.change(AZAPI)["actions"] = json!(["forget"]);
            forgotten.change(AZAPI)["after"] = Value::Null;
            assert_eq!(outcomes(&forgotten, ["azure-access-kept"]), ["pass"], "{own}");
            let mut part = values.clone();
            part["resource_id"] = values["id"].clone();
            let part = plan.clone().and(PART, part, json!({}), json!({}));
            for open in [updated, replaced(whole(), AZAPI, &["id"]), part] {
                let kept = ["azure-access-kept", "azure-encrypt-allowed"];
                assert_eq!(outcomes(&open, kept), ["unknown"; 2], "{own}");
            }
            let destroyed = outcomes(&whole().destroyed(AZAPI), ["azure-access-kept"])[0];
            assert_ne!(destroyed, "pass", "{own}");
        }
    }
    let why = |plan: plan::Changed| plan.seen().key.missing().unwrap().why();
    assert_eq!(
        why(there(over(), AZAPI, key.clone()).destroyed(AZAPI)),
        "known_after_apply: `azapi_resource.x`: what it changes of the key is not read: write it as an \
         `azurerm_key_vault_key`"
    );
    let exists = there(over(), AZAPI, vault).destroyed(AZAPI);
    assert_eq!(outcomes(&exists, ["azure-vault-exists"]), ["unknown"]);
    // Others of these types are not the registration's.
    for (id, kind) in
        [(format!("{KEY_ID}2"), &key["type"]), (ROLE_ID.replace("9b1d8c52", "9b1d8c53"), &role["type"])]
    {
        let other = there(over(), AZAPI, json!({"id": id, "type": kind})).destroyed(AZAPI);
        assert_eq!(other.judged(), ("ready", Vec::new()));
    }
}

/// A role is given by its name, too; and without evidence it may be any.
#[test]
fn a_role_that_changes_through_azures_own_interface_is_found_by_its_name() {
    let role = json!({"id": ROLE_ID, "type": "Microsoft.Authorization/roleDefinitions@2022-04-01"});
    let by_name = |plan: plan::Changed| {
        plan.refers(ASSIGNMENT, "role_definition_id", &[]).unset(ASSIGNMENT, "role_definition_id").with(
            ASSIGNMENT,
            "role_definition_name",
            json!("OpenAI EKM"),
        )
    };
    let encrypts = |plan: &plan::Changed| outcomes(plan, ["azure-encrypt-allowed"])[0];
    let plan = there(by_name(later().no(ROLE).over(with_role(live()))), AZAPI, role.clone());
    assert_eq!(encrypts(&plan), "pass");
    assert_eq!(encrypts(&plan.destroyed(AZAPI)), "fail");
    let named = AzureNamed {
        tenant_id: Some("44444444-4444-4444-4444-444444444444".into()),
        vault_uri: Some("https://acme-openai-ekm.vault.azure.net/".into()),
        key_name: Some("org-AbCdEf123456--prod".into()),
        ..AzureNamed::default()
    };
    let nothing = later().no(PRINCIPAL).no(VAULT).no(KEY).no(ASSIGNMENT).no(ROLE).named(named);
    let alone = there(nothing, AZAPI, role);
    assert_eq!(outcomes(&alone, ["azure-access-kept"]), ["pass"]);
    assert_eq!(outcomes(&alone.destroyed(AZAPI), ["azure-access-kept"]), ["unknown"]);
}

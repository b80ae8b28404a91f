//! Evidence of which only a part is known: what the part settles, and what it leaves open.

use serde_json::{Value, json};

use super::derive;
use crate::assume::Assumptions;
use crate::evidence::{Cloud, from_json};
use crate::facts::UNKNOWN_MARK;

const READY: &str = include_str!("../../../examples/azure-ready.json");

/// The facts of the documented setup after a change to its evidence.
fn facts(change: impl FnOnce(&mut Value)) -> Value {
    let mut document: Value = serde_json::from_str(READY).unwrap();
    change(&mut document["cloud"]["azure"]["evidence"]);
    let evidence = from_json(&document.to_string()).unwrap();
    let Cloud::Azure { registration, evidence: azure } = &evidence.cloud else { panic!("of AWS") };
    derive(registration, azure, &Assumptions::default(), evidence.collected_at).facts
}

/// What is collected under a key is only a part.
fn partial(evidence: &mut Value, key: &str) {
    let missing = json!({"call": "azurerm_x.y", "reason": "not_in_plan"});
    let known = evidence[key]["collected"].take();
    evidence[key] = json!({"partial": {"known": known, "missing": missing}});
}

fn is_unknown(fact: &Value) -> bool {
    fact.get(UNKNOWN_MARK).is_some()
}

/// No action is the role's.
fn without_actions(evidence: &mut Value) {
    evidence["role_definitions"]["collected"][0]["definition"]["collected"]["permissions"][0]["data_actions"] =
        json!([]);
}

/// One more data action is the role's.
fn one_more(evidence: &mut Value) {
    let actions = &mut evidence["role_definitions"]["collected"][0]["definition"]["collected"]["permissions"]
        [0]["data_actions"];
    actions.as_array_mut().unwrap().push(json!("Microsoft.KeyVault/vaults/keys/delete"));
}

/// Key Vault REST API, VaultProvisioningState: `RegisteringDns` is no end, whatever the host says.
#[test]
fn a_vault_that_is_being_made_is_not_known_to_answer() {
    let facts = facts(|evidence| {
        evidence["vault"]["collected"]["provisioning_state"] = json!("RegisteringDns");
    });
    assert!(is_unknown(&facts["vault"]["provisioned"]));
    assert!(is_unknown(&facts["encrypt"]["allowed"]));
}

/// RBAC overview: one role that allows it is enough.
#[test]
fn a_role_that_is_known_to_allow_is_enough() {
    let facts = facts(|evidence| partial(evidence, "role_assignments"));
    for call in ["read", "encrypt", "decrypt"] {
        assert_eq!(facts[call]["allowed"], json!(true), "{call}");
    }
    assert_eq!(facts["role"]["assigned"], json!(true));
    assert_eq!(facts["role"]["missing_data_actions"], json!([]));
    // The others may have more, and stand above the key.
    for fact in ["additional_data_actions", "scopes_above_key", "not_assignable_here", "conditional"] {
        assert!(is_unknown(&facts["role"][fact]), "{fact}");
    }
    assert!(is_unknown(&facts["privilege"]["excess"]));
}

#[test]
fn a_role_that_is_not_known_may_allow_what_the_known_ones_do_not() {
    let facts = facts(|evidence| {
        without_actions(evidence);
        partial(evidence, "role_assignments");
    });
    for call in ["read", "encrypt", "decrypt"] {
        assert!(is_unknown(&facts[call]["allowed"]), "{call}");
    }
    assert!(is_unknown(&facts["role"]["missing_data_actions"]));
}

#[test]
fn an_empty_part_of_a_list_tells_nothing() {
    let facts = facts(|evidence| {
        evidence["role_assignments"]["collected"] = json!([]);
        evidence["subscription_role_assignments"]["collected"] = json!([]);
        partial(evidence, "role_assignments");
        partial(evidence, "subscription_role_assignments");
    });
    assert!(is_unknown(&facts["role"]["assigned"]));
    assert!(is_unknown(&facts["role"]["names"]));
    assert!(is_unknown(&facts["encrypt"]["allowed"]));
    assert!(is_unknown(&facts["privilege"]["excess"]));
}

#[test]
fn what_a_known_role_has_too_much_is_too_much() {
    for list in ["role_assignments", "subscription_role_assignments"] {
        let facts = facts(|evidence| {
            one_more(evidence);
            partial(evidence, list);
        });
        assert_eq!(
            facts["role"]["additional_data_actions"],
            json!(["Microsoft.KeyVault/vaults/keys/delete"]),
            "{list}"
        );
        assert_eq!(facts["privilege"]["excess"].as_array().map(Vec::len), Some(1), "{list}");
    }
    let facts = facts(|evidence| partial(evidence, "subscription_role_assignments"));
    assert!(is_unknown(&facts["privilege"]["excess"]));
    assert_eq!(facts["role"]["additional_data_actions"], json!([]));
}

/// RBAC deny-assignments: a deny assignment wins over every role.
#[test]
fn a_deny_assignment_that_is_not_known_may_refuse() {
    let facts = facts(|evidence| partial(evidence, "deny_assignments"));
    assert!(is_unknown(&facts["encrypt"]["allowed"]));
    // Excess is excess, until it is known to be refused.
    assert_eq!(facts["privilege"]["excess"], json!([]));
    let denied = |key_only: bool| {
        facts_of_denial(if key_only { "Microsoft.KeyVault/vaults/keys/encrypt/action" } else { "*" })
    };
    for facts in [denied(true), denied(false)] {
        assert_eq!(facts["encrypt"]["allowed"], json!(false));
    }
    assert!(is_unknown(&denied(true)["decrypt"]["allowed"]));
}

/// A part of the deny assignments, with one that refuses an action to everybody.
fn facts_of_denial(action: &str) -> Value {
    facts(|evidence| {
        evidence["deny_assignments"]["collected"] = json!([{
            "id": "/providers/Microsoft.Authorization/denyAssignments/x",
            "name": "x",
            "scope": "/",
            "not_below": false,
            "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
            "exclude_principals": [],
            "permissions": [{"actions": [], "not_actions": [], "data_actions": [action], "not_data_actions": []}],
        }]);
        partial(evidence, "deny_assignments");
    })
}

#[test]
fn a_group_that_is_known_gives_its_roles() {
    const GROUP: &str = "aaaaaaaa-2222-2222-2222-222222222222";
    let of_group = |groups: Value| {
        facts(|evidence| {
            evidence["role_assignments"]["collected"][0]["principal_id"] = json!(GROUP);
            evidence["service_principal_groups"]["collected"] = groups;
            partial(evidence, "service_principal_groups");
        })
    };
    assert_eq!(of_group(json!([GROUP]))["encrypt"]["allowed"], json!(true));
    // Azure lists what is the principal's: a group that is not known to hold it may.
    assert_eq!(of_group(json!([]))["encrypt"]["allowed"], json!(true));
}

/// A key of which it is not known whether it is enabled.
#[test]
fn a_key_that_may_be_disabled_is_known_otherwise() {
    let facts = |change: &dyn Fn(&mut Value)| {
        facts(|evidence| {
            change(&mut evidence["key"]["collected"]["shown"]);
            partial(evidence, "key");
        })
    };
    let open = facts(&|_| {});
    assert!(is_unknown(&open["key"]["enabled"]));
    assert!(is_unknown(&open["encrypt"]["allowed"]) && is_unknown(&open["decrypt"]["allowed"]));
    assert_eq!((&open["key"]["exists"], &open["key"]["type"]), (&json!(true), &json!("RSA")));
    let expired = facts(&|key| key["expires"] = json!("2026-01-01T00:00:00Z"));
    assert_eq!(expired["encrypt"]["allowed"], json!(false));
    assert!(is_unknown(&expired["decrypt"]["allowed"]));
    let curve = facts(&|key| key["type"] = json!("EC"));
    assert_eq!(curve["decrypt"]["allowed"], json!(false));
}

/// A vault of which not all access policies are known.
#[test]
fn access_policies_that_are_not_known_may_permit() {
    let facts = |rbac: bool, policies: Value| {
        facts(|evidence| {
            evidence["vault"]["collected"]["rbac_authorization"] = json!(rbac);
            evidence["vault"]["collected"]["access_policies"] = policies;
            partial(evidence, "vault");
        })
    };
    let policy = |keys: Value| {
        json!([{"tenant_id": "aaaabbbb-0000-cccc-1111-dddd2222eeee", "object_id": "4b8d0c19-6b9b-4a1c-a0d6-2f30b5a3d8c7",
            "keys": keys, "secrets": [], "certificates": [], "storage": []}])
    };
    // Where roles decide they are not in force.
    let by_role = facts(true, json!([]));
    assert_eq!((&by_role["encrypt"]["allowed"], &by_role["privilege"]["excess"]), (&json!(true), &json!([])));
    let open = facts(false, json!([]));
    assert_eq!(open["vault"]["rbac"], json!(false));
    assert!(is_unknown(&open["encrypt"]["allowed"]) && is_unknown(&open["privilege"]["excess"]));
    let known = facts(false, policy(json!(["get", "encrypt", "delete"])));
    assert_eq!(known["encrypt"]["allowed"], json!(true));
    assert!(is_unknown(&known["decrypt"]["allowed"]));
    assert_eq!(known["privilege"]["excess"].as_array().map(Vec::len), Some(1));
}

/// A role of which it is not known where it can be assigned.
#[test]
fn a_role_whose_scopes_are_not_known_allows_what_it_allows() {
    let facts = facts(|evidence| {
        let definition = &mut evidence["role_definitions"]["collected"][0];
        definition["definition"]["collected"]["assignable_scopes"] = json!([]);
        partial(definition, "definition");
    });
    assert_eq!(facts["encrypt"]["allowed"], json!(true));
    assert_eq!(facts["privilege"]["excess"], json!([]));
    assert_eq!(facts["role"]["additional_data_actions"], json!([]));
    assert!(is_unknown(&facts["role"]["not_assignable_here"]));
}

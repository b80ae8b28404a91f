//! Every check of Azure, over the facts of a sound setup.

use super::*;
use crate::contract::Provider;
use crate::contract::azure::DISPLAY_NAME;
use crate::facts::azure::{
    AzureFacts, Form, KeyFacts, NetworkFacts, PrivilegeFacts, RoleFacts, ServicePrincipalFacts, VaultFacts,
};
use crate::facts::{DecisionFacts, Fact, ValueForm};

/// Known, and empty.
fn none() -> Fact<Vec<String>> {
    Fact::Known(Vec::new())
}

fn ready() -> AzureFacts {
    let acceptable = || ValueForm { acceptable: true, problem: String::new() };
    let (yes, no) = (|| Fact::Known(true), || Fact::Known(false));
    let allowed = || DecisionFacts {
        allowed: yes(),
        blocked_by: none(),
        explicitly_denied: no(),
        reason: "allowed".into(),
    };
    AzureFacts {
        change: ChangeFacts { planned: true, ..ChangeFacts::default() },
        form: Form {
            vault_uri: acceptable(),
            key_name: acceptable(),
            organization: "org-AbCdEfGhIjKlMnOpQrStUvWx".into(),
        },
        vault: VaultFacts {
            exists: yes(),
            provisioned: yes(),
            tenant_id: Fact::Known("aaaabbbb-0000-cccc-1111-dddd2222eeee".into()),
            subscription_id: Fact::Known("00001111-aaaa-2222-bbbb-3333cccc4444".into()),
            rbac: yes(),
            purge_protection: yes(),
        },
        network: NetworkFacts {
            reachable: yes(),
            public_access_disabled: no(),
            secured_by_perimeter: no(),
            allowed_addresses: none(),
            default_deny: no(),
            trusted_services: no(),
            private_endpoints: no(),
        },
        service_principal: ServicePrincipalFacts {
            exists: yes(),
            enabled: yes(),
            object_id: Fact::Known(Some("ccccdddd-2222-eeee-3333-ffff4444aaaa".into())),
            is_the_one_given: yes(),
        },
        key: KeyFacts {
            exists: yes(),
            kind: Fact::Known("RSA".into()),
            enabled: yes(),
            started: yes(),
            expired: no(),
            expires: Fact::Known(None),
            not_before: Fact::Known(None),
            operations: Fact::Known(vec!["encrypt".into(), "decrypt".into()]),
            disabled_versions: none(),
            rotates: yes(),
        },
        role: RoleFacts {
            assigned: yes(),
            names: Fact::Known(vec![DISPLAY_NAME.into()]),
            missing_data_actions: none(),
            misplaced_data_actions: none(),
            excluded_data_actions: none(),
            additional_data_actions: none(),
            scopes_above_key: none(),
            not_assignable_here: none(),
            conditional: none(),
        },
        privilege: PrivilegeFacts { excess: none() },
        identity: allowed(),
        read: allowed(),
        encrypt: allowed(),
        decrypt: allowed(),
    }
}

/// The outcome of every check of Azure, by id, for the target that checks can be tried with.
fn outcomes(facts: &Json) -> Vec<(String, Outcome)> {
    let vocabulary = REGISTRY.vocabulary(Provider::Azure).unwrap();
    let (target, contract) = (&vocabulary.example_target, &vocabulary.contract_values);
    let subject = Subject { facts, target, contract, shown: None };
    let of_azure = REGISTRY.iter().filter(|check| check.provider() == Provider::Azure);
    of_azure.map(|check| (check.id().to_owned(), check.judge(&subject))).collect()
}

/// The ids of the checks with this outcome.
fn with(outcome: &str, facts: &Json) -> Vec<String> {
    let of_outcome = outcomes(facts).into_iter().filter(|(_, found)| found.name() == outcome);
    of_outcome.map(|(id, _)| id).collect()
}

#[test]
fn a_sound_setup_passes_every_check() {
    for (id, outcome) in outcomes(&serde_json::to_value(ready()).unwrap()) {
        assert_eq!(outcome, Outcome::Pass, "{id}");
    }
}

#[test]
fn one_fact_taken_away_is_never_a_failure_and_never_an_error() {
    let facts = serde_json::to_value(ready()).unwrap();
    let mut touched = 0;
    for (group, fields) in facts.as_object().unwrap() {
        for name in fields.as_object().unwrap().keys().filter(|_| group != "form") {
            let mut facts = facts.clone();
            facts[group][name] = unknown("azure.taken");
            for (id, outcome) in outcomes(&facts) {
                assert!(matches!(outcome.name(), "pass" | "unknown"), "{group}.{name}: {id}: {outcome:?}");
                touched += usize::from(outcome.name() == "unknown");
            }
        }
    }
    assert!(touched >= 20, "{touched}");
}

#[test]
fn facts_that_decide_are_not_passed_over() {
    for (path, ids) in [
        ("vault.provisioned", vec!["azure-vault-exists"]),
        ("vault.tenant_id", vec!["azure-tenant"]),
        ("vault.rbac", vec!["azure-vault-rbac"]),
        ("vault.purge_protection", vec!["azure-vault-purge-protection"]),
        ("network.public_access_disabled", vec!["azure-vault-network"]),
        ("network.reachable", vec!["azure-vault-network"]),
        ("service_principal.enabled", vec!["azure-service-principal"]),
        ("service_principal.is_the_one_given", vec!["azure-service-principal"]),
        ("key.type", vec!["azure-key-operations", "azure-key-rsa"]),
        ("key.enabled", vec!["azure-key-enabled"]),
        ("key.started", vec!["azure-key-enabled"]),
        ("key.expired", vec!["azure-key-enabled", "azure-key-expiry"]),
        ("key.operations", vec!["azure-key-operations"]),
        ("key.disabled_versions", vec!["azure-key-versions"]),
        ("key.rotates", vec!["azure-key-rotation"]),
        ("role.missing_data_actions", vec!["azure-role-data-actions"]),
        ("role.additional_data_actions", vec!["azure-role-data-actions"]),
        ("role.scopes_above_key", vec!["azure-role-assignment-scope"]),
        ("role.conditional", vec!["azure-role-assignment-scope"]),
        ("role.not_assignable_here", vec!["azure-vault-subscription"]),
        ("privilege.excess", vec!["azure-least-privilege"]),
        ("read.allowed", vec!["azure-read-allowed"]),
        ("encrypt.allowed", vec!["azure-encrypt-allowed"]),
        ("decrypt.allowed", vec!["azure-decrypt-allowed"]),
    ] {
        let mut facts = serde_json::to_value(ready()).unwrap();
        let (group, name) = path.split_once('.').unwrap();
        facts[group][name] = unknown("azure.taken");
        assert_eq!(with("unknown", &facts), ids, "{path}");
    }
}

/// What would be looked into is not there: no such vault, key or service principal. The calls are decided all the same.
#[test]
fn behind_something_absent_there_is_nothing_to_look_at() {
    let of_key = [
        "azure-key-enabled",
        "azure-key-expiry",
        "azure-key-operations",
        "azure-key-rotation",
        "azure-key-rsa",
        "azure-key-versions",
    ];
    let of_role = [
        "azure-least-privilege",
        "azure-role-assignment-scope",
        "azure-role-data-actions",
        "azure-vault-subscription",
    ];
    let of_vault = [
        "azure-key-exists",
        "azure-tenant",
        "azure-vault-network",
        "azure-vault-purge-protection",
        "azure-vault-rbac",
    ];
    for (absent, fails, looks_into) in [
        (vec!["vault", "key"], "azure-vault-exists", [&of_key[..], &of_role, &of_vault].concat()),
        (vec!["key"], "azure-key-exists", [&of_key[..], &of_role].concat()),
        (vec!["service_principal"], "azure-service-principal", of_role.to_vec()),
    ] {
        let mut facts = serde_json::to_value(ready()).unwrap();
        for group in &absent {
            for fact in facts[*group].as_object_mut().unwrap().values_mut() {
                *fact = unknown("azure.absent");
            }
            facts[*group]["exists"] = json!(false);
        }
        let mut expected: Vec<&str> = looks_into;
        expected.sort_unstable();
        assert_eq!(with("not_applicable", &facts), expected, "{absent:?}");
        assert_eq!(with("fail", &facts), [fails], "{absent:?}");
        assert_eq!(with("unknown", &facts), Vec::<String>::new(), "{absent:?}");
    }
}

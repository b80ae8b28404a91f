use serde_json::{Value, json};

use super::*;
use crate::collect::azure::key::managed::{ManagedKey, ManagedVersion};
use crate::target::azure::{AzureRegistration, Given};

const KID: &str = "https://myvault.vault.azure.net/keys/org-a--b/78deebed173b48e48f55abf87ed4cf71";

fn target() -> AzureTarget {
    let registration = AzureRegistration::parse(&Given {
        tenant_id: "72f988bf-86f1-41af-91ab-2d7cd011db47",
        vault_uri: "https://myvault.vault.azure.net/",
        key_name: "org-a--b",
        organization_id: None,
        service_principal_id: None,
    });
    registration.unwrap().target().unwrap()
}

/// Key Vault REST API, Get Key, example, with another name.
fn bundle() -> Value {
    json!({
        "key": {
            "kid": KID,
            "kty": "RSA",
            "key_ops": ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"],
            "n": "2HJAE5fU3Cw2Rt9hEuq-F6XjINKGa-zskfISVqopqUy60GOs2eyhxbWbJBeUXNor_gf-tXtNeuqeBgitLeVa640UDvnEjYTKWjCniTxZRaU7ewY8BfTSk-7KxoDdLsPSpX_MX4rwlAx-_1UGk5t4sQgTbm9T6Fm2oqFd37dsz5-Gj27UP2GTAShfJPFD7MqU_zIgOI0pfqsbNL5xTQVM29K6rX4jSPtylZV3uWJtkoQIQnrIHhk1d0SC0KwlBV3V7R_LVYjiXLyIXsFzSNYgQ68ZjAwt8iL7I8Osa-ehQLM13DVvLASaf7Jnu3sC3CWl3Gyirgded6cfMmswJzY87w",
            "e": "AQAB"
        },
        "attributes": {
            "enabled": true,
            "created": 1493942451,
            "updated": 1493942451,
            "recoveryLevel": "Recoverable+Purgeable"
        },
        "tags": {"purpose": "unit test"}
    })
}

/// Key Vault REST API, Keys - Get, example, with another name.
fn managed() -> Value {
    json!({
        "id": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/sample-group/providers/Microsoft.KeyVault/vaults/myvault/keys/org-a--b",
        "name": "org-a--b",
        "type": "Microsoft.KeyVault/vaults/keys",
        "location": "westus",
        "properties": {
            "attributes": {"enabled": true, "created": 1598533051, "updated": 1598533051, "recoveryLevel": "Purgeable"},
            "kty": "RSA",
            "keyOps": ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"],
            "keySize": 2048,
            "keyUri": "https://myvault.vault.azure.net:443/keys/org-a--b",
            "keyUriWithVersion": "https://myvault.vault.azure.net:443/keys/org-a--b/fd618d9519b74f9aae94ade66b876acc"
        }
    })
}

fn read(shown: Value) -> Result<Key, String> {
    serde_json::from_value::<Bundle>(shown).map_err(|error| error.to_string())?.key(&target())
}

fn read_managed(shown: Value) -> Result<Key, String> {
    serde_json::from_value::<ManagedKey>(shown).map_err(|error| error.to_string())?.key(&target())
}

#[test]
fn a_key_is_read_as_its_vault_shows_it() {
    let key = read(bundle()).unwrap();
    assert_eq!(key.version, "78deebed173b48e48f55abf87ed4cf71");
    assert_eq!((key.kind.as_str(), key.bits, key.enabled), ("RSA", Some(2048), true));
    assert_eq!(key.operations.len(), 6);
    assert_eq!(key.recovery_level.as_deref(), Some("Recoverable+Purgeable"));
    assert_eq!((key.not_before, key.expires), (None, None));
}

#[test]
fn a_key_is_read_as_resource_manager_shows_it() {
    let key = read_managed(managed()).unwrap();
    assert_eq!(key.version, "fd618d9519b74f9aae94ade66b876acc");
    assert_eq!((key.kind.as_str(), key.bits, key.enabled), ("RSA", Some(2048), true));
    let mut sizeless = managed();
    sizeless["properties"].as_object_mut().unwrap().remove("keySize");
    assert_eq!(read_managed(sizeless), Err("the RSA key is shown without its size".into()));
}

#[test]
fn dates_are_seconds() {
    let mut dated = bundle();
    dated["attributes"]["exp"] = json!(1_798_761_600);
    dated["attributes"]["nbf"] = json!(1_767_225_600);
    let key = read(dated.clone()).unwrap();
    assert_eq!(key.expires.unwrap().to_string(), "2027-01-01T00:00:00Z");
    assert_eq!(key.not_before.unwrap().to_string(), "2026-01-01T00:00:00Z");
    dated["attributes"]["exp"] = json!(i64::MAX);
    assert_eq!(read(dated), Err("a date of the key is out of range".into()));
}

#[test]
fn another_key_is_no_answer() {
    for (identifier, problem) in [
        ("https://MyVault.vault.azure.net:443/keys/ORG-a--b/1", None),
        ("https://other.vault.azure.net/keys/org-a--b/1", Some("the answer is about another key")),
        ("https://myvault.vault.azure.net/keys/org-a--c/1", Some("the answer is about another key")),
        ("https://myvault.vault.azure.net/keys/org-a--b/", Some("the answer is about another key")),
        ("https://myvault.vault.azure.net/secrets/org-a--b/1", Some("another form")),
        ("https://myvault.vault.azure.net/keys/org-a--b", Some("another form")),
        ("https://myvault.vault.azure.net/keys/org-a--b/1/2", Some("another form")),
        ("org-a--b", Some("is no URL")),
    ] {
        let mut shown = bundle();
        shown["key"]["kid"] = json!(identifier);
        let mut of_manager = managed();
        of_manager["properties"]["keyUriWithVersion"] = json!(identifier);
        for read in [read(shown), read_managed(of_manager)] {
            match problem {
                None => assert_eq!(read.unwrap().version, "1", "{identifier}"),
                Some(problem) => assert!(read.unwrap_err().contains(problem), "{identifier}"),
            }
        }
    }
}

#[test]
fn what_is_needed_and_not_there_is_no_answer() {
    for (part, field) in
        [("key", "kid"), ("key", "kty"), ("key", "key_ops"), ("key", "n"), ("attributes", "enabled")]
    {
        for value in [Value::Null, json!(1)] {
            let mut odd = bundle();
            odd[part][field] = value;
            assert!(read(odd).is_err(), "{field}");
        }
    }
    // Of other kinds there is no modulus, and none is needed.
    let mut curve = bundle();
    curve["key"]["kty"] = json!("EC");
    curve["key"].as_object_mut().unwrap().remove("n");
    assert_eq!(read(curve).unwrap().bits, None);
}

#[test]
fn a_modulus_is_as_long_as_its_number() {
    // 0x01, 0xff, 0x00ff, 0x0100, nothing, no number.
    for (modulus, length) in
        [("AQ", Some(1)), ("_w", Some(8)), ("AP8", Some(8)), ("AQA", Some(9)), ("", None), ("!", None)]
    {
        assert_eq!(bits(modulus), length, "{modulus}");
    }
}

/// Key Vault REST API, Get Key Versions and Keys - List Versions, examples.
#[test]
fn versions_are_read_from_both() {
    let attributes = json!({"enabled": false, "created": 1_493_937_851, "updated": 1_493_937_851});
    let item: VersionItem = serde_json::from_value(json!({"kid": KID, "attributes": attributes})).unwrap();
    let of_manager: ManagedVersion =
        serde_json::from_value(json!({"properties": {"attributes": attributes, "keyUriWithVersion": KID}}))
            .unwrap();
    let seen = KeyVersion {
        version: "78deebed173b48e48f55abf87ed4cf71".into(),
        enabled: false,
        created: Some("2017-05-04T22:44:11Z".parse().unwrap()),
    };
    assert_eq!(item.version(&target()), Ok(seen.clone()));
    assert_eq!(of_manager.version(&target()), Ok(seen));
    assert!(serde_json::from_value::<VersionItem>(json!({"kid": KID, "attributes": {}})).is_err());
}

/// Key Vault REST API, Get Key Rotation Policy, example.
#[test]
fn a_rotation_policy_is_read_as_it_is_shown() {
    let shown = json!({
        "id": "https://myvault.vault.azure.net/keys/org-a--b/rotationpolicy",
        "lifetimeActions": [
            {"trigger": {"timeAfterCreate": "P90D"}, "action": {"type": "Rotate"}},
            {"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Notify"}}
        ],
        "attributes": {"expiryTime": "P2Y", "created": 1_482_188_947, "updated": 1_482_188_948}
    });
    let policy = serde_json::from_value::<Policy>(shown).unwrap().evidence();
    assert_eq!(policy.expiry_time.as_deref(), Some("P2Y"));
    let actions: Vec<_> = policy
        .actions
        .iter()
        .map(|action| {
            (
                action.action.as_str(),
                action.time_after_create.as_deref(),
                action.time_before_expiry.as_deref(),
            )
        })
        .collect();
    assert_eq!(actions, [("Rotate", Some("P90D"), None), ("Notify", None, Some("P30D"))]);

    let bare = serde_json::from_value::<Policy>(json!({"lifetimeActions": null})).unwrap().evidence();
    assert_eq!(bare, RotationPolicy { actions: vec![], expiry_time: None });
}

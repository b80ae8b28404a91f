//! Vaults and their keys.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{MANAGER, VAULT, answer, body, code, of_vault};
use crate::callers::Audience;
use crate::calls::Call;
use crate::client::Client;
use crate::network::Network;
use crate::tenant::{
    AccessPolicy, Azure, Block, Casing, KEY, KeyMaterial, NetworkAcls, OPENAI_OBJECT, Refusal, SUBSCRIPTION,
    TENANT,
};

/// The length in bits of a number, most significant byte first.
fn bits(number: &[u8]) -> usize {
    let leading = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let rest = &number[leading..];
    rest.first().map_or(0, |first| rest.len() * 8 - first.leading_zeros() as usize)
}

#[test]
fn a_modulus_is_as_long_as_the_key() {
    for length in [1024, 2048, 2050, 3072, 4096] {
        let network = Network::of(
            Azure::documented().but(|azure| azure.version().material = KeyMaterial::RsaHsm(length)),
        );
        let key = body(&answer(&network, Call::Key));
        let modulus = key["key"]["n"].as_str().expect("a modulus");
        assert_eq!(bits(&BASE64_URL_SAFE_NO_PAD.decode(modulus).expect("base64url")), length);
        assert_eq!(key["key"]["kty"], "RSA-HSM");
        assert_eq!(body(&answer(&network, Call::ManagedKey))["properties"]["keySize"], length);
    }
}

#[test]
fn a_key_on_a_curve_has_a_point_and_no_modulus() {
    let network =
        Network::of(Azure::documented().but(|azure| azure.version().material = KeyMaterial::Ec("P-256")));
    let key = body(&answer(&network, Call::Key));
    assert_eq!((&key["key"]["kty"], &key["key"]["crv"]), (&json!("EC"), &json!("P-256")));
    assert!(key["key"]["n"].is_null() && key["key"]["x"].is_string());
    let managed = body(&answer(&network, Call::ManagedKey));
    assert_eq!(managed["properties"]["curveName"], "P-256");
}

/// Key Vault `general/about-keys-secrets-certificates`: names are compared without regard to case.
#[test]
fn a_key_is_found_however_it_is_named() {
    let network = Network::of(Azure::documented());
    let client = Client::auditor(&network, TENANT, Audience::Vault);
    let get = |path: &str| client.json(&format!("{VAULT}/keys/{path}?api-version=7.6"))["key"]["kid"].clone();
    let newest = format!("{VAULT}/keys/{KEY}/4387e9f3d6e14c459867679a90fd0f79");
    assert_eq!(get(KEY), newest);
    assert_eq!(get(&format!("{KEY}/")), newest);
    assert_eq!(get(&KEY.to_uppercase()), newest);
    let first = "78deebed173b48e48f55abf87ed4cf71";
    assert_eq!(get(&format!("{KEY}/{first}")), format!("{VAULT}/keys/{KEY}/{first}"));
    let unknown = client.get(&format!("{VAULT}/keys/{KEY}/00000000000000000000000000000000?api-version=7.6"));
    assert_eq!((unknown.status, code(&unknown)), (404, "KeyNotFound".into()));
}

#[test]
fn what_a_version_is_like_is_the_same_on_both_ways() {
    let network = Network::of(Azure::documented().but(|azure| {
        azure.vault().purge_protection = None;
        let version = azure.version();
        version.enabled = false;
        version.not_before = Some(1_700_000_000);
        version.expires = Some(1_900_000_000);
        version.operations = vec!["encrypt".into(), "decrypt".into()];
        version.managed = true;
    }));
    let key = body(&answer(&network, Call::Key));
    let managed = body(&answer(&network, Call::ManagedKey));
    for attributes in [&key["attributes"], &managed["properties"]["attributes"]] {
        assert_eq!(attributes["enabled"], false);
        assert_eq!(attributes["nbf"], 1_700_000_000);
        assert_eq!(attributes["exp"], 1_900_000_000);
        assert_eq!(attributes["recoveryLevel"], "Recoverable+Purgeable");
    }
    assert_eq!(key["key"]["key_ops"], json!(["encrypt", "decrypt"]));
    assert_eq!(managed["properties"]["keyOps"], json!(["encrypt", "decrypt"]));
    assert_eq!(key["managed"], true);
    // What was not set is not there.
    let plain = body(&answer(&Network::of(Azure::documented()), Call::Key));
    for name in ["nbf", "exp"] {
        assert_eq!(plain["attributes"].get(name), None);
    }
    assert_eq!((plain.get("managed"), plain.get("tags")), (None, None));
    assert_eq!(plain["attributes"]["recoveryLevel"], "Recoverable");
}

#[test]
fn a_vault_says_what_was_set_and_nothing_else() {
    let network = Network::of(Azure::documented().but(|azure| {
        let vault = azure.vault();
        vault.rbac_authorization = Some(false);
        vault.public_network_access = Some("disabled".into());
        vault.network_acls = Some(NetworkAcls::only(&["203.0.113.7/32"]));
        vault.access_policies = vec![AccessPolicy {
            application_id: Some(OPENAI_OBJECT.into()),
            ..AccessPolicy::new(TENANT, OPENAI_OBJECT, &["all"])
        }];
    }));
    let properties = body(&answer(&network, Call::Vault))["properties"].clone();
    assert_eq!(properties["enableRbacAuthorization"], false);
    assert_eq!(properties["publicNetworkAccess"], "disabled");
    assert_eq!(properties["enablePurgeProtection"], true);
    assert_eq!(
        properties["networkAcls"],
        json!({
            "bypass": "AzureServices",
            "defaultAction": "Deny",
            "ipRules": [{"value": "203.0.113.7/32"}],
            "virtualNetworkRules": []
        })
    );
    assert_eq!(properties["accessPolicies"][0]["permissions"]["keys"], json!(["all"]));
    assert_eq!(properties["accessPolicies"][0]["applicationId"], OPENAI_OBJECT);
    let unset = Network::of(Azure::documented().but(|azure| {
        let vault = azure.vault();
        (vault.rbac_authorization, vault.public_network_access) = (None, None);
        (vault.purge_protection, vault.soft_delete) = (None, None);
    }));
    let properties = body(&answer(&unset, Call::Vault))["properties"].clone();
    for name in [
        "enableRbacAuthorization",
        "publicNetworkAccess",
        "enablePurgeProtection",
        "enableSoftDelete",
        "networkAcls",
    ] {
        assert_eq!(properties.get(name), None, "{name}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let network = Network::of(Azure::documented());
    let client = Client::auditor(&network, TENANT, Audience::ResourceManager);
    let vault = of_vault();
    for (url, expected) in [
        (vault.replace("contoso-openai", "contoso-other"), "ResourceNotFound"),
        (vault.replace("openai-ekm", "nothing"), "ResourceGroupNotFound"),
        (vault.replace(SUBSCRIPTION, OPENAI_OBJECT), "SubscriptionNotFound"),
        (format!("{vault}/keys/nothing"), "ResourceNotFound"),
        (format!("{vault}/keys/{KEY}/versions/nothing"), "ResourceNotFound"),
    ] {
        let answer = client.get(&format!("{url}?api-version=2026-02-01"));
        assert_eq!((answer.status, code(&answer).as_str()), (404, expected), "{url}");
    }
}

#[test]
fn a_network_that_blocks_does_so_before_or_behind_the_challenge() {
    for (refusal, expected) in
        [(Refusal::Firewall, "ForbiddenByFirewall"), (Refusal::Connection, "ForbiddenByConnection")]
    {
        for before_the_challenge in [false, true] {
            let block = Some(Block { refusal, before_the_challenge });
            let network = Network::of(Azure::documented().but(|azure| azure.vault().block = block));
            let unauthenticated = Client::of(&network).get(&format!("{VAULT}/keys?api-version=7.6"));
            assert_eq!(unauthenticated.status, if before_the_challenge { 403 } else { 401 });
            for call in [Call::Challenge, Call::Key, Call::KeyVersions, Call::RotationPolicy] {
                let answer = answer(&network, call);
                let inner = body(&answer)["error"]["innererror"]["code"].clone();
                assert_eq!((answer.status, inner), (403, json!(expected)), "{call}");
            }
            // Azure Resource Manager is on another network (Key Vault `general/network-security`).
            assert_eq!(answer(&network, Call::ManagedKey).status, 200);
        }
    }
}

/// A vault that was transferred keeps its tenant: its own interface accepts that one's tokens only.
#[test]
fn a_vault_asks_for_tokens_of_its_own_tenant() {
    let another = crate::tenant::ANOTHER_TENANT;
    let network = Network::of(Azure::documented().but(|azure| azure.vault().tenant = another.into()));
    let challenge = Client::of(&network).get(&format!("{VAULT}/keys?api-version=7.6"));
    let header = challenge.headers.iter().find(|(name, _)| name == "WWW-Authenticate");
    let expected = format!(
        "Bearer authorization=\"https://login.windows.net/{another}\", resource=\"https://vault.azure.net\""
    );
    assert_eq!(header.map(|(_, value)| value.as_str()), Some(expected.as_str()));
    assert_eq!(answer(&network, Call::Key).status, 401);
    assert_eq!(body(&answer(&network, Call::Vault))["properties"]["tenantId"], another);
}

#[test]
fn ids_come_in_any_case_and_are_found_in_any() {
    let lower_words = "/resourcegroups/openai-ekm/providers/microsoft.keyvault/vaults/contoso-openai";
    let upper = "/RESOURCEGROUPS/OPENAI-EKM/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/CONTOSO-OPENAI";
    for (casing, vault, key) in [
        (
            Casing::LowerWords,
            format!("/subscriptions/{SUBSCRIPTION}{lower_words}"),
            "/keys/org-4Qd8XyTz71LmWc05RkVb--workspace",
        ),
        (
            Casing::Upper,
            format!("/SUBSCRIPTIONS/{}{upper}", SUBSCRIPTION.to_uppercase()),
            "/KEYS/ORG-4QD8XYTZ71LMWC05RKVB--WORKSPACE",
        ),
    ] {
        let network = Network::of(Azure::documented().but(|azure| azure.behaviour.casing = casing));
        assert_eq!(body(&answer(&network, Call::ResourceGraph))["data"][0]["id"], vault);
        let client = Client::auditor(&network, TENANT, Audience::ResourceManager);
        let found = client.json(&format!("{MANAGER}{vault}?api-version=2026-02-01"));
        assert_eq!(found["id"], vault);
        let (assignments, _) = client.list(&format!(
            "{MANAGER}{vault}{key}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01\
             &$filter=atScope()%20and%20assignedTo('{OPENAI_OBJECT}')"
        ));
        let scopes: Vec<&Value> = assignments.iter().map(|entry| &entry["properties"]["scope"]).collect();
        assert_eq!(scopes, [&json!(format!("{vault}{key}"))]);
    }
}

//! Keys, of Azure Resource Manager: what is known of them without their vault's own interface.

use serde_json::{Map, Value, json};

use super::access::{Asker, asked, ok};
use super::{Answered, errors, resources};
use crate::callers::{Right, issuer};
use crate::http::{Answer, Request};
use crate::tenant::{Azure, Casing, Key, KeyMaterial, KeyVersion, Scope, Vault};

const VERSIONS: [&str; 4] = ["2023-07-01", "2024-11-01", "2026-02-01", "2026-05-15"];

/// How many parts the path of a vault has.
const VAULT_SEGMENTS: usize = 8;

/// A key, with what its newest version is like.
pub(super) fn key(azure: &Azure, request: &Request) -> Answered {
    let asker = asked(azure, request, &VERSIONS)?;
    let (vault, key) = existing(&asker, request, Right::Keys)?;
    let scope = vault.key_scope(&key.name);
    let newest = key.versions.last().ok_or_else(|| not_found(&key.name, &scope))?;
    ok(&described(vault, key, newest, azure.behaviour.casing))
}

/// The versions of a key, or the one that is named.
pub(super) fn versions(azure: &Azure, request: &Request) -> Answered {
    let asker = asked(azure, request, &VERSIONS)?;
    let (vault, key) = existing(&asker, request, Right::KeyVersions)?;
    let casing = azure.behaviour.casing;
    let path = request.segments();
    if let Some(id) = path.get(VAULT_SEGMENTS + 3) {
        let version = key.versions.iter().find(|version| version.id.eq_ignore_ascii_case(id));
        let version = version.ok_or_else(|| not_found(id, &vault.key_scope(&key.name)))?;
        return ok(&described_version(vault, key, version, casing));
    }
    // A list says less of each.
    let versions = key.versions.iter().map(|version| {
        let mut item = described_version(vault, key, version, casing);
        item["properties"] = json!({
            "attributes": attributes(vault, version),
            "keyUri": uri(vault, key),
            "keyUriWithVersion": format!("{}/{}", uri(vault, key), version.id),
        });
        item
    });
    ok(&resources::list(azure, request, versions.collect())?)
}

/// The vault and the key that a path names, for those who have the right at the key.
fn existing<'a>(asker: &Asker<'a>, request: &Request, right: Right) -> Result<(&'a Vault, &'a Key), Answer> {
    let path = request.segments();
    let (of_vault, name) = (Scope::at(&path[..VAULT_SEGMENTS].join("/")), &path[VAULT_SEGMENTS + 1]);
    let scope = of_vault.key(name);
    let vault = resources::existing(asker, right, &of_vault, &scope)?;
    if asker.azure.behaviour.keys_are_forbidden_by_rbac && vault.rbac_authorization == Some(true) {
        return Err(forbidden_by_rbac(vault, &scope));
    }
    vault.key_named(name).map(|key| (vault, key)).ok_or_else(|| not_found(name, &scope))
}

fn not_found(name: &str, scope: &Scope) -> Answer {
    errors::resource_not_found("Microsoft.KeyVault/vaults/keys", name, scope)
}

/// What was answered in 2021 and 2022 whatever the caller's rights were: the vault refused the management plane.
fn forbidden_by_rbac(vault: &Vault, scope: &Scope) -> Answer {
    let message = format!(
        "[ForbiddenByRbac (Forbidden)] Caller is not authorized to perform action on resource.\r\nIf role assignments, \
         deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: \
         name=KeyVault/ManagementPlane;appid=04b07795-8ddb-461a-bbee-02f9e1bf7b46;oid=2f1b09f9-1887-46f5-b0e4-d7a8e47fe87f;\
         iss={}\r\nAction: 'Microsoft.KeyVault/vaults/keys/read'\r\nResource: '{}'\r\nAssignment: (not found)\r\nVault: \
         {};location={}\r\n",
        issuer(&vault.tenant),
        scope.as_str(),
        vault.name,
        vault.location
    );
    Answer::json(400, &json!({"error": {"code": "ForbiddenByRbac", "message": message}}))
}

/// A key, with what this version is like.
fn described(vault: &Vault, key: &Key, version: &KeyVersion, casing: Casing) -> Value {
    let mut properties = Map::new();
    properties.insert("attributes".into(), attributes(vault, version));
    properties.insert("kty".into(), version.material.key_type().into());
    properties.insert("keyOps".into(), version.operations.clone().into());
    let (size, curve) = match version.material {
        KeyMaterial::Rsa(bits) | KeyMaterial::RsaHsm(bits) | KeyMaterial::OctHsm(bits) => (Some(bits), None),
        KeyMaterial::Ec(curve) | KeyMaterial::EcHsm(curve) => (None, Some(curve)),
    };
    properties.extend(size.map(|bits| ("keySize".to_owned(), bits.into())));
    properties.extend(curve.map(|curve| ("curveName".to_owned(), curve.into())));
    properties.insert("keyUri".into(), uri(vault, key).into());
    properties.insert("keyUriWithVersion".into(), format!("{}/{}", uri(vault, key), version.id).into());
    if let Some(policy) = &key.rotation_policy {
        let actions = policy.lifetime_actions.iter().map(
            |(kind, when, span)| json!({"trigger": {*when: span}, "action": {"type": kind.to_lowercase()}}),
        );
        let actions: Vec<Value> = actions.collect();
        properties.insert(
            "rotationPolicy".into(),
            json!({"lifetimeActions": actions, "attributes": {"expiryTime": policy.expiry_time}}),
        );
    }
    let tags: Map<String, Value> =
        version.tags.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    json!({
        "id": casing.write(vault.key_scope(&key.name).as_str()),
        "name": key.name,
        "type": "Microsoft.KeyVault/vaults/keys",
        "location": vault.location,
        "tags": tags,
        "properties": properties,
    })
}

/// A version as a resource of its own.
fn described_version(vault: &Vault, key: &Key, version: &KeyVersion, casing: Casing) -> Value {
    let mut item = described(vault, key, version, casing);
    let id = format!("{}/versions/{}", vault.key_scope(&key.name).as_str(), version.id);
    item["id"] = casing.write(&id).into();
    item["name"] = version.id.as_str().into();
    item["type"] = "Microsoft.KeyVault/vaults/keys/versions".into();
    item
}

fn attributes(vault: &Vault, version: &KeyVersion) -> Value {
    let mut attributes = json!({
        "enabled": version.enabled,
        "created": version.created,
        "updated": version.created,
        "recoveryLevel": vault.recovery_level(version),
        "exportable": false,
    });
    for (name, time) in [("nbf", version.not_before), ("exp", version.expires)] {
        if let Some(time) = time {
            attributes[name] = time.into();
        }
    }
    attributes
}

/// The URI of a key, with the port that only Azure Resource Manager writes.
fn uri(vault: &Vault, key: &Key) -> String {
    format!("https://{}.vault.azure.net:443/keys/{}", vault.name, key.name)
}

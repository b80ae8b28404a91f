//! A vault itself: the challenge, its keys, their versions and their rotation.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::access::{Asker, ok};
use super::{Answered, errors, paging};
use crate::callers::{Audience, Right, Token, issuer};
use crate::http::{Answer, Request};
use crate::tenant::{Azure, DisabledKey, Key, KeyMaterial, KeyVersion, Refusal, Vault};

/// The versions of the interface that are served. All of them have the same shapes.
const VERSIONS: [&str; 5] = ["7.3", "7.4", "7.5", "7.6", "2025-07-01"];

/// The address that every caller comes from.
const CLIENT_ADDRESS: &str = "203.0.113.1";

/// The vault of a host.
pub(super) fn at<'a>(azure: &'a Azure, host: &str) -> Option<&'a Vault> {
    azure.vault_named(host.strip_suffix(".vault.azure.net")?)
}

/// A key's newest version, or the one that is named.
pub(super) fn key(azure: &Azure, request: &Request) -> Answered {
    let segments = request.segments();
    in_vault(azure, request, Right::KeysData, |vault| {
        let key = named(vault, &segments)?;
        let version = match segments.get(2) {
            None => key.versions.last(),
            Some(id) => key.versions.iter().find(|version| version.id.eq_ignore_ascii_case(id)),
        };
        let version = version.ok_or_else(|| not_found(&segments[1..].join("/")))?;
        if !version.enabled && azure.behaviour.disabled_key == DisabledKey::Refused {
            return Err(errors::forbidden("KeyDisabled", "Operation get is not allowed on a disabled key."));
        }
        let mut body = json!({"key": web_key(vault, key, version), "attributes": attributes(vault, version)});
        tag(&mut body, version);
        ok(&body)
    })
}

/// All keys of a vault. Without a token this is the challenge.
pub(super) fn keys(azure: &Azure, request: &Request) -> Answered {
    in_vault(azure, request, Right::KeysData, |vault| {
        let keys = vault.keys.iter().filter_map(|key| {
            let version = key.versions.last()?;
            let mut item = json!({"kid": identifier(vault, key), "attributes": attributes(vault, version)});
            tag(&mut item, version);
            Some(item)
        });
        list(azure, request, keys.collect())
    })
}

/// All versions of a key.
pub(super) fn versions(azure: &Azure, request: &Request) -> Answered {
    in_vault(azure, request, Right::KeysData, |vault| {
        let key = named(vault, &request.segments())?;
        let versions = key.versions.iter().map(|version| {
            let kid = format!("{}/{}", identifier(vault, key), version.id);
            let mut item = json!({"kid": kid, "attributes": attributes(vault, version)});
            tag(&mut item, version);
            item
        });
        list(azure, request, versions.collect())
    })
}

/// How a key is rotated. A key that nobody made a policy for has one that only gives a notice (Key Vault
/// `keys/how-to-configure-key-rotation`).
pub(super) fn rotation_policy(azure: &Azure, request: &Request) -> Answered {
    in_vault(azure, request, Right::RotationPoliciesData, |vault| {
        let key = named(vault, &request.segments())?;
        let id = format!("{}/rotationpolicy", identifier(vault, key));
        let Some(policy) = &key.rotation_policy else {
            let notice = json!({"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Notify"}});
            return ok(&json!({"id": id, "lifetimeActions": [notice], "attributes": {}}));
        };
        let actions = policy.lifetime_actions.iter();
        let actions =
            actions.map(|(kind, when, span)| json!({"trigger": {*when: span}, "action": {"type": kind}}));
        let created = key.versions.first().map_or(0, |version| version.created);
        let mut attributes = json!({"created": created, "updated": created});
        if let Some(expiry) = &policy.expiry_time {
            attributes["expiryTime"] = expiry.as_str().into();
        }
        ok(&json!({"id": id, "lifetimeActions": actions.collect::<Vec<_>>(), "attributes": attributes}))
    })
}

/// Answers in the name of a vault to those who may ask; others get the vault's refusal.
fn in_vault(
    azure: &Azure,
    request: &Request,
    right: Right,
    answer: impl FnOnce(&Vault) -> Answered,
) -> Answered {
    let vault = at(azure, &request.host).ok_or_else(|| not_found(&request.host))?;
    let answered = admit(azure, request, right, vault).and_then(|()| {
        let version = request.parameter("api-version").unwrap_or_default();
        if VERSIONS.contains(&version.as_str()) {
            return answer(vault);
        }
        let message = format!("The api-version '{version}' is missing or not supported.");
        Err(errors::key_vault(400, "BadParameter", &message))
    });
    let say = |answer: Answer| {
        let network = format!("conn_type=Ipv4;addr={CLIENT_ADDRESS};act_addr_fam=InterNetwork;");
        answer
            .header("x-ms-keyvault-region", &vault.location)
            .header("x-ms-keyvault-service-version", "1.9.422.1")
            .header("x-ms-keyvault-network-info", network)
    };
    answered.map(say).map_err(say)
}

/// Whether the vault lets somebody in: by the network, by the token and by the right.
fn admit(azure: &Azure, request: &Request, right: Right, vault: &Vault) -> Result<(), Answer> {
    let asker = request.bearer().and_then(|token| Asker::with(azure, token));
    if vault.block.is_some_and(|block| block.before_the_challenge) {
        return Err(blocked(vault, asker.as_ref().map(|asker| &asker.token)));
    }
    if request.bearer().is_none() {
        return Err(challenge(vault, "AKV10000: Request is missing a Bearer or PoP token."));
    }
    let asker = asker.ok_or_else(|| challenge(vault, "Error validating token: IDX10223."))?;
    let Token { tenant, resource, .. } = &asker.token;
    if !asker.token.is_for(Audience::Vault) {
        let message =
            format!("AKV10022: Invalid audience. Expected https://vault.azure.net, found: {resource}.");
        return Err(challenge(vault, &message));
    }
    if !tenant.eq_ignore_ascii_case(&vault.tenant) {
        let (expected, found) = (issuer(&vault.tenant), issuer(tenant));
        let message = format!("AKV10032: Invalid issuer. Expected one of {expected}, found {found}.");
        return Err(challenge(vault, &message));
    }
    if vault.block.is_some() {
        return Err(blocked(vault, Some(&asker.token)));
    }
    let key = request.segments().get(1).cloned();
    let scope = key.as_deref().map_or_else(|| vault.scope(), |key| vault.key_scope(key));
    if asker.may(right, &scope) {
        return Ok(());
    }
    Err(refused(vault, &asker.token, right, scope.as_str()))
}

/// Asks for a token of the vault's tenant.
fn challenge(vault: &Vault, message: &str) -> Answer {
    let challenge = format!(
        "Bearer authorization=\"https://login.windows.net/{}\", resource=\"https://vault.azure.net\"",
        vault.tenant
    );
    errors::key_vault(401, "Unauthorized", message).header("WWW-Authenticate", challenge)
}

/// The refusal of the vault's network.
fn blocked(vault: &Vault, token: Option<&Token>) -> Answer {
    match vault.block.map(|block| block.refusal) {
        Some(Refusal::Connection) => errors::forbidden(
            "ForbiddenByConnection",
            &format!(
                "Connection is not an approved private link and caller was ignored because bypass is not set to \
                 'AzureServices' and PublicNetworkAccess is set to 'Disabled'.\r\n{}",
                place(vault)
            ),
        ),
        _ => errors::forbidden(
            "ForbiddenByFirewall",
            &format!(
                "Client address is not authorized and caller is not a trusted service.\r\nClient address: \
                 {CLIENT_ADDRESS}\r\nCaller: {}\r\n{}",
                token.map(identity).unwrap_or_default(),
                place(vault)
            ),
        ),
    }
}

/// The refusal of somebody without the right: by role assignments or by access policies, whichever count.
fn refused(vault: &Vault, token: &Token, right: Right, scope: &str) -> Answer {
    let caller = identity(token);
    if vault.rbac_authorization == Some(true) {
        let resource = scope
            .replace("resourceGroups", "resourcegroups")
            .replace("Microsoft.KeyVault", "microsoft.keyvault");
        let message = format!(
            "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role \
             definitions were changed recently, please observe propagation time.\r\nCaller: {caller}\r\nAction: \
             '{}'\r\nResource: '{resource}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: null \
             \r\n{}\r\n",
            right.name(),
            place(vault)
        );
        return errors::forbidden("ForbiddenByRbac", &message);
    }
    let permission = if right == Right::RotationPoliciesData { "getrotationpolicy" } else { "get" };
    let message = format!(
        "The user, group or application '{caller}' does not have keys {permission} permission on key vault \
         '{};location={}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
        vault.name, vault.location
    );
    errors::forbidden("ForbiddenByPolicy", &message)
}

fn identity(token: &Token) -> String {
    format!("appid={};oid={};iss={}", token.application_id, token.object_id, token.issuer())
}

fn place(vault: &Vault) -> String {
    format!("Vault: {};location={}", vault.name, vault.location)
}

/// The key that a path names.
fn named<'a>(vault: &'a Vault, segments: &[String]) -> Result<&'a Key, Answer> {
    let name = segments.get(1).map_or("", String::as_str);
    let key = vault.key_named(name).filter(|key| !key.versions.is_empty());
    key.ok_or_else(|| not_found(name))
}

fn not_found(name: &str) -> Answer {
    let message = format!(
        "A key with (name/id) {name} was not found in this key vault. If you recently deleted this key you may be able \
         to recover it using the correct recovery command. For help resolving this issue, please see \
         https://go.microsoft.com/fwlink/?linkid=2125182"
    );
    errors::key_vault(404, "KeyNotFound", &message)
}

/// A list, whose further pages are at the vault's host with its port.
fn list(azure: &Azure, request: &Request, all: Vec<Value>) -> Answered {
    let page = paging::page_of(azure, all, request, "$skiptoken")?;
    let authority = format!("{}:443", request.host);
    let next = page.next.map(|token| paging::link(request, &authority, "$skiptoken", &token));
    ok(&json!({"value": page.entries, "nextLink": next}))
}

/// The URI of a key, without a version.
fn identifier(vault: &Vault, key: &Key) -> String {
    format!("{}keys/{}", vault.uri(), key.name)
}

/// The public half of a version.
fn web_key(vault: &Vault, key: &Key, version: &KeyVersion) -> Value {
    let mut web_key = json!({
        "kid": format!("{}/{}", identifier(vault, key), version.id),
        "kty": version.material.key_type(),
        "key_ops": version.operations,
    });
    if let Some(modulus) = version.material.modulus() {
        web_key["n"] = BASE64_URL_SAFE_NO_PAD.encode(modulus).into();
        web_key["e"] = "AQAB".into();
    }
    if let KeyMaterial::Ec(curve) | KeyMaterial::EcHsm(curve) = version.material {
        web_key["crv"] = curve.into();
        for coordinate in ["x", "y"] {
            web_key[coordinate] = BASE64_URL_SAFE_NO_PAD.encode([7; 32]).into();
        }
    }
    web_key
}

/// When a version may be used, and what becomes of it when it is deleted.
fn attributes(vault: &Vault, version: &KeyVersion) -> Value {
    let mut attributes = Map::new();
    attributes.insert("enabled".into(), version.enabled.into());
    for (name, time) in [("nbf", version.not_before), ("exp", version.expires)] {
        attributes.extend(time.map(|time| (name.to_owned(), time.into())));
    }
    attributes.insert("created".into(), version.created.into());
    attributes.insert("updated".into(), version.created.into());
    attributes.insert("recoveryLevel".into(), vault.recovery_level(version).into());
    attributes.insert("recoverableDays".into(), 90.into());
    attributes.insert("exportable".into(), false.into());
    attributes.insert("hsmPlatform".into(), version.material.hsm_platform().into());
    attributes.into()
}

/// Its tags, and whether a certificate manages it; left out where there is nothing to say.
fn tag(body: &mut Value, version: &KeyVersion) {
    if !version.tags.is_empty() {
        body["tags"] =
            version.tags.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    }
    if version.managed {
        body["managed"] = true.into();
    }
}

//! Which keys of a plan are OpenAI's: those at which its service principal has a role, before the change or after it, or
//! those that are named.

use super::principal::{self, Principal};
use super::reader::Reader;
use crate::evidence::Missing;
use crate::target::InvalidInput;
use crate::target::azure::{KeyName, ObjectId, Scope, VaultUri};
use crate::terraform::Refused;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Planned, Side};
use crate::terraform::traversal::{NotATraversal, Traversal};
use crate::text::inert;

const KEY: &str = "azurerm_key_vault_key";
const MANAGED_HSM_KEY: &str = "azurerm_key_vault_managed_hardware_security_module_key";

/// A key that is registered, or is to be.
#[derive(Debug, Clone)]
pub(super) enum Target<'a> {
    /// A resource or data source of the plan.
    Resource(&'a Instance),
    /// One that an assignment names and that stands elsewhere, by its resource id.
    Id(Scope),
    /// One that is named, and stands elsewhere.
    Named,
}

impl Target<'_> {
    /// Whether it tells more of a key than another one: what becomes of a key that is there more than what is made under
    /// its name, a resource more than a data source, and that more than an id.
    pub(super) fn tells_more_than(&self, other: &Self) -> bool {
        let rank = |target: &Self| match target {
            Self::Resource(key) if key.kind.data => 1,
            Self::Resource(key) if key.is_made() => 2,
            Self::Resource(_) => 3,
            Self::Id(_) | Self::Named => 0,
        };
        rank(self) > rank(other)
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Resource(one), Self::Resource(other)) => one.address == other.address,
            (Self::Id(one), Self::Id(other)) => one == other,
            (Self::Named, Self::Named) => true,
            _ => false,
        }
    }
}

/// The keys at which OpenAI's service principal has a role, after the change or before it. Where it has none at any key,
/// those of the plan that are named as OpenAI wants it.
pub(super) fn found<'a>(planned: &'a Planned<'a>, given: Option<ObjectId>) -> Vec<Target<'a>> {
    let mut targets: Vec<Target<'a>> = Vec::new();
    let mut add = |target: Target<'a>| {
        if !targets.iter().any(|known| known.is(&target)) {
            targets.push(target);
        }
    };
    let sides = [Side::After, Side::Before].map(|side| Reader::of(planned, side, given));
    for reader in &sides {
        for principal in principal::all(reader) {
            named_by(reader, &principal).into_iter().for_each(&mut add);
        }
    }
    if targets.is_empty() {
        for reader in &sides {
            let is_there = principal::all(reader).iter().any(|principal| !principal.instances.is_empty());
            let keys = reader.there_or_read(KEY).filter(|key| is_there && is_openais(reader, key));
            for key in keys {
                if !targets.iter().any(|known| known.is(&Target::Resource(key))) {
                    targets.push(Target::Resource(key));
                }
            }
        }
    }
    targets
}

/// Whether a key is named as OpenAI wants it.
fn is_openais<'a>(reader: &Reader<'a>, key: &'a Instance) -> bool {
    let name = reader.aside().need(key, "name").ok().and_then(|name| name.parse::<KeyName>().ok());
    name.is_some_and(|name| name.acceptable().is_ok())
}

/// The keys that the principal's assignments name.
pub(super) fn named_by<'a>(reader: &Reader<'a>, principal: &Principal<'a>) -> Vec<Target<'a>> {
    let assignments = reader.there("azurerm_role_assignment");
    assignments.filter(|one| is_meant(reader, one, principal)).flat_map(|one| keys_of(reader, one)).collect()
}

/// Whether an assignment is meant for the principal, be it that the id of its application, or its path, stands there.
fn is_meant<'a>(reader: &Reader<'a>, assignment: &'a Instance, principal: &Principal<'a>) -> bool {
    const ATTRIBUTE: &str = "principal_id";
    if let Ok(text) = reader.aside().need(assignment, ATTRIBUTE) {
        let last = text.rsplit('/').next().unwrap_or_default();
        return last.parse() == Ok(principal.id) || principal::is_application(last);
    }
    references(reader, assignment, ATTRIBUTE).iter().any(|one| principal.is_instance(one))
}

/// The resources that an attribute refers to, whatever is made of them.
fn references<'a>(reader: &Reader<'a>, instance: &Instance, attribute: &str) -> Vec<&'a Instance> {
    let document = reader.planned.document;
    let resource = document.configured(instance);
    let Some(expression) = resource.and_then(|resource| resource.expressions.get(attribute)) else {
        return Vec::new();
    };
    let joined = document.joined(instance, expression).unwrap_or_default();
    joined.into_iter().flat_map(|one| one.instances).collect()
}

/// The keys that an assignment names: the one that its scope is at, or those below it.
fn keys_of<'a>(reader: &Reader<'a>, assignment: &'a Instance) -> Vec<Target<'a>> {
    let referred = references(reader, assignment, "scope");
    let keys = referred.iter().filter(|one| one.kind.name == KEY && one.is_there(reader.side));
    let keys: Vec<Target<'a>> = keys.map(|key| Target::Resource(key)).collect();
    if !keys.is_empty() {
        return keys;
    }
    let aside = reader.aside();
    let Ok(text) = aside.need(assignment, "scope") else {
        let below = |key: &&Instance| {
            let vault = aside.vault_of(key);
            vault.is_some_and(|vault| referred.iter().any(|one| one.address == vault.address))
        };
        return openais_or_all(reader, reader.there_or_read(KEY).filter(below).collect());
    };
    let Ok(scope) = text.parse::<Scope>() else {
        // The key's address at the vault, with its version or without.
        let is_at = |key: &&Instance| {
            let uri = aside.need(key, "versionless_id").unwrap_or_default();
            !uri.is_empty() && text.to_ascii_lowercase().starts_with(&uri.to_ascii_lowercase())
        };
        return reader.there_or_read(KEY).filter(is_at).map(Target::Resource).collect();
    };
    let id = |key: &&'a Instance| {
        let vault = aside.scope(key, "key_vault_id").ok()?;
        Some(vault.child(&format!("keys/{}", aside.need(key, "name").ok()?)))
    };
    let with_ids = reader.there_or_read(KEY).filter_map(|key| Some((key, id(&key)?)));
    let with_ids: Vec<(&Instance, Scope)> = with_ids.collect();
    if let Some((key, _)) = with_ids.iter().find(|(_, id)| scope.is_within(id)) {
        return vec![Target::Resource(key)];
    }
    if let Some(id) = key_id(&scope) {
        let destroyed =
            reader.planned.of_kind(KEY).find(|key| !key.is_there(reader.side) && had_id(reader, key, &id));
        return vec![destroyed.map_or(Target::Id(id), Target::Resource)];
    }
    openais_or_all(
        reader,
        with_ids.iter().filter(|(_, id)| id.is_within(&scope)).map(|(key, _)| *key).collect(),
    )
}

/// Whether a key that the plan destroys had this id.
fn had_id<'a>(reader: &Reader<'a>, key: &'a Instance, id: &Scope) -> bool {
    let before = Reader::of(reader.planned, Side::Before, reader.given);
    let vault = before.scope(key, "key_vault_id");
    let own = vault.and_then(|vault| Ok(vault.child(&format!("keys/{}", before.need(key, "name")?))));
    own.is_ok_and(|own| own == *id)
}

/// A role at a vault, or above it, is meant for the keys that are named as OpenAI wants it; where none is, for any.
fn openais_or_all<'a>(reader: &Reader<'a>, keys: Vec<&'a Instance>) -> Vec<Target<'a>> {
    let openais: Vec<&Instance> = keys.iter().copied().filter(|key| is_openais(reader, key)).collect();
    let meant = if openais.is_empty() { keys } else { openais };
    meant.into_iter().map(Target::Resource).collect()
}

/// The id of the key that a scope is at, or of whose version.
fn key_id(scope: &Scope) -> Option<Scope> {
    let segments: Vec<&str> = scope.as_str().split('/').collect();
    let [_, subscriptions, _, _, _, _, _, vaults, _, keys, _, ..] = segments.as_slice() else { return None };
    let is = |segment: &str, word: &str| segment.eq_ignore_ascii_case(word);
    let of_key = is(subscriptions, "subscriptions") && is(vaults, "vaults") && is(keys, "keys");
    of_key.then(|| segments.get(..11)?.join("/").parse().ok()).flatten()
}

/// The key at an address. Where its vault or its name is given as well they must be the key's.
pub(super) fn at<'a>(
    planned: &'a Planned<'a>,
    given: &str,
    vault: Option<&VaultUri>,
    name: Option<&KeyName>,
) -> Result<Target<'a>, Refused> {
    let keys: Vec<String> =
        all_keys(planned).map(|key| format!("`{}`", inert(&key.address.to_string()))).collect();
    let expected = match keys.as_slice() {
        [] => "a plan with an `azurerm_key_vault_key`".to_owned(),
        _ => format!("one of {}", keys.join(", ")),
    };
    let refused = |problem: String, expected: String| {
        Refused::Input(InvalidInput {
            option: "--key-address".into(),
            given: given.into(),
            problem,
            expected,
        })
    };
    let address: Traversal =
        given.parse().map_err(|problem: NotATraversal| refused(problem.to_string(), expected.clone()))?;
    let key = match planned.document.instances.get(&address) {
        Some(instance) if instance.kind.name == KEY => instance,
        Some(_) => return Err(refused("it is no key".into(), expected)),
        None => return Err(refused("the plan holds no such resource".into(), expected)),
    };
    let sides = [Side::After, Side::Before].into_iter().filter(|side| key.is_there(*side));
    let readers: Vec<Reader<'_>> = sides.map(|side| Reader::of(planned, side, None)).collect();
    let names: Vec<String> = readers.iter().filter_map(|reader| reader.need(key, "name").ok()).collect();
    if let (Some(name), Some(own)) = (name, names.first())
        && !names.iter().any(|own| own.eq_ignore_ascii_case(&name.to_string()))
    {
        let expected = "the key's own name, or none beside its address (--key-name)";
        return Err(refused(format!("the key is named `{}`", inert(own)), expected.into()));
    }
    let vaults: Vec<VaultUri> = readers.iter().filter_map(|reader| own_vault_uri(reader, key).ok()).collect();
    if let (Some(vault), Some(own)) = (vault, vaults.first())
        && !vaults.contains(vault)
    {
        let expected = "the URI of the key's own vault, or none beside its address (--vault-uri)";
        return Err(refused(format!("the key is in `{own}`"), expected.into()));
    }
    Ok(Target::Resource(key))
}

fn all_keys<'a>(planned: &'a Planned<'a>) -> impl Iterator<Item = &'a Instance> {
    planned.of_kind(KEY).chain(planned.of_kind("data.azurerm_key_vault_key"))
}

/// The keys of the plan with this name, in the vault with this URI, as far as either is named.
pub(super) fn with<'a>(
    planned: &'a Planned<'a>,
    given: Option<ObjectId>,
    vault: Option<&VaultUri>,
    name: Option<&KeyName>,
) -> Vec<Target<'a>> {
    let sides = [Side::After, Side::Before].map(|side| Reader::of(planned, side, given));
    // `or` is what is said of a key whose name or vault is not known.
    let is_one = |key: &'a Instance, or: bool| {
        sides.iter().filter(|reader| key.is_there(reader.side)).any(|reader| {
            let same_name = name.is_none_or(|name| {
                let own = reader.need(key, "name");
                own.map_or(or, |own| own.eq_ignore_ascii_case(&name.to_string()))
            });
            let same_vault =
                vault.is_none_or(|vault| own_vault_uri(reader, key).map_or(or, |own| own == *vault));
            same_name && same_vault
        })
    };
    let mut keys: Vec<&Instance> = all_keys(planned).filter(|key| is_one(key, false)).collect();
    // What is named by both may as well stand elsewhere.
    if keys.is_empty() && (vault.is_none() || name.is_none()) {
        keys = all_keys(planned).filter(|key| is_one(key, true)).collect();
    }
    // A data source beside the resource is the same key.
    let resources: Vec<&Instance> = keys.iter().copied().filter(|key| !key.kind.data).collect();
    let keys = if resources.is_empty() { keys } else { resources };
    keys.into_iter().map(Target::Resource).collect()
}

/// The URI of the vault that a key is in. Where nothing tells it is the plan's only vault that is registered; whether the
/// key is in it stays open.
pub(super) fn vault_uri<'a>(reader: &Reader<'a>, key: &'a Instance) -> Result<VaultUri, Missing> {
    own_vault_uri(reader, key).or_else(|missing| {
        let vaults: Vec<&Instance> = reader.there("azurerm_key_vault").collect();
        match vaults.as_slice() {
            [only] => super::vault::uri(reader, only),
            _ => Err(missing),
        }
    })
}

fn own_vault_uri<'a>(reader: &Reader<'a>, key: &'a Instance) -> Result<VaultUri, Missing> {
    if let Some(vault) = reader.vault_of(key) {
        return super::vault::uri(reader, vault);
    }
    // The key's own address begins with it.
    if let Some(uri) = key.text(reader.side, "versionless_id").and_then(|id| id.split_once("/keys/"))
        && let Ok(uri) = uri.0.parse()
    {
        return Ok(uri);
    }
    let id = reader.scope(key, "key_vault_id")?;
    reader.public_uri(key, id.as_str().rsplit('/').next().unwrap_or_default())
}

/// The keys of the plan, each with its name and vault, for people.
pub(super) fn described<'a>(planned: &'a Planned<'a>, given: Option<ObjectId>) -> Vec<String> {
    let sides = [Side::After, Side::Before].map(|side| Reader::of(planned, side, given));
    all_keys(planned)
        .filter_map(|key| {
            let reader = sides.iter().find(|reader| key.is_there(reader.side))?;
            let mut said = format!("`{}`", inert(&key.address.to_string()));
            if let Ok(name) = reader.need(key, "name") {
                said.push_str(&format!(" named `{}`", inert(&name)));
            }
            if let Ok(uri) = own_vault_uri(reader, key) {
                let symbols = planned.symbols.all();
                let stands_in = symbols.iter().find(|symbol| uri.to_string().contains(&symbol.text));
                said.push_str(&stands_in.map_or_else(
                    || format!(" in `{uri}`"),
                    |symbol| format!(" in a vault that has its name from `{}`", inert(&symbol.stands_for)),
                ));
            }
            Some(said)
        })
        .collect()
}

/// A key of a Managed HSM at which OpenAI's service principal has a role, or that is named as OpenAI wants it.
pub(super) fn in_managed_hsm<'a>(planned: &'a Planned<'a>, given: Option<ObjectId>) -> Option<&'a Instance> {
    let reader = Reader::of(planned, Side::After, given);
    let principals = principal::all(&reader);
    if principals.is_empty() {
        return None;
    }
    reader.there(MANAGED_HSM_KEY).find(|key| is_openais(&reader, key))
}

//! The key in a plan.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::other_hands;
use super::over::{Alike, contradicted, contradiction, there_already};
use super::reader::{Reader, not_shown};
use super::sight::{Seen, Sight};
use super::{gone, under_or};
use crate::evidence::azure::{Key, KeyVersion, LifetimeAction, RotationPolicy, SeenKey};
use crate::evidence::{Item, Missing};
use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, outside, place};

/// Another resource that writes the same key.
fn twin<'a>(sight: &Sight<'a>, key: &'a Instance) -> Option<&'a Instance> {
    let (reader, id) = (&sight.reader, sight.key_id().ok()?);
    let aside = reader.aside();
    let is_it = |one: &&'a Instance| {
        let own = aside.scope(one, "key_vault_id").ok().zip(aside.need(one, "name").ok());
        one.address != key.address
            && own.is_some_and(|(vault, name)| vault.child(&format!("keys/{name}")) == id)
    };
    reader.there("azurerm_key_vault_key").find(is_it)
}

/// A resource of the provider for Azure's own interface that changes the key, or may.
pub(super) fn changed_otherwise<'a>(sight: &Sight<'a>) -> Option<&'a Instance> {
    let there = matches!(sight.key, Seen::There(_) | Seen::Elsewhere);
    let id = sight.key_id().ok().filter(|_| there);
    let registered = &sight.registration;
    let address = format!("{}/keys/{}", registered.vault_uri.host(), registered.key_name);
    let by_id = id.and_then(|id| {
        other_hands::changes(&sight.reader, "Microsoft.KeyVault/vaults/keys", |other| *other == id)
    });
    by_id.or_else(|| other_hands::in_vault(&sight.reader, &address))
}

/// The key's current version.
pub(super) fn seen(sight: &Sight<'_>) -> Item<SeenKey> {
    if let Some(other) = changed_otherwise(sight) {
        return Item::Missing(other_hands::not_read(other, "the key", "azurerm_key_vault_key"));
    }
    let key = match sight.key {
        Seen::Elsewhere => {
            return under_or(sight.under.key().map(|live| &live.key), || not_in_plan("the key"));
        }
        Seen::Gone(key) => return gone(key),
        // A data source shows no dates.
        Seen::There(key) if key.kind.data => return read(sight, key),
        Seen::There(key) => key,
    };
    if key.is_made() && sight.under.key().is_some_and(|live| live.key.known().is_some()) {
        return Item::Missing(there_already(key));
    }
    if let Some(twin) = twin(sight, key) {
        return Item::Missing(Missing::after_apply(
            twin.address.to_string(),
            format!(
                "it is the same key as `{}`, and which comes last can't be told: write it once",
                key.address
            ),
        ));
    }
    let shown = match in_vault(sight, key).and_then(|()| shown(&sight.reader, key)) {
        Ok(shown) => shown,
        Err(missing) => return Item::Missing(missing),
    };
    if sight.reader.is_new(key) {
        return Item::Collected(SeenKey::Shown(shown));
    }
    // azurerm has no attribute for it: a key that it makes is enabled, and may have been disabled since.
    match sight.under.key().map(|live| &live.key) {
        Some(Item::Absent(_)) if sight.under.is_newer() => Item::Missing(contradicted(key, "")),
        Some(Item::Collected(SeenKey::Disabled)) => Item::Collected(SeenKey::Disabled),
        Some(Item::Collected(SeenKey::Shown(live))) => {
            let found =
                self::shown(&Reader::of(sight.reader.planned, Side::Refreshed, sight.reader.given), key);
            if sight.under.is_newer()
                && let Ok(found) = found
                && let Some(attribute) = contradiction(ATTRIBUTES, live, &found, &shown)
            {
                return Item::Missing(contradicted(key, attribute));
            }
            let recovery_level = live.recovery_level.clone();
            Item::Collected(SeenKey::Shown(Key { enabled: live.enabled, recovery_level, ..shown }))
        }
        _ => Item::Partial {
            known: SeenKey::Shown(shown),
            missing: Missing {
                detail: "whether the key is enabled is in no plan (see --over)".into(),
                ..outside(&key.address.to_string(), "")
            },
        },
    }
}

/// A key that the plan reads: its dates, and whether it is enabled, live evidence tells.
fn read<'a>(sight: &Sight<'a>, key: &'a Instance) -> Item<SeenKey> {
    let live = under_or(sight.under.key().map(|live| &live.key), || {
        outside(&key.address.to_string(), "the key's dates, and whether it is enabled,")
    });
    let Item::Collected(SeenKey::Shown(live)) = live else { return live };
    let reader = &sight.reader;
    let kind = reader.need(key, "key_type").unwrap_or_else(|_| live.kind.clone());
    let operations = reader.texts(key, "key_opts").unwrap_or_else(|_| live.operations.clone());
    let found = Key { kind, operations, ..live.clone() };
    match contradiction(ATTRIBUTES, &live, &found, &found) {
        Some(attribute) if sight.under.is_newer() => Item::Missing(contradicted(key, attribute)),
        _ => Item::Collected(SeenKey::Shown(found)),
    }
}

/// What decides about calls, attribute by attribute, and whether two keys are alike in it.
const ATTRIBUTES: &[Alike<Key>] = &[
    ("key_type", |one, other| one.kind.eq_ignore_ascii_case(&other.kind)),
    ("key_opts", |one, other| operations(one) == operations(other)),
    ("key_size", |one, other| one.bits.zip(other.bits).is_none_or(|(one, other)| one == other)),
    ("not_before_date", |one, other| one.not_before == other.not_before),
    ("expiration_date", |one, other| one.expires == other.expires),
];

fn operations(key: &Key) -> BTreeSet<String> {
    key.operations.iter().map(|operation| operation.to_ascii_lowercase()).collect()
}

/// That the key is in the vault that is registered.
fn in_vault<'a>(sight: &Sight<'a>, key: &'a Instance) -> Result<(), Missing> {
    let of_key = sight.reader.scope(key, "key_vault_id")?;
    if of_key == sight.vault_id.clone()? {
        return Ok(());
    }
    Err(not_shown(
        key,
        "key_vault_id",
        &format!("it is in the vault `{of_key}`, which is not the registered one"),
    ))
}

fn shown<'a>(reader: &Reader<'a>, key: &'a Instance) -> Result<Key, Missing> {
    Ok(Key {
        version: reader.need(key, "version")?,
        kind: reader.need(key, "key_type")?,
        operations: reader.texts(key, "key_opts")?,
        bits: bits(reader, key)?,
        enabled: true,
        not_before: date(reader, key, "not_before_date")?,
        expires: date(reader, key, "expiration_date")?,
        recovery_level: None,
    })
}

/// The key's length, which keys on curves don't have.
fn bits(reader: &Reader<'_>, key: &Instance) -> Result<Option<u32>, Missing> {
    match key.attribute(reader.side, "key_size") {
        Some(Attribute::Number(number)) => {
            let bits = number.as_u64().and_then(|bits| u32::try_from(bits).ok());
            bits.map(Some).ok_or_else(|| not_shown(key, "key_size", "it is no number of bits"))
        }
        None | Some(Attribute::Null | Attribute::Unknown) => Ok(None),
        Some(_) => Err(not_shown(key, "key_size", "it is no number")),
    }
}

/// A date, which data sources don't show.
fn date<'a>(reader: &Reader<'a>, key: &'a Instance, attribute: &str) -> Result<Option<Timestamp>, Missing> {
    let text = reader.text(key, attribute)?.filter(|text| !text.is_empty());
    let parsed = text.map(|text| text.parse::<Timestamp>().map_err(|_| text)).transpose();
    parsed.map_err(|text| not_shown(key, attribute, &format!("`{text}` is no date")))
}

/// The key's versions: of a new key the first, of others those that live evidence shows.
pub(super) fn versions(sight: &Sight<'_>) -> Item<Vec<KeyVersion>> {
    let live = sight.under.key().map(|live| &live.key_versions);
    match sight.key {
        Seen::Gone(key) => gone(key),
        Seen::There(key) if sight.reader.is_new(key) => match sight.reader.need(key, "version") {
            Ok(version) => Item::Collected(vec![KeyVersion { version, enabled: true, created: None }]),
            Err(missing) => Item::Missing(missing),
        },
        Seen::There(key) => under_or(live, || outside(&key.address.to_string(), "other versions of the key")),
        Seen::Elsewhere => under_or(live, || not_in_plan("the key")),
    }
}

/// The key's rotation policy.
pub(super) fn rotation_policy(sight: &Sight<'_>) -> Item<RotationPolicy> {
    let live = sight.under.key().map(|live| &live.key_rotation_policy);
    let key = match sight.key {
        Seen::Elsewhere => return under_or(live, || not_in_plan("the key")),
        Seen::Gone(key) => return gone(key),
        Seen::There(key) => key,
    };
    let reader = &sight.reader;
    let shown = match rotation(reader, key) {
        Ok(Some(shown)) => shown,
        Ok(None) => return under_or(live, || outside(&place(key, ROTATION), "a rotation policy")),
        Err(missing) => return Item::Missing(missing),
    };
    let found = rotation(&Reader::of(reader.planned, Side::Refreshed, reader.given), key).ok().flatten();
    let live = live.filter(|_| sight.under.is_newer() && !reader.is_new(key)).and_then(Item::collected);
    let alike: &[Alike<RotationPolicy>] = &[(ROTATION, rotates_alike)];
    match live.zip(found).and_then(|(live, found)| contradiction(alike, live, &found, &shown)) {
        Some(attribute) => Item::Missing(contradicted(key, attribute)),
        None => Item::Collected(shown),
    }
}

const ROTATION: &str = "rotation_policy";

/// Whether two policies make new versions at the same times.
fn rotates_alike(one: &RotationPolicy, other: &RotationPolicy) -> bool {
    let rotates = |policy: &RotationPolicy| -> Vec<LifetimeAction> {
        let actions = policy.actions.iter().filter(|one| one.action.eq_ignore_ascii_case("Rotate"));
        actions.map(|one| LifetimeAction { action: String::new(), ..one.clone() }).collect()
    };
    rotates(one) == rotates(other) && one.expiry_time == other.expiry_time
}

/// The rotation policy that a key of the plan shows; none where its provider has no such attribute.
fn rotation(reader: &Reader<'_>, key: &Instance) -> Result<Option<RotationPolicy>, Missing> {
    const ATTRIBUTE: &str = ROTATION;
    let policy = match key.attribute(reader.side, ATTRIBUTE) {
        None => return Ok(None),
        Some(Attribute::Null) => Ok(Vec::new()),
        Some(Attribute::List(blocks)) if blocks.iter().all(Attribute::is_known) => blocks
            .iter()
            .map(|block| block.object().and_then(actions))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| not_shown(key, ATTRIBUTE, "it is no rotation policy")),
        // It is computed where it is not set: a new key has none that rotates then (Key Vault
        // how-to-configure-key-rotation).
        Some(Attribute::Unknown) if reader.is_new(key) && !reader.is_set(key, ATTRIBUTE) => Ok(Vec::new()),
        Some(_) => Err(reader.after_apply(key, ATTRIBUTE)),
    };
    let (actions, expiry): (Vec<_>, Vec<_>) = policy?.into_iter().unzip();
    Ok(Some(RotationPolicy {
        actions: actions.into_iter().flatten().collect(),
        expiry_time: expiry.into_iter().flatten().next(),
    }))
}

/// The actions of a `rotation_policy` block, and how long a new version lasts (azurerm documentation,
/// `azurerm_key_vault_key`).
fn actions(block: &Object) -> Option<(Vec<LifetimeAction>, Option<String>)> {
    let text = |of: &Object, name: &str| of.get(name).and_then(Attribute::text).map(str::to_owned);
    let mut actions = Vec::new();
    match block.get("automatic") {
        None | Some(Attribute::Null) => {}
        Some(automatic) => {
            for one in automatic.list()? {
                let one = one.object()?;
                actions.push(LifetimeAction {
                    action: "Rotate".into(),
                    time_after_create: text(one, "time_after_creation"),
                    time_before_expiry: text(one, "time_before_expiry"),
                });
            }
        }
    }
    if let Some(before) = text(block, "notify_before_expiry") {
        actions.push(LifetimeAction {
            action: "Notify".into(),
            time_after_create: None,
            time_before_expiry: Some(before),
        });
    }
    Some((actions, text(block, "expire_after")))
}

fn not_in_plan(what: &str) -> Missing {
    outside("azurerm_key_vault_key", what)
}

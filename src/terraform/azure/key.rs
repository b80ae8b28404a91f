//! The key in a plan.

use jiff::Timestamp;

use super::reader::{Reader, not_shown};
use super::sight::{Seen, Sight};
use super::{gone, under_or};
use crate::evidence::azure::{Key, KeyVersion, LifetimeAction, RotationPolicy, SeenKey};
use crate::evidence::{Item, Missing};
use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::instances::Instance;
use crate::terraform::planned::{outside, place};

/// The key's current version.
pub(super) fn seen(sight: &Sight<'_>) -> Item<SeenKey> {
    let key = match sight.key {
        Seen::Elsewhere => {
            return under_or(sight.under.key().map(|live| &live.key), || not_in_plan("the key"));
        }
        Seen::Gone(key) => return gone(key),
        // A data source shows no dates.
        Seen::There(key) if key.kind.data => {
            let what = "the key's dates, and whether it is enabled,";
            return under_or(sight.under.key().map(|live| &live.key), || {
                outside(&key.address.to_string(), what)
            });
        }
        Seen::There(key) => key,
    };
    let shown = match in_vault(sight, key).and_then(|()| shown(&sight.reader, key)) {
        Ok(shown) => shown,
        Err(missing) => return Item::Missing(missing),
    };
    if sight.reader.is_new(key) {
        return Item::Collected(SeenKey::Shown(shown));
    }
    // azurerm has no attribute for it: a key that it makes is enabled, and may have been disabled since.
    match sight.under.key().map(|live| &live.key) {
        Some(Item::Collected(SeenKey::Disabled)) => Item::Collected(SeenKey::Disabled),
        Some(Item::Collected(SeenKey::Shown(live))) => {
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
    const ATTRIBUTE: &str = "rotation_policy";
    let policy = match key.attribute(sight.reader.side, ATTRIBUTE) {
        None => return under_or(live, || outside(&place(key, ATTRIBUTE), "a rotation policy")),
        Some(Attribute::Null) => Ok(Vec::new()),
        Some(Attribute::List(blocks)) if blocks.iter().all(Attribute::is_known) => blocks
            .iter()
            .map(|block| block.object().and_then(actions))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| not_shown(key, ATTRIBUTE, "it is no rotation policy")),
        // It is computed where it is not set: a new key has none that rotates then (Key Vault
        // how-to-configure-key-rotation).
        Some(Attribute::Unknown) if sight.reader.is_new(key) && !sight.reader.is_set(key, ATTRIBUTE) => {
            Ok(Vec::new())
        }
        Some(_) => Err(sight.reader.after_apply(key, ATTRIBUTE)),
    };
    match policy {
        Ok(policies) => {
            let (actions, expiry): (Vec<_>, Vec<_>) = policies.into_iter().unzip();
            Item::Collected(RotationPolicy {
                actions: actions.into_iter().flatten().collect(),
                expiry_time: expiry.into_iter().flatten().next(),
            })
        }
        Err(missing) => Item::Missing(missing),
    }
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

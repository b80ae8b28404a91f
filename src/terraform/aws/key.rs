//! The key: its kind and state.

use jiff::Timestamp;

use super::made::known_after;
use super::reader::{Reader, not_shown, unreadable};
use super::role::not_in_plan;
use crate::evidence::aws::{EvidenceKey, Key, Rotation};
use crate::evidence::plan::ChangeAction;
use crate::evidence::{Absent, Item, Missing};
use crate::target::arn::Arn;
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, place};

/// The key that is registered, or that stands behind the alias that is, on one side of the change.
#[derive(Debug, Clone)]
pub(super) enum KeySubject<'a> {
    /// A resource of the plan.
    Resource {
        /// The key's own ARN.
        arn: Arn,
        /// The resource.
        instance: &'a Instance,
        /// Whether the apply schedules it for deletion.
        destroyed: bool,
    },
    /// In no resource of the plan.
    Outside(Arn),
    /// There is none: the alias that leads to it is not there.
    Absent(Absent),
    /// It can't be told which.
    Unknown(Missing),
}

/// What KMS makes where nothing else is asked for (KMS API, CreateKey).
const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";
const ENCRYPT_DECRYPT: &str = "ENCRYPT_DECRYPT";

/// How many replicas may lead from one key to the next.
const DEEPEST: usize = 4;

impl<'a> KeySubject<'a> {
    /// The key's own ARN.
    pub(super) fn arn(&self) -> Option<&Arn> {
        match self {
            Self::Resource { arn, .. } | Self::Outside(arn) => Some(arn),
            Self::Absent(_) | Self::Unknown(_) => None,
        }
    }

    /// The resource that it is.
    pub(super) fn instance(&self) -> Option<&'a Instance> {
        match self {
            Self::Resource { instance, .. } => Some(instance),
            _ => None,
        }
    }

    /// What stands behind a key that is not there or not known.
    pub(super) fn nothing<T>(&self) -> Option<Item<T>> {
        match self {
            Self::Absent(absent) => Some(Item::Absent(absent.clone())),
            Self::Unknown(missing) => Some(Item::Missing(missing.clone())),
            Self::Resource { .. } | Self::Outside(_) => None,
        }
    }
}

impl<'a> Reader<'a> {
    /// The key that a resource is, where its own ARN is the one given: as it will be, or as it was where the apply
    /// destroys it.
    pub(super) fn key_of(&self, instance: &'a Instance, arn: &Arn) -> Option<KeySubject<'a>> {
        let resource = |destroyed| KeySubject::Resource { arn: arn.clone(), instance, destroyed };
        if instance.is_there(self.side) && self.key_arn(instance, DEEPEST).is_ok_and(|own| own == *arn) {
            return Some(resource(false));
        }
        let was = self.on(if self.side == Side::After { Side::Before } else { Side::After });
        let is_it =
            instance.is_there(was.side) && was.key_arn(instance, DEEPEST).is_ok_and(|own| own == *arn);
        // What is not there any more, and is in the plan, was deleted outside of Terraform.
        let gone = matches!(instance.action, Some(ChangeAction::Delete | ChangeAction::Replace))
            || instance.before.is_none();
        match self.side {
            Side::After => (is_it && gone).then(|| resource(true)),
            // It is yet to be made.
            Side::Before | Side::Refreshed => is_it.then(|| KeySubject::Absent(self.absent(instance))),
        }
    }

    /// The key's metadata.
    pub(super) fn key(&self, subject: &KeySubject<'a>) -> Item<Key> {
        let id = subject.arn().map(|arn| arn.resource().trim_start_matches("key/"));
        if let Some(missing) = id.and_then(|id| self.by_other_hands(EvidenceKey::Key, id)) {
            return Item::Missing(missing);
        }
        match subject {
            KeySubject::Resource { arn, instance, destroyed } => {
                self.fill(EvidenceKey::Key, instance, "");
                let reader = if *destroyed { self.on(Side::Before) } else { *self };
                match reader.key_attributes(instance, arn.clone()) {
                    // Terraform has KMS delete the key after its waiting period, in which it can't be used (KMS
                    // Developer Guide, "Deleting AWS KMS keys").
                    Ok(key) if *destroyed => Item::Collected(Key { state: "PendingDeletion".into(), ..key }),
                    Ok(key) => Item::Collected(key),
                    Err(missing) => Item::Missing(missing),
                }
            }
            KeySubject::Outside(arn) => match self.live.of_key(arn) {
                Some(live) => live.key.clone(),
                None => Item::Missing(not_in_plan(arn, "key")),
            },
            KeySubject::Absent(absent) => Item::Absent(absent.clone()),
            KeySubject::Unknown(missing) => Item::Missing(missing.clone()),
        }
    }

    fn key_attributes(&self, key: &'a Instance, arn: Arn) -> Result<Key, Missing> {
        if key.kind.data {
            return self.key_read(key, arn);
        }
        match key.kind.name {
            "aws_kms_key" => self.key_made(key, arn),
            "aws_kms_external_key" => self.key_imported(key, arn),
            _ => self.key_replicated(key, arn),
        }
    }

    fn key_made(&self, key: &'a Instance, arn: Arn) -> Result<Key, Missing> {
        let enabled = self.truth(key, "is_enabled", true)?;
        let store = self.store(key, "custom_key_store_id")?;
        let external = self.store(key, "xks_key_id")?.is_some();
        let origin = match (&store, external) {
            (None, _) => "AWS_KMS",
            (Some(_), false) => "AWS_CLOUDHSM",
            (Some(_), true) => "EXTERNAL_KEY_STORE",
        };
        let multi_region = self.is_multi_region(key)?;
        Ok(Key {
            arn,
            spec: self.word(key, "customer_master_key_spec", SYMMETRIC)?,
            usage: self.word(key, "key_usage", ENCRYPT_DECRYPT)?,
            state: if enabled { "Enabled" } else { "Disabled" }.into(),
            origin: origin.into(),
            manager: "CUSTOMER".into(),
            multi_region,
            multi_region_type: multi_region.then(|| "PRIMARY".into()),
            custom_key_store: store,
            material_expires: None,
            deletion_date: None,
        })
    }

    /// A key store. A provider that knows none makes no key in one.
    fn store(&self, key: &'a Instance, attribute: &str) -> Result<Option<String>, Missing> {
        match key.attribute(self.side, attribute) {
            Some(Attribute::Text(id)) => Ok(Some(id.clone()).filter(|id| !id.is_empty())),
            Some(Attribute::Null) => Ok(None),
            None if self.is_new(key) => Ok(None),
            Some(Attribute::Unknown) if self.is_left_out(key, attribute) => Ok(None),
            Some(Attribute::Unknown) => {
                Err(known_after(key, attribute, "something that the plan does not show"))
            }
            Some(_) => Err(unreadable(key, attribute, "a text")),
            None => Err(not_shown(key, attribute)),
        }
    }

    /// A key whose material is imported. It is symmetric unless it is made otherwise, which older providers can't.
    fn key_imported(&self, key: &'a Instance, arn: Arn) -> Result<Key, Missing> {
        let word = |attribute: &str, default: &str| match key.attribute(self.side, attribute) {
            None => Ok(default.to_owned()),
            Some(_) => self.word(key, attribute, default),
        };
        let multi_region = self.is_multi_region(key)?;
        Ok(Key {
            arn,
            spec: word("key_spec", SYMMETRIC)?,
            usage: word("key_usage", ENCRYPT_DECRYPT)?,
            state: self.imported_state(key)?,
            origin: "EXTERNAL".into(),
            manager: "CUSTOMER".into(),
            multi_region,
            multi_region_type: multi_region.then(|| "PRIMARY".into()),
            custom_key_store: None,
            material_expires: self.expiry(key)?,
            deletion_date: None,
        })
    }

    /// The state of a key whose material is imported: without material it waits for it (KMS Developer Guide,
    /// "Importing key material").
    fn imported_state(&self, key: &'a Instance) -> Result<String, Missing> {
        let material = key.attribute(self.side, "key_material_base64").and_then(Attribute::truth);
        let enabled = match key.attribute(self.side, "enabled") {
            Some(Attribute::Bool(enabled)) => Some(*enabled),
            Some(Attribute::Null) => None,
            Some(Attribute::Unknown) if self.is_left_out(key, "enabled") => None,
            _ => return Err(known_after(key, "enabled", "something that the plan does not show")),
        };
        let of = |enabled: Option<bool>| if enabled == Some(false) { "Disabled" } else { "Enabled" };
        if self.is_new(key) {
            return match material {
                Some(true) => Ok(of(enabled).into()),
                // Whoever imports it may do so by other means, after the apply.
                Some(false) => Ok("PendingImport".into()),
                None if self.planned.is_set(key, "key_material_base64") == Some(false) => {
                    Ok("PendingImport".into())
                }
                None => Err(not_shown(key, "key_material_base64")),
            };
        }
        let was = key.attribute(Side::Before, "enabled").and_then(Attribute::truth);
        match (enabled, key.text(self.side, "key_state")) {
            (Some(now), _) if self.side == Side::After && was != Some(now) => Ok(of(Some(now)).into()),
            (_, Some(state)) => Ok(state.to_owned()),
            _ => Err(not_shown(key, "key_state")),
        }
    }

    fn expiry(&self, key: &'a Instance) -> Result<Option<Timestamp>, Missing> {
        let text = self.word(key, "valid_to", "")?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| unreadable(key, "valid_to", "a time"))
    }

    /// A replica is of its primary's kind (KMS Developer Guide, "Multi-Region keys").
    fn key_replicated(&self, key: &'a Instance, arn: Arn) -> Result<Key, Missing> {
        let imported = key.kind.name == "aws_kms_replica_external_key";
        let primary = self.primary(key).and_then(|(primary, arn)| self.key_attributes(primary, arn).ok());
        let word = |attribute: &str, of_primary: Option<String>| match key.text(self.side, attribute) {
            Some(word) => Ok(word.to_owned()),
            None => of_primary.ok_or_else(|| {
                known_after(key, attribute, "its primary key, which is in no resource of the plan")
            }),
        };
        let state = if imported {
            self.imported_state(key)?
        } else if self.truth(key, "enabled", true)? {
            "Enabled".into()
        } else {
            "Disabled".into()
        };
        Ok(Key {
            arn,
            spec: word("key_spec", primary.as_ref().map(|primary| primary.spec.clone()))?,
            usage: word("key_usage", primary.as_ref().map(|primary| primary.usage.clone()))?,
            state,
            origin: if imported { "EXTERNAL" } else { "AWS_KMS" }.into(),
            manager: "CUSTOMER".into(),
            multi_region: true,
            multi_region_type: Some("REPLICA".into()),
            custom_key_store: None,
            material_expires: if imported { self.expiry(key)? } else { None },
            deletion_date: None,
        })
    }

    /// The primary key of a replica, where it is in the plan.
    fn primary(&self, replica: &'a Instance) -> Option<(&'a Instance, Arn)> {
        let arn = self.text(replica, "primary_key_arn", super::reader::Asked::Arn).ok()??;
        let arn: Arn = arn.parse().ok()?;
        let primary = self.with_arn(self.side, &arn.to_string())?;
        let is_primary = matches!(primary.kind.name, "aws_kms_key" | "aws_kms_external_key");
        (is_primary && !primary.kind.data).then_some((primary, arn))
    }

    /// A key that a data source has read.
    fn key_read(&self, key: &'a Instance, arn: Arn) -> Result<Key, Missing> {
        let word = |attribute: &str| {
            key.text(self.side, attribute).map(str::to_owned).ok_or_else(|| not_shown(key, attribute))
        };
        // The attribute was renamed; both are there in some versions.
        let spec = word("key_spec").or_else(|_| word("customer_master_key_spec"))?;
        let multi_region = self.is_multi_region(key)?;
        let kind = key.attribute(self.side, "multi_region_configuration").and_then(Attribute::list);
        let kind = kind.and_then(|list| list.first()?.object()?.get("multi_region_key_type")?.text());
        Ok(Key {
            arn,
            spec,
            usage: word("key_usage")?,
            state: word("key_state")?,
            origin: word("origin")?,
            manager: word("key_manager")?,
            multi_region,
            multi_region_type: kind.filter(|kind| !kind.is_empty()).map(str::to_owned),
            custom_key_store: self.store(key, "custom_key_store_id").unwrap_or_default(),
            material_expires: self.expiry(key)?,
            deletion_date: key.text(self.side, "deletion_date").and_then(|date| date.parse().ok()),
        })
    }

    /// The key's automatic rotation.
    pub(super) fn rotation(&self, subject: &KeySubject<'a>) -> Item<Rotation> {
        if let Some(nothing) = subject.nothing() {
            return nothing;
        }
        let live = subject.arn().and_then(|arn| self.live.of_key(arn)).map(|live| live.key_rotation.clone());
        let KeySubject::Resource { instance, destroyed, arn } = subject else {
            let outside = || subject.arn().map(|arn| Item::Missing(not_in_plan(arn, "key")));
            return live.or_else(outside).unwrap_or_else(|| Item::Absent(Absent { call: String::new() }));
        };
        let reader = if *destroyed { self.on(Side::Before) } else { *self };
        let of_kind = match (instance.kind.data, instance.kind.name) {
            (false, "aws_kms_key") => reader.own_rotation(instance),
            // Of imported material KMS can't make more (KMS Developer Guide, "Rotate AWS KMS keys").
            (false, "aws_kms_external_key" | "aws_kms_replica_external_key") => {
                self.fill(EvidenceKey::KeyRotation, instance, "");
                return Item::Absent(Absent { call: instance.address.to_string() });
            }
            (false, _) => match reader.primary(instance) {
                Some((primary, _)) => reader.own_rotation(primary),
                None => Err(not_in_plan(arn, "primary of the key")),
            },
            (true, _) => Err(not_in_plan(arn, "key's rotation")),
        };
        match of_kind {
            Ok(rotation) => Item::Collected(rotation),
            Err(missing) => live.unwrap_or(Item::Missing(missing)),
        }
    }

    fn own_rotation(&self, key: &'a Instance) -> Result<Rotation, Missing> {
        self.fill(EvidenceKey::KeyRotation, key, "enable_key_rotation");
        let enabled = self.truth(key, "enable_key_rotation", false)?;
        let period = key.attribute(self.side, "rotation_period_in_days");
        let days = match period {
            Some(Attribute::Number(days)) => days.as_u64().and_then(|days| u32::try_from(days).ok()),
            _ => None,
        };
        Ok(Rotation { enabled, period_days: days.filter(|days| enabled && *days > 0) })
    }

    /// Where a key's resource stands, for people.
    pub(super) fn place_of_key(&self, subject: &KeySubject<'a>) -> String {
        match (subject.instance(), subject.arn()) {
            (Some(instance), _) => place(instance, ""),
            (None, Some(arn)) => arn.to_string(),
            (None, None) => String::new(),
        }
    }
}

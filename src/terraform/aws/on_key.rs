//! What hangs on the key: aliases, tags and grants.

use std::collections::BTreeMap;

use super::hanging::{About, Listed, LiveNames, Of};
use super::key::KeySubject;
use super::made::known_after;
use super::reader::{Asked, Reader, not_shown, unreadable};
use super::role::not_in_plan;
use crate::evidence::aws::{EvidenceKey, Grant, Tags};
use crate::evidence::{Item, Missing};
use crate::target::arn::Arn;
use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::document::LeftOut;
use crate::terraform::instances::Instance;
use crate::terraform::planned::Side;

/// Pairs of an encryption context.
type Pairs = BTreeMap<String, String>;

impl<'a> Reader<'a> {
    /// The names of the key's aliases.
    pub(super) fn aliases(&self, subject: &KeySubject<'a>) -> Item<Vec<String>> {
        if let Some(nothing) = subject.nothing() {
            return nothing;
        }
        let mut list = self.list_on(subject);
        let Some(arn) = subject.arn() else { return list.item(None, |_: &String| "", ("", "")) };
        for instance in self.of_kind("aws_kms_alias") {
            match self.where_it_is(instance).of_key(instance, "target_key_id", arn) {
                Of::Unknown(missing) if instance.is_there(self.side) => list.open.push(missing),
                Of::Other | Of::Unknown(_) => self.note_alias(instance, arn, &mut list),
                Of::This => {
                    self.fill(EvidenceKey::KeyAliases, instance, "target_key_id");
                    self.note_alias(instance, arn, &mut list);
                    if instance.is_there(self.side) {
                        match self.alias_name(instance) {
                            Ok(name) => list.known.push(name),
                            Err(missing) => list.open.push(missing),
                        }
                    }
                }
            }
        }
        let key = EvidenceKey::KeyAliases;
        list.open.extend(self.by_other_hands(key, ""));
        let deferred =
            self.deferred("aws_kms_alias", key, |reader, one| reader.of_key(one, "target_key_id", arn));
        list.open.extend(deferred.into_iter().map(LeftOut::missing));
        for instance in self.of_kind("data.aws_kms_alias") {
            if let (Of::This, Some(name)) = (
                self.where_it_is(instance).of_key(instance, "target_key_arn", arn),
                instance.text(self.side, "name"),
            ) && !list.managed.contains(name)
                && !list.known.iter().any(|known| known == name)
            {
                self.fill(EvidenceKey::KeyAliases, instance, "target_key_arn");
                list.managed.insert(name.to_owned());
                list.known.push(name.to_owned());
            }
        }
        let live = self.live.of_key(arn).map(|live| &live.key_aliases);
        list.item(live, |name| name, (&self.place_of_key(subject), "other aliases"))
    }

    /// An alias of the plan stands where the plan says, and not where it stood. One of another account or region is another
    /// one, whatever its name.
    fn note_alias(&self, alias: &'a Instance, key: &Arn, list: &mut Listed<String>) {
        let reader = self.where_it_is(alias);
        let (account, region) = (reader.account(alias), reader.region(alias));
        let symbols = self.planned.symbols.all();
        let is_known = |text: &str| symbols.iter().all(|symbol| symbol.text != text);
        let differs = |own: &str, of_key: &str| own != of_key && is_known(own) && is_known(of_key);
        if differs(&account, key.account()) || differs(&region, key.region()) {
            return;
        }
        let names = [Side::Before, Side::After].map(|side| alias.text(side, "name"));
        list.managed.extend(names.into_iter().flatten().map(str::to_owned));
    }

    fn list_on<T>(&self, subject: &KeySubject<'a>) -> Listed<T> {
        match subject {
            KeySubject::Resource { instance, destroyed: false, .. } => Listed::new(self.is_whole(instance)),
            _ => Listed::new(false),
        }
    }

    /// The key's tags.
    pub(super) fn key_tags(&self, subject: &KeySubject<'a>) -> Item<Tags> {
        if let Some(nothing) = subject.nothing() {
            return nothing;
        }
        let live = subject.arn().and_then(|arn| self.live.of_key(arn));
        let own = subject.instance().filter(|instance| !instance.kind.data);
        let Some(instance) = own else {
            return match (live, subject.arn()) {
                (Some(live), _) => live.key_tags.clone(),
                (None, Some(arn)) => Item::Missing(not_in_plan(arn, "key's resource with its tags")),
                (None, None) => Item::Missing(Missing::not_asked("aws.key_tags", "there is no key")),
            };
        };
        let reader = self.where_it_is(instance);
        self.fill(EvidenceKey::KeyTags, instance, "tags_all");
        let tagged = reader.tags(instance);
        match tagged.missing {
            None => Item::Collected(tagged.known),
            Some(missing) if tagged.known.0.is_empty() => Item::Missing(missing),
            Some(missing) => Item::Partial { known: tagged.known, missing },
        }
    }

    /// The grants on the key.
    pub(super) fn grants(&self, subject: &KeySubject<'a>) -> Item<Vec<Grant>> {
        if let Some(nothing) = subject.nothing() {
            return nothing;
        }
        let mut list = self.list_on(subject);
        let Some(arn) = subject.arn() else { return list.item(None, |_: &Grant| "", ("", "")) };
        let live = self.live.of_key(arn).map(|live| &live.key_grants);
        let names = LiveNames::of(live, |grant: &Grant| &grant.id);
        let about =
            About { kind: "aws_kms_grant", name: "grant_id", fills: EvidenceKey::KeyGrants, live: &names };
        for instance in self.hanging(&about, |reader, one| reader.of_key(one, "key_id", arn), &mut list) {
            self.fill(EvidenceKey::KeyGrants, instance, "grantee_principal");
            match self.grant(instance) {
                Ok(grant) => list.known.push(grant),
                Err(missing) => list.open.push(missing),
            }
        }
        list.item(live, |grant| &grant.id, (&self.place_of_key(subject), "other grants"))
    }

    fn grant(&self, instance: &'a Instance) -> Result<Grant, Missing> {
        let grantee = self.text(instance, "grantee_principal", Asked::Arn)?;
        let (subset, equals) = self.constraints(instance)?;
        Ok(Grant {
            id: instance
                .text(self.side, "grant_id")
                .map_or_else(|| instance.address.to_string(), str::to_owned),
            grantee: grantee.ok_or_else(|| not_shown(instance, "grantee_principal"))?,
            operations: self.texts(instance, "operations", Asked::Arn)?,
            encryption_context_subset: subset,
            encryption_context_equals: equals,
            source_arn: None,
        })
    }

    /// The pairs that a request's encryption context must hold, and those that it must consist of.
    fn constraints(&self, instance: &'a Instance) -> Result<(Option<Pairs>, Option<Pairs>), Missing> {
        let blocks = match instance.attribute(self.side, "constraints") {
            None => return Err(not_shown(instance, "constraints")),
            Some(Attribute::Null) => return Ok((None, None)),
            Some(Attribute::List(blocks)) => blocks,
            Some(Attribute::Unknown) if self.is_left_out(instance, "constraints") => return Ok((None, None)),
            Some(_) => return Err(known_after(instance, "constraints", "what the plan does not show")),
        };
        match blocks.as_slice() {
            [] => Ok((None, None)),
            [Attribute::Map(block)] => {
                let pairs = |name: &str| self.pairs(instance, block, name);
                Ok((pairs("encryption_context_subset")?, pairs("encryption_context_equals")?))
            }
            _ => Err(unreadable(instance, "constraints", "one block of constraints")),
        }
    }

    fn pairs(&self, instance: &Instance, block: &Object, name: &str) -> Result<Option<Pairs>, Missing> {
        let at = format!("constraints.{name}");
        match block.get(name) {
            None | Some(Attribute::Null) => Ok(None),
            Some(Attribute::Map(map)) => {
                let pairs = map.iter().map(|(name, value)| {
                    let value = value
                        .text()
                        .ok_or_else(|| known_after(instance, &at, "what the plan does not show"))?;
                    Ok((name.clone(), value.to_owned()))
                });
                Ok(Some(pairs.collect::<Result<Pairs, Missing>>()?).filter(|pairs| !pairs.is_empty()))
            }
            Some(_) => Err(known_after(instance, &at, "what the plan does not show")),
        }
    }
}

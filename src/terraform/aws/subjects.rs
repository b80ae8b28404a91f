//! Which role and which key an ARN names, on one side of the change: resources of the plan, or what is in none.

use super::key::KeySubject;
use super::reader::{Asked, KEYS, Reader, unreadable};
use super::role::{RoleSubject, not_in_plan};
use crate::evidence::aws::EvidenceKey;
use crate::evidence::plan::ChangeAction;
use crate::evidence::{Absent, Missing};
use crate::target::arn::Arn;
use crate::terraform::document::LeftOut;
use crate::terraform::instances::Instance;
use crate::terraform::planned::Side;

impl<'a> Reader<'a> {
    /// The role of this ARN.
    pub(super) fn role_subject(&self, arn: &Arn) -> RoleSubject<'a> {
        let instance = self.with_arn_on_either(arn).filter(|instance| instance.kind.name == "aws_iam_role");
        let put_off = self.put_off(&["aws_iam_role"], arn, &[EvidenceKey::Role]);
        let doubt =
            put_off.or_else(|| self.closed(arn.account(), EvidenceKey::Caller)).or_else(|| match instance {
                Some(_) => None,
                None => self.doubt_about_role(arn),
            });
        RoleSubject { arn: arn.clone(), instance, doubt }
    }

    /// What the plan puts off of something that has an ARN.
    pub(super) fn put_off(&self, kinds: &[&str], arn: &Arn, fills: &[EvidenceKey]) -> Option<Missing> {
        if self.side != Side::After {
            return None;
        }
        let has_arn = |left_out: &&'a LeftOut| {
            let before = left_out.deferred.as_ref().filter(|one| !one.kind.data && one.before.is_some());
            before.is_some_and(|one| self.on(Side::Before).arn_of(one).is_ok_and(|own| own == *arn))
        };
        let document = self.planned.document;
        let left_out = kinds.iter().flat_map(|kind| document.deferred(kind)).find(has_arn)?;
        fills.iter().for_each(|key| self.notes.defer(*key, left_out));
        Some(left_out.missing())
    }

    /// A role of the plan that may be the one of an ARN, in an account that the plan does not show.
    fn doubt_about_role(&self, arn: &Arn) -> Option<Missing> {
        let same = |instance: &&'a Instance| {
            instance.is_there(self.side)
                && self.role_arn(instance).is_ok_and(|own| self.differs_by_symbols(&own, arn))
        };
        self.of_kind("aws_iam_role").find(same).map(|instance| doubt(instance, arn))
    }

    /// Whether two ARNs are the same but for an account or a region that is not known.
    fn differs_by_symbols(&self, own: &Arn, arn: &Arn) -> bool {
        let same = |own: &str, other: &str| own == other || self.planned.symbols.is_one(own);
        own.resource() == arn.resource()
            && same(own.account(), arn.account())
            && same(own.region(), arn.region())
    }

    /// The key that an ARN names: its own, or that of an alias.
    pub(super) fn key_subject(&self, arn: &Arn) -> KeySubject<'a> {
        if arn.resource().starts_with("alias/") { self.behind_alias(arn) } else { self.key_by_arn(arn) }
    }

    fn key_by_arn(&self, arn: &Arn) -> KeySubject<'a> {
        let fills = [EvidenceKey::Key, EvidenceKey::KeyPolicy];
        let lost =
            self.put_off(KEYS, arn, &fills).or_else(|| self.closed(arn.account(), EvidenceKey::KeyCaller));
        if let Some(missing) = lost {
            return KeySubject::Unknown(missing);
        }
        let found = match self.with_arn_on_either(arn) {
            Some(instance) if instance.kind.data && instance.kind.name == "aws_kms_key" => {
                let there = instance.is_there(self.side);
                there.then(|| KeySubject::Resource { arn: arn.clone(), instance, destroyed: false })
            }
            Some(instance) if KEYS.contains(&instance.kind.name) => self.key_of(instance, arn),
            _ => None,
        };
        found.unwrap_or_else(|| KeySubject::Outside(arn.clone()))
    }

    /// The key behind an alias. The alias of a key that is there may be in no resource of the plan.
    fn behind_alias(&self, arn: &Arn) -> KeySubject<'a> {
        let by_other_hands = || self.by_other_hands(EvidenceKey::Key, arn.resource());
        let put_off = self.put_off(&["aws_kms_alias"], arn, &[EvidenceKey::Key, EvidenceKey::KeyPolicy]);
        if let Some(missing) = put_off.or_else(by_other_hands) {
            return KeySubject::Unknown(missing);
        }
        let found = self.with_arn_on_either(arn).filter(|instance| instance.kind.name == "aws_kms_alias");
        if let Some(alias) = found.filter(|instance| !instance.kind.data) {
            self.notes.concerns(alias);
            let same = alias.is_there(self.side) && self.alias_arn(alias).is_ok_and(|own| own == *arn);
            self.fill(EvidenceKey::Key, alias, "target_key_id");
            if !same {
                return KeySubject::Absent(Absent { call: alias.address.to_string() });
            }
            if let Some(other) = self.destroyed_beside(alias, arn) {
                return KeySubject::Unknown(Missing::after_apply(
                    other.address.to_string(),
                    format!(
                        "it is destroyed, and `{}` has the same name: which comes last can't be told",
                        alias.address
                    ),
                ));
            }
            return self.target_of(alias, "target_key_id");
        }
        if let Some(alias) = found {
            return self.target_of(alias, "target_key_arn");
        }
        let doubted = |alias: &&'a Instance| {
            alias.is_there(self.side)
                && self.alias_arn(alias).is_ok_and(|own| self.differs_by_symbols(&own, arn))
        };
        if let Some(alias) = self.of_kind("aws_kms_alias").find(doubted) {
            return KeySubject::Unknown(doubt(alias, arn));
        }
        match self.live.of_alias(arn).and_then(|live| live.key.collected()) {
            Some(key) => self.key_by_arn(&key.arn),
            None => KeySubject::Unknown(not_in_plan(arn, "alias")),
        }
    }

    /// An alias of this ARN that the plan destroys beside another that is there, or after that was made.
    fn destroyed_beside(&self, alias: &'a Instance, arn: &Arn) -> Option<&'a Instance> {
        let was = self.on(Side::Before);
        let destroyed = |one: &&'a Instance| match one.address == alias.address {
            true => one.made_first,
            false => one.action == Some(ChangeAction::Delete),
        };
        let mut all = self.of_kind("aws_kms_alias").filter(|_| self.side == Side::After).filter(destroyed);
        let found = all.find(|one| was.alias_arn(one).is_ok_and(|own| own == *arn))?;
        self.fill(EvidenceKey::Key, found, "");
        Some(found)
    }

    /// The key that an alias leads to.
    fn target_of(&self, alias: &'a Instance, attribute: &str) -> KeySubject<'a> {
        match self.target_arn(alias, attribute, 8) {
            Ok(arn) => self.key_by_arn(&arn),
            Err(missing) => KeySubject::Unknown(missing),
        }
    }

    /// The ARN of the key that an alias leads to: by its id in the alias's own account and region, or by its ARN.
    pub(super) fn target_arn(
        &self,
        alias: &'a Instance,
        attribute: &str,
        depth: usize,
    ) -> Result<Arn, Missing> {
        let named = self.text_within(alias, attribute, Asked::Key, depth)?.unwrap_or_default();
        let arn = if named.starts_with("arn:") {
            named
        } else {
            let (partition, region, account) =
                (self.partition(alias), self.region(alias), self.account(alias));
            format!("arn:{partition}:kms:{region}:{account}:key/{named}")
        };
        arn.parse().map_err(|_| unreadable(alias, attribute, "a key's id or ARN"))
    }
}

/// Why it can't be told whether a resource is what an ARN names.
fn doubt(instance: &Instance, arn: &Arn) -> Missing {
    Missing::after_apply(
        instance.address.to_string(),
        format!(
            "it may be `{arn}`, but the plan does not show its account or region: name it by its address, or give the \
             plan a data source `aws_caller_identity`"
        ),
    )
}

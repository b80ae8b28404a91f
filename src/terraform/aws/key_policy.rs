//! The key's policy: of the key's own resource, of an `aws_kms_key_policy`, or the one that KMS makes.

use super::hanging::Of;
use super::key::KeySubject;
use super::made::known_after;
use super::reader::{Asked, Reader, not_shown};
use super::role::not_in_plan;
use crate::evidence::aws::EvidenceKey;
use crate::evidence::{Item, Missing};
use crate::target::arn::Arn;
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Side, place};

const KEY: EvidenceKey = EvidenceKey::KeyPolicy;

impl<'a> Reader<'a> {
    /// Whether a resource that names a key by its id or ARN names this one, on this side.
    pub(super) fn of_key(&self, instance: &'a Instance, attribute: &str, key: &Arn) -> Of {
        let named = match self.text(instance, attribute, Asked::Key) {
            Ok(named) => named.unwrap_or_default(),
            Err(missing) => return Of::Unknown(missing),
        };
        if named.starts_with("arn:") {
            return if named == key.to_string() { Of::This } else { Of::Other };
        }
        if key.resource().strip_prefix("key/") != Some(named.as_str()) {
            return Of::Other;
        }
        // The replicas of a key have its id, each in its own region.
        if !named.starts_with("mrk-") || self.region(instance) == key.region() {
            return Of::This;
        }
        let is_symbol = |region: &str| self.planned.symbols.is_one(region);
        if is_symbol(&self.region(instance)) || is_symbol(key.region()) {
            return Of::Unknown(known_after(
                instance,
                attribute,
                "the id of a key in a region that the plan does not show",
            ));
        }
        Of::Other
    }

    /// The key's policy.
    pub(super) fn key_policy(&self, subject: &KeySubject<'a>) -> Item<String> {
        if let Some(nothing) = subject.nothing() {
            return nothing;
        }
        let Some(arn) = subject.arn() else {
            return Item::Missing(Missing::not_asked("aws.key_policy", "there is no key"));
        };
        let destroyed = matches!(subject, KeySubject::Resource { destroyed: true, .. });
        let reader = if destroyed { self.on(Side::Before) } else { *self };
        let (mut written, mut removed) = (Vec::new(), Vec::new());
        let of = |side: Side, instance: &'a Instance| {
            if instance.is_there(side) { self.on(side).of_key(instance, "key_id", arn) } else { Of::Other }
        };
        for instance in self.of_kind("aws_kms_key_policy") {
            match (of(reader.side, instance), of(reader.side.other(), instance)) {
                (Of::This, _) => {
                    self.fill(KEY, instance, "policy");
                    written.push(instance);
                }
                (Of::Unknown(missing), _) => return Item::Missing(missing),
                (Of::Other, Of::This) => {
                    self.fill(KEY, instance, "policy");
                    removed.push(instance);
                }
                (Of::Other, Of::Unknown(missing)) if reader.side == Side::After => {
                    self.fill(KEY, instance, "policy");
                    return Item::Missing(missing);
                }
                (Of::Other, Of::Unknown(_) | Of::Other) => {}
            }
        }
        let deferred =
            reader.deferred("aws_kms_key_policy", KEY, |reader, one| reader.of_key(one, "key_id", arn));
        if let Some(left_out) = deferred.first() {
            return Item::Missing(left_out.missing());
        }
        let id = arn.resource().trim_start_matches("key/");
        if let Some(missing) = self.by_other_hands(KEY, id) {
            return Item::Missing(missing);
        }
        let own = subject.instance().filter(|instance| !instance.kind.data);
        if let Some(own) = own {
            self.fill(KEY, own, "policy");
        }
        let own_set = own.is_some_and(|own| self.planned.is_set(own, "policy") == Some(true));
        match (written.as_slice(), own) {
            ([], None) if removed.is_empty() || reader.side != Side::After => match self.live.of_key(arn) {
                Some(live) => live.key_policy.clone(),
                None => Item::Missing(not_in_plan(arn, "key")),
            },
            ([], own) => match removed.first().filter(|_| reader.side == Side::After) {
                // What is written to the key at the same apply comes before or behind it.
                Some(removed) if own.is_some_and(writes) => Item::Missing(fought_over(removed)),
                Some(removed) => reader.restored(removed, arn),
                None => own.map_or_else(
                    || Item::Missing(not_in_plan(arn, "key")),
                    |own| reader.own_policy(own, arn),
                ),
            },
            // Destroying one writes KMS's default policy, before or behind what is written.
            ([one], _) if reader.side == Side::After && (!removed.is_empty() || one.made_first) => {
                Item::Missing(fought_over(one))
            }
            ([one], Some(own)) if own_set => reader.either(one, own, arn),
            ([one], _) => reader.document(one, "policy"),
            ([one, ..], _) => Item::Missing(fought_over(one)),
        }
    }

    /// The policy of the key's own resource; where nothing sets it the one that KMS makes.
    fn own_policy(&self, key: &'a Instance, arn: &Arn) -> Item<String> {
        match key.attribute(self.side, "policy") {
            // A key that is there already shows the policy that it has.
            Some(Attribute::Unknown | Attribute::Null)
                if self.is_new(key) && self.is_left_out(key, "policy") =>
            {
                Item::Collected(default_policy(arn))
            }
            Some(Attribute::Text(text)) if text.is_empty() && self.is_new(key) => {
                Item::Collected(default_policy(arn))
            }
            Some(Attribute::Null) => match self.live.of_key(arn) {
                Some(live) => live.key_policy.clone(),
                None => Item::Missing(not_shown(key, "policy")),
            },
            _ => self.document(key, "policy"),
        }
    }

    /// Two resources write the policy. A key that is made has the one that comes behind it; of one that is there nobody
    /// can tell which comes last.
    fn either(&self, behind: &'a Instance, own: &'a Instance, arn: &Arn) -> Item<String> {
        let last = self.document(behind, "policy");
        if self.is_new(own) || self.side == Side::Before {
            return last;
        }
        if last.collected().is_some() && last == self.own_policy(own, arn) {
            return last;
        }
        Item::Missing(fought_over(behind))
    }

    /// A key whose `aws_kms_key_policy` is destroyed has KMS's default again, unless the resource says otherwise
    /// (documentation of the AWS provider, `aws_kms_key_policy`).
    fn restored(&self, removed: &'a Instance, arn: &Arn) -> Item<String> {
        let was = self.on(Side::Before);
        match was.truth(removed, "bypass_policy_lockout_safety_check", false) {
            Ok(false) => Item::Collected(default_policy(arn)),
            Ok(true) => was.document(removed, "policy"),
            Err(missing) => Item::Missing(missing),
        }
    }
}

/// Whether the plan writes the policy of the key itself. What was found changed is written already.
fn writes(key: &Instance) -> bool {
    key.attribute(Side::Refreshed, "policy") != key.attribute(Side::After, "policy")
}

/// The policy that KMS gives a key that is made without one: the key's account may let its own principals use it (KMS
/// Developer Guide, "Default key policy").
fn default_policy(key: &Arn) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"arn:{}:iam::{}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#,
        key.partition(),
        key.account()
    )
}

fn fought_over(policy: &Instance) -> Missing {
    Missing::after_apply(
        place(policy, "policy"),
        "two resources write the key's policy, and which comes last can't be told: write it in one",
    )
}

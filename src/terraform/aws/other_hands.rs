//! Resources of the provider for AWS's Cloud Control API (`awscc`), which change the same roles and keys in another form. It
//! is not read what they say; where one may be about the role or the key and changes, what it fills is unknown.

use super::reader::Reader;
use crate::evidence::Missing;
use crate::evidence::aws::EvidenceKey;
use crate::terraform::attribute::Attribute;
use crate::terraform::document::LeftOut;
use crate::terraform::instances::Instance;
use crate::terraform::planned::Side;

/// The kinds, the attribute that names the role or the key, and what they fill.
const HANDS: &[(&str, &str, &[EvidenceKey])] = &[
    ("awscc_iam_role", "role_name", &[EvidenceKey::RoleInlinePolicies, EvidenceKey::RoleAttachedPolicies]),
    ("awscc_iam_role_policy", "role_name", &[EvidenceKey::RoleInlinePolicies]),
    ("awscc_iam_managed_policy", "roles", &[EvidenceKey::RoleAttachedPolicies]),
    ("awscc_kms_key", "key_id", &[EvidenceKey::Key, EvidenceKey::KeyPolicy]),
    ("awscc_kms_replica_key", "key_id", &[EvidenceKey::Key, EvidenceKey::KeyPolicy]),
    ("awscc_kms_alias", "alias_name", &[EvidenceKey::Key, EvidenceKey::KeyAliases]),
];

impl<'a> Reader<'a> {
    /// That something in another form may change what fills this evidence of what has the name, where it does. An empty
    /// name is any.
    pub(super) fn by_other_hands(&self, fills: EvidenceKey, name: &str) -> Option<Missing> {
        if self.side != Side::After {
            return None;
        }
        let document = self.planned.document;
        for (kind, attribute, _) in HANDS.iter().filter(|(_, _, keys)| keys.contains(&fills)) {
            if let Some(instance) = self.of_kind(kind).find(|one| may_change(one, attribute, name)) {
                self.fill(fills, instance, "");
                return Some(not_read(instance));
            }
            let put_off = |left_out: &&LeftOut| {
                left_out.deferred.as_ref().is_some_and(|one| may_change(one, attribute, name))
            };
            if let Some(left_out) = document.deferred(kind).find(put_off) {
                self.notes.defer(fills, left_out);
                return Some(left_out.missing());
            }
        }
        None
    }
}

fn not_read(instance: &Instance) -> Missing {
    Missing::after_apply(
        instance.address.to_string(),
        "it is of the provider `awscc`, whose resources are not read: write it as the resource of the provider \
                 `aws`, or judge the cloud itself after the apply",
    )
}

/// What has a name that nobody else has, so that one that is made and has not got it is another one.
const OF_THEIR_OWN: &[&str] = &["awscc_iam_role", "awscc_kms_key", "awscc_kms_replica_key"];

/// Whether a resource changes, and may be about what has the name. Whom a managed policy is attached to other resources
/// say as well.
fn may_change(instance: &Instance, attribute: &str, name: &str) -> bool {
    let kind = instance.kind.name;
    let made = instance.before.is_none();
    if instance.action.is_none() || (kind == "awscc_iam_managed_policy" && !made) {
        return instance.action.is_some();
    }
    let on = |side: Side| match instance.attribute(side, attribute) {
        _ if !instance.is_there(side) => false,
        Some(Attribute::Text(text)) => name.is_empty() || text == name,
        Some(Attribute::List(names)) => names.iter().any(|one| one.text().is_none_or(|text| text == name)),
        Some(Attribute::Null) => false,
        _ => !(made && OF_THEIR_OWN.contains(&kind)),
    };
    on(Side::Before) || on(Side::After)
}

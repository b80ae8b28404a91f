//! Resources of the provider for AWS's Cloud Control API (`awscc`), which change the same roles and keys in another form. It
//! is not read what they say; where one may be about the role or the key and changes, what it fills is unknown.

use super::reader::Reader;
use crate::evidence::aws::EvidenceKey;
use crate::evidence::{Missing, MissingReason};
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::Side;

/// The kinds, the attribute that names the role or the key, and what they fill.
const HANDS: &[(&str, &str, &[EvidenceKey])] = &[
    ("awscc_iam_role", "role_name", &[EvidenceKey::RoleInlinePolicies, EvidenceKey::RoleAttachedPolicies]),
    ("awscc_iam_role_policy", "role_name", &[EvidenceKey::RoleInlinePolicies]),
    ("awscc_iam_managed_policy", "roles", &[EvidenceKey::RoleAttachedPolicies]),
    ("awscc_kms_key", "key_id", &[EvidenceKey::KeyPolicy]),
];

impl<'a> Reader<'a> {
    /// That something in another form may change what fills this evidence of what has the name, where it does.
    pub(super) fn by_other_hands(&self, fills: EvidenceKey, name: &str) -> Option<Missing> {
        if self.side == Side::Before {
            return None;
        }
        let of_kind = HANDS.iter().filter(|(_, _, keys)| keys.contains(&fills));
        let mut all = of_kind
            .flat_map(|(kind, attribute, _)| self.of_kind(kind).map(move |instance| (instance, *attribute)));
        let (instance, _) = all.find(|(instance, attribute)| may_change(instance, attribute, name))?;
        self.fill(fills, instance, "");
        Some(Missing {
            call: instance.address.to_string(),
            reason: MissingReason::KnownAfterApply,
            permission: None,
            detail: "it is of the provider `awscc`, whose resources are not read: write it as the resource of the \
                     provider `aws`, or judge the cloud itself after the apply"
                .into(),
        })
    }
}

/// Whether a resource changes, and may be about what has the name. A key that is made has an id of its own.
fn may_change(instance: &Instance, attribute: &str, name: &str) -> bool {
    if instance.action.is_none() || (instance.kind.name == "awscc_kms_key" && instance.before.is_none()) {
        return false;
    }
    let on = |side: Side| match instance.attribute(side, attribute) {
        _ if !instance.is_there(side) => false,
        Some(Attribute::Text(text)) => text == name,
        Some(Attribute::List(names)) => names.iter().any(|one| one.text().is_none_or(|text| text == name)),
        Some(Attribute::Null) => false,
        _ => true,
    };
    on(Side::Before) || on(Side::After)
}

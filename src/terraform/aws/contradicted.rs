//! What was read live after the plan was made, and says otherwise than the plan about what was there: somebody changed it
//! in between, and what it will be after the apply is not known.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::evidence::aws::{AwsEvidence, Grant, Key, Policy, Role, Tags};
use crate::evidence::{Item, Missing, MissingReason};

/// Takes out of both sides what newer evidence of the role contradicts: what it says is neither what was there before the
/// change, by the plan, nor what will be there.
pub(super) fn settle_role(before: &mut AwsEvidence, after: &mut AwsEvidence, live: Option<&AwsEvidence>) {
    let Some(live) = live else { return };
    settle_item("the role", (&mut before.role, &mut after.role), &live.role, same_role);
    let inline = (&mut before.role_inline_policies, &mut after.role_inline_policies);
    settle_item("the role's inline policies", inline, &live.role_inline_policies, |one, other| {
        same_policies(one, other)
    });
    let attached = (&mut before.role_attached_policies, &mut after.role_attached_policies);
    settle_item("the role's attached policies", attached, &live.role_attached_policies, |one, other| {
        same_policies(one, other)
    });
    let boundary = (&mut before.role_boundary, &mut after.role_boundary);
    settle_item("the role's permissions boundary", boundary, &live.role_boundary, same_policy);
}

/// The same of the key.
pub(super) fn settle_key(before: &mut AwsEvidence, after: &mut AwsEvidence, live: Option<&AwsEvidence>) {
    let Some(live) = live else { return };
    settle_item("the key", (&mut before.key, &mut after.key), &live.key, same_key);
    let policy = (&mut before.key_policy, &mut after.key_policy);
    settle_item("the key's policy", policy, &live.key_policy, |one: &String, other| {
        same_document(one, other)
    });
    let aliases = (&mut before.key_aliases, &mut after.key_aliases);
    settle_item("the key's aliases", aliases, &live.key_aliases, |one, other| same_names(one, other));
    settle_item("the key's tags", (&mut before.key_tags, &mut after.key_tags), &live.key_tags, same_tags);
    let grants = (&mut before.key_grants, &mut after.key_grants);
    settle_item("the key's grants", grants, &live.key_grants, |one, other| same_grants(one, other));
}

fn settle_item<T>(
    what: &str,
    (before, after): (&mut Item<T>, &mut Item<T>),
    live: &Item<T>,
    same: impl Fn(&T, &T) -> bool,
) {
    let agrees = |planned: &Item<T>| match (planned, live) {
        (Item::Collected(planned), Item::Collected(live)) => same(planned, live),
        (Item::Absent(_), Item::Absent(_)) => true,
        (Item::Collected(_), Item::Absent(_)) | (Item::Absent(_), Item::Collected(_)) => false,
        // What is not known contradicts nothing.
        _ => true,
    };
    if agrees(before) || agrees(after) {
        return;
    }
    let newer = || {
        Item::Missing(Missing {
            call: what.to_owned(),
            reason: MissingReason::Contradicted,
            permission: None,
            detail: format!(
                "of {what} the evidence of --over is newer than the plan, and says otherwise: plan again"
            ),
        })
    };
    (*before, *after) = (newer(), newer());
}

fn same_role(one: &Role, other: &Role) -> bool {
    one.arn == other.arn
        && one.role_id == other.role_id
        && one.permissions_boundary == other.permissions_boundary
        && same_document(&one.trust_policy, &other.trust_policy)
        && same_tags(&one.tags, &other.tags)
}

/// What decides whether a key can be used. A plan does not show when it will be deleted.
fn same_key(one: &Key, other: &Key) -> bool {
    one.arn == other.arn
        && one.state == other.state
        && one.spec == other.spec
        && one.usage == other.usage
        && one.origin == other.origin
        && one.manager == other.manager
        && one.multi_region == other.multi_region
}

fn same_grants(one: &[Grant], other: &[Grant]) -> bool {
    let ids = |grants: &[Grant]| grants.iter().map(|grant| grant.id.clone()).collect::<BTreeSet<_>>();
    ids(one) == ids(other)
}

fn same_policy(one: &Policy, other: &Policy) -> bool {
    one.name == other.name
        && match (one.document.collected(), other.document.collected()) {
            (Some(one), Some(other)) => same_document(one, other),
            _ => true,
        }
}

fn same_policies(one: &[Policy], other: &[Policy]) -> bool {
    let in_other = |policy: &Policy| other.iter().any(|other| same_policy(policy, other));
    one.len() == other.len() && one.iter().all(in_other)
}

/// AWS's own tags are not shown by the provider (documentation of the AWS provider, `tags_all`).
fn same_tags(one: &Tags, other: &Tags) -> bool {
    let own = |tags: &Tags| -> Vec<(String, String)> {
        let own = tags.0.iter().filter(|(name, _)| !name.starts_with("aws:"));
        own.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    own(one) == own(other)
}

fn same_names(one: &[String], other: &[String]) -> bool {
    one.iter().collect::<BTreeSet<_>>() == other.iter().collect::<BTreeSet<_>>()
}

/// Whether two policy documents say the same: AWS gives lists back in any order, and lists of one member as the member.
fn same_document(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_json::from_str(text).map(normal);
    match (read(one), read(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

fn normal(value: Value) -> Value {
    match value {
        Value::Array(members) => {
            let mut members: Vec<Value> = members.into_iter().map(normal).collect();
            members.sort_by_key(ToString::to_string);
            match <[Value; 1]>::try_from(members) {
                Ok([only]) => only,
                Err(several) => Value::Array(several),
            }
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, normal(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_the_same_in_any_order() {
        let one =
            r#"{"Statement":[{"Principal":{"AWS":["a","b"]},"Action":["kms:Encrypt"],"Effect":"Allow"}]}"#;
        let other =
            r#"{"Statement":{"Effect":"Allow","Action":"kms:Encrypt","Principal":{"AWS":["b","a"]}}}"#;
        assert!(same_document(one, other));
        assert!(!same_document(one, r#"{"Statement":[]}"#));
        assert!(!same_document("no JSON", "no  JSON"));
    }

    #[test]
    fn only_what_is_known_of_both_can_contradict() {
        let collected = |text: &str| Item::Collected(text.to_owned());
        let absent = || Item::Absent(crate::evidence::Absent { call: "x".into() });
        let missing = || Item::Missing(Missing::not_asked("x", "nobody asked"));
        for (before, after, live, stays) in [
            (collected("a"), collected("a"), collected("a"), true),
            (collected("a"), collected("b"), collected("a"), true),
            // It is applied already.
            (collected("a"), collected("b"), collected("b"), true),
            (collected("a"), collected("b"), collected("c"), false),
            (collected("a"), collected("a"), absent(), false),
            (absent(), absent(), collected("a"), false),
            (absent(), absent(), absent(), true),
            (missing(), collected("a"), collected("b"), true),
            (collected("a"), collected("a"), missing(), true),
        ] {
            let (mut left, mut right) = (before.clone(), after.clone());
            settle_item("it", (&mut left, &mut right), &live, |one, other| one == other);
            assert_eq!(left == before && right == after, stays, "{before:?} {after:?} {live:?}");
        }
    }
}

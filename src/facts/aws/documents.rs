//! Policy documents of the evidence as policies of the engine: those that could be read, and what could not.

use crate::evidence::{Item, Missing};
use crate::facts::UnknownBecause;
use crate::iam::{Dependency, Layer, Policies, Policy};

/// Why what stands behind something absent is not known.
pub(super) fn behind_absent(evidence: &str) -> UnknownBecause {
    UnknownBecause { evidence: evidence.into(), reason: "absent".into(), permission: None }
}

/// Evidence that contradicts other evidence is none.
pub(super) fn contradiction(layer: Layer, evidence: &str) -> Dependency {
    Dependency {
        evidence: Some(evidence.into()),
        ..Dependency::new(layer.word(), "it contradicts what else was read: read it again")
    }
}

/// A layer that was not read, for a reason.
pub(super) fn unread_layer(layer: Layer, missing: &Missing, evidence: &str) -> Dependency {
    Dependency {
        on: layer.word().into(),
        reason: missing.why(),
        permission: missing.permission.clone(),
        evidence: Some(evidence.into()),
    }
}

/// What of a list is not known. There is a role and a key, so their lists can't be absent: one was made anew in between.
pub(super) fn not_listed<T>(list: &Item<T>, layer: Layer, evidence: &str) -> Option<Dependency> {
    match list {
        Item::Collected(_) => None,
        Item::Absent(_) => Some(contradiction(layer, evidence)),
        Item::Missing(missing) | Item::Partial { missing, .. } => {
            Some(unread_layer(layer, missing, evidence))
        }
    }
}

/// Adds a policy, or what stands in the way of reading it.
pub(super) fn add_item(
    policies: &mut Policies,
    layer: Layer,
    name: &str,
    document: &Item<String>,
    evidence: &str,
) {
    match document {
        Item::Collected(text) => add_document(policies, layer, name, text, evidence),
        // A policy that was listed and is gone when it is read was removed in between: it may be back.
        Item::Absent(absent) => policies.unread.push(Dependency {
            on: layer.word().into(),
            reason: format!("`{name}` was gone when {} asked for it", absent.call),
            permission: None,
            evidence: Some(evidence.into()),
        }),
        Item::Missing(missing) | Item::Partial { missing, .. } => {
            policies.unread.push(unread_layer(layer, missing, evidence))
        }
    }
}

/// Adds a policy that was read, or why it can't be understood.
pub(super) fn add_document(policies: &mut Policies, layer: Layer, name: &str, text: &str, evidence: &str) {
    match Policy::parse(text) {
        Ok(policy) => policies.add(name, policy),
        Err(error) => policies.unread.push(Dependency {
            on: layer.word().into(),
            reason: format!("`{name}` can't be read as a policy: {error}"),
            permission: None,
            evidence: Some(evidence.into()),
        }),
    }
}

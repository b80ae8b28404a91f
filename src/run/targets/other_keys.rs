//! Keys that are registered with the same role.
//!
//! A role of several registrations needs to use the key of each: that is no excess. The keys are noted in the evidence, so
//! that a replay of one target's evidence says the same as the run did.

use std::collections::{BTreeMap, BTreeSet};

use super::Seen;
use crate::config::{Configuration, Origin};
use crate::evidence::Cloud;
use crate::evidence::aws::AwsEvidence;
use crate::target::arn::Arn;
use crate::target::aws::AwsRegistration;

/// The keys of each role.
type Registered = BTreeMap<String, BTreeMap<String, Arn>>;

/// Notes in each target's evidence the keys that are registered with its role by other targets of the file: of those that
/// were read, and of those that the file says itself. An alias stands for the key behind it where that was not read.
pub(super) fn note(seen: &mut [Seen<'_>], configuration: &Configuration) {
    let mut registered = Registered::new();
    let read: BTreeSet<&str> = seen.iter().map(|seen| seen.target.name.as_str()).collect();
    for target in configuration.targets.iter().filter(|target| !read.contains(target.name.as_str())) {
        if let Origin::Aws { registration, .. } = &target.origin {
            add(&mut registered, registration, None);
        }
    }
    for seen in &*seen {
        if let Cloud::Aws { registration, evidence, .. } = &seen.evidence.cloud {
            add(&mut registered, registration, Some(evidence));
        }
    }
    for seen in seen {
        let Cloud::Aws { registration, other_keys, evidence } = &mut seen.evidence.cloud else { continue };
        let Some(keys) = registered.get(&registration.role_arn.to_string()) else { continue };
        let own = key_of(registration, Some(evidence)).to_string();
        let known: BTreeSet<String> = other_keys.iter().map(Arn::to_string).collect();
        let others = keys.iter().filter(|(key, _)| **key != own && !known.contains(*key));
        other_keys.extend(others.map(|(_, key)| key.clone()));
    }
}

fn add(registered: &mut Registered, registration: &AwsRegistration, evidence: Option<&AwsEvidence>) {
    // What OpenAI would not register is no registered key.
    if registration.target().is_none() {
        return;
    }
    let key = key_of(registration, evidence);
    let of_role = registered.entry(registration.role_arn.to_string()).or_default();
    of_role.insert(key.to_string(), key.clone());
}

/// The key's own ARN, as far as an alias was looked behind; else the alias's.
fn key_of<'a>(registration: &'a AwsRegistration, evidence: Option<&'a AwsEvidence>) -> &'a Arn {
    let given = &registration.kms_arn;
    let behind = evidence.and_then(|evidence| evidence.key.collected()).map(|key| &key.arn);
    let same_place = |key: &&Arn| key.account() == given.account() && key.region() == given.region();
    let is_key = |key: &&Arn| key.resource().starts_with("key/");
    match behind.filter(same_place).filter(is_key) {
        Some(key) if given.resource().starts_with("alias/") => key,
        _ => given,
    }
}

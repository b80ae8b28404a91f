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
/// were read, and of those that the file says itself.
pub(super) fn note(seen: &mut [Seen<'_>], configuration: &Configuration) {
    let mut registered = Registered::new();
    for target in &configuration.targets {
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
        let own = key_of(registration, Some(evidence)).map(Arn::to_string);
        let known: BTreeSet<String> = other_keys.iter().map(Arn::to_string).collect();
        let others = keys.iter().filter(|(key, _)| Some(*key) != own.as_ref() && !known.contains(*key));
        other_keys.extend(others.map(|(_, key)| key.clone()));
    }
}

fn add(registered: &mut Registered, registration: &AwsRegistration, evidence: Option<&AwsEvidence>) {
    // What OpenAI would not register is no registered key.
    if registration.target().is_none() {
        return;
    }
    if let Some(key) = key_of(registration, evidence) {
        let of_role = registered.entry(registration.role_arn.to_string()).or_default();
        of_role.insert(key.to_string(), key.clone());
    }
}

/// The key's own ARN; behind an alias as far as it was read.
fn key_of<'a>(registration: &'a AwsRegistration, evidence: Option<&'a AwsEvidence>) -> Option<&'a Arn> {
    let given = &registration.kms_arn;
    if given.resource().starts_with("key/") {
        return Some(given);
    }
    let read = &evidence?.key.collected()?.arn;
    let same_place = read.account() == given.account() && read.region() == given.region();
    (same_place && read.resource().starts_with("key/")).then_some(read)
}

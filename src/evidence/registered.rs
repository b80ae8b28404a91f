//! Keys that are registered with the same role.
//!
//! A role of several registrations needs to use the key of each: that is no excess. The keys are noted in the evidence, so
//! that a replay of one registration's evidence says the same as the run that saw all of them.

use std::collections::BTreeMap;

use super::Cloud;
use super::aws::AwsEvidence;
use crate::target::arn::Arn;
use crate::target::aws::AwsRegistration;

/// The registered keys of each role, by the ARNs of role and key.
#[derive(Debug, Default)]
pub(crate) struct Registered(BTreeMap<String, BTreeMap<String, Arn>>);

impl Registered {
    /// A registration, with what was seen of it. An alias stands for the key behind it where that was not read.
    pub(crate) fn add(&mut self, registration: &AwsRegistration, evidence: Option<&AwsEvidence>) {
        // What OpenAI would not register is no registered key.
        if registration.target().is_none() {
            return;
        }
        let key = key_of(registration, evidence);
        let of_role = self.0.entry(registration.role_arn.to_string()).or_default();
        of_role.insert(key.to_string(), key.clone());
    }

    /// Notes the keys that are registered with the same role as this one.
    pub(crate) fn note(&self, cloud: &mut Cloud) {
        let Cloud::Aws { registration, other_keys, evidence } = cloud else { return };
        let Some(keys) = self.0.get(&registration.role_arn.to_string()) else { return };
        let own = key_of(registration, Some(evidence));
        let others = keys.values().filter(|key| *key != own && !other_keys.contains(key));
        let others: Vec<Arn> = others.cloned().collect();
        other_keys.extend(others);
    }
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

//! Keys of other targets that are registered with the same role.

use std::collections::BTreeSet;

use super::Seen;
use crate::config::{Configuration, Origin};
use crate::evidence::registered::Registered;
use crate::evidence::{Cloud, Evidence};
use crate::facts::symbolic::Symbolic;

/// Notes in each target's evidence the keys that are registered with its role by other targets of the file: of those that
/// were read, and of those that the file says itself.
pub(super) fn note(seen: &mut [Seen<'_>], configuration: &Configuration) {
    let mut registered = Registered::default();
    let read: BTreeSet<&str> = seen.iter().map(|seen| seen.target.name.as_str()).collect();
    for target in configuration.targets.iter().filter(|target| !read.contains(target.name.as_str())) {
        if let Origin::Aws { registration, .. } = &target.origin {
            registered.add(registration, None);
        }
    }
    for seen in seen.iter().filter(|seen| !holds_symbols(&seen.evidence)) {
        if let Cloud::Aws { registration, evidence, .. } = &seen.evidence.cloud {
            registered.add(registration, Some(evidence));
        }
    }
    seen.iter_mut().for_each(|seen| registered.note(&mut seen.evidence.cloud));
}

/// Whether the ARNs of a registration are known only after apply. What stands for them is of one plan: in another plan the
/// same text stands for something else.
fn holds_symbols(evidence: &Evidence) -> bool {
    let Cloud::Aws { registration, evidence: seen, .. } = &evidence.cloud else { return false };
    let behind = seen.key.collected().map(|key| &key.arn);
    let symbolic = Symbolic::of(evidence);
    let arns = [&registration.role_arn, &registration.kms_arn].into_iter().chain(behind);
    arns.into_iter().any(|arn| !symbolic.within(&arn.to_string()).is_empty())
}

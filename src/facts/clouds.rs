//! The clouds that there are facts of, each by what it is.

use jiff::Timestamp;

use super::change::{BothSides, ChangeFacts};
use super::path::{Answer, Step};
use super::schema::UnsupportedType;
use super::vocabulary::{Vocabulary, is_of_group};
use super::{Derived, Limit, aws, azure};
use crate::assume::Assumptions;
use crate::contract::Provider;
use crate::evidence::plan::{Plan, REGISTRATION};
use crate::evidence::{Cloud, Evidence};
use crate::target::azure::AzureRegistration;

/// Derives everything from what was seen and what is assumed of OpenAI's calls, as of the time of the evidence.
pub fn derive(evidence: &Evidence, assumptions: &Assumptions) -> Derived {
    let now = evidence.collected_at;
    let mut derived = of_cloud(&evidence.cloud, assumptions, now);
    let Some(plan) = &evidence.plan else { return derived };
    derived.places = places(plan, &evidence.cloud, &derived);
    if let Some(before) = &plan.before
        && let Some(facts) = derived.facts.as_object_mut()
    {
        let after = (&evidence.cloud, derived.path.as_slice());
        let change = change(plan, before, after, assumptions, now);
        facts.insert("change".into(), serde_json::to_value(&change).unwrap_or_default());
        derived.places.retain(|(group, _)| *group != "change");
        derived.places.extend(change.place.map(|place| ("change", place)));
    }
    derived
        .limits
        .extend(plan.limits.iter().map(|limit| Limit { what: limit.what.clone(), lift: limit.lift.clone() }));
    derived
}

fn of_cloud(cloud: &Cloud, assumptions: &Assumptions, now: Timestamp) -> Derived {
    match cloud {
        Cloud::Aws { registration, other_keys, evidence } => {
            aws::derive(registration, other_keys, evidence, assumptions, now)
        }
        Cloud::Azure { registration, evidence } => azure::derive(registration, evidence, assumptions, now),
    }
}

/// OpenAI's calls alone.
fn path_of(cloud: &Cloud, assumptions: &Assumptions, now: Timestamp) -> Vec<Step> {
    match cloud {
        Cloud::Aws { registration, other_keys, evidence } => {
            aws::path(registration, other_keys, evidence, assumptions, now)
        }
        Cloud::Azure { registration, evidence } => azure::path(registration, evidence, assumptions, now),
    }
}

/// What a plan does to access that was there before.
fn change(
    plan: &Plan,
    before: &Cloud,
    (after, path_after): (&Cloud, &[Step]),
    assumptions: &Assumptions,
    now: Timestamp,
) -> ChangeFacts {
    let compared = match (before, after) {
        (
            Cloud::Aws { registration: was, evidence: before, .. },
            Cloud::Aws { registration: will_be, evidence: after, .. },
        ) => aws::change::compared(plan, (was, before), (will_be, after)),
        (
            Cloud::Azure { registration: was, evidence: before },
            Cloud::Azure { registration: will_be, evidence: after },
        ) => azure::change::compared((was, before), (will_be, after)),
        // A registration stays in its cloud.
        (Cloud::Aws { .. }, Cloud::Azure { .. }) | (Cloud::Azure { .. }, Cloud::Aws { .. }) => {
            return ChangeFacts::default();
        }
    };
    // Of an address that is known the firewall is decided.
    let unknown_address = assumptions.source_address().is_none();
    let behind = if unknown_address { behind_the_firewall(before, after) } else { None };
    let path_behind = behind.as_ref().map(|(_, after)| path_of(after, assumptions, now));
    let rules = Rules::of(after);
    let (before, after) = behind.as_ref().map_or((before, after), |(before, after)| (before, after));
    let sides = BothSides {
        before: &path_of(before, assumptions, now),
        before_alone: &path_of(&before.alone(), assumptions, now),
        after: path_behind.as_deref().unwrap_or(path_after),
        after_alone: &path_of(&after.alone(), assumptions, now),
    };
    ChangeFacts::of(plan, &sides, rules.decisive, rules.of_layer, compared)
}

/// Both sides of a change without a firewall that hides what the change does.
fn behind_the_firewall(before: &Cloud, after: &Cloud) -> Option<(Cloud, Cloud)> {
    let (
        Cloud::Azure { registration: was, evidence: before },
        Cloud::Azure { registration: will_be, evidence: after },
    ) = (before, after)
    else {
        return None;
    };
    let (before, after) = azure::change::behind_the_firewall(before, after)?;
    let of = |registration: &AzureRegistration, evidence| Cloud::Azure {
        registration: registration.clone(),
        evidence: Box::new(evidence),
    };
    Some((of(was, before), of(will_be, after)))
}

/// What of the evidence stands behind the facts of a cloud.
struct Rules {
    /// Behind groups of facts.
    groups: &'static [(&'static str, &'static [&'static str])],
    /// Behind OpenAI's calls.
    decisive: &'static [&'static str],
    /// Behind a layer.
    of_layer: fn(&str) -> &'static [&'static str],
    /// The groups that tell what OpenAI's identity may do.
    granted: &'static [&'static str],
    /// The evidence that grants it.
    granting: &'static [&'static str],
}

impl Rules {
    fn of(cloud: &Cloud) -> Self {
        match cloud {
            Cloud::Aws { .. } => Self {
                groups: aws::vocabulary::EVIDENCE,
                decisive: aws::vocabulary::CALL_ON_THE_KEY,
                of_layer: aws::vocabulary::evidence_of_layer,
                granted: &["privilege"],
                granting: &["aws.role_inline_policies", "aws.role_attached_policies", "aws.key_policy"],
            },
            Cloud::Azure { .. } => Self {
                groups: azure::vocabulary::EVIDENCE,
                decisive: azure::vocabulary::CALL_ON_THE_KEY,
                of_layer: azure::vocabulary::evidence_of_layer,
                granted: &["privilege", "role"],
                granting: &["azure.role_assignments", "azure.role_definitions"],
            },
        }
    }
}

/// Where the facts stand in the plan.
fn places(plan: &Plan, cloud: &Cloud, derived: &Derived) -> Vec<(&'static str, String)> {
    let Rules { groups: evidence, of_layer, granted, granting, .. } = Rules::of(cloud);
    let place = |keys: &[&str]| keys.iter().find_map(|key| plan.places.get(*key)).cloned();
    let every = |keys: &[&str]| {
        let places: Vec<&str> =
            keys.iter().filter_map(|key| plan.places.get(*key)).map(String::as_str).collect();
        (!places.is_empty()).then(|| places.join(", "))
    };
    let mut places: Vec<(&'static str, String)> = evidence
        .iter()
        .filter_map(|(group, keys)| {
            let granted = granted.contains(group).then(|| every(granting)).flatten();
            Some((*group, granted.or_else(|| place(keys))?))
        })
        .collect();
    places.extend(plan.places.get(REGISTRATION).map(|place| ("form", place.clone())));
    // Of a call that is refused, where it is refused.
    for step in derived.path.iter().filter(|step| step.answer == Answer::Denied) {
        let Some((group, _)) = evidence.iter().find(|(group, _)| is_of_group(group_of(step), group)) else {
            continue;
        };
        if let Some(refusing) = step.blocked_by.iter().find_map(|layer| every(of_layer(layer))) {
            places.retain(|(other, _)| other != group);
            places.push((group, refusing));
        }
    }
    places
}

/// The group of facts that a step is told in.
fn group_of(step: &Step) -> &'static str {
    use super::path::StepKind;
    match (step.kind, step.action.as_str()) {
        (StepKind::Identity, "sts:AssumeRole") => "assume_role",
        (StepKind::Identity, _) => "identity",
        (StepKind::Read, _) => "read",
        (StepKind::Encrypt, _) => "encrypt",
        (StepKind::Decrypt, _) => "decrypt",
    }
}

/// The vocabularies of the clouds that there are checks of, or of one of them.
///
/// # Errors
/// If a type among the facts is one that checks can't read.
pub fn vocabularies(only: Option<Provider>) -> Result<Vec<Vocabulary>, UnsupportedType> {
    let of = |provider: Provider| match provider {
        Provider::Aws => Some(aws::vocabulary::vocabulary()),
        Provider::Azure => Some(azure::vocabulary::vocabulary()),
        Provider::Gcp => None,
    };
    let wanted = |provider: &Provider| only.is_none_or(|only| only == *provider);
    Provider::ALL.into_iter().filter(wanted).filter_map(of).collect()
}

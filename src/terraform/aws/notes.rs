//! What was found on the way to the evidence: which resources fill which of its keys, and which values were joined by
//! reference.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::aws::EvidenceKey;
use crate::evidence::plan::{Change, ChangeAction, PlanLimit, REGISTRATION};
use crate::terraform::document::{Document, LeftOut};
use crate::terraform::instances::Instance;
use crate::terraform::join::NotJoined;
use crate::terraform::planned::place;
use crate::terraform::traversal::Traversal;

/// The notes of one registration, of both sides of the change.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The references that were followed.
    joined: RefCell<BTreeSet<Reference>>,
    places: RefCell<BTreeMap<EvidenceKey, Vec<String>>>,
    filled: RefCell<BTreeMap<Traversal, BTreeSet<EvidenceKey>>>,
    /// What the plan puts off, by its address.
    deferred: RefCell<BTreeMap<String, (ChangeAction, BTreeSet<EvidenceKey>)>>,
    /// The documents that were rebuilt already, by their data sources.
    rebuilt: RefCell<BTreeMap<Traversal, Result<String, NotJoined>>>,
}

/// A reference that was followed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference {
    /// Where it stands: `aws_kms_alias.k.target_key_id`.
    at: String,
    /// What it refers to: `aws_kms_key.k.key_id`.
    of: String,
    /// The resource or data source that it stands in.
    from: Traversal,
    /// The one that it refers to.
    to: Traversal,
}

impl Reference {
    /// A reference in an attribute, or anywhere in a resource, to another's.
    pub(super) fn new((from, at): (&Instance, &str), (to, of): (&Instance, &str)) -> Self {
        Self { at: place(from, at), of: place(to, of), from: from.address.clone(), to: to.address.clone() }
    }
}

/// Whether an attribute of a resource says anything itself: a role shows as its own what other resources of the plan hang
/// on it.
fn is_its_own(attribute: &str, fills: &BTreeSet<EvidenceKey>) -> bool {
    match attribute {
        "inline_policy" => fills.contains(&EvidenceKey::RoleInlinePolicies),
        "managed_policy_arns" => fills.contains(&EvidenceKey::RoleAttachedPolicies),
        _ => true,
    }
}

impl Notes {
    /// A value at a place is taken to be what its expression refers to.
    pub(super) fn join(&self, reference: Reference) {
        self.joined.borrow_mut().insert(reference);
    }

    /// The references that were followed.
    pub(super) fn references(&self) -> Vec<Reference> {
        self.joined.borrow().iter().cloned().collect()
    }

    /// A document that was rebuilt already.
    pub(super) fn rebuilt(&self, address: &Traversal) -> Option<Result<String, NotJoined>> {
        self.rebuilt.borrow().get(address).cloned()
    }

    /// Keeps a document that was rebuilt, or why it can't be.
    pub(super) fn keep_rebuilt(&self, address: &Traversal, document: Result<String, NotJoined>) {
        self.rebuilt.borrow_mut().insert(address.clone(), document);
    }

    /// A resource fills an evidence key.
    pub(super) fn fill(&self, key: EvidenceKey, instance: &Instance) {
        self.filled.borrow_mut().entry(instance.address.clone()).or_default().insert(key);
    }

    /// A resource is of the registration, and fills no evidence.
    pub(super) fn concerns(&self, instance: &Instance) {
        self.filled.borrow_mut().entry(instance.address.clone()).or_default();
    }

    /// A resource whose change the plan puts off fills an evidence key.
    pub(super) fn defer(&self, key: EvidenceKey, left_out: &LeftOut) {
        let Some(action) = left_out.action() else { return };
        let mut deferred = self.deferred.borrow_mut();
        let (_, keys) = deferred.entry(left_out.address.clone()).or_insert((action, BTreeSet::new()));
        keys.insert(key);
    }

    /// The values under an evidence key stand here.
    pub(super) fn place(&self, key: EvidenceKey, instance: &Instance, attribute: &str) {
        let mut places = self.places.borrow_mut();
        let of_key = places.entry(key).or_default();
        let place = place(instance, attribute);
        if !of_key.contains(&place) {
            of_key.push(place);
        }
    }

    /// The values under an evidence key would stand here, where none do.
    pub(super) fn place_of_none(&self, key: EvidenceKey, instance: &Instance) {
        if !self.places.borrow().contains_key(&key) {
            self.place(key, instance, "");
        }
    }

    /// The places by evidence key.
    pub(super) fn places(&self) -> BTreeMap<String, String> {
        let places = self.places.borrow();
        places.iter().map(|(key, places)| (key.to_string(), places.join(", "))).collect()
    }

    /// What the plan changes, or has found changed, of all that was noted.
    pub(super) fn changes(&self, document: &Document) -> Vec<Change> {
        let filled = self.filled.borrow();
        let changes = filled.iter().filter_map(|(address, keys)| {
            let instance = document.instances.get(address)?;
            let drift = instance.applied.is_some().then_some(ChangeAction::Drift);
            let action = instance.action.or(drift)?;
            let mut attributes = match action {
                ChangeAction::Update | ChangeAction::Drift => instance.changed(),
                _ => Vec::new(),
            };
            attributes.retain(|attribute| is_its_own(attribute, keys));
            // Of what was found changed, something that no decision rests on.
            if action == ChangeAction::Drift && attributes.is_empty() && instance.after.is_some() {
                return None;
            }
            Some(Change {
                address: address.to_string(),
                action,
                attributes,
                evidence: match keys.is_empty() {
                    true => vec![REGISTRATION.into()],
                    false => keys.iter().map(ToString::to_string).collect(),
                },
            })
        });
        let deferred = self.deferred.borrow();
        let deferred = deferred.iter().map(|(address, (action, keys))| Change {
            address: address.clone(),
            action: *action,
            attributes: Vec::new(),
            evidence: keys.iter().map(ToString::to_string).collect(),
        });
        changes.chain(deferred).collect()
    }

    /// That references are taken to be all that the values are made of, where any are that lead to the evidence.
    pub(super) fn limit(&self) -> Option<PlanLimit> {
        let joined = self.joined.borrow();
        let mut counted: BTreeSet<Traversal> = self.filled.borrow().keys().cloned().collect();
        loop {
            let leads = |one: &&Reference| counted.contains(&one.from) && !counted.contains(&one.to);
            let further: Vec<Traversal> = joined.iter().filter(leads).map(|one| one.to.clone()).collect();
            if further.is_empty() {
                break;
            }
            counted.extend(further);
        }
        let counts = joined.iter().filter(|one| counted.contains(&one.from));
        let said: Vec<String> = counts.map(|one| format!("`{}` says of `{}`", one.at, one.of)).collect();
        let (last, before) = said.split_last()?;
        let all = if before.is_empty() { last.clone() } else { format!("{} and {last}", before.join(", ")) };
        Some(PlanLimit {
            what: format!("what {all} is taken to be that value itself"),
            lift: "judge a plan made after the apply, or the cloud itself".into(),
        })
    }
}

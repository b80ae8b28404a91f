//! What is decided of some evidence, and what of it holds in every case of what is known only after apply.

use serde_json::Value;

use super::CheckReport;
use crate::check::{Outcome, Subject};
use crate::contract::Provider;
use crate::evidence::Evidence;
use crate::facts::path::Step;
use crate::facts::symbolic::Symbolic;
use crate::facts::{self, Derived, Limit};
use crate::selection::Selection;
use crate::target::Registration;

/// What is decided of the evidence in one case of what it may turn out to be.
pub(super) struct Decided {
    pub(super) path: Vec<Step>,
    pub(super) checks: Vec<CheckReport>,
    pub(super) limits: Vec<Limit>,
}

impl Decided {
    pub(super) fn of(evidence: &Evidence, selection: &Selection) -> Self {
        let symbolic = Symbolic::of(evidence);
        let derived = facts::clouds::derive(evidence, selection.assumptions());
        let shown = |text: String| symbolic.shown(&text);
        let mut checks = outcomes(&derived, &symbolic, evidence.cloud.provider(), selection);
        for check in &mut checks {
            check.place = check.place.take().map(shown);
            if let Outcome::Unknown { message, because } = &mut check.outcome {
                *message = symbolic.shown(message);
                *because = symbolic.shown_because(std::mem::take(because));
            }
        }
        Self {
            path: derived.path.into_iter().map(|step| symbolic.shown_step(step)).collect(),
            checks,
            limits: derived.limits.into_iter().map(|limit| symbolic.shown_limit(limit)).collect(),
        }
    }

    /// What is the same in all cases; what is not is open.
    pub(super) fn in_all(
        cases: impl Iterator<Item = Self>,
        symbolic: &Symbolic<'_>,
        incomplete: bool,
    ) -> Self {
        let open = symbolic.open();
        let mut cases = cases;
        let Some(mut all) = cases.next() else {
            return Self { path: Vec::new(), checks: Vec::new(), limits: Vec::new() };
        };
        for case in cases {
            for (step, other) in all.path.iter_mut().zip(&case.path) {
                if step.answer != other.answer {
                    step.left_open(&open);
                }
            }
            for (check, other) in all.checks.iter_mut().zip(&case.checks) {
                if check.outcome.name() != other.outcome.name() {
                    check.outcome = Outcome::unknown(open.clone());
                }
            }
        }
        if incomplete {
            all.path.iter_mut().for_each(|step| step.left_open(&open));
            all.checks.iter_mut().for_each(|check| check.outcome = Outcome::unknown(open.clone()));
        }
        all
    }
}

/// The values of a registration that are known only after apply, as people read them.
pub(super) fn known_after_apply(
    registration: &Registration,
    symbolic: &Symbolic<'_>,
) -> Vec<(&'static str, String)> {
    let values = match registration {
        Registration::Aws(of) => vec![
            ("role_arn", of.role_arn.to_string()),
            ("kms_arn", of.kms_arn.to_string()),
            ("external_id", of.external_id.to_string()),
        ],
        Registration::Azure(of) => vec![
            ("tenant_id", of.tenant_id.to_string()),
            ("vault_uri", of.vault_uri.to_string()),
            ("key_name", of.key_name.to_string()),
        ],
    };
    let unknown = values.into_iter().filter(|(_, value)| !symbolic.within(value).is_empty());
    unknown.map(|(name, value)| (name, symbolic.shown(&value))).collect()
}

/// What becomes of each selected check.
fn outcomes(
    derived: &Derived,
    symbolic: &Symbolic<'_>,
    provider: Provider,
    selection: &Selection,
) -> Vec<CheckReport> {
    let vocabulary = selection.registry().vocabulary(provider);
    let contract = vocabulary.map_or(&Value::Null, |vocabulary| &vocabulary.contract_values);
    let of_checks = [&derived.facts, &derived.target].map(|facts| symbolic.unknown_in(facts));
    let of_people = [&derived.facts, &derived.target].map(|facts| symbolic.shown_in(facts));
    let [facts, target] = of_checks.each_ref().map(AsRef::as_ref);
    let subject = Subject { facts, target, contract, shown: Some(of_people.each_ref().map(AsRef::as_ref)) };
    selection
        .checks(provider)
        .map(|(check, severity)| CheckReport {
            id: check.id().to_owned(),
            title: check.title().to_owned(),
            severity,
            counts: selection.counts(severity),
            outcome: check.judge(&subject),
            place: check.facts().find_map(|fact| derived.place(fact)).map(str::to_owned),
            help: check.references().first().cloned().unwrap_or_default(),
            waiver: None,
        })
        .collect()
}

//! The auditor's rights to read, taken away one at a time, or limited to the vault.
//!
//! What a right is for is in Azure's permission reference ("Microsoft.KeyVault", "Microsoft.Authorization") and in Graph's
//! ("servicePrincipal"). A vault's network rules stop nobody in Azure Resource Manager (Key Vault
//! general/network-security), which shows what the vault itself does: one right of two is enough for the key.

use crate::callers::{Caller, Right};
use crate::judged::{differences, differs, named};
use crate::network::Network;
use crate::program::{Outcome, Registration, Run};
use crate::setup::{Decision, Expected, Verdict};
use crate::tenant::Azure;

#[path = "rights/authorization.rs"]
mod authorization;
#[path = "rights/lists.rs"]
mod lists;
#[path = "rights/reading.rs"]
mod reading;

/// A tenant that is ready, and what its auditor can't read of it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    name: &'static str,
    azure: Azure,
    /// For `--service-principal-id`.
    given: Option<&'static str>,
    expected: Expected,
    /// The permissions that the report names, of all checks that are unknown.
    lacking: &'static [&'static str],
}

/// Every case.
pub(crate) fn all() -> Vec<Case> {
    [
        reading::of_resources(),
        reading::of_key(),
        authorization::of_authorization(),
        authorization::of_directory(),
        authorization::at_the_vault(),
    ]
    .concat()
}

impl Case {
    /// The documented setup, for an auditor with other rights: what can't be read is not needed.
    fn ready(name: &'static str, change: impl FnOnce(&mut Azure)) -> Self {
        let azure = Azure::documented().but(change);
        Self { name, azure, given: None, expected: Expected::ready(), lacking: &[] }
    }

    /// The same, and these checks are unknown for want of these permissions.
    fn open(
        name: &'static str,
        change: impl FnOnce(&mut Azure),
        decisions: [Decision; 4],
        unknown: &'static [&'static str],
        lacking: &'static [&'static str],
    ) -> Self {
        let expected = Expected { verdict: Verdict::Undetermined, decisions, unknown, ..Expected::ready() };
        Self { expected, lacking, ..Self::ready(name, change) }
    }

    /// These warnings and notes are unknown.
    fn warnings(self, unknown_warnings: &'static [&'static str]) -> Self {
        Self { expected: Expected { unknown_warnings, ..self.expected }, ..self }
    }

    fn lacking(self, lacking: &'static [&'static str]) -> Self {
        Self { lacking, ..self }
    }

    fn limits(self, limits: &'static [&'static str]) -> Self {
        Self { expected: Expected { limits, ..self.expected }, ..self }
    }

    fn given(self, service_principal: &'static str) -> Self {
        Self { given: Some(service_principal), ..self }
    }
}

/// The auditor has all rights but these.
fn without(rights: &'static [Right]) -> impl FnOnce(&mut Azure) {
    move |azure| rights.iter().for_each(|right| azure.auditor().loses(*right))
}

/// The auditor has one right at the vault and below only.
fn at_vault(right: Right) -> impl FnOnce(&mut Azure) {
    move |azure| {
        let vault = azure.vault().scope();
        let held = |(of_caller, _): &&mut (Right, _)| *of_caller == right;
        azure.auditor().rights.iter_mut().filter(held).for_each(|(_, scope)| *scope = vault.clone());
    }
}

/// Lets the program judge one case, and says where its report differs.
pub(crate) fn disagreements(case: &Case) -> Vec<String> {
    let network = Network::of(case.azure.clone());
    let registration =
        Registration { service_principal_id: case.given.map(str::to_owned), ..Registration::documented() };
    let outcome = Run::against(&network).registration(registration.clone()).outcome();
    let mut found = differences(&case.expected, &registration, &outcome);
    found.extend(unexplained(case, &outcome));
    named(case.name, found, &outcome)
}

/// What the report does not say of the permissions that are missing.
fn unexplained(case: &Case, outcome: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    let mut named: Vec<&str> = Vec::new();
    for id in case.expected.unknown.iter().chain(case.expected.unknown_warnings) {
        let permissions = outcome.permissions_lacking_for(id);
        if permissions.is_empty() {
            found.push(format!("{id} names no permission: {}", outcome.check(id)["unknown_because"]));
        }
        named.extend(permissions);
    }
    named.sort_unstable();
    named.dedup();
    let mut lacking = case.lacking.to_vec();
    lacking.sort_unstable();
    differs(&mut found, "permissions that are named", lacking, named);
    found
}

#[test]
fn each_right_is_taken_away() {
    for right in Right::ALL {
        let taken = |case: &Case| {
            let mut documented = Caller::auditor();
            documented.loses(right);
            documented.rights == case.azure.callers[0].rights
        };
        assert!(all().iter().any(taken), "{right:?} is never taken away alone");
    }
}

//! Customers' tenants: the documented one, others that are right as well, and mistakes, one in each tenant.
//!
//! What is expected is written from Microsoft's documents and OpenAI's articles, never from what the program says. What
//! no tenant shows is not here: a role that was assigned minutes ago and has not reached Key Vault yet (RBAC
//! troubleshooting, "Symptom - Role assignment changes are not being detected"), and what Conditional Access says to a
//! sign-in.

use crate::setup::{Setup, Verdict};

#[path = "setups/key.rs"]
mod key;
#[path = "setups/principal.rs"]
mod principal;
#[path = "setups/registration.rs"]
mod registration;
#[path = "setups/role.rs"]
mod role;
#[path = "setups/too_much.rs"]
mod too_much;
#[path = "setups/unusual.rs"]
mod unusual;
#[path = "setups/unusual_roles.rs"]
mod unusual_roles;
#[path = "setups/vault.rs"]
mod vault;

/// The checks that fail, or are unknown, where all of OpenAI's uses of the key do.
const USES: &[&str] = &["azure-decrypt-allowed", "azure-encrypt-allowed", "azure-read-allowed"];

/// Every setup.
pub(crate) fn all() -> Vec<Setup> {
    [right(), mistakes()].concat()
}

/// What is ready, the documented setup first.
fn right() -> Vec<Setup> {
    let documented = Setup::of("as documented", "OpenAI, Azure integration", |_| {});
    [vec![documented], unusual::all(), unusual_roles::all()].concat()
}

/// What is not, each with one mistake.
fn mistakes() -> Vec<Setup> {
    [
        registration::wrong(),
        principal::wrong(),
        role::wrong(),
        too_much::all(),
        vault::wrong(),
        vault::open(),
        key::wrong(),
    ]
    .concat()
}

#[test]
fn there_are_enough_setups() {
    let ready = |setup: &Setup| setup.expected.verdict == Verdict::Ready;
    assert!(mistakes().len() >= 40 && !mistakes().iter().any(ready), "{} mistakes", mistakes().len());
    let plain = right().iter().filter(|setup| setup.expected.warnings.is_empty()).count();
    assert!(plain >= 25 && right().iter().all(ready), "{plain} that are right without a warning");
    let mut names: Vec<&str> = all().iter().map(|setup| setup.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all().len(), "a name stands twice");
}

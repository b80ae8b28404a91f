//! Customers' accounts: the documented one, others that are right as well, and mistakes, one in each account.
//!
//! What is expected is written from AWS's documents and OpenAI's articles, never from what the program says.

use crate::setup::Setup;

#[path = "setups/key.rs"]
mod key;
#[path = "setups/key_policy.rs"]
mod key_policy;
#[path = "setups/open.rs"]
mod open;
#[path = "setups/organization.rs"]
mod organization;
#[path = "setups/registration.rs"]
mod registration;
#[path = "setups/right.rs"]
mod right;
#[path = "setups/role_policy.rs"]
mod role_policy;
#[path = "setups/trust.rs"]
mod trust;
#[path = "setups/unusual.rs"]
mod unusual;

/// The checks that fail, or are unknown, where both uses of the key do.
const NO_USE: &[&str] = &["aws-decrypt-allowed", "aws-encrypt-allowed"];

/// Every setup.
pub(crate) fn all() -> Vec<Setup> {
    [
        right::all(),
        unusual::all(),
        trust::wrong(),
        role_policy::wrong(),
        role_policy::wrong_boundary(),
        role_policy::too_much(),
        key_policy::wrong(),
        key::wrong(),
        registration::wrong(),
        organization::all(),
        open::all(),
    ]
    .concat()
}

/// How many have one mistake in the trust policy, the role's policy, the boundary, the key's policy or the key.
pub(crate) fn mutants() -> usize {
    let trust = trust::wrong().len();
    let role =
        role_policy::wrong().len() + role_policy::wrong_boundary().len() + role_policy::too_much().len();
    trust + role + key_policy::wrong().len() + key::wrong().len()
}

/// How many are right in an unusual way, and OpenAI's calls succeed in the emulator too.
pub(crate) fn unusual() -> usize {
    unusual::all().iter().filter(|setup| setup.emulator_deviates.is_none()).count()
}

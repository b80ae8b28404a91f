//! The program against a double of Azure.
//!
//! No emulator has Key Vault keys, Azure Resource Manager's authorization and Microsoft Graph, so the double is the
//! tests' own: [`tenant`] is what is in Azure, [`callers`] who may read what of it, [`answers`] what Microsoft's
//! services say of it, [`network`] how the shipped program gets there by Azure's real URLs, [`program`] how it is run.
//! The double serves what there is. It never decides whether OpenAI could use a key: that the tests say, each with the
//! document that says so ([`setups`]), and the program must come to the same.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests say what they expect by panicking, and say when they are skipped"
)]

#[path = "live_azure/answers.rs"]
mod answers;
#[path = "live_azure/asked.rs"]
mod asked;
#[path = "live_azure/callers.rs"]
#[allow(dead_code, reason = "scenarios are made of it, of which no test binary has all")]
mod callers;
#[path = "live_azure/calls.rs"]
mod calls;
#[path = "live_azure/client.rs"]
mod client;
#[path = "live_azure/hostile.rs"]
mod hostile;
#[path = "live_azure/http.rs"]
mod http;
#[path = "live_azure/judged.rs"]
mod judged;
#[path = "live_azure/logins.rs"]
mod logins;
#[path = "live_azure/network.rs"]
#[allow(dead_code, reason = "faults and benchmarks are made of it as well")]
mod network;
#[path = "live_azure/permissions.rs"]
mod permissions;
#[path = "live_azure/program.rs"]
#[allow(dead_code, reason = "what the program said is looked at in many ways")]
mod program;
#[path = "live_azure/published.rs"]
mod published;
#[path = "live_azure/registrations.rs"]
mod registrations;
#[path = "live_azure/rights.rs"]
mod rights;
#[path = "live_azure/served.rs"]
mod served;
#[path = "live_azure/setup.rs"]
mod setup;
#[path = "live_azure/setups.rs"]
mod setups;
#[path = "live_azure/several.rs"]
mod several;
#[path = "live_azure/shared.rs"]
mod shared;
#[path = "live_azure/tenant.rs"]
#[allow(dead_code, unused_imports, reason = "scenarios are made of it, of which no test binary has all")]
mod tenant;
#[path = "live_azure/transport.rs"]
mod transport;

use several::require_none;

#[test]
fn the_program_decides_every_setup_as_azure_would() {
    require_none(setups::all(), |setup| judged::disagreements(&setup));
}

#[test]
fn a_right_taken_away_is_named_and_never_yields_ready_where_it_is_needed() {
    require_none(rights::all(), |case| rights::disagreements(&case));
}

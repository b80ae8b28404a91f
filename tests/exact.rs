//! The engine's exact answers against brute force: everything unknown is tried with every value that could matter, and
//! each request so completed is decided by itself.
//!
//! Cases look random and are the same in every run. One that fails is made as small as it gets before it is shown.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

#[path = "exact/brute_force.rs"]
mod brute_force;
#[path = "exact/case.rs"]
mod case;
#[path = "exact/choices.rs"]
mod choices;
#[path = "exact/excess.rs"]
mod excess;
#[path = "exact/generate.rs"]
mod generate;
#[path = "exact/keys.rs"]
mod keys;
#[path = "exact/properties.rs"]
mod properties;
#[path = "exact/roles.rs"]
mod roles;

//! Reading clouds: the only place that does I/O with them. Read-only, each call once, within a time limit.

// The SDK's futures are large, and what waits for all of them at once has them all on the stack.
#![deny(clippy::large_futures)]

pub mod aws;
pub mod azure;
mod shared;

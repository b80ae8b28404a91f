//! The revocation guard: access before the change and after it.
//!
//! OpenAI's article "KMS key lifecycle": any break in the path is a revocation; within an hour the data is unreadable, and
//! the project or workspace is to be archived.

use crate::case::Case;

#[path = "guard/aws.rs"]
mod aws;
#[path = "guard/azure.rs"]
mod azure;
#[path = "guard/harmless.rs"]
mod harmless;
#[path = "guard/unknown.rs"]
mod unknown;

/// Changes that take access away.
pub(crate) fn losses() -> Vec<Case> {
    [aws::losses(), azure::losses()].concat()
}

/// Changes that leave it.
pub(crate) fn harmless() -> Vec<Case> {
    [harmless::aws(), harmless::azure()].concat()
}

/// Changes of which nobody knows.
pub(crate) fn open() -> Vec<Case> {
    unknown::open()
}

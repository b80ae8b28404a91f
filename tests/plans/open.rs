//! What a plan leaves open, and what can't be joined: it is unknown, and never passed.

use crate::case::Case;

#[path = "open/around.rs"]
mod around;
#[path = "open/aws.rs"]
mod aws;
#[path = "open/azure.rs"]
mod azure;
#[path = "open/incomplete.rs"]
mod incomplete;
#[path = "open/organization.rs"]
mod organization;
#[path = "open/over.rs"]
mod over;
#[path = "open/taken_away.rs"]
mod taken_away;

/// Every plan of which something is not known.
pub(crate) fn all() -> Vec<Case> {
    [aws::all(), azure::all(), incomplete::all()].concat()
}

/// Evidence of what the corpus's state on Azure holds.
pub(crate) fn azure_evidence() -> String {
    over::azure_evidence(|_| {})
}

/// Evidence of what the corpus's state on AWS holds.
pub(crate) fn aws_evidence() -> String {
    over::evidence(|_| {})
}

/// Plans laid over saved evidence.
pub(crate) fn over() -> Vec<Case> {
    [around::all(), organization::all(), over::all(), taken_away::all()].concat()
}

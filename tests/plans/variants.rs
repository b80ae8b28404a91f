//! The same setups, written in other ways: what a pipeline must let through.

use crate::case::Case;

#[path = "variants/aws.rs"]
mod aws;
#[path = "variants/aws_names.rs"]
mod aws_names;
#[path = "variants/azure.rs"]
mod azure;
#[path = "variants/written.rs"]
mod written;

/// Every plan that is ready.
pub(crate) fn all() -> Vec<Case> {
    [aws::all(), aws_names::all(), azure::all(), written::all()].concat()
}

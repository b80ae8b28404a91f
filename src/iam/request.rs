//! What is asked.

use super::context::Context;
use super::principal::Caller;

/// One request to AWS.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who calls.
    pub caller: Caller,
    /// What is to be done.
    pub action: Action,
    /// The resource's ARN, or `*` for an action without a resource. For KMS always the key's own, never an alias's
    /// (KMS-DG cmks-in-iam-policies).
    pub resource: String,
    /// The account that the resource is in.
    pub resource_account: String,
    /// The context keys.
    pub context: Context,
}

/// An action: `kms:Encrypt`. Upper and lower case are the same (IAM-UG reference_policies_elements_action).
#[derive(Debug, Clone)]
pub struct Action {
    written: String,
    lower: String,
}

impl Action {
    /// An action by its name.
    pub fn new(written: &str) -> Self {
        Self { written: written.to_owned(), lower: written.to_ascii_lowercase() }
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// In lower case.
    pub fn lower(&self) -> &str {
        &self.lower
    }
}

impl Request {
    /// Whether caller and resource are in one account.
    pub fn in_one_account(&self) -> bool {
        self.caller.account() == Some(self.resource_account.as_str())
    }
}

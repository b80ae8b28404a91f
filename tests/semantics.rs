//! What AWS documents, one test for each rule that changes a decision, asked through the door of `simulate`.
//!
//! Each test is named by its rule and cites the page: IAM-UG is the IAM User Guide, KMS-DG the KMS Developer Guide,
//! ORG-UG the Organizations User Guide, and the word behind it the page's file name. Each rule has a case in which it
//! bites and a twin, different in just that, in which it does not. What is expected is written from AWS's pages, never
//! from what the program says; where AWS documents nothing, the answer is `depends`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

use serde_json::Value;

#[path = "semantics/accounts.rs"]
mod accounts;
#[path = "semantics/assume_role.rs"]
mod assume_role;
#[path = "semantics/case.rs"]
mod case;
#[path = "semantics/conditions.rs"]
mod conditions;
#[path = "semantics/documents.rs"]
mod documents;
#[path = "semantics/grants.rs"]
mod grants;
#[path = "semantics/keys.rs"]
mod keys;
#[path = "semantics/principals.rs"]
mod principals;
#[path = "semantics/statements.rs"]
mod statements;
#[path = "semantics/unknown.rs"]
mod unknown;
#[path = "semantics/variables.rs"]
mod variables;

/// What `simulate` prints for a document, or why it refuses it.
pub(crate) fn answer_text(document: &str) -> Result<String, String> {
    ekm_preflight::simulate::answer(document).map_err(|error| error.to_string())
}

/// What `simulate` answers to one case.
#[track_caller]
pub(crate) fn answer(case: &Value) -> Value {
    let text = answer_text(&case.to_string()).unwrap_or_else(|error| panic!("refused: {error}\n{case:#}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("no JSON, {error}: {text}"))
}

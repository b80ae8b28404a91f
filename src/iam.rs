//! How AWS decides: policies read into types, matched against one request, and combined as AWS combines them.
//!
//! The engine answers in three values. A decision that would need what is not known (a context key that OpenAI does
//! not publish, a policy that could not be read, a rule that AWS does not document) comes out as
//! [`Outcome::Depends`] and names it. Two statements that read the same unknown key are taken as independent, so
//! `Depends` is sometimes wider than it must be; it is never narrower.
//!
//! `IAM-UG` stands for the IAM User Guide and `KMS-DG` for the KMS Developer Guide; the words behind it are the name
//! of the page.

pub mod condition;
pub mod context;
pub mod decide;
pub mod parse;
pub mod pattern;
pub mod policy;
pub mod principal;
pub mod statement;
pub mod truth;

pub use context::{Context, ContextValue};
pub use decide::{Because, Decision, Effected, Layer, Layers, Outcome, Policies, Request, decide};
pub use policy::Policy;
pub use truth::{Dependency, Truth};

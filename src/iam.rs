//! How AWS decides: policies read into types, matched against one request, and combined as AWS combines them.
//!
//! The engine answers in three values, exactly: what comes out the same for every value of what is not known (a context
//! key that OpenAI does not publish, a policy that could not be read, a rule that AWS does not document) is the answer,
//! and everything else is [`Outcome::Depends`] and names what it depends on.
//!
//! `IAM-UG` stands for the IAM User Guide, `KMS-DG` for the KMS Developer Guide and `ORG-UG` for the Organizations User
//! Guide; the words behind it are the name of the page.
//!
//! From a document to an answer: [`parse`] makes a [`policy`] of [`pattern`]s and [`condition`]s; [`statement`] matches
//! one against a [`request`] in one [`world`]; `evaluate` combines the [`layers`] there; `explore` goes through all worlds,
//! over the `candidates` that [`classes`] of texts yield; [`mod@decide`] gives the answer and its [`reason`]s. [`mod@excess`] asks the same of all actions
//! and resources that there are, [`callers`] of everybody who may call.

pub mod callers;
mod candidates;
pub mod classes;
pub mod condition;
pub mod context;
pub mod decide;
mod evaluate;
pub mod excess;
mod explore;
pub mod layers;
pub mod parse;
pub mod pattern;
pub mod places;
pub mod policy;
pub mod principal;
pub mod reason;
pub mod request;
pub mod services;
pub mod statement;
pub mod truth;
pub mod world;

pub use callers::{CallerClass, caller_classes};
pub use context::{Context, ContextValue, Never};
pub use decide::{Decision, Outcome, decide};
pub use excess::{Excess, Need, excess};
pub use explore::{possible, telling_values};
pub use layers::{Constraints, Grant, Grants, Layer, Layers, Policies};
pub use policy::Policy;
pub use principal::{Caller, RoleSession, UniqueId, User};
pub use reason::{Because, Effected};
pub use request::{Action, Request};
pub use truth::{Dependency, Truth};

//! Decides whether OpenAI's Enterprise Key Management could use a customer's key, and whether anything more is
//! granted, before the key is registered.
//!
//! ```text
//! target ──collect──▶ evidence ──derive──▶ facts ──judge──▶ outcomes ──▶ report ──▶ table │ json │ sarif │ …
//!   └────────────────────────────────▶ payload ────────────────────────────▲
//! ```
//!
//! Only [`collect`] talks to clouds. Everything behind it is a pure function of the [`evidence`]: the same evidence
//! gives the same bytes.

pub mod assume;
pub mod check;
pub mod cli;
pub mod collect;
pub mod config;
pub mod contract;
pub mod encoding;
pub mod evidence;
pub mod explain;
pub mod facts;
pub mod iam;
pub mod payload;
pub mod permissions;
pub mod rbac;
pub mod report;
pub mod run;
pub mod selection;
pub mod simulate;
pub mod target;
pub mod terraform;
pub mod text;
pub mod waiver;

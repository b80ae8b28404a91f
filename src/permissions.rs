//! The least permissions that a live run needs, read-only, in the form that each cloud takes them in and as a list for
//! people.
//!
//! Everything comes from the calls behind each evidence key; no call is named here.

pub mod aws;
pub mod azure;

//! The clouds that there are facts of, each by what it is.

use jiff::Timestamp;

use super::schema::UnsupportedType;
use super::vocabulary::Vocabulary;
use super::{Derived, aws, azure};
use crate::assume::Assumptions;
use crate::evidence::Cloud;

/// Derives everything from what was seen and what is assumed of OpenAI's calls, as of the time of the evidence.
pub fn derive(cloud: &Cloud, assumptions: &Assumptions, now: Timestamp) -> Derived {
    match cloud {
        Cloud::Aws { registration, evidence } => aws::derive(registration, evidence, assumptions, now),
        Cloud::Azure { registration, evidence } => azure::derive(registration, evidence, assumptions, now),
    }
}

/// The vocabularies of all clouds that there are checks of.
///
/// # Errors
/// If a type among the facts is one that checks can't read.
pub fn vocabularies() -> Result<Vec<Vocabulary>, UnsupportedType> {
    Ok(vec![aws::vocabulary::vocabulary()?, azure::vocabulary::vocabulary()?])
}

//! The clouds that there are facts of, each by what it is.

use jiff::Timestamp;

use super::schema::UnsupportedType;
use super::vocabulary::Vocabulary;
use super::{Derived, aws, azure};
use crate::assume::Assumptions;
use crate::contract::Provider;
use crate::evidence::Cloud;

/// Derives everything from what was seen and what is assumed of OpenAI's calls, as of the time of the evidence.
pub fn derive(cloud: &Cloud, assumptions: &Assumptions, now: Timestamp) -> Derived {
    match cloud {
        Cloud::Aws { registration, other_keys, evidence } => {
            aws::derive(registration, other_keys, evidence, assumptions, now)
        }
        Cloud::Azure { registration, evidence } => azure::derive(registration, evidence, assumptions, now),
    }
}

/// The vocabularies of the clouds that there are checks of, or of one of them.
///
/// # Errors
/// If a type among the facts is one that checks can't read.
pub fn vocabularies(only: Option<Provider>) -> Result<Vec<Vocabulary>, UnsupportedType> {
    let of = |provider: Provider| match provider {
        Provider::Aws => Some(aws::vocabulary::vocabulary()),
        Provider::Azure => Some(azure::vocabulary::vocabulary()),
        Provider::Gcp => None,
    };
    let wanted = |provider: &Provider| only.is_none_or(|only| only == *provider);
    Provider::ALL.into_iter().filter(wanted).filter_map(of).collect()
}

//! Evidence to facts.

use jiff::Timestamp;

use crate::assume::Assumptions;
use crate::evidence::azure::AzureEvidence;
use crate::facts::Derived;
use crate::target::azure::AzureRegistration;

/// Derives everything from the registration, what was seen, and what is assumed of OpenAI's calls, as of the time of
/// the evidence.
pub fn derive(
    registration: &AzureRegistration,
    evidence: &AzureEvidence,
    assumptions: &Assumptions,
    now: Timestamp,
) -> Derived {
    todo!("{registration:?} {evidence:?} {assumptions:?} {now}")
}

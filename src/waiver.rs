//! What a customer accepts for a while, on somebody's word.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

/// That the outcome of a check on a target is accepted until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Waiver {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it counts.
    #[schemars(with = "String", extend("format" = "date"))]
    pub expires: Date,
}

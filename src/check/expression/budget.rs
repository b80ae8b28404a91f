//! What an evaluation may cost: files of checks come from strangers.

use std::borrow::Cow;

use super::undecided::Undecided;
use super::value::{Evaluated, Value};

/// What the evaluation of a check may still cost.
#[derive(Debug)]
pub(in crate::check) struct Budget(u64);

impl Budget {
    /// Enough for thousands of principals; spent within milliseconds.
    const STEPS: u64 = 400_000;
    /// How much text or how many elements one step handles.
    pub(super) const PER_STEP: usize = 32;
    /// What matching one byte against the largest pattern counts for.
    pub(super) const PER_MATCHED_BYTE: usize = 128;
    /// The longest text that an expression may build, in bytes.
    pub(super) const MAX_TEXT: usize = 16 * 1024;

    /// A fresh budget, for one check.
    pub(in crate::check) fn new() -> Self {
        Self(Self::STEPS)
    }

    /// Spends some steps.
    ///
    /// # Errors
    /// If they are more than are left.
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), Undecided> {
        match self.0.checked_sub(steps) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => {
                self.0 = 0;
                Err(Undecided::GivenUp("evaluation costs too much: compare fewer or shorter values".into()))
            }
        }
    }

    /// Spends what it costs to go through some text or elements.
    ///
    /// # Errors
    /// If that is more than is left.
    pub(super) fn spend_on(&mut self, amount: usize) -> Result<(), Undecided> {
        self.spend(1 + (amount / Self::PER_STEP) as u64)
    }

    /// A text that an expression built, paid for.
    ///
    /// # Errors
    /// If it is too long, or costs more than is left.
    pub(super) fn text<'a>(&mut self, text: String) -> Evaluated<'a> {
        if text.len() > Self::MAX_TEXT {
            return Err(Undecided::GivenUp(format!("a text grows beyond {} bytes", Self::MAX_TEXT)));
        }
        self.spend_on(text.len())?;
        Ok(Value::Text(Cow::Owned(text)))
    }
}

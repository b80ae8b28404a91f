//! What is not decided, and how it combines.

use std::collections::BTreeSet;

use crate::facts::UnknownBecause;

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) enum Undecided {
    /// It depends on what is not known; every reason that was met.
    Unknown(BTreeSet<UnknownBecause>),
    /// It is wrong: an index out of range, text where a boolean is needed.
    Error(String),
    /// It was given up: the budget is spent, or a fact was read that is not there. Unlike an error it is never
    /// absorbed by `||` or `&&`.
    GivenUp(String),
}

/// A chain of `&&` or `||`: the absorbing value decides, else what is undecided, else the other value.
pub(super) struct Fold {
    absorbing: bool,
    decided: bool,
    undecided: Option<Undecided>,
}

impl Fold {
    pub(super) fn new(absorbing: bool) -> Self {
        Self { absorbing, decided: false, undecided: None }
    }

    /// Takes the next value; true once the chain is decided.
    pub(super) fn takes(&mut self, next: Result<bool, Undecided>) -> Result<bool, Undecided> {
        match next {
            Ok(value) => self.decided |= value == self.absorbing,
            Err(given_up @ Undecided::GivenUp(_)) => return Err(given_up),
            Err(undecided) => {
                self.undecided = Some(match self.undecided.take() {
                    None => undecided,
                    Some(before) => merge(before, undecided),
                });
            }
        }
        Ok(self.decided)
    }

    pub(super) fn result(self) -> Result<bool, Undecided> {
        match self.undecided {
            _ if self.decided => Ok(self.absorbing),
            Some(undecided) => Err(undecided),
            None => Ok(!self.absorbing),
        }
    }
}

/// What two undecided operands make: given up before unknown before wrong, as CEL has it for unknowns and errors.
pub(super) fn merge(left: Undecided, right: Undecided) -> Undecided {
    match (left, right) {
        (given_up @ Undecided::GivenUp(_), _) | (_, given_up @ Undecided::GivenUp(_)) => given_up,
        (Undecided::Unknown(mut left), Undecided::Unknown(right)) => {
            left.extend(right);
            Undecided::Unknown(left)
        }
        (unknown @ Undecided::Unknown(_), Undecided::Error(_))
        | (Undecided::Error(_), unknown @ Undecided::Unknown(_)) => unknown,
        (error @ Undecided::Error(_), Undecided::Error(_)) => error,
    }
}

/// All values, where every one is known; else everything that is not, merged.
pub(super) fn all_known<T>(values: Vec<Result<T, Undecided>>) -> Result<Vec<T>, Undecided> {
    let mut known = Vec::with_capacity(values.len());
    let mut undecided: Option<Undecided> = None;
    for value in values {
        match (value, undecided.take()) {
            (Ok(value), None) => known.push(value),
            (Ok(_), before) => undecided = before,
            (Err(next), None) => undecided = Some(next),
            (Err(next), Some(before)) => undecided = Some(merge(before, next)),
        }
    }
    undecided.map_or(Ok(known), Err)
}

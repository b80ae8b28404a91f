//! AWS's answer to a request over everything that is not known, with its reasons.

use std::collections::BTreeSet;

use super::evaluate::{asked, evaluate};
use super::explore::explore;
use super::layers::Layers;
use super::reason::{Because, reasons};
use super::request::Request;
use super::truth::Dependency;
use super::world::World;

pub use super::evaluate::Outcome;

/// An answer and its reasons.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    /// The answer. Where every value of the unknown refuses the request, some by a statement and some by the lack of
    /// one, it is [`Outcome::ImplicitlyDenied`].
    pub outcome: Outcome,
    /// The statements that made it, or nearly.
    pub because: Vec<Because<'a>>,
    /// What it depends on; empty unless it depends. Each entry changes the answer by itself, for some values of the
    /// others.
    pub depends_on: Vec<Dependency>,
}

impl Decision<'_> {
    /// What it depends on, by name, each once.
    pub fn names(&self) -> Vec<String> {
        let names: BTreeSet<&str> = self.depends_on.iter().map(|dependency| dependency.on.as_str()).collect();
        names.into_iter().map(str::to_owned).collect()
    }
}

/// Decides a request, over all values that the unknown may have.
pub fn decide<'a>(request: &'a Request, layers: &'a Layers) -> Decision<'a> {
    let asked = asked(request, layers, World::known(&request.context));
    let evaluation = evaluate(&asked, layers);
    let (outcome, depends_on) = match evaluation.outcome() {
        Some(outcome) => (outcome, Vec::new()),
        None => explore(request, layers),
    };
    let because = reasons(&asked, layers, &evaluation, outcome, &depends_on);
    Decision { outcome, because, depends_on }
}

#[cfg(test)]
mod tests;

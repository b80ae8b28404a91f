//! What checks may speak of: the shape of the facts, of the target and of the contract, and the evidence behind each
//! fact. A public, versioned interface: customers' own checks are written against it.

use serde_json::Value;

use super::schema::FactType;
use crate::contract::Provider;

/// What the checks of one provider may read.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// The provider.
    pub provider: Provider,
    /// The shape of `facts`.
    pub facts: FactType,
    /// The shape of `target`.
    pub target: FactType,
    /// The shape of `contract`.
    pub contract: FactType,
    /// The values of `contract`.
    pub contract_values: Value,
    /// A target that checks can be tried with.
    pub example_target: Value,
    /// The evidence that facts are derived from, by the path of a group of facts (without `facts.`). The evidence
    /// that is most particular to the group stands first.
    pub evidence: &'static [(&'static str, &'static [&'static str])],
}

/// Whether a fact is in a group of facts, or is the group itself: `role.exists` is in `role`, `roles` is not.
pub fn is_of_group(fact: &str, group: &str) -> bool {
    fact.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Vocabulary {
    /// The evidence that a fact is derived from; empty for a fact that needs none. The longest path that leads to the
    /// fact decides.
    pub fn evidence_keys(&self, fact: &str) -> &'static [&'static str] {
        self.evidence
            .iter()
            .filter(|(group, _)| is_of_group(fact, group))
            .max_by_key(|(group, _)| group.len())
            .map_or(&[], |(_, keys)| keys)
    }

    /// Whether any fact is derived from the evidence of this key.
    pub fn knows_evidence(&self, key: &str) -> bool {
        self.evidence.iter().any(|(_, keys)| keys.contains(&key))
    }
}

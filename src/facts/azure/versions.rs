//! The versions of a key, as the list of them shows them.

use crate::evidence::azure::{AzureEvidence, KeyVersion};

/// What was listed; nothing where the list could not be read.
#[derive(Clone, Copy)]
pub(super) struct Versions<'a>(&'a [KeyVersion]);

impl<'a> Versions<'a> {
    pub(super) fn of(evidence: &'a AzureEvidence) -> Self {
        Self(evidence.key_versions.collected().map_or(&[], Vec::as_slice))
    }

    /// The one of this name.
    pub(super) fn named(self, name: &str) -> Option<&'a KeyVersion> {
        self.0.iter().find(|version| version.version.eq_ignore_ascii_case(name))
    }

    /// The one that was made last, which is the current one (Key Vault about-keys-secrets-certificates, "Objects,
    /// identifiers, and versioning").
    pub(super) fn last(self) -> Option<&'a KeyVersion> {
        self.0.iter().filter(|version| version.created.is_some()).max_by_key(|version| version.created)
    }

    /// Whether another version was made after the one of this name.
    pub(super) fn supersede(self, name: &str) -> bool {
        let made = self.named(name).and_then(|version| version.created);
        made.is_some_and(|made| self.0.iter().any(|other| other.created > Some(made)))
    }

    /// Those that are disabled, but for this one.
    pub(super) fn disabled_but(self, current: Option<&KeyVersion>) -> Vec<String> {
        let others = self.0.iter().filter(|version| Some(*version) != current);
        others.filter(|version| !version.enabled).map(|version| version.version.clone()).collect()
    }
}

//! The key: whether it is there, what it is, and what its own state does to OpenAI's calls.

use jiff::{SignedDuration, Timestamp};

use super::layer::{Layer, Said};
use super::principal::{because, behind_absent};
use super::vault::SeenVault;
use super::versions::Versions;
use super::{KeyFacts, rotation};
use crate::contract::azure::KEY_TYPES;
use crate::evidence::Item;
use crate::evidence::azure::{AzureEvidence, Key, SeenKey};
use crate::facts::path::StepKind;
use crate::facts::{Fact, UnknownBecause};

const KEY: &str = "azure.key";
const VERSIONS: &str = "azure.key_versions";
/// Around a key's dates Key Vault is lenient by "a few minutes" (Key Vault key-attributes): within this time an answer
/// is not certain.
const LEEWAY: SignedDuration = SignedDuration::from_mins(10);
/// Types of keys that can't encrypt as OpenAI does, which is by RSA (Key Vault keys/about-keys-details).
const OTHER_TYPES: [&str; 4] = ["EC", "EC-HSM", "oct", "oct-HSM"];

/// The key as far as it is known, at one time.
pub(super) struct TheKey<'a> {
    evidence: &'a AzureEvidence,
    seen: Fact<Option<&'a SeenKey>>,
    /// Why it is not known whether the key is enabled, where that is all that is not known of it.
    enabled_open: Option<UnknownBecause>,
    versions: Versions<'a>,
    now: Timestamp,
}

/// The key as far as the evidence shows it.
fn of_evidence(evidence: &AzureEvidence) -> Fact<Option<&SeenKey>> {
    match &evidence.key {
        Item::Partial { known, .. } => Fact::Known(Some(known)),
        whole => whole.fact(KEY),
    }
}

/// Where a time is that is told from another with some leeway.
enum Reached {
    Yes,
    No,
    Nearly,
}

impl<'a> TheKey<'a> {
    pub(super) fn of(vault: &SeenVault<'_>, evidence: &'a AzureEvidence, now: Timestamp) -> Self {
        let versions = Versions::of(evidence);
        let seen = match vault.exists() {
            Fact::Known(false) => Fact::Known(None),
            Fact::Known(true) | Fact::Unknown(_) => of_evidence(evidence).and_then(|seen| match seen {
                Some(SeenKey::Shown(key)) if versions.supersede(&key.version) => {
                    Fact::Unknown(vec![because(
                        VERSIONS,
                        "a newer version is listed than the one that was shown",
                    )])
                }
                seen => Fact::Known(seen),
            }),
        };
        // Of a key that is known in part only that is not.
        let enabled_open = match &evidence.key {
            Item::Partial { missing, .. } => Some(missing.because(KEY)),
            Item::Collected(_) | Item::Absent(_) | Item::Missing(_) => None,
        };
        Self { evidence, seen, enabled_open, versions, now }
    }

    fn exists(&self) -> Fact<bool> {
        self.seen.clone().map(|seen| seen.is_some())
    }

    /// The current version, where it was shown.
    fn shown(&self) -> Result<&'a Key, Vec<UnknownBecause>> {
        match &self.seen {
            Fact::Known(Some(SeenKey::Shown(key))) => Ok(key),
            Fact::Known(Some(SeenKey::Disabled)) => Err(vec![because(KEY, "a disabled key is not shown")]),
            Fact::Known(None) => Err(behind_absent(KEY)),
            Fact::Unknown(because) => Err(because.clone()),
        }
    }

    fn enabled(&self) -> Fact<bool> {
        match &self.seen {
            Fact::Known(Some(SeenKey::Disabled)) => Fact::Known(false),
            _ => self.about(|key| match self.versions.named(&key.version) {
                Some(listed) if key.enabled && !listed.enabled => Fact::Unknown(vec![because(
                    VERSIONS,
                    &format!("`{}` is listed as disabled, and was shown as enabled", key.version),
                )]),
                _ => match &self.enabled_open {
                    Some(open) => Fact::Unknown(vec![open.clone()]),
                    None => Fact::Known(key.enabled),
                },
            }),
        }
    }

    fn about<T>(&self, of: impl FnOnce(&'a Key) -> Fact<T>) -> Fact<T> {
        match self.shown() {
            Ok(key) => of(key),
            Err(because) => Fact::Unknown(because),
        }
    }

    fn reached(&self, time: Timestamp, leeway: [SignedDuration; 2]) -> Reached {
        let [before, behind] = leeway;
        let since = self.now.duration_since(time);
        if since < -before {
            Reached::No
        } else if since >= behind {
            Reached::Yes
        } else {
            Reached::Nearly
        }
    }

    /// Whether the time has come from which on the key may be used.
    fn started(&self, key: &Key) -> Fact<bool> {
        let Some(from) = key.not_before else { return Fact::Known(true) };
        match self.reached(from, [LEEWAY, SignedDuration::ZERO]) {
            Reached::Yes => Fact::Known(true),
            Reached::No => Fact::Known(false),
            Reached::Nearly => Fact::Unknown(vec![lenient(from)]),
        }
    }

    fn expired(&self, key: &Key) -> Fact<bool> {
        let Some(until) = key.expires else { return Fact::Known(false) };
        match self.reached(until, [SignedDuration::ZERO, LEEWAY]) {
            Reached::Yes => Fact::Known(true),
            Reached::No => Fact::Known(false),
            Reached::Nearly => Fact::Unknown(vec![lenient(until)]),
        }
    }

    pub(super) fn facts(&self) -> KeyFacts {
        let date = |date: Option<Timestamp>| Fact::Known(date.map(|date| date.to_string()));
        KeyFacts {
            exists: self.exists(),
            kind: self.about(|key| Fact::Known(key.kind.clone())),
            enabled: self.enabled(),
            started: self.about(|key| self.started(key)),
            expired: self.about(|key| self.expired(key)),
            expires: self.about(|key| date(key.expires)),
            not_before: self.about(|key| date(key.not_before)),
            operations: self.about(|key| Fact::Known(key.operations.clone())),
            disabled_versions: self.disabled_versions(),
            rotates: self.rotates(),
        }
    }

    fn is_out_of_dates(&self, key: &Key) -> bool {
        self.started(key) == Fact::Known(false) || self.expired(key) == Fact::Known(true)
    }

    /// Versions other than the current one that are disabled.
    fn disabled_versions(&self) -> Fact<Vec<String>> {
        self.behind_key(VERSIONS, |evidence| {
            evidence.key_versions.fact(VERSIONS).and_then(|_| {
                let current = match self.shown() {
                    Ok(key) => self.versions.named(&key.version),
                    Err(_) => self.versions.last(),
                };
                let open = match current {
                    Some(_) => Vec::new(),
                    // A key has versions: a list without its current one is another key's, or of another time.
                    None => vec![because(VERSIONS, "the current version is not among those listed")],
                };
                Fact::of_members(self.versions.disabled_but(current), open)
            })
        })
    }

    fn rotates(&self) -> Fact<bool> {
        let key = "azure.key_rotation_policy";
        self.behind_key(key, |evidence| {
            evidence.key_rotation_policy.fact(key).and_then(|policy| match policy {
                None => Fact::Known(false),
                Some(policy) => self.about(|key| rotation::rotates(policy, key, self.created(key))),
            })
        })
    }

    /// When the current version was made.
    fn created(&self, key: &Key) -> Option<Timestamp> {
        let versions = self.evidence.key_versions.collected()?;
        versions.iter().find(|version| version.version == key.version)?.created
    }

    fn behind_key<T>(&self, evidence: &str, of: impl FnOnce(&'a AzureEvidence) -> Fact<T>) -> Fact<T> {
        match self.exists() {
            Fact::Known(false) => Fact::Unknown(behind_absent(evidence)),
            Fact::Known(true) | Fact::Unknown(_) => of(self.evidence),
        }
    }

    /// What the key itself says to a call.
    pub(super) fn said(&self, call: StepKind) -> Vec<Said> {
        let key = match &self.seen {
            Fact::Unknown(because) => return vec![Said::unread(Layer::KeyState, because.clone())],
            Fact::Known(None) => {
                return vec![
                    Said::denies(Layer::KeyState, "the vault has no key of this name").for_want_of("key"),
                ];
            }
            Fact::Known(Some(SeenKey::Disabled)) => return vec![disabled_key(call)],
            Fact::Known(Some(SeenKey::Shown(key))) => key,
        };
        let mut said = vec![self.state(call, key)];
        said.extend(operations(call, key));
        said
    }

    /// Outside of its dates a key can't encrypt; it can decrypt (Key Vault key-attributes, "Date-time controlled
    /// operations").
    fn state(&self, call: StepKind, key: &Key) -> Said {
        let layer = Layer::KeyState;
        match self.enabled() {
            Fact::Known(true) => {}
            Fact::Known(false) => return disabled_key(call),
            // Enabled or not, out of its dates it can't encrypt.
            Fact::Unknown(_) if call == StepKind::Encrypt && self.is_out_of_dates(key) => {}
            Fact::Unknown(because) => {
                let detail = "whether the key is enabled is not certain";
                return Said::depends(layer, detail, layer.word(), because);
            }
        }
        if call != StepKind::Encrypt {
            return Said::allows(layer, "the key is enabled");
        }
        let date = |date: Option<Timestamp>| date.map(|date| date.to_string()).unwrap_or_default();
        match (self.started(key), self.expired(key)) {
            (Fact::Known(false), _) => {
                Said::denies(layer, format!("the key can't encrypt before {}", date(key.not_before)))
            }
            (_, Fact::Known(true)) => {
                Said::denies(layer, format!("the key expired at {} and can only decrypt", date(key.expires)))
            }
            (Fact::Known(true), Fact::Known(false)) => Said::allows(layer, "the key is enabled"),
            (started, expired) => {
                let because = [unknown(started), unknown(expired)].concat();
                let detail = "one of the key's dates is only minutes away";
                Said::depends(layer, detail, layer.word(), because)
            }
        }
    }
}

fn unknown(fact: Fact<bool>) -> Vec<UnknownBecause> {
    match fact {
        Fact::Known(_) => Vec::new(),
        Fact::Unknown(because) => because,
    }
}

fn lenient(date: Timestamp) -> UnknownBecause {
    because(KEY, &format!("{date} is only minutes away, and Key Vault is lenient about minutes"))
}

/// A disabled key does nothing; whether it can be read is documented nowhere.
fn disabled_key(call: StepKind) -> Said {
    let layer = Layer::KeyState;
    if call == StepKind::Read {
        let detail = "the key is disabled, and whether disabled keys can be read is not documented";
        return Said::depends(layer, detail, layer.word(), vec![because(KEY, "the key is disabled")]);
    }
    Said::denies(layer, "the key is disabled")
}

/// What the key's type and its permitted operations say. They are the key's own, above all authorization (Key Vault
/// key-operations).
fn operations(call: StepKind, key: &Key) -> Option<Said> {
    let layer = Layer::KeyOperations;
    let operation = match call {
        StepKind::Encrypt => "encrypt",
        StepKind::Decrypt => "decrypt",
        StepKind::Read | StepKind::Identity => return None,
    };
    let is = |kinds: &[&str]| kinds.iter().any(|kind| key.kind.eq_ignore_ascii_case(kind));
    if is(&OTHER_TYPES) {
        return Some(Said::denies(layer, format!("a key of type `{}` can't {operation} by RSA", key.kind)));
    }
    if !key.operations.iter().any(|permitted| permitted.eq_ignore_ascii_case(operation)) {
        return Some(Said::lacks(
            layer,
            format!("`{operation}` is not among the key's operations {}", listed(&key.operations)),
        ));
    }
    if !is(&KEY_TYPES) {
        let reason = because(KEY, &format!("its type is `{}`", key.kind));
        return Some(Said::depends(
            layer,
            format!("what a key of type `{}` can do is not known", key.kind),
            layer.word(),
            vec![reason],
        ));
    }
    Some(Said::allows(layer, format!("`{operation}` is among the key's operations")))
}

/// Names, for a sentence.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    if names.is_empty() {
        return "(there is none)".into();
    }
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

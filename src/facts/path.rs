//! OpenAI's calls, one after the other, and what each would get.

use schemars::JsonSchema;
use serde::Serialize;

use super::UnknownBecause;
use crate::iam::{Because, Effected};

/// One of OpenAI's calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which call.
    pub kind: StepKind,
    /// Its action in the cloud's own words: `sts:AssumeRole`.
    pub action: String,
    /// What the cloud would answer.
    pub answer: Answer,
    /// Where a refusal comes from: the layers in which nothing allows or something denies, or the `role` or `key` that
    /// does not exist.
    pub blocked_by: Vec<String>,
    /// Whether a statement refuses it, rather than the lack of one.
    pub explicitly_denied: bool,
    /// The call whose answer decides it most, and what it was made on.
    pub place: Option<String>,
    /// The statements and settings that decide it.
    pub because: Vec<Reason>,
    /// What an answer of `depends` depends on: context keys and unread layers.
    pub depends_on: Vec<String>,
    /// Why those are not known.
    pub unknown_because: Vec<UnknownBecause>,
}

/// Which of OpenAI's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Taking the customer's identity.
    Identity,
    /// Reading the key (Azure).
    Read,
    /// Encrypting with the key.
    Encrypt,
    /// Decrypting with the key.
    Decrypt,
}

/// What a cloud would answer to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It succeeds.
    Allowed,
    /// It is refused.
    Denied,
    /// That depends on something that is not known.
    Depends,
}

impl Answer {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Depends => "depends",
        }
    }
}

/// One statement or setting behind an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    /// The layer: `trust_policy`, `key_policy`, …
    pub layer: String,
    /// The policy's name; left out where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub policy: String,
    /// The statement's Sid, or `#` and its index; left out where none is to be named.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub statement: String,
    /// What it does to the call.
    pub effect: ReasonEffect,
    /// A sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// What a statement does to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonEffect {
    /// Allows it.
    Allow,
    /// Denies it.
    Deny,
    /// Does not apply, or may not.
    None,
}

impl From<&Because<'_>> for Reason {
    fn from(because: &Because<'_>) -> Self {
        Self {
            layer: because.layer.word().into(),
            policy: because.policy.to_owned(),
            statement: because.statement_name(),
            effect: match because.effect {
                Effected::Allow => ReasonEffect::Allow,
                Effected::Deny => ReasonEffect::Deny,
                Effected::None => ReasonEffect::None,
            },
            detail: because.detail.clone().into_owned(),
        }
    }
}

impl Step {
    /// That the answer depends on something that is known only after apply.
    pub(crate) fn left_open(&mut self, because: &[UnknownBecause]) {
        self.answer = Answer::Depends;
        self.blocked_by.clear();
        self.explicitly_denied = false;
        self.depends_on = because.iter().map(|because| because.evidence.clone()).collect();
        self.unknown_because = because.to_vec();
    }

    /// What decides the call, in one sentence for the message of a check.
    pub fn sentence(&self) -> String {
        let telling = |reason: &&Reason| match self.answer {
            Answer::Allowed => reason.effect == ReasonEffect::Allow,
            Answer::Denied => reason.effect != ReasonEffect::Allow,
            Answer::Depends => true,
        };
        let said: Vec<String> =
            self.because.iter().filter(telling).map(|reason| reason.sentence(self.answer)).collect();
        said.join("; ")
    }
}

impl Reason {
    /// What it does to a call that got this answer, the layer and policy, the statement and the detail: `not allowed by
    /// key policy default, statement AllowRole: …`.
    pub fn sentence(&self, answer: Answer) -> String {
        let effect = match (self.effect, answer) {
            (ReasonEffect::Allow, _) => "allowed by",
            (ReasonEffect::Deny, _) => "denied by",
            (ReasonEffect::None, Answer::Denied) => "not allowed by",
            (ReasonEffect::None, _) => "open:",
        };
        let mut said = format!("{effect} {}", self.layer.replace('_', " "));
        if !self.policy.is_empty() {
            said.push_str(&format!(" `{}`", self.policy));
        }
        if !self.statement.is_empty() {
            said.push_str(&format!(", statement `{}`", self.statement));
        }
        if !self.detail.is_empty() {
            said.push_str(&format!(": {}", self.detail));
        }
        said
    }
}

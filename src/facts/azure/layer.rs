//! What each layer says to a call, and the answer that all of them together come to.

use crate::facts::UnknownBecause;
use crate::facts::path::{Answer, Reason, ReasonEffect, Step, StepKind};
use crate::target::azure::Scope;

/// The layers of Azure, by the words of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    ServicePrincipal,
    RoleAssignment,
    DenyAssignment,
    AccessPolicy,
    Network,
    KeyState,
    KeyOperations,
}

impl Layer {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::ServicePrincipal => "service_principal",
            Self::RoleAssignment => "role_assignment",
            Self::DenyAssignment => "deny_assignment",
            Self::AccessPolicy => "access_policy",
            Self::Network => "network",
            Self::KeyState => "key_state",
            Self::KeyOperations => "key_operations",
        }
    }
}

/// What one layer says to a call.
#[derive(Debug, Clone)]
pub(super) struct Said {
    layer: Layer,
    answer: Answer,
    because: Reason,
    /// Where a refusal comes from, in the words of [`Step::blocked_by`].
    blocked_by: &'static str,
    depends_on: Vec<String>,
    unknown_because: Vec<UnknownBecause>,
}

impl Said {
    fn new(layer: Layer, answer: Answer, effect: ReasonEffect, detail: String) -> Self {
        let because = Reason {
            layer: layer.word().into(),
            policy: String::new(),
            statement: String::new(),
            effect,
            detail,
        };
        let (depends_on, unknown_because) = (Vec::new(), Vec::new());
        Self { layer, answer, because, blocked_by: layer.word(), depends_on, unknown_because }
    }

    /// The layer lets the call through.
    pub(super) fn allows(layer: Layer, detail: impl Into<String>) -> Self {
        Self::new(layer, Answer::Allowed, ReasonEffect::Allow, detail.into())
    }

    /// Something in the layer refuses the call.
    pub(super) fn denies(layer: Layer, detail: impl Into<String>) -> Self {
        Self::new(layer, Answer::Denied, ReasonEffect::Deny, detail.into())
    }

    /// Nothing in the layer allows the call.
    pub(super) fn lacks(layer: Layer, detail: impl Into<String>) -> Self {
        Self::new(layer, Answer::Denied, ReasonEffect::None, detail.into())
    }

    /// That depends on something that is not known.
    pub(super) fn depends(
        layer: Layer,
        detail: impl Into<String>,
        on: &str,
        unknown_because: Vec<UnknownBecause>,
    ) -> Self {
        let said = Self::new(layer, Answer::Depends, ReasonEffect::None, detail.into());
        Self { depends_on: vec![on.to_owned()], unknown_because, ..said }
    }

    /// The layer could not be read.
    pub(super) fn unread(layer: Layer, unknown_because: Vec<UnknownBecause>) -> Self {
        Self::depends(layer, "it could not be read", layer.word(), unknown_because)
    }

    /// By the name of what says so: a role, a deny assignment.
    pub(super) fn by(mut self, name: &str) -> Self {
        self.because.policy = name.to_owned();
        self
    }

    /// By the name of what says so, and where it is assigned.
    pub(super) fn by_assignment(mut self, name: &str, scope: &Scope) -> Self {
        self.because.detail = format!("assigned at {}, {}", scope.described(), self.because.detail);
        self.by(name)
    }

    /// Where the refusal comes from, if not from the layer itself.
    pub(super) fn for_want_of(mut self, what: &'static str) -> Self {
        self.blocked_by = what;
        self
    }

    pub(super) fn unknown_because(&self) -> Vec<UnknownBecause> {
        self.unknown_because.clone()
    }

    pub(super) fn answer(&self) -> Answer {
        self.answer
    }
}

/// The step of a call of which every layer has spoken: refused where one refuses, allowed where all allow.
pub(super) fn step(kind: StepKind, action: &str, said: Vec<Said>, place: impl Fn(Layer) -> String) -> Step {
    let any = |answer: Answer| said.iter().any(|said| said.answer == answer);
    let answer = [Answer::Denied, Answer::Depends].into_iter().find(|answer| any(*answer));
    let answer = answer.unwrap_or(Answer::Allowed);
    let telling: Vec<Said> = said.into_iter().filter(|said| said.answer == answer).collect();
    let explicitly_denied =
        answer == Answer::Denied && telling.iter().any(|said| said.layer == Layer::DenyAssignment);
    let mut blocked_by: Vec<String> = Vec::new();
    let mut depends_on: Vec<String> = Vec::new();
    let mut unknown_because: Vec<UnknownBecause> = Vec::new();
    for said in &telling {
        if answer == Answer::Denied {
            blocked_by.push(said.blocked_by.to_owned());
        }
        depends_on.extend(said.depends_on.iter().cloned());
        unknown_because.extend(said.unknown_because.iter().cloned());
    }
    for names in [&mut blocked_by, &mut depends_on] {
        names.sort();
        names.dedup();
    }
    unknown_because.sort();
    unknown_because.dedup();
    // What was read last and most particular to the call is where to look.
    let decisive = telling.iter().max_by_key(|said| decisiveness(said.layer));
    Step {
        kind,
        action: action.to_owned(),
        answer,
        blocked_by,
        explicitly_denied,
        place: decisive.map(|said| place(said.layer)),
        because: because(answer, telling),
        depends_on,
        unknown_because,
    }
}

/// What is worth saying: of a call that succeeds, what grants it. What only does not stand in its way goes without saying.
fn because(answer: Answer, telling: Vec<Said>) -> Vec<Reason> {
    let grants = |said: &Said| matches!(said.layer, Layer::RoleAssignment | Layer::AccessPolicy);
    let granted = answer == Answer::Allowed && telling.iter().any(grants);
    telling.into_iter().filter(|said| !granted || grants(said)).map(|said| said.because).collect()
}

/// Where somebody looks first who wants to change an answer.
fn decisiveness(layer: Layer) -> u8 {
    match layer {
        Layer::KeyOperations => 0,
        Layer::KeyState => 1,
        Layer::Network => 2,
        Layer::ServicePrincipal => 3,
        Layer::AccessPolicy | Layer::RoleAssignment => 4,
        Layer::DenyAssignment => 5,
    }
}

/// The path of values that OpenAI would not accept: nothing was asked.
pub(super) fn not_asked(kind: StepKind, action: &str, layer: Layer) -> Step {
    let because =
        UnknownBecause { evidence: "azure.vault".into(), reason: "not_asked".into(), permission: None };
    let detail = "nothing was asked, because OpenAI would not accept the values as they are written";
    let mut step =
        step(kind, action, vec![Said::depends(layer, detail, "registration", vec![because])], |_| {
            String::new()
        });
    step.place = None;
    step
}

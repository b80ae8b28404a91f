//! What the engine decided, as steps of the path.

use super::calls;
use crate::facts::UnknownBecause;
use crate::facts::path::{Answer, Reason, ReasonEffect, Step, StepKind};
use crate::iam::{Because, Decision, Effected, Layer, Outcome};
use crate::target::aws::AwsTarget;

/// What [`Step::blocked_by`] says where there is no such role.
pub(super) const ROLE: &str = "role";
/// What [`Step::blocked_by`] says where there is no such key.
pub(super) const KEY: &str = "key";

/// The path of values that OpenAI would not accept: nothing was asked.
pub(super) fn not_asked() -> [Step; 3] {
    let of = |kind, action: &str, layer: Layer| Step {
        because: vec![nothing(
            layer.word(),
            "nothing was asked, because OpenAI would not accept the values as they are written".into(),
        )],
        depends_on: vec!["registration".into()],
        unknown_because: vec![UnknownBecause {
            evidence: "aws.role".into(),
            reason: "not_asked".into(),
            permission: None,
        }],
        ..open(kind, action)
    };
    [
        of(StepKind::Identity, calls::ASSUME_ROLE, Layer::TrustPolicy),
        of(StepKind::Encrypt, "kms:Encrypt", Layer::KeyPolicy),
        of(StepKind::Decrypt, "kms:Decrypt", Layer::KeyPolicy),
    ]
}

/// A step of which nothing is known yet.
fn open(kind: StepKind, action: &str) -> Step {
    Step {
        kind,
        action: action.to_owned(),
        answer: Answer::Depends,
        blocked_by: Vec::new(),
        explicitly_denied: false,
        place: None,
        because: Vec::new(),
        depends_on: Vec::new(),
        unknown_because: Vec::new(),
    }
}

/// Makes the step of one call.
pub(super) struct Steps<'a> {
    kind: StepKind,
    action: &'static str,
    target: &'a AwsTarget,
}

impl<'a> Steps<'a> {
    pub(super) fn new(kind: StepKind, action: &'static str, target: &'a AwsTarget) -> Self {
        Self { kind, action, target }
    }

    pub(super) fn action(&self) -> &'static str {
        self.action
    }

    /// Refused because the role or the key does not exist.
    pub(super) fn refused_by_absence(&self, layer: Layer, what: &str, detail: String) -> Step {
        let place = if what == ROLE {
            format!("iam:GetRole of {}", self.target.role)
        } else {
            format!("kms:DescribeKey of {}", self.target.key)
        };
        Step {
            answer: Answer::Denied,
            blocked_by: vec![what.to_owned()],
            place: Some(place),
            because: vec![nothing(layer.word(), detail)],
            ..open(self.kind, self.action)
        }
    }

    /// Open because something could not be read.
    pub(super) fn unread(&self, layer: &str, because: &[UnknownBecause]) -> Step {
        let reasons = because.iter().map(|because| nothing(layer, format!("not read: {}", because.reason)));
        Step {
            because: reasons.collect(),
            depends_on: vec![layer.to_owned()],
            unknown_because: because.to_vec(),
            ..open(self.kind, self.action)
        }
    }

    /// As the engine decided.
    pub(super) fn decided(&self, decision: &Decision<'_>) -> Step {
        let answer = match decision.outcome {
            Outcome::Allowed => Answer::Allowed,
            Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied => Answer::Denied,
            Outcome::Depends => Answer::Depends,
        };
        let telling = |because: &&Because<'_>| answer == Answer::Allowed || because.effect != Effected::Allow;
        let place = decision.because.iter().find(telling).map(|because| self.place(because));
        let mut blocked_by: Vec<String> = Vec::new();
        if answer == Answer::Denied {
            for because in decision.because.iter().filter(telling) {
                if !blocked_by.iter().any(|layer| layer == because.layer.word()) {
                    blocked_by.push(because.layer.word().to_owned());
                }
            }
        }
        Step {
            answer,
            blocked_by,
            explicitly_denied: decision.outcome == Outcome::ExplicitlyDenied,
            place,
            depends_on: decision.names(),
            unknown_because: decision.depends_on.iter().map(UnknownBecause::from).collect(),
            because: decision
                .because
                .iter()
                .filter(|because| !is_stand_in(because))
                .map(Reason::from)
                .collect(),
            ..open(self.kind, self.action)
        }
    }

    /// The call that shows a statement, and what it was made on.
    fn place(&self, because: &Because<'_>) -> String {
        let managed = because.policy.starts_with("arn:");
        match because.layer {
            Layer::TrustPolicy => format!("iam:GetRole of {}", self.target.role),
            Layer::IdentityPolicy | Layer::PermissionsBoundary if managed => {
                format!("iam:GetPolicyVersion of {}", because.policy)
            }
            Layer::IdentityPolicy if because.policy.is_empty() => {
                format!("iam:ListRolePolicies and iam:ListAttachedRolePolicies of {}", self.target.role)
            }
            Layer::IdentityPolicy => format!("iam:GetRolePolicy of {}", self.target.role),
            Layer::PermissionsBoundary => format!("iam:GetRole of {}", self.target.role),
            Layer::KeyPolicy => format!("kms:GetKeyPolicy of {}", self.target.key),
            Layer::Grant => format!("kms:ListGrants of {}", self.target.key),
            Layer::ResourcePolicy | Layer::Session => self.target.key.to_string(),
            Layer::ServiceControlPolicy | Layer::ResourceControlPolicy => {
                format!("organizations:DescribePolicy of {}", because.policy)
            }
        }
    }
}

/// Whether it is what stands in the place of organization policies that could not be read.
fn is_stand_in(because: &Because<'_>) -> bool {
    because.layer == Layer::ServiceControlPolicy
        && because.effect == Effected::Allow
        && because.policy.is_empty()
}

fn nothing(layer: &str, detail: String) -> Reason {
    Reason {
        layer: layer.to_owned(),
        policy: String::new(),
        statement: String::new(),
        effect: ReasonEffect::None,
        detail,
    }
}

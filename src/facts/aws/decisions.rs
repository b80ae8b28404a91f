//! OpenAI's calls decided over the evidence.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::later::from_now_on;
use super::organization::Organizations;
use super::steps::{KEY, ROLE, Steps};
use super::{OrganizationFacts, PrivilegeFacts, calls, layers, privilege};
use crate::assume::Assumptions;
use crate::evidence::Item;
use crate::evidence::aws::{AwsEvidence, Key, Role};
use crate::facts::Fact;
use crate::facts::path::{Step, StepKind};
use crate::iam::condition::operand::Operand;
use crate::iam::context::Key as ContextKey;
use crate::iam::{ContextValue, Decision, Dependency, Layer, Layers, Never, Request, decide};
use crate::target::arn::Arn;
use crate::target::aws::{AwsTarget, KeyResource};

/// Decides OpenAI's calls for a registration that is acceptable in form.
pub(super) struct Decider<'a> {
    pub(super) target: &'a AwsTarget,
    pub(super) evidence: &'a AwsEvidence,
    pub(super) role: &'a Fact<Option<&'a Role>>,
    pub(super) key: &'a Fact<Option<&'a Key>>,
    pub(super) organizations: Organizations<'a>,
    pub(super) assumptions: &'a Assumptions,
    /// Keys that are registered with the same role as well.
    pub(super) other_keys: &'a [Arn],
    pub(super) now: Timestamp,
}

/// One of OpenAI's calls, and all that has a say in it.
struct Call {
    request: Request,
    layers: Layers,
}

fn decide_call(call: &Call) -> Decision<'_> {
    decide(&call.request, &call.layers)
}

/// The values that conditions on a key write out in full, in any layer.
fn written_out(layers: &Layers, key: &str) -> BTreeSet<String> {
    let key = ContextKey::new(key);
    let conditions = layers.statements().flat_map(|statement| &statement.conditions);
    let values = conditions.filter(|condition| condition.key == key).flat_map(|condition| &condition.values);
    values
        .filter_map(|value| match value {
            Operand::Text(template) => template.literal().map(str::to_owned),
            Operand::Arn(_) | Operand::Typed { .. } => None,
        })
        .collect()
}

impl Decider<'_> {
    /// OpenAI's `sts:AssumeRole`.
    pub(super) fn assume_role(&self) -> Step {
        let steps = Steps::new(StepKind::Identity, calls::ASSUME_ROLE, self.target);
        self.role_or(&steps, Layer::TrustPolicy)
            .map_or_else(|step| *step, |role| steps.decided(&decide_call(&self.assume(role))))
    }

    /// `kms:Encrypt` by a session of the role.
    pub(super) fn encrypt(&self) -> Step {
        self.use_key(&Steps::new(StepKind::Encrypt, "kms:Encrypt", self.target))
    }

    /// `kms:Decrypt` by a session of the role.
    pub(super) fn decrypt(&self) -> Step {
        self.use_key(&Steps::new(StepKind::Decrypt, "kms:Decrypt", self.target))
    }

    fn use_key(&self, steps: &Steps<'_>) -> Step {
        let decided = self.role_or(steps, Layer::IdentityPolicy).and_then(|role| {
            let (key, key_arn) = self.key_or(steps)?;
            Ok(steps.decided(&decide_call(&self.key_call(steps.action(), role, key, &key_arn))))
        });
        decided.unwrap_or_else(|step| *step)
    }

    /// What the organizations' policies do to OpenAI's calls.
    pub(super) fn organization(&self) -> OrganizationFacts {
        let role = self.role.known().copied().flatten();
        let on_role = role.map(|role| self.assume(role).request);
        let steps = Steps::new(StepKind::Encrypt, "kms:Encrypt", self.target);
        let key = self.key_or(&steps);
        let unmade = match (self.role, &key, self.key) {
            (Fact::Unknown(because), _, _) | (_, Err(_), Fact::Unknown(because)) => because.clone(),
            _ => Vec::new(),
        };
        let on_key = match (role, key) {
            (Some(role), Ok((key, key_arn))) => ["kms:Encrypt", "kms:Decrypt"]
                .map(|action| self.key_call(action, role, key, &key_arn).request)
                .into(),
            _ => Vec::new(),
        };
        self.organizations.facts(on_role, on_key, unmade)
    }

    /// What the role could do beyond OpenAI's calls; unknown where the role or the key is.
    pub(super) fn privilege(&self) -> PrivilegeFacts {
        let steps = Steps::new(StepKind::Encrypt, "kms:Encrypt", self.target);
        let (Ok(role), Ok((key, key_arn))) =
            (self.role_or(&steps, Layer::IdentityPolicy), self.key_or(&steps))
        else {
            let because = [self.role.clone().map(|_| ()), self.key.clone().map(|_| ())];
            return PrivilegeFacts::unknown(because);
        };
        let layers = layers::on_key(self.evidence, self.organizations);
        let mut at_will = self.use_of_key("", role, key, &key_arn).at_will(self.freedom(role));
        at_will.on_key = from_now_on(at_will.on_key, &layers, self.now);
        at_will.elsewhere = from_now_on(at_will.elsewhere, &layers, self.now);
        let key_account = self.target.key.account().as_str();
        privilege::facts(&at_will, &key_arn, key_account, self.other_keys, &layers)
    }

    /// What OpenAI could choose of its session: that it passes no tags and no source identity is no reason to trust it
    /// with what they would open. MFA it has only where the customer says so.
    fn freedom(&self, role: &Role) -> calls::Freedom {
        let may = |action| decide_call(&self.trust_call(action, role)).outcome.is_possible();
        calls::Freedom {
            tags: may("sts:TagSession"),
            source_identity: may("sts:SetSourceIdentity"),
            mfa: self.assumptions.speak_of(&["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"]),
        }
    }

    fn assume(&self, role: &Role) -> Call {
        self.trust_call(calls::ASSUME_ROLE, role)
    }

    fn trust_call(&self, action: &str, role: &Role) -> Call {
        let request = calls::assume_role(
            action,
            &self.target.role,
            &role.tags,
            ContextValue::Single(self.target.external_id.to_string()),
            self.organizations,
            self.now,
        );
        self.call(request, layers::on_role(role, self.target.role.name(), self.organizations))
    }

    fn key_call(&self, action: &'static str, role: &Role, key: Option<&Key>, key_arn: &str) -> Call {
        self.call(
            self.use_of_key(action, role, key, key_arn).request(),
            layers::on_key(self.evidence, self.organizations),
        )
    }

    fn use_of_key<'b>(
        &'b self,
        action: &'b str,
        role: &'b Role,
        key: Option<&'b Key>,
        key_arn: &'b str,
    ) -> calls::UseKey<'b> {
        calls::UseKey {
            action,
            role,
            role_arn: &self.target.role,
            key,
            key_arn,
            registered: &self.target.key,
            evidence: self.evidence,
            organizations: self.organizations,
            now: self.now,
        }
    }

    /// OpenAI's call with all that is known of it: no endpoint that a policy names is OpenAI's, and what the customer
    /// assumes.
    fn call(&self, request: Request, layers: Layers) -> Call {
        let mut context = request.context;
        for key in ["aws:SourceVpc", "aws:SourceVpce"] {
            let of_customer = written_out(&layers, key).into_iter().map(Never::Text).collect();
            let unknown = Dependency::new(key, "OpenAI publishes no endpoint; one of yours it never is");
            context = context.with(key, ContextValue::never(of_customer, unknown));
        }
        Call { request: Request { context: self.assumptions.applied(context), ..request }, layers }
    }

    /// The role, or the step as it is without one.
    fn role_or(&self, steps: &Steps<'_>, layer: Layer) -> Result<&Role, Box<Step>> {
        match self.role {
            Fact::Known(Some(role)) => Ok(role),
            Fact::Known(None) => {
                let detail = match self.evidence.role.collected() {
                    Some(other) => {
                        format!("no role has the ARN {}; the account has {}", self.target.role, other.arn)
                    }
                    None => format!("the role {} does not exist", self.target.role),
                };
                Err(Box::new(steps.refused_by_absence(layer, ROLE, detail)))
            }
            Fact::Unknown(because) => Err(Box::new(steps.unread(layer.word(), because))),
        }
    }

    /// The key's metadata and its own ARN, or the step as it is without them. Where the ARN of a key was given and its
    /// policy could be read, the key exists, whether or not the rest could be read.
    fn key_or(&self, steps: &Steps<'_>) -> Result<(Option<&Key>, String), Box<Step>> {
        match self.key {
            Fact::Known(Some(key)) => Ok((Some(key), key.arn.to_string())),
            Fact::Known(None) => {
                let detail = format!("the key {} does not exist", self.target.key);
                Err(Box::new(steps.refused_by_absence(Layer::KeyPolicy, KEY, detail)))
            }
            Fact::Unknown(because) => match (self.target.key.resource(), &self.evidence.key_policy) {
                (KeyResource::Key(_), Item::Collected(_)) => Ok((None, self.target.key.to_string())),
                _ => Err(Box::new(steps.unread(Layer::KeyPolicy.word(), because))),
            },
        }
    }
}

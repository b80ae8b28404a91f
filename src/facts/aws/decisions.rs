//! OpenAI's calls decided over the evidence.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::organization::Organizations;
use super::steps::{KEY, ROLE, Steps};
use super::{OrganizationFacts, PrivilegeFacts, calls, privilege};
use crate::assume::Assumptions;
use crate::evidence::aws::{AwsEvidence, Key, Role};
use crate::evidence::{Item, Missing};
use crate::facts::Fact;
use crate::facts::path::{Step, StepKind};
use crate::iam::condition::operand::Operand;
use crate::iam::context::Key as ContextKey;
use crate::iam::{
    Constraints, ContextValue, Decision, Dependency, Grant, Grants, Layer, Layers, Never, Policies, Policy,
    Request, decide,
};
use crate::target::aws::{AwsTarget, KeyResource};

/// Decides OpenAI's calls for a registration that is acceptable in form.
pub(super) struct Decider<'a> {
    pub(super) target: &'a AwsTarget,
    pub(super) evidence: &'a AwsEvidence,
    pub(super) role: &'a Fact<Option<&'a Role>>,
    pub(super) key: &'a Fact<Option<&'a Key>>,
    pub(super) organizations: Organizations<'a>,
    pub(super) assumptions: &'a Assumptions,
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
    let single =
        [&layers.identity, &layers.boundary, &layers.session, &layers.resource].into_iter().flatten();
    let all = single.chain(&layers.service_control).chain(&layers.resource_control);
    let statements = all.flat_map(|policies| &policies.known).flat_map(|named| &named.policy.statements);
    let conditions = statements.flat_map(|statement| &statement.conditions);
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
        let on_key = match (role, self.key_or(&steps)) {
            (Some(role), Ok((key, key_arn))) => ["kms:Encrypt", "kms:Decrypt"]
                .map(|action| self.key_call(action, role, key, &key_arn).request)
                .into(),
            _ => Vec::new(),
        };
        self.organizations.facts(on_role, on_key)
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
        let at_will = self.use_of_key("", role, key, &key_arn).at_will(self.may_tag_session(role));
        privilege::facts(&at_will, &key_arn, self.target.key.account().as_str(), &self.layers_on_key())
    }

    /// Whether OpenAI could pass tags for its session (IAM-UG id_session-tags). That it does not is no reason to trust
    /// it with what they would open.
    fn may_tag_session(&self, role: &Role) -> bool {
        decide_call(&self.trust_call("sts:TagSession", role)).outcome.is_possible()
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
        let mut policies = Policies::default();
        add(&mut policies, Layer::TrustPolicy, self.target.role.name(), &role.trust_policy, "aws.role");
        let resource_control = self.organizations.resource_control_of_role().levels;
        self.call(request, Layers { resource: Some(policies), resource_control, ..Layers::default() })
    }

    fn key_call(&self, action: &'static str, role: &Role, key: Option<&Key>, key_arn: &str) -> Call {
        self.call(self.use_of_key(action, role, key, key_arn).request(), self.layers_on_key())
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

    /// All that has a say in what a session of the role does to the key.
    fn layers_on_key(&self) -> Layers {
        Layers {
            identity: Some(self.identity_policies()),
            boundary: self.boundary(),
            resource: Some(self.key_policy()),
            grants: self.grants(),
            service_control: self.organizations.service_control().levels,
            resource_control: self.organizations.resource_control_of_key().levels,
            ..Layers::default()
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

    fn identity_policies(&self) -> Policies {
        let mut policies = Policies::default();
        for (key, list) in [
            ("aws.role_inline_policies", &self.evidence.role_inline_policies),
            ("aws.role_attached_policies", &self.evidence.role_attached_policies),
        ] {
            match list {
                Item::Collected(list) => {
                    for policy in list {
                        add_item(&mut policies, Layer::IdentityPolicy, &policy.name, &policy.document, key);
                    }
                }
                // There is a role, so its list of policies can't be absent: it was made anew in between.
                Item::Absent(_) => policies.unread.push(contradiction(Layer::IdentityPolicy, key)),
                Item::Missing(missing) => {
                    policies.unread.push(unread_layer(Layer::IdentityPolicy, missing, key))
                }
            }
        }
        policies
    }

    fn boundary(&self) -> Option<Policies> {
        let key = "aws.role_boundary";
        let named = self.evidence.role.collected().and_then(|role| role.permissions_boundary.as_deref());
        let mut policies = Policies::default();
        match &self.evidence.role_boundary {
            Item::Absent(_) if named.is_none() => return None,
            Item::Absent(_) => policies.unread.push(contradiction(Layer::PermissionsBoundary, key)),
            Item::Collected(policy) if named != Some(policy.name.as_str()) => {
                policies.unread.push(contradiction(Layer::PermissionsBoundary, key));
            }
            Item::Collected(policy) => {
                add_item(&mut policies, Layer::PermissionsBoundary, &policy.name, &policy.document, key);
            }
            Item::Missing(missing) => {
                policies.unread.push(unread_layer(Layer::PermissionsBoundary, missing, key))
            }
        }
        Some(policies)
    }

    fn key_policy(&self) -> Policies {
        let mut policies = Policies::default();
        // KMS has one policy for a key, and its name is always `default` (KMS API, GetKeyPolicy).
        add_item(&mut policies, Layer::KeyPolicy, "default", &self.evidence.key_policy, "aws.key_policy");
        policies
    }

    fn grants(&self) -> Grants {
        match &self.evidence.key_grants {
            Item::Absent(_) => {
                Grants { known: Vec::new(), unread: vec![contradiction(Layer::Grant, "aws.key_grants")] }
            }
            Item::Missing(missing) => Grants {
                known: Vec::new(),
                unread: vec![unread_layer(Layer::Grant, missing, "aws.key_grants")],
            },
            Item::Collected(grants) => Grants {
                known: grants
                    .iter()
                    .map(|grant| {
                        let constraints = Constraints {
                            subset: grant.encryption_context_subset.clone(),
                            equals: grant.encryption_context_equals.clone(),
                            source_arn: grant.source_arn.clone(),
                        };
                        Grant::new(grant.id.clone(), &grant.grantee, grant.operations.clone(), &constraints)
                    })
                    .collect(),
                unread: Vec::new(),
            },
        }
    }
}

/// Evidence that contradicts other evidence is none.
fn contradiction(layer: Layer, evidence: &str) -> Dependency {
    Dependency {
        evidence: Some(evidence.into()),
        ..Dependency::new(layer.word(), "it contradicts what else was read: read it again")
    }
}

fn unread_layer(layer: Layer, missing: &Missing, evidence: &str) -> Dependency {
    Dependency {
        on: layer.word().into(),
        reason: missing.reason.word().into(),
        permission: missing.permission.clone(),
        evidence: Some(evidence.into()),
    }
}

pub(super) fn add_item(
    policies: &mut Policies,
    layer: Layer,
    name: &str,
    document: &Item<String>,
    evidence: &str,
) {
    match document {
        Item::Collected(text) => add(policies, layer, name, text, evidence),
        // A policy that was listed and is gone when it is read was removed in between: it may be back.
        Item::Absent(absent) => policies.unread.push(Dependency {
            on: layer.word().into(),
            reason: format!("`{name}` was gone when {} asked for it", absent.call),
            permission: None,
            evidence: Some(evidence.into()),
        }),
        Item::Missing(missing) => policies.unread.push(unread_layer(layer, missing, evidence)),
    }
}

fn add(policies: &mut Policies, layer: Layer, name: &str, text: &str, evidence: &str) {
    match Policy::parse(text) {
        Ok(policy) => policies.add(name, policy),
        Err(error) => policies.unread.push(Dependency {
            on: layer.word().into(),
            reason: format!("`{name}` can't be read as a policy: {error}"),
            permission: None,
            evidence: Some(evidence.into()),
        }),
    }
}

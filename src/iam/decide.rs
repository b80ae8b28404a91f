//! Statements and layers combined into AWS's answer (IAM-UG reference_policies_evaluation-logic and
//! reference_policies_evaluation-logic-cross-account, KMS-DG policy-evaluation).

use std::collections::BTreeSet;

use super::context::ContextValue;
use super::policy::{Effect, NamedPrincipal, Policy, PrincipalKind};
use super::principal::{Reach, covers};
use super::statement::{Call, PolicyKind, StatementMatch};
use super::truth::{Dependency, Truth};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// Caller, action, resource and context.
    pub call: Call,
    /// The account that the resource is in.
    pub resource_account: String,
}

/// Everything that has a say in a request.
#[derive(Debug, Clone)]
pub struct Layers {
    /// The policies attached to the caller's role; `None` for another company's role, whose policies are not ours to
    /// see and are assumed to allow.
    pub identity: Option<Policies>,
    /// The caller's permissions boundary; `None` where it has none.
    pub boundary: Option<Policies>,
    /// The policy of the resource.
    pub resource: ResourceLayer,
    /// Grants on a KMS key.
    pub grants: Grants,
}

/// The policy of the resource.
#[derive(Debug, Clone)]
pub enum ResourceLayer {
    /// A role's trust policy.
    Trust(Policies),
    /// A key's policy.
    Key(Policies),
}

/// The policies of one layer: those that could be read, and what could not.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// By name.
    pub known: Vec<(String, Policy)>,
    /// One entry for each policy, or list of policies, that could not be read.
    pub unread: Vec<Dependency>,
}

/// Grants on a key, as far as they could be read.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// The grants.
    pub known: Vec<Grant>,
    /// What could not be read.
    pub unread: Vec<Dependency>,
}

/// A grant (KMS-DG grants).
#[derive(Debug, Clone)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// Who may use it.
    pub grantee: String,
    /// `Encrypt`, `Decrypt`, …
    pub operations: Vec<String>,
    /// Whether it applies to certain encryption contexts only.
    pub encryption_context: bool,
    /// Whether it applies only where an AWS service calls on behalf of a certain resource.
    pub source_arn: bool,
}

/// A layer, by the name that reports give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// A role's trust policy.
    TrustPolicy,
    /// A policy attached to the role.
    IdentityPolicy,
    /// The role's permissions boundary.
    PermissionsBoundary,
    /// The key's policy.
    KeyPolicy,
    /// A grant on the key.
    Grant,
}

impl Layer {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::TrustPolicy => "trust_policy",
            Self::IdentityPolicy => "identity_policy",
            Self::PermissionsBoundary => "permissions_boundary",
            Self::KeyPolicy => "key_policy",
            Self::Grant => "grant",
        }
    }
}

/// What AWS would answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Allowed.
    Allowed,
    /// Denied by a statement.
    ExplicitlyDenied,
    /// Denied because nothing allows it.
    ImplicitlyDenied,
    /// It depends on what is not known.
    Depends,
}

/// An answer and its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// The statements that made it, or nearly.
    pub because: Vec<Because>,
    /// What it depends on; empty unless it depends.
    pub depends_on: BTreeSet<Dependency>,
}

/// One statement, or the lack of one, behind a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// The layer.
    pub layer: Layer,
    /// The policy's name; empty where the layer has none.
    pub policy: String,
    /// The statement's Sid or `#` and index; empty where none is to be named.
    pub statement: String,
    /// What it does.
    pub effect: Effected,
    /// A sentence.
    pub detail: String,
}

/// What a statement does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effected {
    /// Allows it.
    Allow,
    /// Denies it.
    Deny,
    /// Nothing: it fails to match, or may.
    None,
}

/// One layer's statements, matched.
struct Matched<'a> {
    layer: Layer,
    kind: PolicyKind,
    call: &'a Call,
    statements: Vec<(&'a str, StatementMatch<'a>)>,
    unread: &'a [Dependency],
    /// Whether the layer has no policy at all.
    empty: bool,
}

impl<'a> Matched<'a> {
    fn new(layer: Layer, kind: PolicyKind, policies: &'a Policies, call: &'a Call) -> Self {
        let statements = policies.known.iter().flat_map(|(name, policy)| {
            policy
                .statements
                .iter()
                .map(move |statement| (name.as_str(), StatementMatch::new(statement, kind, call)))
        });
        Self {
            layer,
            kind,
            call,
            statements: statements.collect(),
            unread: &policies.unread,
            empty: policies.known.is_empty(),
        }
    }

    fn of(&self, effect: Effect) -> impl Iterator<Item = &(&'a str, StatementMatch<'a>)> {
        self.statements.iter().filter(move |(_, found)| found.statement.effect == effect)
    }

    fn unread(&self) -> Truth {
        Truth::any(self.unread.iter().cloned().map(Truth::from))
    }

    fn denies(&self) -> Truth {
        Truth::any(self.of(Effect::Deny).map(|(_, found)| found.applies())).or(self.unread())
    }

    fn allows(&self) -> Truth {
        Truth::any(self.of(Effect::Allow).map(|(_, found)| found.applies())).or(self.unread())
    }

    fn allows_by(&self, reach: Reach) -> Truth {
        Truth::any(self.of(Effect::Allow).map(|(_, found)| found.applies_by(reach))).or(self.unread())
    }

    /// By `*`, in the statements that do or don't have a condition on `aws:PrincipalArn`: with one, a boundary does not
    /// limit what they grant (IAM-UG reference_policies_elements_principal).
    fn allows_everyone(&self, by_principal_arn: bool) -> Truth {
        let by_arn = |found: &StatementMatch<'_>| {
            let mut keys = found.statement.conditions.iter().map(|condition| &condition.key);
            keys.any(|key| key.eq_ignore_ascii_case("aws:PrincipalArn"))
        };
        let statements = self.of(Effect::Allow).filter(|(_, found)| by_arn(found) == by_principal_arn);
        Truth::any(statements.map(|(_, found)| found.applies_by(Reach::Everyone))).or(self.unread())
    }

    /// The statements of one effect that certainly apply, as reasons.
    fn applied(&self, effect: Effect) -> Vec<Because> {
        let effected = match effect {
            Effect::Allow => Effected::Allow,
            Effect::Deny => Effected::Deny,
        };
        self.of(effect)
            .filter(|(_, found)| found.applies().is_yes())
            .map(|(policy, found)| {
                let detail = match found.reaches.iter().rev().find(|(_, truth)| truth.is_yes()) {
                    Some((Some(Reach::Account), _)) if effect == Effect::Allow => {
                        "delegates to the account's policies"
                    }
                    Some((Some(Reach::Everyone), _)) => "applies to every principal",
                    _ => "",
                };
                self.because(policy, found, effected, detail)
            })
            .collect()
    }

    /// The statements that may apply, as reasons.
    fn uncertain(&self) -> Vec<Because> {
        self.statements
            .iter()
            .filter_map(|(policy, found)| {
                let applies = found.applies();
                let on: Vec<&str> = applies.dependencies().map(|dependency| dependency.on.as_str()).collect();
                let verb = if found.statement.effect == Effect::Allow { "allows" } else { "denies" };
                (!on.is_empty()).then(|| {
                    let detail = format!("{verb} the call or not, depending on {}", on.join(", "));
                    self.because(policy, found, Effected::None, &detail)
                })
            })
            .chain(self.unread.iter().map(|dependency| Because {
                layer: self.layer,
                policy: String::new(),
                statement: String::new(),
                effect: Effected::None,
                detail: format!("not read: {}", dependency.reason),
            }))
            .collect()
    }

    /// Why nothing here allows: the nearest statement, and the element on which it fails.
    fn nothing_allows(&self) -> Because {
        let mut nearest: Option<&(&str, StatementMatch<'_>)> = None;
        for candidate in self.of(Effect::Allow) {
            // The first of equals is kept.
            if nearest.is_none_or(|(_, found)| candidate.1.nearness() > found.nearness()) {
                nearest = Some(candidate);
            }
        }
        match nearest {
            Some((policy, found)) => {
                self.because(policy, found, Effected::None, &found.mismatch(self.kind, self.call))
            }
            None => Because {
                layer: self.layer,
                policy: String::new(),
                statement: String::new(),
                effect: Effected::None,
                detail: match (self.layer, self.empty) {
                    (Layer::IdentityPolicy, true) => "no policy is attached to the role".into(),
                    _ => "no statement allows anything".into(),
                },
            },
        }
    }

    fn because(&self, policy: &str, found: &StatementMatch<'_>, effect: Effected, detail: &str) -> Because {
        Because {
            layer: self.layer,
            policy: policy.to_owned(),
            statement: found.statement.name(),
            effect,
            detail: detail.to_owned(),
        }
    }
}

/// Decides a request.
pub fn decide(request: &Request, layers: &Layers) -> Decision {
    let call = &request.call;
    let resource = match &layers.resource {
        ResourceLayer::Trust(policies) => Matched::new(Layer::TrustPolicy, PolicyKind::Trust, policies, call),
        ResourceLayer::Key(policies) => Matched::new(Layer::KeyPolicy, PolicyKind::Key, policies, call),
    };
    let identity = layers
        .identity
        .as_ref()
        .map(|policies| Matched::new(Layer::IdentityPolicy, PolicyKind::Identity, policies, call));
    let boundary = layers
        .boundary
        .as_ref()
        .map(|policies| Matched::new(Layer::PermissionsBoundary, PolicyKind::Identity, policies, call));

    let all: Vec<&Matched<'_>> =
        [Some(&resource), identity.as_ref(), boundary.as_ref()].into_iter().flatten().collect();
    let denied = Truth::any(all.iter().map(|layer| layer.denies()));
    let identity_allows = identity.as_ref().map_or(Truth::Yes, Matched::allows);
    let boundary_allows = boundary.as_ref().map_or(Truth::Yes, Matched::allows);
    let same_account = request.resource_account == call.caller.account;
    let by_policies = if same_account {
        in_one_account(&resource, &identity_allows, &boundary_allows)
    } else {
        // Both sides must allow, and no way of naming the caller spares it its own side.
        resource.allows().and(identity_allows.clone()).and(boundary_allows.clone())
    };
    let by_grant = by_grant(&layers.grants, request, &boundary_allows);
    let allowed = by_policies.clone().or(by_grant.clone());

    let outcome = match (&denied, &allowed) {
        (Truth::Yes, _) => Outcome::ExplicitlyDenied,
        (_, Truth::No) => Outcome::ImplicitlyDenied,
        (Truth::No, Truth::Yes) => Outcome::Allowed,
        _ => Outcome::Depends,
    };
    let because = match outcome {
        Outcome::ExplicitlyDenied => all.iter().flat_map(|layer| layer.applied(Effect::Deny)).collect(),
        Outcome::Allowed => {
            let mut because = Vec::new();
            if by_policies.is_yes() {
                because.extend(all.iter().flat_map(|layer| layer.applied(Effect::Allow)));
            } else {
                because.extend(grants_that_apply(&layers.grants, request).map(|(grant, _)| Because {
                    layer: Layer::Grant,
                    policy: grant.id.clone(),
                    statement: String::new(),
                    effect: Effected::Allow,
                    detail: format!("grants {} to {}", grant.operations.join(", "), grant.grantee),
                }));
            }
            because
        }
        Outcome::ImplicitlyDenied => {
            let mut because = Vec::new();
            for layer in &all {
                if layer.allows().is_no() {
                    because.push(layer.nothing_allows());
                } else {
                    because.extend(layer.applied(Effect::Allow));
                }
            }
            because
        }
        Outcome::Depends => {
            let mut because: Vec<Because> = all.iter().flat_map(|layer| layer.uncertain()).collect();
            if let Truth::Depends(_) = by_grant {
                because.push(Because {
                    layer: Layer::Grant,
                    policy: String::new(),
                    statement: String::new(),
                    effect: Effected::None,
                    detail: "a grant may allow the call".into(),
                });
            }
            for layer in &all {
                if layer.allows().is_no() {
                    because.push(layer.nothing_allows());
                }
            }
            because
        }
    };
    let depends_on = match outcome {
        Outcome::Depends => denied.dependencies().chain(allowed.dependencies()).cloned().collect(),
        _ => BTreeSet::new(),
    };
    Decision { outcome, because, depends_on }
}

/// The resource's policy names the caller itself, or delegates to its account and the caller's own policies allow.
///
/// Both kinds of resources here are such that their policy must allow: without it an identity policy is not enough
/// (KMS-DG key-policies; IAM-UG reference_policies_evaluation-logic). An implicit denial of the boundary limits what
/// is granted to the role's ARN, not what is granted to the session's.
fn in_one_account(resource: &Matched<'_>, identity: &Truth, boundary: &Truth) -> Truth {
    let by_role = resource.allows_by(Reach::Role).and(boundary.clone());
    let by_session = resource.allows_by(Reach::Session);
    let within = undocumented_unless(
        boundary,
        "AWS documents only for `*` with a condition on aws:PrincipalArn that a boundary does not limit it",
    );
    let by_everyone = resource.allows_everyone(false).and(within);
    let by_account = resource.allows_by(Reach::Account).and(identity.clone()).and(boundary.clone());
    by_role.or(by_session).or(by_everyone).or(resource.allows_everyone(true)).or(by_account)
}

/// Yes where the boundary allows or there is none, and a dependency where it does not: for what AWS does not document
/// whether a boundary limits it.
fn undocumented_unless(boundary: &Truth, reason: &str) -> Truth {
    if boundary.is_yes() {
        Truth::Yes
    } else {
        Dependency::new(Layer::PermissionsBoundary.word(), reason).into()
    }
}

/// The grants of the operation to the caller, each with how certainly it is to the caller.
fn grants_that_apply<'a>(
    grants: &'a Grants,
    request: &'a Request,
) -> impl Iterator<Item = (&'a Grant, Truth)> {
    let operation = request.call.action.strip_prefix("kms:").unwrap_or_default();
    let of_operation =
        grants.known.iter().filter(move |grant| grant.operations.iter().any(|granted| granted == operation));
    of_operation.filter_map(|grant| {
        let grantee = NamedPrincipal { kind: PrincipalKind::Aws, name: grant.grantee.clone() };
        let (reach, truth) = covers(&grantee, &request.call.caller)?;
        let truth = match reach {
            Reach::Role | Reach::Session => truth,
            Reach::Account | Reach::Everyone => {
                Dependency::new("grant", "AWS does not document what a grant to an account gives its roles")
                    .into()
            }
        };
        Some((grant, truth))
    })
}

/// A grant allows by itself and never denies (KMS-DG grants).
fn by_grant(grants: &Grants, request: &Request, boundary: &Truth) -> Truth {
    let truths = grants_that_apply(grants, request).map(|(grant, grantee)| {
        let encryption_context = if grant.encryption_context {
            Dependency::new(
                "kms:EncryptionContext",
                "a grant's constraint reads it, and OpenAI does not publish it",
            )
            .into()
        } else {
            Truth::Yes
        };
        // Like a condition on aws:SourceArn (KMS API, GrantConstraints).
        let source_arn = match (grant.source_arn, request.call.context.get("aws:SourceArn")) {
            (false, _) => Truth::Yes,
            (true, ContextValue::Absent) => Truth::No,
            (true, _) => Dependency::new("aws:SourceArn", "a grant's constraint reads it").into(),
        };
        let within = undocumented_unless(boundary, "AWS does not document whether it limits a grant");
        encryption_context.and(source_arn).and(grantee).and(within)
    });
    let unread = grants.unread.iter().cloned().map(Truth::from);
    Truth::any(truths.chain(unread))
}

/// What a decision depends on, by name, each once.
pub fn names(dependencies: &BTreeSet<Dependency>) -> Vec<String> {
    let unique: BTreeSet<&str> = dependencies.iter().map(|dependency| dependency.on.as_str()).collect();
    unique.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;

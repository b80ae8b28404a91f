//! What all layers together answer in one world, in three values (IAM-UG reference_policies_evaluation-logic and
//! reference_policies_evaluation-logic-cross-account, KMS-DG policy-evaluation).

use super::layers::{Grant, Layer, Layers, Policies};
use super::pattern::partition;
use super::policy::{Effect, Statement};
use super::principal::{Caller, Cover, Reach, covers};
use super::request::Request;
use super::services::{Governance, governance, under_resource_control, works_across_accounts};
use super::statement::Asked;
use super::truth::Truth;
use super::world::{Asked as Ask, World};

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

impl Outcome {
    /// Whether it is not known to be refused.
    pub fn is_possible(self) -> bool {
        matches!(self, Self::Allowed | Self::Depends)
    }
}

/// A key or a role without a policy.
static NO_POLICY: Policies = Policies { known: Vec::new(), unread: Vec::new() };

/// A request in a world.
pub(super) fn asked<'a>(request: &'a Request, layers: &Layers, world: World<'a>) -> Asked<'a> {
    Asked::new(request, world, layers.boundary.is_some())
}

/// One layer's answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered<'a> {
    pub(super) layer: Layer,
    pub(super) policies: &'a Policies,
    /// Whether a statement denies.
    pub(super) denies: Truth,
    /// Whether and how statements allow.
    pub(super) allows: Cover,
}

/// A statement that applies, or may.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit<'a> {
    /// The place of its layer's answer among all.
    pub(super) answered: usize,
    pub(super) layer: Layer,
    pub(super) policy: &'a str,
    pub(super) statement: &'a Statement,
    pub(super) cover: Cover,
}

/// What all layers answer in one world.
#[derive(Debug, Clone)]
pub(super) struct Evaluation<'a> {
    pub(super) answered: Vec<Answered<'a>>,
    pub(super) hits: Vec<Hit<'a>>,
    /// Whether a statement denies.
    pub(super) denied: Truth,
    /// Whether policies allow, denials aside.
    pub(super) by_policies: Truth,
    /// Whether a grant allows, denials aside.
    pub(super) by_grant: Truth,
    /// Why no policy could ever allow the request, where that is so.
    pub(super) futile: Option<(Layer, &'static str)>,
}

impl<'a> Evaluation<'a> {
    /// Whether something allows, denials aside.
    pub(super) fn allowed(&self) -> Truth {
        self.by_policies.or(self.by_grant)
    }

    /// The answer, where it is certain.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        match (self.denied, self.allowed()) {
            (Truth::Yes, _) => Some(Outcome::ExplicitlyDenied),
            (Truth::No, Truth::No) => Some(Outcome::ImplicitlyDenied),
            (Truth::No, Truth::Yes) => Some(Outcome::Allowed),
            _ => None,
        }
    }

    /// Adds a layer.
    fn ask(&mut self, layer: Layer, policies: &'a Policies, asked: &Asked<'_>) -> Answered<'a> {
        let mut answered = Answered { layer, policies, denies: Truth::No, allows: Cover::NONE };
        for named in &policies.known {
            for statement in &named.policy.statements {
                let cover = statement.applies(layer.kind(), asked);
                if cover == Cover::NONE {
                    continue;
                }
                match statement.effect {
                    Effect::Deny => answered.denies = answered.denies.or(cover.any()),
                    Effect::Allow => answered.allows = answered.allows.or(cover),
                }
                self.hits.push(Hit {
                    answered: self.answered.len(),
                    layer,
                    policy: &named.name,
                    statement,
                    cover,
                });
            }
        }
        for unread in &policies.unread {
            // As far as it may allow at all: by whatever is limited least.
            let allows = asked.world.ask(Ask::Allows, || unread.clone());
            answered.allows = answered.allows.with(Reach::Own, allows);
            answered.denies = answered.denies.or(asked.world.ask(Ask::Denies, || unread.clone()));
        }
        self.denied = self.denied.or(answered.denies);
        self.answered.push(answered);
        answered
    }
}

/// What all layers answer in one world.
pub(super) fn evaluate<'a>(asked: &Asked<'_>, layers: &'a Layers) -> Evaluation<'a> {
    let request = asked.request;
    let action = request.action.lower();
    let mut evaluation = Evaluation {
        answered: Vec::with_capacity(8),
        hits: Vec::with_capacity(8),
        denied: Truth::No,
        by_policies: Truth::No,
        by_grant: Truth::No,
        futile: None,
    };
    let governance = governance(action, &request.resource);
    let resource_layer = match governance {
        // It can't be denied either.
        Governance::Nothing => {
            evaluation.by_policies = Truth::Yes;
            return evaluation;
        }
        Governance::KeyPolicy => Some(Layer::KeyPolicy),
        Governance::TrustPolicy => Some(Layer::TrustPolicy),
        Governance::Either => Some(Layer::ResourcePolicy),
        // What a key policy says of it has no effect (KMS-DG grant-delete).
        Governance::IdentityPolicies | Governance::Grant => None,
    };
    let resource = match (resource_layer, &layers.resource) {
        (None, _) => None,
        (Some(Layer::ResourcePolicy), None) => None,
        (Some(layer), policies) => {
            Some(evaluation.ask(layer, policies.as_ref().unwrap_or(&NO_POLICY), asked))
        }
    };

    let caller = &request.caller;
    // The root user is not limited by what is attached to identities (IAM-UG evaluation-logic); services and federated
    // callers have nothing attached.
    let has_identity = matches!(caller, Caller::Session(_) | Caller::User(_) | Caller::FederatedUser { .. });
    let mut of_identity = |layer, policies: &'a Option<Policies>| match policies {
        Some(policies) if has_identity => evaluation.ask(layer, policies, asked).allows.any(),
        _ => Truth::Yes,
    };
    let identity = of_identity(Layer::IdentityPolicy, &layers.identity);
    let boundary = of_identity(Layer::PermissionsBoundary, &layers.boundary);
    let session = of_identity(Layer::Session, &layers.session);

    // ORG-UG orgs_manage_policies_scps: every level must allow.
    let mut service_control = Truth::Yes;
    if caller.account().is_some() && !caller.is_service_linked() {
        for level in &layers.service_control {
            let allows = evaluation.ask(Layer::ServiceControlPolicy, level, asked).allows.any();
            service_control = service_control.and(allows);
        }
    }
    // ORG-UG orgs_manage_policies_rcps: RCPFullAWSAccess is always attached, so they only ever deny.
    let limited = !layers.resource_control.is_empty() && under_resource_control(action);
    if limited && !caller.is_service_linked() {
        for level in &layers.resource_control {
            evaluation.ask(Layer::ResourceControlPolicy, level, asked);
        }
    }

    evaluation.futile = futile(request, governance);
    if evaluation.futile.is_none() {
        let limits = Limits { identity, boundary, session, service_control };
        evaluation.by_policies = by_policies(request, governance, resource.as_ref(), &limits, asked);
    }
    if matches!(governance, Governance::KeyPolicy | Governance::Grant) {
        evaluation.by_grant = by_grant(layers, &[boundary, session, service_control], asked);
    }
    evaluation
}

/// Why no policy could ever allow a request.
fn futile(request: &Request, governance: Governance) -> Option<(Layer, &'static str)> {
    let layer = match governance {
        Governance::TrustPolicy => Layer::TrustPolicy,
        Governance::KeyPolicy | Governance::Grant => Layer::KeyPolicy,
        Governance::Either => Layer::ResourcePolicy,
        Governance::IdentityPolicies | Governance::Nothing => Layer::IdentityPolicy,
    };
    // IAM-UG id_roles_compare-resource-policies.
    if let (Some(of_caller), Some(of_resource)) = (request.caller.partition(), partition(&request.resource))
        && of_caller != of_resource
    {
        return Some((layer, "the caller is in another partition, across which nothing can be allowed"));
    }
    // STS API, AssumeRole.
    if matches!(request.caller, Caller::Root { .. }) && request.action.lower() == "sts:assumerole" {
        return Some((layer, "STS does not let a root user assume a role"));
    }
    // KMS-DG key-policy-modifying-external-accounts.
    let foreign = request.caller.account().is_some() && !request.in_one_account();
    if foreign && !works_across_accounts(request.action.lower()) {
        return Some((layer, "KMS has no such operation on a key of another account"));
    }
    // KMS-DG grant-manage.
    (governance == Governance::Grant)
        .then_some((Layer::Grant, "only a grant's own terms let it be retired, no policy does"))
}

/// What limits a caller on its own side.
struct Limits {
    identity: Truth,
    boundary: Truth,
    session: Truth,
    service_control: Truth,
}

/// Whether policies allow.
fn by_policies(
    request: &Request,
    governance: Governance,
    resource: Option<&Answered<'_>>,
    limits: &Limits,
    asked: &Asked<'_>,
) -> Truth {
    let Limits { identity, boundary, session, service_control } = *limits;
    let within = boundary.and(session);
    let by_identity = identity.and(within);
    let own_side = by_identity.and(service_control);
    match governance {
        Governance::Nothing => Truth::Yes,
        Governance::IdentityPolicies => own_side,
        Governance::Grant => Truth::No,
        Governance::KeyPolicy | Governance::TrustPolicy | Governance::Either => {
            let allows = resource.map_or(Cover::NONE, |resource| resource.allows);
            if request.caller.account().is_none() {
                // A service or a federated caller has no side of its own.
                return allows.any();
            }
            if !request.in_one_account() {
                // Both sides must allow, and no way of naming the caller spares it its own side.
                return allows.any().and(own_side);
            }
            let by_account = match governance {
                // A key's and a role's policy must allow or delegate (KMS-DG key-policies; IAM-UG
                // reference_policies_evaluation-logic).
                Governance::KeyPolicy | Governance::TrustPolicy => {
                    allows.get(Reach::Account).and(by_identity)
                }
                _ => by_identity,
            };
            // Implicit denials of a boundary or a session policy limit what is granted to a role's ARN, not what is
            // granted to the session's or a user's own (IAM-UG access_policies_boundaries, access_policies).
            let by_role = allows.get(Reach::Role).and(within);
            let by_everyone = allows.get(Reach::Everyone).and(match within {
                Truth::Yes => Truth::Yes,
                _ if allows.get(Reach::Everyone) == Truth::No => Truth::No,
                within => within.or(asked.world.undocumented(limiting_layer(boundary), || {
                    "AWS documents only for `*` with a condition on aws:PrincipalArn that it does not limit it".into()
                })),
            });
            let by_name = allows.get(Reach::Pinned).or(allows.get(Reach::Own));
            by_account.or(by_role).or(by_everyone).or(by_name).and(service_control)
        }
    }
}

/// The layer that stands in the way where boundary and session policy together don't allow.
fn limiting_layer(boundary: Truth) -> &'static str {
    if boundary == Truth::Yes { Layer::Session.word() } else { Layer::PermissionsBoundary.word() }
}

/// The grants of the operation to the caller, each with how certainly it lets the caller.
pub(super) fn grants_that_apply<'a>(
    grants: &'a [Grant],
    asked: &Asked<'_>,
) -> impl Iterator<Item = (&'a Grant, Truth)> {
    let action = asked.request.action.lower().to_owned();
    let asked = *asked;
    grants.iter().filter_map(move |grant| {
        let operation = action.strip_prefix("kms:")?;
        grant.operations.iter().find(|granted| granted.eq_ignore_ascii_case(operation))?;
        let (reach, named) = covers(&grant.grantee, &asked.request.caller, &asked.world)?;
        let named = match reach {
            Reach::Role | Reach::Own | Reach::Pinned => named,
            Reach::Account | Reach::Everyone => asked.world.undocumented("grant", || {
                format!("AWS does not document what a grant to `{}` gives", grant.grantee.name)
            }),
        };
        // KMS API, GrantConstraints.
        let unconstrained = matches!(operation, "describekey" | "retiregrant");
        let constraints = grant.constraints.iter().filter(|_| !unconstrained);
        let met = Truth::all(constraints.map(|constraint| constraint.holds(&asked.world)));
        Some((grant, named.and(met)))
    })
}

/// Whether a grant allows. Whether implicit denials of other layers limit one is not documented.
fn by_grant(layers: &Layers, limits: &[Truth; 3], asked: &Asked<'_>) -> Truth {
    if layers.grants.known.is_empty() && layers.grants.unread.is_empty() {
        return Truth::No;
    }
    let known = grants_that_apply(&layers.grants.known, asked).map(|(_, truth)| truth);
    let unread = layers.grants.unread.iter().map(|unread| asked.world.ask(Ask::Allows, || unread.clone()));
    let granted = Truth::any(known.chain(unread));
    if granted == Truth::No {
        return Truth::No;
    }
    let within = [Layer::PermissionsBoundary, Layer::Session, Layer::ServiceControlPolicy]
        .into_iter()
        .zip(limits)
        .map(|(layer, limit)| {
            if *limit == Truth::Yes {
                return Truth::Yes;
            }
            limit.or(asked.world.undocumented(layer.word(), || {
                "AWS does not document whether its lack of an Allow limits a grant".into()
            }))
        });
    granted.and(Truth::all(within))
}

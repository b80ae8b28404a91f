//! Why a decision is what it is: the statements that made it, or the layer in which nothing allows and the statement
//! that comes nearest.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::evaluate::{Answered, Evaluation, Hit, Outcome, grants_that_apply};
use super::layers::{Layer, Layers};
use super::policy::{Effect, Statement};
use super::principal::Reach;
use super::statement::{Asked, Element};
use super::truth::{Dependency, Truth};
use super::world::{Supposed, World};

/// One statement, or the lack of one, behind a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Because<'a> {
    /// The layer.
    pub layer: Layer,
    /// The policy's name; empty where the layer has none.
    pub policy: &'a str,
    /// The statement, where one is to be named.
    pub statement: Option<&'a Statement>,
    /// What it does.
    pub effect: Effected,
    /// A sentence; may be empty.
    pub detail: Cow<'static, str>,
}

/// What a statement does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effected {
    /// Allows it.
    Allow,
    /// Denies it.
    Deny,
    /// Nothing: it fails to match, or may.
    None,
}

impl Because<'_> {
    /// The statement's name: its Sid or `#` and its index; empty where none is to be named.
    pub fn statement_name(&self) -> String {
        self.statement.map(Statement::name).unwrap_or_default()
    }
}

/// The reasons of a decision, in the order of the layers, each once: one policy may be attached at several levels. That
/// a resource control policy allows is none, since they only ever deny.
pub(super) fn reasons<'a>(
    asked: &Asked<'_>,
    layers: &'a Layers,
    evaluation: &Evaluation<'a>,
    outcome: Outcome,
    depends_on: &[Dependency],
) -> Vec<Because<'a>> {
    let mut because = all_reasons(asked, layers, evaluation, outcome, depends_on);
    let mut seen = BTreeSet::new();
    because.retain(|because| {
        let by_control = because.layer == Layer::ResourceControlPolicy && because.effect == Effected::Allow;
        let said =
            (because.layer, because.policy, because.statement_name(), because.effect, because.detail.clone());
        !by_control && seen.insert(said)
    });
    because
}

fn all_reasons<'a>(
    asked: &Asked<'_>,
    layers: &'a Layers,
    evaluation: &Evaluation<'a>,
    outcome: Outcome,
    depends_on: &[Dependency],
) -> Vec<Because<'a>> {
    match outcome {
        Outcome::ExplicitlyDenied => {
            let certain = applied(evaluation, Effect::Deny);
            if certain.is_empty() { denied_whatever(asked, evaluation) } else { certain }
        }
        Outcome::Allowed if evaluation.by_grant == Truth::Yes && evaluation.by_policies != Truth::Yes => {
            granted(asked, layers)
        }
        Outcome::Allowed => {
            let mut because = applied(evaluation, Effect::Allow);
            if evaluation.allowed() != Truth::Yes || evaluation.denied != Truth::No {
                because.extend(open(asked, evaluation, None));
            }
            because
        }
        Outcome::ImplicitlyDenied => {
            let mut because = Vec::new();
            if let Some((layer, why)) = evaluation.futile {
                because.push(lack(layer, "", None, why.into()));
                return because;
            }
            for (index, answered) in evaluation.answered.iter().enumerate() {
                if answered.layer == Layer::ResourceControlPolicy {
                    continue;
                }
                if answered.allows.any() == Truth::No {
                    because.push(nothing_allows(answered, asked));
                } else {
                    let own = |hit: &&Hit<'a>| hit.answered == index && hit.is_certain(Effect::Allow);
                    because.extend(evaluation.hits.iter().filter(own).map(Hit::because));
                }
            }
            because.extend(missed_grants(asked, layers));
            if evaluation.allowed() != Truth::No {
                because.extend(open(asked, evaluation, None));
            }
            because
        }
        Outcome::Depends => {
            let on: BTreeSet<&str> = depends_on.iter().map(|dependency| dependency.on.as_str()).collect();
            let mut because = open(asked, evaluation, Some(&on));
            if evaluation.by_grant == Truth::Unknown {
                because.push(lack(Layer::Grant, "", None, "a grant may allow the call".into()));
            }
            for answered in &evaluation.answered {
                let limits = answered.layer != Layer::ResourceControlPolicy;
                if limits && answered.allows.any() == Truth::No {
                    because.push(nothing_allows(answered, asked));
                }
            }
            because
        }
    }
}

/// Denials of which none is certain by itself, and one applies whatever the unknown is.
fn denied_whatever<'a>(asked: &Asked<'_>, evaluation: &Evaluation<'a>) -> Vec<Because<'a>> {
    let mut open = open_hits(asked, evaluation, None);
    open.retain(|(hit, _)| hit.statement.effect == Effect::Deny);
    let alone = open.len() == 1;
    let because = open.into_iter().map(|(hit, on)| {
        let detail =
            if alone { format!("whatever {on} is") } else { format!("or another does, whatever {on} is") };
        Because { effect: Effected::Deny, ..lack(hit.layer, hit.policy, Some(hit.statement), detail.into()) }
    });
    because.chain(unread(evaluation)).collect()
}

fn lack<'a>(
    layer: Layer,
    policy: &'a str,
    statement: Option<&'a Statement>,
    detail: Cow<'static, str>,
) -> Because<'a> {
    Because { layer, policy, statement, effect: Effected::None, detail }
}

/// The statements of one effect that certainly apply.
fn applied<'a>(evaluation: &Evaluation<'a>, effect: Effect) -> Vec<Because<'a>> {
    evaluation.hits.iter().filter(|hit| hit.is_certain(effect)).map(Hit::because).collect()
}

impl<'a> Hit<'a> {
    fn is_certain(&self, effect: Effect) -> bool {
        self.statement.effect == effect && self.cover.any() == Truth::Yes
    }

    fn because(&self) -> Because<'a> {
        let of_resource = matches!(self.layer, Layer::TrustPolicy | Layer::KeyPolicy | Layer::ResourcePolicy);
        let certain = |reach| self.cover.get(reach) == Truth::Yes;
        let (effect, detail) = match self.statement.effect {
            Effect::Deny if of_resource && certain(Reach::Everyone) => {
                (Effected::Deny, "applies to every principal")
            }
            Effect::Deny => (Effected::Deny, ""),
            Effect::Allow if !of_resource || certain(Reach::Role) || certain(Reach::Own) => {
                (Effected::Allow, "")
            }
            Effect::Allow if certain(Reach::Everyone) => (Effected::Allow, "applies to every principal"),
            Effect::Allow => (Effected::Allow, "delegates to the account's policies"),
        };
        Because {
            layer: self.layer,
            policy: self.policy,
            statement: Some(self.statement),
            effect,
            detail: detail.into(),
        }
    }
}

/// The grants that certainly allow.
fn granted<'a>(asked: &Asked<'_>, layers: &'a Layers) -> Vec<Because<'a>> {
    grants_that_apply(&layers.grants.known, asked)
        .filter(|(_, truth)| *truth == Truth::Yes)
        .map(|(grant, _)| Because {
            layer: Layer::Grant,
            policy: grant.id.as_str(),
            statement: None,
            effect: Effected::Allow,
            detail: format!("grants {} to {}", grant.operations.join(", "), grant.grantee.name).into(),
        })
        .collect()
}

/// The grants of the operation to the caller whose constraints the request does not meet.
fn missed_grants<'a>(asked: &Asked<'_>, layers: &'a Layers) -> Vec<Because<'a>> {
    let missed = grants_that_apply(&layers.grants.known, asked).filter(|(_, truth)| *truth == Truth::No);
    missed
        .map(|(grant, _)| {
            let constraint =
                grant.constraints.iter().find(|constraint| constraint.holds(&asked.world) == Truth::No);
            let detail = match constraint {
                Some(constraint) => format!(
                    "its constraint {} {} {} is not met",
                    constraint.operator.name(),
                    constraint.key.written(),
                    constraint.wanted()
                ),
                None => "it does not apply".into(),
            };
            lack(Layer::Grant, grant.id.as_str(), None, detail.into())
        })
        .collect()
}

/// The statements that may apply, where given only those that read what the answer depends on, and the policies that
/// were not read.
fn open<'a>(
    asked: &Asked<'_>,
    evaluation: &Evaluation<'a>,
    depends_on: Option<&BTreeSet<&str>>,
) -> Vec<Because<'a>> {
    let statements = open_hits(asked, evaluation, depends_on).into_iter().map(|(hit, on)| {
        let verb = if hit.statement.effect == Effect::Allow { "allows" } else { "denies" };
        let detail = format!("{verb} the call or not, depending on {on}");
        lack(hit.layer, hit.policy, Some(hit.statement), detail.into())
    });
    let mut because: Vec<Because<'a>> = statements.chain(unread(evaluation)).collect();
    // Layer by layer, as the statements are.
    because.sort_by_key(|because| {
        evaluation.answered.iter().position(|answered| answered.layer == because.layer)
    });
    because
}

/// The statements that may apply, each with what it reads that is open.
fn open_hits<'e, 'a>(
    asked: &Asked<'_>,
    evaluation: &'e Evaluation<'a>,
    depends_on: Option<&BTreeSet<&str>>,
) -> Vec<(&'e Hit<'a>, String)> {
    let unclear = evaluation.hits.iter().filter(|hit| hit.cover.any() == Truth::Unknown);
    let reads = unclear.filter_map(|hit| {
        let mut reads = read_by(hit, asked);
        if let Some(depends_on) = depends_on {
            reads.retain(|name| depends_on.contains(name.as_str()));
            if reads.is_empty() {
                return None;
            }
        }
        Some((hit, reads.into_iter().collect::<Vec<_>>().join(", ")))
    });
    reads.collect()
}

/// The policies that were not read.
fn unread<'a>(evaluation: &Evaluation<'a>) -> impl Iterator<Item = Because<'a>> {
    evaluation.answered.iter().flat_map(|answered| {
        let reasons = answered.policies.unread.iter();
        reasons.map(|unread| lack(answered.layer, "", None, format!("not read: {}", unread.reason).into()))
    })
}

/// The names of what is open in a statement: unknown keys and undocumented rules.
fn read_by(hit: &Hit<'_>, asked: &Asked<'_>) -> BTreeSet<String> {
    let supposed = Supposed::default();
    let world = World::supposing(asked.world.context(), &supposed);
    hit.statement.applies(hit.layer.kind(), &asked.in_world(world));
    let questions = supposed.met.borrow();
    let rules = questions.iter().map(|question| question.dependency.on.clone());
    let keys = hit.statement.open_keys(&world).into_iter().map(|key| key.written().to_owned());
    rules.chain(keys).collect()
}

/// Why nothing in a layer allows: the nearest statement, and the element on which it fails.
fn nothing_allows<'a>(answered: &Answered<'a>, asked: &Asked<'_>) -> Because<'a> {
    let kind = answered.layer.kind();
    let mut nearest: Option<(&'a str, &'a Statement, Element)> = None;
    for named in &answered.policies.known {
        for statement in &named.policy.statements {
            if statement.effect != Effect::Allow {
                continue;
            }
            let Some(element) = statement.mismatch(kind, asked) else { continue };
            // The first of equals is kept.
            if nearest.is_none_or(|(_, _, best)| element > best) {
                nearest = Some((&named.name, statement, element));
            }
        }
    }
    match nearest {
        Some((policy, statement, element)) => {
            let detail = statement.explain_mismatch(kind, element, asked);
            lack(answered.layer, policy, Some(statement), detail.into())
        }
        None => {
            let detail = match answered.layer {
                Layer::IdentityPolicy if answered.policies.known.is_empty() => {
                    "no policy is attached to the caller"
                }
                Layer::KeyPolicy if answered.policies.known.is_empty() => {
                    "there is no key policy, without which nothing allows the use of a key"
                }
                Layer::TrustPolicy if answered.policies.known.is_empty() => {
                    "there is no trust policy, without which nobody can assume the role"
                }
                _ => "no statement allows anything",
            };
            lack(answered.layer, "", None, detail.into())
        }
    }
}

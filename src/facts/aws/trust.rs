//! What a trust policy means: whom it admits and which ExternalIds it accepts, decided by asking the engine what each
//! of a few callers would get.

use jiff::Timestamp;

use super::TrustFacts;
use super::calls::{ASSUME_ROLE, assume_role};
use super::later::from_now_on;
use super::organization::Organizations;
use super::principals::{deleted_principals, named_principals};
use crate::evidence::aws::Tags;
use crate::facts::{Fact, UnknownBecause};
use crate::iam::condition::operand::Operand;
use crate::iam::context::Key;
use crate::iam::policy::{ActionElement, Effect, PrincipalElement, Principals, Statement};
use crate::iam::{
    ContextValue, Decision, Dependency, Layers, Outcome, Policies, Policy, Request, decide, telling_values,
};
use crate::target::aws::{ExternalId, RoleArn};

mod others;

/// The facts of a trust policy.
pub(super) fn facts(
    policy: &Policy,
    tags: &Tags,
    organizations: Organizations<'_>,
    now: Timestamp,
) -> TrustFacts {
    let target = organizations.target;
    let (role, external_id) = (&target.role, target.external_id.as_str());
    let trust = Trust { policy, role, tags, external_id, organizations, now };
    let others = trust.others();
    TrustFacts {
        readable: Fact::Known(true),
        admits_openai: trust.admits_openai(),
        principals: Fact::Known(trust.principals()),
        strangers: others.strangers,
        own_principals: others.own,
        deleted_principals: Fact::Known(deleted_principals(policy)),
        accepts_external_id: Fact::Known(trust.accepts_external_id()),
        allows_without_external_id: trust
            .could_assume(ContextValue::Absent, &trust.layers(trust.as_if_admitting())),
        unlisted_external_id: trust.unlisted_external_id(),
        external_ids: Fact::Known(trust.external_ids()),
        additional_external_ids: trust.additional_external_ids(),
    }
}

struct Trust<'a> {
    policy: &'a Policy,
    role: &'a RoleArn,
    tags: &'a Tags,
    external_id: &'a str,
    organizations: Organizations<'a>,
    now: Timestamp,
}

fn is_external_id(key: &Key) -> bool {
    *key == Key::new("sts:ExternalId")
}

impl Trust<'_> {
    fn layers(&self, policy: Policy) -> Layers {
        Layers { resource: Some(Policies::of(self.role.name(), policy)), ..Layers::default() }
    }

    /// OpenAI's call with this ExternalId.
    fn call(&self, action: &str, external_id: ContextValue) -> Request {
        assume_role(action, self.role, self.tags, external_id, self.organizations, self.now)
    }

    fn registered(&self) -> ContextValue {
        ContextValue::Single(self.external_id.to_owned())
    }

    /// The statements that allow an action.
    fn allowing(&self, action: &str) -> impl Iterator<Item = &Statement> {
        self.policy
            .statements
            .iter()
            .filter(move |statement| statement.effect == Effect::Allow && statement.action.names(action))
    }

    /// Conditions and denials aside.
    fn admits_openai(&self) -> Fact<bool> {
        let allowing = self.allowing(ASSUME_ROLE).cloned();
        let unconditional = allowing.map(|statement| Statement { conditions: Vec::new(), ..statement });
        let layers = self.layers(Policy { statements: unconditional.collect() });
        let request = self.call(ASSUME_ROLE, self.registered());
        let decision = decide(&request, &layers);
        match decision.outcome {
            Outcome::Allowed => Fact::Known(true),
            Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied => Fact::Known(false),
            Outcome::Depends => Fact::Unknown(decision.depends_on.iter().map(UnknownBecause::from).collect()),
        }
    }

    fn principals(&self) -> Vec<String> {
        let mut names: Vec<String> = self.allowing(ASSUME_ROLE).flat_map(principal_names).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The policy with its ExternalId conditions made to speak: where no statement admits OpenAI's role, the principal
    /// (and, where none allows the call, the action) is fixed in thought, so that one fault does not hide another.
    fn as_if_admitting(&self) -> Policy {
        let mut policy = self.policy.clone();
        let no_action = self.allowing(ASSUME_ROLE).next().is_none();
        let no_principal = self.admits_openai() == Fact::Known(false);
        for statement in policy.statements.iter_mut().filter(|statement| statement.effect == Effect::Allow) {
            if no_action {
                statement.action = ActionElement::NotAction(Vec::new());
            }
            if no_principal {
                statement.principal = Some(PrincipalElement::Principal(Principals::Everyone));
            }
        }
        policy
    }

    /// Whether the conditions on `sts:ExternalId`, taken alone, hold for the registered id.
    fn accepts_external_id(&self) -> bool {
        let mut policy = self.as_if_admitting();
        // A denial that also asks for something else is not about the ExternalId alone.
        policy.statements.retain(|statement| {
            statement.effect == Effect::Allow
                || (!statement.conditions.is_empty()
                    && statement.conditions.iter().all(|condition| is_external_id(&condition.key)))
        });
        for statement in &mut policy.statements {
            statement.conditions.retain(|condition| is_external_id(&condition.key));
        }
        let request = self.call(ASSUME_ROLE, self.registered());
        let layers = self.layers(policy);
        decide(&request, &layers).outcome.is_possible()
    }

    /// OpenAI's call with this ExternalId, today or on a later day.
    fn any_day(&self, external_id: ContextValue, layers: &Layers) -> Request {
        let request = self.call(ASSUME_ROLE, external_id);
        Request { context: from_now_on(request.context, layers, self.now), ..request }
    }

    /// Whether OpenAI could assume the role with this ExternalId, today or on a later day.
    fn could_assume(&self, external_id: ContextValue, layers: &Layers) -> Fact<bool> {
        could(&decide(&self.any_day(external_id, layers), layers))
    }

    fn external_ids(&self) -> Vec<String> {
        let values = self.condition_values("sts:ExternalId").map(|value| value.written().to_owned());
        let mut values: Vec<String> = values.collect();
        values.sort();
        values.dedup();
        values
    }

    /// The ids that conditions write out, by what they mean: `org-${*}` is the id `org-*`.
    fn listed_external_ids(&self) -> Vec<String> {
        let meant = |value: &Operand| match value {
            Operand::Text(template) => template.literal().map(str::to_owned),
            Operand::Arn(_) | Operand::Typed { .. } => None,
        };
        self.condition_values("sts:ExternalId").filter_map(meant).collect()
    }

    /// The ids other than the registered one that the policy writes out and accepts.
    fn additional_external_ids(&self) -> Fact<Vec<String>> {
        let layers = self.layers(self.as_if_admitting());
        let mut ids = self.listed_external_ids();
        // STS takes no other text as an ExternalId, so nobody could pass it.
        ids.retain(|id| id != self.external_id && id.parse::<ExternalId>().is_ok());
        ids.sort();
        ids.dedup();
        let mut open = Vec::new();
        ids.retain(|id| match self.could_assume(ContextValue::Single(id.clone()), &layers) {
            Fact::Known(could) => could,
            Fact::Unknown(because) => {
                open.extend(because);
                false
            }
        });
        Fact::of_members(ids, open)
    }

    /// An id that no condition writes out and that is accepted all the same: one like OpenAI's, or if there is none of
    /// those any other.
    fn unlisted_external_id(&self) -> Fact<Option<String>> {
        let layers = self.layers(self.as_if_admitting());
        let listed = self.listed_external_ids();
        let key = Key::new("sts:ExternalId");
        let mut open = Vec::new();
        for start in ["org-", "proj_", ""] {
            let unlisted = Dependency::new(key.written(), "an id that the policy does not write out");
            // Over the same days as the question: a statement of next year tells ids apart as well.
            let request = self.any_day(ContextValue::other(start, listed.clone(), unlisted), &layers);
            let (values, complete) = telling_values(&request, &layers, &key);
            for value in values {
                match (self.could_assume(value.clone(), &layers), value) {
                    (Fact::Known(true), ContextValue::Single(id)) => return Fact::Known(Some(id)),
                    (Fact::Known(_), _) => {}
                    (Fact::Unknown(because), _) => open.extend(because),
                }
            }
            if !complete {
                open.push(UnknownBecause {
                    evidence: "aws.role".into(),
                    reason: "its trust policy may accept ExternalIds that it does not write out".into(),
                    permission: None,
                });
            }
        }
        open.sort();
        open.dedup();
        if open.is_empty() { Fact::Known(None) } else { Fact::Unknown(open) }
    }

    /// The values of the conditions on a key.
    fn condition_values(&self, key: &str) -> impl Iterator<Item = &Operand> {
        let key = Key::new(key);
        self.policy
            .statements
            .iter()
            .flat_map(|statement| &statement.conditions)
            .filter(move |condition| condition.key == key)
            .flat_map(|condition| &condition.values)
    }
}

/// Whether a call could succeed. Where that depends on the caller's organization it is not known: the customer's own
/// organization, which was not read, may be meant. Where it depends on anything else a caller may well meet it.
fn could(decision: &Decision<'_>) -> Fact<bool> {
    let organization = |on: &str| {
        ["aws:principalorgid", "aws:principalorgpaths"].contains(&on.to_ascii_lowercase().as_str())
    };
    match decision.outcome {
        Outcome::Allowed => Fact::Known(true),
        Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied => Fact::Known(false),
        Outcome::Depends if decision.depends_on.iter().any(|dependency| organization(&dependency.on)) => {
            let on = decision.depends_on.iter().filter(|dependency| organization(&dependency.on));
            Fact::Unknown(on.map(UnknownBecause::from).collect())
        }
        Outcome::Depends => Fact::Known(true),
    }
}

fn principal_names(statement: &Statement) -> Vec<String> {
    match &statement.principal {
        Some(PrincipalElement::Principal(Principals::Everyone)) => vec!["*".into()],
        Some(PrincipalElement::NotPrincipal(_)) => vec!["NotPrincipal".into()],
        _ => named_principals(statement).map(|principal| principal.name.clone()).collect(),
    }
}

#[cfg(test)]
mod tests;

//! What a trust policy means: whom it admits and which ExternalIds it accepts, decided by asking the engine what each
//! of a few callers would get.

use jiff::Timestamp;

use super::TrustFacts;
use super::calls::{ASSUME_ROLE, assume_role, openai};
use crate::contract;
use crate::facts::{Fact, UnknownBecause};
use crate::iam::decide::{Grants, ResourceLayer};
use crate::iam::pattern::Template;
use crate::iam::policy::{
    ActionElement, Effect, NamedPrincipal, PrincipalElement, PrincipalKind, Principals, Statement,
};
use crate::iam::principal::{RoleSession, account_root};
use crate::iam::statement::{PolicyKind, StatementMatch};
use crate::iam::{Layers, Outcome, Policies, Policy, Truth, decide};
use crate::target::aws::RoleArn;

/// An account that no customer has: the caller from anywhere.
const ANY_ACCOUNT: &str = "000000000000";
/// A role name that no policy writes out.
const ANY_NAME: &str = "ekm-preflight-any-other-role";
/// What an ExternalId's wildcards are filled with to find one that is not written out.
const ANY_ID: &str = "0ekm0preflight0any0other";

/// More patterns than this are not tried one by one. AWS's own quota for a trust policy is 4,096 characters.
const MOST_PATTERNS: usize = 256;

/// The facts of a trust policy.
pub(super) fn facts(policy: &Policy, role: &RoleArn, external_id: &str, now: Timestamp) -> TrustFacts {
    let trust = Trust { policy, role, external_id, now };
    TrustFacts {
        readable: Fact::Known(true),
        admits_openai: trust.admits_openai().into(),
        principals: Fact::Known(trust.principals()),
        strangers: trust.strangers(),
        accepts_external_id: trust.accepts_external_id().into(),
        allows_without_external_id: Fact::Known(trust.could_assume(None)),
        unlisted_external_id: trust.unlisted_external_id(),
        external_ids: Fact::Known(trust.external_ids()),
    }
}

struct Trust<'a> {
    policy: &'a Policy,
    role: &'a RoleArn,
    external_id: &'a str,
    now: Timestamp,
}

fn is_external_id(key: &str) -> bool {
    key.eq_ignore_ascii_case("sts:ExternalId")
}

impl Trust<'_> {
    fn decide(&self, policy: &Policy, caller: RoleSession, external_id: Option<&str>) -> Outcome {
        let request = assume_role(caller, ASSUME_ROLE, self.role, external_id, self.now);
        let policies =
            Policies { known: vec![(self.role.name().into(), policy.clone())], unread: Vec::new() };
        let layers = Layers {
            identity: None,
            boundary: None,
            resource: ResourceLayer::Trust(policies),
            grants: Grants::default(),
        };
        decide(&request, &layers).outcome
    }

    /// Whether a statement lets anyone call the action, and whether its principal covers OpenAI's role; conditions
    /// aside.
    fn matched(&self, statement: &Statement, action: &str) -> (bool, Truth) {
        let bare = Statement { conditions: Vec::new(), ..statement.clone() };
        let call = assume_role(openai(), action, self.role, Some(self.external_id), self.now).call;
        let found = StatementMatch::new(&bare, PolicyKind::Trust, &call);
        (statement.effect == Effect::Allow && found.action.is_yes(), found.applies())
    }

    /// The statements that allow `sts:AssumeRole`.
    fn allowing(&self) -> impl Iterator<Item = &Statement> {
        self.policy.statements.iter().filter(|statement| self.matched(statement, ASSUME_ROLE).0)
    }

    fn admits_openai(&self) -> Truth {
        Truth::any(self.allowing().map(|statement| self.matched(statement, ASSUME_ROLE).1))
    }

    fn principals(&self) -> Vec<String> {
        let mut names: Vec<String> = self.allowing().flat_map(principal_names).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The policy with its ExternalId conditions made to speak: where no statement admits OpenAI's role, the principal
    /// (and, where none allows the call, the action) is fixed in thought, so that one fault does not hide another.
    fn as_if_admitting(&self) -> Policy {
        let mut policy = self.policy.clone();
        let no_action = self.allowing().next().is_none();
        let no_principal = self.admits_openai().is_no();
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
    fn accepts_external_id(&self) -> Truth {
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
        match self.decide(&policy, openai(), Some(self.external_id)) {
            Outcome::Allowed | Outcome::Depends => Truth::Yes,
            Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied => Truth::No,
        }
    }

    /// Whether OpenAI could assume the role with this ExternalId: not surely refused.
    fn could_assume(&self, external_id: Option<&str>) -> bool {
        let outcome = self.decide(&self.as_if_admitting(), openai(), external_id);
        matches!(outcome, Outcome::Allowed | Outcome::Depends)
    }

    fn external_ids(&self) -> Vec<String> {
        let values = self
            .policy
            .statements
            .iter()
            .flat_map(|statement| &statement.conditions)
            .filter(|condition| is_external_id(&condition.key))
            .flat_map(|condition| condition.values.iter().map(|value| value.written().to_owned()));
        let mut values: Vec<String> = values.collect();
        values.sort();
        values.dedup();
        values
    }

    /// Ids that no condition writes out: a made-up one of each form, every written pattern with its wildcards and
    /// variables filled, and the same in the other case, where the operator is loose enough to take them.
    fn unlisted_external_id(&self) -> Fact<Option<String>> {
        let listed = self.external_ids();
        let conditions = self
            .policy
            .statements
            .iter()
            .flat_map(|statement| &statement.conditions)
            .filter(|condition| is_external_id(&condition.key));
        let loose: Vec<&Template> = conditions
            .flat_map(|condition| {
                let loose = condition.operator.is_loose();
                condition.values.iter().filter(move |value| loose || value.has_variables())
            })
            .collect();
        if loose.len() > MOST_PATTERNS {
            return Fact::Unknown(vec![UnknownBecause {
                evidence: "aws.role".into(),
                reason: format!("its trust policy has more than {MOST_PATTERNS} patterns of ExternalIds"),
                permission: None,
            }]);
        }
        let made_up = [format!("org-{ANY_ID}"), format!("proj_{ANY_ID}"), ANY_ID.to_owned()];
        let filled = loose.into_iter().flat_map(|template| {
            let text = template.with_wildcards_as(ANY_ID);
            [text.to_ascii_uppercase(), text.to_ascii_lowercase(), text]
        });
        let mut unlisted = made_up.into_iter().chain(filled).filter(|candidate| !listed.contains(candidate));
        Fact::Known(unlisted.find(|candidate| self.could_assume(Some(candidate))))
    }

    /// Whether a caller could assume the role with the registered ExternalId.
    fn could_be_assumed_by(&self, role_arn: &str, account: &str) -> bool {
        let caller = RoleSession {
            role_arn: role_arn.into(),
            account: account.into(),
            role_id: None,
            session_name: None,
        };
        let outcome = self.decide(self.policy, caller, Some(self.external_id));
        matches!(outcome, Outcome::Allowed | Outcome::Depends)
    }

    /// Everyone, everyone of OpenAI's account, services, and principals of third accounts. Whether a third account
    /// belongs to the customer's own organization is not known here.
    fn strangers(&self) -> Fact<Vec<String>> {
        let any = |account: &str| {
            self.could_be_assumed_by(&format!("arn:aws:iam::{account}:role/{ANY_NAME}"), account)
        };
        let mut certain = Vec::new();
        let mut third_parties = Vec::new();
        if any(ANY_ACCOUNT) {
            certain.push("every AWS principal".to_owned());
        } else if any(contract::aws::ACCOUNT) {
            certain.push(format!("every principal of OpenAI's account {}", contract::aws::ACCOUNT));
        }
        let siblings = [ASSUME_ROLE, "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];
        let assumable = self
            .policy
            .statements
            .iter()
            .filter(|statement| siblings.iter().any(|action| self.matched(statement, action).0));
        for NamedPrincipal { kind, name } in assumable.flat_map(named_principals) {
            let account = account_of(name);
            match kind {
                PrincipalKind::Aws if name == "*" || account == Some(self.role.account().as_str()) => {}
                PrincipalKind::Aws if account == Some(contract::aws::ACCOUNT) => {
                    let openai = name == contract::aws::ROLE_ARN
                        || name.starts_with(contract::aws::SESSION_ARN_STEM)
                        || name == contract::aws::ACCOUNT
                        || account_root(name).is_some();
                    if !openai && self.could_be_assumed_by(name, contract::aws::ACCOUNT) {
                        certain.push(name.clone());
                    }
                }
                PrincipalKind::Aws => {
                    // Without an account it is the id of a principal that was deleted, and nobody.
                    let Some(account) = account else { continue };
                    let role_arn = if account_root(name).is_some() || name == account {
                        format!("arn:aws:iam::{account}:role/{ANY_NAME}")
                    } else {
                        name.clone()
                    };
                    if self.could_be_assumed_by(&role_arn, account) {
                        third_parties.push(name.clone());
                    }
                }
                PrincipalKind::Federated if account == Some(self.role.account().as_str()) => {}
                PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::CanonicalUser => {
                    certain.push(name.clone());
                }
            }
        }
        certain.sort();
        certain.dedup();
        third_parties.sort();
        third_parties.dedup();
        if certain.is_empty() && !third_parties.is_empty() {
            return Fact::Unknown(
                third_parties
                    .into_iter()
                    .map(|name| UnknownBecause {
                        evidence: "aws.organization".into(),
                        reason: format!("not read: whether `{name}` belongs to your organization"),
                        permission: None,
                    })
                    .collect(),
            );
        }
        certain.append(&mut third_parties);
        Fact::Known(certain)
    }
}

fn named_principals(statement: &Statement) -> impl Iterator<Item = &NamedPrincipal> {
    let named = match &statement.principal {
        Some(PrincipalElement::Principal(Principals::Named(named))) => named.as_slice(),
        _ => &[],
    };
    named.iter()
}

fn principal_names(statement: &Statement) -> Vec<String> {
    match &statement.principal {
        Some(PrincipalElement::Principal(Principals::Everyone)) => vec!["*".into()],
        Some(PrincipalElement::NotPrincipal(_)) => vec!["NotPrincipal".into()],
        _ => named_principals(statement).map(|principal| principal.name.clone()).collect(),
    }
}

/// The account that a principal's ARN or account id names.
fn account_of(name: &str) -> Option<&str> {
    if name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(name);
    }
    name.strip_prefix("arn:")?.split(':').nth(3).filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests;

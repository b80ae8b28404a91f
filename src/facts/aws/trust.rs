//! What a trust policy means: whom it admits and which ExternalIds it accepts, decided by asking the engine what each
//! of a few callers would get.

use jiff::Timestamp;

use super::TrustFacts;
use super::calls::{self, ASSUME_ROLE, anybody, assume_role};
use crate::contract;
use crate::evidence::aws::Tags;
use crate::facts::{Fact, UnknownBecause};
use crate::iam::condition::operand::Operand;
use crate::iam::context::Key;
use crate::iam::policy::{
    ActionElement, Effect, NamedPrincipal, PrincipalElement, PrincipalKind, Principals, Statement,
};
use crate::iam::{
    Caller, CallerClass, ContextValue, Decision, Dependency, Layers, Outcome, Policies, Policy, Request,
    caller_classes, decide, telling_values,
};
use crate::target::aws::RoleArn;

/// The partition that OpenAI accepts roles of.
const PARTITION: &str = "aws";
/// The name of everybody.
const EVERYONE: &str = "every AWS principal";

/// The facts of a trust policy.
pub(super) fn facts(
    policy: &Policy,
    role: &RoleArn,
    tags: &Tags,
    external_id: &str,
    now: Timestamp,
) -> TrustFacts {
    let trust = Trust { policy, role, tags, external_id, now };
    TrustFacts {
        readable: Fact::Known(true),
        admits_openai: trust.admits_openai(),
        principals: Fact::Known(trust.principals()),
        strangers: trust.strangers(),
        accepts_external_id: Fact::Known(trust.accepts_external_id()),
        allows_without_external_id: trust
            .could_assume(ContextValue::Absent, &trust.layers(trust.as_if_admitting())),
        unlisted_external_id: trust.unlisted_external_id(),
        external_ids: Fact::Known(trust.external_ids()),
    }
}

struct Trust<'a> {
    policy: &'a Policy,
    role: &'a RoleArn,
    tags: &'a Tags,
    external_id: &'a str,
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
        assume_role(action, self.role, self.tags, external_id, self.now)
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
        matches!(decide(&request, &layers).outcome, Outcome::Allowed | Outcome::Depends)
    }

    /// OpenAI's call with this ExternalId, today or on another day.
    fn any_day(&self, external_id: ContextValue) -> Request {
        let mut request = self.call(ASSUME_ROLE, external_id);
        for key in ["aws:CurrentTime", "aws:EpochTime"] {
            let another_day = Dependency::new(key, "it may be called at any time");
            request.context = request.context.with(key, ContextValue::unknown(another_day));
        }
        request
    }

    /// Whether OpenAI could assume the role with this ExternalId, today or on another day.
    fn could_assume(&self, external_id: ContextValue, layers: &Layers) -> Fact<bool> {
        could(&decide(&self.any_day(external_id), layers))
    }

    fn external_ids(&self) -> Vec<String> {
        let values = self.condition_values("sts:ExternalId").map(|value| value.written().to_owned());
        let mut values: Vec<String> = values.collect();
        values.sort();
        values.dedup();
        values
    }

    /// An id that no condition writes out and that is accepted all the same: one like OpenAI's, or if there is none of
    /// those any other.
    fn unlisted_external_id(&self) -> Fact<Option<String>> {
        let layers = self.layers(self.as_if_admitting());
        // By what they mean: `org-${*}` is the id `org-*`.
        let meant = |value: &Operand| match value {
            Operand::Text(template) => template.literal().map(str::to_owned),
            Operand::Arn(_) | Operand::Typed { .. } => None,
        };
        let listed: Vec<String> = self.condition_values("sts:ExternalId").filter_map(meant).collect();
        let key = Key::new("sts:ExternalId");
        let mut open = Vec::new();
        for start in ["org-", "proj_", ""] {
            let unlisted = Dependency::new(key.written(), "an id that the policy does not write out");
            // Over the same days as the question: a statement of next year tells ids apart as well.
            let request = self.any_day(ContextValue::other(start, listed.clone(), unlisted));
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

    /// Everyone, everyone of OpenAI's account, services, identity providers, and principals of third accounts. Whether
    /// a third account belongs to the customer's own organization is not known here.
    fn strangers(&self) -> Fact<Vec<String>> {
        let mut found = Strangers::default();
        let layers = self.layers(self.policy.clone());
        let own_account = self.role.account().as_str();
        let apart = [
            contract::aws::ROLE_ARN.to_owned(),
            format!("arn:*:*:*:{}:*", contract::aws::ACCOUNT),
            format!("arn:*:*:*:{own_account}:*"),
        ];
        let apart: Vec<&str> = apart.iter().map(String::as_str).collect();
        match caller_classes(self.policy, PARTITION, &apart, &anybody()) {
            None => found.maybe(),
            Some(classes) => {
                for class in classes {
                    let own = class.caller.account() == Some(own_account) || is_openai(&class.caller);
                    if own {
                        continue;
                    }
                    let stranger = Stranger::of(&class);
                    let request = calls::stranger(class.caller, self.role, self.tags);
                    match could(&decide(&request, &layers)) {
                        Fact::Known(false) => {}
                        Fact::Known(true) if stranger.third_party => found.third_party(stranger.label),
                        Fact::Known(true) => found.certain.push(stranger.label),
                        Fact::Unknown(because) => found.open.extend(because),
                    }
                }
            }
        }
        // `every AWS principal` says it all.
        if found.certain.iter().any(|name| name == EVERYONE) {
            found.certain = vec![EVERYONE.to_owned()];
        }
        let siblings = [ASSUME_ROLE, "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];
        for statement in &self.policy.statements {
            let allows = |action: &&str| statement.effect == Effect::Allow && statement.action.names(action);
            if !siblings.iter().any(allows) {
                continue;
            }
            let by_provider = siblings.iter().skip(1).any(allows);
            if by_provider && names_everyone(statement) {
                found.certain.push("every identity provider".to_owned());
            }
            for NamedPrincipal { kind, name, .. } in named_principals(statement) {
                let own = account_of(name) == Some(self.role.account().as_str());
                // Whom a provider vouches for is narrowed by its subject (IAM-UG id_roles_create_for-idp_oidc).
                let narrowed = statement.conditions.iter().any(|condition| {
                    condition
                        .key
                        .lower()
                        .strip_suffix(":sub")
                        .is_some_and(|issuer| name.to_ascii_lowercase().ends_with(issuer))
                });
                match kind {
                    PrincipalKind::Aws => {}
                    PrincipalKind::Federated if own && name.contains(":saml-provider/") => {}
                    PrincipalKind::Federated if narrowed => found.third_party(name.clone()),
                    PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::CanonicalUser => {
                        found.certain.push(name.clone());
                    }
                }
            }
        }
        found.fact()
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

/// Whether a caller is OpenAI's role. Names of roles are unique in an account, whatever their paths (IAM-UG
/// reference_iam-quotas).
fn is_openai(caller: &Caller) -> bool {
    let openai = calls::openai();
    matches!(caller, Caller::Session(session)
        if session.account == openai.account && session.role_name() == openai.role_name())
}

/// Somebody outside of OpenAI's role and the role's own account.
struct Stranger {
    /// Its name for people.
    label: String,
    /// Whether it is of an account that the policy writes out, and that may be of the customer's own organization.
    third_party: bool,
}

impl Stranger {
    fn of(class: &CallerClass) -> Self {
        let account = class.caller.account().unwrap_or_default();
        let arn = class.caller.arn();
        let by = &class.set_apart_by;
        let written_out = by.iter().any(|text| account_of(text) == Some(account));
        let patterns: Vec<&String> = by.iter().filter(|text| text.contains(['*', '?', '$'])).collect();
        let exact = class.session_arn.as_ref().or_else(|| by.iter().find(|text| *text == arn));
        let label = match (exact, patterns.as_slice()) {
            (Some(name), _) => name.clone(),
            (None, []) if account == contract::aws::ACCOUNT => {
                format!("every principal of OpenAI's account {account}")
            }
            (None, []) => by
                .iter()
                .find(|text| account_of(text) == Some(account))
                .cloned()
                .unwrap_or_else(|| EVERYONE.to_owned()),
            (None, patterns) => {
                let like: Vec<String> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
                format!("every principal like {}", like.join(" and "))
            }
        };
        Self { label, third_party: written_out && account != contract::aws::ACCOUNT }
    }
}

/// Who could assume the role and should not.
#[derive(Default)]
struct Strangers {
    certain: Vec<String>,
    /// Why it is not certain of others.
    open: Vec<UnknownBecause>,
}

impl Strangers {
    fn third_party(&mut self, name: String) {
        self.open.push(UnknownBecause {
            evidence: "aws.organization".into(),
            reason: format!("not read: whether `{name}` belongs to your organization"),
            permission: None,
        });
    }

    fn maybe(&mut self) {
        self.open.push(UnknownBecause {
            evidence: "aws.role".into(),
            reason: "its trust policy may let in principals that it does not write out".into(),
            permission: None,
        });
    }

    fn fact(mut self) -> Fact<Vec<String>> {
        self.certain.sort();
        self.certain.dedup();
        if self.certain.is_empty() && !self.open.is_empty() {
            self.open.sort();
            self.open.dedup();
            return Fact::Unknown(self.open);
        }
        Fact::Known(self.certain)
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

/// `"*"` and `{"AWS": "*"}` are the same (IAM-UG reference_policies_elements_principal); a `NotPrincipal` that allows
/// may mean as much.
fn names_everyone(statement: &Statement) -> bool {
    match &statement.principal {
        Some(PrincipalElement::Principal(Principals::Everyone) | PrincipalElement::NotPrincipal(_)) => true,
        _ => named_principals(statement).any(|principal| principal.name == "*"),
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
    let digits = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(name) {
        return Some(name);
    }
    name.strip_prefix("arn:")?.split(':').nth(3).filter(|account| digits(account))
}

#[cfg(test)]
mod tests;

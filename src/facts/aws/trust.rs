//! What a trust policy means: whom it admits and which ExternalIds it accepts, decided by asking the engine what each
//! of a few callers would get.

use jiff::Timestamp;

use super::TrustFacts;
use super::calls::{ASSUME_ROLE, assume_role, stranger};
use crate::contract;
use crate::evidence::aws::Tags;
use crate::facts::{Fact, UnknownBecause};
use crate::iam::condition::operand::Operand;
use crate::iam::context::Key;
use crate::iam::policy::{ActionElement, Effect, PrincipalElement, Principals, Statement};
use crate::iam::principal::{NamedPrincipal, PrincipalKind, RoleSession};
use crate::iam::{ContextValue, Decision, Dependency, Layers, Outcome, Policies, Policy, Request, decide};
use crate::target::aws::RoleArn;

/// An account that no customer has: the caller from anywhere.
const ANY_ACCOUNT: &str = "000000000000";
/// A role name that no policy writes out.
const ANY_NAME: &str = "ekm-preflight-any-other-role";
/// What an ExternalId's wildcards are filled with to find one that is not written out.
const ANY_ID: &str = "0ekm0preflight0any0other";

/// The name of the caller from any account.
const EVERYONE: &str = "every AWS principal";
/// What wildcards in a condition on the principal are filled with, to find callers whom it lets in.
const FILLINGS: &[&str] = &[
    "",
    ANY_NAME,
    ANY_ACCOUNT,
    "000000000000:role/ekm-preflight-any-other-role",
    "arn:aws:iam::000000000000:role/ekm-preflight-any-other-role",
];

/// No more loose values than this are tried. AWS's own quota for a trust policy is 4,096 characters.
const MOST_PATTERNS: usize = 256;

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

    /// Whether OpenAI could assume the role with this ExternalId, today or on another day.
    fn could_assume(&self, external_id: ContextValue, layers: &Layers) -> Fact<bool> {
        let mut request = self.call(ASSUME_ROLE, external_id);
        for key in ["aws:CurrentTime", "aws:EpochTime"] {
            let another_day = Dependency::new(key, "it may be called at any time");
            request.context = request.context.with(key, ContextValue::unknown(another_day));
        }
        could(&decide(&request, layers))
    }

    fn external_ids(&self) -> Vec<String> {
        let values = self.condition_values("sts:ExternalId").map(|value| value.written().to_owned());
        let mut values: Vec<String> = values.collect();
        values.sort();
        values.dedup();
        values
    }

    /// An id that no condition writes out and that is accepted all the same.
    ///
    /// First the engine is asked about an id of which only that is known. Where it can't tell, because an operator or
    /// a value is looser than what it writes, some are tried: a made-up one of each form, and every loose value with
    /// its wildcards and variables filled, in either case. Where none of them gets in, there may be others.
    fn unlisted_external_id(&self) -> Fact<Option<String>> {
        let layers = self.layers(self.as_if_admitting());
        let listed = self.external_ids();
        let unlisted = Dependency::new("sts:ExternalId", "an id that the policy does not write out");
        let other = ContextValue::other(listed.clone(), unlisted);
        let open = match self.could_assume(other, &layers) {
            Fact::Known(false) => return Fact::Known(None),
            Fact::Known(true) => vec![UnknownBecause {
                evidence: "aws.role".into(),
                reason: "its trust policy may accept ExternalIds that it does not write out".into(),
                permission: None,
            }],
            Fact::Unknown(because) => because,
        };
        let conditions = self
            .policy
            .statements
            .iter()
            .flat_map(|statement| &statement.conditions)
            .filter(|condition| is_external_id(&condition.key));
        let loose = conditions.flat_map(|condition| {
            let loose = condition.operator.is_loose();
            condition.values.iter().filter(move |value| loose || value.written().contains("${"))
        });
        let made_up = [format!("org-{ANY_ID}"), format!("proj_{ANY_ID}"), ANY_ID.to_owned()];
        let filled = loose.take(MOST_PATTERNS).flat_map(|template| {
            let text = with_wildcards_as(template.written(), ANY_ID);
            [text.to_ascii_uppercase(), text.to_ascii_lowercase(), text]
        });
        let mut candidates =
            made_up.into_iter().chain(filled).filter(|candidate| !listed.contains(candidate));
        let found = candidates.find(|candidate| {
            self.could_assume(ContextValue::Single(candidate.clone()), &layers) == Fact::Known(true)
        });
        found.map_or(Fact::Unknown(open), |id| Fact::Known(Some(id)))
    }

    /// Everyone, everyone of OpenAI's account, services, identity providers, and principals of third accounts. Whether
    /// a third account belongs to the customer's own organization is not known here.
    fn strangers(&self) -> Fact<Vec<String>> {
        let mut found = Strangers::default();
        let layers = self.layers(self.policy.clone());
        for Candidate { label, caller, vague } in self.callers() {
            let own =
                caller.account == self.role.account().as_str() || caller.role_arn == contract::aws::ROLE_ARN;
            if own {
                continue;
            }
            let third = ![ANY_ACCOUNT, contract::aws::ACCOUNT].contains(&caller.account.as_str());
            let unwritten = vague.then(|| self.unwritten(caller.clone()));
            match could(&decide(&stranger(caller, self.role, self.tags), &layers)) {
                Fact::Known(false) => {
                    // A pattern in a condition may let in somebody whom none of the candidates is.
                    let maybe = unwritten.map(|request| could(&decide(&request, &layers)));
                    if maybe.is_some_and(|maybe| maybe != Fact::Known(false)) {
                        found.maybe();
                    }
                }
                Fact::Known(true) if third => found.third_party(label),
                Fact::Known(true) => found.certain.push(label),
                Fact::Unknown(because) => found.open.extend(because),
            }
        }
        // `every AWS principal` says it all.
        if found.certain.iter().any(|name| name == EVERYONE) {
            found.certain = vec![EVERYONE.to_owned()];
        }
        let siblings = [ASSUME_ROLE, "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];
        for statement in &self.policy.statements {
            let allows = |action: &&str| statement.effect == Effect::Allow && statement.action.names(action);
            if !siblings.iter().any(|action| allows(&action)) {
                continue;
            }
            let by_provider = siblings.iter().skip(1).any(|action| allows(&action));
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

    /// A call by somebody of whom only the account is known, if that, and that no condition writes it out.
    fn unwritten(&self, caller: RoleSession) -> Request {
        let keys: &[&str] = if caller.account == ANY_ACCOUNT {
            &["aws:PrincipalArn", "aws:PrincipalAccount"]
        } else {
            &["aws:PrincipalArn"]
        };
        let mut request = stranger(caller, self.role, self.tags);
        let other = |key: &str| {
            ContextValue::other(
                self.condition_values(key).map(|value| value.written().to_owned()).collect(),
                Dependency::new(key, "a principal that the policy does not write out"),
            )
        };
        for key in keys {
            request.context = request.context.with(key, other(key));
        }
        request
    }

    /// Callers to ask the engine about: somebody of any account, somebody else of OpenAI's, and everybody whom the
    /// policy names in a principal or in a condition on the principal.
    fn callers(&self) -> Vec<Candidate> {
        let somebody = |account: &str| RoleSession {
            role_arn: format!("arn:aws:iam::{account}:role/{ANY_NAME}"),
            account: account.to_owned(),
            role_id: None,
            session_name: None,
        };
        let openai = contract::aws::ACCOUNT;
        let mut callers = vec![
            Candidate { label: EVERYONE.to_owned(), caller: somebody(ANY_ACCOUNT), vague: true },
            Candidate {
                label: format!("every principal of OpenAI's account {openai}"),
                caller: somebody(openai),
                vague: true,
            },
        ];
        let named = self.policy.statements.iter().flat_map(named_principals);
        let in_principals = named
            .filter(|principal| principal.kind == PrincipalKind::Aws)
            .map(|principal| principal.name.clone());
        let in_conditions = ["aws:PrincipalArn", "aws:PrincipalAccount"]
            .into_iter()
            .flat_map(|key| self.condition_values(key))
            .flat_map(|value| FILLINGS.iter().map(|filling| with_wildcards_as(value.written(), filling)));
        for name in in_principals.chain(in_conditions) {
            // Without an account it is `*`, which is asked about above, or the id of a principal that was deleted.
            let Some(account) = account_of(&name) else { continue };
            if name.starts_with(contract::aws::SESSION_ARN_STEM) {
                continue;
            }
            let whole_account = name == account || whole_account_of(&name);
            if whole_account && account == openai {
                continue;
            }
            let session = session(&name);
            let vague = whole_account || session.is_some();
            let caller = match session {
                Some(session) => session,
                None if whole_account => somebody(account),
                None => RoleSession { role_arn: name.clone(), ..somebody(account) },
            };
            let label = match name.split(':').next_back() {
                Some(resource) if account == ANY_ACCOUNT && !whole_account => {
                    format!("{resource} of any account")
                }
                _ => name.clone(),
            };
            callers.push(Candidate { label, caller, vague });
        }
        callers.sort_by(|left, right| left.label.cmp(&right.label));
        callers.dedup_by(|left, right| left.label == right.label);
        callers
    }
}

/// A caller to ask the engine about.
struct Candidate {
    /// Its name for people.
    label: String,
    caller: RoleSession,
    /// Whether its `aws:PrincipalArn` may be another than the one asked about: it stands for anybody of its account, or
    /// is a session, whose ARN does not show its role's path.
    vague: bool,
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

/// The session that `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` names.
fn session(arn: &str) -> Option<RoleSession> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(":sts::")?;
    let (account, rest) = rest.split_once(":assumed-role/")?;
    let (role, session) = rest.split_once('/')?;
    Some(RoleSession {
        role_arn: format!("arn:{partition}:iam::{account}:role/{role}"),
        account: account.to_owned(),
        role_id: None,
        session_name: Some(session.to_owned()),
    })
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

/// Puts a text in the place of each wildcard and each variable.
fn with_wildcards_as(written: &str, text: &str) -> String {
    let mut out = String::new();
    let mut rest = written;
    while let Some(character) = rest.chars().next() {
        let variable = rest.strip_prefix("${").and_then(|inside| inside.split_once('}'));
        let (put, behind) = match (character, variable) {
            (_, Some((_, behind))) => (text, behind),
            ('*', _) => (text, rest.get(1..).unwrap_or_default()),
            ('?', _) => (text.get(..1).unwrap_or_default(), rest.get(1..).unwrap_or_default()),
            _ => rest.split_at(character.len_utf8()),
        };
        out.push_str(put);
        rest = behind;
    }
    out
}

/// Whether a name means a whole account.
fn whole_account_of(name: &str) -> bool {
    NamedPrincipal::new(PrincipalKind::Aws, name.to_owned()).whole_account().is_some()
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

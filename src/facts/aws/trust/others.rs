//! Who besides OpenAI's role could assume the role: strangers, and the customer's own.

use super::{Trust, could};
use crate::contract;
use crate::facts::aws::calls::{self, ASSUME_ROLE, ITS_CHOICE, anybody};
use crate::facts::aws::later::from_now_on;
use crate::facts::aws::organization::Standing;
use crate::facts::aws::principals::{Called, EVERYONE, account_of, named_principals, names_everyone};
use crate::facts::{Fact, UnknownBecause};
use crate::iam::policy::{Effect, NamedPrincipal, PrincipalKind};
use crate::iam::{Caller, CallerClass, Context, Layers, caller_classes, decide};

/// The partition that OpenAI accepts roles of.
const PARTITION: &str = "aws";

/// Who else could assume the role.
pub(super) struct Others {
    /// Nobody of the customer's own.
    pub(super) strangers: Fact<Vec<String>>,
    /// Of the accounts of role and key, and of the organization of the role's.
    pub(super) own: Fact<Vec<String>>,
}

impl Trust<'_> {
    /// Everyone, everyone of OpenAI's account, services, identity providers, and principals of third accounts; and
    /// those of the customer's own accounts.
    pub(super) fn others(&self) -> Others {
        let mut found = Found::default();
        let resource_control = self.organizations.resource_control_of_role().levels;
        let layers = Layers { resource_control, ..self.layers(self.policy.clone()) };
        let own = self.own_accounts();
        let apart: Vec<String> = [contract::aws::ROLE_ARN.to_owned()]
            .into_iter()
            .chain(
                [contract::aws::ACCOUNT].iter().chain(&own).map(|account| format!("arn:*:*:*:{account}:*")),
            )
            .collect();
        let apart: Vec<&str> = apart.iter().map(String::as_str).collect();
        match caller_classes(self.policy, PARTITION, &apart, &anybody()) {
            None => found.maybe(),
            Some(classes) => {
                for class in classes.iter().filter(|class| !is_openai(&class.caller)) {
                    self.admit(class, &layers, &mut found);
                }
            }
        }
        self.admit_by_name(&mut found);
        found.facts()
    }

    fn own_accounts(&self) -> [&str; 2] {
        let target = self.organizations.target;
        [target.role.account().as_str(), target.key.account().as_str()]
    }

    /// Whether callers that the policy treats alike could assume the role, and whose they are.
    fn admit(&self, class: &CallerClass, layers: &Layers, found: &mut Found) {
        let called = Called::of(class, &self.own_accounts());
        let account = class.caller.account().unwrap_or_default();
        let organization = self.organizations.of_role();
        // Where the organization is known, everything that is open is the caller's to choose.
        let could_as = |of_organization: Context| {
            let of_organization = from_now_on(of_organization, layers, self.now);
            let request =
                calls::stranger(class.caller.clone(), of_organization, self.organizations, self.tags);
            let decision = decide(&request, layers);
            match &organization {
                Fact::Known(_) => Fact::Known(decision.outcome.is_possible()),
                Fact::Unknown(_) => could(&decision),
            }
        };
        let chosen = || Context::unknown(ITS_CHOICE);
        let as_outsider = || {
            could_as(match &organization {
                Fact::Known(_) => self.organizations.outsider(chosen(), ITS_CHOICE),
                Fact::Unknown(_) => anybody(),
            })
        };
        // Principals of the key's account are of its organization, which may be another.
        let [role_account, key_account] = self.own_accounts();
        let of_key_alone = account == key_account && account != role_account;
        let home = if of_key_alone { self.organizations.of_key() } else { organization.clone() };
        let as_member = || {
            could_as(match &home {
                Fact::Known(Some(own)) => self.organizations.member(chosen(), own),
                Fact::Known(None) => chosen().absent(&["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"]),
                Fact::Unknown(_) => anybody(),
            })
        };
        if account == contract::aws::ACCOUNT {
            return found.add(as_outsider(), called.label, |found| &mut found.strangers);
        }
        match self.organizations.standing(account, called.written_out) {
            Standing::Own => found.add(as_member(), called.label, |found| &mut found.own),
            Standing::Unknown(because) => {
                if as_outsider() != Fact::Known(false) {
                    found.open_strangers.push(because.clone());
                }
                if as_member() != Fact::Known(false) {
                    found.open_own.push(because);
                }
            }
            Standing::Foreign => {
                let outsider = as_outsider();
                if let (Fact::Known(false), Fact::Known(Some(own)), false) =
                    (&outsider, &organization, called.written_out)
                {
                    let label = format!("{} of your organization {}", called.label, own.id);
                    found.add(as_member(), label, |found| &mut found.own);
                }
                found.add(outsider, called.label, |found| &mut found.strangers);
            }
        }
    }

    /// Services and identity providers, by what the policy calls them.
    fn admit_by_name(&self, found: &mut Found) {
        let siblings = [ASSUME_ROLE, "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];
        let own_accounts = self.own_accounts();
        for statement in &self.policy.statements {
            let allows = |action: &&str| statement.effect == Effect::Allow && statement.action.names(action);
            if !siblings.iter().any(allows) {
                continue;
            }
            let by_provider = siblings.iter().skip(1).any(allows);
            if by_provider && names_everyone(statement) {
                found.strangers.push("every identity provider".to_owned());
            }
            for NamedPrincipal { kind, name, .. } in named_principals(statement) {
                let own = account_of(name).is_some_and(|account| own_accounts.contains(&account));
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
                    PrincipalKind::Federated if own && name.contains(":saml-provider/") => {
                        found.own.push(name.clone());
                    }
                    PrincipalKind::Federated if narrowed => found.open(vec![UnknownBecause {
                        evidence: "aws.role".into(),
                        reason: format!("whether those whom `{name}` vouches for are your own"),
                        permission: None,
                    }]),
                    PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::CanonicalUser => {
                        found.strangers.push(name.clone());
                    }
                }
            }
        }
    }
}

/// Whether a caller is OpenAI's role. Names of roles are unique in an account, whatever their paths (IAM-UG
/// reference_iam-quotas).
fn is_openai(caller: &Caller) -> bool {
    let openai = calls::openai();
    matches!(caller, Caller::Session(session)
        if session.account == openai.account && session.role_name() == openai.role_name())
}

/// Who could assume the role.
#[derive(Default)]
struct Found {
    strangers: Vec<String>,
    own: Vec<String>,
    /// Why it is not certain whether there are other strangers.
    open_strangers: Vec<UnknownBecause>,
    /// Why it is not certain whether there are others of the customer's own.
    open_own: Vec<UnknownBecause>,
}

impl Found {
    fn add(&mut self, could: Fact<bool>, label: String, list: impl FnOnce(&mut Self) -> &mut Vec<String>) {
        match could {
            Fact::Known(false) => {}
            Fact::Known(true) => list(self).push(label),
            Fact::Unknown(because) => self.open(because),
        }
    }

    fn open(&mut self, because: Vec<UnknownBecause>) {
        self.open_strangers.extend(because.iter().cloned());
        self.open_own.extend(because);
    }

    fn maybe(&mut self) {
        self.open(vec![UnknownBecause {
            evidence: "aws.role".into(),
            reason: "its trust policy may let in principals that it does not write out".into(),
            permission: None,
        }]);
    }

    fn facts(mut self) -> Others {
        // That everybody could says it all.
        if self.strangers.iter().any(|name| name == EVERYONE) {
            self.strangers = vec![EVERYONE.to_owned()];
            self.own.clear();
        }
        Others {
            strangers: Fact::of_members(self.strangers, self.open_strangers),
            own: Fact::of_members(self.own, self.open_own),
        }
    }
}

//! Who calls, and which principals of a policy that is (IAM-UG reference_policies_elements_principal).

use super::pattern::{arn_parts, partition};
use super::policy::{Effect, NamedPrincipal, PrincipalElement, PrincipalForm, PrincipalKind, Principals};
use super::truth::Truth;
use super::world::World;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A session of a role.
    Session(RoleSession),
    /// A user of an account.
    User(User),
    /// The root user of an account.
    Root {
        /// `arn:aws:iam::ACCOUNT:root`.
        arn: String,
        /// The account.
        account: String,
    },
    /// A session of a user of the account, made with `sts:GetFederationToken`.
    FederatedUser {
        /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
        arn: String,
        /// The account.
        account: String,
    },
    /// An AWS service that calls for itself: `cloudtrail.amazonaws.com`.
    Service(String),
    /// Somebody whom an identity provider vouches for, by the provider's name or ARN.
    Federated(String),
}

/// A session of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSession {
    /// The role's ARN, with its path.
    pub role_arn: String,
    /// Whether the path is known: a session's own ARN does not show it.
    pub path_known: bool,
    /// The role's account.
    pub account: String,
    /// The role's unique id, `AROA…`.
    pub role_id: UniqueId,
    /// The session's name, where it is known.
    pub session_name: Option<String>,
}

/// A user of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's ARN, with its path.
    pub arn: String,
    /// The user's account.
    pub account: String,
    /// The user's unique id, `AIDA…`.
    pub id: UniqueId,
}

/// What is known of a principal's unique id. Policies show one in place of an ARN once the principal is deleted; one
/// made anew under the same name has another id (IAM-UG reference_identifiers).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UniqueId {
    /// It is this.
    Known(String),
    /// It is in no policy: those in policies are of principals that are gone.
    InNoPolicy,
    /// It may be any.
    Unknown,
}

impl RoleSession {
    /// The role's name, without its path.
    pub fn role_name(&self) -> &str {
        self.role_arn.rsplit('/').next().unwrap_or_default()
    }

    /// Whether an ARN is the role's but for the path, which is not known.
    fn is_of_role_named(&self, arn: &str) -> bool {
        let own = arn_parts(&self.role_arn);
        !self.path_known
            && matches!((arn_parts(arn), own), (Some([_, partition, "iam", "", account, resource]), Some([_, own, ..]))
                if partition == own && account == self.account && resource.starts_with("role/")
                    && resource.rsplit('/').next() == Some(self.role_name()))
    }
}

impl Caller {
    /// The account that the caller belongs to; services and federated principals have none.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Session(RoleSession { account, .. })
            | Self::User(User { account, .. })
            | Self::Root { account, .. }
            | Self::FederatedUser { account, .. } => Some(account),
            Self::Service(_) | Self::Federated(_) => None,
        }
    }

    /// The value of `aws:PrincipalArn`: for a session its role's ARN (IAM-UG reference_policies_condition-keys). For
    /// services and federated principals their name.
    pub fn arn(&self) -> &str {
        match self {
            Self::Session(session) => &session.role_arn,
            Self::User(user) => &user.arn,
            Self::Root { arn, .. } | Self::FederatedUser { arn, .. } => arn,
            Self::Service(name) | Self::Federated(name) => name,
        }
    }

    /// The partition of the caller's ARN.
    pub fn partition(&self) -> Option<&str> {
        partition(self.arn())
    }

    /// Whether it is a service-linked role, which organization policies do not limit (ORG-UG
    /// orgs_manage_policies_scps, orgs_manage_policies_rcps).
    pub fn is_service_linked(&self) -> bool {
        matches!(self, Self::Session(session) if session.role_arn.contains(":role/aws-service-role/"))
    }

    /// How the name that it has in policies covers it: a session's is its role's.
    fn own_reach(&self) -> Reach {
        match self {
            Self::Session(_) => Reach::Role,
            _ => Reach::Own,
        }
    }

    /// Whether a name in a policy is the caller's unique id.
    fn has_unique_id(&self, name: &str, world: &World<'_>) -> Truth {
        let id = match self {
            Self::Session(session) => &session.role_id,
            Self::User(user) => &user.id,
            _ => return Truth::No,
        };
        match id {
            UniqueId::Known(id) => (id == name).into(),
            UniqueId::InNoPolicy => Truth::No,
            UniqueId::Unknown if name.contains(':') => Truth::No,
            UniqueId::Unknown => world.undocumented("aws:userid", || {
                format!("it is not known whether the caller's unique id is `{name}`")
            }),
        }
    }
}

/// How a policy's principal covers the caller: what it grants differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// By the account: in an Allow it delegates to the account's identity policies.
    Account,
    /// By `*`.
    Everyone,
    /// By the ARN of the session's role, or of the user behind a federated session.
    Role,
    /// By `*` with a condition on `aws:PrincipalArn` that holds.
    Pinned,
    /// By the caller's own name: a session's, a user's or a service's.
    Own,
}

/// For each [`Reach`] whether a principal covers the caller so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover([Truth; 5]);

impl Cover {
    /// In no way.
    pub const NONE: Self = Self([Truth::No; 5]);

    /// In one way.
    pub fn by(reach: Reach, truth: Truth) -> Self {
        Self::NONE.with(reach, truth)
    }

    /// In one more way.
    #[must_use]
    pub fn with(mut self, reach: Reach, truth: Truth) -> Self {
        if let Some(slot) = self.0.get_mut(reach as usize) {
            *slot = slot.or(truth);
        }
        self
    }

    /// Whether it is so.
    pub fn get(&self, reach: Reach) -> Truth {
        self.0.get(reach as usize).copied().unwrap_or(Truth::No)
    }

    /// In any way.
    pub fn any(&self) -> Truth {
        Truth::any(self.0)
    }

    /// Either of two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| {
            let of = |cover: &Self| cover.0.get(at).copied().unwrap_or(Truth::No);
            of(&self).or(of(&other))
        }))
    }

    /// Where something else holds as well.
    #[must_use]
    pub fn and(self, truth: Truth) -> Self {
        Self(self.0.map(|own| own.and(truth)))
    }
}

/// Whether and how a statement's `Principal` or `NotPrincipal` covers the caller. `bounded` says whether the caller has
/// a permissions boundary.
pub fn cover(
    element: &PrincipalElement,
    effect: Effect,
    caller: &Caller,
    bounded: bool,
    world: &World<'_>,
) -> Cover {
    match element {
        PrincipalElement::Principal(Principals::Everyone) => Cover::by(Reach::Everyone, Truth::Yes),
        PrincipalElement::Principal(Principals::Named(named)) => named
            .iter()
            .filter_map(|principal| covers(principal, caller, world))
            .fold(Cover::NONE, |cover, (reach, truth)| cover.with(reach, truth)),
        PrincipalElement::NotPrincipal(_) if effect == Effect::Allow => Cover::by(
            Reach::Everyone,
            world.undocumented("NotPrincipal", || {
                "AWS does not support NotPrincipal in a statement that allows".into()
            }),
        ),
        // A principal with a boundary is always denied (IAM-UG reference_policies_elements_notprincipal).
        PrincipalElement::NotPrincipal(_) if bounded => Cover::by(Reach::Everyone, Truth::Yes),
        PrincipalElement::NotPrincipal(principals) => {
            Cover::by(Reach::Everyone, spares(principals, caller, world).not())
        }
    }
}

/// Whether a `NotPrincipal` that denies spares the caller: the list must have its account as well, and for a session
/// its role and the session. AWS says of a list that has some of them that it "might" deny (IAM-UG
/// reference_policies_elements_notprincipal).
fn spares(principals: &Principals, caller: &Caller, world: &World<'_>) -> Truth {
    let unclear = |what: &str| {
        world.undocumented("NotPrincipal", || {
            format!("AWS says that NotPrincipal might deny where it lists {what}, {}", caller.arn())
        })
    };
    let named = match principals {
        Principals::Everyone => return unclear("everyone"),
        Principals::Named(named) => named,
    };
    let cover = named
        .iter()
        .filter_map(|principal| covers(principal, caller, world))
        .fold(Cover::NONE, |cover, (reach, truth)| cover.with(reach, truth));
    if cover.get(Reach::Everyone) != Truth::No {
        return unclear("everyone");
    }
    let whole = match caller {
        Caller::Session(_) => [Reach::Account, Reach::Role, Reach::Own].as_slice(),
        Caller::User(_) => &[Reach::Account, Reach::Own],
        Caller::Root { .. } => &[Reach::Account],
        Caller::FederatedUser { .. } => &[Reach::Account, Reach::Role, Reach::Own],
        Caller::Service(_) | Caller::Federated(_) => &[Reach::Own],
    };
    let own = cover.get(Reach::Own).or(cover.get(Reach::Role));
    if Truth::all(whole.iter().map(|reach| cover.get(*reach))) == Truth::Yes {
        Truth::Yes
    } else if own == Truth::No {
        // The account alone spares nobody but its root user.
        Truth::No
    } else {
        unclear("some of the caller's names and not all")
    }
}

/// How one principal covers the caller; `None` where it does not.
pub fn covers(principal: &NamedPrincipal, caller: &Caller, world: &World<'_>) -> Option<(Reach, Truth)> {
    let name = principal.name.as_str();
    match (principal.kind, caller) {
        (PrincipalKind::Aws, _) => {}
        (PrincipalKind::Service, Caller::Service(service))
        | (PrincipalKind::Federated, Caller::Federated(service)) => {
            return (name == service).then_some((Reach::Own, Truth::Yes));
        }
        _ => return None,
    }
    match &principal.form {
        PrincipalForm::Everyone => Some((Reach::Everyone, Truth::Yes)),
        PrincipalForm::Account { partition, account } => {
            let same = partition.as_deref().is_none_or(|partition| Some(partition) == caller.partition());
            (caller.account() == Some(account) && same).then_some((Reach::Account, Truth::Yes))
        }
        PrincipalForm::Session { partition, account, role, session } => {
            let Caller::Session(own) = caller else { return None };
            let of_role = *account == own.account
                && role == own.role_name()
                && caller.partition() == Some(partition.as_str());
            let named = match &own.session_name {
                Some(known) => Truth::from(known == session),
                None => world.undocumented("session name", || {
                    format!("it is not known whether the session's name is `{session}`")
                }),
            };
            (of_role && named != Truth::No).then_some((Reach::Own, named))
        }
        PrincipalForm::Name if name == caller.arn() => Some((caller.own_reach(), Truth::Yes)),
        // Names of roles are unique in an account, whatever their paths (IAM-UG reference_iam-quotas).
        PrincipalForm::Name if matches!(caller, Caller::Session(session) if session.is_of_role_named(name)) => {
            Some((Reach::Role, Truth::Yes))
        }
        PrincipalForm::Name => {
            let by_id = caller.has_unique_id(name, world);
            if by_id != Truth::No {
                return Some((caller.own_reach(), by_id));
            }
            // Which user is behind a federated session its ARN does not show.
            let Caller::FederatedUser { account, .. } = caller else { return None };
            let user = matches!(arn_parts(name), Some([_, _, "iam", _, of, resource])
                if of == account && resource.starts_with("user/"));
            user.then(|| {
                let behind = world.undocumented("federating user", || {
                    format!("it is not known whether `{name}` made the federated session")
                });
                (Reach::Role, behind)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Context;

    fn caller() -> Caller {
        Caller::Session(RoleSession {
            role_arn: "arn:aws:iam::111122223333:role/team/ekm".into(),
            path_known: true,
            account: "111122223333".into(),
            role_id: UniqueId::Known("AROAEXAMPLE".into()),
            session_name: None,
        })
    }

    fn one(name: &str) -> Option<(Reach, Truth)> {
        let principal = NamedPrincipal::new(PrincipalKind::Aws, name.into());
        covers(&principal, &caller(), &World::known(&Context::complete()))
    }

    /// IAM-UG reference_policies_elements_principal.
    #[test]
    fn the_account_is_named_by_its_root_or_its_number() {
        for name in ["111122223333", "arn:aws:iam::111122223333:root"] {
            assert_eq!(one(name), Some((Reach::Account, Truth::Yes)), "{name}");
        }
        for name in ["arn:aws:iam::444455556666:root", "arn:aws-cn:iam::111122223333:root", "11112222333"] {
            assert_eq!(one(name), None, "{name}");
        }
    }

    #[test]
    fn a_session_arn_has_no_path_and_its_name_is_not_known() {
        assert_eq!(one("arn:aws:iam::111122223333:role/team/ekm"), Some((Reach::Role, Truth::Yes)));
        assert_eq!(one("arn:aws:iam::111122223333:role/ekm"), None);
        let session = one("arn:aws:sts::111122223333:assumed-role/ekm/openai");
        assert_eq!(session, Some((Reach::Own, Truth::Unknown)));
        assert_eq!(one("arn:aws:sts::111122223333:assumed-role/team/ekm/openai"), None);
    }

    /// The same page: no wildcards inside of a principal's ARN.
    #[test]
    fn wildcards_inside_an_arn_name_nobody() {
        assert_eq!(one("arn:aws:iam::111122223333:role/*"), None);
        assert_eq!(one("*"), Some((Reach::Everyone, Truth::Yes)));
    }

    /// IAM-UG reference_identifiers.
    #[test]
    fn a_deleted_roles_id_is_not_the_new_role() {
        assert_eq!(one("AROADELETED"), None);
        assert_eq!(one("AROAEXAMPLE"), Some((Reach::Role, Truth::Yes)));
    }

    #[test]
    fn other_types_of_principals_are_not_the_caller() {
        let service = NamedPrincipal::new(PrincipalKind::Service, "*".into());
        assert_eq!(covers(&service, &caller(), &World::known(&Context::complete())), None);
    }
}

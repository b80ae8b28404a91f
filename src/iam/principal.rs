//! Who calls, and which principals of a policy that is (IAM-UG reference_policies_elements_principal).

use super::policy::{Effect, NamedPrincipal, PrincipalElement, PrincipalKind, Principals};
use super::truth::{Dependency, Truth};

/// A session of a role: the caller of every request that is decided here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSession {
    /// The role's ARN, with its path.
    pub role_arn: String,
    /// The role's account.
    pub account: String,
    /// The role's unique id, `AROA…`, where it is known.
    pub role_id: Option<String>,
    /// The session's name, where it is known.
    pub session_name: Option<String>,
}

impl RoleSession {
    /// What every session ARN of the role starts with. A session's ARN has no path.
    fn session_arn_stem(&self) -> Option<String> {
        let mut parts = self.role_arn.splitn(6, ':');
        let partition = parts.nth(1)?;
        let name = self.role_arn.rsplit('/').next()?;
        Some(format!("arn:{partition}:sts::{}:assumed-role/{name}/", self.account))
    }
}

/// How a policy's principal covers the caller: what it grants differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// By the account: in an Allow it delegates to the account's identity policies.
    Account,
    /// By `*`.
    Everyone,
    /// By the role's ARN.
    Role,
    /// By the session's ARN.
    Session,
}

/// How a `Principal` or `NotPrincipal` covers the caller: each way in which it does, with how certain that is.
pub fn cover(element: &PrincipalElement, effect: Effect, caller: &RoleSession) -> Vec<(Reach, Truth)> {
    match element {
        PrincipalElement::Principal(Principals::Everyone) => vec![(Reach::Everyone, Truth::Yes)],
        PrincipalElement::Principal(Principals::Named(named)) => {
            named.iter().filter_map(|principal| covers(principal, caller)).collect()
        }
        // Whom a NotPrincipal spares depends on the account, the role, the session and the boundary together
        // (IAM-UG reference_policies_elements_notprincipal).
        PrincipalElement::NotPrincipal(principals) => {
            let spares = match principals {
                Principals::Everyone => true,
                Principals::Named(named) => named.iter().any(|principal| covers(principal, caller).is_some()),
            };
            let truth = if effect == Effect::Allow {
                Dependency::new("NotPrincipal", "AWS does not support it in a statement that allows").into()
            } else if spares {
                Dependency::new(
                    "NotPrincipal",
                    "not decided where it names the caller, its role or its account",
                )
                .into()
            } else {
                Truth::Yes
            };
            vec![(Reach::Everyone, truth)]
        }
    }
}

/// How one principal covers the caller; `None` where it does not.
pub fn covers(principal: &NamedPrincipal, caller: &RoleSession) -> Option<(Reach, Truth)> {
    if principal.kind != PrincipalKind::Aws {
        return None;
    }
    let name = principal.name.as_str();
    if name == "*" {
        return Some((Reach::Everyone, Truth::Yes));
    }
    let partition = caller.role_arn.split(':').nth(1)?;
    if name == caller.account || name == format!("arn:{partition}:iam::{}:root", caller.account) {
        return Some((Reach::Account, Truth::Yes));
    }
    if name == caller.role_arn {
        return Some((Reach::Role, Truth::Yes));
    }
    // AWS shows a unique id in place of an ARN once the principal is deleted; a role made anew under the same name
    // has another id (IAM-UG reference_identifiers).
    if caller.role_id.as_deref() == Some(name) {
        return Some((Reach::Role, Truth::Yes));
    }
    let session = name.strip_prefix(caller.session_arn_stem()?.as_str())?;
    let truth = match &caller.session_name {
        Some(known) => Truth::from(known == session),
        None => Dependency::new("session name", "not known of OpenAI's calls").into(),
    };
    Some((Reach::Session, truth))
}

/// The account of `arn:aws:iam::ACCOUNT:root`, which means the account, not its root user.
pub fn account_root(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let (scheme, _, service, region, account, resource) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (scheme == "arn" && service == "iam" && region.is_empty() && resource == "root").then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> RoleSession {
        RoleSession {
            role_arn: "arn:aws:iam::111122223333:role/team/ekm".into(),
            account: "111122223333".into(),
            role_id: Some("AROAEXAMPLE".into()),
            session_name: None,
        }
    }

    fn one(name: &str) -> Vec<(Reach, Truth)> {
        let named = vec![NamedPrincipal { kind: PrincipalKind::Aws, name: name.into() }];
        cover(&PrincipalElement::Principal(Principals::Named(named)), Effect::Allow, &caller())
    }

    /// IAM-UG reference_policies_elements_principal.
    #[test]
    fn the_account_is_named_by_its_root_or_its_number() {
        for name in ["111122223333", "arn:aws:iam::111122223333:root"] {
            assert_eq!(one(name), [(Reach::Account, Truth::Yes)], "{name}");
        }
        assert_eq!(one("arn:aws:iam::444455556666:root"), []);
    }

    #[test]
    fn a_session_arn_has_no_path_and_its_name_is_not_known() {
        assert_eq!(one("arn:aws:iam::111122223333:role/team/ekm"), [(Reach::Role, Truth::Yes)]);
        assert_eq!(one("arn:aws:iam::111122223333:role/ekm"), []);
        let session = one("arn:aws:sts::111122223333:assumed-role/ekm/openai");
        assert!(matches!(session.as_slice(), [(Reach::Session, Truth::Depends(_))]));
        assert_eq!(one("arn:aws:sts::111122223333:assumed-role/team/ekm/openai"), []);
    }

    /// The same page: no wildcards inside of a principal's ARN.
    #[test]
    fn wildcards_inside_an_arn_name_nobody() {
        assert_eq!(one("arn:aws:iam::111122223333:role/*"), []);
        assert_eq!(one("*"), [(Reach::Everyone, Truth::Yes)]);
    }

    /// IAM-UG reference_identifiers.
    #[test]
    fn a_deleted_roles_id_is_not_the_new_role() {
        assert_eq!(one("AROADELETED"), []);
        assert_eq!(one("AROAEXAMPLE"), [(Reach::Role, Truth::Yes)]);
    }

    #[test]
    fn other_types_of_principals_are_not_the_caller() {
        let named = vec![NamedPrincipal { kind: PrincipalKind::Service, name: "*".into() }];
        assert_eq!(
            cover(&PrincipalElement::Principal(Principals::Named(named)), Effect::Allow, &caller()),
            []
        );
    }
}

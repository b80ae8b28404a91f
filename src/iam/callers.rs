//! Everybody who may call, in classes that a policy treats alike by who they are.

use super::classes::{Language, classes};
use super::condition::operand::Operand;
use super::context::Context;
use super::pattern::{ArnPattern, Pattern, Token, arn_parts};
use super::policy::{NamedPrincipal, PrincipalKind};
use super::policy::{Policy, PrincipalElement, Principals};
use super::principal::{Caller, RoleSession, UniqueId, User};
use super::world::World;

/// Callers that a policy treats alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerClass {
    /// One of them.
    pub caller: Caller,
    /// The texts of the policy that set them apart from others: ARNs, patterns and accounts, as written.
    pub set_apart_by: Vec<String>,
    /// The ARN by which the policy names just this session.
    pub session_arn: Option<String>,
}

/// The classes of all roles, users and root users of a partition. `None` where the policy has too many patterns that
/// overlap, or tells callers apart by what they are not: numbers, say.
///
/// Callers are told apart by the principals that the policy names and by its conditions on `aws:PrincipalArn`,
/// `aws:PrincipalAccount` and `kms:CallerAccount` (KMS-DG conditions-kms: the caller's account), and by the patterns of ARNs in `apart`. A session may have any name: those that the policy
/// names are classes of their own.
pub fn caller_classes(
    policy: &Policy,
    partition: &str,
    apart: &[&str],
    context: &Context,
) -> Option<Vec<CallerClass>> {
    let front = format!("arn:{partition}:iam::");
    let mut languages: Vec<Language> = [":role/?*", ":user/?*", ":root"]
        .iter()
        .map(|resource| Language::of_account(&front, &Pattern::wild(resource)))
        .collect();
    let forms = languages.len();
    languages.extend(apart.iter().map(|pattern| Language::of_arn(&ArnPattern::wild(pattern), false)));
    let own = languages.len();
    let mut texts = Vec::new();
    for (text, language) in telling(policy, context)? {
        texts.push(text);
        languages.push(language);
    }
    let sessions: Vec<(&NamedPrincipal, RoleSession)> =
        named(policy).filter_map(|principal| Some((principal, session(&principal.name)?))).collect();
    // A session's name that the policy does not have.
    let mut another = "x".to_owned();
    while sessions.iter().any(|(_, session)| session.session_name.as_deref() == Some(another.as_str())) {
        another.push('x');
    }
    let mut all = Vec::new();
    for class in classes(&languages, &front)? {
        if class.within.first().is_none_or(|first| *first >= forms) {
            continue;
        }
        let set_apart = class.within.iter().filter_map(|place| texts.get(place.checked_sub(own)?));
        let set_apart_by: Vec<String> = set_apart.cloned().collect();
        let Some(caller) = caller(&class.member, &another) else { continue };
        if let Caller::Session(of_role) = &caller {
            for (principal, session) in &sessions {
                if session.account == of_role.account && session.role_name() == of_role.role_name() {
                    let named = RoleSession { session_name: session.session_name.clone(), ..of_role.clone() };
                    all.push(CallerClass {
                        caller: Caller::Session(named),
                        set_apart_by: set_apart_by.clone(),
                        session_arn: Some(principal.name.clone()),
                    });
                }
            }
        }
        all.push(CallerClass { caller, set_apart_by, session_arn: None });
    }
    Some(all)
}

/// The principals of type `AWS` that a policy names.
fn named(policy: &Policy) -> impl Iterator<Item = &NamedPrincipal> {
    let elements = policy.statements.iter().filter_map(|statement| statement.principal.as_ref());
    let principals = elements.filter_map(|element| match element {
        PrincipalElement::Principal(Principals::Named(named))
        | PrincipalElement::NotPrincipal(Principals::Named(named)) => Some(named),
        _ => None,
    });
    principals.flatten().filter(|principal| principal.kind == PrincipalKind::Aws)
}

/// What tells callers apart, by what the policy writes.
fn telling(policy: &Policy, context: &Context) -> Option<Vec<(String, Language)>> {
    let mut all: Vec<(String, Language)> = Vec::new();
    for principal in named(policy) {
        let name = &principal.name;
        if let Some(account) = principal.whole_account() {
            all.push((name.clone(), of_account(&Pattern::exact(account))));
        } else if let Some(session) = session(name) {
            // A session's ARN does not show its role's path.
            for path in ["role/", "role/*/"] {
                let resource = format!("{path}{}", session.role_name());
                let roles = ArnPattern::wild(&format!("arn:*:iam::{}:{resource}", session.account));
                all.push((name.clone(), Language::of_arn(&roles, false)));
            }
        } else if arn_parts(name).is_some() {
            all.push((name.clone(), Language::exactly(name)));
        }
    }
    let world = World::known(context);
    for condition in policy.statements.iter().flat_map(|statement| &statement.conditions) {
        let of_account_key = match condition.key.lower() {
            "aws:principalarn" => false,
            "aws:principalaccount" | "kms:calleraccount" => true,
            _ => continue,
        };
        if condition.operator.is_null() {
            continue;
        }
        for operand in &condition.values {
            let language = match operand {
                Operand::Text(template) => match template.widest(&world) {
                    Some(pattern) if of_account_key => of_account(&pattern),
                    Some(pattern) if condition.operator.ignores_case() => {
                        Language::in_either_case(pattern.literal()?)?
                    }
                    Some(pattern) => Language::of(&pattern),
                    // A variable without a value matches nothing.
                    None => continue,
                },
                Operand::Arn(template) => match template.widest(&world) {
                    Some(pattern) => Language::of_arn(&pattern, false),
                    None => continue,
                },
                Operand::Typed { .. } => return None,
            };
            all.push((operand.written().to_owned(), language));
        }
    }
    Some(all)
}

/// The ARNs of accounts that match.
fn of_account(account: &Pattern) -> Language {
    let part = Pattern::wild;
    let colon = account.tokens().contains(&Token::Literal(':'));
    let account = if colon { Pattern::exact("") } else { account.clone() };
    let parts = vec![part("arn"), part("*"), part("*"), part("*"), account, part("*")];
    Language::of_arn(&ArnPattern::Parts(parts), false)
}

fn caller(arn: &str, session: &str) -> Option<Caller> {
    let [_, _, _, _, account, resource] = arn_parts(arn)?;
    let (arn, account) = (arn.to_owned(), account.to_owned());
    Some(match resource.split('/').next()? {
        "role" => Caller::Session(RoleSession {
            role_arn: arn,
            path_known: true,
            account,
            role_id: UniqueId::InNoPolicy,
            session_name: Some(session.to_owned()),
        }),
        "user" => Caller::User(User { arn, account, id: UniqueId::InNoPolicy }),
        _ => Caller::Root { arn, account },
    })
}

/// The session that `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` names.
fn session(arn: &str) -> Option<RoleSession> {
    let [_, partition, "sts", "", account, resource] = arn_parts(arn)? else { return None };
    let (role, session) = resource.strip_prefix("assumed-role/")?.split_once('/')?;
    Some(RoleSession {
        role_arn: format!("arn:{partition}:iam::{account}:role/{role}"),
        path_known: false,
        account: account.to_owned(),
        role_id: UniqueId::InNoPolicy,
        session_name: Some(session.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(statements: &str) -> Vec<(String, Vec<String>)> {
        let policy =
            Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": {statements}}}"#)).unwrap();
        let classes = caller_classes(&policy, "aws", &[], &Context::unknown("not asked")).unwrap();
        classes.into_iter().map(|class| (class.caller.arn().to_owned(), class.set_apart_by)).collect()
    }

    fn roles(statements: &str) -> Vec<(String, Vec<String>)> {
        found(statements).into_iter().filter(|(arn, _)| arn.contains(":role/")).collect()
    }

    fn class(arn: &str, set_apart_by: &[&str]) -> (String, Vec<String>) {
        (arn.to_owned(), set_apart_by.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn without_names_there_are_roles_users_and_root_users() {
        let everyone = r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}"#;
        assert_eq!(
            found(everyone),
            [
                class("arn:aws:iam::000000000000:root", &[]),
                class("arn:aws:iam::000000000000:role/x", &[]),
                class("arn:aws:iam::000000000000:user/x", &[]),
            ]
        );
    }

    #[test]
    fn names_accounts_and_patterns_set_callers_apart() {
        let named = r#"{"Effect": "Allow", "Principal": {"AWS": ["444455556666", "arn:aws:iam::444455556666:role/ci"]},
            "Action": "sts:AssumeRole"}"#;
        let mut of_account = roles(named);
        of_account.sort();
        assert_eq!(
            of_account,
            [
                class("arn:aws:iam::000000000000:role/x", &[]),
                class("arn:aws:iam::444455556666:role/c", &["444455556666"]),
                class(
                    "arn:aws:iam::444455556666:role/ci",
                    &["444455556666", "arn:aws:iam::444455556666:role/ci"]
                ),
            ]
        );
        let like = r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {
            "StringLike": {"aws:PrincipalAccount": "44*"}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*z"}}}"#;
        let both = &["44*", "arn:aws:iam::*:role/a*z"];
        assert!(roles(like).contains(&class("arn:aws:iam::440000000000:role/az", both)), "{:?}", roles(like));
    }

    #[test]
    fn what_is_compared_without_case_is_a_class_and_a_number_is_none() {
        let condition = |operator: &str, key: &str, value: &str| {
            format!(
                r#"{{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole",
                    "Condition": {{"{operator}": {{"{key}": "{value}"}}}}}}"#
            )
        };
        let arn = "arn:aws:iam::444455556666:role/CI";
        let like = condition("StringEqualsIgnoreCase", "aws:PrincipalArn", arn);
        assert!(roles(&like).iter().any(|(_, by)| *by == [arn]), "{:?}", roles(&like));
        let number = condition("NumericEquals", "aws:PrincipalAccount", "444455556666");
        let policy = Policy::parse(&format!(r#"{{"Statement": {number}}}"#)).unwrap();
        assert_eq!(caller_classes(&policy, "aws", &[], &Context::unknown("not asked")), None);
    }

    #[test]
    fn a_named_session_is_a_class_of_its_own_whatever_its_roles_path() {
        let named = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:sts::444455556666:assumed-role/ci/run"},
            "Action": "sts:AssumeRole"}"#;
        let policy = Policy::parse(&format!(r#"{{"Statement": {named}}}"#)).unwrap();
        let classes = caller_classes(&policy, "aws", &[], &Context::unknown("not asked")).unwrap();
        let sessions: Vec<(&str, Option<&str>)> = classes
            .iter()
            .filter_map(|class| match &class.caller {
                Caller::Session(session) => {
                    Some((session.role_arn.as_str(), session.session_name.as_deref()))
                }
                _ => None,
            })
            .filter(|(arn, _)| arn.ends_with("/ci"))
            .collect();
        assert!(sessions.contains(&("arn:aws:iam::444455556666:role/ci", Some("run"))), "{sessions:?}");
        assert!(sessions.contains(&("arn:aws:iam::444455556666:role//ci", Some("run"))), "{sessions:?}");
    }
}

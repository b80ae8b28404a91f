//! The principals that a policy names, and names for the callers that it lets in.

use crate::contract;
use crate::iam::CallerClass;
use crate::iam::Policy;
use crate::iam::policy::{NamedPrincipal, PrincipalElement, Principals, Statement};

/// The name of everybody.
pub(super) const EVERYONE: &str = "every AWS principal";

/// The principals that a statement lists under `Principal`.
pub(super) fn named_principals(statement: &Statement) -> impl Iterator<Item = &NamedPrincipal> {
    let named = match &statement.principal {
        Some(PrincipalElement::Principal(Principals::Named(named))) => named.as_slice(),
        _ => &[],
    };
    named.iter()
}

/// `"*"` and `{"AWS": "*"}` are the same (IAM-UG reference_policies_elements_principal); a `NotPrincipal` that allows
/// may mean as much.
pub(super) fn names_everyone(statement: &Statement) -> bool {
    match &statement.principal {
        Some(PrincipalElement::Principal(Principals::Everyone) | PrincipalElement::NotPrincipal(_)) => true,
        _ => named_principals(statement).any(|principal| principal.name == "*"),
    }
}

/// The unique ids that stand where an ARN stood: AWS shows one where the role or user is gone, and a new one of the same
/// name has another id (IAM-UG reference_identifiers, reference_policies_elements_principal).
pub(super) fn deleted_principals(policy: &Policy) -> Vec<String> {
    let listed = policy.statements.iter().filter_map(|statement| match &statement.principal {
        Some(
            PrincipalElement::Principal(Principals::Named(named))
            | PrincipalElement::NotPrincipal(Principals::Named(named)),
        ) => Some(named),
        _ => None,
    });
    let mut ids: Vec<String> =
        listed.flatten().map(|principal| principal.name.clone()).filter(|name| is_unique_id(name)).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// `AROA` for roles, `AIDA` for users, and 12 to 124 capital letters and digits (IAM-UG reference_identifiers, "Unique
/// identifiers"; IAM API, Role: 16 to 128 characters).
fn is_unique_id(name: &str) -> bool {
    let rest = name.strip_prefix("AROA").or_else(|| name.strip_prefix("AIDA"));
    rest.is_some_and(|rest| {
        (12..=124).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    })
}

/// The account that a principal's ARN or account id names.
pub(super) fn account_of(name: &str) -> Option<&str> {
    let digits = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(name) {
        return Some(name);
    }
    name.strip_prefix("arn:")?.split(':').nth(3).filter(|account| digits(account))
}

/// Callers that a policy treats alike, as people call them.
pub(super) struct Called {
    /// Their name.
    pub(super) label: String,
    /// Whether the policy writes their account out.
    pub(super) written_out: bool,
}

impl Called {
    /// The name of a class of callers; `own` are accounts that are called by their number where the policy doesn't.
    pub(super) fn of(class: &CallerClass, own: &[&str]) -> Self {
        let account = class.caller.account().unwrap_or_default();
        let by = &class.set_apart_by;
        let written_out = by.iter().any(|text| account_of(text) == Some(account));
        let patterns: Vec<&String> = by.iter().filter(|text| text.contains(['*', '?', '$'])).collect();
        let arn = class.caller.arn();
        let exact = class.session_arn.as_ref().or_else(|| by.iter().find(|text| *text == arn));
        let label = match (exact, patterns.as_slice()) {
            (Some(name), _) if account == contract::aws::ACCOUNT && name.ends_with(":root") => {
                format!("every principal of OpenAI's account {account}")
            }
            (Some(name), _) => name.clone(),
            (None, []) if account == contract::aws::ACCOUNT => {
                format!("every principal of OpenAI's account {account}")
            }
            (None, []) => match by.iter().find(|text| account_of(text) == Some(account)) {
                Some(text) => text.clone(),
                None if own.contains(&account) => format!("every principal of account {account}"),
                None => EVERYONE.to_owned(),
            },
            (None, patterns) => {
                let like: Vec<String> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
                format!("every principal like {}", like.join(" and "))
            }
        };
        Self { label, written_out }
    }
}

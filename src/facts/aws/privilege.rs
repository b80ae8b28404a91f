//! What the role could do beyond OpenAI's calls.

use std::collections::BTreeSet;

use super::PrivilegeFacts;
use super::calls::AtWill;
use super::documents::behind_absent;
use crate::facts::{Fact, UnknownBecause};
use crate::iam::excess::{Member, On};
use crate::iam::{Dependency, Layer, Layers, Need, excess};
use crate::target::arn::Arn;

/// What OpenAI needs ([`crate::contract::article::AWS_GUIDE`]).
const NEEDED: &[&str] = &["kms:Encrypt", "kms:Decrypt"];

/// What whoever holds a session of the role could do with everything that is not needed. The same role's other
/// registered keys are needed as well; what may be the key behind an alias of theirs is not known to be beyond.
pub(super) fn facts(
    session: &AtWill,
    key_arn: &str,
    key_account: &str,
    other_keys: &[Arn],
    layers: &Layers,
) -> PrivilegeFacts {
    let (aliases, others): (Vec<&Arn>, Vec<&Arn>) = other_keys.iter().partition(|key| is_alias(key));
    let others: Vec<String> = others.into_iter().map(Arn::to_string).collect();
    let need = Need {
        caller: &session.caller,
        actions: NEEDED,
        resource: key_arn,
        resource_account: key_account,
        context: &session.on_key,
        elsewhere: &session.elsewhere,
        others: &others,
    };
    let mut found = excess(&need, layers);
    // A pattern such as `kms:*crypt` takes in names that AWS has no action of.
    found.members.retain(|member| member.exists != Some(false));
    for alias in aliases {
        let before = found.members.len();
        found.members.retain(|member| !may_be_behind(alias, member));
        if found.members.len() < before {
            let reason = format!("the key behind {alias} is registered with the same role and was not read");
            found.open.push(Dependency::new("excess", reason));
        }
    }
    if found.members.is_empty() && found.more {
        found
            .open
            .push(Dependency::new("excess", "there are too many actions and resources to decide on each"));
    }
    let mut actions: Vec<String> = found.members.iter().map(|member| member.action.clone()).collect();
    actions.sort();
    actions.dedup();
    let named: Vec<String> = found.members.iter().map(with_statements).collect();
    if named.is_empty() && !found.open.is_empty() {
        // What was not read says why; what it could allow is anything.
        let unread: Vec<&Dependency> = found.open.iter().filter(|open| open.evidence.is_some()).collect();
        let open = if unread.is_empty() { found.open.iter().collect() } else { unread };
        let mut because: Vec<UnknownBecause> = open.into_iter().map(UnknownBecause::from).collect();
        because.sort();
        because.dedup();
        return PrivilegeFacts {
            excess: Fact::Unknown(because.clone()),
            excess_actions: Fact::Unknown(because),
        };
    }
    PrivilegeFacts { excess: Fact::Known(named), excess_actions: Fact::Known(actions) }
}

fn is_alias(key: &Arn) -> bool {
    key.resource().starts_with("alias/")
}

/// Whether a member is the use that OpenAI needs of a key, which may be the one behind an alias.
fn may_be_behind(alias: &Arn, member: &Member) -> bool {
    let On::Named(resource) = &member.on else { return false };
    let Ok(key) = resource.parse::<Arn>() else { return false };
    NEEDED.iter().any(|needed| needed.eq_ignore_ascii_case(&member.action))
        && !resource.contains(['*', '?', '$'])
        && key.resource().starts_with("key/")
        && (key.service(), key.region(), key.account()) == (alias.service(), alias.region(), alias.account())
}

/// A member and what to change about it: `kms:GenerateDataKey on this key (by identity policy ekm, statement UseTheKey)`.
/// Boundaries and organization policies only leave it; and where a policy of the role's allows it, the key's may only
/// delegate.
fn with_statements(member: &Member) -> String {
    let of = |layers: &[Layer]| -> BTreeSet<String> {
        let named = member.statements.iter().filter(|(layer, _, _)| layers.contains(layer));
        named
            .map(|(layer, policy, statement)| match layer {
                Layer::Grant => format!("grant `{policy}`"),
                _ => format!("{} `{policy}`, statement `{statement}`", layer.word().replace('_', " ")),
            })
            .collect()
    };
    let own = of(&[Layer::IdentityPolicy, Layer::Grant]);
    let by =
        if own.is_empty() { of(&[Layer::KeyPolicy, Layer::ResourcePolicy, Layer::TrustPolicy]) } else { own };
    let by: Vec<String> = by.into_iter().collect();
    if by.is_empty() { member.to_string() } else { format!("{member} (by {})", by.join("; ")) }
}

impl PrivilegeFacts {
    /// Behind a role or a key that is not there or could not be read.
    pub(super) fn unknown(of: [Fact<()>; 2]) -> Self {
        let mut because: Vec<UnknownBecause> = of
            .into_iter()
            .flat_map(|fact| match fact {
                Fact::Unknown(because) => because,
                Fact::Known(()) => Vec::new(),
            })
            .collect();
        if because.is_empty() {
            because.push(behind_absent("aws.role"));
        }
        Self { excess: Fact::Unknown(because.clone()), excess_actions: Fact::Unknown(because) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(statements: &[(Layer, &str, &str)]) -> String {
        let named = statements.iter().map(|(layer, policy, name)| (*layer, (*policy).into(), (*name).into()));
        with_statements(&Member {
            on: On::Itself,
            action: "kms:Sign".into(),
            exists: Some(true),
            statements: named.collect(),
        })
    }

    #[test]
    fn the_key_behind_an_alias_may_be_any_of_its_account_and_region() {
        let alias: Arn = "arn:aws:kms:us-east-1:111122223333:alias/second".parse().unwrap();
        let key = "key/1234abcd-12ab-34cd-56ef-1234567890ab";
        for (action, on, expected) in [
            ("kms:Decrypt", On::Named(format!("arn:aws:kms:us-east-1:111122223333:{key}")), true),
            ("kms:DescribeKey", On::Named(format!("arn:aws:kms:us-east-1:111122223333:{key}")), false),
            ("kms:Decrypt", On::Named(format!("arn:aws:kms:us-east-2:111122223333:{key}")), false),
            ("kms:Decrypt", On::Named(format!("arn:aws:kms:us-east-1:444455556666:{key}")), false),
            ("kms:Decrypt", On::Named("arn:aws:kms:us-east-1:111122223333:key/*".into()), false),
            ("kms:Decrypt", On::Anything, false),
            ("kms:Decrypt", On::Itself, false),
        ] {
            let statements = Vec::new();
            let member = Member { on, action: action.into(), exists: Some(true), statements };
            assert_eq!(may_be_behind(&alias, &member), expected, "{member}");
        }
    }

    /// What is to be changed is named, each once: neither what delegates to it nor what only leaves it.
    #[test]
    fn the_statements_to_change_are_named() {
        let delegates = (Layer::KeyPolicy, "default", "EnableIAMPolicies");
        let leaves = (Layer::ServiceControlPolicy, "Full (p-1)", "#0");
        let own = (Layer::IdentityPolicy, "ekm", "Wide");
        assert_eq!(
            said(&[delegates, own, own, leaves]),
            "kms:Sign on this key (by identity policy `ekm`, statement `Wide`)"
        );
        assert_eq!(
            said(&[delegates, leaves]),
            "kms:Sign on this key (by key policy `default`, statement `EnableIAMPolicies`)"
        );
        assert_eq!(said(&[delegates, (Layer::Grant, "g1", "")]), "kms:Sign on this key (by grant `g1`)");
        assert_eq!(said(&[]), "kms:Sign on this key");
    }
}

//! What the role could do beyond OpenAI's calls.

use std::collections::BTreeSet;

use super::PrivilegeFacts;
use super::calls::AtWill;
use super::documents::behind_absent;
use crate::facts::{Fact, UnknownBecause};
use crate::iam::excess::Member;
use crate::iam::{Dependency, Layer, Layers, Need, excess};
use crate::target::arn::Arn;

/// What OpenAI needs ([`crate::contract::article::AWS_GUIDE`]).
const NEEDED: &[&str] = &["kms:Encrypt", "kms:Decrypt"];

/// What whoever holds a session of the role could do with everything that is not needed. The same role's other
/// registered keys are needed as well.
pub(super) fn facts(
    session: &AtWill,
    key_arn: &str,
    key_account: &str,
    other_keys: &[Arn],
    layers: &Layers,
) -> PrivilegeFacts {
    let others: Vec<String> = other_keys.iter().map(Arn::to_string).collect();
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
        let mut because: Vec<UnknownBecause> = found.open.iter().map(UnknownBecause::from).collect();
        because.sort();
        because.dedup();
        return PrivilegeFacts {
            excess: Fact::Unknown(because.clone()),
            excess_actions: Fact::Unknown(because),
        };
    }
    PrivilegeFacts { excess: Fact::Known(named), excess_actions: Fact::Known(actions) }
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
    use crate::iam::excess::On;

    fn said(statements: &[(Layer, &str, &str)]) -> String {
        let named = statements.iter().map(|(layer, policy, name)| (*layer, (*policy).into(), (*name).into()));
        with_statements(&Member {
            on: On::Itself,
            action: "kms:Sign".into(),
            exists: Some(true),
            statements: named.collect(),
        })
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

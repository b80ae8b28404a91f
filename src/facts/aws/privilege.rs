//! What the role could do beyond OpenAI's calls.

use super::PrivilegeFacts;
use super::calls::AtWill;
use super::documents::behind_absent;
use crate::facts::{Fact, UnknownBecause};
use crate::iam::excess::Member;
use crate::iam::{Dependency, Layers, Need, excess};

/// What OpenAI needs ([`crate::contract::article::AWS_GUIDE`]).
const NEEDED: &[&str] = &["kms:Encrypt", "kms:Decrypt"];

/// What whoever holds a session of the role could do with everything that is not needed.
pub(super) fn facts(session: &AtWill, key_arn: &str, key_account: &str, layers: &Layers) -> PrivilegeFacts {
    let need = Need {
        caller: &session.caller,
        actions: NEEDED,
        resource: key_arn,
        resource_account: key_account,
        context: &session.on_key,
        elsewhere: &session.elsewhere,
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

/// A member and what lets it through: `kms:GenerateDataKey on this key, by identity policy ekm, statement UseTheKey`.
fn with_statements(member: &Member) -> String {
    let by = member.statements.iter().map(|(layer, policy, statement)| {
        format!("{} `{policy}`, statement `{statement}`", layer.word().replace('_', " "))
    });
    let by: Vec<String> = by.collect();
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

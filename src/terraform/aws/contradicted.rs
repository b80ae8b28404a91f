//! What was read live after the plan was made, and says otherwise than the plan about what was there: somebody changed it
//! in between, and what it will be after the apply is not known.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::evidence::aws::{AwsEvidence, Grant, Key, Policy, Role, Tags};
use crate::evidence::{Item, Missing, MissingReason};

/// What a plan or a state says of the role and the key, on every side of the change.
pub(super) struct Sides<'a> {
    /// Before the change, where there is one.
    pub(super) before: Option<&'a mut AwsEvidence>,
    /// As the plan found it, which what was read later should say as well; of a state, what it says.
    pub(super) found: AwsEvidence,
    /// After the change.
    pub(super) after: &'a mut AwsEvidence,
}

impl Sides<'_> {
    /// Takes out of all sides what newer evidence of the role contradicts: what it says is neither what was found, nor what
    /// will be there.
    pub(super) fn settle_role(&mut self, live: &AwsEvidence) {
        let live = &mut live.clone();
        self.settle("the role", live, |all| &mut all.role, same_role);
        let inline = |one: &Vec<Policy>, other: &Vec<Policy>| same_policies(one, other);
        self.settle("the role's inline policies", live, |all| &mut all.role_inline_policies, inline);
        self.settle("the role's attached policies", live, |all| &mut all.role_attached_policies, inline);
        self.settle("the role's permissions boundary", live, |all| &mut all.role_boundary, same_policy);
    }

    /// The same of the key. Where it is another one altogether, nothing that is said of it stands.
    pub(super) fn settle_key(&mut self, live: &AwsEvidence) {
        let live = &mut live.clone();
        let other = match (self.found.key.collected(), live.key.collected()) {
            (Some(found), Some(live)) => found.arn != live.arn,
            _ => false,
        };
        self.settle("the key", live, |all| &mut all.key, same_key);
        let policy = |one: &String, live: &String| !other && same_document(one, live);
        self.settle("the key's policy", live, |all| &mut all.key_policy, policy);
        let names = |one: &Vec<String>, live: &Vec<String>| !other && same_names(one, live);
        self.settle("the key's aliases", live, |all| &mut all.key_aliases, names);
        self.settle("the key's tags", live, |all| &mut all.key_tags, same_tags);
        let grants = |one: &Vec<Grant>, live: &Vec<Grant>| !other && same_grants(one, live);
        self.settle("the key's grants", live, |all| &mut all.key_grants, grants);
    }

    fn settle<T>(
        &mut self,
        what: &str,
        live: &mut AwsEvidence,
        of: impl Fn(&mut AwsEvidence) -> &mut Item<T>,
        same: impl Fn(&T, &T) -> bool,
    ) {
        let live = of(live);
        if agrees(of(&mut self.found), live, &same) || agrees(of(self.after), live, &same) {
            return;
        }
        let newer = || Item::Missing(newer_otherwise(what));
        *of(self.after) = newer();
        if let Some(before) = self.before.as_deref_mut() {
            *of(before) = newer();
        }
    }
}

/// That evidence which is newer than the plan says otherwise of something.
pub(super) fn newer_otherwise(what: &str) -> Missing {
    Missing {
        call: what.to_owned(),
        reason: MissingReason::Contradicted,
        permission: None,
        detail: format!(
            "of {what} the evidence of --over is newer than the plan, and says otherwise: plan again"
        ),
    }
}

/// Whether what was planned and what was read say the same. What is not known of either contradicts nothing.
fn agrees<T>(planned: &Item<T>, live: &Item<T>, same: impl Fn(&T, &T) -> bool) -> bool {
    match (planned, live) {
        (Item::Collected(planned), Item::Collected(live)) => same(planned, live),
        (Item::Collected(_), Item::Absent(_)) | (Item::Absent(_), Item::Collected(_)) => false,
        _ => true,
    }
}

fn same_role(one: &Role, other: &Role) -> bool {
    one.arn == other.arn
        && one.role_id == other.role_id
        && one.permissions_boundary == other.permissions_boundary
        && same_document(&one.trust_policy, &other.trust_policy)
        && same_tags(&one.tags, &other.tags)
}

/// What decides whether a key can be used. A plan does not show when it will be deleted.
fn same_key(one: &Key, other: &Key) -> bool {
    one.arn == other.arn
        && one.state == other.state
        && one.spec == other.spec
        && one.usage == other.usage
        && one.origin == other.origin
        && one.manager == other.manager
        && one.multi_region == other.multi_region
}

fn same_grants(one: &[Grant], other: &[Grant]) -> bool {
    let ids = |grants: &[Grant]| grants.iter().map(|grant| grant.id.clone()).collect::<BTreeSet<_>>();
    ids(one) == ids(other)
}

fn same_policy(one: &Policy, other: &Policy) -> bool {
    one.name == other.name
        && match (one.document.collected(), other.document.collected()) {
            (Some(one), Some(other)) => same_document(one, other),
            _ => true,
        }
}

fn same_policies(one: &[Policy], other: &[Policy]) -> bool {
    let in_other = |policy: &Policy| other.iter().any(|other| same_policy(policy, other));
    one.len() == other.len() && one.iter().all(in_other)
}

/// AWS's own tags are not shown by the provider (documentation of the AWS provider, `tags_all`).
fn same_tags(one: &Tags, other: &Tags) -> bool {
    let own = |tags: &Tags| -> Vec<(String, String)> {
        let own = tags.0.iter().filter(|(name, _)| !name.starts_with("aws:"));
        own.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    own(one) == own(other)
}

fn same_names(one: &[String], other: &[String]) -> bool {
    one.iter().collect::<BTreeSet<_>>() == other.iter().collect::<BTreeSet<_>>()
}

/// Whether two policy documents say the same: AWS gives lists back in any order, and lists of one member as the member.
pub(super) fn same_document(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_json::from_str(text).map(normal);
    match (read(one), read(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

fn normal(value: Value) -> Value {
    match value {
        Value::Array(members) => {
            let mut members: Vec<Value> = members.into_iter().map(normal).collect();
            members.sort_by_key(ToString::to_string);
            match <[Value; 1]>::try_from(members) {
                Ok([only]) => only,
                Err(several) => Value::Array(several),
            }
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, normal(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_the_same_in_any_order() {
        let one =
            r#"{"Statement":[{"Principal":{"AWS":["a","b"]},"Action":["kms:Encrypt"],"Effect":"Allow"}]}"#;
        let other =
            r#"{"Statement":{"Effect":"Allow","Action":"kms:Encrypt","Principal":{"AWS":["b","a"]}}}"#;
        assert!(same_document(one, other));
        assert!(!same_document(one, r#"{"Statement":[]}"#));
        assert!(!same_document("no JSON", "no  JSON"));
    }

    #[test]
    fn only_what_is_known_of_both_can_contradict() {
        let collected = |text: &str| Item::Collected(text.to_owned());
        let absent = || Item::Absent(crate::evidence::Absent { call: "x".into() });
        let missing = || Item::Missing(Missing::not_asked("x", "nobody asked"));
        for (planned, live, expected) in [
            (collected("a"), collected("a"), true),
            (collected("a"), collected("b"), false),
            (collected("a"), absent(), false),
            (absent(), collected("a"), false),
            (absent(), absent(), true),
            (missing(), collected("a"), true),
            (collected("a"), missing(), true),
        ] {
            assert_eq!(agrees(&planned, &live, |one, other| one == other), expected, "{planned:?} {live:?}");
        }
    }
}

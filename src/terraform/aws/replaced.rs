//! A role that is replaced under a key policy that stays. KMS keeps the unique id of a role that a policy names, and shows
//! its ARN only as long as the role is there: a new role of the same name is not the one that is meant (IAM User Guide,
//! "AWS JSON policy elements: Principal").

use serde_json::Value;

use super::reader::{Reader, not_shown};
use super::role::RoleSubject;
use crate::evidence::Item;
use crate::evidence::plan::ChangeAction;
use crate::target::arn::Arn;
use crate::terraform::planned::Side;

impl<'a> Reader<'a> {
    /// The key's policy as it is after a role that it names was replaced, where nothing writes it again: a provider sees
    /// no difference in the ARN.
    pub(super) fn after_replacement(
        &self,
        policy: Item<String>,
        role: &RoleSubject<'a>,
        registered_key: &Arn,
    ) -> Item<String> {
        let Some(instance) = role.instance.filter(|one| one.action == Some(ChangeAction::Replace)) else {
            return policy;
        };
        let was = self.on(Side::Before);
        let same_name = was.role_arn(instance).is_ok_and(|arn| arn == role.arn);
        if self.side == Side::Before || !same_name {
            return policy;
        }
        let earlier = was.key_policy(&was.key_subject(registered_key));
        let (Some(now), Some(earlier)) = (read(&policy), read(&earlier)) else { return policy };
        let arn = role.arn.to_string();
        if normal(&now) != normal(&earlier) || !names(&now, &arn) {
            return policy;
        }
        match instance.text(Side::Before, "unique_id") {
            Some(id) => {
                let mut stale = now;
                statements(&mut stale).for_each(|statement| rename(statement, &arn, id));
                Item::Collected(stale.to_string())
            }
            None => Item::Missing(not_shown(instance, "unique_id")),
        }
    }
}

fn read(policy: &Item<String>) -> Option<Value> {
    serde_json::from_str(policy.collected()?).ok()
}

/// A policy in which what means the same is written the same: lists are sets, and one member needs none.
fn normal(value: &Value) -> Value {
    match value {
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(normal).collect();
            list.sort_by_key(ToString::to_string);
            list.dedup();
            match <[Value; 1]>::try_from(list) {
                Ok([one]) => one,
                Err(list) => Value::Array(list),
            }
        }
        Value::Object(object) => {
            Value::Object(object.iter().map(|(name, value)| (name.clone(), normal(value))).collect())
        }
        other => other.clone(),
    }
}

fn statements(policy: &mut Value) -> impl Iterator<Item = &mut Value> {
    let statements = policy.get_mut("Statement");
    statements.into_iter().flat_map(|statements| match statements {
        Value::Array(list) => list.iter_mut().collect::<Vec<_>>(),
        one => vec![one],
    })
}

/// Whether a principal of the policy is this ARN.
fn names(policy: &Value, arn: &str) -> bool {
    let mut renamed = policy.clone();
    statements(&mut renamed).for_each(|statement| rename(statement, arn, ""));
    renamed != *policy
}

/// Puts an id in the place of an ARN among the principals of a statement.
fn rename(statement: &mut Value, arn: &str, id: &str) {
    for element in ["Principal", "NotPrincipal"] {
        match statement.get_mut(element).and_then(|principals| principals.get_mut("AWS")) {
            Some(Value::Array(list)) => {
                list.iter_mut().filter(|one| one.as_str() == Some(arn)).for_each(|one| *one = id.into());
            }
            Some(one) if one.as_str() == Some(arn) => *one = id.into(),
            _ => {}
        }
    }
}

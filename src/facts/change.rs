//! What a plan does to access that is there: OpenAI's calls decided before the change and after it.
//!
//! What stands outside of the plan is the same before and after. Where it leaves both answers open, the calls are decided
//! once more as if nothing stood there: what was allowed then and is allowed now, for the same request, stays as it was;
//! what was allowed then and is refused now, the change takes away.

use schemars::JsonSchema;
use serde::Serialize;

use super::path::{Answer, Step};
use super::{Fact, UnknownBecause};
use crate::evidence::plan::{Change, ChangeAction, Plan, REGISTRATION};

/// What a plan does to access that is there.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChangeFacts {
    /// The evidence is of a plan for something that was there before.
    pub planned: bool,
    /// What is registered and the plan destroys or replaces: role, key, registration; each with its address.
    pub destroyed: Vec<String>,
    /// What is registered and another thing afterwards: the key behind an alias, the key or role of a registration; each
    /// with what it was and what it will be.
    pub repointed: Vec<String>,
    /// OpenAI's calls that would succeed before the change and be refused after it, each with what refuses it.
    pub cut_off: Fact<Vec<String>>,
    /// What changes of all that decides about OpenAI's calls, each attribute with its address; what refuses a call stands
    /// first.
    pub causes: Vec<String>,
    /// Where the first of them stands.
    #[serde(skip)]
    pub(crate) place: Option<String>,
}

impl Default for ChangeFacts {
    fn default() -> Self {
        Self {
            planned: false,
            destroyed: Vec::new(),
            repointed: Vec::new(),
            cut_off: Fact::Known(Vec::new()),
            causes: Vec::new(),
            place: None,
        }
    }
}

/// OpenAI's calls in the two states of what a plan is about, each as it is and as it would be with nothing outside of the
/// plan.
pub(super) struct BothSides<'a> {
    pub(super) before: &'a [Step],
    pub(super) before_alone: &'a [Step],
    pub(super) after: &'a [Step],
    pub(super) after_alone: &'a [Step],
}

/// What is to be seen of a change without deciding any call.
pub(super) struct Compared {
    /// Whether OpenAI's requests are the same before and after.
    pub(super) same_requests: bool,
    /// What is registered and another thing afterwards.
    pub(super) repointed: Vec<String>,
    /// How the key itself stops working.
    pub(super) disabled: Vec<String>,
}

/// What may be destroyed and is registered, by its evidence key.
const REGISTERED: &[(&str, &str)] = &[
    ("aws.role", "the role"),
    ("aws.key", "the key"),
    ("azure.vault", "the vault"),
    ("azure.key", "the key"),
    ("azure.service_principal", "OpenAI's service principal"),
    (REGISTRATION, "the registration with OpenAI"),
];

impl ChangeFacts {
    /// What the plan does. `on_the_path` are the evidence keys that decide about OpenAI's calls, and `of_layer` tells those
    /// of a layer.
    pub(super) fn of(
        plan: &Plan,
        sides: &BothSides<'_>,
        on_the_path: &[&str],
        of_layer: fn(&str) -> &'static [&'static str],
        compared: Compared,
    ) -> Self {
        let refusing = sides.refusing(of_layer);
        let mut changes: Vec<&Change> =
            plan.changes.iter().filter(|change| change.decides(on_the_path)).collect();
        changes.sort_by_key(|change| {
            let found = change.action == ChangeAction::Drift;
            (destroyed(change).is_none(), !change.decides(&refusing), found)
        });
        Self {
            planned: true,
            destroyed: changes.iter().filter_map(|change| destroyed(change)).collect(),
            repointed: compared.repointed,
            cut_off: if changes.is_empty() && sides.answer_alike() {
                Fact::Known(Vec::new())
            } else {
                sides.cut_off(compared.disabled, compared.same_requests)
            },
            causes: changes.iter().flat_map(|change| causes(change)).collect(),
            place: changes.first().map(|change| change.place()),
        }
    }
}

fn destroyed(change: &Change) -> Option<String> {
    if !matches!(change.action, ChangeAction::Delete | ChangeAction::Replace) {
        return None;
    }
    let (_, what) = REGISTERED.iter().find(|(key, _)| change.evidence.iter().any(|of| of == key))?;
    Some(format!("{what} `{}` {}", change.address, change.action.words()))
}

fn causes(change: &Change) -> Vec<String> {
    if change.attributes.is_empty() {
        return vec![format!("`{}` {}", change.address, change.action.words())];
    }
    let of = |attribute: &String| format!("`{}.{attribute}` {}", change.address, change.action.words());
    change.attributes.iter().map(of).collect()
}

impl BothSides<'_> {
    /// The evidence of the layers that refuse a call after the change.
    fn refusing(&self, of_layer: fn(&str) -> &'static [&'static str]) -> Vec<&'static str> {
        let steps = [self.after, self.after_alone].into_iter().flatten();
        steps.flat_map(|step| &step.blocked_by).flat_map(|layer| of_layer(layer)).copied().collect()
    }

    /// Whether the calls are decided alike before and after, and hang on the same.
    fn answer_alike(&self) -> bool {
        fn answer(step: &Step) -> (Answer, &[UnknownBecause]) {
            (step.answer, &step.unknown_because)
        }
        let alike = |one: &[Step], other: &[Step]| one.iter().map(answer).eq(other.iter().map(answer));
        alike(self.before, self.after) && alike(self.before_alone, self.after_alone)
    }

    fn cut_off(&self, disabled: Vec<String>, same_requests: bool) -> Fact<Vec<String>> {
        let mut members = disabled;
        let mut open = Vec::new();
        for (place, after) in self.after.iter().enumerate() {
            let at = |path: &[Step]| path.get(place).map(|step| step.answer);
            let sides = [at(self.before), at(self.before_alone), at(self.after_alone)];
            match kept(sides, after.answer, same_requests) {
                Kept::Yes => {}
                Kept::No => members.push(refused(after, self.after_alone.get(place))),
                Kept::Open => {
                    let before = self.before.get(place);
                    open.extend(before.into_iter().flat_map(|step| step.unknown_because.clone()));
                    open.extend(after.unknown_because.iter().cloned());
                    if after.answer == Answer::Denied {
                        open.push(because_refused(after));
                    }
                }
            }
        }
        if open.is_empty() { Fact::Known(members) } else { Fact::of_members(members, open) }
    }
}

/// Whether a call goes on to succeed.
enum Kept {
    Yes,
    No,
    Open,
}

fn kept(sides: [Option<Answer>; 3], after: Answer, same_requests: bool) -> Kept {
    let [before, before_alone, after_alone] = sides;
    match (before, before_alone, after, after_alone) {
        (_, _, Answer::Allowed, _) | (Some(Answer::Denied) | None, _, _, _) => Kept::Yes,
        (_, Some(Answer::Allowed), Answer::Denied, _)
        | (_, Some(Answer::Allowed), Answer::Depends, Some(Answer::Denied)) => Kept::No,
        (_, Some(Answer::Allowed), Answer::Depends, Some(Answer::Allowed)) if same_requests => Kept::Yes,
        _ => Kept::Open,
    }
}

/// A call that is refused, and what refuses it; where something outside of the plan could still allow it, that.
fn refused(step: &Step, alone: Option<&Step>) -> String {
    match alone {
        Some(alone) if step.answer != Answer::Denied => {
            format!("{}: {} (unless something outside of the plan allows it)", alone.action, alone.sentence())
        }
        _ => format!("{}: {}", step.action, step.sentence()),
    }
}

fn because_refused(step: &Step) -> UnknownBecause {
    UnknownBecause {
        evidence: step.action.clone(),
        reason: "refused after the change, and whether it was allowed before is not known".into(),
        permission: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands outside of the plan is the same before and after the change.
    #[test]
    fn access_is_kept_where_only_what_stands_outside_leaves_it_open() {
        use Answer::{Allowed, Denied, Depends};
        let word = |sides: [Answer; 4], same| match kept(
            [Some(sides[0]), Some(sides[1]), Some(sides[3])],
            sides[2],
            same,
        ) {
            Kept::Yes => "kept",
            Kept::No => "cut off",
            Kept::Open => "open",
        };
        for (sides, same, expected) in [
            // Before, before with nothing outside, after, after with nothing outside.
            ([Allowed, Allowed, Allowed, Allowed], false, "kept"),
            ([Allowed, Allowed, Denied, Denied], true, "cut off"),
            ([Depends, Allowed, Depends, Allowed], true, "kept"),
            ([Depends, Allowed, Depends, Allowed], false, "open"),
            ([Depends, Allowed, Denied, Denied], true, "cut off"),
            ([Depends, Allowed, Depends, Denied], true, "cut off"),
            ([Depends, Depends, Depends, Denied], true, "open"),
            ([Depends, Allowed, Depends, Depends], true, "open"),
            ([Depends, Denied, Denied, Denied], true, "open"),
            ([Depends, Denied, Depends, Denied], true, "open"),
            ([Denied, Denied, Denied, Denied], true, "kept"),
            ([Denied, Denied, Depends, Denied], true, "kept"),
            ([Depends, Depends, Allowed, Allowed], true, "kept"),
        ] {
            assert_eq!(word(sides, same), expected, "{sides:?} {same}");
        }
    }
}

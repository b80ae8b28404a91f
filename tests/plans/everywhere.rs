//! Every value of a plan in turn, as something else: no crash, and never ready for that.

use serde_json::{Value, json};

use crate::plan::Plan;
use crate::program::Run;
use crate::several::require_none;

/// What stands in the place of a value.
const OTHERS: [fn() -> Value; 4] = [|| Value::Null, || json!(7), || json!([]), || json!({ "a": null })];

/// A place of a document, as a JSON pointer.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    let mut step = |name: &str, value: &Value| {
        let name = name.replace('~', "~0").replace('/', "~1");
        places(value, format!("{at}/{name}"), found);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| step(name, value)),
        Value::Array(members) => {
            members.iter().enumerate().for_each(|(position, value)| step(&position.to_string(), value));
        }
        _ => {}
    }
    if !at.is_empty() {
        found.push(at);
    }
}

/// Values that a verdict does not depend on, by the end of their place: descriptions, tags, sensitivity, what only the
/// provider needs, what repeats another.
fn does_not_matter(place: &str) -> bool {
    let last = place.rsplit('/').next().unwrap_or_default();
    let parts = [
        "/prior_state",
        "/relevant_attributes",
        "/variables",
        "sensitive",
        "/timestamp",
        "/terraform_version",
        "openai_project",
    ];
    parts.iter().any(|part| place.contains(part)) || last == "description"
}

/// One in so many places is tried: all of them would take minutes.
const STEP: usize = 7;

fn tried(stem: &str) -> Vec<(String, Value, String)> {
    let document = Plan::corpus(stem).document;
    let mut found = Vec::new();
    places(&document, String::new(), &mut found);
    found
        .into_iter()
        .enumerate()
        .filter(|(position, place)| {
            place.matches('/').count() <= 2 || (position % STEP == 0 && !does_not_matter(place))
        })
        .map(|(position, place)| {
            let mut changed = document.clone();
            let other = OTHERS[position % OTHERS.len()]();
            let was = std::mem::replace(changed.pointer_mut(&place).expect("it is there"), other.clone());
            (format!("{stem}{place}: {other} for {}", shortened(&was)), changed, place)
        })
        .collect()
}

fn shortened(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

/// Whatever stands anywhere: exit 0 to 3, a report or one message, and a payload only of what is ready.
#[test]
fn a_value_of_another_type_breaks_nothing() {
    let cases: Vec<_> =
        ["aws-official", "azure", "aws-official-nochange"].into_iter().flat_map(tried).collect();
    require_none(cases, |(name, document, _)| {
        let outcome = Run::on(document.to_string()).outcome();
        let whole = match outcome.exit {
            Some(0 | 1 | 3) => outcome.broken().is_empty(),
            Some(2) => outcome.stdout.is_empty() && outcome.stderr.starts_with("error: "),
            _ => false,
        };
        if whole && !outcome.stderr.contains("panicked") {
            vec![]
        } else {
            vec![format!("{name}: {outcome}")]
        }
    });
}

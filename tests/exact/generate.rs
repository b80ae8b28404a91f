//! Small cases in which much meets.

use ekm_preflight::iam::ContextValue;

use crate::case::{Case, Condition, KEY, Layer, Place, ROLE, SESSION, Statement, Unknown, UnknownKind};
use crate::choices::Choices;
use crate::keys::{self, KEYS, Type, type_of};

const BUCKET: &str = "arn:aws:s3:::bucket/a/b";

/// A case over keys of these types, of which so many are unknown at most.
pub(crate) fn case(choices: &mut Choices, types: &[Type], most_unknown: usize) -> Case {
    let of_types: Vec<&'static str> =
        KEYS.iter().filter(|(_, of)| types.contains(of)).map(|(key, _)| *key).collect();
    let on_key = choices.percent(80);
    let (action, resource) = if on_key { ("kms:Decrypt", KEY) } else { ("s3:GetObject", BUCKET) };
    let mut keys: Vec<&'static str> = Vec::new();
    for _ in 0..choices.between(1, most_unknown + 1) {
        let key = choices.pick(&of_types);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let unknown_keys = keys.len().min(choices.between(1, most_unknown));
    let unknown: Vec<Unknown> =
        keys.iter().take(unknown_keys).map(|key| Unknown { key, kind: kind(key, choices) }).collect();
    let mut known = Vec::new();
    for key in keys.iter().skip(unknown_keys) {
        if choices.percent(60) {
            known.push((*key, keys::some_value(key, choices)));
        }
    }
    known.push(("aws:PrincipalArn", ContextValue::Single(ROLE.into())));

    let mut layers = Vec::new();
    let mut add = |place, choices: &mut Choices, statements| {
        layers.push(Layer {
            place,
            statements: self::statements(place, statements, &keys, choices),
            unread: None,
        });
    };
    if choices.percent(95) {
        add(Place::Identity, choices, 3);
    }
    if choices.percent(25) {
        add(Place::Boundary, choices, 2);
    }
    if choices.percent(15) {
        add(Place::Session, choices, 2);
    }
    if on_key || choices.percent(30) {
        add(Place::Resource, choices, 3);
    }
    for level in 0..choices.pick(&[0, 0, 0, 1, 2]) {
        add(Place::ServiceControl(level), choices, 2);
    }
    if choices.percent(15) {
        add(Place::ResourceControl, choices, 1);
    }
    // What else limits a grant AWS does not document.
    let limited = layers
        .iter()
        .any(|layer| matches!(layer.place, Place::Boundary | Place::Session | Place::ServiceControl(_)));
    let grant = (on_key && !limited && types.contains(&Type::Text) && choices.percent(15))
        .then(|| ("app", choices.pick(&["a", "b"])));
    Case { action, resource, layers, grant, known, unknown }
}

/// A case in which keys are compared with one another.
pub(crate) fn case_with_variables(
    choices: &mut Choices,
    condition: &dyn Fn(&'static str, &mut Choices) -> Condition,
) -> Case {
    let mut case = case(choices, &[Type::Text], 2);
    let mut keys: Vec<&'static str> = case.unknown.iter().map(|unknown| unknown.key).collect();
    keys.push("aws:SourceVpce");
    case.grant = None;
    for unknown in &mut case.unknown {
        unknown.kind = UnknownKind::Anything;
    }
    for (key, value) in &mut case.known {
        if *key != "aws:PrincipalArn" {
            *value = ContextValue::Single(choices.pick(&["a", "ab", "c"]).into());
        }
    }
    for layer in &mut case.layers {
        for statement in &mut layer.statements {
            statement.conditions.clear();
            for _ in 0..choices.pick(&[0, 1, 1, 2]) {
                let condition = condition(choices.pick(&keys), choices);
                if !statement.conditions.iter().any(|known| known.operator == condition.operator) {
                    statement.conditions.push(condition);
                }
            }
            if choices.percent(20) {
                let (start, end) = if case.action == "kms:Decrypt" {
                    ("arn:aws:kms:us-east-1:111122223333:key/", "")
                } else {
                    ("arn:aws:s3:::bucket/", "/b")
                };
                // What a variable without a value does there AWS does not document.
                statement.not_resource = false;
                statement.resources = vec![format!("{start}${{aws:PrincipalTag/team}}{end}")];
            }
        }
    }
    case
}

/// A case in which a policy could not be read.
pub(crate) fn case_with_unread(choices: &mut Choices) -> Case {
    let mut case = case(choices, &[Type::Text, Type::Boolean], 1);
    case.grant = None;
    if let Some(layer) = case.layers.first_mut() {
        layer.unread = Some("an unread policy");
    }
    if choices.percent(50)
        && let Some(layer) = case.layers.last_mut()
    {
        layer.unread = Some("another unread policy");
    }
    if choices.percent(20) {
        case.unknown.clear();
    }
    case
}

fn kind(key: &str, choices: &mut Choices) -> UnknownKind {
    if type_of(key) != Type::Text || choices.percent(75) {
        return UnknownKind::Anything;
    }
    match choices.below(4) {
        0 => UnknownKind::Never(vec!["a"]),
        1 => UnknownKind::Other("", vec!["a", "b"]),
        2 => UnknownKind::Other(choices.pick(&["a", "ab"]), vec!["ab"]),
        _ => UnknownKind::OneOf(vec![ContextValue::Absent, ContextValue::Single("b".into())]),
    }
}

fn statements(place: Place, most: usize, keys: &[&'static str], choices: &mut Choices) -> Vec<Statement> {
    (0..choices.between(1, most)).map(|number| statement(place, number, keys, choices)).collect()
}

fn statement(place: Place, number: usize, keys: &[&'static str], choices: &mut Choices) -> Statement {
    // Where nothing allows, nothing depends on anything: limits begin with a statement that may allow.
    let allows = place != Place::ResourceControl && (number == 0 || choices.percent(55));
    let not_action = place != Place::ResourceControl && choices.percent(10);
    let actions: &[&str] = if not_action {
        &["kms:Encrypt", "s3:Put*", "sts:*", "kms:?rypt"]
    } else {
        &["*", "*", "*", "*:*", "kms:*", "KMS:decrypt", "kms:De?rypt", "s3:*"]
    };
    let not_resource = choices.percent(10);
    let resources: &[&str] = if not_resource {
        &["arn:aws:kms:us-east-1:111122223333:key/b", "arn:aws:s3:::other/*"]
    } else {
        &["*", "*", "arn:aws:kms:*:111122223333:key/?", "arn:aws:s3:::bucket/*", "arn:aws:kms:us-*:*:*"]
    };
    let principals: &[&[&str]] = &[
        &["arn:aws:iam::111122223333:root"],
        &["arn:aws:iam::111122223333:root"],
        &["111122223333", "arn:aws:iam::444455556666:root"],
        &[ROLE],
        &[ROLE, "444455556666"],
        &[SESSION],
        &["444455556666"],
    ];
    let principals = match place {
        Place::Resource => Some(choices.pick(principals).to_vec()),
        Place::ResourceControl => Some(vec!["*"]),
        _ => None,
    };
    let mut conditions = Vec::new();
    for _ in 0..choices.pick(&[0, 1, 1, 1, 2, 2, 3]) {
        let condition = keys::condition(choices.pick(keys), choices);
        // An operator has each key once.
        if !conditions.iter().any(|known: &Condition| {
            known.operator == condition.operator && known.key.eq_ignore_ascii_case(&condition.key)
        }) {
            conditions.push(condition);
        }
    }
    Statement {
        allows,
        not_action,
        actions: (0..choices.between(1, 2)).map(|_| choices.pick(actions)).collect(),
        not_resource,
        resources: (0..choices.between(1, 2)).map(|_| choices.pick(resources).to_owned()).collect(),
        principals,
        conditions,
    }
}

//! Where everything is known, the results are those of the `cel` crate's interpreter.

use std::collections::HashMap;

use cel::{Context, Program};
use serde_json::{Value as Json, json};

use super::{Budget, Expression, Scope, Undecided, Value};

fn facts() -> Json {
    json!({
        "yes": true, "no": false, "two": 2, "seven": 7, "nothing": null,
        "name": "openai-ekm", "empty": "", "umlaut": "schlüssel",
        "names": ["a", "b", "b"], "numbers": [1, 2, 3], "none": [],
        "people": [{"name": "ann", "age": 3}, {"name": "bob", "age": 5}],
        "nested": [["a"], ["b", "c"]],
    })
}

/// `None` where there is no value.
fn ours(source: &str) -> Option<Json> {
    let facts = facts();
    let empty = json!({});
    let scope = Scope { facts: &facts, target: &empty, contract: &empty, variables: Vec::new() };
    let expression = Expression::parse(source).unwrap_or_else(|problem| panic!("{source}: {problem}"));
    match expression.evaluate(&scope, &mut Budget::new()) {
        Ok(value) => Some(as_json(&value)),
        Err(Undecided::Error(_) | Undecided::GivenUp(_)) => None,
        Err(Undecided::Unknown(because)) => panic!("{source}: {because:?}"),
    }
}

fn as_json(value: &Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Text(text) => json!(text),
        Value::List(elements) => elements.iter().map(|element| as_json(element.as_ref().unwrap())).collect(),
        Value::Record(fields) => Json::Object((*fields).clone()),
    }
}

fn theirs(source: &str) -> Option<Json> {
    let mut context = Context::default();
    context.add_variable_from_value("facts", cel_value(&facts()));
    Program::compile(source).unwrap().execute(&context).ok().map(|value| cel_json(&value))
}

/// By hand: serialized, a positive number would be unsigned.
fn cel_value(value: &Json) -> cel::Value {
    match value {
        Json::Null => cel::Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => number.as_i64().unwrap().into(),
        Json::String(text) => text.as_str().into(),
        Json::Array(elements) => elements.iter().map(cel_value).collect::<Vec<_>>().into(),
        Json::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), cel_value(value)))
            .collect::<HashMap<_, _>>()
            .into(),
    }
}

fn cel_json(value: &cel::Value) -> Json {
    match value {
        cel::Value::Null => Json::Null,
        cel::Value::Bool(value) => json!(value),
        cel::Value::Int(value) => json!(value),
        cel::Value::UInt(value) => json!(value),
        cel::Value::String(text) => json!(text.as_str()),
        cel::Value::List(elements) => elements.iter().map(cel_json).collect(),
        cel::Value::Map(map) => {
            map.map.iter().map(|(key, value)| (key.to_string(), cel_json(value))).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn known_values_give_the_results_of_cel() {
    let mut differing = Vec::new();
    for source in [
        "true",
        "1",
        "-1",
        "'a'",
        "null",
        "[1, 2]",
        "[]",
        "r'\\d'",
        "'\\u00e4\\n'",
        "\"it's\"",
        "facts.yes && facts.no",
        "facts.yes || facts.no",
        "!facts.yes",
        "facts.no && facts.two",
        "facts.yes || facts.two",
        "facts.two && facts.no",
        "facts.two || facts.yes",
        "facts.two && facts.yes",
        "facts.two || facts.no",
        "facts.yes && facts.two",
        "facts.no || facts.two",
        "!facts.two",
        "facts.yes && facts.yes && facts.yes || facts.no",
        "facts.no || facts.no || facts.yes && facts.yes",
        "facts.yes ? 1 : 2",
        "facts.no ? 1 : 2",
        "facts.two ? 1 : 2",
        "facts.yes ? 1 : facts.names[9]",
        "facts.no ? 1 : facts.yes ? 2 : 3",
        "facts.two == 2",
        "facts.two == facts.seven",
        "facts.two != 2",
        "facts.name == 'openai-ekm'",
        "facts.name == facts.two",
        "facts.nothing == null",
        "facts.name == null",
        "null == facts.nothing",
        "facts.nothing != null",
        "facts.yes == true",
        "facts.names == ['a', 'b', 'b']",
        "facts.names == ['a', 'b']",
        "facts.names == []",
        "[[1], []] == [[1], []]",
        "facts.two < 3",
        "facts.two <= 2",
        "facts.seven > 7",
        "facts.seven >= 7",
        "'a' < 'b'",
        "'B' < 'a'",
        "'z' < 'ä'",
        "facts.two < 'a'",
        "facts.nothing < 1",
        "facts.no < facts.yes == true || true",
        "'a' in facts.names",
        "'z' in facts.names",
        "2 in facts.numbers",
        "'a' in []",
        "1 in facts.name",
        "'2' in facts.numbers",
        "1 + 2",
        "1 - 2 - 3",
        "'a' + 'b'",
        "'a' + 1",
        "1 - 'a'",
        "-facts.two",
        "-facts.name",
        "- -1",
        "9223372036854775807 + 1",
        "-9223372036854775807 - 2",
        "1 + 2 == 3 && 4 > 3",
        "size(facts.names)",
        "facts.names.size()",
        "size('schlüssel')",
        "facts.umlaut.size()",
        "size(facts.two)",
        "size([])",
        "facts.name.startsWith('open')",
        "facts.name.endsWith('ekm')",
        "facts.name.contains('ai-')",
        "facts.name.contains('')",
        "facts.name.startsWith('x')",
        "facts.name.startsWith(facts.two)",
        "facts.two.startsWith('2')",
        "string(facts.two)",
        "string(-5)",
        "string(facts.name)",
        "string(facts.yes)",
        "facts.names[0]",
        "facts.names[2]",
        "facts.names[3]",
        "facts.names[-1]",
        "facts.nested[1][0]",
        "facts.people[1].name",
        "facts.name[0]",
        "facts.two.x",
        "facts.numbers.all(n, n > 0)",
        "facts.numbers.all(n, n > 1)",
        "facts.none.all(n, false)",
        "facts.none.exists(n, true)",
        "facts.numbers.exists(n, n == 3)",
        "facts.numbers.exists(n, n == 4)",
        "facts.numbers.exists_one(n, n == 3)",
        "facts.numbers.exists_one(n, n > 1)",
        "facts.none.exists_one(n, true)",
        "facts.numbers.filter(n, n > 1)",
        "facts.numbers.map(n, n + 1)",
        "facts.people.map(p, p.name)",
        "facts.people.filter(p, p.age > 3).map(p, p.name)",
        "facts.nested.map(n, n.map(m, m + '!'))",
        "facts.people.exists(p, p.name == 'bob' && p.age == 5)",
        "facts.nested.all(n, n.exists(m, m != 'a') || n == ['a'])",
        "facts.numbers.all(n, n == 'a' || n > 0)",
        "facts.numbers.all(n, facts.names[n] == 'z')",
        "facts.numbers.exists(n, facts.names[n] == 'b')",
        "facts.numbers.all(n, facts.names[n] == 'b')",
        "facts.numbers.map(n, facts.names[n])",
        "facts.numbers.filter(n, n)",
        "facts.numbers.all(n, n)",
        "facts.two.all(n, true)",
        "facts.numbers.exists(n, n)",
        "[facts.names[9], 1]",
        "facts.numbers.exists_one(n, facts.names[n] == 'b')",
        "(facts.names[9] == 'a') || true",
        "true || (facts.names[9] == 'a')",
        "(facts.names[9] == 'a') && false",
        "false && (facts.names[9] == 'a')",
        "(facts.names[9] == 'a') || false",
        "(facts.names[9] == 'a') && true",
        "facts.names.map(n, n) == facts.names",
        "facts.names.map(n, facts.numbers.map(m, m))",
    ] {
        if ours(source) != theirs(source) {
            differing.push(format!("{source}: {:?}, CEL has {:?}", ours(source), theirs(source)));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

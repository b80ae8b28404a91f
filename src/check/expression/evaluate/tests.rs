use serde_json::json;

use super::*;
use crate::check::expression::Expression;
use crate::facts::UNKNOWN_MARK;

fn unknown(evidence: &[&str]) -> Json {
    let because: Vec<_> = evidence.iter().map(|key| json!({"evidence": key, "reason": "denied"})).collect();
    json!({ UNKNOWN_MARK: because })
}

fn facts() -> Json {
    json!({
        "yes": true, "no": false, "two": 2, "name": "ekm", "nothing": null,
        "a": unknown(&["A"]), "b": unknown(&["B"]), "ab": unknown(&["A", "B"]),
        "names": ["x", "y"], "partly": ["x", unknown(&["A"]), unknown(&["B"])],
        "people": [{"name": "ann", "age": unknown(&["A"])}, {"name": "bob", "age": 5}],
    })
}

/// A value as text, `? A B` for what is unknown, `!` for an error and `!!` for what was given up.
fn result(source: &str) -> String {
    let facts = facts();
    let empty = json!({});
    let scope = Scope {
        facts: &facts,
        target: &empty,
        contract: &empty,
        variables: vec![("a".into(), Value::of(&facts["a"])), ("yes".into(), Ok(Value::Bool(true)))],
    };
    let expression = Expression::parse(source).unwrap_or_else(|problem| panic!("{source}: {problem}"));
    match expression.evaluate(&scope, &mut Budget::new()) {
        Ok(Value::Null) => "null".into(),
        Ok(Value::Bool(value)) => value.to_string(),
        Ok(Value::Int(value)) => value.to_string(),
        Ok(Value::Text(text)) => text.into_owned(),
        Ok(Value::List(elements)) => format!("list of {}", elements.len()),
        Ok(Value::Record(_)) => "record".into(),
        Err(Undecided::Unknown(because)) => {
            because.iter().fold("?".to_owned(), |text, because| text + " " + &because.evidence)
        }
        Err(Undecided::Error(_)) => "!".into(),
        Err(Undecided::GivenUp(_)) => "!!".into(),
    }
}

#[track_caller]
fn expect(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(result(source), *expected, "{source}");
    }
}

#[test]
fn reading_an_unknown_fact_is_unknown_for_its_reasons() {
    expect(&[("facts.a", "? A"), ("facts.ab", "? A B"), ("variables.a", "? A"), ("facts.partly[1]", "? A")]);
}

#[test]
fn the_deciding_value_absorbs_the_unknown_on_either_side() {
    expect(&[
        ("facts.yes || facts.a", "true"),
        ("facts.a || facts.yes", "true"),
        ("facts.no && facts.a", "false"),
        ("facts.a && facts.no", "false"),
        ("facts.no || facts.a", "? A"),
        ("facts.a || facts.no", "? A"),
        ("facts.yes && facts.a", "? A"),
        ("facts.a && facts.yes", "? A"),
        ("facts.a || facts.b", "? A B"),
        ("facts.a && facts.b", "? A B"),
        ("(facts.a || facts.yes) && facts.b", "? B"),
        ("facts.a || facts.b || facts.yes", "true"),
        ("!facts.a", "? A"),
        ("!(facts.a && facts.no)", "true"),
    ]);
}

#[test]
fn no_function_of_an_unknown_is_known_by_accident() {
    expect(&[
        ("facts.a == facts.b", "? A B"),
        ("facts.a == facts.a", "? A"),
        ("facts.a != 'x'", "? A"),
        ("facts.a == null", "? A"),
        ("null != facts.a", "? A"),
        ("facts.a < 1", "? A"),
        ("1 >= facts.a", "? A"),
        ("facts.a in facts.names", "? A"),
        ("'x' in facts.a", "? A"),
        ("facts.a in facts.b", "? A B"),
        ("size(facts.a)", "? A"),
        ("size(facts.a) == 0", "? A"),
        ("string(facts.a)", "? A"),
        ("facts.a + facts.b", "? A B"),
        ("facts.a - 1", "? A"),
        ("-facts.a", "? A"),
        ("facts.a[0]", "? A"),
        ("facts.names[facts.b]", "? B"),
        ("facts.a[facts.b]", "? A B"),
        ("facts.a.deeper", "? A"),
        ("facts.a.startsWith('x')", "? A"),
        ("'x'.contains(facts.a)", "? A"),
        ("facts.a.endsWith(facts.b)", "? A B"),
        ("facts.a.matches('x')", "? A"),
        ("[facts.a, 1]", "? A"),
        ("[facts.a, facts.b]", "? A B"),
        ("[facts.a] == [1]", "? A"),
        ("1 in [facts.a, 1]", "? A"),
        ("facts.a.join(',')", "? A"),
        ("facts.names.join(facts.a)", "? A"),
        ("facts.a ? 1 : 2", "? A"),
        ("facts.yes ? facts.a : 2", "? A"),
        ("facts.yes ? 1 : facts.a", "1"),
    ]);
}

#[test]
fn lists_with_unknown_elements_decide_what_their_known_elements_decide() {
    expect(&[
        ("'x' in facts.partly", "true"),
        ("'z' in facts.partly", "? A B"),
        ("size(facts.partly)", "3"),
        ("facts.partly == ['x']", "false"),
        ("facts.partly == ['z', 'y', 'y']", "false"),
        ("facts.partly == ['x', 'y', 'y']", "? A B"),
        ("facts.partly.exists(p, p == 'x')", "true"),
        ("facts.partly.exists(p, p == 'z')", "? A B"),
        ("facts.partly.all(p, p == 'z')", "false"),
        ("facts.partly.all(p, p == 'x')", "? A B"),
        ("facts.partly.exists_one(p, p == 'x')", "? A B"),
        ("facts.partly.filter(p, p == 'x')", "? A B"),
        ("facts.partly.map(p, p)", "? A B"),
        ("facts.partly.join(',')", "? A B"),
        ("facts.people.exists(p, p.age == 5)", "true"),
        ("facts.people.all(p, p.age == 5)", "? A"),
        ("facts.people.filter(p, p.name == 'bob').all(p, p.age == 5)", "true"),
        ("facts.people.map(p, p.name).join('+')", "ann+bob"),
    ]);
}

#[test]
fn a_loop_over_an_unknown_list_is_unknown_and_its_body_absorbs() {
    expect(&[
        ("facts.a.all(p, true)", "? A"),
        ("facts.a.exists(p, true)", "? A"),
        ("facts.a.map(p, 1)", "? A"),
        ("facts.names.all(n, facts.a)", "? A"),
        ("facts.names.all(n, facts.a || n != '')", "true"),
        ("facts.names.exists(n, facts.a == n || n == 'y')", "true"),
        ("facts.names.exists(n, facts.a == n || facts.b == n)", "? A B"),
    ]);
}

#[test]
fn errors_are_absorbed_like_cel_does_and_never_beat_an_unknown() {
    expect(&[
        ("facts.two || facts.yes", "true"),
        ("facts.two && facts.yes", "!"),
        ("facts.two && facts.a", "? A"),
        ("facts.two == 'x'.startsWith(2 == 2 ? 'x' : 'y')", "false"),
        ("facts.people[0] == facts.people[1]", "!"),
        ("facts.nothing.startsWith('x')", "!"),
    ]);
}

#[test]
fn a_fact_that_is_not_given_is_never_absorbed() {
    expect(&[
        ("facts.absent", "!!"),
        ("facts.absent || facts.yes", "!!"),
        ("facts.no && facts.absent", "false"),
        ("facts.absent == facts.a", "!!"),
        ("facts.names.exists(n, facts.absent || n == 'y')", "!!"),
        ("variables.absent || true", "!!"),
    ]);
}

#[test]
fn a_mark_without_a_reason_is_never_a_known_fact() {
    let facts = json!({ "a": { UNKNOWN_MARK: [] }, "b": { UNKNOWN_MARK: "denied" } });
    for name in ["a", "b"] {
        assert!(matches!(Value::of(&facts[name]), Err(Undecided::Error(_))));
    }
}

#[test]
fn what_costs_too_much_is_given_up_soon() {
    let many: Vec<_> = (0..1_000).map(|number| format!("principal-{number}")).collect();
    let facts = json!({
        "many": many, "huge": "a".repeat(1_000_000), "text": "a".repeat(15_000), "yes": true,
        "numbers": (0..5_000).collect::<Vec<_>>(),
    });
    let empty = json!({});
    for source in [
        "facts.many.all(a, facts.many.all(b, a == b || true))",
        "facts.many.exists(a, facts.many.exists(b, facts.many.exists(c, a == 'x')))",
        "facts.many.all(a, facts.many.map(b, b + a).join(',') != '')",
        "facts.many.map(a, facts.many).map(a, a.join('')).join('') == ''",
        "facts.numbers.all(n, facts.numbers.all(m, n != m || true))",
        "facts.many.all(n, facts.huge.contains('b') || true)",
        "facts.many.all(n, facts.huge.matches('^(a|aa|aaa)*b') || true)",
        "facts.huge.matches('([ab]{0,40}){0,9}c')",
        "facts.numbers.all(n, facts.text.matches('([ab]{0,40}){0,9}c') || true)",
        "facts.numbers.all(n, facts.text.matches('(a?){50}a{50}$|(x+x+)+y|[^b]*[^c]*[^d]*e') || true)",
        "facts.numbers.all(n, facts.text.matches('(.*)*(.*)*(.*)*(.{0,20}b|.{0,20}c)') || true)",
        "facts.text + facts.text == ''",
        "facts.huge + 'a' == ''",
        "facts.many.all(n, facts.text + 'b' != '')",
        "facts.yes || facts.many.all(a, facts.many.all(b, facts.many.all(c, true)))",
        "facts.many.all(a, facts.many.all(b, true)) || facts.yes",
    ] {
        let scope = Scope { facts: &facts, target: &empty, contract: &empty, variables: Vec::new() };
        let expression = Expression::parse(source).unwrap();
        let result = expression.evaluate(&scope, &mut Budget::new());
        if source.starts_with("facts.yes ||") {
            assert!(matches!(result, Ok(Value::Bool(true))), "{source}");
        } else {
            assert!(matches!(result, Err(Undecided::GivenUp(_))), "{source}: {result:?}");
        }
    }
}

#[test]
fn doubling_variables_are_given_up_soon() {
    let facts = json!({ "text": "aaaaaaaaaa" });
    let empty = json!({});
    let mut budget = Budget::new();
    let mut scope = Scope { facts: &facts, target: &empty, contract: &empty, variables: Vec::new() };
    let first = Expression::parse("facts.text").unwrap().evaluate(&scope, &mut budget);
    scope.variables.push(("v0".into(), first));
    for number in 0..16 {
        let source = format!("variables.v{number} + variables.v{number}");
        let value = Expression::parse(&source).unwrap().evaluate(&scope, &mut budget);
        scope.variables.push((format!("v{}", number + 1), value));
    }
    assert!(matches!(scope.variables.last(), Some((_, Err(Undecided::GivenUp(_))))));
}

#[test]
fn a_thousand_principals_are_within_the_budget() {
    let many: Vec<_> = (0..1_000).map(|number| format!("arn:aws:iam::111122223333:role/r{number}")).collect();
    let facts = json!({ "many": many });
    let empty = json!({});
    let scope = Scope { facts: &facts, target: &empty, contract: &empty, variables: Vec::new() };
    let source =
        "facts.many.all(p, p.startsWith('arn:aws:iam::111122223333:') && p != '*') && !('*' in facts.many)";
    let result = Expression::parse(source).unwrap().evaluate(&scope, &mut Budget::new());
    assert!(matches!(result, Ok(Value::Bool(true))), "{result:?}");
}

use super::*;
use crate::check::expression::Expression;
use crate::facts::schema::{FactField, FactType};

fn shape() -> FactType {
    let field = |name: &str, kind| FactField { name: name.into(), meaning: String::new(), kind };
    let record = FactType::Record;
    let texts = FactType::List(Box::new(FactType::Text));
    record(vec![
        field("yes", FactType::Bool),
        field("count", FactType::Int),
        field("name", FactType::Text),
        field("arn", FactType::Optional(Box::new(FactType::Text))),
        field("names", texts),
        field("role", record(vec![field("exists", FactType::Bool)])),
        field(
            "grants",
            FactType::List(Box::new(record(vec![
                field("name", FactType::Text),
                field("admin", FactType::Bool),
            ]))),
        ),
    ])
}

fn kind(source: &str) -> (Result<Kind, String>, Vec<String>) {
    let mut names = Names::new(vec![("facts", (&shape()).into())]);
    names.variables.push(("state".into(), Kind::Text));
    let result = Expression::parse(source).unwrap().kind(&mut names);
    (result, names.facts_read.into_iter().collect())
}

#[test]
fn sound_expressions_have_a_type() {
    for (source, expected) in [
        ("facts.role.exists && !facts.yes", Kind::Bool),
        ("facts.count + 1", Kind::Int),
        ("facts.name + variables.state", Kind::Text),
        ("facts.arn == null ? 'none' : facts.arn", Kind::Optional(Box::new(Kind::Text))),
        ("facts.arn == null ? 'none' : 'arn ' + facts.arn", Kind::Text),
        ("facts.names.exists(n, n.startsWith('a'))", Kind::Bool),
        ("facts.grants.filter(g, g.admin).map(g, g.name)", Kind::List(Box::new(Kind::Text))),
        ("facts.grants[0].name in facts.names", Kind::Bool),
        ("facts.names == []", Kind::Bool),
        ("size(facts.names) > 1", Kind::Bool),
        ("facts.names.join(', ')", Kind::Text),
        ("variables.state in ['a', 'b']", Kind::Bool),
        ("facts.arn in facts.names", Kind::Bool),
    ] {
        assert_eq!(kind(source).0, Ok(expected), "{source}");
    }
}

#[test]
fn every_fact_that_is_read_is_written_down() {
    let (_, read) = kind("facts.role.exists || facts.grants.all(g, g.name == facts.name)");
    assert_eq!(read, ["grants", "name", "role.exists"]);
}

#[test]
fn mistakes_are_found_before_there_are_facts() {
    for (source, expected) in [
        (
            "facts.rolle.exists",
            "`facts.rolle` does not exist: `facts` has yes, count, name, arn, names, role, grants",
        ),
        ("facts.role.exist", "`facts.role.exist` does not exist: `facts.role` has exists"),
        ("facts.role", "`facts.role` is a whole record: read one of its fields: exists"),
        ("facts.role == facts.role", "`facts.role` is a whole record: read one of its fields: exists"),
        ("facts.yes.deeper", "`.deeper` reads from a boolean: expected a record"),
        ("facts.name == 1", "text is never equal to an integer"),
        ("facts.name == null", "text is never null"),
        ("facts.count in facts.names", "`in` looks for an integer in a list of text: it is never there"),
        ("facts.yes && facts.name", "the right of `&&` is text: expected a boolean"),
        ("facts.grants.all(g, g.owner == '')", "`g.owner` does not exist: `g` has name, admin"),
        ("facts.grants.all(g, g.name)", "what is asked of each `g` is text: expected a boolean"),
        ("facts.grants.exists(g, g == g)", "`g` is a whole record: read one of its fields: name, admin"),
        ("facts['role'].exists", "fields are read by name: write `facts.role`, not `facts['role']`"),
        (
            "facts.names.all(n, n > 1)",
            "text can't be ordered against an integer: expected two integers or two texts",
        ),
        (
            "facts.count.startsWith('1')",
            "the left of `startsWith`, `endsWith`, `contains` is an integer: expected text",
        ),
        ("['a', 1] == []", "a list holds text and an integer: expected elements of one type"),
        ("facts.yes ? 1 : 'a'", "`? :` gives an integer or text: expected one type"),
        ("variables.stage", "`variables.stage` does not exist: `variables` has state"),
        ("target.role_arn == ''", "`target` is not known"),
    ] {
        assert_eq!(kind(source).0, Err(expected.into()), "{source}");
    }
}

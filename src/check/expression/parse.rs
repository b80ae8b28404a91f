//! From CEL's text to the part of CEL that checks may use. The only place that knows the `cel` crate.

use std::sync::LazyLock;

use cel::Env;
use cel::common::ast::{CallExpr, Expr, IdedExpr, ListExpr, LiteralValue, operators};
use regex::RegexBuilder;

use super::{Node, Order, Over, OverKind, ROOTS, TextTest, limits};

/// No macros, so that `all` and its like stay calls and can be told by name; no optional values, which would turn
/// what is unknown into what is absent.
static GRAMMAR: LazyLock<Env> = LazyLock::new(|| Env::default().with_optional_support(false));

/// The longest pattern of `matches`, in bytes.
const MAX_PATTERN: usize = 200;
/// The most memory that a compiled pattern may take, in bytes.
const MAX_COMPILED_PATTERN: usize = 64 * 1024;

/// How much of the parser's message is shown, in characters.
const MAX_SYNTAX_MESSAGE: usize = 80;

pub(in crate::check) const FUNCTIONS: &str =
    "size, startsWith, endsWith, contains, matches, string, join, all, exists, exists_one, filter, map";

pub(super) fn parse(source: &str) -> Result<Node, String> {
    limits::check(source)?;
    if source.trim().is_empty() {
        return Err("the expression is empty: expected CEL, such as `facts.role.exists`".into());
    }
    let tree = GRAMMAR.parser().parse(source).map_err(|errors| match errors.errors.first() {
        Some(error) => {
            let (line, column) = error.pos;
            let message = error.msg.trim_start_matches("Syntax error: ");
            // What would have been possible is a list of every operator.
            let message = message.split(" expecting ").next().unwrap_or(message);
            let message: String = message.chars().take(MAX_SYNTAX_MESSAGE).collect();
            format!("not CEL, at line {line}, column {column} of the expression: {message}")
        }
        None => "not CEL".to_owned(),
    })?;
    read(&tree, &mut Vec::new(), 0)
}

/// Reads one node. `locals` are the variables of the enclosing `all`, `exists`, ….
fn read(tree: &IdedExpr, locals: &mut Vec<String>, depth: usize) -> Result<Node, String> {
    if depth > limits::MAX_DEPTH {
        return Err(format!(
            "the expression is nested more than {} deep, chains of operators counted; name parts of it as variables",
            limits::MAX_DEPTH
        ));
    }
    match &tree.expr {
        Expr::Literal(literal) => read_literal(literal),
        Expr::List(ListExpr { elements, .. }) => elements
            .iter()
            .map(|element| read(element, locals, depth + 1))
            .collect::<Result<_, _>>()
            .map(Node::List),
        Expr::Ident(name) if locals.contains(name) || ROOTS.contains(&name.as_str()) => {
            Ok(Node::Name(name.clone()))
        }
        Expr::Ident(name) => {
            Err(format!("`{name}` is not known: an expression starts from {}", one_of(&ROOTS)))
        }
        Expr::Select(select) => {
            Ok(Node::Field(Box::new(read(&select.operand, locals, depth + 1)?), select.field.clone()))
        }
        Expr::Call(call) => read_call(call, locals, depth),
        Expr::Map(_) | Expr::Struct(_) => {
            Err("maps and messages are not part of the language of checks".into())
        }
        Expr::Comprehension(_) | Expr::Unspecified => {
            Err("the expression is not part of the language of checks".into())
        }
    }
}

fn read_literal(literal: &LiteralValue) -> Result<Node, String> {
    match literal {
        LiteralValue::Null => Ok(Node::Null),
        LiteralValue::Boolean(value) => Ok(Node::Bool(*value.inner())),
        LiteralValue::Int(value) => Ok(Node::Int(*value.inner())),
        LiteralValue::String(value) => Ok(Node::Text(value.inner().to_owned())),
        LiteralValue::Bytes(_) | LiteralValue::Double(_) | LiteralValue::UInt(_) => {
            Err("bytes, unsigned and floating-point numbers are not part of the language of checks: \
                 expected text, a whole number, `true`, `false` or `null`"
                .into())
        }
    }
}

fn read_call(call: &CallExpr, locals: &mut Vec<String>, depth: usize) -> Result<Node, String> {
    let mut boxed = |tree| read(tree, locals, depth + 1).map(Box::new);
    let name = call.func_name.as_str();
    let operands: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
    match (name, call.target.is_some(), operands.as_slice()) {
        (operators::LOGICAL_NOT, false, [operand]) => Ok(Node::Not(boxed(operand)?)),
        (operators::NEGATE, false, [operand]) => Ok(Node::Negate(boxed(operand)?)),
        (operators::LOGICAL_AND, false, [left, right]) => Ok(Node::And(boxed(left)?, boxed(right)?)),
        (operators::LOGICAL_OR, false, [left, right]) => Ok(Node::Or(boxed(left)?, boxed(right)?)),
        (operators::CONDITIONAL, false, [condition, yes, no]) => {
            Ok(Node::Conditional(Box::new([*boxed(condition)?, *boxed(yes)?, *boxed(no)?])))
        }
        (operators::EQUALS | operators::NOT_EQUALS, false, [left, right]) => Ok(Node::Equal {
            left: boxed(left)?,
            right: boxed(right)?,
            negated: name == operators::NOT_EQUALS,
        }),
        (operators::LESS, false, [left, right]) => {
            Ok(Node::Ordered(Order::Less, boxed(left)?, boxed(right)?))
        }
        (operators::LESS_EQUALS, false, [left, right]) => {
            Ok(Node::Ordered(Order::LessOrEqual, boxed(left)?, boxed(right)?))
        }
        (operators::GREATER, false, [left, right]) => {
            Ok(Node::Ordered(Order::Greater, boxed(left)?, boxed(right)?))
        }
        (operators::GREATER_EQUALS, false, [left, right]) => {
            Ok(Node::Ordered(Order::GreaterOrEqual, boxed(left)?, boxed(right)?))
        }
        (operators::IN, false, [element, list]) => Ok(Node::In(boxed(element)?, boxed(list)?)),
        (operators::ADD, false, [left, right]) => Ok(Node::Add(boxed(left)?, boxed(right)?)),
        (operators::SUBSTRACT, false, [left, right]) => Ok(Node::Subtract(boxed(left)?, boxed(right)?)),
        (operators::INDEX, false, [list, index]) => Ok(Node::Index(boxed(list)?, boxed(index)?)),
        ("size", _, [operand]) => Ok(Node::Size(boxed(operand)?)),
        ("string", false, [operand]) => Ok(Node::AsText(boxed(operand)?)),
        ("startsWith", true, [text, part]) => {
            Ok(Node::TextTest(TextTest::StartsWith, boxed(text)?, boxed(part)?))
        }
        ("endsWith", true, [text, part]) => {
            Ok(Node::TextTest(TextTest::EndsWith, boxed(text)?, boxed(part)?))
        }
        ("contains", true, [text, part]) => {
            Ok(Node::TextTest(TextTest::Contains, boxed(text)?, boxed(part)?))
        }
        ("join", true, [list, between]) => Ok(Node::Join(boxed(list)?, boxed(between)?)),
        ("matches", _, [text, pattern]) => read_matches(boxed(text)?, pattern),
        ("all" | "exists" | "exists_one" | "filter" | "map", true, [list, variable, body]) => {
            read_over(name, list, variable, body, locals, depth)
        }
        ("has", ..) => {
            Err("`has` can't be used: every fact is always there; it is known, null or unknown".into())
        }
        _ => Err(refused(name)),
    }
}

/// Why a call is refused: an operator, a function that checks may not use, or one used in another way.
fn refused(name: &str) -> String {
    if FUNCTIONS.split(", ").any(|known| known == name) {
        return format!(
            "`{name}` is not used like this: expected `list.all(x, …)`, `text.startsWith('…')`, `size(x)`"
        );
    }
    let operator = name.trim_matches('_');
    if operator.starts_with(|first: char| first.is_ascii_alphabetic()) {
        format!("`{name}` can't be used: expected one of {FUNCTIONS}")
    } else {
        format!("the operator `{operator}` is not part of the language of checks")
    }
}

fn read_over(
    name: &str,
    list: &IdedExpr,
    variable: &IdedExpr,
    body: &IdedExpr,
    locals: &mut Vec<String>,
    depth: usize,
) -> Result<Node, String> {
    let kind = match name {
        "all" => OverKind::All,
        "exists" => OverKind::Exists,
        "exists_one" => OverKind::ExistsOne,
        "filter" => OverKind::Filter,
        _ => OverKind::Map,
    };
    let Expr::Ident(variable) = &variable.expr else {
        return Err(format!("the first argument of `{name}` is a name for the element, such as `p`"));
    };
    if locals.contains(variable) || ROOTS.contains(&variable.as_str()) {
        return Err(format!("the name `{variable}` is taken: give the element of `{name}` another one"));
    }
    let list = read(list, locals, depth + 1)?;
    locals.push(variable.clone());
    let body = read(body, locals, depth + 1);
    locals.pop();
    Ok(Node::Over(Box::new(Over { kind, list, variable: variable.clone(), body: body? })))
}

fn read_matches(text: Box<Node>, pattern: &IdedExpr) -> Result<Node, String> {
    let Expr::Literal(LiteralValue::String(pattern)) = &pattern.expr else {
        return Err(
            "the pattern of `matches` is a text written out, so that it can be checked when loaded".into()
        );
    };
    let pattern = pattern.inner();
    if pattern.len() > MAX_PATTERN {
        return Err(format!("the pattern of `matches` is longer than {MAX_PATTERN} bytes"));
    }
    RegexBuilder::new(pattern)
        .size_limit(MAX_COMPILED_PATTERN)
        .dfa_size_limit(MAX_COMPILED_PATTERN)
        .nest_limit(16)
        .build()
        .map(|pattern| Node::Matches(text, pattern))
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                "the pattern of `matches` is too large once compiled".to_owned()
            }
            _ => format!("the pattern `{pattern}` of `matches` is not a regular expression that can be used"),
        })
}

fn one_of(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(source: &str) -> String {
        parse(source).map(|_| ()).unwrap_err()
    }

    #[test]
    fn what_is_not_cel_is_refused_with_its_place() {
        let problem = problem("facts.role.exists &&");
        assert!(problem.starts_with("not CEL, at line 1, column "), "{problem}");
    }

    #[test]
    fn parts_of_cel_that_checks_may_not_use_are_refused() {
        for (source, expected) in [
            (
                "has(facts.role)",
                "`has` can't be used: every fact is always there; it is known, null or unknown",
            ),
            (
                "fact.role",
                "`fact` is not known: an expression starts from `facts`, `target`, `contract`, `variables`",
            ),
            ("{'a': 1}", "maps and messages are not part of the language of checks"),
            ("2 * 3", "the operator `*` is not part of the language of checks"),
            (
                "timestamp('x')",
                "`timestamp` can't be used: expected one of size, startsWith, endsWith, contains, matches, string, join, all, exists, exists_one, filter, map",
            ),
            ("facts.x.all(facts, true)", "the name `facts` is taken: give the element of `all` another one"),
            (
                "facts.x.all(p, p.all(p, true))",
                "the name `p` is taken: give the element of `all` another one",
            ),
            (
                "facts.x.matches(facts.y)",
                "the pattern of `matches` is a text written out, so that it can be checked when loaded",
            ),
            (
                "facts.x.matches('(')",
                "the pattern `(` of `matches` is not a regular expression that can be used",
            ),
            ("facts.x.matches('((a{99}){99}){99}')", "the pattern of `matches` is too large once compiled"),
            ("  ", "the expression is empty: expected CEL, such as `facts.role.exists`"),
            (
                "@in(1, [1])",
                "not CEL, at line 1, column 1 of the expression: token recognition error at: '@'",
            ),
        ] {
            assert_eq!(problem(source), expected, "{source}");
        }
        for source in [
            "1.5 > 1",
            "1u == 1u",
            "b'a' == b'a'",
            "facts.?role",
            "facts[?0]",
            "type(1) == int",
            "facts.x.all()",
        ] {
            assert!(parse(source).is_err(), "{source}");
        }
    }

    #[test]
    fn hostile_sources_end_soon() {
        let sources = [
            vec!["1"; 10_000].join("+"),
            "(".repeat(10_000),
            format!("{}1{}", "(".repeat(12), ")".repeat(12)),
            vec!["1"; 100].join("+"),
            vec!["true"; 100].join("||"),
            vec!["true"; 66].join("?1:"),
            "!".repeat(199) + "true",
            "-".repeat(199) + "1",
            "[".repeat(199),
            format!("facts{}", ".a".repeat(99)),
            format!("facts{}", "[0]".repeat(66)),
            "'\\".repeat(900),
            "r'\\'".repeat(400),
            "\"".repeat(1_999),
            "a ".repeat(199),
            "((((((((((((".to_owned() + &"a?".repeat(90),
            "facts.x.all(a,".repeat(12),
            "\u{0}".repeat(2_000),
            "1u".repeat(1_000),
            "é".repeat(199),
            "1 'a' ".repeat(90),
            "a?b:".repeat(49) + "c",
            "a.b(".repeat(12) + &"1,".repeat(70),
        ];
        for source in sources {
            // That it comes back at all is what is tested.
            let _ = parse(&source);
        }
    }
}

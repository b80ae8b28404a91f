//! Types of expressions, against the fact schema.

use std::collections::BTreeSet;
use std::fmt;

use super::{Node, Over, OverKind, evaluate::path};
use crate::facts::schema::FactType;

/// The type of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) enum Kind {
    /// The type of `null`.
    Null,
    /// The elements of `[]`.
    Any,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// A list of one type.
    List(Box<Kind>),
    /// Named fields.
    Record(Vec<(String, Kind)>),
    /// The type, or null.
    Optional(Box<Kind>),
}

impl From<&FactType> for Kind {
    fn from(fact: &FactType) -> Self {
        match fact {
            FactType::Bool => Self::Bool,
            FactType::Int => Self::Int,
            FactType::Text => Self::Text,
            FactType::List(element) => Self::List(Box::new(element.as_ref().into())),
            FactType::Record(fields) => {
                Self::Record(fields.iter().map(|field| (field.name.clone(), (&field.kind).into())).collect())
            }
            FactType::Optional(inner) => Self::Optional(Box::new(inner.as_ref().into())),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Any => f.write_str("anything"),
            Self::Bool => f.write_str("a boolean"),
            Self::Int => f.write_str("an integer"),
            Self::Text => f.write_str("text"),
            Self::List(_) => f.write_str("a list"),
            Self::Record(_) => f.write_str("a record"),
            Self::Optional(inner) => write!(f, "{inner} or null"),
        }
    }
}

impl Kind {
    /// The type once null is set aside: whether null is met is only known when evaluating.
    fn present(&self) -> &Kind {
        match self {
            Self::Optional(inner) => inner,
            other => other,
        }
    }

    /// The type that both have, where they can be compared or stand for each other.
    fn common(&self, other: &Kind) -> Option<Kind> {
        match (self, other) {
            (Self::Record(_), _) | (_, Self::Record(_)) => None,
            (Self::Any, other) | (other, Self::Any) => Some(other.clone()),
            (Self::Null, Self::Null) => Some(Self::Null),
            (Self::Null, optional @ Self::Optional(_)) | (optional @ Self::Optional(_), Self::Null) => {
                Some(optional.clone())
            }
            (Self::Optional(inner), other) | (other, Self::Optional(inner)) => {
                inner.common(other.present()).map(|kind| Self::Optional(Box::new(kind)))
            }
            (Self::List(left), Self::List(right)) => {
                left.common(right).map(|kind| Self::List(Box::new(kind)))
            }
            (left, right) => (left == right).then(|| left.clone()),
        }
    }
}

/// What expressions may name, and which facts they read.
#[derive(Debug)]
pub(in crate::check) struct Names<'v> {
    /// The roots with their shapes.
    pub(in crate::check) roots: Vec<(&'v str, Kind)>,
    /// The variables declared so far.
    pub(in crate::check) variables: Vec<(String, Kind)>,
    /// The paths of the facts that were read, without `facts.`.
    pub(in crate::check) facts_read: BTreeSet<String>,
    locals: Vec<(String, Kind)>,
}

impl<'v> Names<'v> {
    /// Names with nothing read and no variables.
    pub(in crate::check) fn new(roots: Vec<(&'v str, Kind)>) -> Self {
        Self { roots, variables: Vec::new(), facts_read: BTreeSet::new(), locals: Vec::new() }
    }
}

pub(super) fn of(node: &Node, names: &mut Names<'_>) -> Result<Kind, String> {
    match node {
        Node::Null => Ok(Kind::Null),
        Node::Bool(_) => Ok(Kind::Bool),
        Node::Int(_) => Ok(Kind::Int),
        Node::Text(_) => Ok(Kind::Text),
        Node::List(elements) => list(elements, names),
        Node::Name(_) | Node::Field(..) => read(node, names),
        Node::Index(of_list, index) => {
            if let Node::Name(_) | Node::Field(..) = of_list.as_ref()
                && let Kind::Record(_) = resolve(of_list, names)?
            {
                return Err("fields are read by name: write `facts.role`, not `facts['role']`".into());
            }
            expect("the index", index, &Kind::Int, names)?;
            match of(of_list, names)?.present() {
                Kind::List(element) => Ok(element.as_ref().clone()),
                other => Err(format!("`[…]` reads from a list: this is {other}")),
            }
        }
        Node::Not(operand) => expect("the operand of `!`", operand, &Kind::Bool, names),
        Node::Negate(operand) => expect("the operand of `-`", operand, &Kind::Int, names),
        Node::And(left, right) => pair("`&&`", left, right, &Kind::Bool, names),
        Node::Or(left, right) => pair("`||`", left, right, &Kind::Bool, names),
        Node::Conditional(parts) => {
            let [condition, yes, no] = parts.as_ref();
            expect("the condition before `?`", condition, &Kind::Bool, names)?;
            let (yes, no) = (of(yes, names)?, of(no, names)?);
            yes.common(&no).ok_or_else(|| format!("`? :` gives {yes} or {no}: expected one type"))
        }
        Node::Equal { left, right, .. } => equal(left, right, names),
        Node::Ordered(_, left, right) => {
            let (left, right) = (of(left, names)?, of(right, names)?);
            match (left.present(), right.present()) {
                (Kind::Int, Kind::Int) | (Kind::Text, Kind::Text) => Ok(Kind::Bool),
                _ => Err(format!(
                    "{left} can't be ordered against {right}: expected two integers or two texts"
                )),
            }
        }
        Node::In(element, of_list) => {
            let (element, of_list) = (of(element, names)?, of(of_list, names)?);
            match of_list.present() {
                Kind::List(inner) if element.common(inner).is_some() => Ok(Kind::Bool),
                Kind::List(inner) => {
                    Err(format!("`in` looks for {element} in a list of {inner}: it is never there"))
                }
                other => Err(format!("`in` looks into a list: this is {other}")),
            }
        }
        Node::Add(left, right) => {
            let (left, right) = (of(left, names)?, of(right, names)?);
            match (left.present(), right.present()) {
                (Kind::Int, Kind::Int) => Ok(Kind::Int),
                (Kind::Text, Kind::Text) => Ok(Kind::Text),
                _ => Err(format!("`+` is given {left} and {right}: expected two integers or two texts")),
            }
        }
        Node::Subtract(left, right) => pair("`-`", left, right, &Kind::Int, names),
        Node::Size(operand) => match of(operand, names)?.present() {
            Kind::Text | Kind::List(_) => Ok(Kind::Int),
            other => Err(format!("`size` is given {other}: expected text or a list")),
        },
        Node::AsText(operand) => match of(operand, names)?.present() {
            Kind::Text | Kind::Int | Kind::Bool => Ok(Kind::Text),
            other => Err(format!("`string` is given {other}: expected text, an integer or a boolean")),
        },
        Node::TextTest(_, text, part) => {
            pair("`startsWith`, `endsWith`, `contains`", text, part, &Kind::Text, names)?;
            Ok(Kind::Bool)
        }
        Node::Matches(text, _) => {
            expect("what `matches` looks at", text, &Kind::Text, names)?;
            Ok(Kind::Bool)
        }
        Node::Join(of_list, between) => {
            expect("the text between", between, &Kind::Text, names)?;
            match of(of_list, names)?.present() {
                Kind::List(element) if element.common(&Kind::Text).is_some() => Ok(Kind::Text),
                other => Err(format!("`join` is given {other}: expected a list of texts")),
            }
        }
        Node::Over(loop_over) => over(loop_over, names),
    }
}

/// A path: the longest one, so that the whole of what is read is written down.
fn read(node: &Node, names: &mut Names<'_>) -> Result<Kind, String> {
    let kind = resolve(node, names)?;
    if let Kind::Record(fields) = &kind {
        let path = path(node).unwrap_or_default();
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        return Err(format!("`{path}` is a whole record: read one of its fields: {}", names.join(", ")));
    }
    if let Some(fact) = path(node).as_deref().and_then(|path| path.strip_prefix("facts.")) {
        names.facts_read.insert(fact.to_owned());
    }
    Ok(kind)
}

fn resolve(node: &Node, names: &mut Names<'_>) -> Result<Kind, String> {
    match node {
        Node::Name(name) => {
            if let Some((_, kind)) = names.locals.iter().rev().find(|(local, _)| local == name) {
                return Ok(kind.clone());
            }
            if name == "variables" {
                return Ok(Kind::Record(names.variables.clone()));
            }
            let root = names.roots.iter().find(|(root, _)| root == name);
            root.map(|(_, kind)| kind.clone()).ok_or_else(|| format!("`{name}` is not known"))
        }
        Node::Field(record, field) => {
            let inside = match record.as_ref() {
                Node::Name(_) | Node::Field(..) => resolve(record, names)?,
                other => of(other, names)?,
            };
            let Kind::Record(fields) = inside.present() else {
                return Err(format!("`.{field}` reads from {inside}: expected a record"));
            };
            fields.iter().find(|(name, _)| name == field).map(|(_, kind)| kind.clone()).ok_or_else(|| {
                let known: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
                let record = path(record).unwrap_or_else(|| "the element".into());
                if known.is_empty() {
                    format!("`{record}.{field}` does not exist: `{record}` has no fields here")
                } else {
                    format!("`{record}.{field}` does not exist: `{record}` has {}", known.join(", "))
                }
            })
        }
        other => of(other, names),
    }
}

fn expect(what: &str, node: &Node, expected: &Kind, names: &mut Names<'_>) -> Result<Kind, String> {
    let found = of(node, names)?;
    if found.present() == expected {
        Ok(expected.clone())
    } else {
        Err(format!("{what} is {found}: expected {expected}"))
    }
}

fn pair(
    what: &str,
    left: &Node,
    right: &Node,
    expected: &Kind,
    names: &mut Names<'_>,
) -> Result<Kind, String> {
    expect(&format!("the left of {what}"), left, expected, names)?;
    expect(&format!("the right of {what}"), right, expected, names)
}

fn equal(left: &Node, right: &Node, names: &mut Names<'_>) -> Result<Kind, String> {
    let (left, right) = (of(left, names)?, of(right, names)?);
    match (&left, &right) {
        _ if left.common(&right).is_some() => Ok(Kind::Bool),
        (Kind::Null, other) | (other, Kind::Null) => Err(format!("{other} is never null")),
        _ => Err(format!("{left} is never equal to {right}")),
    }
}

fn list(elements: &[Node], names: &mut Names<'_>) -> Result<Kind, String> {
    let mut common = Kind::Any;
    for element in elements {
        let kind = of(element, names)?;
        common = common
            .common(&kind)
            .ok_or_else(|| format!("a list holds {common} and {kind}: expected elements of one type"))?;
    }
    Ok(Kind::List(Box::new(common)))
}

fn over(over: &Over, names: &mut Names<'_>) -> Result<Kind, String> {
    let list = of(&over.list, names)?;
    let Kind::List(element) = list.present() else {
        return Err(format!("`{}` goes over a list: this is {list}", over.variable));
    };
    names.locals.push((over.variable.clone(), element.as_ref().clone()));
    let body = of(&over.body, names);
    names.locals.pop();
    let body = body?;
    match over.kind {
        OverKind::Map => Ok(Kind::List(Box::new(body))),
        _ if body != Kind::Bool => {
            Err(format!("what is asked of each `{}` is {body}: expected a boolean", over.variable))
        }
        OverKind::Filter => Ok(list.present().clone()),
        OverKind::All | OverKind::Exists | OverKind::ExistsOne => Ok(Kind::Bool),
    }
}

#[cfg(test)]
mod tests;

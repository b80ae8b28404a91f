//! Expressions of checks: CEL, read with the `cel` crate's parser and decided here in three values.
//!
//! The crate's own interpreter knows two values and errors. An unknown fact would have to travel as an error, of which
//! `||` keeps one and `==` never sees the second, and it has no bound on what an expression may cost. Checks need
//! every reason why something is unknown, and customers' files are hostile input; so the part of the language that
//! checks may use is taken off the syntax tree ([`parse`]), checked for types against the fact schema ([`kind`]), and
//! evaluated with unknowns as values and a budget ([`evaluate`]). Where everything is known the results are CEL's:
//! the tests compare them with the crate's interpreter.

mod budget;
mod evaluate;
mod kind;
pub(super) mod limits;
mod parse;
mod undecided;
mod value;

#[cfg(test)]
mod conformance;

use std::borrow::Cow;
use std::collections::BTreeSet;

use regex::Regex;

pub(super) use budget::Budget;
pub(super) use evaluate::Scope;
pub(super) use kind::{Kind, Names};
#[cfg(test)]
pub(super) use parse::FUNCTIONS;
pub(super) use undecided::Undecided;
pub(super) use value::Value;

/// An expression, within all limits. Not yet checked for types.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    root: Root,
}

#[derive(Debug, Clone)]
enum Root {
    Read(Node),
    /// Read when it is needed first.
    Later(String),
}

/// A node of the part of CEL that checks may use.
#[derive(Debug, Clone)]
enum Node {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Node>),
    /// `facts`, `target`, `contract`, `variables`, or the variable of an enclosing `all`, `exists`, ….
    Name(String),
    Field(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Conditional(Box<[Node; 3]>),
    Equal {
        left: Box<Node>,
        right: Box<Node>,
        negated: bool,
    },
    Ordered(Order, Box<Node>, Box<Node>),
    In(Box<Node>, Box<Node>),
    Add(Box<Node>, Box<Node>),
    Subtract(Box<Node>, Box<Node>),
    Size(Box<Node>),
    /// `string(…)`.
    AsText(Box<Node>),
    /// `startsWith`, `endsWith`, `contains`.
    TextTest(TextTest, Box<Node>, Box<Node>),
    /// `matches`, with its pattern compiled.
    Matches(Box<Node>, Regex),
    /// `join`: the one function that is not CEL's own.
    Join(Box<Node>, Box<Node>),
    Over(Box<Over>),
}

/// `all`, `exists`, `exists_one`, `filter`, `map` over a list.
#[derive(Debug, Clone)]
struct Over {
    kind: OverKind,
    list: Node,
    variable: String,
    body: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OverKind {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

/// The names that an expression starts from.
const ROOTS: [&str; 4] = ["facts", "target", "contract", "variables"];

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it: a limit, the syntax, or a part of CEL that checks may not use.
    pub(super) fn parse(source: &str) -> Result<Self, String> {
        parse::parse(source).map(|root| Self { root: Root::Read(root) })
    }

    /// An expression that is known to be right, and is not read before it is needed.
    pub(super) fn later(source: &str) -> Self {
        Self { root: Root::Later(source.to_owned()) }
    }

    fn root(&self) -> Result<Cow<'_, Node>, String> {
        match &self.root {
            Root::Read(root) => Ok(Cow::Borrowed(root)),
            Root::Later(source) => parse::parse(source).map(Cow::Owned),
        }
    }

    /// The expression that reads one dotted path.
    pub(super) fn path(path: &[String]) -> Option<Self> {
        let (root, fields) = path.split_first()?;
        let root = fields
            .iter()
            .fold(Node::Name(root.clone()), |node, field| Node::Field(Box::new(node), field.clone()));
        Some(Self { root: Root::Read(root) })
    }

    /// The expression's type, with every path that it reads written to `names`.
    ///
    /// # Errors
    /// What is wrong: a path that does not exist, operands of types that can't be compared.
    pub(super) fn kind(&self, names: &mut Names<'_>) -> Result<Kind, String> {
        kind::of(&*self.root()?, names)
    }

    /// The paths of the facts that it reads, without `facts.`; of one that is not read yet none.
    pub(super) fn facts(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        if let Root::Read(root) = &self.root {
            root.facts(&mut found);
        }
        found
    }

    /// Evaluates the expression.
    ///
    /// # Errors
    /// Why there is no value: something unknown, an error, or the budget spent.
    pub(super) fn evaluate<'a>(
        &self,
        scope: &Scope<'a>,
        budget: &mut Budget,
    ) -> Result<Value<'a>, Undecided> {
        evaluate::evaluate(&*self.root().map_err(Undecided::GivenUp)?, scope, budget)
    }
}

impl Node {
    fn facts(&self, found: &mut BTreeSet<String>) {
        if let Some(fact) = evaluate::path(self).as_deref().and_then(|path| path.strip_prefix("facts.")) {
            found.insert(fact.to_owned());
            return;
        }
        for inner in self.inner() {
            inner.facts(found);
        }
    }

    /// The nodes that it is made of.
    fn inner(&self) -> Vec<&Self> {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Text(_) | Self::Name(_) => Vec::new(),
            Self::List(elements) => elements.iter().collect(),
            Self::Conditional(parts) => parts.iter().collect(),
            Self::Over(over) => vec![&over.list, &over.body],
            Self::Field(inner, _)
            | Self::Not(inner)
            | Self::Negate(inner)
            | Self::Size(inner)
            | Self::AsText(inner)
            | Self::Matches(inner, _) => vec![inner],
            Self::Equal { left, right, .. }
            | Self::Index(left, right)
            | Self::And(left, right)
            | Self::Or(left, right)
            | Self::Ordered(_, left, right)
            | Self::In(left, right)
            | Self::Add(left, right)
            | Self::Subtract(left, right)
            | Self::TextTest(_, left, right)
            | Self::Join(left, right) => vec![left, right],
        }
    }
}

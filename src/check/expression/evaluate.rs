//! Three-valued evaluation within a budget.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::Value as Json;

use super::budget::Budget;
use super::undecided::{Fold, Undecided, all_known, merge};
use super::value::{Evaluated, Value};
use super::{Node, Order, Over, OverKind, TextTest};

/// What expressions may name.
#[derive(Debug)]
pub(in crate::check) struct Scope<'a> {
    /// The facts.
    pub(in crate::check) facts: &'a Json,
    /// What is to be registered.
    pub(in crate::check) target: &'a Json,
    /// What OpenAI publishes.
    pub(in crate::check) contract: &'a Json,
    /// The check's own variables, each evaluated once, in order.
    pub(in crate::check) variables: Vec<(String, Result<Value<'a>, Undecided>)>,
}

pub(super) fn evaluate<'a>(node: &Node, scope: &Scope<'a>, budget: &mut Budget) -> Evaluated<'a> {
    Evaluation { scope, budget, locals: Vec::new() }.of(node)
}

struct Evaluation<'s, 'a, 'b> {
    scope: &'s Scope<'a>,
    budget: &'b mut Budget,
    locals: Vec<(String, Evaluated<'a>)>,
}

impl<'a> Evaluation<'_, 'a, '_> {
    fn of(&mut self, node: &Node) -> Evaluated<'a> {
        self.budget.spend(1)?;
        match node {
            Node::Null => Ok(Value::Null),
            Node::Bool(value) => Ok(Value::Bool(*value)),
            Node::Int(value) => Ok(Value::Int(*value)),
            Node::Text(text) => self.budget.text(text.clone()),
            Node::List(elements) => self.list(elements),
            Node::Name(name) => self.name(name),
            Node::Field(record, field) => self.field(record, field),
            Node::Index(list, index) => self.index(list, index),
            Node::Not(operand) => boolean(self.of(operand)).map(|value| Value::Bool(!value)),
            Node::Negate(operand) => self.negate(operand),
            Node::And(left, right) => self.absorbing(left, right, false),
            Node::Or(left, right) => self.absorbing(left, right, true),
            Node::Conditional(parts) => {
                let [condition, yes, no] = parts.as_ref();
                if boolean(self.of(condition))? { self.of(yes) } else { self.of(no) }
            }
            Node::Equal { left, right, negated } => {
                let (left, right) = self.both(left, right)?;
                self.equal(&left, &right).map(|equal| Value::Bool(equal != *negated))
            }
            Node::Ordered(order, left, right) => self.ordered(*order, left, right),
            Node::In(element, list) => self.contained(element, list),
            Node::Add(left, right) => self.add(left, right),
            Node::Subtract(left, right) => match self.both(left, right)? {
                (Value::Int(left), Value::Int(right)) => int(left.checked_sub(right)),
                (left, right) => Err(mismatch("-", &left, &right)),
            },
            Node::Size(operand) => self.size(operand),
            Node::AsText(operand) => self.as_text(operand),
            Node::TextTest(test, text, part) => self.text_test(*test, text, part),
            Node::Matches(text, pattern) => match self.of(text)? {
                Value::Text(text) => {
                    // Linear in the text, times the size of the pattern, which is capped when it is read.
                    self.budget.spend_on(text.len().saturating_mul(Budget::PER_MATCHED_BYTE))?;
                    Ok(Value::Bool(pattern.is_match(&text)))
                }
                other => Err(wrong("matches", "text", &other)),
            },
            Node::Join(list, between) => self.join(list, between),
            Node::Over(over) => self.over(over),
        }
    }

    /// Both operands, evaluated whatever becomes of the first: every reason of both is wanted.
    fn both(&mut self, left: &Node, right: &Node) -> Result<(Value<'a>, Value<'a>), Undecided> {
        let (left, right) = (self.of(left), self.of(right));
        match (left, right) {
            (Ok(left), Ok(right)) => Ok((left, right)),
            (Err(left), Err(right)) => Err(merge(left, right)),
            (Err(undecided), Ok(_)) | (Ok(_), Err(undecided)) => Err(undecided),
        }
    }

    /// `&&` and `||`: the value that absorbs decides on either side, whatever the other one is.
    fn absorbing(&mut self, left: &Node, right: &Node, absorbing: bool) -> Evaluated<'a> {
        let left = boolean(self.of(left));
        if left == Ok(absorbing) {
            return Ok(Value::Bool(absorbing));
        }
        if let Err(given_up @ Undecided::GivenUp(_)) = left {
            return Err(given_up);
        }
        let right = boolean(self.of(right));
        match (left, right) {
            (_, Ok(value)) if value == absorbing => Ok(Value::Bool(absorbing)),
            (Ok(_), Ok(_)) => Ok(Value::Bool(!absorbing)),
            (Err(left), Err(right)) => Err(merge(left, right)),
            (Err(undecided), Ok(_)) | (Ok(_), Err(undecided)) => Err(undecided),
        }
    }

    fn list(&mut self, elements: &[Node]) -> Evaluated<'a> {
        let elements = elements.iter().map(|element| self.of(element)).collect();
        all_known(elements).map(|elements| Value::List(elements.into_iter().map(Ok).collect()))
    }

    fn name(&mut self, name: &str) -> Evaluated<'a> {
        if let Some((_, value)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            let value = value.clone();
            self.charge(&value)?;
            return value;
        }
        Value::of(match name {
            "facts" => self.scope.facts,
            "target" => self.scope.target,
            "contract" => self.scope.contract,
            _ => return Err(Undecided::GivenUp(format!("`{name}` has no value"))),
        })
    }

    fn field(&mut self, record: &Node, field: &str) -> Evaluated<'a> {
        if matches!(record, Node::Name(name) if name == "variables") {
            let value = self.scope.variables.iter().find(|(name, _)| name == field).map(|(_, value)| value);
            let value = value
                .cloned()
                .unwrap_or_else(|| Err(Undecided::GivenUp(format!("`variables.{field}` has no value"))));
            self.charge(&value)?;
            return value;
        }
        match self.of(record)? {
            Value::Record(fields) => match fields.get(field) {
                Some(fact) => {
                    if let Json::Array(elements) = fact {
                        self.budget.spend_on(elements.len() * Budget::PER_STEP)?;
                    }
                    Value::of(fact)
                }
                None => {
                    let path =
                        path(record).map_or_else(|| field.to_owned(), |record| format!("{record}.{field}"));
                    Err(Undecided::GivenUp(format!("`{path}` is not given")))
                }
            },
            other => Err(wrong(&format!(".{field}"), "a record", &other)),
        }
    }

    /// What a copy of a value costs.
    fn charge(&mut self, value: &Evaluated<'a>) -> Result<(), Undecided> {
        match value {
            Ok(Value::Text(Cow::Owned(text))) => self.budget.spend_on(text.len()),
            Err(Undecided::Unknown(because)) => self.budget.spend_on(because.len() * Budget::PER_STEP),
            _ => Ok(()),
        }
    }

    fn index(&mut self, list: &Node, index: &Node) -> Evaluated<'a> {
        match self.both(list, index)? {
            (Value::List(elements), Value::Int(index)) => usize::try_from(index)
                .ok()
                .and_then(|index| elements.get(index).cloned())
                .unwrap_or_else(|| {
                    Err(Undecided::Error(format!(
                        "there is no element {index} in a list of {}",
                        elements.len()
                    )))
                }),
            (list, index) => Err(mismatch("[]", &list, &index)),
        }
    }

    fn negate(&mut self, operand: &Node) -> Evaluated<'a> {
        match self.of(operand)? {
            Value::Int(value) => int(value.checked_neg()),
            other => Err(wrong("-", "an integer", &other)),
        }
    }

    /// Lists are equal where every element is; one that surely differs decides, whatever is unknown beside it.
    fn equal(&mut self, left: &Value<'a>, right: &Value<'a>) -> Result<bool, Undecided> {
        self.budget.spend(1)?;
        match (left, right) {
            (Value::Text(left), Value::Text(right)) => {
                self.budget.spend_on(left.len().min(right.len()))?;
                Ok(left == right)
            }
            (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
            (Value::Int(left), Value::Int(right)) => Ok(left == right),
            (Value::Null, Value::Null) => Ok(true),
            (Value::List(left), Value::List(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                let mut fold = Fold::new(false);
                for (left, right) in left.iter().zip(right.iter()) {
                    let equal = match (left, right) {
                        (Ok(left), Ok(right)) => self.equal(left, right),
                        (Err(left), Err(right)) => Err(merge(left.clone(), right.clone())),
                        (Err(undecided), Ok(_)) | (Ok(_), Err(undecided)) => Err(undecided.clone()),
                    };
                    if fold.takes(equal)? {
                        break;
                    }
                }
                fold.result()
            }
            (Value::Record(_), _) | (_, Value::Record(_)) => {
                Err(Undecided::Error("records can't be compared: compare their fields".into()))
            }
            _ => Ok(false),
        }
    }

    fn ordered(&mut self, order: Order, left: &Node, right: &Node) -> Evaluated<'a> {
        let ordering = match self.both(left, right)? {
            (Value::Int(left), Value::Int(right)) => left.cmp(&right),
            (Value::Text(left), Value::Text(right)) => {
                self.budget.spend_on(left.len().min(right.len()))?;
                left.cmp(&right)
            }
            (left, right) => return Err(mismatch("<", &left, &right)),
        };
        Ok(Value::Bool(match order {
            Order::Less => ordering.is_lt(),
            Order::LessOrEqual => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::GreaterOrEqual => ordering.is_ge(),
        }))
    }

    fn contained(&mut self, element: &Node, list: &Node) -> Evaluated<'a> {
        let (element, list) = self.both(element, list)?;
        let Value::List(elements) = list else { return Err(wrong("in", "a list", &list)) };
        let mut fold = Fold::new(true);
        for other in elements.iter() {
            let equal = match other {
                Ok(other) => self.equal(&element, other),
                Err(undecided) => Err(undecided.clone()),
            };
            if fold.takes(equal)? {
                break;
            }
        }
        fold.result().map(Value::Bool)
    }

    fn add(&mut self, left: &Node, right: &Node) -> Evaluated<'a> {
        match self.both(left, right)? {
            (Value::Int(left), Value::Int(right)) => int(left.checked_add(right)),
            (Value::Text(left), Value::Text(right)) => {
                let text = left.into_owned() + &right;
                self.budget.text(text)
            }
            (left, right) => Err(mismatch("+", &left, &right)),
        }
    }

    fn size(&mut self, operand: &Node) -> Evaluated<'a> {
        let size = match self.of(operand)? {
            Value::Text(text) => {
                self.budget.spend_on(text.len())?;
                text.chars().count()
            }
            Value::List(elements) => elements.len(),
            other => return Err(wrong("size", "text or a list", &other)),
        };
        int(i64::try_from(size).ok())
    }

    fn as_text(&mut self, operand: &Node) -> Evaluated<'a> {
        match self.of(operand)? {
            text @ Value::Text(_) => Ok(text),
            Value::Int(value) => self.budget.text(value.to_string()),
            Value::Bool(value) => self.budget.text(value.to_string()),
            other => Err(wrong("string", "text, an integer or a boolean", &other)),
        }
    }

    fn text_test(&mut self, test: TextTest, text: &Node, part: &Node) -> Evaluated<'a> {
        match self.both(text, part)? {
            (Value::Text(text), Value::Text(part)) => {
                self.budget.spend_on(text.len() + part.len())?;
                Ok(Value::Bool(match test {
                    TextTest::StartsWith => text.starts_with(part.as_ref()),
                    TextTest::EndsWith => text.ends_with(part.as_ref()),
                    TextTest::Contains => text.contains(part.as_ref()),
                }))
            }
            (text, part) => Err(mismatch("startsWith, endsWith, contains", &text, &part)),
        }
    }

    fn join(&mut self, list: &Node, between: &Node) -> Evaluated<'a> {
        let (Value::List(elements), Value::Text(between)) = self.both(list, between)? else {
            return Err(Undecided::Error(
                "`join` takes a list and a text to put between its elements".into(),
            ));
        };
        let mut joined = String::new();
        for (position, element) in all_known(elements.to_vec())?.iter().enumerate() {
            let Value::Text(element) = element else { return Err(wrong("join", "a list of texts", element)) };
            if position > 0 {
                joined.push_str(&between);
            }
            joined.push_str(element);
            if joined.len() > Budget::MAX_TEXT {
                break;
            }
        }
        self.budget.text(joined)
    }

    fn over(&mut self, over: &Over) -> Evaluated<'a> {
        let list = self.of(&over.list)?;
        let Value::List(elements) = list else { return Err(wrong("a loop", "a list", &list)) };
        match over.kind {
            OverKind::All => self.quantified(over, &elements, false),
            OverKind::Exists => self.quantified(over, &elements, true),
            OverKind::ExistsOne => {
                let holds = self.each(over, &elements, boolean)?;
                Ok(Value::Bool(holds.into_iter().filter(|holds| *holds).count() == 1))
            }
            OverKind::Filter => {
                let holds = self.each(over, &elements, boolean)?;
                let kept = elements.iter().zip(holds).filter(|(_, holds)| *holds);
                Ok(Value::List(kept.map(|(element, _)| element.clone()).collect()))
            }
            OverKind::Map => {
                let mapped = self.each(over, &elements, |value| value)?;
                Ok(Value::List(mapped.into_iter().map(Ok).collect()))
            }
        }
    }

    /// The body for one element.
    fn body(&mut self, over: &Over, element: &Evaluated<'a>) -> Evaluated<'a> {
        self.locals.push((over.variable.clone(), element.clone()));
        let value = self.of(&over.body);
        self.locals.pop();
        value
    }

    fn quantified(&mut self, over: &Over, elements: &Rc<[Evaluated<'a>]>, absorbing: bool) -> Evaluated<'a> {
        let mut fold = Fold::new(absorbing);
        for element in elements.iter() {
            let holds = boolean(self.body(over, element));
            if fold.takes(holds)? {
                break;
            }
        }
        fold.result().map(Value::Bool)
    }

    /// The body for every element; all must be known.
    fn each<T>(
        &mut self,
        over: &Over,
        elements: &Rc<[Evaluated<'a>]>,
        read: impl Fn(Evaluated<'a>) -> Result<T, Undecided>,
    ) -> Result<Vec<T>, Undecided> {
        let values = elements.iter().map(|element| read(self.body(over, element))).collect();
        all_known(values)
    }
}

fn boolean(value: Evaluated<'_>) -> Result<bool, Undecided> {
    match value? {
        Value::Bool(value) => Ok(value),
        other => Err(Undecided::Error(format!("{} where true or false is needed", other.name()))),
    }
}

fn int<'a>(value: Option<i64>) -> Evaluated<'a> {
    value.map(Value::Int).ok_or_else(|| Undecided::Error("a number beyond 64 bits".into()))
}

fn wrong(function: &str, expected: &str, found: &Value<'_>) -> Undecided {
    Undecided::Error(format!("`{function}` is given {}: expected {expected}", found.name()))
}

fn mismatch(operator: &str, left: &Value<'_>, right: &Value<'_>) -> Undecided {
    Undecided::Error(format!("`{operator}` is given {} and {}", left.name(), right.name()))
}

/// The dotted path that a node spells, where it is one.
pub(super) fn path(node: &Node) -> Option<String> {
    match node {
        Node::Name(name) => Some(name.clone()),
        Node::Field(record, field) => path(record).map(|record| format!("{record}.{field}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

//! Condition operators, each as IAM-UG reference_policies_elements_condition_operators has it.

use std::cmp::Ordering;

use super::context::{ContextValue, Key};
use super::pattern::{Compile, Filled, Syntax, Template, arn_parts, fold};
use super::truth::Truth;
use super::world::World;

pub mod operand;

use operand::{Network, Number, Operand, Typed};

/// One condition: an operator, a context key and the values that the policy names.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The context key.
    pub key: Key,
    /// The values: any may match, or none where the operator is negated.
    pub values: Vec<Operand>,
}

/// A condition operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    comparison: Comparison,
    negated: bool,
    if_exists: bool,
    set: Option<Set>,
    name: &'static str,
}

/// `ForAllValues` or `ForAnyValue`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    All,
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Text(Text),
    Number(Order),
    Date(Order),
    Boolean,
    Binary,
    Address,
    Arn,
    Null,
}

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    /// `StringEquals`: `*` and `?` stand for themselves.
    Exact,
    /// `StringEqualsIgnoreCase`.
    IgnoreCase,
    /// `StringLike`: with wildcards.
    Like,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// Name, comparison, negated. `ArnEquals` and `ArnLike` are the same.
const OPERATORS: &[(&str, Comparison, bool)] = &[
    ("StringEquals", Comparison::Text(Text::Exact), false),
    ("StringNotEquals", Comparison::Text(Text::Exact), true),
    ("StringEqualsIgnoreCase", Comparison::Text(Text::IgnoreCase), false),
    ("StringNotEqualsIgnoreCase", Comparison::Text(Text::IgnoreCase), true),
    ("StringLike", Comparison::Text(Text::Like), false),
    ("StringNotLike", Comparison::Text(Text::Like), true),
    ("NumericEquals", Comparison::Number(Order::Equal), false),
    ("NumericNotEquals", Comparison::Number(Order::Equal), true),
    ("NumericLessThan", Comparison::Number(Order::Less), false),
    ("NumericLessThanEquals", Comparison::Number(Order::LessOrEqual), false),
    ("NumericGreaterThan", Comparison::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Comparison::Number(Order::GreaterOrEqual), false),
    ("DateEquals", Comparison::Date(Order::Equal), false),
    ("DateNotEquals", Comparison::Date(Order::Equal), true),
    ("DateLessThan", Comparison::Date(Order::Less), false),
    ("DateLessThanEquals", Comparison::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Comparison::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Comparison::Date(Order::GreaterOrEqual), false),
    ("Bool", Comparison::Boolean, false),
    ("BinaryEquals", Comparison::Binary, false),
    ("IpAddress", Comparison::Address, false),
    ("NotIpAddress", Comparison::Address, true),
    ("ArnEquals", Comparison::Arn, false),
    ("ArnLike", Comparison::Arn, false),
    ("ArnNotEquals", Comparison::Arn, true),
    ("ArnNotLike", Comparison::Arn, true),
    ("Null", Comparison::Null, false),
];

impl Operator {
    /// Reads an operator's name, with its set prefix and its `IfExists`; `None` for one that does not exist.
    /// `Null` takes no `IfExists`.
    pub fn parse(written: &str) -> Option<Self> {
        let (set, rest) = match written.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(Set::All), rest),
            Some(("ForAnyValue", rest)) => (Some(Set::Any), rest),
            Some(_) => return None,
            None => (None, written),
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let &(name, comparison, negated) = OPERATORS.iter().find(|(name, ..)| *name == base)?;
        if comparison == Comparison::Null && (if_exists || set.is_some()) {
            return None;
        }
        Some(Self { comparison, negated, if_exists, set, name })
    }

    /// Its name, as policies write it.
    pub fn name(&self) -> String {
        let set = match self.set {
            Some(Set::All) => "ForAllValues:",
            Some(Set::Any) => "ForAnyValue:",
            None => "",
        };
        let if_exists = if self.if_exists { "IfExists" } else { "" };
        format!("{set}{}{if_exists}", self.name)
    }

    /// Whether it has `ForAllValues` or `ForAnyValue`.
    pub fn is_of_sets(&self) -> bool {
        self.set.is_some()
    }

    /// Whether it is `Null`, which reads no value.
    pub fn is_null(&self) -> bool {
        self.comparison == Comparison::Null
    }

    /// Whether it holds for values that match, rather than for those that don't.
    pub fn asks_for_a_match(&self) -> bool {
        !self.negated && !self.is_null()
    }

    /// Whether it is `StringEqualsIgnoreCase` or its negation.
    pub fn ignores_case(&self) -> bool {
        self.comparison == Comparison::Text(Text::IgnoreCase)
    }

    /// Reads a value as the operator reads it; `variables` says whether the policy's version has them.
    pub fn operand(&self, written: &str, variables: bool) -> Operand {
        let value = match self.comparison {
            Comparison::Text(text) => {
                let syntax = Syntax { variables, wildcards: text == Text::Like };
                return Operand::Text(Template::new(written, syntax));
            }
            Comparison::Arn => {
                return Operand::Arn(Template::new(written, Syntax { variables, wildcards: true }));
            }
            Comparison::Boolean | Comparison::Null => operand::boolean(written).map(Typed::Boolean),
            Comparison::Number(_) => Number::parse(written).map(Typed::Number),
            Comparison::Date(_) => operand::date(written).map(Typed::Date),
            Comparison::Address => Network::parse(written).map(Typed::Network),
            Comparison::Binary => operand::binary(written).map(|text| Typed::Binary(text.to_owned())),
        };
        Operand::Typed { written: written.to_owned(), value: value.unwrap_or(Typed::Unreadable) }
    }

    /// Whether it can compare with a value at all, as far as AWS documents.
    pub fn can_read(&self, value: &ContextValue) -> bool {
        let reads = |value: &str| match self.comparison {
            Comparison::Text(_) | Comparison::Arn | Comparison::Null => true,
            Comparison::Number(_) => Number::parse(value).is_some(),
            Comparison::Date(_) => operand::date(value).is_some(),
            Comparison::Boolean => operand::boolean(value).is_some(),
            Comparison::Address => value.parse::<std::net::IpAddr>().is_ok(),
            Comparison::Binary => operand::binary(value).is_some(),
        };
        match value {
            ContextValue::Absent | ContextValue::Open(_) => true,
            ContextValue::Single(value) => reads(value),
            ContextValue::Many(values) => {
                (self.is_of_sets() || self.is_null()) && values.iter().all(|value| reads(value))
            }
        }
    }
}

impl Condition {
    /// Whether the condition holds.
    pub fn holds(&self, world: &World<'_>) -> Truth {
        self.holds_for_value(world.value(&self.key), world)
    }

    /// Whether the condition holds where its key has this value.
    pub fn holds_for_value(&self, value: &ContextValue, world: &World<'_>) -> Truth {
        if let ContextValue::Open(_) = value {
            return Truth::Unknown;
        }
        if self.operator.is_null() {
            return self.holds_for_null(value, world);
        }
        if self.values.is_empty() {
            return world.undocumented(self.key.written(), || {
                format!("AWS does not document `{}` without values", self.operator.name())
            });
        }
        match value {
            ContextValue::Open(_) => Truth::Unknown,
            ContextValue::Absent => self.holds_for_absent().into(),
            ContextValue::Single(value) => self.holds_for(value, world),
            ContextValue::Many(values) => match self.operator.set {
                // A plain operator on a multivalued key (IAM-UG
                // reference_policies_condition-single-vs-multi-valued-context-keys).
                None => world.undocumented(self.key.written(), || {
                    format!(
                        "AWS does not document `{}` {} on this multivalued key",
                        self.operator.name(),
                        self.wanted()
                    )
                }),
                // `IfExists` is documented for a key that is missing, not for an empty one.
                Some(Set::Any) if values.is_empty() && self.operator.if_exists => world
                    .undocumented(self.key.written(), || {
                        format!("AWS does not document `{}` on an empty key", self.operator.name())
                    }),
                Some(Set::Any) => Truth::any(values.iter().map(|value| self.holds_for(value, world))),
                Some(Set::All) => Truth::all(values.iter().map(|value| self.holds_for(value, world))),
            },
        }
    }

    /// The values that it names, for people.
    pub fn wanted(&self) -> String {
        let wanted: Vec<String> = self.values.iter().map(|value| format!("`{}`", value.written())).collect();
        wanted.join(", ")
    }

    /// `true` asks that the key be absent, `false` that it be present.
    fn holds_for_null(&self, value: &ContextValue, world: &World<'_>) -> Truth {
        let absent = match value {
            ContextValue::Many(values) if values.is_empty() => {
                return world.undocumented(self.key.written(), || {
                    "AWS does not document whether an empty key is present".into()
                });
            }
            value => *value == ContextValue::Absent,
        };
        Truth::any(self.values.iter().map(|operand| match operand {
            Operand::Typed { value: Typed::Boolean(wanted), .. } => (*wanted == absent).into(),
            other => self.unreadable(other, None, world),
        }))
    }

    /// A missing key: a set operator decides first (`ForAllValues` is true, `ForAnyValue` false unless `IfExists`), a
    /// negated operator is true, any other false unless `IfExists`.
    fn holds_for_absent(&self) -> bool {
        match self.operator.set {
            Some(Set::All) => true,
            Some(Set::Any) => self.operator.if_exists,
            None => self.operator.if_exists || self.operator.negated,
        }
    }

    /// One value of the request: any of the policy's values for a positive operator, none for a negated one
    /// (IAM-UG reference_policies_multi-value-conditions).
    fn holds_for(&self, value: &str, world: &World<'_>) -> Truth {
        let any = Truth::any(self.values.iter().map(|operand| self.compare(operand, value, world)));
        if self.operator.negated { any.not() } else { any }
    }

    fn compare(&self, operand: &Operand, value: &str, world: &World<'_>) -> Truth {
        let decided = match (operand, self.operator.comparison) {
            (Operand::Text(template), _) => {
                let ignore_case = self.operator.ignores_case();
                return self.filled(template, world, |pattern| match pattern.literal() {
                    Some(literal) if ignore_case => fold(literal) == fold(value),
                    _ => pattern.matches(value),
                });
            }
            (Operand::Arn(template), _) => {
                let parts = arn_parts(value);
                return self.filled(template, world, |pattern| pattern.matches(parts.as_ref(), false));
            }
            (Operand::Typed { value: wanted, .. }, comparison) => match (wanted, comparison) {
                (Typed::Boolean(wanted), _) => operand::boolean(value).map(|found| found == *wanted),
                (Typed::Number(wanted), Comparison::Number(order)) => {
                    Number::parse(value).map(|found| order.holds(found.cmp(wanted)))
                }
                (Typed::Date(wanted), Comparison::Date(order)) => {
                    operand::date(value).map(|found| order.holds(found.cmp(wanted)))
                }
                (Typed::Network(network), _) => value.parse().ok().map(|address| network.contains(address)),
                (Typed::Binary(wanted), _) => operand::binary(value).map(|found| found == wanted),
                _ => None,
            },
        };
        decided.map_or_else(|| self.unreadable(operand, Some(value), world), Truth::from)
    }

    /// A value that the operator does not take: what AWS makes of it is not documented.
    fn unreadable(&self, operand: &Operand, value: Option<&str>, world: &World<'_>) -> Truth {
        world.undocumented(self.key.written(), || {
            let (name, wanted) = (self.operator.name(), operand.written());
            match value {
                Some(value) => {
                    format!("AWS does not document how `{name}` compares `{value}` with `{wanted}`")
                }
                None => format!("AWS does not document `{name}` with `{wanted}`"),
            }
        })
    }

    /// A variable without a value matches nothing, so a negated operator holds (IAM-UG reference_policies_variables,
    /// "Using policy variables … no value").
    fn filled<P: Compile>(
        &self,
        template: &Template<P>,
        world: &World<'_>,
        matches: impl Fn(&P) -> bool,
    ) -> Truth {
        match template.fill(world) {
            Filled::Pattern(pattern) => matches(&pattern).into(),
            Filled::NoValue => Truth::No,
            Filled::Unknown => Truth::Unknown,
            Filled::Multivalued => world.undocumented(self.key.written(), || {
                format!(
                    "AWS does not document a multivalued key as a variable, as in `{}`",
                    template.written()
                )
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Context;

    fn holds(operator: &str, key: &str, values: &[&str], context: &Context) -> Truth {
        let operator = Operator::parse(operator).unwrap();
        let values = values.iter().map(|value| operator.operand(value, true)).collect();
        Condition { operator, key: Key::new(key), values }.holds(&World::known(context))
    }

    fn with(value: &str) -> Context {
        Context::complete().single("k", value)
    }

    /// IAM-UG reference_policies_elements_condition_operators: a missing key.
    #[test]
    fn a_missing_key_fails_a_positive_and_satisfies_a_negated_operator() {
        let absent = Context::complete();
        for (operator, expected) in [
            ("StringEquals", Truth::No),
            ("StringNotEquals", Truth::Yes),
            ("StringNotLike", Truth::Yes),
            ("ArnNotLike", Truth::Yes),
            ("Bool", Truth::No),
            ("BoolIfExists", Truth::Yes),
            ("StringEqualsIfExists", Truth::Yes),
            ("StringNotEqualsIfExists", Truth::Yes),
            ("ForAllValues:StringEquals", Truth::Yes),
            ("ForAnyValue:StringEquals", Truth::No),
            ("ForAnyValue:StringNotEquals", Truth::No),
            ("ForAnyValue:StringEqualsIfExists", Truth::Yes),
        ] {
            assert_eq!(holds(operator, "k", &["a"], &absent), expected, "{operator}");
        }
        assert_eq!(holds("NotIpAddress", "k", &["10.0.0.0/8"], &absent), Truth::Yes);
    }

    /// The same page, `Null`.
    #[test]
    fn null_true_asks_for_absence() {
        assert_eq!(holds("Null", "k", &["true"], &Context::complete()), Truth::Yes);
        assert_eq!(holds("Null", "k", &["false"], &Context::complete()), Truth::No);
        assert_eq!(holds("Null", "k", &["false"], &with("v")), Truth::Yes);
        assert!(Operator::parse("NullIfExists").is_none());
    }

    /// IAM-UG reference_policies_multi-value-conditions.
    #[test]
    fn several_values_are_or_and_nor_when_negated() {
        assert_eq!(holds("StringEquals", "k", &["a", "b"], &with("b")), Truth::Yes);
        assert_eq!(holds("StringNotEquals", "k", &["a", "b"], &with("b")), Truth::No);
        assert_eq!(holds("StringNotEquals", "k", &["a", "b"], &with("c")), Truth::Yes);
    }

    #[test]
    fn string_equals_takes_wildcards_literally_and_string_like_does_not() {
        assert_eq!(holds("StringEquals", "k", &["org-*"], &with("org-a")), Truth::No);
        assert_eq!(holds("StringEquals", "k", &["org-*"], &with("org-*")), Truth::Yes);
        assert_eq!(holds("StringLike", "k", &["org-*"], &with("org-a")), Truth::Yes);
        assert_eq!(holds("StringLike", "k", &["ORG-*"], &with("org-a")), Truth::No);
        assert_eq!(holds("StringEqualsIgnoreCase", "k", &["ORG-A"], &with("org-a")), Truth::Yes);
    }

    #[test]
    fn arn_operators_match_part_by_part() {
        let arn = with("arn:aws:iam::111122223333:role/team/ekm");
        assert_eq!(holds("ArnEquals", "k", &["arn:aws:iam::*:role/*"], &arn), Truth::Yes);
        assert_eq!(holds("ArnLike", "k", &["arn:aws:iam::*"], &arn), Truth::No);
        assert_eq!(holds("StringLike", "k", &["arn:aws:iam::*"], &arn), Truth::Yes);
    }

    /// IAM-UG reference_policies_condition-single-vs-multi-valued-context-keys.
    #[test]
    fn set_operators_quantify_over_the_requests_values() {
        let many = Context::complete().with("k", ContextValue::Many(vec!["a".into(), "b".into()]));
        assert_eq!(holds("ForAllValues:StringEquals", "k", &["a"], &many), Truth::No);
        assert_eq!(holds("ForAllValues:StringEquals", "k", &["a", "b"], &many), Truth::Yes);
        assert_eq!(holds("ForAnyValue:StringEquals", "k", &["a"], &many), Truth::Yes);
        assert_eq!(holds("StringEquals", "k", &["a"], &many), Truth::Unknown);
        let none = Context::complete().with("k", ContextValue::Many(vec![]));
        assert_eq!(holds("ForAllValues:StringEquals", "k", &["a"], &none), Truth::Yes);
        assert_eq!(holds("ForAnyValue:StringEquals", "k", &["a"], &none), Truth::No);
    }

    #[test]
    fn addresses_are_compared_as_numbers() {
        for (range, address, expected) in [
            ("203.0.113.0/24", "203.0.113.9", Truth::Yes),
            ("203.0.113.0/24", "203.0.114.9", Truth::No),
            ("203.0.113.7", "203.0.113.7", Truth::Yes),
            ("0.0.0.0/0", "8.8.8.8", Truth::Yes),
            ("0.0.0.0/0", "2001:db8::1", Truth::No),
            ("2001:DB8::/32", "2001:db8:0:0::1", Truth::Yes),
            ("::/0", "2001:db8::1", Truth::Yes),
        ] {
            assert_eq!(holds("IpAddress", "k", &[range], &with(address)), expected, "{range} {address}");
        }
        assert_eq!(holds("IpAddress", "k", &["10.0.0.0/33"], &with("10.0.0.1")), Truth::Unknown);
    }

    #[test]
    fn dates_are_iso_8601_or_seconds() {
        let now = with("2026-11-21T12:00:00Z");
        assert_eq!(holds("DateLessThan", "k", &["2026-11-22"], &now), Truth::Yes);
        assert_eq!(holds("DateGreaterThan", "k", &["2026-11-21T11:59:59Z"], &now), Truth::Yes);
        assert_eq!(holds("DateEquals", "k", &["1795262400"], &now), Truth::Yes);
        for unclear in ["tomorrow", "2027", "20270101"] {
            assert_eq!(holds("DateLessThan", "k", &[unclear], &now), Truth::Unknown, "{unclear}");
        }
    }

    #[test]
    fn numbers_and_booleans() {
        assert_eq!(holds("NumericLessThanEquals", "k", &["3600"], &with("3600.0")), Truth::Yes);
        assert_eq!(holds("Bool", "k", &["TRUE"], &with("true")), Truth::Yes);
        assert_eq!(holds("Bool", "k", &["false"], &with("true")), Truth::No);
        assert_eq!(holds("Bool", "k", &["1"], &with("true")), Truth::Unknown);
    }

    /// IAM-UG reference_policies_variables: a variable without a value.
    #[test]
    fn a_variable_without_a_value_matches_nothing_so_a_negated_operator_holds() {
        assert_eq!(holds("StringEquals", "k", &["${aws:username}"], &with("a")), Truth::No);
        assert_eq!(holds("StringNotEquals", "k", &["${aws:username}"], &with("a")), Truth::Yes);
    }
}

//! Condition operators, each as IAM-UG reference_policies_elements_condition_operators has it.

use std::cmp::Ordering;
use std::net::IpAddr;

use jiff::Timestamp;

use super::context::{Context, ContextValue};
use super::pattern::{Case, Filled, Template, Wildcards};
use super::truth::{Dependency, Truth};

/// One condition: an operator, a context key and the values that the policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The context key, as written; case-insensitive.
    pub key: String,
    /// The values: any may match, or none where the operator is negated.
    pub values: Vec<Template>,
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
    Text { case: Case, wildcards: Wildcards },
    Number(Order),
    Date(Order),
    Boolean,
    Binary,
    Address,
    Arn,
    Null,
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

const fn text(case: Case, wildcards: Wildcards) -> Comparison {
    Comparison::Text { case, wildcards }
}

/// Name, comparison, negated. `ArnEquals` and `ArnLike` are the same.
const OPERATORS: &[(&str, Comparison, bool)] = &[
    ("StringEquals", text(Case::Sensitive, Wildcards::Literal), false),
    ("StringNotEquals", text(Case::Sensitive, Wildcards::Literal), true),
    ("StringEqualsIgnoreCase", text(Case::Insensitive, Wildcards::Literal), false),
    ("StringNotEqualsIgnoreCase", text(Case::Insensitive, Wildcards::Literal), true),
    ("StringLike", text(Case::Sensitive, Wildcards::Match), false),
    ("StringNotLike", text(Case::Sensitive, Wildcards::Match), true),
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

    /// Whether a value may match a text that it is not: by wildcards, or in another case.
    pub fn is_loose(&self) -> bool {
        let exact = Comparison::Text { case: Case::Sensitive, wildcards: Wildcards::Literal };
        self.comparison != exact
    }
}

impl Condition {
    /// Whether the condition holds for a request.
    pub fn holds(&self, context: &Context) -> Truth {
        self.holds_given(context.get(&self.key), context)
    }

    fn holds_given(&self, value: ContextValue, context: &Context) -> Truth {
        if let ContextValue::Unknown(dependency) = value {
            return dependency.into();
        }
        // Where every possibility gives the same answer it does not matter which one it is.
        if let ContextValue::Among { values, dependency } = value {
            let answers: Vec<Truth> =
                values.into_iter().map(|value| self.holds_given(value, context)).collect();
            return match answers.first() {
                Some(first) if answers.iter().all(|answer| answer == first) => first.clone(),
                _ => dependency.into(),
            };
        }
        if self.operator.comparison == Comparison::Null {
            return match value {
                ContextValue::Many(values) if values.is_empty() => {
                    Dependency::new(&self.key, "AWS does not document whether an empty key is present").into()
                }
                value => self.holds_for_null(value == ContextValue::Absent),
            };
        }
        if self.values.is_empty() {
            return Dependency::new(&self.key, "AWS does not document a condition without values").into();
        }
        match value {
            ContextValue::Unknown(dependency) | ContextValue::Among { dependency, .. } => dependency.into(),
            ContextValue::Other { than, dependency } => self.holds_for_other(&than, &dependency),
            ContextValue::StartsWith { start, dependency } => {
                self.holds_for_start(&start, &dependency, context)
            }
            ContextValue::Absent => self.holds_for_absent().into(),
            ContextValue::Single(value) => match self.operator.set {
                None => self.holds_for(&value, context),
                Some(_) => self.holds_for_set(&[value], context),
            },
            ContextValue::Many(values) => match self.operator.set {
                // A plain operator on a multivalued key (IAM-UG
                // reference_policies_condition-single-vs-multi-valued-context-keys).
                None => Dependency::new(
                    &self.key,
                    format!("AWS does not document `{}` on this multivalued key", self.operator.name()),
                )
                .into(),
                Some(_) if values.is_empty() => self.holds_for_absent().into(),
                Some(_) => self.holds_for_set(&values, context),
            },
        }
    }

    /// `true` asks that the key be absent, `false` that it be present.
    fn holds_for_null(&self, absent: bool) -> Truth {
        Truth::any(self.values.iter().map(|value| match value.written().to_ascii_lowercase().as_str() {
            "true" => absent.into(),
            "false" => (!absent).into(),
            other => Dependency::new(&self.key, format!("`Null` with `{other}` is not documented")).into(),
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

    fn holds_for_set(&self, values: &[String], context: &Context) -> Truth {
        let each = values.iter().map(|value| self.holds_for(value, context));
        match self.operator.set {
            Some(Set::Any) => Truth::any(each),
            _ => Truth::all(each),
        }
    }

    /// One value of the request: any of the policy's values for a positive operator, none for a negated one
    /// (IAM-UG reference_policies_multi-value-conditions).
    fn holds_for(&self, value: &str, context: &Context) -> Truth {
        let any = Truth::any(self.values.iter().map(|template| self.compare(template, value, context)));
        if self.operator.negated { any.not() } else { any }
    }

    /// A value that is none of some: a value of the policy that is one of those does not match, unless the operator
    /// takes more than it writes.
    fn holds_for_other(&self, than: &[String], dependency: &Dependency) -> Truth {
        let any = Truth::any(self.values.iter().map(|template| {
            let exact = match self.operator.comparison {
                Comparison::Text { case: Case::Sensitive, wildcards: Wildcards::Literal } => true,
                Comparison::Text { case: Case::Sensitive, .. } | Comparison::Arn => !template.has_wildcards(),
                _ => false,
            };
            let excluded = than.iter().any(|value| value == template.written());
            if exact && excluded && !template.has_variables() { Truth::No } else { dependency.clone().into() }
        }));
        if self.operator.negated { any.not() } else { any }
    }

    /// A value of which only the start is known.
    fn holds_for_start(&self, start: &str, dependency: &Dependency, context: &Context) -> Truth {
        let Comparison::Text { case, wildcards } = self.operator.comparison else {
            return dependency.clone().into();
        };
        let any = Truth::any(self.values.iter().map(|template| match template.fill(context, wildcards) {
            Filled::Pattern(pattern) if pattern.matches_all_that_start(start, case) => Truth::Yes,
            Filled::Pattern(pattern) if !pattern.matches_some_that_start(start, case) => Truth::No,
            Filled::Pattern(_) => dependency.clone().into(),
            Filled::NoValue => Truth::No,
            Filled::Unknown(dependency) => dependency.into(),
        }));
        if self.operator.negated { any.not() } else { any }
    }

    fn compare(&self, template: &Template, value: &str, context: &Context) -> Truth {
        let written = template.written();
        let decided = match self.operator.comparison {
            Comparison::Text { case, wildcards } => {
                return filled(template, context, wildcards, |pattern| pattern.matches(value, case));
            }
            Comparison::Arn => {
                return filled(template, context, Wildcards::Match, |pattern| {
                    pattern.matches_arn(value, false)
                });
            }
            // Variables exist in texts and ARNs only; of Boolean AWS's guide says both (IAM-UG
            // reference_policies_variables).
            _ if template.has_variables() => None,
            Comparison::Boolean => {
                let boolean = |text: &str| text.to_ascii_lowercase().parse::<bool>().ok();
                boolean(written).zip(boolean(value)).map(|(b, a)| a == b)
            }
            Comparison::Number(order) => number(written)
                .zip(number(value))
                .and_then(|(b, a)| a.partial_cmp(&b))
                .map(|found| order.holds(found)),
            Comparison::Date(order) => date(written).zip(date(value)).map(|(b, a)| order.holds(a.cmp(&b))),
            Comparison::Address => network(written).zip(value.parse().ok()).map(|(net, ip)| net.contains(ip)),
            Comparison::Binary => (written == value).then_some(true),
            Comparison::Null => None,
        };
        decided.map_or_else(
            || {
                let name = self.operator.name();
                Dependency::new(&self.key, format!("`{name}` can't compare `{value}` with `{written}`"))
                    .into()
            },
            Truth::from,
        )
    }
}

/// A variable without a value matches nothing, so a negated operator holds (IAM-UG reference_policies_variables,
/// "Using policy variables … no value").
fn filled(
    template: &Template,
    context: &Context,
    wildcards: Wildcards,
    matches: impl Fn(&super::pattern::Pattern) -> bool,
) -> Truth {
    match template.fill(context, wildcards) {
        Filled::Pattern(pattern) => matches(&pattern).into(),
        Filled::NoValue => Truth::No,
        Filled::Unknown(dependency) => dependency.into(),
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// ISO 8601 with or without a time, or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // `2027` and `20270101` are dates of ISO 8601 as well: which of the two AWS takes them for is not documented.
    if matches!(text.len(), 4 | 6 | 8) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// An address range; a bare address is a range of one.
struct Network {
    address: u128,
    prefix: u32,
    six: bool,
}

fn network(text: &str) -> Option<Network> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let (bits, width, six) = bits(address);
    let length = length.unwrap_or(width);
    (length <= width).then_some(Network { address: bits, prefix: length + 128 - width, six })
}

/// IPv4 in the upper 32 bits of 128, IPv6 as it is.
fn bits(address: IpAddr) -> (u128, u32, bool) {
    match address {
        IpAddr::V4(four) => (u128::from(u32::from(four)), 32, false),
        IpAddr::V6(six) => (u128::from(six), 128, true),
    }
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        let (bits, _, six) = bits(address);
        let host = 128 - self.prefix;
        six == self.six && bits.checked_shr(host).unwrap_or(0) == self.address.checked_shr(host).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: &str, key: &str, values: &[&str], context: &Context) -> Truth {
        let operator = Operator::parse(operator).unwrap();
        let values = values.iter().map(|value| Template::new(value, true)).collect();
        Condition { operator, key: key.into(), values }.holds(context)
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
        assert!(matches!(holds("StringEquals", "k", &["a"], &many), Truth::Depends(_)));
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
        assert!(matches!(holds("IpAddress", "k", &["10.0.0.0/33"], &with("10.0.0.1")), Truth::Depends(_)));
    }

    #[test]
    fn dates_are_iso_8601_or_seconds() {
        let now = with("2026-11-21T12:00:00Z");
        assert_eq!(holds("DateLessThan", "k", &["2026-11-22"], &now), Truth::Yes);
        assert_eq!(holds("DateGreaterThan", "k", &["2026-11-21T11:59:59Z"], &now), Truth::Yes);
        assert_eq!(holds("DateEquals", "k", &["1795262400"], &now), Truth::Yes);
        for unclear in ["tomorrow", "2027", "20270101"] {
            assert!(matches!(holds("DateLessThan", "k", &[unclear], &now), Truth::Depends(_)), "{unclear}");
        }
    }

    #[test]
    fn numbers_and_booleans() {
        assert_eq!(holds("NumericLessThanEquals", "k", &["3600"], &with("3600.0")), Truth::Yes);
        assert_eq!(holds("Bool", "k", &["TRUE"], &with("true")), Truth::Yes);
        assert_eq!(holds("Bool", "k", &["false"], &with("true")), Truth::No);
        assert!(matches!(holds("Bool", "k", &["1"], &with("true")), Truth::Depends(_)));
    }

    /// IAM-UG reference_policies_variables: a variable without a value.
    #[test]
    fn a_variable_without_a_value_matches_nothing_so_a_negated_operator_holds() {
        assert_eq!(holds("StringEquals", "k", &["${aws:username}"], &with("a")), Truth::No);
        assert_eq!(holds("StringNotEquals", "k", &["${aws:username}"], &with("a")), Truth::Yes);
    }

    /// IAM-UG reference_policies_variables: `aws:userid` of a role's session is the role's id, a colon and the name.
    #[test]
    fn the_start_of_a_value_may_decide() {
        let context = Context::complete().with(
            "aws:userid",
            ContextValue::StartsWith {
                start: "AROA1:".into(),
                dependency: Dependency::new("aws:userid", "the session's name is not known"),
            },
        );
        assert_eq!(holds("StringLike", "aws:userid", &["AROA1:*", "AIDA1"], &context), Truth::Yes);
        assert_eq!(holds("StringNotLike", "aws:userId", &["AROA1:*"], &context), Truth::No);
        assert_eq!(holds("StringLike", "aws:userid", &["AROA2:*"], &context), Truth::No);
        assert_eq!(holds("StringEquals", "aws:userid", &["AROA1"], &context), Truth::No);
        assert!(matches!(holds("StringEquals", "aws:userid", &["AROA1:x"], &context), Truth::Depends(_)));
        assert_eq!(holds("Null", "aws:userid", &["true"], &context), Truth::No);
    }

    #[test]
    fn an_unknown_key_is_what_it_depends_on() {
        let context = Context::partial(&[], "not published");
        let expected = Truth::from(Dependency::new("aws:SourceIp", "not published"));
        assert_eq!(holds("IpAddress", "aws:SourceIp", &["10.0.0.0/8"], &context), expected);
        assert_eq!(holds("Null", "aws:SourceIp", &["true"], &context), expected);
    }
}

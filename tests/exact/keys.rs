//! Context keys by the type of their values: what policies compare them with, and enough values that every comparison
//! with those comes out in every way that it can.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::LazyLock;

use ekm_preflight::iam::ContextValue;

use crate::case::{Case, Condition, UnknownKind};
use crate::choices::Choices;

/// The type of a key's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    /// Texts, of which the request may have several.
    Texts,
    Arn,
    Address,
    Boolean,
    Number,
    Date,
}

pub(crate) const KEYS: &[(&str, Type)] = &[
    ("aws:PrincipalTag/team", Type::Text),
    ("kms:EncryptionContext:app", Type::Text),
    ("aws:SourceVpce", Type::Text),
    ("aws:TagKeys", Type::Texts),
    ("aws:SourceArn", Type::Arn),
    ("aws:SourceIp", Type::Address),
    ("aws:SecureTransport", Type::Boolean),
    ("aws:MultiFactorAuthAge", Type::Number),
    ("aws:CurrentTime", Type::Date),
];

/// Texts that stand for themselves, and patterns. The wildcards in the first are literal.
const TEXTS: &[&str] = &["a", "b", "ab", "A", "aB", "*", "a*"];
const PATTERNS: &[&str] = &["a*", "*b", "a?", "*a*", "?", "??", "a*b", "*", "b", "a?*", "b*a"];
const ARNS: &[&str] = &[
    "arn:aws:s3:::a",
    "arn:aws:s3:::*",
    "arn:aws:sns:*:*:a*",
    "arn:*:sns:us::?",
    "arn:aws:s3:::a:*",
    "*",
    // No ARN has these parts alone, so no ARN matches.
    "arn:aws:s3:*",
];
const ARN_TEXTS: &[&str] = &["arn:aws:s3:::a", "arn:aws:sns:us::a"];
const ARN_TEXT_PATTERNS: &[&str] = &["arn:aws:s3:*", "*a", "arn:*"];
const NETWORKS: &[&str] = &[
    "10.0.0.0/8",
    "10.0.0.1",
    "10.0.0.0/31",
    "0.0.0.0/0",
    "255.255.255.254/31",
    "2001:db8::/32",
    "::/0",
    "::",
];
const NUMBERS: &[&str] = &["1", "2", "2.0", "10", "-5", "0.1", "0.2", "0.5"];
const DATES: &[&str] = &[
    "2026-01-01T00:00:00Z",
    "2026-01-01",
    "1767225600",
    "2027-01-01T00:00:00Z",
    "2026-06-15T12:00:00+02:00",
];

/// Addresses at and on both sides of each edge of [`NETWORKS`].
const ADDRESS_VALUES: &[&str] = &[
    "0.0.0.0",
    "9.255.255.255",
    "10.0.0.0",
    "10.0.0.1",
    "10.0.0.2",
    "10.255.255.255",
    "11.0.0.0",
    "255.255.255.253",
    "255.255.255.254",
    "255.255.255.255",
    "::",
    "::1",
    "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db9::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];
const NUMBER_VALUES: &[&str] =
    &["-6", "-5", "-4", "0", "0.1", "0.15", "0.2", "0.3", "0.5", "0.7", "1", "1.5", "2", "3", "10", "11"];
const DATE_VALUES: &[&str] = &[
    "2025-12-31T23:59:59Z",
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:01Z",
    "2026-06-15T09:59:59Z",
    "2026-06-15T10:00:00Z",
    "2026-06-15T10:00:01Z",
    "2026-12-31T23:59:59Z",
    "2027-01-01T00:00:00Z",
    "2027-01-01T00:00:01Z",
];

pub(crate) fn type_of(key: &str) -> Type {
    let found = KEYS.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
    found.unwrap_or_else(|| panic!("{key} is a key of these tests")).1
}

/// Texts of each kind that `a`, `b`, `ab`, `a*` and `*b` tell apart, `a` with each of them behind, and another.
const VARIABLE_VALUES: &[&str] =
    &["", "a", "b", "c", "ab", "cb", "ac", "acb", "aa", "aab", "aac", "aacb", "d"];

/// A condition that compares a key with what a tag turns out to be, or with a text.
pub(crate) fn compared_as_a_whole(key: &'static str, choices: &mut Choices) -> Condition {
    let texts = &["${aws:PrincipalTag/team}", "${AWS:principaltag/team, 'a'}"];
    let operators = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"];
    comparison(key, &operators.map(|operator| (operator, &texts[..])), choices)
}

/// The same with something in front of the tag.
pub(crate) fn compared_in_part(key: &'static str, choices: &mut Choices) -> Condition {
    let texts = &["a${aws:PrincipalTag/team}"];
    let operators = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"];
    comparison(key, &operators.map(|operator| (operator, &texts[..])), choices)
}

/// The same with wildcards beside the tag, and in several ways at once.
pub(crate) fn compared_in_many_ways(key: &'static str, choices: &mut Choices) -> Condition {
    let patterns = &["${aws:PrincipalTag/team}*", "a*${aws:PrincipalTag/team}", "a${aws:PrincipalTag/team}"];
    let operators = ["StringLike", "StringNotLike"];
    comparison(key, &operators.map(|operator| (operator, &patterns[..])), choices)
}

fn comparison(key: &'static str, compared: &[(&str, &[&str])], choices: &mut Choices) -> Condition {
    let plain: [(&str, &[&str]); 4] = [
        ("StringEquals", &["a", "b", "ab"]),
        ("StringNotEquals", &["a", "b", "ab"]),
        ("StringLike", &["a*", "*b"]),
        ("StringNotLike", &["a*", "*b"]),
    ];
    // A key is not compared with itself.
    let with_itself = key == "aws:PrincipalTag/team";
    let operators = if with_itself || choices.percent(30) { &plain } else { compared };
    let (operator, from) = choices.pick(operators);
    let if_exists = if choices.percent(25) { "IfExists" } else { "" };
    Condition {
        operator: format!("{operator}{if_exists}"),
        key: key.to_owned(),
        values: vec![choices.pick(from).to_owned()],
    }
}

/// A condition on a key, with the operators that take its type.
pub(crate) fn condition(key: &'static str, choices: &mut Choices) -> Condition {
    // Upper and lower case are the same in keys.
    let written = if choices.percent(20) { key.to_ascii_uppercase() } else { key.to_owned() };
    if choices.percent(10) {
        let value = choices.pick(&["true", "false"]);
        return Condition { operator: "Null".into(), key: written, values: vec![value.into()] };
    }
    let (operator, from): (&str, &[&str]) = match type_of(key) {
        Type::Text | Type::Texts => choices.pick(&[
            ("StringEquals", TEXTS),
            ("StringNotEquals", TEXTS),
            ("StringEqualsIgnoreCase", TEXTS),
            ("StringNotEqualsIgnoreCase", TEXTS),
            ("StringLike", PATTERNS),
            ("StringNotLike", PATTERNS),
        ]),
        Type::Arn => choices.pick(&[
            ("ArnEquals", ARNS),
            ("ArnLike", ARNS),
            ("ArnNotEquals", ARNS),
            ("ArnNotLike", ARNS),
            ("StringEquals", ARN_TEXTS),
            ("StringNotLike", ARN_TEXT_PATTERNS),
            ("StringLike", ARN_TEXT_PATTERNS),
        ]),
        Type::Address => choices.pick(&[("IpAddress", NETWORKS), ("NotIpAddress", NETWORKS)]),
        Type::Boolean => ("Bool", &["true", "false"]),
        Type::Number => choices.pick(&[
            ("NumericEquals", NUMBERS),
            ("NumericNotEquals", NUMBERS),
            ("NumericLessThan", NUMBERS),
            ("NumericLessThanEquals", NUMBERS),
            ("NumericGreaterThan", NUMBERS),
            ("NumericGreaterThanEquals", NUMBERS),
        ]),
        Type::Date => choices.pick(&[
            ("DateEquals", DATES),
            ("DateNotEquals", DATES),
            ("DateLessThan", DATES),
            ("DateLessThanEquals", DATES),
            ("DateGreaterThan", DATES),
            ("DateGreaterThanEquals", DATES),
        ]),
    };
    let set = match type_of(key) {
        Type::Texts => choices.pick(&["ForAllValues:", "ForAnyValue:"]),
        _ => "",
    };
    let if_exists = if choices.percent(25) { "IfExists" } else { "" };
    let values: BTreeSet<&str> = (0..choices.between(1, 2)).map(|_| choices.pick(from)).collect();
    Condition {
        operator: format!("{set}{operator}{if_exists}"),
        key: written,
        values: values.into_iter().map(str::to_owned).collect(),
    }
}

/// A value of a key, as a request may carry it.
pub(crate) fn some_value(key: &str, choices: &mut Choices) -> ContextValue {
    let one = |choices: &mut Choices, from: &[&str]| ContextValue::Single(choices.pick(from).to_owned());
    match type_of(key) {
        Type::Text => one(choices, &["a", "b", "ab", "aB", "c"]),
        Type::Texts => {
            let all = ["a", "b", "c"];
            let values =
                all.iter().filter(|_| choices.percent(50)).map(|text| (*text).to_owned()).collect::<Vec<_>>();
            if values.is_empty() { ContextValue::Absent } else { ContextValue::Many(values) }
        }
        Type::Arn => one(choices, &["arn:aws:s3:::a", "arn:aws:sns:us::a", "arn:aws:s3:::a:b"]),
        Type::Address => one(choices, ADDRESS_VALUES),
        Type::Boolean => one(choices, &["true", "false"]),
        Type::Number => one(choices, NUMBER_VALUES),
        Type::Date => one(choices, DATE_VALUES),
    }
}

/// Every value that an unknown key needs to be tried with.
pub(crate) fn values(case: &Case, key: &str, kind: &UnknownKind) -> Vec<ContextValue> {
    if let UnknownKind::OneOf(values) = kind {
        return values.clone();
    }
    let of_grant = case.grant.map(|(pair, value)| Condition {
        operator: "StringEquals".into(),
        key: format!("kms:EncryptionContext:{pair}"),
        values: vec![value.into()],
    });
    let conditions: Vec<&Condition> = case
        .layers
        .iter()
        .flat_map(|layer| &layer.statements)
        .flat_map(|statement| &statement.conditions)
        .chain(&of_grant)
        .filter(|condition| condition.key.eq_ignore_ascii_case(key))
        .collect();
    let may_be = |text: &str| match kind {
        UnknownKind::Never(never) => !never.contains(&text),
        UnknownKind::Other(start, than) => text.starts_with(start) && !than.contains(&text),
        UnknownKind::Anything | UnknownKind::OneOf(_) => true,
    };
    let given = |values: &[&str]| values.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let texts = match type_of(key) {
        Type::Text if case.has_variables() => {
            VARIABLE_VALUES.iter().filter(|text| may_be(text)).map(|text| (*text).to_owned()).collect()
        }
        Type::Text => telling(&TEXT_VALUES, 2, &conditions, &may_be),
        Type::Texts => telling(&TEXT_VALUES, 1, &conditions, &may_be),
        Type::Arn => telling(&ARN_VALUES, 2, &conditions, &may_be),
        Type::Address => given(ADDRESS_VALUES),
        Type::Boolean => given(&["true", "false"]),
        Type::Number => given(NUMBER_VALUES),
        Type::Date => given(DATE_VALUES),
    };
    let mut values = match type_of(key) {
        Type::Texts => sets(&texts),
        _ => texts.into_iter().map(ContextValue::Single).collect(),
    };
    if matches!(kind, UnknownKind::Anything | UnknownKind::Never(_)) {
        values.push(ContextValue::Absent);
    }
    values
}

/// All short texts: longer than any two patterns together need. Upper case and wildcards stand only in the shortest,
/// for the operators that tell them apart compare with texts of this length.
static TEXT_VALUES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let longer = |texts: &[String], letters: &str| -> Vec<String> {
        texts.iter().flat_map(|text| letters.chars().map(move |letter| format!("{text}{letter}"))).collect()
    };
    let one = longer(&[String::new()], "abcAB*");
    let two = longer(&one, "abcAB*");
    let plain: Vec<String> =
        two.iter().filter(|text| text.chars().all(|letter| "abc".contains(letter))).cloned().collect();
    let three = longer(&plain, "abc");
    let four = longer(&three, "abc");
    [vec![String::new()], one, two, three, four].concat()
});

/// ARNs of a few parts, and texts that are none.
static ARN_VALUES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut texts: Vec<String> =
        ["", "a", "z", "arn", "arn:a", "arn:z", "arn:aws:s3:a", "arn:aws:s3:z"].map(str::to_owned).into();
    for partition in ["arn:aws", "arn:z", "z:aws"] {
        for service in ["s3", "sns", "z"] {
            for region in ["", "us", "z"] {
                for account in ["", "1"] {
                    for resource in ["a", "az", "za", "z", "zz", "a:a", "a:z", ""] {
                        texts.push(format!("{partition}:{service}:{region}:{account}:{resource}"));
                    }
                }
            }
        }
    }
    texts
});

/// The first texts of each kind that the conditions tell apart.
fn telling(
    texts: &[String],
    of_each: usize,
    conditions: &[&Condition],
    may_be: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let compared: BTreeSet<(Comparison, &str)> = conditions
        .iter()
        .flat_map(|condition| {
            let comparison = Comparison::of(&condition.operator);
            condition.values.iter().map(move |value| (comparison, value.as_str()))
        })
        .collect();
    let matches: Vec<Rc<[bool]>> =
        compared.iter().map(|(comparison, value)| remembered(*comparison, value, texts)).collect();
    let mut kinds: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
    let mut telling = Vec::new();
    for (index, text) in texts.iter().enumerate().filter(|(_, text)| may_be(text)) {
        let told = matches.iter().map(|matches| matches[index]).collect();
        let seen = kinds.entry(told).or_default();
        if *seen < of_each {
            *seen += 1;
            telling.push(text.clone());
        }
    }
    telling
}

/// Which of the texts a value matches: asked thousands of times of the same few.
fn remembered(comparison: Comparison, value: &str, texts: &[String]) -> Rc<[bool]> {
    type Remembered = BTreeMap<(Comparison, String, usize), Rc<[bool]>>;
    thread_local!(static REMEMBERED: RefCell<Remembered> = RefCell::default());
    REMEMBERED.with_borrow_mut(|remembered| {
        let key = (comparison, value.to_owned(), texts.len());
        let matches = || texts.iter().map(|text| comparison.matches(value, text)).collect();
        Rc::clone(remembered.entry(key).or_insert_with(matches))
    })
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Comparison {
    Exact,
    IgnoreCase,
    Wild,
    Arn,
}

impl Comparison {
    fn of(operator: &str) -> Self {
        if operator.contains("IgnoreCase") {
            Self::IgnoreCase
        } else if operator.contains("Like") && operator.contains("String") {
            Self::Wild
        } else if operator.contains("Arn") {
            Self::Arn
        } else {
            Self::Exact
        }
    }

    fn matches(self, value: &str, text: &str) -> bool {
        match self {
            Self::Exact => value == text,
            Self::IgnoreCase => value.eq_ignore_ascii_case(text),
            Self::Wild => wild(value.as_bytes(), text.as_bytes()),
            Self::Arn => same_parts(value, text),
        }
    }
}

/// An ARN's six parts, each by itself.
fn same_parts(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let values: Vec<&str> = text.splitn(6, ':').collect();
    let whole = parts.len() == 6 && values.len() == 6;
    whole && parts.iter().zip(&values).all(|(part, value)| wild(part.as_bytes(), value.as_bytes()))
}

/// The definition of wildcards, over texts in ASCII.
pub(crate) fn wild(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), None) => wild(rest, text),
        (Some((b'*', rest)), Some((_, behind))) => wild(rest, text) || wild(pattern, behind),
        (Some((b'?', rest)), Some((_, behind))) => wild(rest, behind),
        (Some((wanted, rest)), Some((found, behind))) => wanted == found && wild(rest, behind),
        _ => false,
    }
}

/// All sets of up to three, of texts of as many kinds.
fn sets(texts: &[String]) -> Vec<ContextValue> {
    let mut sets = Vec::new();
    for (index, first) in texts.iter().enumerate() {
        sets.push(vec![first.clone()]);
        for (next, second) in texts.iter().enumerate().skip(index + 1) {
            sets.push(vec![first.clone(), second.clone()]);
            for third in texts.iter().skip(next + 1) {
                sets.push(vec![first.clone(), second.clone(), third.clone()]);
            }
        }
    }
    sets.into_iter().map(ContextValue::Many).collect()
}

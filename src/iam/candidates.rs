//! The values of an open key that a request has to be decided for: one for each class of values that the policies
//! treat alike.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::{SignedDuration, Timestamp};

use super::classes::{Language, classes};
use super::condition::operand::{Number, Operand, Typed};
use super::condition::{Condition, Operator};
use super::context::{ContextValue, Key, Never, Open, Values};
use super::pattern::{ArnPattern, Compile, Filled, Pattern, Template};
use super::policy::ResourcePattern;
use super::request::Request;
use super::services::is_multivalued;
use super::truth::Truth;
use super::world::World;

/// No more sets of values than this are told apart.
const MOST_SETS: usize = 256;

/// No more values than this are compared with each other, times the conditions on them.
const MOST_COMPARED: usize = 100_000;

/// What the policies read, as far as it bears on the request.
#[derive(Debug, Default)]
pub(super) struct Reads<'a> {
    pub(super) conditions: Vec<&'a Condition>,
    pub(super) resources: Vec<&'a ResourcePattern>,
}

/// The values to decide for.
#[derive(Debug, PartialEq)]
pub(super) struct Candidates {
    pub(super) values: Vec<ContextValue>,
    /// Whether every possible value is treated like one of these.
    pub(super) complete: bool,
}

impl Reads<'_> {
    /// Whether a key stands in a value as a variable.
    pub(super) fn as_variable(&self, key: &Key) -> bool {
        let in_conditions = self.conditions.iter().flat_map(|condition| &condition.values);
        in_conditions.flat_map(Operand::variables).any(|variable| variable == key)
            || self
                .resources
                .iter()
                .any(|resource| resource.template.variables().any(|variable| variable == key))
    }

    /// The candidates for a key, in a world in which the keys before it have their values.
    pub(super) fn candidates(
        &self,
        key: &Key,
        open: &Open,
        request: &Request,
        world: &World<'_>,
    ) -> Candidates {
        let mut values = Vec::new();
        if open.may_be_absent {
            values.push(ContextValue::Absent);
        }
        if let Values::OneOf(possible) = &open.values {
            values.extend(possible.iter().cloned());
            return Candidates { values, complete: true };
        }
        let mut collected = Collected { complete: true, ..Collected::default() };
        for condition in &self.conditions {
            if condition.key == *key {
                collected.read(condition, world);
            }
            for operand in &condition.values {
                match operand {
                    Operand::Text(template) => collected.variable(key, template, condition, self, world),
                    Operand::Arn(template) => collected.variable(key, template, condition, self, world),
                    Operand::Typed { .. } => {}
                }
            }
        }
        for resource in &self.resources {
            if resource.template.variables().any(|variable| variable == key) {
                collected.compared(&resource.template, key, &request.resource, false);
            }
        }
        let texts = collected.texts(&open.values);
        let readers: Vec<&Condition> =
            self.conditions.iter().copied().filter(|condition| condition.key == *key).collect();
        let multivalued = is_multivalued(key)
            .unwrap_or_else(|| readers.iter().any(|condition| condition.operator.is_of_sets()));
        let present: Vec<ContextValue> = if multivalued {
            collected.sets(&texts, &readers, world)
        } else {
            texts.into_iter().map(ContextValue::Single).collect()
        };
        // A key has values of one type, which is the one that the operators on it read, if any value is.
        let mut operators: Vec<Operator> = Vec::new();
        for condition in &readers {
            if !operators.contains(&condition.operator) {
                operators.push(condition.operator);
            }
        }
        let readable = |value: &&ContextValue| operators.iter().all(|operator| operator.can_read(value));
        let of_type: Vec<ContextValue> = present.iter().filter(readable).cloned().collect();
        values.extend(if of_type.is_empty() { present } else { of_type });
        let compared = readers.iter().flat_map(|condition| &condition.values);
        if !self.as_variable(key) && compared.flat_map(Operand::variables).next().is_none() {
            told_apart(&mut values, &readers, world);
        }
        Candidates { values, complete: collected.complete }
    }
}

/// Keeps one of all values for which every condition is certain and the same: absence is often like any other value.
fn told_apart(values: &mut Vec<ContextValue>, readers: &[&Condition], world: &World<'_>) {
    if values.len() * readers.len() > MOST_COMPARED {
        return;
    }
    let mut seen = BTreeSet::new();
    values.retain(|value| {
        let answers: Vec<Truth> =
            readers.iter().map(|condition| condition.holds_for_value(value, world)).collect();
        answers.contains(&Truth::Unknown) || seen.insert(answers)
    });
}

impl Values {
    fn are_any(&self) -> bool {
        matches!(self, Self::Texts { start, but } if start.is_empty() && but.is_empty())
    }
}

impl Never {
    fn language(&self) -> Language {
        match self {
            Self::Text(text) => Language::exactly(text),
            Self::Start(start) => Language::of(&Pattern::start(start)),
        }
    }
}

impl Operand {
    /// The keys of its variables.
    pub(super) fn variables(&self) -> Vec<&Key> {
        match self {
            Self::Text(template) => template.variables().collect(),
            Self::Arn(template) => template.variables().collect(),
            Self::Typed { .. } => Vec::new(),
        }
    }
}

/// What a key's values are compared with.
#[derive(Default)]
struct Collected {
    languages: Vec<Language>,
    /// Texts that a value would have to be.
    literals: BTreeSet<String>,
    numbers: BTreeSet<Number>,
    dates: BTreeSet<Timestamp>,
    addresses: BTreeSet<IpAddr>,
    boolean: bool,
    /// What stands in front of the key and behind it where it is compared with other open keys.
    frame: Option<(String, String)>,
    /// What the other keys are compared with besides, over the whole of the frame.
    framed: Vec<Language>,
    complete: bool,
}

impl Collected {
    /// A condition on the key.
    fn read(&mut self, condition: &Condition, world: &World<'_>) {
        if condition.operator.is_null() {
            return;
        }
        for operand in &condition.values {
            match operand {
                Operand::Text(template) => {
                    let Some(pattern) = self.filled(template, world) else { continue };
                    let language = match pattern.literal() {
                        Some(literal) if condition.operator.ignores_case() => {
                            Language::in_either_case(literal)
                        }
                        _ => Some(Language::of(&pattern)),
                    };
                    self.add(language);
                    self.literals.extend(pattern.literal().map(str::to_owned));
                }
                Operand::Arn(template) => {
                    let Some(pattern) = self.filled(template, world) else { continue };
                    self.add(Some(Language::of_arn(&pattern, false)));
                }
                Operand::Typed { value, .. } => match value {
                    Typed::Number(number) => {
                        self.numbers.insert(*number);
                    }
                    Typed::Date(date) => {
                        self.dates.insert(*date);
                    }
                    Typed::Boolean(_) => self.boolean = true,
                    Typed::Network(network) => self.addresses.extend(network.edges().into_iter().flatten()),
                    Typed::Binary(text) => self.exactly(text),
                    Typed::Unreadable => {}
                },
            }
        }
    }

    fn add(&mut self, language: Option<Language>) {
        match language {
            Some(language) => self.languages.push(language),
            None => self.complete = false,
        }
    }

    fn exactly(&mut self, text: &str) {
        self.languages.push(Language::exactly(text));
        self.literals.insert(text.to_owned());
    }

    fn filled<P: Compile>(&mut self, template: &Template<P>, world: &World<'_>) -> Option<P> {
        match template.fill(world) {
            Filled::Pattern(pattern) => Some(pattern.into_owned()),
            Filled::NoValue | Filled::Multivalued => None,
            Filled::Unknown => {
                self.complete = false;
                None
            }
        }
    }

    /// The key as a variable in a value of a condition.
    fn variable<P: Compile>(
        &mut self,
        key: &Key,
        template: &Template<P>,
        condition: &Condition,
        reads: &Reads<'_>,
        world: &World<'_>,
    ) {
        if !template.variables().any(|variable| variable == key) {
            return;
        }
        let ignore_case = condition.operator.ignores_case();
        match world.value(&condition.key) {
            ContextValue::Absent => {}
            ContextValue::Single(value) => self.compared(template, key, value, ignore_case),
            ContextValue::Many(values) => {
                for value in values {
                    self.compared(template, key, value, ignore_case);
                }
            }
            ContextValue::Open(open) => match template.around(key) {
                Some(around)
                    if condition.key != *key && *self.frame.get_or_insert(around.clone()) == around =>
                {
                    self.read_as(&condition.key, open, key, reads, world);
                }
                _ => self.complete = false,
            },
        }
    }

    /// Another open key, which the key in its frame is compared with: it counts what else that key is compared with.
    fn read_as(&mut self, other: &Key, open: &Open, key: &Key, reads: &Reads<'_>, world: &World<'_>) {
        match &open.values {
            Values::Texts { start, but } => {
                self.framed.extend(but.iter().map(Never::language));
                if !start.is_empty() {
                    self.framed.push(Language::of(&Pattern::start(start)));
                }
            }
            Values::OneOf(values) => {
                for value in values {
                    match value {
                        ContextValue::Single(text) => self.framed.push(Language::exactly(text)),
                        ContextValue::Many(texts) => {
                            self.framed.extend(texts.iter().map(|text| Language::exactly(text)));
                        }
                        ContextValue::Absent | ContextValue::Open(_) => {}
                    }
                }
            }
        }
        let readers = || reads.conditions.iter().filter(|condition| condition.key == *other);
        let of_key = |operand: &Operand| operand.variables().contains(&key);
        // Compared without case, the key is told apart by what the others are without case: which is all that there is to
        // know of them where they have no wildcards.
        let ignore_case = readers()
            .any(|condition| condition.operator.ignores_case() && condition.values.iter().any(of_key));
        for condition in readers() {
            for operand in &condition.values {
                let language = match operand {
                    Operand::Text(template) if of_key(operand) => {
                        self.complete &= template.around(key) == self.frame;
                        continue;
                    }
                    Operand::Arn(template) if of_key(operand) => {
                        self.complete &= template.around(key) == self.frame;
                        // A text that is no ARN matches none.
                        Some(Language::of_arn(&ArnPattern::wild("*:*:*:*:*:*"), false))
                    }
                    Operand::Text(template) => match (self.filled(template, world), ignore_case) {
                        (None, _) => continue,
                        (Some(pattern), true) => pattern.literal().and_then(Language::in_either_case),
                        (Some(pattern), false) => Some(Language::of(&pattern)),
                    },
                    Operand::Arn(template) => match self.filled(template, world) {
                        None => continue,
                        Some(pattern) => (!ignore_case).then(|| Language::of_arn(&pattern, false)),
                    },
                    Operand::Typed { .. } if condition.operator.is_null() => continue,
                    Operand::Typed { .. } => None,
                };
                match language {
                    Some(language) => self.framed.push(language),
                    None => self.complete = false,
                }
            }
        }
    }

    /// The key as a variable in a text that is compared with a known one: there is one value at most for which they
    /// are the same, unless wildcards or other variables stand beside it.
    fn compared<P: Compile>(&mut self, template: &Template<P>, key: &Key, with: &str, ignore_case: bool) {
        match template.around(key) {
            None => self.complete = false,
            Some(_) if ignore_case => self.complete = false,
            Some((front, behind)) => {
                let value =
                    with.strip_prefix(front.as_str()).and_then(|rest| rest.strip_suffix(behind.as_str()));
                if let Some(value) = value {
                    self.exactly(value);
                }
            }
        }
    }

    /// One text for each class, within the values that the key may have.
    fn texts(&mut self, values: &Values) -> Vec<String> {
        if self.boolean {
            // Compared with another text as well, it may be no Boolean after all.
            self.complete &= self.literals.iter().all(|text| matches!(text.as_str(), "true" | "false"));
            return vec!["true".into(), "false".into()];
        }
        let kinds = [
            !self.languages.is_empty() || !self.framed.is_empty(),
            !self.numbers.is_empty(),
            !self.dates.is_empty(),
            !self.addresses.is_empty(),
        ];
        let typed = self.typed();
        if kinds.iter().filter(|kind| **kind).count() > 1 || (!typed.is_empty() && !values.are_any()) {
            // A key that is read as text and as something else at once.
            self.complete = false;
        }
        if !typed.is_empty() {
            let literals = self.literals.iter().cloned();
            return literals.chain(typed).collect();
        }
        let (start, never) = match values {
            Values::Texts { start, but } => (start.as_str(), but.as_slice()),
            Values::OneOf(_) => ("", &[][..]),
        };
        let (front, behind) = self.frame.clone().unwrap_or_default();
        let excluded = never.iter().map(Never::language);
        let own = excluded.chain(self.languages.iter().cloned());
        let mut languages = vec![Language::of(&Pattern::between(&front, &behind))];
        languages.extend(own.map(|language| language.between(&front, &behind)));
        languages.append(&mut self.framed);
        match classes(&languages, &format!("{front}{start}")) {
            Some(found) => found
                .into_iter()
                .filter(|class| {
                    class.is_within(0) && !(1..=never.len()).any(|excluded| class.is_within(excluded))
                })
                .filter_map(|class| {
                    let text = class.member.strip_prefix(front.as_str())?.strip_suffix(behind.as_str())?;
                    Some(text.to_owned())
                })
                .collect(),
            None => {
                self.complete = false;
                self.literals
                    .iter()
                    .filter(|text| text.starts_with(start) && !never.iter().any(|never| never.is(text)))
                    .cloned()
                    .collect()
            }
        }
    }

    /// A value at and on both sides of each that is compared with.
    fn typed(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        for number in &self.numbers {
            texts.extend(number.neighbours().map(|number| number.to_string()));
            texts.push(number.to_string());
        }
        for (low, high) in self.numbers.iter().zip(self.numbers.iter().skip(1)) {
            match low.between(*high) {
                Some(between) => texts.push(between.to_string()),
                None => self.complete = false,
            }
        }
        for date in &self.dates {
            let instant = SignedDuration::from_nanos(1);
            let around = [date.checked_sub(instant).ok(), Some(*date), date.checked_add(instant).ok()];
            texts.extend(around.into_iter().flatten().map(|date| date.to_string()));
        }
        if !self.addresses.is_empty() {
            let lowest = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
            let addresses: BTreeSet<IpAddr> = self.addresses.iter().copied().chain(lowest).collect();
            texts.extend(addresses.iter().map(IpAddr::to_string));
        }
        texts
    }

    /// Sets of values, one for each combination of answers that the conditions can give on a multivalued key. The empty
    /// one is like a missing key (IAM-UG reference_policies_multi-value-conditions).
    fn sets(&mut self, texts: &[String], readers: &[&Condition], world: &World<'_>) -> Vec<ContextValue> {
        let answers = |set: &[String]| -> Vec<Truth> {
            let value = ContextValue::Many(set.to_vec());
            readers.iter().map(|condition| condition.holds_for_value(&value, world)).collect()
        };
        let mut seen = BTreeSet::new();
        let mut sets: Vec<Vec<String>> = Vec::new();
        let mut at = 0;
        let mut grow = vec![Vec::new()];
        while let Some(set) = grow.get(at).cloned() {
            at += 1;
            for text in texts {
                let mut larger = set.clone();
                if larger.contains(text) {
                    continue;
                }
                larger.push(text.clone());
                if seen.insert(answers(&larger)) {
                    sets.push(larger.clone());
                    grow.push(larger);
                }
            }
            if sets.len() > MOST_SETS {
                self.complete = false;
                break;
            }
        }
        sets.into_iter().map(ContextValue::Many).collect()
    }
}

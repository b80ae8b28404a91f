//! The context of a request: which keys it has, which it lacks, and which are not known.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::truth::Dependency;

/// The name of a context key. Upper and lower case are the same (IAM-UG reference_policies_elements_condition), tag
/// keys inside of it included.
#[derive(Debug, Clone)]
pub struct Key {
    written: String,
    lower: String,
}

impl Key {
    /// A key by its name.
    pub fn new(written: &str) -> Self {
        Self { written: written.to_owned(), lower: written.to_ascii_lowercase() }
    }

    /// As it was written first.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// In lower case.
    pub fn lower(&self) -> &str {
        &self.lower
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.lower == other.lower
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.lower.cmp(&other.lower)
    }
}

/// What is known of one context key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContextValue {
    /// The request does not carry it.
    Absent,
    /// One value.
    Single(String),
    /// A multivalued key (`aws:TagKeys`), which only set operators may read
    /// (IAM-UG reference_policies_condition-single-vs-multi-valued-context-keys).
    Many(Vec<String>),
    /// Not known, or not whole.
    Open(Open),
}

/// What is known of a key whose value is not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Open {
    /// Whether the request may lack it.
    pub may_be_absent: bool,
    /// Which values it may have where the request has it.
    pub values: Values,
    /// Why it is not known.
    pub dependency: Dependency,
}

/// The values that a key may have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Values {
    /// All texts that start so, but not these.
    Texts {
        /// How they start; empty for any text.
        start: String,
        /// What they are not.
        but: Vec<Never>,
    },
    /// One of these, none of which is open.
    OneOf(Vec<ContextValue>),
}

/// Values that a key never has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Never {
    /// This text.
    Text(String),
    /// All texts that start so.
    Start(String),
}

impl Never {
    /// Whether a text is one of them.
    pub fn is(&self, text: &str) -> bool {
        match self {
            Self::Text(never) => text == never,
            Self::Start(never) => text.starts_with(never.as_str()),
        }
    }
}

impl ContextValue {
    /// The request may or may not carry the key, with any value.
    pub fn unknown(dependency: Dependency) -> Self {
        Self::never(Vec::new(), dependency)
    }

    /// The request may or may not carry the key, but never with one of these values.
    pub fn never(values: Vec<Never>, dependency: Dependency) -> Self {
        let values = Values::Texts { start: String::new(), but: values };
        Self::Open(Open { may_be_absent: true, values, dependency })
    }

    /// The request carries the key with one value that starts so.
    pub fn starts_with(start: impl Into<String>, dependency: Dependency) -> Self {
        Self::other(start, Vec::new(), dependency)
    }

    /// The request carries the key with one value that starts so and is none of these.
    pub fn other(start: impl Into<String>, than: Vec<String>, dependency: Dependency) -> Self {
        let but = than.into_iter().map(Never::Text).collect();
        let values = Values::Texts { start: start.into(), but };
        Self::Open(Open { may_be_absent: false, values, dependency })
    }

    /// One of these.
    pub fn one_of(values: Vec<Self>, dependency: Dependency) -> Self {
        Self::Open(Open { may_be_absent: false, values: Values::OneOf(values), dependency })
    }
}

/// The context of one request.
#[derive(Debug, Clone)]
pub struct Context {
    keys: BTreeMap<String, ContextValue>,
    families: BTreeMap<String, ContextValue>,
    unlisted: ContextValue,
}

impl Context {
    /// A context that lacks every key that is not set.
    pub fn complete() -> Self {
        Self { keys: BTreeMap::new(), families: BTreeMap::new(), unlisted: ContextValue::Absent }
    }

    /// A context in which every key is unknown that is not set, for the reason given.
    pub fn unknown(reason: &str) -> Self {
        let unlisted = ContextValue::unknown(Dependency::new("context", reason));
        Self { keys: BTreeMap::new(), families: BTreeMap::new(), unlisted }
    }

    /// A context in which the keys of AWS (`aws:`) and of the services named are unknown unless set, for the reason
    /// given. Other services' keys are never in such a request.
    pub fn partial(services: &[&str], reason: &str) -> Self {
        let mut context = Self::complete();
        for service in services.iter().chain(&["aws"]) {
            let unknown = ContextValue::unknown(Dependency::new(format!("{service}:*"), reason));
            context.families.insert(format!("{service}:"), unknown);
        }
        context
    }

    /// Sets a key.
    #[must_use]
    pub fn with(mut self, key: &str, value: ContextValue) -> Self {
        self.keys.insert(key.to_ascii_lowercase(), value);
        self
    }

    /// Sets a key that has one value.
    #[must_use]
    pub fn single(self, key: &str, value: impl Into<String>) -> Self {
        self.with(key, ContextValue::Single(value.into()))
    }

    /// Sets a key unless it is set already.
    #[must_use]
    pub fn or_single(self, key: &str, value: impl Into<String>) -> Self {
        if self.keys.contains_key(&key.to_ascii_lowercase()) { self } else { self.single(key, value) }
    }

    /// Makes every key that starts so unknown, whatever was set.
    #[must_use]
    pub fn any_of_family(mut self, prefix: &str, reason: &str) -> Self {
        let prefix = prefix.to_ascii_lowercase();
        self.keys.retain(|key, _| !key.starts_with(&prefix));
        let unknown = ContextValue::unknown(Dependency::new(format!("{prefix}*"), reason));
        self.families.insert(prefix, unknown);
        self
    }

    /// Marks keys that the request does not carry.
    #[must_use]
    pub fn absent(self, keys: &[&str]) -> Self {
        keys.iter().fold(self, |context, key| context.with(key, ContextValue::Absent))
    }

    /// Sets the tags of a principal or a resource, and that it has no others. Tag keys are case-insensitive in
    /// conditions: where two tags differ in case alone, AWS does not say which one counts.
    #[must_use]
    pub fn tags<'a>(
        mut self,
        prefix: &str,
        tags: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Self {
        self = self.family(prefix, ContextValue::Absent);
        for (tag, value) in tags {
            let key = format!("{prefix}{tag}").to_ascii_lowercase();
            let value = ContextValue::Single(value.clone());
            let unclear = || {
                ContextValue::unknown(Dependency::new(&key, "AWS does not document which of two tags counts"))
            };
            let value = match self.keys.get(&key) {
                Some(other) if *other != value => unclear(),
                _ => value,
            };
            self.keys.insert(key, value);
        }
        self
    }

    /// Sets all keys that start alike and are not set themselves: `aws:PrincipalTag/`.
    #[must_use]
    pub fn family(mut self, prefix: &str, value: ContextValue) -> Self {
        self.families.insert(prefix.to_ascii_lowercase(), value);
        self
    }

    /// What is known of a key.
    pub fn get(&self, key: &Key) -> &ContextValue {
        if let Some(value) = self.keys.get(key.lower()) {
            return value;
        }
        if self.families.is_empty() {
            return &self.unlisted;
        }
        let mut starts = (0..=key.lower().len()).rev().filter_map(|length| key.lower().get(..length));
        starts.find_map(|start| self.families.get(start)).unwrap_or(&self.unlisted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_case_insensitive_and_the_longest_family_wins() {
        let context = Context::partial(&["kms"], "not published")
            .single("kms:CallerAccount", "111122223333")
            .family("aws:PrincipalTag/", ContextValue::Absent);
        let get = |key: &str| context.get(&Key::new(key)).clone();
        assert_eq!(get("KMS:calleraccount"), ContextValue::Single("111122223333".into()));
        assert_eq!(get("aws:principaltag/Team"), ContextValue::Absent);
        assert_eq!(get("aws:SourceIp"), ContextValue::unknown(Dependency::new("aws:*", "not published")));
        assert_eq!(get("s3:prefix"), ContextValue::Absent);
        assert_eq!(*Context::complete().get(&Key::new("aws:SourceIp")), ContextValue::Absent);
    }
}

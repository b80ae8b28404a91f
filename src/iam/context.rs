//! The context of a request: which keys it has, which it lacks, and which are not known.

use std::collections::BTreeMap;

use super::truth::Dependency;

/// What is known of one context key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextValue {
    /// One value.
    Single(String),
    /// A multivalued key (`aws:TagKeys`), which only set operators may read
    /// (IAM-UG reference_policies_condition-single-vs-multi-valued-context-keys).
    Many(Vec<String>),
    /// The request does not carry it.
    Absent,
    /// The request may or may not carry it, with any value.
    Unknown(Dependency),
    /// The request carries it with one value, which is none of these.
    Other {
        /// What it is not.
        than: Vec<String>,
        /// Why it is not known.
        dependency: Dependency,
    },
    /// The request carries it with one value that starts so; how it goes on is not known.
    StartsWith {
        /// How it starts.
        start: String,
        /// Why the rest is not known.
        dependency: Dependency,
    },
    /// One of these, and it is not known which.
    Among {
        /// The possibilities.
        values: Vec<ContextValue>,
        /// Why it is not known.
        dependency: Dependency,
    },
}

/// The context of one request. Key names are case-insensitive (IAM-UG reference_policies_elements_condition).
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
        let unlisted = ContextValue::Unknown(Dependency::new("context", reason));
        Self { keys: BTreeMap::new(), families: BTreeMap::new(), unlisted }
    }

    /// A context in which the keys of AWS (`aws:`) and of the services named are unknown unless set, for the reason
    /// given. Other services' keys are never in such a request.
    pub fn partial(services: &[&str], reason: &str) -> Self {
        let mut context = Self::complete();
        for service in services.iter().chain(&["aws"]) {
            let unknown = ContextValue::Unknown(Dependency::new(format!("{service}:*"), reason));
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
                ContextValue::Unknown(Dependency::new(&key, "AWS does not document which of two tags counts"))
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

    /// What is known of a key. An unknown one names the key as it is written here.
    pub fn get(&self, key: &str) -> ContextValue {
        let lower = key.to_ascii_lowercase();
        let value = self.keys.get(&lower).or_else(|| {
            let families = self.families.iter().filter(|(prefix, _)| lower.starts_with(prefix.as_str()));
            families.max_by_key(|(prefix, _)| prefix.len()).map(|(_, value)| value)
        });
        match value.unwrap_or(&self.unlisted) {
            ContextValue::Unknown(dependency) => {
                ContextValue::Unknown(Dependency { on: key.to_owned(), ..dependency.clone() })
            }
            known => known.clone(),
        }
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
        assert_eq!(context.get("KMS:calleraccount"), ContextValue::Single("111122223333".into()));
        assert_eq!(context.get("aws:principaltag/Team"), ContextValue::Absent);
        assert_eq!(
            context.get("aws:SourceIp"),
            ContextValue::Unknown(Dependency::new("aws:SourceIp", "not published"))
        );
        assert_eq!(context.get("s3:prefix"), ContextValue::Absent);
        assert_eq!(Context::complete().get("aws:SourceIp"), ContextValue::Absent);
    }
}

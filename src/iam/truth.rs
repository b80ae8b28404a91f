//! Three-valued logic, and what an open answer depends on.

/// Something that a decision would need and that is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    /// A context key (`aws:SourceIp`), a layer that could not be read (`permissions_boundary`), or a rule.
    pub on: String,
    /// Why it is not known.
    pub reason: String,
    /// The permission that would let the caller read it, where that is what is missing.
    pub permission: Option<String>,
    /// The evidence that was not read, where that is what is missing.
    pub evidence: Option<String>,
}

impl Dependency {
    /// A dependency that no permission would settle.
    pub fn new(on: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { on: on.into(), reason: reason.into(), permission: None, evidence: None }
    }
}

/// Yes, no, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// Certainly not.
    No,
    /// It depends on what is not known.
    Unknown,
    /// Certainly.
    Yes,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl Truth {
    /// Both: a certain "no" on either side decides.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Either: a certain "yes" on either side decides.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The opposite.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads beside `and` and `or`")]
    pub fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }

    /// All of them; yes for none.
    pub fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        truths.into_iter().fold(Self::Yes, Self::and)
    }

    /// Any of them; no for none.
    pub fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        truths.into_iter().fold(Self::No, Self::or)
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{No, Unknown, Yes};
    use super::*;

    #[test]
    fn a_certain_side_decides() {
        assert_eq!(Unknown.and(No), No);
        assert_eq!(Yes.or(Unknown), Yes);
        assert_eq!(Unknown.and(Yes), Unknown);
        assert_eq!(Unknown.or(No), Unknown);
        assert_eq!(Unknown.not(), Unknown);
        assert_eq!(Truth::all([]), Yes);
        assert_eq!(Truth::any([]), No);
    }
}

//! Three-valued logic whose third value says what it depends on.

use std::collections::BTreeSet;

/// Something that a decision would need and that is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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

/// Yes, no, or it depends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// Certainly.
    Yes,
    /// Certainly not.
    No,
    /// It depends on all of these taken together; never empty.
    Depends(BTreeSet<Dependency>),
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl From<Dependency> for Truth {
    fn from(dependency: Dependency) -> Self {
        Self::Depends(BTreeSet::from([dependency]))
    }
}

impl Truth {
    /// Both: a certain "no" on either side decides.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, truth) | (truth, Self::Yes) => truth,
            (Self::Depends(mut left), Self::Depends(right)) => {
                left.extend(right);
                Self::Depends(left)
            }
        }
    }

    /// Either: a certain "yes" on either side decides.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// The opposite.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads beside `and` and `or`")]
    pub fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            depends @ Self::Depends(_) => depends,
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

    /// Whether it is certainly so.
    pub fn is_yes(&self) -> bool {
        *self == Self::Yes
    }

    /// Whether it is certainly not so.
    pub fn is_no(&self) -> bool {
        *self == Self::No
    }

    /// What it depends on; empty where it is certain.
    pub fn dependencies(&self) -> impl Iterator<Item = &Dependency> {
        let set = match self {
            Self::Depends(set) => Some(set),
            Self::Yes | Self::No => None,
        };
        set.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certain_side_decides_and_uncertain_sides_add_up() {
        let a = || Truth::from(Dependency::new("a", ""));
        let b = || Truth::from(Dependency::new("b", ""));
        assert_eq!(a().and(Truth::No), Truth::No);
        assert_eq!(Truth::Yes.or(a()), Truth::Yes);
        assert_eq!(a().and(Truth::Yes), a());
        assert_eq!(a().or(Truth::No), a());
        assert_eq!(a().not(), a());
        assert_eq!(a().and(b()).dependencies().count(), 2);
        assert_eq!(Truth::all([]), Truth::Yes);
        assert_eq!(Truth::any([]), Truth::No);
    }
}

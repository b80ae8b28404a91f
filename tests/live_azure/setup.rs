//! A customer's tenant, what is registered of it, and what Azure would decide there.

use crate::program::Registration;
use crate::tenant::Azure;

/// What Azure would answer to a call of OpenAI's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is done.
    Allowed,
    /// It is refused.
    Denied,
    /// That depends on what nobody outside of OpenAI knows, or on what is documented nowhere.
    Depends,
}
use Decision::{Allowed, Denied, Depends};

/// What the program must conclude.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// OpenAI can use the key, and has no more than that.
    Ready,
    /// Something is wrong.
    NotReady,
    /// Something is not known.
    Undetermined,
}

/// A customer's tenant, what is registered of it, and what Azure would decide there.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) name: &'static str,
    /// The document that says what is expected. Of Microsoft's, those on role-based access control begin with `RBAC`.
    pub(crate) source: &'static str,
    pub(crate) azure: Azure,
    pub(crate) registration: Registration,
    /// What the customer knows of OpenAI's calls.
    pub(crate) assumes: &'static [&'static str],
    pub(crate) expected: Expected,
}

/// What the program must say.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) verdict: Verdict,
    /// The token, and reading, encrypting and decrypting.
    pub(crate) decisions: [Decision; 4],
    /// The checks of severity error that fail, by id.
    pub(crate) failing: &'static [&'static str],
    /// Those that are unknown.
    pub(crate) unknown: &'static [&'static str],
    /// The warnings and notes that fail.
    pub(crate) warnings: &'static [&'static str],
    /// Those that are unknown.
    pub(crate) unknown_warnings: &'static [&'static str],
    /// How each limit of the verdict begins.
    pub(crate) limits: &'static [&'static str],
}

/// Of every vault that is open to the internet: a perimeter around it is read nowhere.
pub(crate) const PERIMETER: &str = "whether a network security perimeter encloses the vault was not read";

/// OpenAI gets its token, and no more.
pub(crate) const NO_USE: [Decision; 4] = [Allowed, Denied, Denied, Denied];
/// OpenAI gets its token; the rest is open.
pub(crate) const OPEN_USE: [Decision; 4] = [Allowed, Depends, Depends, Depends];

impl Decision {
    /// The word in reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Allowed => "allowed",
            Denied => "denied",
            Depends => "depends",
        }
    }
}

impl Verdict {
    /// The word in reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady => "not_ready",
            Self::Undetermined => "undetermined",
        }
    }

    /// The program's exit status.
    pub(crate) fn exit_status(self) -> i32 {
        match self {
            Self::Ready => 0,
            Self::NotReady => 1,
            Self::Undetermined => 3,
        }
    }
}

impl Expected {
    /// OpenAI can use the key.
    pub(crate) fn ready() -> Self {
        Self {
            verdict: Verdict::Ready,
            decisions: [Allowed; 4],
            failing: &[],
            unknown: &[],
            warnings: &[],
            unknown_warnings: &[],
            limits: &[PERIMETER],
        }
    }
}

impl Setup {
    /// The article "Azure integration", followed to the letter but for a change: OpenAI can use the key.
    pub(crate) fn of(name: &'static str, source: &'static str, change: impl FnOnce(&mut Azure)) -> Self {
        Self {
            name,
            source,
            azure: Azure::documented().but(change),
            registration: Registration::documented(),
            assumes: &[],
            expected: Expected::ready(),
        }
    }

    /// Something else is registered.
    pub(crate) fn registering(mut self, change: impl FnOnce(&mut Registration)) -> Self {
        change(&mut self.registration);
        self
    }

    pub(crate) fn assuming(self, assumes: &'static [&'static str]) -> Self {
        Self { assumes, ..self }
    }

    /// Something is wrong: Azure's answers, and the checks that fail.
    pub(crate) fn not_ready(self, decisions: [Decision; 4], failing: &'static [&'static str]) -> Self {
        let verdict = Verdict::NotReady;
        Self { expected: Expected { verdict, decisions, failing, ..self.expected }, ..self }
    }

    /// Something is open: Azure's answers, and the checks that are unknown.
    pub(crate) fn undetermined(self, decisions: [Decision; 4], unknown: &'static [&'static str]) -> Self {
        let verdict = Verdict::Undetermined;
        Self { expected: Expected { verdict, decisions, unknown, ..self.expected }, ..self }
    }

    /// Beside what is wrong this is open.
    pub(crate) fn unknown(self, unknown: &'static [&'static str]) -> Self {
        Self { expected: Expected { unknown, ..self.expected }, ..self }
    }

    /// These warnings and notes fail.
    pub(crate) fn warnings(self, warnings: &'static [&'static str]) -> Self {
        Self { expected: Expected { warnings, ..self.expected }, ..self }
    }

    /// These warnings and notes are unknown.
    pub(crate) fn unknown_warnings(self, unknown_warnings: &'static [&'static str]) -> Self {
        Self { expected: Expected { unknown_warnings, ..self.expected }, ..self }
    }

    /// The verdict leaves this out of account.
    pub(crate) fn limits(self, limits: &'static [&'static str]) -> Self {
        Self { expected: Expected { limits, ..self.expected }, ..self }
    }
}

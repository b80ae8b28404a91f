//! One way in which what is not known may turn out.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::context::{Context, ContextValue, Key};
use super::truth::{Dependency, Truth};

/// Something that is open and is no context key: a rule that AWS does not document, or a policy that was not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// What it is about. Questions about the same have the same answer wherever they come up.
    pub dependency: Dependency,
    /// What is asked about it.
    pub asked: Asked,
}

/// What a [`Question`] asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// Whether an element matches as it is written.
    Matches,
    /// Whether what was not read allows the request.
    Allows,
    /// Whether what was not read denies the request.
    Denies,
}

/// What was supposed of the unknown, and what else came up.
#[derive(Debug, Default)]
pub struct Supposed {
    /// Values of open keys, by their names in lower case.
    pub keys: BTreeMap<String, ContextValue>,
    /// Answers to questions.
    pub answers: BTreeMap<Question, bool>,
    /// Questions that came up and have no answer.
    pub met: RefCell<BTreeSet<Question>>,
}

/// A request's context, with what is supposed of the unknown. Without suppositions the unknown stays so.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    context: &'a Context,
    supposed: Option<&'a Supposed>,
}

impl<'a> World<'a> {
    /// The request as it is known.
    pub fn known(context: &'a Context) -> Self {
        Self { context, supposed: None }
    }

    /// The request with suppositions.
    pub fn supposing(context: &'a Context, supposed: &'a Supposed) -> Self {
        Self { context, supposed: Some(supposed) }
    }

    /// The context, without the suppositions.
    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// The value of a key.
    pub fn value(&self, key: &Key) -> &'a ContextValue {
        let supposed = self.supposed.and_then(|supposed| supposed.keys.get(key.lower()));
        supposed.unwrap_or_else(|| self.context.get(key))
    }

    /// The answer to a question: unknown unless one is supposed.
    pub fn ask(&self, asked: Asked, dependency: impl FnOnce() -> Dependency) -> Truth {
        let Some(supposed) = self.supposed else { return Truth::Unknown };
        let question = Question { dependency: dependency(), asked };
        if let Some(answer) = supposed.answers.get(&question) {
            return (*answer).into();
        }
        supposed.met.borrow_mut().insert(question);
        Truth::Unknown
    }

    /// Whether something matches of which AWS documents nothing.
    pub fn undocumented(&self, on: &str, reason: impl FnOnce() -> String) -> Truth {
        self.ask(Asked::Matches, || Dependency::new(on, reason()))
    }
}

//! Values that are known only after apply: what they may be, and how people read the texts that stand for them.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use regex::Regex;
use serde_json::{Value, json};

use super::path::Step;
use super::{Limit, UNKNOWN_MARK, UnknownBecause};
use crate::contract;
use crate::evidence::plan::{Symbol, SymbolKind};
use crate::evidence::{Evidence, from_json, to_json};

/// With more combinations of accounts and regions than this nothing is decided.
const MOST_CASES: usize = 64;

/// What the evidence of a plan may turn out to be.
pub(crate) struct Cases<'a> {
    /// One for each combination of accounts and regions that the symbols may stand for.
    pub(crate) evidence: Vec<Cow<'a, Evidence>>,
    /// Whether there would have been more.
    pub(crate) incomplete: bool,
}

impl<'a> Cases<'a> {
    /// The cases of some evidence: itself alone where no symbol in it may stand for something that is written out.
    ///
    /// An account or a region that is known only after apply is there already: it may be one that a policy names, or
    /// another one. That it is one that is named is the same as that this one is what the symbol says, so it is the named
    /// one that is replaced.
    pub(crate) fn of(evidence: &'a Evidence) -> Self {
        let symbols = symbols(evidence);
        let open: Vec<&Symbol> = symbols.iter().filter(|symbol| symbol.kind != SymbolKind::Made).collect();
        let mut cases = Self { evidence: vec![Cow::Borrowed(evidence)], incomplete: false };
        for symbol in open {
            let Some(form) = form(symbol.kind) else { continue };
            for case in cases.evidence.clone() {
                let Ok(text) = to_json(&case) else { continue };
                let others = named(&form, symbol.kind, &text, symbols);
                for named in others.into_iter().filter(|one| *one != symbol.text) {
                    if cases.evidence.len() >= MOST_CASES {
                        cases.incomplete = true;
                        return cases;
                    }
                    let case = from_json(&text.replace(&named, &symbol.text));
                    cases.evidence.extend(case.ok().map(Cow::Owned));
                }
            }
        }
        cases
    }
}

/// How an account or a region is written.
fn form(kind: SymbolKind) -> Option<Regex> {
    let pattern = match kind {
        SymbolKind::Account => r"\b[0-9]{12}\b",
        SymbolKind::Region => r"\b[a-z]{2}(?:-[a-z]+){1,3}-[0-9]{1,2}\b",
        SymbolKind::Made => return None,
    };
    Regex::new(pattern).ok()
}

/// The accounts or regions that a text names, OpenAI's own account apart.
fn named(form: &Regex, kind: SymbolKind, text: &str, symbols: &[Symbol]) -> BTreeSet<String> {
    // Two that are not known may be the same; what only stands in the middle of another symbol is none.
    let is_symbol = |found: &str| {
        symbols.iter().any(|symbol| symbol.text.contains(found))
            && !symbols.iter().any(|symbol| symbol.kind == kind && symbol.text == found)
    };
    form.find_iter(text)
        .map(|found| found.as_str().to_owned())
        .filter(|found| found != contract::aws::ACCOUNT && !is_symbol(found))
        .collect()
}

fn symbols(evidence: &Evidence) -> &[Symbol] {
    evidence.plan.as_ref().map_or(&[], |plan| &plan.symbols)
}

/// The symbols of some evidence, for its readers.
#[derive(Debug, Clone)]
pub(crate) struct Symbolic<'a> {
    /// The longest first: an account's digits may stand at the end of a key's id.
    symbols: Vec<&'a Symbol>,
}

impl<'a> Symbolic<'a> {
    /// Those of this evidence.
    pub(crate) fn of(evidence: &'a Evidence) -> Self {
        let mut symbols: Vec<&Symbol> = symbols(evidence).iter().collect();
        symbols.sort_by_key(|symbol| Reverse(symbol.text.len()));
        Self { symbols }
    }

    /// Why what is not the same in all cases is open.
    pub(crate) fn open(&self) -> Vec<UnknownBecause> {
        let open = self.symbols.iter().filter(|symbol| symbol.kind != SymbolKind::Made);
        open.map(|symbol| known_after_apply(symbol)).collect()
    }

    /// What a text holds that is known only after apply.
    pub(crate) fn within(&self, text: &str) -> Vec<&'a Symbol> {
        self.symbols.iter().filter(|symbol| text.contains(&symbol.text)).copied().collect()
    }

    /// A text as people read it, what it holds of symbols named by what they stand for:
    /// `arn:aws:kms:us-east-1:111122223333:key/(aws_kms_key.openai.key_id)`.
    pub(crate) fn shown(&self, text: &str) -> String {
        self.symbols.iter().fold(text.to_owned(), |text, symbol| {
            text.replace(&symbol.text, &format!("({})", symbol.stands_for))
        })
    }

    /// Facts as people read them.
    pub(crate) fn shown_in<'b>(&self, value: &'b Value) -> Cow<'b, Value> {
        if self.symbols.is_empty() {
            return Cow::Borrowed(value);
        }
        Cow::Owned(each_text(value, &|text| Value::String(self.shown(text))))
    }

    /// Facts as checks decide about them: what holds a symbol is unknown.
    pub(crate) fn unknown_in<'b>(&self, value: &'b Value) -> Cow<'b, Value> {
        if self.symbols.is_empty() {
            return Cow::Borrowed(value);
        }
        Cow::Owned(each_text(value, &|text| match self.within(text).first() {
            None => Value::String(text.to_owned()),
            Some(symbol) => json!({ UNKNOWN_MARK: [known_after_apply(symbol)] }),
        }))
    }

    /// A step as people read it.
    pub(crate) fn shown_step(&self, mut step: Step) -> Step {
        for reason in &mut step.because {
            reason.policy = self.shown(&reason.policy);
            reason.detail = self.shown(&reason.detail);
        }
        step.place = step.place.map(|place| self.shown(&place));
        step.depends_on.iter_mut().for_each(|on| *on = self.shown(on));
        step.unknown_because = self.shown_because(step.unknown_because);
        step
    }

    /// Reasons as people read them.
    pub(crate) fn shown_because(&self, mut because: Vec<UnknownBecause>) -> Vec<UnknownBecause> {
        for one in &mut because {
            one.evidence = self.shown(&one.evidence);
            one.reason = self.shown(&one.reason);
        }
        because
    }

    /// A limit as people read it.
    pub(crate) fn shown_limit(&self, limit: Limit) -> Limit {
        Limit { what: self.shown(&limit.what), lift: self.shown(&limit.lift) }
    }
}

fn known_after_apply(symbol: &Symbol) -> UnknownBecause {
    UnknownBecause {
        evidence: symbol.stands_for.clone(),
        reason: "known_after_apply".into(),
        permission: None,
    }
}

/// A value with other texts.
fn each_text(value: &Value, with: &dyn Fn(&str) -> Value) -> Value {
    match value {
        Value::String(text) => with(text),
        Value::Array(elements) => elements.iter().map(|one| each_text(one, with)).collect(),
        // Why a fact is unknown is no fact.
        Value::Object(fields) if fields.contains_key(UNKNOWN_MARK) => value.clone(),
        Value::Object(fields) => {
            fields.iter().map(|(name, one)| (name.clone(), each_text(one, with))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;

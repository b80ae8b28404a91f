//! Texts that stand for values which are known only after apply.
//!
//! A symbol is of the form of the value that it stands for, and stands nowhere in the plan: it equals itself and nothing
//! that was written before the value was made. That is what the value will do, as long as nothing tells apart values by
//! what they begin with or hold: whoever puts a symbol into evidence refuses policies that do (see
//! [`Symbols::tells_apart`]).

use std::cell::RefCell;

use crate::evidence::plan::{Symbol, SymbolKind};

/// The symbols made so far.
#[derive(Debug)]
pub(super) struct Symbols<'a> {
    /// The whole document, in which no symbol may stand.
    text: &'a str,
    made: RefCell<Vec<Made>>,
}

#[derive(Debug, Clone)]
struct Made {
    symbol: Symbol,
    /// What its characters may be, one by one.
    form: Vec<Class>,
}

/// What a character of a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// This one.
    One(char),
    /// A digit.
    Digit,
    /// A hexadecimal digit in lower case.
    Hexadecimal,
    /// An upper-case letter or a digit.
    Upper,
}

impl Class {
    fn holds(self, c: char) -> bool {
        match self {
            Self::One(one) => one == c,
            Self::Digit => c.is_ascii_digit(),
            Self::Hexadecimal => c.is_ascii_digit() || ('a'..='f').contains(&c),
            Self::Upper => c.is_ascii_digit() || c.is_ascii_uppercase(),
        }
    }
}

impl<'a> Symbols<'a> {
    /// None yet, for this document.
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, made: RefCell::new(Vec::new()) }
    }

    /// All that were made, in the order of their making.
    pub(super) fn all(&self) -> Vec<Symbol> {
        self.made.borrow().iter().map(|made| made.symbol.clone()).collect()
    }

    /// Whether a text is one of the symbols.
    pub(super) fn is_one(&self, text: &str) -> bool {
        self.made.borrow().iter().any(|made| made.symbol.text == text)
    }

    /// The id of a KMS key; `mrk-…` for a multi-Region key.
    pub(super) fn key_id(&self, multi_region: bool, stands_for: &str) -> String {
        let form = if multi_region { behind("mrk-", Class::Hexadecimal, 32) } else { uuid() };
        self.made(SymbolKind::Made, form, stands_for)
    }

    /// A GUID that Azure makes.
    pub(super) fn guid(&self, stands_for: &str) -> String {
        self.made(SymbolKind::Made, uuid(), stands_for)
    }

    /// The version of a key in Azure Key Vault.
    pub(super) fn key_version(&self, stands_for: &str) -> String {
        self.made(SymbolKind::Made, behind("", Class::Hexadecimal, 32), stands_for)
    }

    /// The name of a vault in Azure: short enough for one.
    pub(super) fn vault_name(&self, stands_for: &str) -> String {
        self.made(SymbolKind::Made, behind("unknown-", Class::Digit, 12), stands_for)
    }

    /// The unique id of an IAM role.
    pub(super) fn role_id(&self, stands_for: &str) -> String {
        self.made(SymbolKind::Made, behind("AROA", Class::Upper, 17), stands_for)
    }

    /// What Terraform puts behind the prefix of a name: 18 digits of the time, and a counter of 8 hexadecimal ones
    /// (Terraform plugin SDK, `PrefixedUniqueId`).
    pub(super) fn name(&self, prefix: &str, stands_for: &str) -> String {
        self.made(
            SymbolKind::Made,
            [behind(prefix, Class::Digit, 18), behind("", Class::Hexadecimal, 8)].concat(),
            stands_for,
        )
    }

    /// An AWS account, which is there already.
    pub(super) fn account(&self, stands_for: &str) -> String {
        self.made(SymbolKind::Account, behind("", Class::Digit, 12), stands_for)
    }

    /// An AWS region.
    pub(super) fn region(&self, stands_for: &str) -> String {
        let symbol = |number: usize| format!("xx-unknown-{number}");
        self.known(stands_for).unwrap_or_else(|| {
            let number = (1..).find(|number| !self.stands(&symbol(*number))).unwrap_or_default();
            // A region has no form of its own; what begins like one may be any.
            self.keep(SymbolKind::Region, symbol(number), Vec::new(), stands_for)
        })
    }

    /// The symbol that stands for this, made where there is none yet.
    fn made(&self, kind: SymbolKind, form: Vec<Class>, stands_for: &str) -> String {
        self.known(stands_for).unwrap_or_else(|| {
            // Those of one form are numbered: what has a number already need not be looked for.
            let taken = self.made.borrow().iter().filter(|made| made.form == form).count();
            let first = u32::try_from(taken).unwrap_or_default().saturating_add(1);
            let numbered = (first..).map(|number| filled(&form, number));
            let fresh = numbered.take(1_000_000).find(|text| !self.stands(text)).unwrap_or_default();
            self.keep(kind, fresh, form, stands_for)
        })
    }

    fn keep(&self, kind: SymbolKind, text: String, form: Vec<Class>, stands_for: &str) -> String {
        let symbol = Symbol { text: text.clone(), kind, stands_for: stands_for.to_owned() };
        self.made.borrow_mut().push(Made { symbol, form });
        text
    }

    fn known(&self, stands_for: &str) -> Option<String> {
        let made = self.made.borrow();
        made.iter().find(|made| made.symbol.stands_for == stands_for).map(|made| made.symbol.text.clone())
    }

    fn stands(&self, text: &str) -> bool {
        self.text.contains(text) || self.made.borrow().iter().any(|made| made.symbol.text == text)
    }

    /// What a pattern with `*` and `?` tells apart of the values that a symbol may stand for in this text: it holds for
    /// some of them and not for others, so that whether it holds is known only after apply. None where it holds for all
    /// or for none.
    pub(super) fn tells_apart(&self, pattern: &str, text: &str) -> Option<Symbol> {
        if !pattern.contains(['*', '?']) {
            return None;
        }
        let made = self.made.borrow();
        let within: Vec<&Made> =
            made.iter().filter(|made| !made.form.is_empty() && text.contains(&made.symbol.text)).collect();
        let told_apart = within.iter().find(|made| {
            let (start, end) = text.split_once(&made.symbol.text).unwrap_or((text, ""));
            let written = |part: &str| part.chars().map(|c| Some(Class::One(c))).collect::<Vec<_>>();
            // No character of a pattern but a wildcard holds whatever stands there.
            let whatever =
                made.form.iter().map(|class| Some(*class).filter(|class| matches!(class, Class::One(_))));
            let some = [written(start), made.form.iter().copied().map(Some).collect(), written(end)].concat();
            let all = [written(start), whatever.collect(), written(end)].concat();
            may_hold(pattern, &some) && !may_hold(pattern, &all)
        });
        told_apart.map(|made| made.symbol.clone())
    }
}

/// Whether a pattern may hold for a text of this form; at `None` stands a character that no other one equals.
fn may_hold(pattern: &str, form: &[Option<Class>]) -> bool {
    // The places in the form that the pattern may have come to.
    let mut at: Vec<bool> = std::iter::once(true).chain(form.iter().map(|_| false)).collect();
    for c in pattern.chars() {
        at = match c {
            '*' => {
                let mut reached = false;
                at.iter()
                    .map(|here| {
                        reached |= here;
                        reached
                    })
                    .collect()
            }
            _ => {
                let steps = at
                    .iter()
                    .zip(form)
                    .map(|(here, class)| *here && (c == '?' || class.is_some_and(|class| class.holds(c))));
                std::iter::once(false).chain(steps).collect()
            }
        };
    }
    at.last().copied().unwrap_or_default()
}

fn uuid() -> Vec<Class> {
    let parts: Vec<Vec<Class>> = [8, 4, 4, 4, 12].map(|length| vec![Class::Hexadecimal; length]).into();
    parts.join(&Class::One('-'))
}

/// A written start, and so many characters of a class.
fn behind(start: &str, class: Class, length: usize) -> Vec<Class> {
    start.chars().map(Class::One).chain(std::iter::repeat_n(class, length)).collect()
}

/// A text of this form that ends in a number.
fn filled(form: &[Class], number: u32) -> String {
    let mut left: Vec<char> = number.to_string().chars().collect();
    let mut text: Vec<char> = form
        .iter()
        .rev()
        .map(|class| match class {
            Class::One(one) => *one,
            Class::Digit | Class::Hexadecimal | Class::Upper => left.pop().unwrap_or('0'),
        })
        .collect();
    text.reverse();
    text.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_of_the_form_of_its_value_and_stands_nowhere_else() {
        let symbols = Symbols::of("00000000-0000-0000-0000-000000000001 000000000001");
        assert_eq!(symbols.key_id(false, "aws_kms_key.k"), "00000000-0000-0000-0000-000000000002");
        assert_eq!(symbols.key_id(false, "aws_kms_key.k"), "00000000-0000-0000-0000-000000000002");
        assert_eq!(symbols.key_id(true, "aws_kms_key.m"), "mrk-00000000000000000000000000000001");
        assert_eq!(symbols.account("account"), "000000000002");
        assert_eq!(symbols.role_id("aws_iam_role.r"), "AROA00000000000000001");
        assert_eq!(symbols.name("ekm-", "aws_iam_role.r.name"), "ekm-00000000000000000000000001");
        assert_eq!(symbols.region("region"), "xx-unknown-1");
        assert_eq!(symbols.key_version("version"), "00000000000000000000000000000001");
        assert_eq!(symbols.vault_name("vault"), "unknown-000000000001");
        assert_eq!(symbols.all().len(), 8);
    }

    /// A pattern that holds for all values of a key's id, or for none, says the same of the symbol as of the value.
    #[test]
    fn what_tells_values_apart_is_named() {
        let symbols = Symbols::of("");
        let id = symbols.key_id(false, "aws_kms_key.k.key_id");
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{id}");
        for same in [
            "*",
            "arn:aws:kms:*:111122223333:key/*",
            "arn:aws:kms:us-east-1:111122223333:key/????????-????-????-????-????????????",
            "arn:aws:kms:eu-*:111122223333:key/*",
            "arn:aws:kms:us-east-1:111122223333:key/mrk-*",
            "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000001",
            "arn:aws:kms:us-east-1:111122223333:key/*-*-*-*-*",
            "arn:aws:kms:us-east-1:111122223333:alias/*",
        ] {
            assert_eq!(symbols.tells_apart(same, &arn), None, "{same}");
        }
        for apart in [
            "arn:aws:kms:us-east-1:111122223333:key/1*",
            "arn:aws:kms:us-east-1:111122223333:key/*a",
            "arn:aws:kms:*7*",
            "arn:aws:kms:us-east-1:111122223333:key/0000000?-0000-0000-0000-000000000001",
        ] {
            let told = symbols.tells_apart(apart, &arn).map(|symbol| symbol.stands_for);
            assert_eq!(told.as_deref(), Some("aws_kms_key.k.key_id"), "{apart}");
        }
    }
}

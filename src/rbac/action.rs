//! Actions as roles write them.

use crate::iam::pattern::{Compile, Pattern, Token};

/// Actions of a role's permission: those that it names, without those that it excepts.
#[derive(Debug, Clone)]
pub struct Actions {
    pub(super) named: Vec<ActionPattern>,
    pub(super) excepted: Vec<ActionPattern>,
}

/// One action, or many by `*`.
#[derive(Debug, Clone)]
pub(super) struct ActionPattern {
    /// As the role writes it.
    pub(super) written: String,
    /// In lower case, ready to match.
    pub(super) pattern: Pattern,
}

impl Actions {
    /// `actions` and `notActions`, or `dataActions` and `notDataActions`.
    pub fn new(named: &[String], excepted: &[String]) -> Self {
        Self { named: patterns(named), excepted: patterns(excepted) }
    }

    /// Whether an action is among them.
    pub fn hold(&self, action: &str) -> bool {
        self.name(action) && !self.except(action)
    }

    /// Whether an action is named, excepted or not.
    pub fn name(&self, action: &str) -> bool {
        any(&self.named, action)
    }

    /// Whether an action is excepted, named or not.
    pub fn except(&self, action: &str) -> bool {
        any(&self.excepted, action)
    }
}

fn patterns(texts: &[String]) -> Vec<ActionPattern> {
    texts.iter().map(|text| ActionPattern::new(text)).collect()
}

fn any(patterns: &[ActionPattern], action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    patterns.iter().any(|pattern| pattern.pattern.matches(&action))
}

impl ActionPattern {
    fn new(written: &str) -> Self {
        // `?` is no wildcard here. Azure's names are ASCII: no other letter is one of theirs in another case, as U+212A,
        // which is `k` in lower case, would be.
        let folded = written.to_ascii_lowercase();
        let tokens = folded.chars().map(|character| match character {
            '*' => Token::Any,
            other => Token::Literal(other),
        });
        Self { written: written.to_owned(), pattern: Pattern::from_tokens(tokens.collect()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(named: &[&str], excepted: &[&str], action: &str) -> bool {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Actions::new(&owned(named), &owned(excepted)).hold(action)
    }

    const ENCRYPT: &str = "Microsoft.KeyVault/vaults/keys/encrypt/action";

    /// RBAC role-definitions: "the wildcard (*) extends a permission to everything that matches the action string".
    #[test]
    fn a_wildcard_crosses_slashes_and_may_stand_anywhere() {
        for named in [
            "*",
            "Microsoft.KeyVault/*",
            "Microsoft.KeyVault/vaults/*",
            "Microsoft.KeyVault/vaults/keys/*",
            "Microsoft.KeyVault/*/action",
            "*/encrypt/action",
            "*/action",
            "Microsoft.*/encrypt/*",
        ] {
            assert!(hold(&[named], &[], ENCRYPT), "{named}");
        }
        for named in
            ["Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/keys/encrypt", "", "**read"]
        {
            assert!(!hold(&[named], &[], ENCRYPT), "{named}");
        }
    }

    /// RBAC role-definitions shows `microsoft.web/sites/restart/Action`.
    #[test]
    fn case_makes_no_difference() {
        assert!(hold(&["MICROSOFT.KEYVAULT/VAULTS/KEYS/ENCRYPT/ACTION"], &[], ENCRYPT));
        assert!(hold(&["microsoft.keyvault/vaults/keys/*"], &[], ENCRYPT));
        assert!(!hold(&["*"], &["microsoft.keyvault/VAULTS/*"], ENCRYPT));
        assert!(!hold(&["Microsoft.\u{212a}eyVault/vaults/keys/encrypt/action"], &[], ENCRYPT));
    }

    /// RBAC role-definitions, "NotDataActions": what is excepted is taken away from what the same role names.
    #[test]
    fn exceptions_take_away() {
        assert!(!hold(&[ENCRYPT], &[ENCRYPT], ENCRYPT));
        assert!(hold(&["*"], &["*/decrypt/action"], ENCRYPT));
    }

    #[test]
    fn a_question_mark_stands_for_itself() {
        assert!(!hold(&["Microsoft.KeyVault/vaults/keys/encrypt/actio?"], &[], ENCRYPT));
    }
}

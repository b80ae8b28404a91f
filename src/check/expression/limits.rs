//! Limits that an expression must keep before any parser sees it: parsers recurse, and files come from strangers.

/// The longest expression, in bytes.
pub(super) const MAX_BYTES: usize = 2_000;
/// The most names, literals and operators of one expression.
pub(super) const MAX_TOKENS: usize = 200;
/// The deepest nesting of brackets.
pub(super) const MAX_BRACKETS: usize = 12;
/// The deepest nesting of the syntax tree: operator chains count.
pub(super) const MAX_DEPTH: usize = 48;

/// Whether the source is short, shallow and of few parts. Only counts: what is no CEL at all is left to the parser.
///
/// # Errors
/// The limit that is exceeded.
pub(super) fn check(source: &str) -> Result<(), String> {
    if source.len() > MAX_BYTES {
        return Err(format!(
            "the expression is {} bytes long: at most {MAX_BYTES} are allowed; name parts of it as variables",
            source.len()
        ));
    }
    let mut tokens = 0_usize;
    let mut open = 0_usize;
    let mut rest = source.chars().peekable();
    while let Some(character) = rest.next() {
        if character.is_whitespace() {
            continue;
        }
        tokens += 1;
        match character {
            '(' | '[' | '{' => {
                open += 1;
                if open > MAX_BRACKETS {
                    return Err(format!(
                        "brackets are nested more than {MAX_BRACKETS} deep; name parts of it as variables"
                    ));
                }
            }
            ')' | ']' | '}' => open = open.saturating_sub(1),
            '"' | '\'' => skip_text(character, &mut rest),
            _ if is_word(character) => while rest.next_if(|&next| is_word(next)).is_some() {},
            _ => {}
        }
    }
    if tokens > MAX_TOKENS {
        return Err(format!(
            "the expression has {tokens} parts: at most {MAX_TOKENS} are allowed; name parts of it as variables"
        ));
    }
    Ok(())
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Skips to the end of a text literal. A raw literal's backslash is taken for an escape and so may end later here than
/// for the parser: then the parser sees more tokens than were counted, but never more than the source has bytes.
fn skip_text(quote: char, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while let Some(character) = rest.next() {
        match character {
            '\\' => {
                rest.next();
            }
            _ if character == quote => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_sober_expression_is_within_limits() {
        assert_eq!(
            check("facts.role.exists && facts.trust.principals.all(p, p.startsWith('arn:aws:'))"),
            Ok(())
        );
        assert_eq!(check(&format!("'{}' == ''", "(".repeat(500))), Ok(()));
    }

    #[test]
    fn length_nesting_and_parts_are_capped() {
        let long = check(&format!("'{}'", "a".repeat(2_000))).unwrap_err();
        assert_eq!(
            long,
            "the expression is 2002 bytes long: at most 2000 are allowed; name parts of it as variables"
        );
        let deep = check(&format!("{}1{}", "(".repeat(13), ")".repeat(13))).unwrap_err();
        assert_eq!(deep, "brackets are nested more than 12 deep; name parts of it as variables");
        let wide = check(&format!("{}1", "1+".repeat(200))).unwrap_err();
        assert_eq!(
            wide,
            "the expression has 401 parts: at most 200 are allowed; name parts of it as variables"
        );
        assert!(check(&"!".repeat(500)).is_err());
    }
}

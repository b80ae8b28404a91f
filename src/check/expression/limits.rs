//! Limits that an expression must keep before any parser sees it: parsers recurse, and files come from strangers.

/// The longest expression, in bytes.
pub(in crate::check) const MAX_BYTES: usize = 2_000;
/// The most names, literals and operators of one expression.
pub(in crate::check) const MAX_PARTS: usize = 200;
/// The deepest nesting of brackets.
pub(in crate::check) const MAX_BRACKETS: usize = 12;
/// The deepest nesting of the syntax tree: operator chains count.
pub(in crate::check) const MAX_DEPTH: usize = 48;

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
    // Where it is plain what is text, texts count as one part each. Else every character in them counts: the parser
    // must never see more than was counted here.
    let code = without_texts(source)?.unwrap_or_else(|| source.to_owned());
    let mut parts = 0_usize;
    let mut open = 0_usize;
    let mut rest = code.chars().peekable();
    while let Some(character) = rest.next() {
        if character.is_ascii_whitespace() {
            continue;
        }
        parts += 1;
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
            _ if is_word(character) => while rest.next_if(|&next| is_word(next)).is_some() {},
            _ => {}
        }
    }
    if parts > MAX_PARTS {
        return Err(format!(
            "the expression has {parts} parts: at most {MAX_PARTS} are allowed; name parts of it as variables"
        ));
    }
    Ok(())
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The source with a mark in place of each text; `None` where that takes more than looking for the closing quote:
/// escapes, triple quotes, a text that is not closed on its line.
///
/// # Errors
/// For a comment, in which a quote would open no text.
fn without_texts(source: &str) -> Result<Option<String>, String> {
    if source.contains('\\') || source.contains("\"\"\"") || source.contains("'''") {
        return Ok(None);
    }
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find(['"', '\'']) {
        let (before, text) = rest.split_at(start);
        code.push_str(before);
        code.push('"');
        let mut text = text.chars();
        let quote = text.next();
        match text.find(|&character| Some(character) == quote || character == '\n' || character == '\r') {
            Some(end) if Some(end) == quote => rest = text.as_str(),
            _ => return Ok(None),
        }
    }
    code.push_str(rest);
    if code.contains("//") {
        return Err("an expression has no comments: write them beside it, after `#`".into());
    }
    Ok(Some(code))
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
    fn no_text_hides_parts_from_the_count() {
        let chain = "+1".repeat(300);
        for hidden in [
            format!("1 // '\n{chain} '"),
            format!("'\\q 1{chain}'"),
            format!(r"r'\' == '1{chain}'"),
            format!("'''a' ''' {chain} '"),
            format!("'\n1{chain}'"),
            format!("'1{chain}"),
            format!("\"'\" {chain} \"'\""),
            "é".repeat(300),
        ] {
            assert!(check(&hidden).is_err(), "{hidden}");
        }
        assert_eq!(
            check("facts.url == 'https://example.com/' // note").unwrap_err(),
            "an expression has no comments: write them beside it, after `#`"
        );
        assert_eq!(check("facts.url.startsWith('https://') && facts.name.matches('^\\\\d+$')"), Ok(()));
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

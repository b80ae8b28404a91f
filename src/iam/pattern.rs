//! Text of policies with wildcards and variables.

use super::context::{Context, ContextValue};
use super::truth::Dependency;

/// One piece of a policy's text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(char),
    /// `*`: any number of characters.
    Any,
    /// `?`: one character.
    One,
    /// `${key}` or `${key, 'default'}`.
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// Text of a policy, in which `*`, `?` and `${…}` may stand for something else.
///
/// Variables exist only in policies of version 2012-10-17; `${*}`, `${?}` and `${$}` are those characters themselves
/// (IAM-UG reference_policies_variables).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    written: String,
    pieces: Vec<Piece>,
}

/// Whether `*` and `?` in a template are wildcards or stand for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wildcards {
    /// As in `StringLike`, ARNs, actions and resources.
    Match,
    /// As in `StringEquals`.
    Literal,
}

/// A template with its variables filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled {
    /// Ready to match.
    Pattern(Pattern),
    /// A variable has no value in this request.
    NoValue,
    /// A variable's value is not known.
    Unknown(Dependency),
}

impl Template {
    /// Reads text of a policy; `variables` says whether the policy's version has them.
    pub fn new(written: &str, variables: bool) -> Self {
        let mut pieces = Vec::new();
        let mut rest = written;
        while let Some(character) = rest.chars().next() {
            if variables && let Some((piece, behind)) = variable(rest) {
                pieces.push(piece);
                rest = behind;
                continue;
            }
            pieces.push(match character {
                '*' => Piece::Any,
                '?' => Piece::One,
                other => Piece::Literal(other),
            });
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
        Self { written: written.to_owned(), pieces }
    }

    /// The text as the policy has it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether it has a `*` or `?` that may match as a wildcard.
    pub fn has_wildcards(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Any | Piece::One))
    }

    /// What of it, read as an ARN, AWS does not document: a variable in front of the sixth part (IAM-UG
    /// reference_policies_variables), or a wildcard in the service (IAM-UG reference_policies_elements_resource).
    pub fn undocumented_as_arn(&self) -> Option<&'static str> {
        if self.pieces == [Piece::Any] {
            return None;
        }
        let mut part = 0;
        for piece in &self.pieces {
            match piece {
                Piece::Literal(':') => part += 1,
                Piece::Variable { .. } if part < 5 => {
                    return Some("a variable in front of an ARN's last part");
                }
                Piece::Any | Piece::One if part == 2 => return Some("a wildcard in an ARN's service"),
                _ => {}
            }
        }
        None
    }

    /// Whether it has a variable.
    pub fn has_variables(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. }))
    }

    /// Puts a text in the place of each wildcard and each variable.
    pub fn with_wildcards_as(&self, text: &str) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(character) => out.push(*character),
                Piece::Any => out.push_str(text),
                Piece::One => out.push_str(text.get(..1).unwrap_or_default()),
                Piece::Variable { .. } => out.push_str(text),
            }
        }
        out
    }

    /// Fills in the variables.
    pub fn fill(&self, context: &Context, wildcards: Wildcards) -> Filled {
        let mut tokens = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            match piece {
                Piece::Literal(character) => tokens.push(Token::Literal(*character)),
                Piece::Any if wildcards == Wildcards::Match => {
                    // Several stars in a row match what one does.
                    if tokens.last() != Some(&Token::Any) {
                        tokens.push(Token::Any);
                    }
                }
                Piece::One if wildcards == Wildcards::Match => tokens.push(Token::One),
                Piece::Any => tokens.push(Token::Literal('*')),
                Piece::One => tokens.push(Token::Literal('?')),
                Piece::Variable { key, default } => {
                    let value = match (context.get(key), default) {
                        (ContextValue::Single(value), _) => value,
                        (ContextValue::Absent, Some(default)) => default.clone(),
                        (ContextValue::Absent, None) => return Filled::NoValue,
                        (
                            ContextValue::Unknown(dependency)
                            | ContextValue::Other { dependency, .. }
                            | ContextValue::StartsWith { dependency, .. }
                            | ContextValue::Among { dependency, .. },
                            _,
                        ) => return Filled::Unknown(dependency),
                        (ContextValue::Many(_), _) => {
                            return Filled::Unknown(Dependency::new(
                                key,
                                "AWS does not document a multivalued key as a policy variable",
                            ));
                        }
                    };
                    tokens.extend(value.chars().map(Token::Literal));
                }
            }
        }
        Filled::Pattern(Pattern { tokens })
    }
}

/// The variable at the start of a text, and what is behind it.
fn variable(text: &str) -> Option<(Piece, &str)> {
    let (inside, behind) = text.strip_prefix("${")?.split_once('}')?;
    let piece = match inside {
        "*" => Piece::Literal('*'),
        "?" => Piece::Literal('?'),
        "$" => Piece::Literal('$'),
        _ => {
            let (key, default) = match inside.split_once(',') {
                None => (inside, None),
                Some((key, default)) => {
                    (key, Some(default.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned()))
                }
            };
            Piece::Variable { key: key.trim().to_owned(), default }
        }
    };
    Some((piece, behind))
}

/// One piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(char),
    Any,
    One,
}

/// Text with wildcards, ready to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    tokens: Vec<Token>,
}

/// Whether upper and lower case differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// `A` is not `a`.
    Sensitive,
    /// `A` is `a`.
    Insensitive,
}

impl Pattern {
    /// Whether the whole text matches.
    pub fn matches(&self, text: &str, case: Case) -> bool {
        matches(&self.tokens, text, case)
    }

    /// Whether every text that starts so matches: a last `*` takes whatever comes behind a match.
    pub fn matches_all_that_start(&self, start: &str, case: Case) -> bool {
        self.tokens.last() == Some(&Token::Any) && self.matches(start, case)
    }

    /// Whether any text that starts so may match: some way through the pattern is left when the start is used up.
    pub fn matches_some_that_start(&self, start: &str, case: Case) -> bool {
        let mut ways = vec![0];
        for character in start.chars() {
            let mut next = Vec::new();
            for way in through_stars(&self.tokens, ways) {
                match self.tokens.get(way) {
                    Some(Token::Any) => next.push(way),
                    Some(Token::One) => next.push(way + 1),
                    Some(Token::Literal(literal)) if same(*literal, character, case) => next.push(way + 1),
                    _ => {}
                }
            }
            next.dedup();
            ways = next;
        }
        !ways.is_empty()
    }

    /// Whether an ARN matches, part by part: a wildcard never crosses a colon in the first five parts, and the sixth
    /// may contain colons (IAM-UG reference_policies_elements_condition_operators, ARN operators). A pattern of one
    /// `*` matches every ARN. A pattern with fewer parts matches nothing, unless `completed`: then `*` stands for the
    /// parts that are left out, as AWS does for the resources of identity policies.
    pub fn matches_arn(&self, arn: &str, completed: bool) -> bool {
        if self.tokens == [Token::Any] {
            return true;
        }
        let mut parts: Vec<&[Token]> = self.tokens.splitn(6, |token| *token == Token::Literal(':')).collect();
        if completed {
            parts.resize(6, &[Token::Any]);
        }
        let values: Vec<&str> = arn.splitn(6, ':').collect();
        parts.len() == 6
            && values.len() == 6
            && parts.iter().zip(values).all(|(part, value)| matches(part, value, Case::Sensitive))
    }
}

/// Each place in a pattern, and the places that are reached from it by letting its stars stand for nothing.
fn through_stars(tokens: &[Token], ways: Vec<usize>) -> Vec<usize> {
    let mut reached = Vec::new();
    for mut way in ways {
        reached.push(way);
        while tokens.get(way) == Some(&Token::Any) {
            way += 1;
            reached.push(way);
        }
    }
    reached.sort_unstable();
    reached.dedup();
    reached
}

fn same(a: char, b: char, case: Case) -> bool {
    match case {
        Case::Sensitive => a == b,
        Case::Insensitive => a == b || a.to_lowercase().eq(b.to_lowercase()),
    }
}

/// Greedy matching with one point to go back to: the last `*`. No recursion, and no memory beyond the text.
fn matches(tokens: &[Token], text: &str, case: Case) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut token, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&character) = text.get(at) {
        match tokens.get(token) {
            Some(Token::Any) => {
                star = Some((token, at));
                token += 1;
                continue;
            }
            Some(Token::One) => {
                token += 1;
                at += 1;
                continue;
            }
            Some(Token::Literal(literal)) if same(*literal, character, case) => {
                token += 1;
                at += 1;
                continue;
            }
            _ => {}
        }
        let Some((back, from)) = star else { return false };
        star = Some((back, from + 1));
        token = back + 1;
        at = from + 1;
    }
    tokens.get(token..).is_some_and(|rest| rest.iter().all(|token| *token == Token::Any))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        match Template::new(text, true).fill(&Context::complete(), Wildcards::Match) {
            Filled::Pattern(pattern) => pattern,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn wildcards_match_any_number_or_one_character() {
        for (text, value, expected) in [
            ("kms:*", "kms:Encrypt", true),
            ("kms:*crypt", "kms:Decrypt", true),
            ("kms:*crypt", "kms:ReEncryptTo", false),
            ("a*b*c", "a1b2b3c", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("**a**", "bab", true),
        ] {
            assert_eq!(pattern(text).matches(value, Case::Sensitive), expected, "{text} {value}");
        }
    }

    #[test]
    fn a_start_settles_some_patterns() {
        for (text, all, some) in [
            ("AROA1:*", true, true),
            ("*", true, true),
            ("AROA*", true, true),
            ("AROA1:x", false, true),
            ("*x", false, true),
            ("AROA1:?", false, true),
            ("AROA2:*", false, false),
            ("AROA1", false, false),
            ("?ROA1:*", true, true),
            ("B*", false, false),
        ] {
            let pattern = pattern(text);
            assert_eq!(pattern.matches_all_that_start("AROA1:", Case::Sensitive), all, "{text}");
            assert_eq!(pattern.matches_some_that_start("AROA1:", Case::Sensitive), some, "{text}");
        }
    }

    #[test]
    fn ten_thousand_stars_do_not_hang() {
        let hostile = pattern(&"*a".repeat(10_000));
        assert!(!hostile.matches(&"a".repeat(2_000), Case::Sensitive));
    }

    /// IAM-UG reference_policies_elements_condition_operators, ARN operators.
    #[test]
    fn a_wildcard_crosses_no_colon_in_the_first_five_parts_of_an_arn() {
        let arn = "arn:aws:kms:us-east-1:111122223333:key/mrk-1";
        assert!(pattern("arn:aws:kms:*:111122223333:key/mrk-1").matches_arn(arn, false));
        assert!(!pattern("arn:aws:kms:*:key/mrk-1").matches_arn(arn, false));
        assert!(!pattern("arn:*:key/mrk-1").matches_arn(arn, false));
        assert!(pattern("arn:aws:s3:::a*z").matches_arn("arn:aws:s3:::a/b:c/z", false));
        assert!(pattern("*").matches_arn(arn, false));
    }

    /// IAM-UG reference_policies_elements_resource; AWS's own FMSServiceRolePolicy has `arn:aws:waf:*`.
    #[test]
    fn an_incomplete_arn_is_completed_where_it_is_a_resource() {
        let arn = "arn:aws:waf:us-east-1:111122223333:webacl/1";
        assert!(pattern("arn:aws:waf:*").matches_arn(arn, true));
        assert!(!pattern("arn:aws:waf:*").matches_arn(arn, false));
    }

    /// IAM-UG reference_policies_variables.
    #[test]
    fn variables_take_the_requests_value_a_default_or_none() {
        let context = Context::complete().single("aws:PrincipalAccount", "1*1");
        let fill = |text: &str, variables| Template::new(text, variables).fill(&context, Wildcards::Match);
        let Filled::Pattern(filled) = fill("a${aws:principalaccount}b", true) else { panic!() };
        assert!(filled.matches("a1*1b", Case::Sensitive) && !filled.matches("a1xx1b", Case::Sensitive));
        let Filled::Pattern(filled) = fill("${aws:username, 'nobody'}", true) else { panic!() };
        assert!(filled.matches("nobody", Case::Sensitive));
        assert_eq!(fill("${aws:username}", true), Filled::NoValue);
        let Filled::Pattern(filled) = fill("${aws:username}", false) else { panic!() };
        assert!(filled.matches("${aws:username}", Case::Sensitive));
        let Filled::Pattern(filled) = fill("${*}${?}${$}", true) else { panic!() };
        assert!(filled.matches("*?$", Case::Sensitive) && !filled.matches("ab$", Case::Sensitive));
    }
}

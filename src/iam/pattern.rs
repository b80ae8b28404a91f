//! Text of policies: wildcards, variables, and ARNs by their parts.

use std::borrow::Cow;
use std::collections::HashMap;

use super::context::{ContextValue, Key};
use super::world::World;

/// One piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// A character that stands for itself.
    Literal(char),
    /// `?`: one character.
    One,
    /// `*`: any number of characters.
    Any,
}

/// Text with wildcards, ready to match. It matches whole texts, in time linear in text and pattern (in a 64th of their
/// product behind a `*` with a `?` in it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Form);

/// The common forms by themselves: they are what policies mostly have.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// `*`.
    Everything,
    /// Text without wildcards.
    Exact(String),
    /// Text with one `*` behind it.
    Start(String),
    /// Anything else, by what stands between the stars: one segment more than there are stars.
    Segments(Vec<Segment>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(String),
    /// With a `?`, which is `None`.
    Holes(Vec<Option<char>>),
}

/// What a policy's text is compiled to.
pub trait Compile: Clone {
    /// From text in which `*` and `?` are wildcards or stand for themselves, and nothing else is special.
    fn from_text(text: &str, wildcards: bool) -> Self;

    /// From its pieces.
    fn from_tokens(tokens: Vec<Token>) -> Self;
}

impl Compile for Pattern {
    fn from_text(text: &str, wildcards: bool) -> Self {
        if wildcards { Self::wild(text) } else { Self::exact(text) }
    }

    fn from_tokens(tokens: Vec<Token>) -> Self {
        let mut segments = Vec::new();
        let mut open = Segment::Text(String::new());
        for token in tokens {
            match token {
                Token::Literal(character) => open.push(Some(character)),
                Token::One => open.push(None),
                Token::Any => segments.push(std::mem::replace(&mut open, Segment::Text(String::new()))),
            }
        }
        segments.push(open);
        Self::of_segments(segments)
    }
}

impl Segment {
    fn push(&mut self, character: Option<char>) {
        match (&mut *self, character) {
            (Self::Text(text), Some(character)) => text.push(character),
            (Self::Text(text), None) => {
                *self = Self::Holes(text.chars().map(Some).chain([None]).collect());
            }
            (Self::Holes(holes), character) => holes.push(character),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Holes(holes) => holes.is_empty(),
        }
    }

    /// What is behind the segment where the text starts with it.
    fn strip_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(start) => text.strip_prefix(start.as_str()),
            Self::Holes(holes) => {
                let mut characters = text.chars();
                for hole in holes {
                    let character = characters.next()?;
                    if hole.is_some_and(|wanted| wanted != character) {
                        return None;
                    }
                }
                Some(characters.as_str())
            }
        }
    }

    /// What is in front of the segment where the text ends with it.
    fn strip_end<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(end) => text.strip_suffix(end.as_str()),
            Self::Holes(holes) => {
                let mut characters = text.chars();
                for hole in holes.iter().rev() {
                    let character = characters.next_back()?;
                    if hole.is_some_and(|wanted| wanted != character) {
                        return None;
                    }
                }
                Some(characters.as_str())
            }
        }
    }

    /// What is behind the first place at which the segment stands.
    fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(wanted) => {
                let at = text.find(wanted.as_str())?;
                text.get(at + wanted.len()..)
            }
            Self::Holes(holes) => find_with_holes(holes, text),
        }
    }

    fn tokens(&self) -> Vec<Token> {
        let token = |hole: Option<char>| hole.map_or(Token::One, Token::Literal);
        match self {
            Self::Text(text) => text.chars().map(Some).map(token).collect(),
            Self::Holes(holes) => holes.iter().copied().map(token).collect(),
        }
    }
}

/// What is behind the first place at which characters stand in a text, any character standing for a hole.
///
/// All beginnings of a match are followed at once, as bits: one step for each character of the text and each 64 of the
/// pattern, so that no pattern takes the product of both.
fn find_with_holes<'t>(holes: &[Option<char>], text: &'t str) -> Option<&'t str> {
    let words = holes.len().div_ceil(64);
    let mut any = vec![0_u64; words];
    let mut of_character: HashMap<char, Vec<u64>> = HashMap::new();
    for (index, hole) in holes.iter().enumerate() {
        let bits = match hole {
            None => &mut any,
            Some(character) => of_character.entry(*character).or_insert_with(|| vec![0; words]),
        };
        if let Some(word) = bits.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }
    for bits in of_character.values_mut() {
        bits.iter_mut().zip(&any).for_each(|(word, any)| *word |= any);
    }
    let last = 1_u64 << (holes.len().wrapping_sub(1) % 64);
    let mut begun = vec![0_u64; words];
    for (at, character) in text.char_indices() {
        let fits = of_character.get(&character).unwrap_or(&any);
        let mut carry = 1;
        for (word, fits) in begun.iter_mut().zip(fits) {
            let next = *word >> 63;
            *word = ((*word << 1) | carry) & fits;
            carry = next;
        }
        if begun.last().is_some_and(|word| word & last != 0) {
            return text.get(at + character.len_utf8()..);
        }
    }
    None
}

impl Pattern {
    /// A pattern in which `*` and `?` are wildcards, and nothing else is special.
    pub fn wild(text: &str) -> Self {
        if !text.contains(['*', '?']) {
            return Self::exact(text);
        }
        let segment = |part: &str| {
            if part.contains('?') {
                Segment::Holes(
                    part.chars().map(|character| (character != '?').then_some(character)).collect(),
                )
            } else {
                Segment::Text(part.to_owned())
            }
        };
        Self::of_segments(text.split('*').map(segment).collect())
    }

    /// A text that stands for itself.
    pub fn exact(text: &str) -> Self {
        Self(Form::Exact(text.to_owned()))
    }

    /// A text with anything behind it.
    pub fn start(text: &str) -> Self {
        Self::between(text, "")
    }

    /// Two texts with anything between them.
    pub fn between(front: &str, behind: &str) -> Self {
        Self::of_segments(vec![Segment::Text(front.to_owned()), Segment::Text(behind.to_owned())])
    }

    fn of_segments(mut segments: Vec<Segment>) -> Self {
        // Several stars in a row match what one does.
        let last = segments.len().saturating_sub(1);
        let mut index = 0;
        segments.retain(|segment| {
            index += 1;
            index == 1 || index > last || !segment.is_empty()
        });
        Self(match segments.as_mut_slice() {
            [Segment::Text(text)] => Form::Exact(std::mem::take(text)),
            [Segment::Text(start), Segment::Text(end)] if end.is_empty() && start.is_empty() => {
                Form::Everything
            }
            [Segment::Text(start), Segment::Text(end)] if end.is_empty() => {
                Form::Start(std::mem::take(start))
            }
            _ => Form::Segments(segments),
        })
    }

    /// Whether the whole text matches, upper and lower case being different.
    pub fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Form::Everything => true,
            Form::Exact(exact) => exact == text,
            Form::Start(start) => {
                // Most texts differ in the first byte already.
                start.as_bytes().first() == text.as_bytes().first() && text.starts_with(start.as_str())
            }
            Form::Segments(segments) => matches_in_order(segments, text),
        }
    }

    /// The text that is all it matches, where it has no wildcard.
    pub fn literal(&self) -> Option<&str> {
        match &self.0 {
            Form::Exact(text) => Some(text),
            _ => None,
        }
    }

    /// Its pieces.
    pub fn tokens(&self) -> Vec<Token> {
        let literals = |text: &str| text.chars().map(Token::Literal).collect::<Vec<_>>();
        match &self.0 {
            Form::Everything => vec![Token::Any],
            Form::Exact(text) => literals(text),
            Form::Start(text) => literals(text).into_iter().chain([Token::Any]).collect(),
            Form::Segments(segments) => {
                let mut tokens = Vec::new();
                for (index, segment) in segments.iter().enumerate() {
                    if index > 0 {
                        tokens.push(Token::Any);
                    }
                    tokens.extend(segment.tokens());
                }
                tokens
            }
        }
    }
}

/// Whether a text consists of the segments, with anything between them.
fn matches_in_order(segments: &[Segment], text: &str) -> bool {
    let (Some(first), Some((last, middle))) =
        (segments.first(), segments.get(1..).and_then(<[Segment]>::split_last))
    else {
        // No star: the one segment is all there may be.
        return segments.first().is_some_and(|only| only.strip_start(text).is_some_and(str::is_empty));
    };
    let Some(text) = first.strip_start(text) else { return false };
    let Some(mut text) = last.strip_end(text) else { return false };
    // The first place for each is the best: it leaves the most to those behind it.
    for segment in middle {
        match segment.find(text) {
            Some(behind) => text = behind,
            None => return false,
        }
    }
    true
}

fn wildcard(character: char) -> Token {
    match character {
        '*' => Token::Any,
        '?' => Token::One,
        other => Token::Literal(other),
    }
}

/// A text in which upper and lower case are the same.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(fold_character).collect()
}

/// One character of [`fold`]. Letters outside of ASCII never become ASCII letters (the Kelvin sign is no `k`).
fn fold_character(character: char) -> impl Iterator<Item = char> {
    let lower = character.to_lowercase();
    let crosses = !character.is_ascii() && lower.clone().any(|lower| lower.is_ascii());
    let kept = crosses.then_some(character);
    kept.into_iter().chain(lower.filter(move |_| !crosses))
}

/// A pattern for ARNs, matched part by part: a wildcard never crosses a colon in the first five parts, and the sixth
/// may contain colons (IAM-UG reference_policies_elements_condition_operators, ARN operators).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArnPattern {
    /// One `*`, which matches every ARN.
    Everything,
    /// At most six parts. With fewer it matches nothing, unless it is completed: then `*` stands for what is left out,
    /// as AWS does for the resources of identity policies (its own FMSServiceRolePolicy has `arn:aws:waf:*`).
    Parts(Vec<Pattern>),
}

/// The six parts of an ARN.
pub type ArnParts<'a> = [&'a str; 6];

/// An ARN's parts; `None` for text with fewer.
pub fn arn_parts(text: &str) -> Option<ArnParts<'_>> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    Some([next()?, next()?, next()?, next()?, next()?, next()?])
}

/// The partition of an ARN; `None` for text that is none.
pub fn partition(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').next()
}

impl Compile for ArnPattern {
    fn from_text(text: &str, wildcards: bool) -> Self {
        if wildcards && !text.is_empty() && text.bytes().all(|byte| byte == b'*') {
            return Self::Everything;
        }
        Self::Parts(text.splitn(6, ':').map(|part| Pattern::from_text(part, wildcards)).collect())
    }

    fn from_tokens(tokens: Vec<Token>) -> Self {
        if tokens.iter().all(|token| *token == Token::Any) && !tokens.is_empty() {
            return Self::Everything;
        }
        let parts = tokens.splitn(6, |token| *token == Token::Literal(':'));
        Self::Parts(parts.map(|part| Pattern::from_tokens(part.to_vec())).collect())
    }
}

impl ArnPattern {
    /// A pattern in which `*` and `?` are wildcards, and nothing else is special.
    pub fn wild(text: &str) -> Self {
        Self::from_text(text, true)
    }

    /// Whether an ARN matches; text that is no ARN (`None`) matches `*` alone.
    pub fn matches(&self, arn: Option<&ArnParts<'_>>, completed: bool) -> bool {
        match (self, arn) {
            (Self::Everything, _) => true,
            (Self::Parts(_), None) => false,
            (Self::Parts(parts), Some(values)) => {
                (completed || parts.len() == values.len())
                    && parts.iter().zip(values).all(|(part, value)| part.matches(value))
            }
        }
    }
}

/// One piece of a policy's text with variables.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Token(Token),
    /// `${key}` or `${key, 'default'}`.
    Variable {
        key: Key,
        default: Option<String>,
    },
}

/// What is special in a text of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syntax {
    /// `${…}` is a variable: in policies of version 2012-10-17 alone (IAM-UG reference_policies_elements_version).
    pub variables: bool,
    /// `*` and `?` are wildcards.
    pub wildcards: bool,
}

/// Text of a policy, compiled to a [`Pattern`] or an [`ArnPattern`], where need be once its variables have values.
/// `${*}`, `${?}` and `${$}` are those characters themselves (IAM-UG reference_policies_variables).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<P> {
    written: String,
    compiled: Compiled<P>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Compiled<P> {
    Fixed(P),
    Variable(Vec<Piece>),
}

/// A template in one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled<'a, P: Clone> {
    /// Ready to match.
    Pattern(Cow<'a, P>),
    /// A variable has no value in this request.
    NoValue,
    /// A variable's value is not known.
    Unknown,
    /// A variable is a multivalued key, of which AWS documents nothing.
    Multivalued,
}

impl Template<Pattern> {
    /// The text that is all it matches, where it has neither wildcards nor variables.
    pub fn literal(&self) -> Option<&str> {
        match &self.compiled {
            Compiled::Fixed(pattern) => pattern.literal(),
            Compiled::Variable(_) => None,
        }
    }
}

impl<P: Compile> Template<P> {
    /// Reads text of a policy.
    pub fn new(written: &str, syntax: Syntax) -> Self {
        let token =
            |character| if syntax.wildcards { wildcard(character) } else { Token::Literal(character) };
        let compiled = if syntax.variables && written.contains("${") {
            let mut pieces = Vec::new();
            let mut rest = written;
            while let Some(character) = rest.chars().next() {
                if let Some((piece, behind)) = variable(rest) {
                    pieces.push(piece);
                    rest = behind;
                } else {
                    pieces.push(Piece::Token(token(character)));
                    rest = rest.get(character.len_utf8()..).unwrap_or_default();
                }
            }
            let fixed: Option<Vec<Token>> = pieces.iter().map(Piece::token).collect();
            match fixed {
                Some(tokens) => Compiled::Fixed(P::from_tokens(tokens)),
                None => Compiled::Variable(pieces),
            }
        } else {
            Compiled::Fixed(P::from_text(written, syntax.wildcards))
        };
        Self { written: written.to_owned(), compiled }
    }

    /// The text as the policy has it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The keys of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &Key> {
        self.pieces().iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key),
            Piece::Token(_) => None,
        })
    }

    /// Whether a variable stands in front of the sixth part of an ARN.
    pub fn has_variable_in_front_of_last_part(&self) -> bool {
        let mut colons = 0;
        self.pieces().iter().any(|piece| match piece {
            Piece::Token(Token::Literal(':')) => {
                colons += 1;
                false
            }
            Piece::Token(_) => false,
            Piece::Variable { .. } => colons < 5,
        })
    }

    fn pieces(&self) -> &[Piece] {
        match &self.compiled {
            Compiled::Fixed(_) => &[],
            Compiled::Variable(pieces) => pieces,
        }
    }

    /// The texts around its one variable of this key, where there is neither another variable nor a wildcard.
    pub fn around(&self, variable: &Key) -> Option<(String, String)> {
        let pieces = self.pieces();
        let of_key = |piece: &Piece| matches!(piece, Piece::Variable { key, .. } if key == variable);
        let at = pieces.iter().position(of_key)?;
        let text = |pieces: &[Piece]| -> Option<String> {
            let literal = |piece: &Piece| match piece {
                Piece::Token(Token::Literal(character)) => Some(*character),
                _ => None,
            };
            pieces.iter().map(literal).collect()
        };
        Some((text(pieces.get(..at)?)?, text(pieces.get(at + 1..)?)?))
    }

    /// Fills in the variables, those whose value is not known with whatever it may be. `None` where one has no value.
    pub fn widest(&self, world: &World<'_>) -> Option<P> {
        let pieces = match &self.compiled {
            Compiled::Fixed(pattern) => return Some(pattern.clone()),
            Compiled::Variable(pieces) => pieces,
        };
        let mut tokens = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Token(token) => tokens.push(*token),
                Piece::Variable { key, default } => match (world.value(key), default) {
                    (ContextValue::Single(value), _) => tokens.extend(value.chars().map(Token::Literal)),
                    (ContextValue::Absent, Some(default)) => {
                        tokens.extend(default.chars().map(Token::Literal));
                    }
                    (ContextValue::Absent, None) => return None,
                    (ContextValue::Open(_) | ContextValue::Many(_), _) => {
                        tokens.extend([Token::One, Token::Any]);
                    }
                },
            }
        }
        Some(P::from_tokens(tokens))
    }

    /// Fills in the variables.
    pub fn fill(&self, world: &World<'_>) -> Filled<'_, P> {
        let pieces = match &self.compiled {
            Compiled::Fixed(pattern) => return Filled::Pattern(Cow::Borrowed(pattern)),
            Compiled::Variable(pieces) => pieces,
        };
        let mut tokens = Vec::with_capacity(pieces.len());
        let mut unknown = false;
        for piece in pieces {
            match piece {
                Piece::Token(token) => tokens.push(*token),
                Piece::Variable { key, default } => match (world.value(key), default) {
                    (ContextValue::Single(value), _) => tokens.extend(value.chars().map(Token::Literal)),
                    (ContextValue::Absent, Some(default)) => {
                        tokens.extend(default.chars().map(Token::Literal));
                    }
                    (ContextValue::Absent, None) => return Filled::NoValue,
                    (ContextValue::Open(_), _) => unknown = true,
                    (ContextValue::Many(_), _) => return Filled::Multivalued,
                },
            }
        }
        if unknown { Filled::Unknown } else { Filled::Pattern(Cow::Owned(P::from_tokens(tokens))) }
    }
}

impl Piece {
    fn token(&self) -> Option<Token> {
        match self {
            Self::Token(token) => Some(*token),
            Self::Variable { .. } => None,
        }
    }
}

/// The variable at the start of a text, and what is behind it.
fn variable(text: &str) -> Option<(Piece, &str)> {
    let (inside, behind) = text.strip_prefix("${")?.split_once('}')?;
    let piece = match inside {
        "*" => Piece::Token(Token::Literal('*')),
        "?" => Piece::Token(Token::Literal('?')),
        "$" => Piece::Token(Token::Literal('$')),
        _ => {
            let (key, default) = match inside.split_once(',') {
                None => (inside, None),
                Some((key, default)) => {
                    (key, Some(default.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned()))
                }
            };
            Piece::Variable { key: Key::new(key.trim()), default }
        }
    };
    Some((piece, behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Context;

    #[test]
    fn wildcards_match_any_number_or_one_character() {
        for (text, value, expected) in [
            ("kms:*", "kms:Encrypt", true),
            ("kms:*crypt", "kms:Decrypt", true),
            ("kms:*crypt", "kms:ReEncryptTo", false),
            ("a*b*c", "a1b2b3c", true),
            ("a*b*b", "ab", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "aéc", true),
            ("*?b?*", "xxbx", true),
            ("*?b?*", "bxb", false),
            ("?*", "", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("**a**", "bab", true),
        ] {
            assert_eq!(Pattern::wild(text).matches(value), expected, "{text} {value}");
        }
    }

    #[test]
    fn a_question_mark_stands_for_one_character_wherever_it_is() {
        let long = "ab?d".repeat(40);
        let text = "abcd".repeat(39);
        assert!(Pattern::wild(&format!("*{long}*")).matches(&format!("x{text}abéd!")));
        assert!(!Pattern::wild(&format!("*{long}*")).matches(&format!("x{text}abé")));
        assert!(Pattern::wild("*a?a*a").matches("aaabaa"));
        assert!(!Pattern::wild("*a?a*a").matches("aba"));
        let hostile = format!("*?{}b*", "a".repeat(20_000));
        assert!(!Pattern::wild(&hostile).matches(&"a".repeat(32_000)));
    }

    #[test]
    fn a_pattern_gives_back_its_pieces() {
        let pattern = Pattern::wild("a**?é*");
        let any_one = [Token::Literal('a'), Token::Any, Token::One, Token::Literal('é'), Token::Any];
        assert_eq!(pattern.tokens(), any_one);
        assert_eq!(Pattern::from_tokens(pattern.tokens()), pattern);
    }

    #[test]
    fn ten_thousand_stars_do_not_hang() {
        let hostile = Pattern::wild(&"*a".repeat(10_000));
        assert!(!hostile.matches(&"a".repeat(9_999)));
        assert!(hostile.matches(&"a".repeat(10_000)));
        assert!(Pattern::wild(&"*".repeat(10_000)).matches("kms:Encrypt"));
    }

    /// IAM-UG reference_policies_elements_condition_operators, ARN operators.
    #[test]
    fn a_wildcard_crosses_no_colon_in_the_first_five_parts_of_an_arn() {
        let key = arn_parts("arn:aws:kms:us-east-1:111122223333:key/mrk-1");
        assert!(ArnPattern::wild("arn:aws:kms:*:111122223333:key/mrk-1").matches(key.as_ref(), false));
        assert!(!ArnPattern::wild("arn:aws:kms:*:key/mrk-1").matches(key.as_ref(), false));
        assert!(!ArnPattern::wild("arn:*:key/mrk-1").matches(key.as_ref(), false));
        assert!(
            ArnPattern::wild("arn:aws:s3:::a*z").matches(arn_parts("arn:aws:s3:::a/b:c/z").as_ref(), false)
        );
        assert!(ArnPattern::wild("*").matches(key.as_ref(), false));
        assert!(ArnPattern::wild("*").matches(None, false));
        assert!(!ArnPattern::wild("arn:*:*:*:*:*").matches(None, false));
    }

    /// IAM-UG reference_policies_elements_resource; AWS's own FMSServiceRolePolicy has `arn:aws:waf:*`.
    #[test]
    fn an_incomplete_arn_is_completed_where_it_is_a_resource() {
        let acl = arn_parts("arn:aws:waf:us-east-1:111122223333:webacl/1");
        assert!(ArnPattern::wild("arn:aws:waf:*").matches(acl.as_ref(), true));
        assert!(!ArnPattern::wild("arn:aws:waf:*").matches(acl.as_ref(), false));
    }

    /// IAM-UG reference_policies_variables.
    #[test]
    fn variables_take_the_requests_value_a_default_or_none() {
        let context = Context::complete().single("aws:PrincipalAccount", "1*1");
        let fill = |text: &str, variables| {
            let template: Template<Pattern> = Template::new(text, Syntax { variables, wildcards: true });
            match template.fill(&World::known(&context)) {
                Filled::Pattern(pattern) => Some(pattern.into_owned()),
                _ => None,
            }
        };
        let filled = fill("a${aws:principalaccount}b", true).unwrap();
        assert!(filled.matches("a1*1b") && !filled.matches("a1xx1b"));
        assert!(fill("${aws:username, 'nobody'}", true).unwrap().matches("nobody"));
        assert_eq!(fill("${aws:username}", true), None);
        assert!(fill("${aws:username}", false).unwrap().matches("${aws:username}"));
        let filled = fill("${*}${?}${$}", true).unwrap();
        assert!(filled.matches("*?$") && !filled.matches("ab$"));
    }

    #[test]
    fn case_is_folded_and_no_letter_becomes_an_ascii_one() {
        assert_eq!(fold("ORG-É"), "org-é");
        assert_eq!(fold("\u{212a}"), "\u{212a}");
    }
}

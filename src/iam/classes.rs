//! Patterns as languages: all texts fall into classes of which every pattern matches all members or none, and each
//! class has a shortest member.
//!
//! The patterns are run side by side as automata over all texts, breadth first. Characters that no pattern tells apart
//! at some place are taken as one, so the search is finite and, for policies as people write them, small.

use std::collections::{BTreeMap, HashSet};

use super::pattern::{ArnPattern, Pattern, Token};

/// No more than this is looked at, in places of automata. Patterns that need more don't get classes.
const MOST_PLACES: usize = 400_000;

/// The texts that one pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    steps: Vec<Step>,
    /// Whether it has any member.
    inhabited: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Exactly(char),
    EitherCase(char),
    Digit,
    One { colon: bool },
    Any { colon: bool },
}

impl Language {
    /// Of a pattern over text.
    pub fn of(pattern: &Pattern) -> Self {
        Self { steps: pattern.tokens().into_iter().map(|token| step(token, true)).collect(), inhabited: true }
    }

    /// Of one text.
    pub fn exactly(text: &str) -> Self {
        Self { steps: text.chars().map(Step::Exactly).collect(), inhabited: true }
    }

    /// Of one text in upper, lower or mixed case; `None` for letters outside of ASCII, of which there may be more than
    /// two forms.
    pub fn in_either_case(text: &str) -> Option<Self> {
        let steps = text.chars().map(|character| {
            (character.is_ascii() || !character.is_alphabetic()).then_some(Step::EitherCase(character))
        });
        Some(Self { steps: steps.collect::<Option<_>>()?, inhabited: true })
    }

    /// Of a text with an account's twelve digits in it: what stands in front of them, and the pattern behind.
    pub fn of_account(front: &str, behind: &Pattern) -> Self {
        let front = front.chars().map(Step::Exactly).chain([Step::Digit; 12]);
        let behind = behind.tokens().into_iter().map(|token| step(token, true));
        Self { steps: front.chain(behind).collect(), inhabited: true }
    }

    /// Of the members of another with a text in front of them and one behind.
    #[must_use]
    pub fn between(&self, front: &str, behind: &str) -> Self {
        let exactly = |text: &str| text.chars().map(Step::Exactly).collect::<Vec<_>>();
        Self {
            steps: [exactly(front), self.steps.clone(), exactly(behind)].concat(),
            inhabited: self.inhabited,
        }
    }

    /// Of a pattern over ARNs; `completed` as in [`ArnPattern::matches`].
    pub fn of_arn(pattern: &ArnPattern, completed: bool) -> Self {
        let parts = match pattern {
            ArnPattern::Everything => {
                return Self { steps: vec![Step::Any { colon: true }], inhabited: true };
            }
            ArnPattern::Parts(parts) => parts,
        };
        let mut steps = Vec::new();
        for index in 0..6 {
            let colon = index == 5;
            if index > 0 {
                steps.push(Step::Exactly(':'));
            }
            match parts.get(index) {
                Some(part) => steps.extend(part.tokens().into_iter().map(|token| step(token, colon))),
                None => steps.push(Step::Any { colon }),
            }
        }
        Self { steps, inhabited: completed || parts.len() == 6 }
    }
}

fn step(token: Token, colon: bool) -> Step {
    match token {
        Token::Literal(character) => Step::Exactly(character),
        Token::One => Step::One { colon },
        Token::Any => Step::Any { colon },
    }
}

/// Texts that the languages don't tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// The languages that have these texts, by their places, in order.
    pub within: Vec<usize>,
    /// A shortest of them; the bare start only where it is alone.
    pub member: String,
}

impl Class {
    /// Whether the language at this place has these texts.
    pub fn is_within(&self, language: usize) -> bool {
        self.within.binary_search(&language).is_ok()
    }
}

/// All classes of the texts that start so, those with short members first. `None` where there are too many places to
/// look at.
pub fn classes(languages: &[Language], start: &str) -> Option<Vec<Class>> {
    let search = Search::new(languages);
    let mut first = search.start();
    for character in start.chars() {
        first = search.next(&first, character);
    }
    let mut seen = HashSet::from([first.clone()]);
    let mut visited = vec![Visited { state: first, parent: 0, by: ' ' }];
    let mut found: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    let (mut at, mut places) = (0, 0);
    while let Some(Visited { state, .. }) = visited.get(at) {
        places += state.len() + 1;
        if places > MOST_PLACES {
            return None;
        }
        let place = found.entry(search.accepts(state)).or_insert(at);
        if *place == 0 {
            *place = at;
        }
        let nexts: Vec<(char, State)> =
            search.telling(state).into_iter().map(|by| (by, search.next(state, by))).collect();
        for (by, state) in nexts {
            // The bare start's class may have other members, which show only when its place is met again.
            let again = at == 0 && visited.first().is_some_and(|first| first.state == state);
            if again || seen.insert(state.clone()) {
                visited.push(Visited { state, parent: at, by });
            }
        }
        at += 1;
    }
    let mut classes: Vec<(usize, Class)> = found
        .into_iter()
        .map(|(within, place)| {
            let member = format!("{start}{}", path(&visited, place));
            (place, Class { within, member })
        })
        .collect();
    classes.sort_by_key(|(place, _)| *place);
    Some(classes.into_iter().map(|(_, class)| class).collect())
}

/// The places that are reached in each automaton, in order.
type State = Vec<usize>;

struct Visited {
    state: State,
    parent: usize,
    by: char,
}

fn path(visited: &[Visited], mut place: usize) -> String {
    let mut characters = Vec::new();
    while place > 0 {
        let Some(found) = visited.get(place) else { break };
        characters.push(found.by);
        place = found.parent;
    }
    characters.into_iter().rev().collect()
}

struct Search {
    /// The steps of all languages, each language closed by `None`.
    steps: Vec<Option<Step>>,
    /// The language that each step is of.
    languages: Vec<usize>,
    starts: Vec<usize>,
    inhabited: Vec<bool>,
}

impl Search {
    fn new(languages: &[Language]) -> Self {
        let mut search =
            Self { steps: Vec::new(), languages: Vec::new(), starts: Vec::new(), inhabited: Vec::new() };
        for (index, language) in languages.iter().enumerate() {
            search.starts.push(search.steps.len());
            search.steps.extend(language.steps.iter().copied().map(Some));
            search.inhabited.push(language.inhabited);
            search.steps.push(None);
            search.languages.resize(search.steps.len(), index);
        }
        search
    }

    fn step(&self, place: usize) -> Option<Step> {
        self.steps.get(place).copied().flatten()
    }

    fn start(&self) -> State {
        let places = self.starts.iter().zip(&self.inhabited).filter(|(_, inhabited)| **inhabited);
        self.closed(places.map(|(start, _)| *start).collect())
    }

    /// With the places behind stars that stand for nothing, and without those in front of a star that takes anything:
    /// whatever is matched from there is matched from the star as well.
    fn closed(&self, places: Vec<usize>) -> State {
        let mut all = Vec::with_capacity(places.len());
        for mut place in places {
            all.push(place);
            while let Some(Step::Any { .. }) = self.step(place) {
                place += 1;
                all.push(place);
            }
        }
        all.sort_unstable();
        all.dedup();
        let mut star = None;
        let mut kept: State = Vec::with_capacity(all.len());
        for place in all.into_iter().rev() {
            let language = self.languages.get(place);
            if star.is_some() && star == language {
                continue;
            }
            if self.step(place) == Some(Step::Any { colon: true }) {
                star = language;
            }
            kept.push(place);
        }
        kept.reverse();
        kept
    }

    fn next(&self, state: &State, character: char) -> State {
        let passes = |colon: bool| colon || character != ':';
        let moved = state.iter().filter_map(|place| match self.step(*place)? {
            Step::Exactly(wanted) => (wanted == character).then_some(place + 1),
            Step::EitherCase(wanted) => wanted.eq_ignore_ascii_case(&character).then_some(place + 1),
            Step::Digit => character.is_ascii_digit().then_some(place + 1),
            Step::One { colon } => passes(colon).then_some(place + 1),
            Step::Any { colon } => passes(colon).then_some(*place),
        });
        self.closed(moved.collect())
    }

    /// The characters that a place tells apart, and one that stands for all others.
    fn telling(&self, state: &State) -> Vec<char> {
        let mut telling = Vec::new();
        let mut digits = false;
        for step in state.iter().filter_map(|place| self.step(*place)) {
            match step {
                Step::Exactly(character) => telling.push(character),
                Step::EitherCase(character) => {
                    telling.extend([character.to_ascii_lowercase(), character.to_ascii_uppercase()]);
                }
                Step::One { colon: false } | Step::Any { colon: false } => telling.push(':'),
                Step::Digit => digits = true,
                Step::One { .. } | Step::Any { .. } => {}
            }
        }
        if digits {
            telling.extend(('0'..='9').find(|digit| !telling.contains(digit)));
        }
        telling.sort_unstable();
        telling.dedup();
        let plain = "xabcdefghijklmnopqrstuvwyz0123456789".chars();
        let other = plain.chain('\u{4e00}'..).find(|character| telling.binary_search(character).is_err());
        telling.extend(other);
        telling
    }

    /// The languages that end here.
    fn accepts(&self, state: &State) -> Vec<usize> {
        let ended = state.iter().filter(|place| self.step(**place).is_none());
        let languages = ended.filter_map(|place| self.languages.get(*place));
        languages.copied().filter(|language| self.inhabited.get(*language) == Some(&true)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(patterns: &[&str], start: &str) -> Vec<(String, String)> {
        let languages: Vec<Language> =
            patterns.iter().map(|pattern| Language::of(&Pattern::wild(pattern))).collect();
        let bits = |class: &Class| {
            (0..patterns.len()).map(|place| if class.is_within(place) { '1' } else { '0' }).collect()
        };
        let found = classes(&languages, start).unwrap();
        found.iter().map(|class| (bits(class), class.member.clone())).collect()
    }

    fn expected(classes: &[(&str, &str)]) -> Vec<(String, String)> {
        classes.iter().map(|(bits, member)| ((*bits).to_owned(), (*member).to_owned())).collect()
    }

    #[test]
    fn every_combination_of_matches_that_a_text_can_have_is_found() {
        assert_eq!(members(&[], ""), expected(&[("", "x")]));
        assert_eq!(members(&["a"], ""), expected(&[("1", "a"), ("0", "x")]));
        assert_eq!(
            members(&["a*", "*b"], ""),
            expected(&[("10", "a"), ("01", "b"), ("00", "x"), ("11", "ab")])
        );
        // No text is both, and every text is one of the last two.
        assert_eq!(members(&["a*", "b*"], ""), expected(&[("10", "a"), ("01", "b"), ("00", "x")]));
        assert_eq!(members(&["?*", ""], ""), expected(&[("01", ""), ("10", "x")]));
        assert_eq!(members(&["*"], ""), expected(&[("1", "x")]));
    }

    #[test]
    fn a_start_is_part_of_every_member() {
        assert_eq!(members(&["AROA1:*"], "AROA1:"), expected(&[("1", "AROA1:x")]));
        assert_eq!(members(&["AROA1:x", "B*"], "AROA1:"), expected(&[("10", "AROA1:x"), ("00", "AROA1:a")]));
    }

    #[test]
    fn an_account_has_twelve_digits() {
        let behind = Pattern::wild(":r/*");
        let languages = [
            Language::of_account("a:", &behind),
            Language::of(&Pattern::wild("a:4444*")),
            Language::of(&Pattern::wild("a:x*")),
        ];
        let found = classes(&languages, "a:").unwrap();
        let accounts: Vec<&str> =
            found.iter().filter(|class| class.is_within(0)).map(|class| class.member.as_str()).collect();
        assert_eq!(accounts, ["a:000000000000:r/", "a:444400000000:r/"]);
    }

    #[test]
    fn a_wildcard_of_an_arn_takes_no_colon() {
        let pattern = ArnPattern::wild("a:*:c:d:e:f");
        let languages = [Language::of_arn(&pattern, false), Language::exactly("a:b:b:c:d:e:f")];
        let found = classes(&languages, "").unwrap();
        let within: Vec<&[usize]> = found.iter().map(|class| class.within.as_slice()).collect();
        assert_eq!(within, [[].as_slice(), &[0], &[1]]);
    }

    #[test]
    fn ten_thousand_stars_do_not_hang() {
        let hostile = "*a".repeat(10_000);
        let found = classes(&[Language::of(&Pattern::wild(&hostile))], "").unwrap();
        assert_eq!(found.last().map(|class| class.member.len()), Some(10_000));
        let more =
            classes(&[Language::of(&Pattern::wild(&hostile)), Language::of(&Pattern::wild("*b*?*c"))], "");
        assert!(more.is_none_or(|found| found.len() <= 4));
    }
}

//! What Azure's roles allow beyond the need, against every short name there is.

use ekm_preflight::rbac::{Actions, Plane, beyond};

use crate::choices::Choices;

const CASES: u64 = 3_000;
/// All names are made of these, in either case.
const LETTERS: [char; 3] = ['a', 'b', '/'];
/// Patterns have this many pieces at most, so that whatever they let through has a member of [`LONGEST`] characters.
const MOST_PIECES: usize = 4;
const MOST_PATTERNS: usize = 3;
/// The longest name that is tried, in characters.
const LONGEST: usize = 7;

/// Every name, short ones first.
fn names() -> Vec<String> {
    let mut names = vec![String::new()];
    let mut start = 0;
    for _ in 0..LONGEST {
        let end = names.len();
        for at in start..end {
            for letter in LETTERS {
                names.push(format!("{}{letter}", names[at]));
            }
        }
        start = end;
    }
    names.split_off(1)
}

fn pattern(choices: &mut Choices) -> String {
    let pieces = choices.between(1, MOST_PIECES);
    (0..pieces).map(|_| choices.pick(&['a', 'b', '/', 'A', 'B', '*', '*'])).collect()
}

fn patterns(choices: &mut Choices, least: usize) -> Vec<String> {
    let count = choices.between(least, MOST_PATTERNS);
    (0..count).map(|_| pattern(choices)).collect()
}

/// Whether `*` in a pattern can stand for what is left of a name: the plainest way to say what it means.
fn stands_for(pattern: &[char], name: &[char]) -> bool {
    match (pattern.first(), name.first()) {
        (None, None) => true,
        (Some('*'), _) => {
            stands_for(&pattern[1..], name) || (!name.is_empty() && stands_for(pattern, &name[1..]))
        }
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other) && stands_for(&pattern[1..], &name[1..]),
        _ => false,
    }
}

fn holds(named: &[String], excepted: &[String], name: &str) -> bool {
    let letters = |text: &str| text.chars().collect::<Vec<_>>();
    let any =
        |patterns: &[String]| patterns.iter().any(|pattern| stands_for(&letters(pattern), &letters(name)));
    any(named) && !any(excepted)
}

#[test]
fn actions_hold_what_their_patterns_stand_for() {
    for seed in 0..CASES / 10 {
        let mut choices = Choices::of(seed);
        let (named, excepted) = (patterns(&mut choices, 1), patterns(&mut choices, 0));
        let actions = Actions::new(&named, &excepted);
        for name in names().iter().filter(|name| name.len() <= 4) {
            assert_eq!(
                actions.hold(name),
                holds(&named, &excepted, name),
                "{name} of {named:?} without {excepted:?}"
            );
        }
    }
}

/// There is something beyond the need exactly where a name is held and not refused, and what is shown lets it through.
#[test]
fn beyond_is_what_brute_force_finds() {
    let names = names();
    let mut found = [0, 0];
    for seed in 0..CASES {
        let mut choices = Choices::of(seed);
        let (named, excepted) = (patterns(&mut choices, 0), patterns(&mut choices, 0));
        let refused: Vec<(Vec<String>, Vec<String>)> =
            (0..choices.below(3)).map(|_| (patterns(&mut choices, 1), patterns(&mut choices, 0))).collect();
        let is_beyond = |name: &str| {
            holds(&named, &excepted, name)
                && !refused.iter().any(|(named, excepted)| holds(named, excepted, name))
        };
        let expected = names.iter().find(|name| is_beyond(name));
        let denied: Vec<Actions> =
            refused.iter().map(|(named, excepted)| Actions::new(named, excepted)).collect();
        let got = beyond(&Actions::new(&named, &excepted), Plane::Control, &denied).expect("few patterns");
        let case = format!("{named:?} without {excepted:?}, refused {refused:?}");
        match (expected, &got) {
            (None, None) => found[0] += 1,
            (Some(_), Some(beyond)) => {
                found[1] += 1;
                for member in &beyond.members {
                    assert!(named.contains(member), "{member} is not of {case}");
                }
            }
            _ => panic!("brute force finds {expected:?}, not {got:?}, in {case}"),
        }
    }
    assert!(found.iter().all(|count| *count > 300), "{found:?}");
}

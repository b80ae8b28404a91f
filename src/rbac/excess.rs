//! What actions allow beyond those that are needed. Wildcards are languages: they are decided over all texts, not over
//! examples.

use thiserror::Error;

use super::Actions;
use super::action::ActionPattern;
use super::known::{DATA_ACTIONS, NAMESPACE};
use crate::iam::classes::{Class, Language, classes};
use crate::iam::pattern::Pattern;

/// Actions beyond the needed ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond {
    /// Telling members, as Azure or the role writes them; a wildcard stands for the names that no list has. At most
    /// three.
    pub members: Vec<String>,
    /// How many more of Key Vault's own data actions there are.
    pub others: usize,
}

/// Wildcards that would take too long to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("its wildcards are too many to decide over")]
pub struct Undecidable;

/// No more members than this are shown of one permission.
const MOST_SHOWN: usize = 3;

/// What the actions hold beyond the needed ones and beyond what is refused anyway; nothing where they hold no more. For
/// actions of the control plane nothing is needed.
///
/// What a wildcard reaches in Key Vault's namespace are the data actions that Key Vault is known to have. Other
/// namespaces are not listed here, and every name in them counts. So does a name, or a wildcard, that no known data
/// action fits: Azure takes no role with one that means nothing (`InvalidDataActionOrNotDataAction`), so it means
/// something that is not known here. Of the control plane every name counts.
///
/// # Errors
/// Where the wildcards are too many.
pub fn beyond(
    actions: &Actions,
    plane: Plane<'_>,
    refused: &[Actions],
) -> Result<Option<Beyond>, Undecidable> {
    let needed = match plane {
        Plane::Control => [].as_slice(),
        Plane::Data { needed } => needed,
    };
    let is_needed = |action: &str| needed.iter().any(|needed| needed.eq_ignore_ascii_case(action));
    let held = |action: &str| {
        actions.hold(action) && !is_needed(action) && !refused.iter().any(|other| other.hold(action))
    };
    let known: &[&str] = match plane {
        Plane::Control => &[],
        Plane::Data { .. } => &DATA_ACTIONS,
    };
    let mut members = known.iter().copied().filter(|action| held(action));
    let shown: Vec<String> = members.by_ref().take(MOST_SHOWN).map(str::to_owned).collect();
    if !shown.is_empty() {
        return Ok(Some(Beyond { members: shown, others: members.count() }));
    }
    // Names without wildcards are their own members, as they are written. None of those left is a known one.
    let written = actions.named.iter().filter(|named| named.pattern.literal().is_some());
    if let Some(name) = written.map(|named| named.written.as_str()).find(|name| held(name)) {
        return Ok(Some(Beyond { members: vec![name.to_owned()], others: 0 }));
    }
    Ok(wildcard(actions, plane, needed, refused)?
        .map(|wildcard| Beyond { members: vec![wildcard], others: 0 }))
}

/// On which plane actions are.
#[derive(Debug, Clone, Copy)]
pub enum Plane<'a> {
    /// The control plane: managing resources.
    Control,
    /// The data plane: using what is in them.
    Data {
        /// The actions that are needed.
        needed: &'a [&'a str],
    },
}

/// Whether Key Vault is known to have a data action that the pattern fits.
fn fits_a_known_one(pattern: &ActionPattern) -> bool {
    DATA_ACTIONS.iter().any(|action| pattern.pattern.matches(&action.to_ascii_lowercase()))
}

/// A wildcard that lets a name through that counts, as the role writes it.
fn wildcard(
    actions: &Actions,
    plane: Plane<'_>,
    needed: &[&str],
    refused: &[Actions],
) -> Result<Option<String>, Undecidable> {
    if actions.named.iter().all(|named| named.pattern.literal().is_some()) {
        return Ok(None);
    }
    let mut languages: Vec<Language> = Vec::new();
    let mut add = |patterns: Vec<Language>| {
        let start = languages.len();
        languages.extend(patterns);
        start..languages.len()
    };
    let of = |patterns: &[ActionPattern]| {
        patterns.iter().map(|pattern| Language::of(&pattern.pattern)).collect::<Vec<_>>()
    };
    let named = add(of(&actions.named));
    let excepted = add(of(&actions.excepted));
    let needed = add(needed.iter().map(|action| Language::exactly(&action.to_ascii_lowercase())).collect());
    let key_vault = match plane {
        Plane::Control => add(Vec::new()),
        Plane::Data { .. } => add(vec![Language::of(&Pattern::start(NAMESPACE))]),
    };
    let refused: Vec<_> =
        refused.iter().map(|other| (add(of(&other.named)), add(of(&other.excepted)))).collect();
    let within =
        |class: &Class, mut range: std::ops::Range<usize>| range.any(|language| class.is_within(language));
    let counts = |class: &&Class| {
        !within(class, excepted.clone())
            && !within(class, needed.clone())
            && !refused
                .iter()
                .any(|(other, excepted)| within(class, other.clone()) && !within(class, excepted.clone()))
            // No action is the empty text.
            && !class.member.is_empty()
    };
    let classes = classes(&languages, "").ok_or(Undecidable)?;
    let letting = classes.iter().filter(counts).find_map(|class| {
        let known = within(class, key_vault.clone());
        let mut letting = named.clone().zip(&actions.named).filter(|(place, _)| class.is_within(*place));
        letting.find(|(_, pattern)| !known || !fits_a_known_one(pattern))
    });
    Ok(letting.map(|(_, pattern)| pattern.written.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::azure::DATA_ACTIONS as NEEDED;

    fn of(named: &[&str], excepted: &[&str]) -> Actions {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Actions::new(&owned(named), &owned(excepted))
    }

    fn data(named: &[&str], excepted: &[&str]) -> Option<Vec<String>> {
        let beyond = beyond(&of(named, excepted), Plane::Data { needed: &NEEDED }, &[]).unwrap();
        beyond.map(|beyond| beyond.members)
    }

    fn control(named: &[&str], excepted: &[&str]) -> Option<Vec<String>> {
        beyond(&of(named, excepted), Plane::Control, &[]).unwrap().map(|beyond| beyond.members)
    }

    #[test]
    fn the_three_are_not_beyond_however_they_are_written() {
        for named in [
            &NEEDED[..],
            &["microsoft.keyvault/VAULTS/keys/read", "Microsoft.KeyVault/vaults/keys/*crypt/action"],
            &["Microsoft.KeyVault/vaults/keys/encrypt/*"],
            &[],
        ] {
            assert_eq!(data(named, &[]), None, "{named:?}");
        }
        // Everything on keys, without everything that Key Vault has beyond the three.
        let others: Vec<&str> = DATA_ACTIONS
            .into_iter()
            .filter(|action| {
                action.starts_with("Microsoft.KeyVault/vaults/keys/") && !NEEDED.contains(action)
            })
            .collect();
        assert_eq!(data(&["Microsoft.KeyVault/vaults/keys/*"], &others), None);
    }

    #[test]
    fn what_a_wildcard_lets_through_is_beyond() {
        for (named, excepted, first) in [
            (&["Microsoft.KeyVault/vaults/keys/*"][..], &[][..], "Microsoft.KeyVault/vaults/keys/delete"),
            (&["*"], &[], "Microsoft.KeyVault/vaults/keys/delete"),
            (
                &["Microsoft.KeyVault/vaults/keys/*/action"],
                &["*/purge/action"],
                "Microsoft.KeyVault/vaults/keys/update/action",
            ),
            (
                &["Microsoft.KeyVault/vaults/keys/wrap/action"],
                &[],
                "Microsoft.KeyVault/vaults/keys/wrap/action",
            ),
            (&["*/read"], &["Microsoft.KeyVault/*"], "*/read"),
            (&["Microsoft.Storage/storageAccounts/read"], &[], "Microsoft.Storage/storageAccounts/read"),
            // Key Vault may have these by now: no role could name them otherwise.
            (
                &["Microsoft.KeyVault/vaults/keys/derive/action"],
                &[],
                "Microsoft.KeyVault/vaults/keys/derive/action",
            ),
            (&["Microsoft.KeyVault/vaults/keys/derive*"], &[], "Microsoft.KeyVault/vaults/keys/derive*"),
            (&["Microsoft.KeyVault/managedHSMs/*"], &["*/read"], "Microsoft.KeyVault/managedHSMs/*"),
        ] {
            assert_eq!(data(named, excepted).unwrap()[0], first, "{named:?}");
        }
        assert_eq!(data(&["*"], &["*"]), None);
        assert_eq!(data(&["Microsoft.KeyVault/vaults/keys/derive*"], &["microsoft.keyvault/*"]), None);
        assert_eq!(data(&["*/read"], &["*d"]), None);
    }

    #[test]
    fn of_the_control_plane_everything_is_beyond() {
        assert_eq!(control(&["*/read"], &[]).unwrap(), ["*/read"]);
        assert_eq!(control(&NEEDED, &[]).unwrap(), ["Microsoft.KeyVault/vaults/keys/read"]);
        assert_eq!(control(&["Microsoft.KeyVault/vaults/read"], &["microsoft.keyvault/*"]), None);
        assert_eq!(control(&["*"], &["*/write"]).unwrap(), ["*"]);
        assert_eq!(control(&["*/read"], &["*"]), None);
        assert_eq!(control(&[], &[]), None);
    }

    /// RBAC overview: a deny assignment wins over any role.
    #[test]
    fn what_is_refused_anyway_is_not_beyond() {
        let refused = |named: &[&str], excepted: &[&str]| {
            let actions = of(&["Microsoft.KeyVault/vaults/keys/*"], &[]);
            beyond(&actions, Plane::Data { needed: &NEEDED }, &[of(named, excepted)]).unwrap().is_none()
        };
        assert!(refused(&["Microsoft.KeyVault/*"], &NEEDED));
        assert!(!refused(&["Microsoft.KeyVault/*"], &["*/sign/action"]));
    }
}

//! Which checks a run judges, how much each counts in its verdict, and what is assumed of OpenAI's calls: what the
//! user chose, held against the checks that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;

use crate::assume::Assumptions;
use crate::check::{Check, Registry, Severity};
use crate::contract::Provider;
use crate::evidence::Catalogued;
use crate::text::inert;

/// The check that `--require organization-policies` makes an error.
pub const ORGANIZATION_POLICIES: &str = "aws-organization-policies";

/// What the user chose; by default every check, at the severity of its file.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The ids of the checks to judge; all of them where it is empty.
    pub only: Vec<String>,
    /// The ids of checks that are left out.
    pub skip: Vec<String>,
    /// The ids of checks that count as errors in this run, whatever their files say.
    pub required: Vec<String>,
    /// How much checks count in this run, by their ids, instead of what their files say.
    pub severities: BTreeMap<String, Severity>,
    /// The least severity that counts in the verdict. Notes never count.
    pub fail_on: Severity,
    /// What is assumed of OpenAI's calls.
    pub assumptions: Assumptions,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            skip: Vec::new(),
            required: Vec::new(),
            severities: BTreeMap::new(),
            fail_on: Severity::Error,
            assumptions: Assumptions::default(),
        }
    }
}

/// The checks of a run, and how they count. Selections for several targets share their checks.
#[derive(Debug, Clone)]
pub struct Selection {
    registry: Arc<Registry>,
    selected: BTreeSet<String>,
    required: BTreeSet<String>,
    severities: BTreeMap<String, Severity>,
    fail_on: Severity,
    assumptions: Assumptions,
}

/// A choice that the checks don't allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotSelectable {
    /// There is no such check.
    #[error(transparent)]
    NoSuchCheck(#[from] NoSuchCheck),
    /// A check is to count as an error and is left out.
    #[error(
        "the check `{0}` is required, and --only or --skip leaves it out: leave out one of the two options"
    )]
    RequiredLeftOut(String),
    /// A check that the program speaks of is not among its files.
    #[error("the required check `{0}` is not among the checks: this is an error of the program")]
    RequiredUnknown(String),
    /// A check that is to count as an error is another provider's.
    #[error("the required check `{id}` says nothing of a target of `{}`: leave --require out", .provider.as_str())]
    RequiredElsewhere {
        /// The check.
        id: String,
        /// The target's provider.
        provider: Provider,
    },
    /// A check that a target names for itself is another provider's.
    #[error(
        "the check `{id}` says nothing of a target of `{}`: leave it out here, or say it in `[defaults]`",
        .provider.as_str()
    )]
    Elsewhere {
        /// The check.
        id: String,
        /// The target's provider.
        provider: Provider,
    },
    /// A check is to count as an error, and as something else.
    #[error("the check `{id}` is required, and its severity is set to `{}`: leave out one of the two", .severity.as_str())]
    RequiredAndSet {
        /// The check.
        id: String,
        /// The severity that it is set to.
        severity: Severity,
    },
    /// No check of this provider is left.
    #[error(
        "--only and --skip leave no check of `{}`: `{} checks` lists them",
        .0.as_str(),
        env!("CARGO_PKG_NAME")
    )]
    Nothing(Provider),
}

/// An id that no check has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "there is no check `{}`: {}`{} checks` lists them",
    inert(id),
    nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`? ")).unwrap_or_default(),
    env!("CARGO_PKG_NAME")
)]
pub struct NoSuchCheck {
    /// The id, as given.
    pub id: String,
    /// The id that is most like it, where one is.
    pub nearest: Option<String>,
}

/// Ids that are less alike than this are not taken for each other; 1 is equality.
const ALIKE: f64 = 0.6;
/// Longer text is no id with a slip in it.
const LONGEST_ID: usize = 100;

impl NoSuchCheck {
    /// The error for this id among these checks.
    pub fn of(id: &str, registry: &Registry) -> Self {
        let given = id.to_lowercase();
        let likeness = |known: &str| strsim::normalized_damerau_levenshtein(&given, known);
        let nearest = registry
            .iter()
            .filter(|_| id.len() <= LONGEST_ID)
            .map(|check| (likeness(check.id()), check.id()))
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, known)| known.to_owned());
        Self { id: id.to_owned(), nearest }
    }
}

impl Selection {
    /// Every check, at the severity of its file, with nothing assumed.
    pub fn of_everything(registry: impl Into<Arc<Registry>>) -> Self {
        let registry = registry.into();
        Self {
            selected: registry.iter().map(|check| check.id().to_owned()).collect(),
            registry,
            required: BTreeSet::new(),
            severities: BTreeMap::new(),
            fail_on: Severity::Error,
            assumptions: Assumptions::default(),
        }
    }

    /// What the choice leaves of these checks.
    ///
    /// # Errors
    /// For an id that no check has, and for a required check that is left out or counts for less.
    pub fn new(registry: impl Into<Arc<Registry>>, choice: Choice) -> Result<Self, NotSelectable> {
        let registry = registry.into();
        let Choice { only, skip, required, severities, fail_on, assumptions } = choice;
        let mut named = only.iter().chain(&skip).chain(severities.keys());
        if let Some(unknown) = named.find(|id| !registry.knows(id)) {
            return Err(NoSuchCheck::of(unknown, &registry).into());
        }
        let selected: BTreeSet<String> = registry
            .iter()
            .map(Check::id)
            .filter(|id| only.is_empty() || only.iter().any(|chosen| chosen == id))
            .filter(|id| !skip.iter().any(|left_out| left_out == id))
            .map(str::to_owned)
            .collect();
        for id in &required {
            if !registry.knows(id) {
                return Err(NotSelectable::RequiredUnknown(id.clone()));
            }
            if registry.get(id).is_some() && !selected.contains(id) {
                return Err(NotSelectable::RequiredLeftOut(id.clone()));
            }
            if let Some(&severity) = severities.get(id).filter(|severity| **severity != Severity::Error) {
                return Err(NotSelectable::RequiredAndSet { id: id.clone(), severity });
            }
        }
        let required = required.into_iter().collect();
        Ok(Self { registry, selected, required, severities, fail_on, assumptions })
    }

    /// Whether there is anything to judge of a target of this provider.
    ///
    /// # Errors
    /// Where there is nothing, and where a required check is another provider's.
    pub fn covers(&self, provider: Provider) -> Result<(), NotSelectable> {
        // A check that there is and that was not loaded is another provider's.
        let elsewhere = |id: &&String| self.registry.get(id).is_none_or(|check| check.provider() != provider);
        if let Some(id) = self.required.iter().find(elsewhere) {
            return Err(NotSelectable::RequiredElsewhere { id: id.clone(), provider });
        }
        match self.checks(provider).next() {
            Some(_) => Ok(()),
            None => Err(NotSelectable::Nothing(provider)),
        }
    }

    /// All checks that there are, selected or not.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What is assumed of OpenAI's calls.
    pub fn assumptions(&self) -> &Assumptions {
        &self.assumptions
    }

    /// The selected checks of a provider by id, each with its severity in this run.
    pub fn checks(&self, provider: Provider) -> impl Iterator<Item = (&Check, Severity)> {
        self.of_provider(provider)
            .filter(|check| self.selected.contains(check.id()))
            .map(|check| (check, self.severity(check)))
    }

    /// Whether checks of this severity make the verdict.
    pub fn counts(&self, severity: Severity) -> bool {
        severity <= self.fail_on && severity != Severity::Note
    }

    /// The ids of the checks that would count in the verdict and were not selected.
    pub fn not_judged(&self, provider: Provider) -> Vec<&str> {
        self.left_out(provider).filter(|check| self.counts(self.severity(check))).map(Check::id).collect()
    }

    /// The ids of the selected checks that would count in the verdict by their own files, and don't in this run.
    pub fn not_counted(&self, provider: Provider) -> Vec<&str> {
        self.checks(provider)
            .filter(|(check, severity)| self.counts(check.severity()) && !self.counts(*severity))
            .map(|(check, _)| check.id())
            .collect()
    }

    /// The ids of the checks that a payload rests on, errors by their own files, and that were not selected.
    pub fn missing_for_payload(&self, provider: Provider) -> Vec<&str> {
        self.left_out(provider).filter(|check| check.severity() == Severity::Error).map(Check::id).collect()
    }

    /// The ids of the selected checks that a payload rests on and that count for less in this run.
    pub fn weakened(&self, provider: Provider) -> Vec<&str> {
        self.checks(provider)
            .filter(|(check, severity)| check.severity() == Severity::Error && *severity > Severity::Error)
            .map(|(check, _)| check.id())
            .collect()
    }

    /// Whether a payload rests on a check: an error by its own file or in this run.
    pub fn rests_on(&self, id: &str) -> bool {
        self.registry
            .get(id)
            .is_some_and(|check| [check.severity(), self.severity(check)].contains(&Severity::Error))
    }

    /// The evidence of one cloud that the selected checks read.
    pub fn needs<K: Catalogued>(&self) -> BTreeSet<K> {
        self.checks(K::PROVIDER).flat_map(|(check, _)| check.needs()).filter_map(|key| K::of(key)).collect()
    }

    fn of_provider(&self, provider: Provider) -> impl Iterator<Item = &Check> {
        self.registry.iter().filter(move |check| check.provider() == provider)
    }

    fn left_out(&self, provider: Provider) -> impl Iterator<Item = &Check> {
        self.of_provider(provider).filter(|check| !self.selected.contains(check.id()))
    }

    fn severity(&self, check: &Check) -> Severity {
        if self.required.contains(check.id()) {
            return Severity::Error;
        }
        self.severities.get(check.id()).copied().unwrap_or(check.severity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::registry;
    use crate::evidence::aws::EvidenceKey;

    /// The check of a customer, with a severity of its own.
    fn with_own(severity: &str) -> Registry {
        let source = format!(
            "format: 1\nid: aws-own\ntitle: The role exists\nprovider: aws\nseverity: {severity}\nsince: 0.1.0\n\
             why: Ours.\nreferences: [\"https://example.com/\"]\nneeds: [aws.role, aws.caller]\nassertions:\n\
             \x20 - {{expression: facts.role.exists, message: none, fix: {{text: Create it}}}}\ntests:\n\
             \x20 - {{name: there, facts: {{role: {{exists: true}}}}, expect: pass}}\n\
             \x20 - {{name: absent, facts: {{role: {{exists: false}}}}, expect: fail}}\n\
             \x20 - {{name: unread, missing: {{role.exists: denied}}, expect: unknown}}\n"
        );
        registry().unwrap().with(vec![("aws-own.yaml".into(), source)]).unwrap()
    }

    fn choice(only: &[&str], skip: &[&str]) -> Choice {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Choice { only: owned(only), skip: owned(skip), ..Choice::default() }
    }

    fn ids(selection: &Selection) -> Vec<&str> {
        selection.checks(Provider::Aws).map(|(check, _)| check.id()).collect()
    }

    #[test]
    fn what_is_skipped_is_taken_from_what_is_chosen() {
        let chosen = choice(&["aws-key-usage", "aws-role-arn", "aws-key-usage"], &["aws-role-arn"]);
        let selection = Selection::new(registry().unwrap(), chosen).unwrap();
        assert_eq!(ids(&selection), ["aws-key-usage"]);
        assert!(selection.not_judged(Provider::Aws).contains(&"aws-role-arn"));
        assert!(!selection.not_judged(Provider::Aws).contains(&"aws-key-usage"));
    }

    #[test]
    fn an_id_that_no_check_has_is_refused_with_the_nearest() {
        for (id, nearest) in [
            ("aws-key-usgae", Some("aws-key-usage")),
            ("key-usage", Some("aws-key-usage")),
            ("AWS-KEY-USAGE", Some("aws-key-usage")),
            ("", None),
            ("zzz", None),
        ] {
            let error = Selection::new(registry().unwrap(), choice(&[id], &[])).unwrap_err();
            let expected = NoSuchCheck { id: id.into(), nearest: nearest.map(str::to_owned) };
            assert_eq!(error, NotSelectable::NoSuchCheck(expected));
        }
        let hostile = Selection::new(registry().unwrap(), choice(&[], &["\u{1b}[2J"])).unwrap_err();
        assert_eq!(hostile.to_string(), "there is no check `\\u{1b}[2J`: `ekm-preflight checks` lists them");
    }

    #[test]
    fn a_selection_of_nothing_covers_nothing() {
        let selection =
            Selection::new(registry().unwrap(), choice(&["aws-role-arn"], &["aws-role-arn"])).unwrap();
        assert_eq!(selection.covers(Provider::Aws), Err(NotSelectable::Nothing(Provider::Aws)));
        let everything = Selection::of_everything(registry().unwrap());
        assert_eq!(everything.covers(Provider::Aws), Ok(()));
        assert_eq!(everything.covers(Provider::Gcp), Err(NotSelectable::Nothing(Provider::Gcp)));
    }

    #[test]
    fn a_required_check_is_an_error_and_can_not_be_left_out() {
        let required = |chosen: Choice| Choice { required: vec!["aws-own".into()], ..chosen };
        let selection = Selection::new(with_own("warning"), required(choice(&[], &[]))).unwrap();
        let own = selection.checks(Provider::Aws).find(|(check, _)| check.id() == "aws-own");
        assert_eq!(own.map(|(_, severity)| severity), Some(Severity::Error));
        for left_out in [choice(&[], &["aws-own"]), choice(&["aws-role-arn"], &[])] {
            assert_eq!(
                Selection::new(with_own("warning"), required(left_out)).map(|_| ()),
                Err(NotSelectable::RequiredLeftOut("aws-own".into()))
            );
        }
        assert_eq!(
            Selection::new(registry().unwrap(), required(choice(&[], &[]))).map(|_| ()),
            Err(NotSelectable::RequiredUnknown("aws-own".into()))
        );
    }

    #[test]
    fn a_payload_rests_on_every_error_the_customers_own_among_them() {
        for (severity, rests_on_it) in [("error", true), ("warning", false), ("note", false)] {
            let selection = Selection::new(with_own(severity), choice(&[], &["aws-own"])).unwrap();
            let expected: &[&str] = if rests_on_it { &["aws-own"] } else { &[] };
            assert_eq!(selection.missing_for_payload(Provider::Aws), expected);
            assert_eq!(selection.not_judged(Provider::Aws), expected);
        }
        // Where warnings make the verdict, it leaves out one that was not judged.
        let strict = Choice { fail_on: Severity::Warning, ..choice(&[], &["aws-own"]) };
        let selection = Selection::new(with_own("warning"), strict).unwrap();
        assert_eq!(selection.not_judged(Provider::Aws), ["aws-own"]);
        assert_eq!(selection.missing_for_payload(Provider::Aws), [""; 0]);
    }

    /// Of one cloud's checks alone none is required of the other, as among all of them.
    #[test]
    fn what_is_required_is_of_the_targets_own_cloud() {
        let required = || Choice { required: vec![ORGANIZATION_POLICIES.into()], ..Choice::default() };
        for registry in [crate::check::registry_of(Provider::Azure).unwrap(), registry().unwrap()] {
            let selection = Selection::new(registry, required()).unwrap();
            assert_eq!(
                selection.covers(Provider::Azure),
                Err(NotSelectable::RequiredElsewhere {
                    id: ORGANIZATION_POLICIES.into(),
                    provider: Provider::Azure
                })
            );
        }
        let selection =
            Selection::new(crate::check::registry_of(Provider::Aws).unwrap(), required()).unwrap();
        assert_eq!(selection.covers(Provider::Aws), Ok(()));
    }

    #[test]
    fn what_counts_for_less_is_named() {
        let severities = [("aws-key-usage", Severity::Warning), ("aws-key-rotation", Severity::Error)];
        let set = || severities.map(|(id, severity)| (id.to_owned(), severity)).into();
        let chosen = Choice { severities: set(), ..Choice::default() };
        let selection = Selection::new(registry().unwrap(), chosen).unwrap();
        let severity =
            |id: &str| selection.checks(Provider::Aws).find(|(check, _)| check.id() == id).unwrap().1;
        assert_eq!(severity("aws-key-usage"), Severity::Warning);
        assert_eq!(severity("aws-key-rotation"), Severity::Error);
        assert_eq!(selection.weakened(Provider::Aws), ["aws-key-usage"]);
        assert_eq!(selection.not_counted(Provider::Aws), ["aws-key-usage"]);
        assert_eq!(selection.missing_for_payload(Provider::Aws), [""; 0]);
        // Where warnings count, so does this one; the payload is withheld all the same.
        let strict = Choice { severities: set(), fail_on: Severity::Warning, ..Choice::default() };
        let selection = Selection::new(registry().unwrap(), strict).unwrap();
        assert_eq!(selection.not_counted(Provider::Aws), [""; 0]);
        assert_eq!(selection.weakened(Provider::Aws), ["aws-key-usage"]);
    }

    #[test]
    fn a_payload_rests_on_errors_of_the_file_and_of_the_run() {
        let severities = [("aws-key-usage", Severity::Note), ("aws-key-rotation", Severity::Error)]
            .map(|(id, severity)| (id.into(), severity));
        let chosen = Choice { severities: severities.into(), ..Choice::default() };
        let selection = Selection::new(registry().unwrap(), chosen).unwrap();
        for (id, expected) in [
            ("aws-key-usage", true),
            ("aws-key-rotation", true),
            ("aws-encrypt-allowed", true),
            ("aws-key-alias", false),
            ("aws-no-such-check", false),
        ] {
            assert_eq!(selection.rests_on(id), expected, "{id}");
        }
    }

    #[test]
    fn severities_are_of_checks_that_there_are_and_not_less_than_required() {
        let set = |id: &str| [(id.to_owned(), Severity::Note)].into();
        let unknown = Choice { severities: set("aws-key-usgae"), ..Choice::default() };
        let error = Selection::new(registry().unwrap(), unknown).unwrap_err().to_string();
        assert!(error.contains("did you mean `aws-key-usage`?"), "{error}");
        let both =
            Choice { severities: set("aws-own"), required: vec!["aws-own".into()], ..Choice::default() };
        assert_eq!(
            Selection::new(with_own("warning"), both).map(|_| ()),
            Err(NotSelectable::RequiredAndSet { id: "aws-own".into(), severity: Severity::Note })
        );
    }

    #[test]
    fn notes_never_count() {
        let strict = Choice { fail_on: Severity::Note, ..Choice::default() };
        let selection = Selection::new(registry().unwrap(), strict).unwrap();
        let counted = [Severity::Error, Severity::Warning, Severity::Note].map(|one| selection.counts(one));
        assert_eq!(counted, [true, true, false]);
    }

    #[test]
    fn the_evidence_needed_is_that_of_the_selected_checks() {
        let selection = Selection::new(registry().unwrap(), choice(&["aws-key-usage"], &[])).unwrap();
        assert!(selection.needs::<EvidenceKey>().contains(&EvidenceKey::Key));
        assert!(!selection.needs::<EvidenceKey>().contains(&EvidenceKey::Role));
        let form = Selection::new(registry().unwrap(), choice(&["aws-role-arn"], &[])).unwrap();
        assert_eq!(form.needs::<EvidenceKey>(), BTreeSet::new());
    }
}

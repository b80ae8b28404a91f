//! From the file as it is written to a valid configuration: every value is read as the command line reads its options.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use jiff::ToSpan;
use toml::Spanned;

use super::file::{AwsEntry, AzureEntry, FailOn, File, Requirement, SettingsEntry, TargetEntry, WaiverEntry};
use super::place::Places;
use super::{
    AT_ONCE, Configuration, LONGEST_WAIVER, MOST_AT_ONCE, MOST_PROBLEMS, NamedCheck, Origin, Place, Problem,
    Reading, Settings, Target,
};
use crate::assume::Assumptions;
use crate::check::Severity;
use crate::collect::aws::Profiles;
use crate::selection::ORGANIZATION_POLICIES;
use crate::target::aws::{AwsRegistration, ExternalId};
use crate::target::azure::{AzureRegistration, Given, KeyName, ObjectId, OrganizationId, TenantId, VaultUri};
use crate::target::{FriendlyName, InvalidInput, NotAFriendlyName};
use crate::text;
use crate::waiver::{Subject, Waived, Waiver};

mod plan;

/// The longest name of a target, in bytes: it is a file's name as well.
const LONGEST_NAME: usize = 80;
/// The longest reason and the longest owner of a waiver, in bytes.
const LONGEST_TEXT: usize = 1000;

/// What is valid of a file.
///
/// # Errors
/// Everything that is not, in the order of the file as far as that can be.
pub(super) fn configuration(
    file: File,
    source: &str,
    reading: &Reading,
) -> Result<Configuration, Vec<Problem>> {
    let mut validation =
        Validation { reading, places: Places::of(source), problems: Vec::new(), named_checks: Vec::new() };
    let configuration = validation.file(file);
    let Validation { mut problems, named_checks, .. } = validation;
    if problems.is_empty() {
        return Ok(Configuration { named_checks, ..configuration });
    }
    problems.sort_by_key(|problem| problem.place);
    problems.truncate(MOST_PROBLEMS);
    Err(problems)
}

struct Validation<'a> {
    reading: &'a Reading,
    places: Places<'a>,
    problems: Vec<Problem>,
    named_checks: Vec<NamedCheck>,
}

impl Validation<'_> {
    fn file(&mut self, file: File) -> Configuration {
        if *file.format.get_ref() != 1 {
            let said = format!("the format is {}: this program reads format 1", file.format.get_ref());
            self.wrong(&file.format.span(), said);
        }
        let defaults = self.settings(file.defaults);
        let at_once = file.at_once.map_or(AT_ONCE, |given| self.at_once(&given));
        let targets = self.targets(file.target);
        Configuration {
            checks: file.checks.iter().filter_map(|directory| self.path(directory)).collect(),
            at_once,
            defaults,
            waivers: self.waivers(file.waiver),
            targets,
            file: self.reading.file.clone(),
            named_checks: Vec::new(),
        }
    }

    fn wrong(&mut self, span: &Range<usize>, problem: impl Into<String>) {
        self.problems.push(Problem {
            file: self.reading.file.clone(),
            place: Some(self.places.at(span)),
            problem: problem.into(),
        });
    }

    /// Values are named as the file names them.
    fn refused(&mut self, span: &Range<usize>, refused: InvalidInput) {
        let option = refused.option.trim_start_matches('-').replace('-', "_");
        self.wrong(span, InvalidInput { option, ..refused }.to_string());
    }

    fn value<T>(
        &mut self,
        given: &Spanned<String>,
        parse: impl FnOnce(&str) -> Result<T, InvalidInput>,
    ) -> Option<T> {
        parse(given.get_ref()).map_err(|refused| self.refused(&given.span(), refused)).ok()
    }

    fn at_once(&mut self, given: &Spanned<u32>) -> usize {
        match usize::try_from(*given.get_ref()) {
            Ok(number @ 1..=MOST_AT_ONCE) => return number,
            _ => self.wrong(
                &given.span(),
                format!("{} targets at once: expected 1 to {MOST_AT_ONCE}", given.get_ref()),
            ),
        }
        AT_ONCE
    }

    fn path(&mut self, given: &Spanned<String>) -> Option<PathBuf> {
        let path = given.get_ref();
        if path.is_empty() || path == "-" || path.chars().any(text::acts) {
            self.wrong(
                &given.span(),
                format!("`{}` is no file: expected a path, relative to this file", text::inert(path)),
            );
            return None;
        }
        Some(self.reading.directory.join(path))
    }

    fn settings(&mut self, entry: SettingsEntry) -> Settings {
        let SettingsEntry { only, skip, fail_on, require, assume, severity, timeout } = entry;
        let severities = severity
            .into_iter()
            .map(|(id, severity)| (self.check(&id), severity))
            .collect::<BTreeMap<String, Severity>>();
        Settings {
            only: only.map(|ids| self.checks(&ids)),
            skip: skip.map(|ids| self.checks(&ids)),
            fail_on: fail_on.map(|fail_on| match fail_on {
                FailOn::Error => Severity::Error,
                FailOn::Warning => Severity::Warning,
            }),
            required: require.map(|required| {
                required
                    .iter()
                    .map(|Requirement::OrganizationPolicies| ORGANIZATION_POLICIES.into())
                    .collect()
            }),
            assumptions: assume.and_then(|assumed| self.assumptions(&assumed)),
            severities,
            time_limit: timeout.and_then(|given| self.time_limit(&given)),
        }
    }

    /// A check's id; whether there is such a check is asked when all checks are there.
    fn check(&mut self, id: &Spanned<String>) -> String {
        let place = self.places.at(&id.span());
        self.named_checks.push(NamedCheck { id: id.get_ref().clone(), place, cloud: None });
        id.get_ref().clone()
    }

    fn checks(&mut self, ids: &[Spanned<String>]) -> Vec<String> {
        ids.iter().map(|id| self.check(id)).collect()
    }

    fn assumptions(&mut self, assumed: &[Spanned<String>]) -> Option<Assumptions> {
        let given: Vec<String> = assumed.iter().map(|one| one.get_ref().clone()).collect();
        match Assumptions::parse(&given) {
            Ok(assumptions) => Some(assumptions),
            Err(refused) => {
                // The last of equal ones is the one too many.
                let wrong = assumed.iter().rev().find(|one| *one.get_ref() == refused.given);
                let span = wrong.map(Spanned::span).unwrap_or_default();
                self.refused(&span, refused);
                None
            }
        }
    }

    fn time_limit(&mut self, given: &Spanned<u64>) -> Option<Duration> {
        let seconds = *given.get_ref();
        if (1..=3600).contains(&seconds) {
            return Some(Duration::from_secs(seconds));
        }
        self.wrong(&given.span(), format!("a timeout of {seconds}: expected whole seconds, from 1 to 3600"));
        None
    }

    fn targets(&mut self, entries: Vec<Spanned<TargetEntry>>) -> Vec<Target> {
        let mut names: BTreeMap<String, Place> = BTreeMap::new();
        let mut targets = Vec::new();
        for entry in entries {
            let span = entry.span();
            let mut entry = entry.into_inner();
            let name = self.name(&entry.name);
            let place = self.places.at(&entry.name.span());
            if let Some(before) = names.insert(entry.name.get_ref().to_lowercase(), place) {
                self.wrong(
                    &entry.name.span(),
                    format!(
                        "a target `{}` is in line {} already, whatever the case: give each a name of its own",
                        text::inert(entry.name.get_ref()),
                        before.line
                    ),
                );
            }
            let before = self.named_checks.len();
            let settings = self.settings(entry.settings());
            let origin = self.origin(entry, &span);
            let cloud = origin.as_ref().and_then(Origin::cloud);
            self.named_checks.iter_mut().skip(before).for_each(|named| named.cloud = cloud);
            if let (Some(name), Some(origin)) = (name, origin) {
                targets.push(Target { name, origin, settings });
            }
        }
        targets
    }

    fn name(&mut self, given: &Spanned<String>) -> Option<FriendlyName> {
        let text = given.get_ref();
        let problem = match text.parse::<FriendlyName>() {
            Ok(name) if text != "*" && text.len() <= LONGEST_NAME && text.trim() == text => {
                return Some(name);
            }
            Ok(_) if text == "*" => "`*` means all targets in a waiver",
            Ok(_) | Err(NotAFriendlyName) => "this can't be a target's name",
        };
        let shown = text::inert(text);
        self.wrong(
            &given.span(),
            format!(
                "{problem}: `{shown}`\n  expected 1 to {LONGEST_NAME} bytes of text, without control characters or white \
                 space around it"
            ),
        );
        None
    }

    fn origin(&mut self, entry: TargetEntry, span: &Range<usize>) -> Option<Origin> {
        match entry {
            TargetEntry { aws: Some(aws), azure: None, plan: None, evidence: None, .. } => self.aws(aws),
            TargetEntry { aws: None, azure: Some(azure), plan: None, evidence: None, .. } => {
                self.azure(&azure)
            }
            TargetEntry { aws: None, azure: None, plan: Some(plan), evidence: None, .. } => self.plan(&plan),
            TargetEntry { aws: None, azure: None, plan: None, evidence: Some(file), .. } => {
                self.path(&file).map(Origin::Evidence)
            }
            TargetEntry { name, aws, azure, plan, evidence, .. } => {
                let given = [aws.is_some(), azure.is_some(), plan.is_some(), evidence.is_some()];
                let what = if given.contains(&true) { "more than one" } else { "none" };
                self.wrong(
                    span,
                    format!(
                        "the target `{}` has {what} of `aws`, `azure`, `plan` and `evidence`: expected exactly one",
                        text::inert(name.get_ref())
                    ),
                );
                None
            }
        }
    }

    fn aws(&mut self, entry: AwsEntry) -> Option<Origin> {
        let role_arn = self.value(&entry.role_arn, AwsRegistration::role_arn_given);
        let kms_arn = self.value(&entry.kms_arn, AwsRegistration::kms_arn_given);
        let external_id = self.value(&entry.external_id, ExternalId::given);
        let profiles = Profiles {
            role: entry.role_profile,
            key: entry.key_profile,
            organization: entry.organization_profile,
        };
        let registration =
            AwsRegistration { role_arn: role_arn?, kms_arn: kms_arn?, external_id: external_id? };
        Some(Origin::Aws { registration: Box::new(registration), profiles })
    }

    fn azure(&mut self, entry: &AzureEntry) -> Option<Origin> {
        let AzureEntry { tenant_id, vault_uri, key_name, organization_id, service_principal_id } = entry;
        let required = [
            self.value(tenant_id, TenantId::given).is_some(),
            self.value(vault_uri, VaultUri::given).is_some(),
            self.value(key_name, KeyName::given).is_some(),
        ];
        let organization = organization_id.as_ref().map(|id| self.value(id, OrganizationId::given));
        let principal = service_principal_id.as_ref().map(|id| self.value(id, ObjectId::given));
        if required.contains(&false) || organization == Some(None) || principal == Some(None) {
            return None;
        }
        let given = Given {
            tenant_id: tenant_id.get_ref(),
            vault_uri: vault_uri.get_ref(),
            key_name: key_name.get_ref(),
            organization_id: organization_id.as_ref().map(|id| id.get_ref().as_str()),
            service_principal_id: service_principal_id.as_ref().map(|id| id.get_ref().as_str()),
        };
        AzureRegistration::parse(&given).ok().map(|registration| Origin::Azure(Box::new(registration)))
    }

    fn waivers(&mut self, entries: Vec<WaiverEntry>) -> Vec<(Subject, Waiver)> {
        let mut subjects: BTreeSet<Subject> = BTreeSet::new();
        let mut waivers = Vec::new();
        for entry in entries {
            let check = self.check(&entry.check);
            let target = match entry.target.get_ref().as_str() {
                "*" => Waived::Everywhere,
                name => Waived::On(name.to_owned()),
            };
            let subject = Subject { check, target };
            if !subjects.insert(subject.clone()) {
                let Subject { check, target } = &subject;
                self.wrong(
                    &entry.check.span(),
                    format!(
                        "`{}` is waived on `{}` already: keep one of the two waivers",
                        text::inert(check),
                        text::inert(target.as_str())
                    ),
                );
            }
            self.told(&entry.reason, "why it is accepted");
            self.told(&entry.owner, "who answers for it");
            let expires = entry.expires.get_ref().0;
            let latest = self.reading.day.saturating_add(LONGEST_WAIVER.years());
            if expires > latest {
                self.wrong(
                    &entry.expires.span(),
                    format!(
                        "{expires} is more than {LONGEST_WAIVER} years ahead: a waiver lasts to {latest} at most and is \
                         then decided on again"
                    ),
                );
            }
            let reason = entry.reason.into_inner();
            waivers.push((subject, Waiver { reason, owner: entry.owner.into_inner(), expires }));
        }
        waivers
    }

    /// Text of a waiver.
    fn told(&mut self, given: &Spanned<String>, what: &str) {
        let text = given.get_ref();
        if text.trim().is_empty() || text.len() > LONGEST_TEXT || text.chars().any(text::acts) {
            self.wrong(
                &given.span(),
                format!("expected {what}, in 1 to {LONGEST_TEXT} bytes without control characters"),
            );
        }
    }
}

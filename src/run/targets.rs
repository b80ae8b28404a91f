//! `ekm-preflight run`: all targets of a configuration, in one report.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::files::{Readers, read, shown, write_whole};
use super::live::{Clouds, Live, advice, now, wait};
use super::plan::{NOTHING, evidence_of};
use super::terminal::{TargetsProgress, say};
use super::{Exit, Failure, LARGEST_EVIDENCE, checks, covered, required, severity, write_payload, written};
use crate::assume::Assumptions;
use crate::check::Registry;
use crate::cli;
use crate::config::{self, Configuration, Origin, PlanFile, Reading, Settings, Target};
use crate::contract::Provider;
use crate::evidence::{self, Evidence, Source};
use crate::report::{Judged, Report};
use crate::selection::{NoSuchCheck, NotSelectable, Selection};
use crate::target::InvalidInput;
use crate::terraform::{AwsNamed, AzureNamed, Refused, Wanted};
use crate::text::inert;
use crate::waiver::{Subject, Unused, Waived, Waiver, Waivers, Why};

mod other_keys;
mod output_files;

use output_files::Files;

/// `ekm-preflight run`.
pub(super) fn run(options: &cli::Run) -> Result<Exit, Failure> {
    let collected_at = now();
    let day = options.now.unwrap_or_else(|| day_of(collected_at));
    let configuration = configuration(&options.file, day)?;
    let asked = Settings {
        only: given(&options.selecting.only),
        skip: given(&options.selecting.skip),
        fail_on: options.fail_on.map(severity),
        required: given(&required(&options.require)),
        assumptions: match &options.assume[..] {
            [] => None,
            assumed => Some(Assumptions::parse(assumed)?),
        },
        severities: BTreeMap::new(),
        time_limit: options.timeout,
    };
    let directories: Vec<&PathBuf> = configuration.checks.iter().chain(&options.selecting.checks).collect();
    let registry = Arc::new(checks::registry_for_judging(&directories)?);
    configuration.against(&registry).map_err(Failure::Configuration)?;
    let named = [&options.selecting.only, &options.selecting.skip].into_iter().flatten();
    if let Some(unknown) = named.into_iter().find(|id| !registry.knows(id)) {
        return Err(NoSuchCheck::of(unknown, &registry).into());
    }
    let chosen = chosen(&configuration, &options.target, &options.file)?;
    let judging = Judging { configuration: &configuration, asked, registry };
    let sources = sources(&chosen, &judging)?;
    let of_sources = sources.iter().flat_map(Read::targets);
    let files = Files::of(options, of_sources)?;
    files.can_be_written(&judging.configuration.checks, &chosen)?;
    let at_once = options.at_once.map_or(configuration.at_once, usize::from);
    let mut seen = collected(sources, at_once, options.writing.quiet, collected_at)?;
    other_keys::note(&mut seen, &configuration);

    write_outputs(&files, &judging, &chosen, &seen, day)
}

/// What every target is read from, or all that is wrong with that.
fn sources<'a>(chosen: &[&'a Target], judging: &Judging<'_>) -> Result<Vec<Read<'a>>, Failure> {
    let (mut sources, mut failures) = (Vec::new(), Vec::new());
    for target in chosen {
        match source(target, judging) {
            Ok(source) => sources.push(source),
            Err(failure) => failures.push(Failure::Target {
                target: inert(target.name.as_str()),
                failure: Box::new(in_the_files_words(failure)),
            }),
        }
    }
    failures.truncate(config::MOST_PROBLEMS);
    if failures.is_empty() { Ok(sources) } else { Err(Failure::Targets(failures)) }
}

/// The options of the command line that what is read of a target speaks of: the file has keys for them.
const OPTIONS: [&str; 16] = [
    "--allow-none",
    "--assume",
    "--external-id",
    "--key-address",
    "--key-name",
    "--kms-arn",
    "--only",
    "--organization-id",
    "--over",
    "--require",
    "--role-address",
    "--role-arn",
    "--service-principal-id",
    "--skip",
    "--tenant-id",
    "--vault-uri",
];

/// A failure that names keys of the file where it would name options of the command line. What it quotes of a user's text
/// stays as it is.
fn in_the_files_words(failure: Failure) -> Failure {
    match failure {
        Failure::Input(input) => Failure::Input(input_in_the_files_words(input)),
        Failure::NotSelectable(problem) => {
            Failure::InTheFilesWords { file: None, said: keys_for_options(&problem.to_string()) }
        }
        Failure::Plan { file, problem } => match problem {
            Refused::Input(input) => {
                Failure::Plan { file, problem: Refused::Input(input_in_the_files_words(input)) }
            }
            Refused::Incomplete { problem, lift } => Failure::Plan {
                file,
                problem: Refused::Incomplete { problem, lift: keys_for_options(&lift) },
            },
            Refused::NoRegistration | Refused::OverElsewhere(_) => {
                let said = keys_for_options(&problem.to_string());
                Failure::InTheFilesWords { file: Some(file), said }
            }
            Refused::NotAPlan(_) | Refused::LeftOut(_) => Failure::Plan { file, problem },
        },
        other => other,
    }
}

fn input_in_the_files_words(input: InvalidInput) -> InvalidInput {
    let [option, expected] = [&input.option, &input.expected].map(|text| keys_for_options(text));
    InvalidInput { option, expected, ..input }
}

fn keys_for_options(said: &str) -> String {
    OPTIONS.into_iter().fold(said.to_owned(), |said, option| {
        said.replace(option, &format!("`{}`", option.trim_start_matches('-').replace('-', "_")))
    })
}

/// A list of the command line, where it was given.
fn given(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}

fn day_of(time: Timestamp) -> Date {
    Offset::UTC.to_datetime(time).date()
}

/// The configuration, before anything else is read.
fn configuration(path: &Path, day: Date) -> Result<Configuration, Failure> {
    let (file, text) = read(path, config::LARGEST).map_err(|failure| match failure {
        Failure::Read { file, source } if source.kind() == io::ErrorKind::NotFound => {
            Failure::NoConfiguration(file)
        }
        other => other,
    })?;
    // Never `-`, which a path in the file would be mistaken for.
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    config::read(&text, &Reading { file, directory, day }).map_err(Failure::Configuration)
}

/// The targets to run, in the order of the file.
fn chosen<'a>(
    configuration: &'a Configuration,
    names: &[String],
    file: &Path,
) -> Result<Vec<&'a Target>, Failure> {
    let targets = &configuration.targets;
    if targets.is_empty() {
        return Err(Failure::NoTarget(shown(file)));
    }
    if let Some(unknown) =
        names.iter().find(|name| !targets.iter().any(|target| target.name.as_str() == name.as_str()))
    {
        let known = targets.iter().map(|target| target.name.to_string()).collect();
        return Err(Failure::NoSuchTarget { given: inert(unknown), known });
    }
    let chosen = |target: &&Target| names.is_empty() || names.iter().any(|name| name == target.name.as_str());
    Ok(targets.iter().filter(chosen).collect())
}

/// How targets are judged.
struct Judging<'a> {
    configuration: &'a Configuration,
    /// What the command line says.
    asked: Settings,
    registry: Arc<Registry>,
}

impl Judging<'_> {
    /// How a target of a cloud is judged: as the command line says, the target itself, and the defaults. What is said of
    /// all targets is about those of any cloud; what a target says of itself must be about its own.
    fn settings(&self, target: &Target, provider: Provider) -> Settings {
        let general = self.configuration.defaults.of_cloud(provider, &self.registry);
        self.asked.of_cloud(provider, &self.registry).over(&target.settings.over(&general))
    }

    fn selection(&self, target: &Target, provider: Provider) -> Result<Selection, Failure> {
        let choice = self.settings(target, provider).choice();
        let selection = Selection::new(Arc::clone(&self.registry), choice)?;
        covered(&selection, provider)?;
        Ok(selection)
    }

    /// Whether the checks that a target names itself say something of the clouds that it is in.
    fn about_its_own(&self, target: &Target, evidence: &[Evidence]) -> Result<(), Failure> {
        let clouds: Vec<&str> = evidence.iter().map(|one| one.cloud.provider().as_str()).collect();
        let elsewhere = |id: &&String| {
            self.registry.get(id).is_some_and(|check| !clouds.contains(&check.provider().as_str()))
        };
        match (evidence.first(), target.settings.named_checks().find(elsewhere)) {
            (Some(first), Some(check)) => {
                Err(NotSelectable::Elsewhere { id: check.clone(), provider: first.cloud.provider() }.into())
            }
            _ => Ok(()),
        }
    }
}

/// A target, as far as files tell of it.
enum Read<'a> {
    /// All of it: a registration, or those of a plan.
    Whole(Vec<Seen<'a>>),
    /// To be read from its cloud.
    Live(Box<Unread<'a>>),
}

impl<'a> Read<'a> {
    /// The target, once for each registration.
    fn targets(&self) -> Vec<&'a Target> {
        match self {
            Self::Whole(seen) => seen.iter().map(|seen| seen.target).collect(),
            Self::Live(unread) => vec![unread.target],
        }
    }
}

/// A target that is to be read from its cloud.
struct Unread<'a> {
    target: &'a Target,
    live: Live<'a>,
    selection: Selection,
    time_limit: Duration,
}

/// What was seen of a target, and what it is judged by.
struct Seen<'a> {
    target: &'a Target,
    evidence: Evidence,
    selection: Selection,
}

/// What a target is read from, with everything that can be wrong about that.
fn source<'a>(target: &'a Target, judging: &Judging<'_>) -> Result<Read<'a>, Failure> {
    let live = |live: Live<'a>, provider| {
        let selection = judging.selection(target, provider)?;
        let time_limit = judging.settings(target, provider).time_limit();
        Ok(Read::Live(Box::new(Unread { target, live, selection, time_limit })))
    };
    let evidence = match &target.origin {
        Origin::Aws { registration, profiles } => {
            return live(Live::Aws { registration, profiles }, Provider::Aws);
        }
        Origin::Azure(registration) => return live(Live::Azure(registration), Provider::Azure),
        Origin::Evidence(file) => vec![saved(file)?],
        Origin::Plan(plan) => evidence_of_plan(plan)?,
    };
    judging.about_its_own(target, &evidence)?;
    // A plan's several registrations keep the names that it gives them.
    let named = evidence.len() == 1;
    let seen = evidence.into_iter().map(|evidence| {
        let name = if named { target.name.clone() } else { evidence.name.clone() };
        let selection = judging.selection(target, evidence.cloud.provider())?;
        Ok(Seen { target, evidence: Evidence { name, ..evidence }, selection })
    });
    Ok(Read::Whole(seen.collect::<Result<_, Failure>>()?))
}

fn saved(file: &Path) -> Result<Evidence, Failure> {
    let (file, text) = read(file, LARGEST_EVIDENCE)?;
    evidence::from_json(&text).map_err(|problem| Failure::Evidence { file, problem })
}

/// What a plan says of each of its registrations, laid over saved evidence where that is named.
fn evidence_of_plan(plan: &PlanFile) -> Result<Vec<Evidence>, Failure> {
    fn text(value: Option<&impl ToString>) -> Option<String> {
        value.map(ToString::to_string)
    }
    let wanted = Wanted::of(
        AwsNamed {
            role_arn: text(plan.role_arn.as_ref()),
            role_address: plan.role_address.clone(),
            kms_arn: text(plan.kms_arn.as_ref()),
            key_address: plan.key_address.clone(),
            external_id: text(plan.external_id.as_ref()),
        },
        AzureNamed {
            tenant_id: text(plan.tenant_id.as_ref()),
            vault_uri: text(plan.vault_uri.as_ref()),
            key_name: text(plan.key_name.as_ref()),
            key_address: plan.key_address.clone(),
            organization_id: text(plan.organization_id.as_ref()),
            service_principal_id: text(plan.service_principal_id.as_ref()),
        },
    );
    match evidence_of(&plan.file, plan.over.as_deref(), wanted) {
        Err(Failure::Plan { problem: Refused::NoRegistration, .. }) if plan.allow_none => Ok(Vec::new()),
        other => other,
    }
}

/// Reads what is to be read from clouds, several at a time, and says what to do where nothing could be read.
fn collected<'a>(
    sources: Vec<Read<'a>>,
    at_once: usize,
    quiet: bool,
    collected_at: Timestamp,
) -> Result<Vec<Seen<'a>>, Failure> {
    let (clouds, progress) = (Clouds::default(), TargetsProgress::new(quiet));
    let reading = sources.into_iter().enumerate().map(|(place, source)| {
        let (clouds, progress) = (&clouds, &progress);
        Box::pin(async move {
            let seen = match source {
                Read::Whole(seen) => seen,
                Read::Live(unread) => {
                    let Unread { target, live, selection, time_limit } = *unread;
                    let reading = live.read(clouds, &selection, time_limit);
                    let cloud = progress.during(target.name.as_str(), reading).await;
                    let evidence = Evidence {
                        version: evidence::VERSION,
                        name: target.name.clone(),
                        source: Source::Live,
                        collected_at,
                        cloud,
                        plan: None,
                    };
                    vec![Seen { target, evidence, selection }]
                }
            };
            (place, seen)
        })
    });
    let mut read: Vec<(usize, Vec<Seen<'_>>)> =
        wait(stream::iter(reading).buffer_unordered(at_once).collect())?;
    read.sort_by_key(|(place, _)| *place);
    let seen: Vec<Seen<'_>> = read.into_iter().flat_map(|(_, seen)| seen).collect();
    advise(&seen, quiet);
    Ok(seen)
}

/// What to do, once for all targets that need it.
fn advise(seen: &[Seen<'_>], quiet: bool) {
    let mut advised: Vec<(String, Vec<&str>)> = Vec::new();
    let is_live = |seen: &&Seen<'_>| matches!(seen.target.origin, Origin::Aws { .. } | Origin::Azure(_));
    for Seen { target, evidence, .. } in seen.iter().filter(is_live) {
        for advice in advice(&evidence.cloud) {
            match advised.iter_mut().find(|(known, _)| *known == advice) {
                Some((_, targets)) => targets.push(target.name.as_str()),
                None => advised.push((advice, vec![target.name.as_str()])),
            }
        }
    }
    for (advice, targets) in advised {
        say(quiet, &format!("{}: {advice}", named(&targets)));
    }
}

/// The first of some names, and how many others there are.
fn named(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().take(3).map(|name| format!("`{}`", inert(name))).collect();
    match names.len().saturating_sub(quoted.len()) {
        0 => quoted.join(", "),
        others => format!("{} and {others} more", quoted.join(", ")),
    }
}

/// The waivers that are of the targets that are run, or of none that there is.
fn waivers(configuration: &Configuration, chosen: &[&Target], day: Date) -> Waivers {
    let chosen: BTreeSet<&str> = chosen.iter().map(|target| target.name.as_str()).collect();
    let known: BTreeSet<&str> = configuration.targets.iter().map(|target| target.name.as_str()).collect();
    let concerned = |(subject, _): &&(Subject, Waiver)| match &subject.target {
        Waived::Everywhere => true,
        Waived::On(name) => chosen.contains(name.as_str()) || !known.contains(name.as_str()),
    };
    Waivers::new(configuration.waivers.iter().filter(concerned).cloned().collect(), day)
}

/// How reports name what was seen: as the file does, and what is one of several registrations of a plan with its own name
/// behind that. No two have the same name, and none that of another target.
fn names(seen: &[Seen<'_>], configuration: &Configuration) -> Vec<String> {
    let mut registrations: BTreeMap<&str, usize> = BTreeMap::new();
    for seen in seen {
        *registrations.entry(seen.target.name.as_str()).or_default() += 1;
    }
    let mut taken: BTreeSet<String> =
        configuration.targets.iter().map(|target| target.name.to_string()).collect();
    let named = seen.iter().map(|Seen { target, evidence, .. }| {
        let target = target.name.as_str();
        if registrations.get(target) == Some(&1) {
            return target.to_owned();
        }
        let name = format!("{target}: {}", evidence.name);
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let free = [name.clone()].into_iter().chain(numbered).find(|name| !taken.contains(name));
        let free = free.unwrap_or(name);
        taken.insert(free.clone());
        free
    });
    named.collect()
}

/// Saves the evidence, judges it, and writes payloads and report.
fn write_outputs(
    files: &Files<'_>,
    judging: &Judging<'_>,
    chosen: &[&Target],
    seen: &[Seen<'_>],
    day: Date,
) -> Result<Exit, Failure> {
    let options = files.options;
    for (seen, file) in seen.iter().zip(&files.evidence) {
        write_whole(file, &evidence::to_json(&seen.evidence)?, Readers::Owner)?;
    }
    let names = names(seen, judging.configuration);
    let judged: Vec<Judged<'_>> = seen
        .iter()
        .zip(&names)
        .map(|(Seen { target, evidence, selection }, name)| Judged {
            target: target.name.as_str(),
            name,
            evidence,
            selection,
        })
        .collect();
    let mut report = if judged.is_empty() {
        // Only plans that may register nothing leave nothing to judge.
        say(options.writing.quiet, NOTHING);
        Report::of_nothing()
    } else {
        Report::with_waivers(&judged, &waivers(judging.configuration, chosen, day))
    };
    if chosen.len() < judging.configuration.targets.len() {
        // What is waived on every target may be needed on one that is not run.
        let idle =
            |unused: &Unused| unused.subject.target == Waived::Everywhere && unused.why != Why::Expired;
        report.unused_waivers.retain(|unused| !idle(unused));
    }
    for unused in &report.unused_waivers {
        say(options.writing.quiet, &inert(&unused.to_string()));
    }
    let written = written(&report, &judging.registry, &options.writing, Some(&options.file))?;
    for (target, file) in report.targets.iter().zip(&files.payloads) {
        write_payload(file, target, options.writing.quiet)?;
    }
    written.write()?;
    Ok((&report).into())
}

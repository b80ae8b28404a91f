//! The commands: what is read, what is written where, and the exit status.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::CommandFactory;
use thiserror::Error;

use crate::assume::Assumptions;
use crate::check::new::NotAnId;
use crate::check::{LoadError, Registry, Severity};
use crate::cli::{
    Cli, Command, Completions, FailOn, Format, Judging, Replay, ReportFormat, Reporting, Requirement,
    Simulate, Writing,
};
use crate::config;
use crate::contract::Provider;
use crate::evidence::{self, Evidence, NotEvidence};
use crate::explain::{NotReadable, NothingKnown};
use crate::facts::path::Answer;
use crate::report::{Report, TargetReport, github, json, junit, markdown, sarif, table};
use crate::selection::{Choice, NoSuchCheck, NotSelectable, ORGANIZATION_POLICIES, Selection};
use crate::simulate::{self, NotASimulation, Simulation};
use crate::target::InvalidInput;
use crate::terraform::Refused;
use crate::text::inert;

mod checks;
mod explain;
mod files;
mod init;
mod interruption;
mod live;
mod permissions;
mod plan;
mod targets;
mod terminal;

use files::{Readers, can_be_written, read, shown, write_whole};
use terminal::{look, print, say};

/// Saved evidence is refused above this size, in bytes.
const LARGEST_EVIDENCE: u64 = 64 * 1024 * 1024;
/// The input of a simulation is refused above this size, in bytes: a hundred thousand requests of a few kilobytes.
const LARGEST_SIMULATION: u64 = 512 * 1024 * 1024;

/// The exit statuses, the same for every command and format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Exit(u8);

impl Exit {
    /// All is as it should be.
    const DONE: Self = Self(0);
    /// Something is not: not ready, refused, a case that fails.
    const FAILED: Self = Self(1);
    /// The question could not be asked.
    const BROKEN: Self = Self(2);
    /// It could not be decided.
    const UNDETERMINED: Self = Self(3);
}

impl From<Exit> for ExitCode {
    fn from(Exit(status): Exit) -> Self {
        Self::from(status)
    }
}

impl From<&Report> for Exit {
    fn from(report: &Report) -> Self {
        Self(report.exit_status())
    }
}

/// Why a command could not do its work. What comes from outside is made inert where it is put in.
#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Input(#[from] InvalidInput),
    #[error("`{file}` can't be read: {source}")]
    Read { file: String, source: io::Error },
    #[error("`{file}` can't be written: {source}")]
    Write { file: String, source: io::Error },
    #[error("`{0}` is there already: choose another id, or another directory")]
    Exists(String),
    #[error("`{0}` is there already: change it, or choose another directory")]
    ConfigurationExists(String),
    #[error("there is no `{0}`: `ekm-preflight init` writes one to begin with")]
    NoConfiguration(String),
    #[error("{}", lines(.0))]
    Configuration(Vec<config::Problem>),
    #[error("`{0}` has no target: add a `[[target]]` for each registration")]
    NoTarget(String),
    #[error("there is no target `{given}`: {}", names(.known))]
    NoSuchTarget { given: String, known: Vec<String> },
    #[error("target `{target}`: {failure}")]
    Target { target: String, failure: Box<Failure> },
    #[error("{}", lines(.0))]
    Targets(Vec<Failure>),
    #[error("{}{said}", file.as_ref().map(|file| format!("`{file}`: ")).unwrap_or_default())]
    InTheFilesWords { file: Option<String>, said: String },
    #[error("`{file}` is {problem}")]
    Evidence { file: String, problem: NotEvidence },
    #[error("`{file}`: {problem}")]
    Plan { file: String, problem: Refused },
    #[error(
        "the plan holds {0} registrations, and --{1} takes a file for one: name one with --role-address and --key-address"
    )]
    Several(usize, &'static str),
    #[error("`{file}` is larger than {limit} MiB, which is more than this program reads")]
    TooLarge { file: String, limit: u64 },
    #[error("`{file}` can't be simulated: {}", inert(&.problem.to_string()))]
    Simulation { file: String, problem: NotASimulation },
    #[error(transparent)]
    NoSuchCheck(#[from] NoSuchCheck),
    #[error(transparent)]
    NothingKnown(#[from] NothingKnown),
    #[error(transparent)]
    KnownErrors(#[from] NotReadable),
    #[error(transparent)]
    NotAnId(#[from] NotAnId),
    #[error(transparent)]
    NotSelectable(#[from] NotSelectable),
    #[error("{}", lines(.0))]
    Checks(Vec<LoadError>),
    #[error("nothing that is selected takes a permission: there is no {0}")]
    NoPermission(&'static str),
    #[error(
        "a custom role must say where it can be assigned: give the vault's subscription with --subscription-id, as \
         `az account show --query id` shows it"
    )]
    NoSubscription,
    #[error("`{0}` holds no check: expected files `*.yaml`")]
    NoChecks(String),
    #[error("`{0}` and `{1}` are the same file: give each its own")]
    SameFile(String, String),
    #[error("the runtime can't be started: {0}")]
    Runtime(io::Error),
    #[error("the report can't be serialized: {0}")]
    Serialize(#[from] serde_json::Error),
    #[error("the report can't be serialized: {0}")]
    Junit(#[from] quick_junit::SerializeError),
}

fn lines(errors: &[impl ToString]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Names to choose from; of many the first.
fn names(known: &[String]) -> String {
    let quoted: Vec<String> = known.iter().take(20).map(|name| format!("`{}`", inert(name))).collect();
    let more = if known.len() > quoted.len() { ", …" } else { "" };
    format!("the file has {}{more}", quoted.join(", "))
}

/// Runs a command.
pub fn run(cli: Cli) -> ExitCode {
    let result = match cli.command {
        Command::Aws(options) => live::aws(&options),
        Command::Azure(options) => live::azure(&options),
        Command::Plan(options) => plan::run(&options),
        Command::Replay(options) => replay(&options),
        Command::Run(options) => targets::run(&options),
        Command::Init(options) => init::run(&options),
        Command::Simulate(options) => simulate(&options),
        Command::Checks(options) => checks::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Permissions(options) => permissions::run(&options),
        Command::Completions(options) => completions(&options),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            let _ = writeln!(io::stderr(), "error: {failure}");
            Exit::BROKEN.into()
        }
    }
}

/// What the options choose of the program's checks and the customer's.
fn selection(options: &Judging, provider: Provider) -> Result<Selection, Failure> {
    let registry = checks::registry_of(provider, &options.selecting.checks)?;
    selected(options, Arc::new(registry), provider)
}

/// The same of checks that were loaded.
fn selected(options: &Judging, registry: Arc<Registry>, provider: Provider) -> Result<Selection, Failure> {
    let choice = Choice {
        only: options.selecting.only.clone(),
        skip: options.selecting.skip.clone(),
        required: required(&options.require),
        severities: BTreeMap::new(),
        fail_on: severity(options.fail_on),
        assumptions: Assumptions::parse(&options.assume)?,
    };
    let selection = Selection::new(registry, choice)?;
    covered(&selection, provider)?;
    Ok(selection)
}

/// The checks that must hold.
fn required(requirements: &[Requirement]) -> Vec<String> {
    requirements.iter().map(|Requirement::OrganizationPolicies| ORGANIZATION_POLICIES.into()).collect()
}

fn severity(fail_on: FailOn) -> Severity {
    match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
    }
}

/// Whether the selection has anything to say of a target of this provider, and nothing that is of another.
fn covered(selection: &Selection, provider: Provider) -> Result<(), Failure> {
    selection.covers(provider)?;
    selection.assumptions().hold_for(provider)?;
    Ok(())
}

fn replay(options: &Replay) -> Result<Exit, Failure> {
    let checks = checks::files(&options.reporting.judging.selecting.checks);
    let inputs = checks.iter().map(AsRef::as_ref).chain([options.file.as_path()]);
    can_be_written(files::written(&options.reporting, None), inputs)?;
    let (file, text) = read(&options.file, LARGEST_EVIDENCE)?;
    let mut evidence = evidence::from_json(&text).map_err(|problem| Failure::Evidence { file, problem })?;
    if let Some(name) = &options.reporting.name {
        evidence.name.clone_from(name);
    }
    let selection = selection(&options.reporting.judging, evidence.cloud.provider())?;
    report(&[evidence], &selection, &options.reporting, Some(&options.file))
}

fn simulate(options: &Simulate) -> Result<Exit, Failure> {
    let (file, text) = read(&options.file, LARGEST_SIMULATION)?;
    let simulation = simulate::simulate(&text).map_err(|problem| Failure::Simulation { file, problem })?;
    print(&match options.format {
        Format::Json => simulation.to_json()?,
        Format::Table => table::decisions(simulation.answers(), look(options.color, None)),
    })?;
    let answers = simulation.answers();
    Ok(match simulation {
        _ if answers.iter().any(|answered| answered.answer() == Answer::Depends) => Exit::UNDETERMINED,
        Simulation::One(one) if one.answer() == Answer::Denied => Exit::FAILED,
        Simulation::One(_) | Simulation::Many(_) => Exit::DONE,
    })
}

fn completions(options: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
    // The program's name has a hyphen, which the script for bash spells in two ways, so that no option of a command is
    // found (clap-rs/clap#6421).
    let script = String::from_utf8_lossy(&script).replace("ekm__subcmd__preflight", "ekm__preflight");
    print(&script)?;
    Ok(Exit::DONE)
}

/// Judges one target, and writes the report and the payload. `input` is the file that was judged, where there is one.
fn report(
    evidence: &[Evidence],
    selection: &Selection,
    options: &Reporting,
    input: Option<&Path>,
) -> Result<Exit, Failure> {
    write(&Report::of(evidence, selection), selection.registry(), options, input)
}

/// Writes a report, and the payload of its target.
fn write(
    report: &Report,
    registry: &Registry,
    options: &Reporting,
    input: Option<&Path>,
) -> Result<Exit, Failure> {
    // What can't be rendered leaves nothing behind.
    let written = written(report, registry, &options.writing, input)?;
    if let Some(file) = &options.payload {
        for target in &report.targets {
            write_payload(file, target, options.writing.quiet)?;
        }
    }
    written.write()?;
    Ok(report.into())
}

/// Writes a target's payload, or says why there is none.
fn write_payload(file: &Path, target: &TargetReport, quiet: bool) -> Result<(), Failure> {
    match &target.payload {
        Ok(payload) => write_whole(file, &payload.to_json()?, Readers::Anyone)?,
        Err(reason) => {
            say(quiet, &format!("no payload was written to `{}`: {}", shown(file), inert(reason)));
        }
    }
    Ok(())
}

/// A report in each format that was asked for, each with where it goes: a file, or standard output.
struct Written<'a>(Vec<(Option<&'a Path>, String)>);

fn written<'a>(
    report: &Report,
    registry: &Registry,
    options: &'a Writing,
    input: Option<&Path>,
) -> Result<Written<'a>, Failure> {
    let first = (options.format, options.output.as_deref());
    let also = options.also.iter().map(|also| (also.format, Some(also.file.as_path())));
    let rendered = also.chain([first]).map(|(format, file)| {
        let text = match format {
            ReportFormat::Json => json::render(report)?,
            ReportFormat::Table => table::render(report, look(options.color, file)),
            ReportFormat::Sarif => sarif::render(report, registry, input)?,
            ReportFormat::Junit => junit::render(report)?,
            ReportFormat::Markdown => markdown::render(report),
            ReportFormat::Github => github::render(report),
        };
        Ok((file, text))
    });
    rendered.collect::<Result<_, Failure>>().map(Written)
}

impl Written<'_> {
    fn write(&self) -> Result<(), Failure> {
        self.0.iter().try_for_each(|(file, text)| match file {
            Some(file) => write_whole(file, text, Readers::Anyone),
            None => print(text),
        })
    }
}

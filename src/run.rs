//! The commands: what is read, what is written where, and the exit status.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::assume::Assumptions;
use crate::check::new::NotAnId;
use crate::check::{LoadError, Severity};
use crate::cli::{Aws, Cli, Command, FailOn, Format, Judging, Replay, Reporting, Requirement, Simulate};
use crate::collect;
use crate::contract::Provider;
use crate::evidence::{self, Cloud, Evidence, Item, Missing, MissingReason, NotEvidence, Source};
use crate::explain::{NotReadable, NothingKnown};
use crate::facts::path::Answer;
use crate::report::{Report, Verdict, json, table};
use crate::selection::{Choice, NoSuchCheck, NotSelectable, ORGANIZATION_POLICIES, Selection};
use crate::simulate::{self, NotASimulation, Simulation};
use crate::target::aws::{AwsRegistration, RoleArn};
use crate::target::{FriendlyName, InvalidInput, NotAFriendlyName};
use crate::text::inert;

mod checks;
mod explain;
mod files;
mod interruption;
mod permissions;
mod terminal;

use files::{outputs_differ, read, shown, write_whole};
use terminal::{look, print, progress};

/// Saved evidence is refused above this size, in bytes.
const LARGEST_EVIDENCE: u64 = 64 * 1024 * 1024;
/// The input of a simulation is refused above this size, in bytes: a hundred thousand requests of a few kilobytes.
const LARGEST_SIMULATION: u64 = 512 * 1024 * 1024;

/// The exit statuses, the same for every command and format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Ready,
    NotReady,
    Broken,
    Undetermined,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ready => 0,
            Exit::NotReady => 1,
            Exit::Broken => 2,
            Exit::Undetermined => 3,
        })
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Ready => Self::Ready,
            Verdict::NotReady => Self::NotReady,
            Verdict::Undetermined => Self::Undetermined,
        }
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
    #[error("`{file}` is {problem}")]
    Evidence { file: String, problem: NotEvidence },
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
    #[error("nothing that is selected takes a permission: there is no policy to attach")]
    NoPermission,
    #[error("`{0}` holds no check: expected files `*.yaml`")]
    NoChecks(String),
    #[error("`{0}` and `{1}` are the same file: give each its own")]
    SameFile(String, String),
    #[error("the runtime can't be started: {0}")]
    Runtime(io::Error),
    #[error("the report can't be serialized: {0}")]
    Serialize(#[from] serde_json::Error),
}

fn lines(errors: &[LoadError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Runs a command.
pub fn run(cli: Cli) -> ExitCode {
    let result = match cli.command {
        Command::Aws(options) => aws(&options),
        Command::Replay(options) => replay(&options),
        Command::Simulate(options) => simulate(&options),
        Command::Checks(options) => checks::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Permissions(options) => permissions::run(&options),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            let _ = writeln!(io::stderr(), "error: {failure}");
            Exit::Broken.into()
        }
    }
}

/// What the options choose of the program's checks and the customer's.
fn selection(options: &Judging) -> Result<Selection, Failure> {
    let assumptions = Assumptions::parse(&options.assume)?;
    let required =
        options.require.iter().map(|Requirement::OrganizationPolicies| ORGANIZATION_POLICIES.into());
    let choice = Choice {
        only: options.selecting.only.clone(),
        skip: options.selecting.skip.clone(),
        required: required.collect(),
        fail_on: match options.fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
        },
        assumptions,
    };
    Ok(Selection::new(checks::registry_for_judging(&options.selecting.checks)?, choice)?)
}

fn aws(options: &Aws) -> Result<Exit, Failure> {
    let registration = AwsRegistration::parse(&options.role_arn, &options.kms_arn, &options.external_id)?;
    outputs_differ(&options.reporting, options.save_evidence.as_deref())?;
    let selection = selection(&options.reporting.judging)?;
    selection.covers(Provider::Aws)?;
    let name = match &options.reporting.name {
        Some(name) => name.clone(),
        None => default_name(&registration)?,
    };
    let collected_at = Timestamp::now().round(jiff::Unit::Second).unwrap_or_else(|_| Timestamp::now());
    let seen = match registration.target() {
        Some(target) => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Failure::Runtime)?;
            let progress = progress("reading the role and the key", options.reporting.quiet);
            let collector = collect::aws::Options {
                time_limit: options.timeout,
                profiles: collect::aws::Profiles {
                    role: options.role_profile.clone(),
                    key: options.key_profile.clone(),
                    organization: options.organization_profile.clone(),
                },
                needs: selection.needs(Provider::Aws),
            };
            let seen = runtime.block_on(collect::aws::collect(&target, &collector));
            progress.finish_and_clear();
            // A resolver that still waits for an answer must not hold the program up.
            runtime.shutdown_timeout(Duration::ZERO);
            seen
        }
        None => collect::aws::nothing_asked(&Missing::not_asked(
            "",
            "OpenAI would not accept the values as written",
        )),
    };
    let mut callers: Vec<_> =
        [&seen.caller, &seen.key_caller].into_iter().filter_map(Item::missing).collect();
    callers.dedup();
    for missing in callers {
        if !options.reporting.quiet
            && let Some(advice) = advice(missing)
        {
            let _ = writeln!(io::stderr(), "{advice}\n  {}", inert(&missing.detail));
        }
    }
    let evidence = Evidence {
        version: evidence::VERSION,
        name,
        source: Source::Live,
        collected_at,
        cloud: Cloud::Aws { registration, evidence: Box::new(seen) },
    };
    if let Some(file) = &options.save_evidence {
        write_whole(file, &evidence::to_json(&evidence)?)?;
    }
    report(&[evidence], &selection, &options.reporting)
}

/// The role's name, or a plain one where OpenAI would not accept the role.
fn default_name(registration: &AwsRegistration) -> Result<FriendlyName, InvalidInput> {
    let role = registration.role().ok();
    let name = role.as_ref().map_or("openai-ekm", RoleArn::name);
    name.parse().map_err(|NotAFriendlyName| InvalidInput {
        option: "--role-arn".into(),
        given: name.into(),
        problem: "the role's name can't be the registration's".into(),
        expected: "a name of its own with --name".into(),
    })
}

/// What to do where nothing could be read at all.
fn advice(missing: &Missing) -> Option<&'static str> {
    match missing.reason {
        MissingReason::Credentials => Some(
            "no usable AWS credentials: log in with `aws sso login`, set AWS_PROFILE, or set \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` shows whether they work",
        ),
        MissingReason::Unreachable | MissingReason::TimedOut => Some(
            "AWS could not be reached: check the network, HTTPS_PROXY and AWS_ENDPOINT_URL, or raise --timeout",
        ),
        _ => None,
    }
}

fn replay(options: &Replay) -> Result<Exit, Failure> {
    outputs_differ(&options.reporting, Some(&options.file))?;
    let selection = selection(&options.reporting.judging)?;
    let (file, text) = read(&options.file, LARGEST_EVIDENCE)?;
    let mut evidence = evidence::from_json(&text).map_err(|problem| Failure::Evidence { file, problem })?;
    if let Some(name) = &options.reporting.name {
        evidence.name.clone_from(name);
    }
    match evidence.cloud {
        Cloud::Aws { .. } => selection.covers(Provider::Aws)?,
    }
    report(&[evidence], &selection, &options.reporting)
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
        _ if answers.iter().any(|answered| answered.answer() == Answer::Depends) => Exit::Undetermined,
        Simulation::One(one) if one.answer() == Answer::Denied => Exit::NotReady,
        Simulation::One(_) | Simulation::Many(_) => Exit::Ready,
    })
}

/// Judges, and writes the report and the payload.
fn report(evidence: &[Evidence], selection: &Selection, options: &Reporting) -> Result<Exit, Failure> {
    let report = Report::of(evidence, selection);
    let text = match options.format {
        Format::Json => json::render(&report)?,
        Format::Table => table::render(&report, look(options.color, options.output.as_deref())),
    };
    if let Some(file) = &options.payload {
        for target in &report.targets {
            match &target.payload {
                Ok(payload) => write_whole(file, &payload.to_json()?)?,
                Err(reason) if !options.quiet => {
                    let _ = writeln!(
                        io::stderr(),
                        "no payload was written to `{}`: {}",
                        shown(file),
                        inert(reason)
                    );
                }
                Err(_) => {}
            }
        }
    }
    match &options.output {
        Some(file) => write_whole(file, &text)?,
        None => print(&text)?,
    }
    Ok(report.verdict.into())
}

//! The commands: what is read, what is written where, and the exit status.

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use thiserror::Error;

use crate::check::{self, CaseResult, LoadError, Registry, cases};
use crate::cli::{
    Aws, Checks, ChecksCommand, Cli, ColorChoice, Command, Format, Replay, Reporting, Simulate,
};
use crate::collect;
use crate::evidence::aws::EvidenceKey;
use crate::evidence::{self, Cloud, Evidence, Item, Missing, MissingReason, NotEvidence, Source};
use crate::facts::path::Answer;
use crate::report::table::Look;
use crate::report::{Report, Verdict, json, table};
use crate::simulate::{self, NotASimulation, Simulation};
use crate::target::aws::{AwsRegistration, RoleArn};
use crate::target::{FriendlyName, InvalidInput, NotAFriendlyName};
use crate::text::inert;

/// Saved evidence and checks are refused above this size, in bytes.
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
    #[error("`{file}` is {problem}")]
    Evidence { file: String, problem: NotEvidence },
    #[error("`{file}` is larger than {limit} MiB, which is more than this program reads")]
    TooLarge { file: String, limit: u64 },
    #[error("`{file}` can't be simulated: {}", inert(&.problem.to_string()))]
    Simulation { file: String, problem: NotASimulation },
    #[error("there is no check `{}`: `ekm-preflight checks` lists them", inert(.0))]
    NoSuchCheck(String),
    #[error("{}", lines(.0))]
    Checks(Vec<LoadError>),
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
        Command::Checks(options) => checks(&options),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            let _ = writeln!(io::stderr(), "error: {failure}");
            Exit::Broken.into()
        }
    }
}

fn registry() -> Result<Registry, Failure> {
    check::registry().map_err(Failure::Checks)
}

fn aws(options: &Aws) -> Result<Exit, Failure> {
    let registration = AwsRegistration::parse(&options.role_arn, &options.kms_arn, &options.external_id)?;
    outputs_differ(&options.reporting, options.save_evidence.as_deref())?;
    let registry = registry()?;
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
                needs: EvidenceKey::ALL.into_iter().collect(),
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
    report(&[evidence], &registry, &options.reporting)
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
    let registry = registry()?;
    let (file, text) = read(&options.file, LARGEST_EVIDENCE)?;
    let mut evidence = evidence::from_json(&text).map_err(|problem| Failure::Evidence { file, problem })?;
    if let Some(name) = &options.reporting.name {
        evidence.name.clone_from(name);
    }
    report(&[evidence], &registry, &options.reporting)
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
fn report(evidence: &[Evidence], registry: &Registry, options: &Reporting) -> Result<Exit, Failure> {
    let report = Report::of(evidence, registry);
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

fn checks(options: &Checks) -> Result<Exit, Failure> {
    let registry = registry()?;
    match &options.command {
        None => {
            let width = registry.iter().map(|check| check.id().len()).max().unwrap_or_default();
            let listed = registry.iter().map(|check| {
                format!("{:<width$}  {:<7}  {}\n", check.id(), check.severity().as_str(), check.title())
            });
            print(&listed.collect::<String>())?;
            Ok(Exit::Ready)
        }
        Some(ChecksCommand::Show { id }) => {
            let check = registry.get(id).ok_or_else(|| Failure::NoSuchCheck(id.clone()))?;
            print(check.source())?;
            Ok(Exit::Ready)
        }
        Some(ChecksCommand::Test { directory }) => {
            let registry = match directory {
                Some(directory) => registry.with(check_files(directory)?).map_err(Failure::Checks)?,
                None => registry,
            };
            test_checks(&registry)
        }
    }
}

/// Runs every case of every check.
fn test_checks(registry: &Registry) -> Result<Exit, Failure> {
    let (mut passed, mut failed, mut said) = (0_usize, 0_usize, String::new());
    for check in registry.iter() {
        for case in cases::run(check) {
            match case {
                CaseResult { problem: None, .. } => passed += 1,
                CaseResult { problem: Some(problem), name } => {
                    failed += 1;
                    said.push_str(&format!("{}: `{}`: {}\n", check.id(), inert(&name), inert(&problem)));
                }
            }
        }
    }
    said.push_str(&format!("{} checks, {passed} cases passed, {failed} failed\n", registry.iter().count()));
    print(&said)?;
    Ok(if failed == 0 { Exit::Ready } else { Exit::NotReady })
}

/// The check files of a directory, by name; not of the directories in it.
fn check_files(directory: &Path) -> Result<Vec<(String, String)>, Failure> {
    let failed = |source| Failure::Read { file: shown(directory), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            files.push((name, read(&path, LARGEST_EVIDENCE)?.1));
        }
    }
    files.sort();
    if files.is_empty() {
        let source = io::Error::new(io::ErrorKind::NotFound, "it holds no `*.yaml` file");
        return Err(Failure::Read { file: shown(directory), source });
    }
    Ok(files)
}

/// A file's name for messages, and its text; `-` is standard input.
fn read(path: &Path, largest: u64) -> Result<(String, String), Failure> {
    let stdin = path == Path::new("-");
    let file = if stdin { "standard input".to_owned() } else { shown(path) };
    let failed = |source| Failure::Read { file: file.clone(), source };
    let mut text = String::new();
    let mut limited: Box<dyn Read> = if stdin {
        Box::new(io::stdin().take(largest + 1))
    } else {
        Box::new(fs::File::open(path).map_err(failed)?.take(largest + 1))
    };
    limited.read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > largest {
        return Err(Failure::TooLarge { file, limit: largest / 1024 / 1024 });
    }
    Ok((file, text))
}

/// Writes a file whole or not at all.
fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |source| Failure::Write { file: shown(path), source };
    // A device or a pipe (`/dev/stdout`) can't be replaced; it is written to.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return fs::write(path, text).map_err(failed);
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file =
        tempfile::Builder::new().prefix(".ekm-preflight-").tempfile_in(directory).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Two outputs to one file would leave only the last of them, and an output over the input would lose that.
fn outputs_differ(options: &Reporting, other: Option<&Path>) -> Result<(), Failure> {
    let files: Vec<&Path> =
        [options.output.as_deref(), options.payload.as_deref(), other].into_iter().flatten().collect();
    for (index, file) in files.iter().enumerate() {
        if let Some(same) = files.iter().skip(index + 1).find(|other| identity(other) == identity(file)) {
            return Err(Failure::SameFile(shown(file), shown(same)));
        }
    }
    Ok(())
}

/// The file that a path means, whether or not it exists yet.
fn identity(path: &Path) -> PathBuf {
    let whole = fs::canonicalize(path);
    whole.unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            fs::canonicalize(parent).map_or_else(|_| path.to_owned(), |parent| parent.join(name))
        }
        _ => path.to_owned(),
    })
}

/// A path as messages show it.
fn shown(path: &Path) -> String {
    inert(&path.display().to_string())
}

/// Writes to standard output. A reader that has seen enough is no error.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Write { file: "standard output".into(), source })
        }
        _ => Ok(()),
    }
}

/// The look of a report: that of the terminal, or 80 columns without colour for anything else.
fn look(color: ColorChoice, output: Option<&Path>) -> Look {
    let terminal = output.is_none() && io::stdout().is_terminal();
    let width = match terminal_size::terminal_size() {
        Some((terminal_size::Width(columns), _)) if terminal => usize::from(columns).clamp(60, 120),
        _ => 80,
    };
    let unicode = !terminal || supports_unicode::on(supports_unicode::Stream::Stdout);
    let colour = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            terminal && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
        }
    };
    Look { width, unicode, colour }
}

/// A line on standard error while something is going on, on a terminal only.
fn progress(what: &'static str, quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

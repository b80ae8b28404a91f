//! The checks by themselves: list, show, test; and the customer's own, read from directories.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{shown, write_new};
use super::terminal::print;
use super::{Exit, Failure};
use crate::check::{self, CaseResult, LoadError, Registry, cases};
use crate::cli::{Checks, ChecksCommand};
use crate::contract::Provider;
use crate::selection::NoSuchCheck;
use crate::text::inert;

/// A check's file is refused above this size, in bytes, before it is looked at.
const LARGEST_CHECK: u64 = 1024 * 1024;

/// The program's checks with their cases, and those of these directories.
pub(super) fn registry<P: AsRef<Path>>(directories: &[P]) -> Result<Registry, Failure> {
    with_directories(check::registry().map_err(Failure::Checks)?, directories)
}

/// The checks of one cloud, as far as judging takes, and those of these directories, which may be of any.
pub(super) fn registry_of<P: AsRef<Path>>(
    provider: Provider,
    directories: &[P],
) -> Result<Registry, Failure> {
    match directories {
        [] => check::registry_of(provider).map_err(Failure::Checks),
        some => registry_for_judging(some),
    }
}

/// The program's checks as far as judging takes, and those of these directories.
pub(super) fn registry_for_judging<P: AsRef<Path>>(directories: &[P]) -> Result<Registry, Failure> {
    with_directories(check::registry_for_judging().map_err(Failure::Checks)?, directories)
}

fn with_directories<P: AsRef<Path>>(registry: Registry, directories: &[P]) -> Result<Registry, Failure> {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for directory in directories {
        for file in check_files(directory.as_ref())? {
            match check_file(&file) {
                Ok(source) => files.push((shown(&file), source)),
                Err(error) => errors.push(error),
            }
        }
    }
    match registry.with(files) {
        Ok(registry) if errors.is_empty() => Ok(registry),
        Ok(_) => Err(Failure::Checks(errors)),
        Err(wrong) => Err(Failure::Checks([errors, wrong].concat())),
    }
}

/// `ekm-preflight checks`.
pub(super) fn run(options: &Checks) -> Result<Exit, Failure> {
    match &options.command {
        None => list(&registry_for_judging(&options.checks)?),
        Some(ChecksCommand::Show { id, checks }) => {
            let registry = registry(checks)?;
            let check = registry.get(id).ok_or_else(|| NoSuchCheck::of(id, &registry))?;
            print(check.source())?;
            Ok(Exit::DONE)
        }
        Some(ChecksCommand::New { id, directory }) => new(id, directory),
        Some(ChecksCommand::Test { directory }) => test(&registry(directory.as_slice())?),
    }
}

fn list(registry: &Registry) -> Result<Exit, Failure> {
    let width = registry.iter().map(|check| check.id().len()).max().unwrap_or_default();
    let listed = registry.iter().map(|check| {
        format!("{:<width$}  {:<7}  {}\n", check.id(), check.severity().as_str(), inert(check.title()))
    });
    print(&listed.collect::<String>())?;
    Ok(Exit::DONE)
}

/// Writes a check to begin with.
fn new(id: &str, directory: &Path) -> Result<Exit, Failure> {
    let source = check::new::file(id, &registry::<&Path>(&[])?)?;
    let path = directory.join(format!("{id}.yaml"));
    write_new(&path, &source)?;
    let directory = shown(directory);
    // The command that reads a cloud has the cloud's name, with which every id begins.
    let (cloud, _) = id.split_once('-').unwrap_or((id, ""));
    print(&format!(
        "wrote {}\n\nChange it, then\n  ekm-preflight checks test {directory}\nsays whether it is right, and\n  \
         ekm-preflight {cloud} … --checks {directory}\njudges with it.\n",
        shown(&path)
    ))?;
    Ok(Exit::DONE)
}

/// Runs every case of every check.
fn test(registry: &Registry) -> Result<Exit, Failure> {
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
    Ok(if failed == 0 { Exit::DONE } else { Exit::FAILED })
}

/// The check files of a directory, by name: not hidden ones, and not those of the directories in it.
fn check_files(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |source| Failure::Read { file: shown(directory), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(is_yaml) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() { Err(Failure::NoChecks(shown(directory))) } else { Ok(files) }
}

/// The check files of directories, as far as these can be read: what else is wrong with them is told elsewhere.
pub(super) fn files<P: AsRef<Path>>(directories: &[P]) -> Vec<PathBuf> {
    directories.iter().filter_map(|directory| check_files(directory.as_ref()).ok()).flatten().collect()
}

/// Also in spellings that are no check's: a file that looks like one is not passed over in silence.
fn is_yaml(extension: &std::ffi::OsStr) -> bool {
    ["yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// The text of a check's file.
fn check_file(path: &Path) -> Result<String, LoadError> {
    let wrong = |problem: &str| LoadError { file: shown(path), place: None, problem: problem.to_owned() };
    if path.extension().is_none_or(|extension| extension != "yaml") {
        return Err(wrong("the name of a check's file ends in `.yaml`: rename it"));
    }
    let unreadable = |error: std::io::Error| wrong(&format!("it can't be read: {error}"));
    let found = fs::metadata(path).map_err(unreadable)?;
    // Opening a pipe would wait for somebody to write to it.
    if !found.is_file() {
        return Err(wrong("it is no file: expected that of a check"));
    }
    if found.len() > LARGEST_CHECK {
        return Err(wrong("the file is larger than 1 MiB: a check is one screen of text"));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|error| LoadError {
        place: Some(end(error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default())),
        ..wrong("the file is no text in UTF-8 from here on")
    })
}

/// The line and column behind the end of a text.
fn end(text: &[u8]) -> (u64, u64) {
    let text = String::from_utf8_lossy(text);
    let last = text.rsplit('\n').next().unwrap_or_default();
    (text.split('\n').count() as u64, last.chars().count() as u64 + 1)
}

//! The files that a run writes for its targets.

use std::collections::BTreeMap;
use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::cli;
use crate::config::{Origin, Target};
use crate::run::files::{can_be_written, make_directory, reports};
use crate::run::{Failure, checks};

/// What of a target's name stands in a file's name as it is. Names differ in more than case, and so do the files.
const IN_FILE_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The files of targets; those of one plan are numbered from the second on.
pub(super) fn file_names<'a>(targets: impl IntoIterator<Item = &'a Target>) -> Vec<String> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let names = targets.into_iter().map(|target| {
        let number = numbers.entry(target.name.as_str()).or_default();
        *number += 1;
        let name = utf8_percent_encode(target.name.as_str(), IN_FILE_NAMES).to_string();
        // Not a hidden file, nor the directory above.
        let name = name.strip_prefix('.').map_or(name.clone(), |rest| format!("%2E{rest}"));
        // No name has a `%` as it is.
        if *number == 1 { format!("{name}.json") } else { format!("{name}%{number}.json") }
    });
    names.collect()
}

/// What a run writes, and where.
pub(super) struct Files<'a> {
    pub(super) options: &'a cli::Run,
    /// For the evidence of each registration, where it is saved.
    pub(super) evidence: Vec<PathBuf>,
    /// For the payload of each registration, where payloads are written.
    pub(super) payloads: Vec<PathBuf>,
}

impl<'a> Files<'a> {
    /// The files for these targets, each as often as it has registrations, in directories that are made where they are not
    /// there.
    pub(super) fn of<'t>(
        options: &'a cli::Run,
        registered: impl IntoIterator<Item = &'t Target>,
    ) -> Result<Self, Failure> {
        let names = file_names(registered);
        let within = |directory: &Option<PathBuf>| -> Result<Vec<PathBuf>, Failure> {
            let Some(directory) = directory else { return Ok(Vec::new()) };
            make_directory(directory)?;
            Ok(names.iter().map(|name| directory.join(name)).collect())
        };
        Ok(Self { options, evidence: within(&options.save_evidence)?, payloads: within(&options.payload)? })
    }

    /// Whether all of them can be written, and none is another one or one that is read.
    pub(super) fn can_be_written(&self, checks: &[PathBuf], chosen: &[&Target]) -> Result<(), Failure> {
        let in_directories = self.evidence.iter().chain(&self.payloads).map(PathBuf::as_path);
        let of_target = |target: &&Target| -> Vec<PathBuf> {
            match &target.origin {
                Origin::Aws { .. } | Origin::Azure(_) => Vec::new(),
                Origin::Evidence(file) => vec![file.clone()],
                Origin::Plan(plan) => {
                    [Some(plan.file.clone()), plan.over.clone()].into_iter().flatten().collect()
                }
            }
        };
        let directories: Vec<&PathBuf> = checks.iter().chain(&self.options.selecting.checks).collect();
        let mut read: Vec<PathBuf> = chosen.iter().flat_map(of_target).collect();
        read.extend(checks::files(&directories));
        read.push(self.options.file.clone());
        can_be_written(
            in_directories.chain(reports(&self.options.writing)),
            read.iter().map(PathBuf::as_path),
        )
    }
}

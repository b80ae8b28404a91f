//! The files that a run writes for its targets.

use std::collections::BTreeMap;
use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::cli;
use crate::config::{Origin, Target};
use crate::run::Failure;
use crate::run::files::all_differ;

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

/// No file that is written is another one that is written, or one that is read.
pub(super) fn files_differ(options: &cli::Run, chosen: &[&Target]) -> Result<(), Failure> {
    let names = file_names(chosen.iter().copied());
    let in_directories = [&options.save_evidence, &options.payload].into_iter().flatten();
    let in_directories: Vec<PathBuf> =
        in_directories.flat_map(|directory| names.iter().map(|name| directory.join(name))).collect();
    let named =
        options.writing.also.iter().map(|also| also.file.as_path()).chain(options.writing.output.as_deref());
    let written = in_directories.iter().map(PathBuf::as_path).chain(named);
    let of_target = |target: &&'_ Target| -> Vec<PathBuf> {
        match &target.origin {
            Origin::Aws { .. } | Origin::Azure(_) => Vec::new(),
            Origin::Evidence(file) => vec![file.clone()],
            Origin::Plan(plan) => {
                [Some(plan.file.clone()), plan.over.clone()].into_iter().flatten().collect()
            }
        }
    };
    let of_targets: Vec<PathBuf> = chosen.iter().flat_map(of_target).collect();
    all_differ(written, of_targets.iter().map(PathBuf::as_path).chain([options.file.as_path()]))
}

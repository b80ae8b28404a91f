//! Files that are read and written.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use super::interruption::uninterrupted;
use crate::cli::Reporting;
use crate::text::inert;

/// A file's name for messages, and its text; `-` is standard input.
pub(super) fn read(path: &Path, largest: u64) -> Result<(String, String), Failure> {
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
pub(super) fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |source| Failure::Write { file: shown(path), source };
    // A device or a pipe (`/dev/stdout`) can't be replaced; it is written to.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return fs::write(path, text).map_err(failed);
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // Whatever ends the program in between would leave the temporary file behind.
    uninterrupted(|| {
        let mut file = tempfile::Builder::new().prefix(".ekm-preflight-").tempfile_in(directory)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    })
    .map_err(failed)?;
    Ok(())
}

/// Writes a file that must not be there yet.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => Failure::Exists(shown(path)),
        _ => Failure::Write { file: shown(path), source },
    };
    uninterrupted(|| fs::File::create_new(path)?.write_all(text.as_bytes())).map_err(failed)
}

/// Two outputs to one file would leave only the last of them, and an output over the input would lose that.
pub(super) fn outputs_differ(options: &Reporting, other: Option<&Path>) -> Result<(), Failure> {
    let named = [options.output.as_deref(), options.payload.as_deref(), other].into_iter().flatten();
    let files: Vec<&Path> = named.chain(options.also.iter().map(|also| also.file.as_path())).collect();
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
pub(super) fn shown(path: &Path) -> String {
    inert(&path.display().to_string())
}

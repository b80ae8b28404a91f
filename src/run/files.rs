//! Files that are read and written.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use super::interruption::uninterrupted;
use crate::cli::Reporting;
use crate::text::inert;

/// A file's name for messages, and its text; `-` is standard input.
pub(super) fn read(path: &Path, largest: u64) -> Result<(String, String), Failure> {
    let (file, bytes) = read_bytes(path, largest)?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::Read {
        file: file.clone(),
        source: io::Error::new(io::ErrorKind::InvalidData, "stream did not contain valid UTF-8"),
    })?;
    Ok((file, text))
}

/// A file's name for messages, and its bytes; `-` is standard input.
pub(super) fn read_bytes(path: &Path, largest: u64) -> Result<(String, Vec<u8>), Failure> {
    let stdin = path == Path::new("-");
    let file = if stdin { "standard input".to_owned() } else { shown(path) };
    let failed = |source| Failure::Read { file: file.clone(), source };
    let mut bytes = Vec::new();
    let mut limited: Box<dyn Read> = if stdin {
        Box::new(io::stdin().take(largest + 1))
    } else {
        Box::new(fs::File::open(path).map_err(failed)?.take(largest + 1))
    };
    limited.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > largest {
        return Err(Failure::TooLarge { file, limit: largest / 1024 / 1024 });
    }
    Ok((file, bytes))
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
    let named = [options.writing.output.as_deref(), options.payload.as_deref(), other].into_iter().flatten();
    all_differ(named.chain(options.writing.also.iter().map(|also| also.file.as_path())), [])
}

/// Whether files that are written differ from each other, and from those that are read.
pub(super) fn all_differ<'a>(
    written: impl IntoIterator<Item = &'a Path>,
    read: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Failure> {
    let mut known: BTreeMap<PathBuf, &Path> = read.into_iter().map(|file| (identity(file), file)).collect();
    for file in written {
        if let Some(same) = known.insert(identity(file), file) {
            return Err(Failure::SameFile(shown(same), shown(file)));
        }
    }
    Ok(())
}

/// Makes a directory for files that are written, where there is none.
pub(super) fn make_directory(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|source| Failure::Write { file: shown(path), source })
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

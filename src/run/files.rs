//! Files that are read and written.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use super::interruption::uninterrupted;
use super::terminal::print;
use crate::cli::{Reporting, Writing};
use crate::encoding::decoded;
use crate::text::inert;

/// A file's name for messages, and its text; `-` is standard input.
pub(super) fn read(path: &Path, largest: u64) -> Result<(String, String), Failure> {
    let (file, bytes) = read_bytes(path, largest)?;
    match decoded(bytes) {
        Ok(text) => Ok((file, text)),
        Err(not_text) => {
            Err(Failure::Read { file, source: io::Error::new(io::ErrorKind::InvalidData, not_text) })
        }
    }
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

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Whoever the umask lets: reports and payloads are for the next step of a pipeline.
    Anyone,
    /// Its owner: evidence tells how access to the keys is made.
    Owner,
}

/// What a path of an output means.
enum Destination {
    /// A file, there already or not: it is replaced whole.
    File(PathBuf),
    /// Something that can't be replaced, a device or a pipe or what another program has open: it is written to.
    Open(PathBuf),
    /// The program's own standard output.
    Output,
    /// The program's own standard error.
    Errors,
}

/// So many links are followed, as Linux does.
const MOST_LINKS: usize = 40;

impl Destination {
    /// What is behind a path. A symbolic link stays, and the file behind it is the one that is meant. What stands in
    /// `/proc` or `/dev/fd`, where `/dev/stdout` leads, is something open rather than a name.
    fn of(path: &Path) -> io::Result<Self> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let directory = fs::canonicalize(directory(&path));
            if let Ok(directory) = &directory
                && ["/proc", "/dev/fd"].iter().any(|of_open| directory.starts_with(of_open))
            {
                return Self::open(directory, path);
            }
            match fs::symlink_metadata(&path).map(|found| found.file_type()) {
                Ok(kind) if kind.is_symlink() => path = directory?.join(fs::read_link(&path)?),
                Ok(kind) if kind.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
                Ok(kind) if !kind.is_file() => return Ok(Self::Open(path)),
                Ok(_) | Err(_) => return Ok(Self::File(path)),
            }
        }
        Err(io::Error::other("too many levels of symbolic links"))
    }

    /// What stands in a directory of open things. The program's own streams are written to as they are: opened again, a
    /// file would be written from its beginning.
    fn open(directory: &Path, path: PathBuf) -> io::Result<Self> {
        let own = fs::canonicalize("/dev/fd").is_ok_and(|own| own == directory);
        match path.file_name().and_then(OsStr::to_str) {
            Some("1") if own => Ok(Self::Output),
            Some("2") if own => Ok(Self::Errors),
            _ if fs::metadata(&path)?.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            _ => Ok(Self::Open(path)),
        }
    }
}

/// The directory that a path names a file in.
fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A file beside the one that is to be written, which takes its place when it is whole.
fn beside(path: &Path, readers: Readers) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ekm-preflight-");
    #[cfg(unix)]
    if readers == Readers::Anyone {
        use std::os::unix::fs::PermissionsExt;
        // The umask takes away from these.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = readers;
    builder.tempfile_in(directory(path))
}

/// Writes a file whole or not at all.
pub(super) fn write_whole(path: &Path, text: &str, readers: Readers) -> Result<(), Failure> {
    let failed = |source| Failure::Write { file: shown(path), source };
    let written = match Destination::of(path).map_err(failed)? {
        Destination::Output => return print(text),
        Destination::Errors => io::stderr().write_all(text.as_bytes()),
        Destination::Open(path) => fs::OpenOptions::new()
            .append(true)
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes())),
        // Whatever ends the program in between would leave the temporary file behind.
        Destination::File(path) => uninterrupted(|| {
            let mut file = beside(&path, readers)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(path).map(|_| ()).map_err(|error| error.error)
        }),
    };
    written.map_err(failed)
}

/// Writes a file that must not be there yet.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => Failure::Exists(shown(path)),
        _ => Failure::Write { file: shown(path), source },
    };
    uninterrupted(|| fs::File::create_new(path)?.write_all(text.as_bytes())).map_err(failed)
}

/// The files that a command which reports on one target writes.
pub(super) fn written<'a>(
    options: &'a Reporting,
    save_evidence: Option<&'a Path>,
) -> impl Iterator<Item = &'a Path> + Clone {
    reports(&options.writing).chain([options.payload.as_deref(), save_evidence].into_iter().flatten())
}

/// The files that reports are written to.
pub(super) fn reports(options: &Writing) -> impl Iterator<Item = &Path> + Clone {
    options.output.as_deref().into_iter().chain(options.also.iter().map(|also| also.file.as_path()))
}

/// Whether files can be written, before anything is asked for their sake: none is one that is read or another one of them,
/// none is a directory, and the directory of each takes files.
pub(super) fn can_be_written<'w, 'r>(
    written: impl IntoIterator<Item = &'w Path> + Clone,
    read: impl IntoIterator<Item = &'r Path>,
) -> Result<(), Failure> {
    all_differ(written.clone(), read)?;
    written.into_iter().try_for_each(|file| {
        let tried = Destination::of(file).and_then(|destination| match destination {
            Destination::File(path) => uninterrupted(|| beside(&path, Readers::Owner)?.close()),
            // What they take is only known when it is given to them.
            Destination::Open(_) | Destination::Output | Destination::Errors => Ok(()),
        });
        tried.map_err(|source| Failure::Write { file: shown(file), source })
    })
}

/// Of two outputs to one file only the last would be left, and an output over an input would lose that.
fn all_differ<'w, 'r>(
    written: impl IntoIterator<Item = &'w Path>,
    read: impl IntoIterator<Item = &'r Path>,
) -> Result<(), Failure> {
    let of_input = |file: &Path| if file == Path::new("-") { behind_stdin() } else { Some(identity(file)) };
    let mut known: BTreeMap<PathBuf, String> =
        read.into_iter().filter_map(|file| Some((of_input(file)?, shown(file)))).collect();
    for file in written {
        if let Some(same) = known.insert(identity(file), shown(file)) {
            return Err(Failure::SameFile(same, shown(file)));
        }
    }
    Ok(())
}

/// The file that standard input is read from, where it is one.
fn behind_stdin() -> Option<PathBuf> {
    fs::canonicalize("/dev/stdin").ok().filter(|file| file.is_file())
}

/// Makes a directory for files that are written, where there is none.
pub(super) fn make_directory(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|source| Failure::Write { file: shown(path), source })
}

/// The file that a path means, whether or not it exists yet.
fn identity(path: &Path) -> PathBuf {
    let whole = fs::canonicalize(path);
    whole.unwrap_or_else(|_| {
        // A link may lead to where there is no file yet.
        let path = match Destination::of(path) {
            Ok(Destination::File(behind)) => behind,
            _ => path.to_owned(),
        };
        match (fs::canonicalize(directory(&path)), path.file_name()) {
            (Ok(directory), Some(name)) => directory.join(name),
            _ => path,
        }
    })
}

/// A path as messages show it.
pub(super) fn shown(path: &Path) -> String {
    inert(&path.display().to_string())
}

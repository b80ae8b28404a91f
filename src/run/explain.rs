//! A check or an error, explained.

use std::path::Path;

use super::files::read;
use super::terminal::{look, print};
use super::{Exit, Failure, checks};
use crate::cli::Explain;
use crate::explain::{KnownErrors, page};
use crate::selection::NoSuchCheck;

/// A message is refused above this size, in bytes.
const LARGEST_MESSAGE: u64 = 1024 * 1024;

/// `ekm-preflight explain`.
pub(super) fn run(options: &Explain) -> Result<Exit, Failure> {
    let registry = checks::registry(&options.checks)?;
    let look = look(options.color, None);
    let what = match options.what.as_slice() {
        [stdin] if stdin == "-" => read(Path::new("-"), LARGEST_MESSAGE)?.1,
        words => words.join(" "),
    };
    let what = what.trim();
    if let Some(check) = registry.get(what) {
        print(&page::check(check, look))?;
        return Ok(Exit::DONE);
    }
    match KnownErrors::load()?.find(what) {
        Ok(found) => print(&page::errors(&found, &registry, look))?,
        Err(nothing) => {
            let misspelled = NoSuchCheck::of(what, &registry);
            return Err(if misspelled.nearest.is_some() { misspelled.into() } else { nothing.into() });
        }
    }
    Ok(Exit::DONE)
}

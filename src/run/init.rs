//! A configuration to begin with.

use super::files::{shown, write_new};
use super::terminal::print;
use super::{Exit, Failure};
use crate::cli::Init;
use crate::config;

/// `ekm-preflight init`.
pub(super) fn run(options: &Init) -> Result<Exit, Failure> {
    let path = options.directory.join(config::FILE);
    write_new(&path, config::STARTER).map_err(|failure| match failure {
        Failure::Exists(file) => Failure::ConfigurationExists(file),
        other => other,
    })?;
    let file = shown(&path);
    print(&format!(
        "wrote {file}\n\nAdd a [[target]] for each registration, then\n  ekm-preflight run {file}\nchecks them all.\n"
    ))?;
    Ok(Exit::DONE)
}

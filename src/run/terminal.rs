//! Standard output, and how it looks.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::Failure;
use crate::cli::ColorChoice;
use crate::report::table::Look;
use crate::text::inert;

/// Writes to standard output. A reader that has seen enough is no error.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Write { file: "standard output".into(), source })
        }
        _ => Ok(()),
    }
}

/// The look of a report: that of the terminal, or 80 columns without colour for anything else.
pub(super) fn look(color: ColorChoice, output: Option<&Path>) -> Look {
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

/// Says something on standard error, unless nothing is to be said.
pub(super) fn say(quiet: bool, text: &str) {
    if !quiet {
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// A line on standard error while something is going on, on a terminal only.
pub(super) fn progress(what: &'static str, quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    turn(&bar);
    bar.set_message(what);
    bar
}

/// The same, with a line for each target that is being read.
pub(super) struct TargetsProgress(Option<MultiProgress>);

impl TargetsProgress {
    pub(super) fn new(quiet: bool) -> Self {
        Self((!quiet && io::stderr().is_terminal()).then(MultiProgress::new))
    }

    /// Waits for what is read of a target, with a line for it.
    pub(super) async fn during<T>(&self, target: &str, reading: impl Future<Output = T>) -> T {
        let Some(lines) = &self.0 else { return reading.await };
        let bar = lines.add(ProgressBar::new_spinner());
        turn(&bar);
        bar.set_message(format!("reading {}", inert(target)));
        let read = reading.await;
        bar.finish_and_clear();
        lines.remove(&bar);
        read
    }
}

fn turn(bar: &ProgressBar) {
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
}

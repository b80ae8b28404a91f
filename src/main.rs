//! The command line: parse, run, exit.

use std::process::ExitCode;

use clap::Parser;
use ekm_preflight::cli::Cli;
use ekm_preflight::run;

fn main() -> ExitCode {
    run::run(Cli::parse())
}

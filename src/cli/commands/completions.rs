//! `kate completions`.

use clap::CommandFactory;

use crate::cli::args::{Cli, CompletionsArgs};
use crate::cli::exit::Exit;
use crate::cli::output::{Failure, result};

pub(in crate::cli) fn run(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kate", &mut script);
    result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}

//! The `kate` program: arguments in, output and an exit code out.
//!
//! Invariant: nothing here decides what is a finding. Beside `vfs` this is the only module that
//! touches files, the environment and the clock.

#![allow(clippy::disallowed_methods, reason = "the border to the outside world")]

mod args;
mod commands;
mod environment;
mod exit;
mod output;
mod progress;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::args::{Cli, Command, PolicyCommand};
use self::environment::Environment;
use self::exit::Exit;

/// Run the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    run(std::env::args_os()).into()
}

fn run(arguments: impl Iterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout and are no fault; a closed pipe is none either.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Clean };
        }
    };
    install_panic_hook();
    catch_unwind(AssertUnwindSafe(|| dispatch(&cli))).unwrap_or(Exit::Internal)
}

fn dispatch(cli: &Cli) -> Exit {
    let environment = Environment::read(cli.global.color);
    let result = match &cli.command {
        Command::Check(args) => commands::check::run(args, &cli.global, &environment),
        Command::Explain(args) => commands::explain::run(args, &environment),
        Command::Render(args) => commands::render::run(args, &environment),
        Command::Rules(args) => commands::rules::run(args),
        Command::Policy(PolicyCommand::Test(args)) => commands::policy::test(args),
        Command::Init(args) => commands::init::run(args),
        Command::Completions(args) => commands::completions::run(args),
        Command::Schema => commands::schema::run(),
    };
    result.unwrap_or_else(|failure| {
        output::failure(&failure, &environment);
        Exit::Usage
    })
}

/// A panic is a bug of kate, whatever the input was; say so, and where.
fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or(String::new(), |at| format!(" at {}:{}", at.file(), at.line()));
        let what = info.payload_as_str().unwrap_or("no message");
        output::log(&format!("internal error{place}: {what}"));
        output::log("This is a bug of kate. Please report it: https://github.com/kate-linter/kate/issues");
    }));
}

/// The help of every command, as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut cli = Cli::command().term_width(100).color(clap::ColorChoice::Never);
    cli.build();
    let mut text = format!("```text\n{}```\n", tidy(&cli.render_long_help().to_string()));
    describe(&cli, &mut text);
    text
}

fn describe(command: &clap::Command, text: &mut String) {
    for command in command.get_subcommands() {
        let name = command.get_bin_name().unwrap_or(command.get_name());
        let help = tidy(&command.clone().render_help().to_string());
        text.push_str(&format!("\n## `{name}`\n\n```text\n{help}```\n"));
        describe(command, text);
    }
}

fn tidy(help: &str) -> String {
    help.trim_end().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

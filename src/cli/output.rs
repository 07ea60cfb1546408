//! What leaves the program: results on stdout, everything else on stderr.

use std::io::{self, ErrorKind, IsTerminal, Write};

use super::environment::Environment;
use crate::report::sanitize;

/// Why a command could not do its work; always the user's to mend.
#[derive(Debug)]
pub(super) struct Failure {
    /// One line: what is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) help: Option<String>,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Write a result to stdout. A reader that has gone away (`kate check | head`) is no fault.
pub(super) fn result(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(format!("stdout: {error}"))),
        _ => Ok(()),
    }
}

/// Write a line to stderr, if it can be written.
pub(super) fn log(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", sanitize::line(line));
}

/// Say why a command failed.
pub(super) fn failure(failure: &Failure, environment: &Environment) {
    let (red, bold, off) =
        if environment.color(io::stderr().is_terminal()) { ("\x1b[1;31m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{red}error{off}: {}", sanitize::line(&failure.message));
    if let Some(help) = &failure.help {
        let _ = writeln!(stderr, " {bold}help{off}: {}", sanitize::line(help));
    }
}

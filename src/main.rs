//! The `kate` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    kate::cli::main()
}

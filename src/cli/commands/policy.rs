//! `kate policy`.

use crate::cli::args::PolicyTestArgs;
use crate::cli::exit::Exit;
use crate::cli::output::Failure;

/// Run the tests of a directory of policies.
pub(in crate::cli) fn test(args: &PolicyTestArgs) -> Result<Exit, Failure> {
    Err(Failure::new(format!("`{}` cannot be tested yet", args.directory.display())))
}

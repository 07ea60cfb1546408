//! Exit codes: the whole contract.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | nothing at or above `--fail-on`, or `--exit-zero` |
//! | 1 | findings at or above `--fail-on`; with `--diff`, fixes that could be applied |
//! | 2 | wrong usage, invalid configuration, a revision, file or directory that cannot be read |
//! | 101 | a bug of kate |

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Exit {
    /// Nothing found.
    Clean,
    /// Something found.
    Findings,
    /// The user has to change something before kate can work.
    Usage,
    /// A bug of kate.
    Internal,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Internal => 101,
        })
    }
}

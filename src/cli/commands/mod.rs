//! One file for each command.

mod baseline;
pub(super) mod check;
pub(super) mod completions;
pub(super) mod explain;
mod fix;
pub(super) mod init;
pub(super) mod policy;
pub(super) mod render;
pub(super) mod rules;
pub(super) mod schema;

use std::path::{Path, PathBuf};

use super::output::Failure;
use crate::vfs::{self, VfsError};

/// The directory that a command works on: the one given, or the top of the git work tree, or the
/// current directory.
fn root(given: Option<&Path>) -> Result<PathBuf, Failure> {
    let Some(path) = given else {
        let here = std::env::current_dir().map_err(|error| Failure::new(format!("current directory: {error}")))?;
        return Ok(vfs::discover_top_level(&here).unwrap_or(here));
    };
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    let failure = if path.exists() {
        Failure::new(format!("`{}` is not a directory", path.display()))
            .help("kate checks whole repositories; `--only PATH` narrows what is reported")
    } else {
        Failure::new(format!("`{}` does not exist", path.display()))
    };
    Err(failure)
}

impl From<VfsError> for Failure {
    fn from(error: VfsError) -> Self {
        let failure = Self::new(error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}

//! `kate schema`.

use crate::cli::exit::Exit;
use crate::cli::output::{Failure, result};
use crate::config::published_schema;
use crate::pipeline::all_rules;

pub(in crate::cli) fn run() -> Result<Exit, Failure> {
    result(&format!("{:#}\n", published_schema(&all_rules())))?;
    Ok(Exit::Clean)
}

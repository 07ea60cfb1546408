//! `kate.yaml`: its form, its mistakes, and the settings that come out of it.
//!
//! Invariant: nothing here reads files or knows which rules exist; a parsed file comes in, plain
//! data and findings go out.

mod globs;
mod options;
mod read;
mod schema;
mod settings;
mod validate;

pub use globs::Globs;
pub use options::{Level, Options, Override, PolicyOptions, RepositoryOptions, RuleOptions, RuleTable};
pub use read::{mistake, read, rules, unknown_rules};
pub use schema::published as published_schema;
pub use settings::{Levels, Selector, Setting, Settings};

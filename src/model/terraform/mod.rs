//! Terraform modules: what the files of one directory declare, and what their expressions name.
//!
//! Invariant: one directory at a time; nothing is evaluated and no other module is looked at.

mod files;
mod module;
mod uses;

pub use files::{ModuleFile, directories, module_files};
pub use module::{
    Backend, Call, Declared, Local, Merged, Mode, Module, Output, Provider, Refactoring, Resource, Variable,
};
pub(crate) use uses::named;
pub use uses::{Target, Use, uses};

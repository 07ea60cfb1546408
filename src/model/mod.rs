//! The vocabulary of the four layers: typed views over values, one object or file at a time.
//!
//! Invariant: nothing here looks at two objects at once, at the file system, or at rules.

pub mod declared;
pub mod repository;
pub mod terraform;

pub use declared::Declared;
pub use repository::Repository;

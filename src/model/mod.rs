//! The vocabulary of the four layers: typed views over values, one object or file at a time.
//!
//! Invariant: nothing here looks at two objects at once, at the file system, or at rules.

pub mod api_lifecycle;
pub mod argocd;
pub mod declared;
pub mod external_secrets;
pub mod field;
pub mod kubernetes;
pub mod kustomization;
pub mod names;
pub mod pod;
pub mod repository;
pub mod schema_location;
pub mod terraform;
pub mod versions;

pub use declared::Declared;
pub use field::Field;
pub use kubernetes::Manifest;
pub use pod::Pod;
pub use repository::Repository;
pub use schema_location::SchemaLocation;

//! The harness that runs Markdown pages as tests.

pub mod assertion;
pub mod case;
pub mod kate;
pub mod markdown;
pub mod pages;

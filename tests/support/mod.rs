//! The harness that runs Markdown pages as tests.

pub(crate) mod assertion;
pub(crate) mod case;
pub(crate) mod kate;
pub(crate) mod markdown;
pub(crate) mod pages;

//! What the real programs would make of the files: rendered objects and evaluated values.

pub mod terraform;

//! The `kate` program.

fn main() {}

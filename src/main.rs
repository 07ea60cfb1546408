//! The `kate` program.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A check is many small allocations on all threads, which the allocators of systems are slow at.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    kate::cli::main()
}

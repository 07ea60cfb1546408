//! Generators and harnesses of kate, run as `cargo xtask <command>`.
//!
//! Invariant: everything here uses kate as a library, as any other program could.

// These are tools for developers: they print, read and write files, and start programs.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

mod bench_check;
mod bench_kustomize;
mod bench_synth;
mod corpus;
mod deprecations;
mod fuzz;
mod fuzz_fix;
mod fuzz_hcl;
mod fuzz_kustomize;
mod fuzz_suppress;
mod fuzz_yaml;
mod mutate;
mod opa;
mod oracle_apiserver;
mod oracle_cel;
mod oracle_kubeconform;
mod oracle_kustomize;
mod oracle_opa;
mod oracle_terraform;
mod oracle_yaml;
mod peers;
mod random;
mod schemas;
mod synth;
mod table;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Generators and harnesses of kate")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Break one thing at a time in a repository and count what kate notices
    Mutate(mutate::Arguments),
    /// Check many repositories and say what was found and what it took
    Corpus(corpus::Arguments),
    /// Write a repository of a given size in which every reference holds
    Synth(synth::Arguments),
    /// Feed mutated inputs to a reader
    Fuzz(fuzz::Arguments),
    /// Compare what kate finds with what other linters find, check by check
    Peers(peers::Arguments),
    /// Compare what kate takes with what the real programs take
    Bench {
        /// Which program
        #[command(subcommand)]
        of: Bench,
    },
    /// Record how the real programs behave, for tests to compare with
    Oracle {
        /// Which program's behaviour
        #[command(subcommand)]
        of: Oracle,
    },
    /// Compare the table of API lifecycles with what each version of Kubernetes serves
    Deprecations(deprecations::Arguments),
    /// Write the tables that are made from what other projects publish
    Schemas {
        /// Which table
        #[command(subcommand)]
        of: schemas::Schemas,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// kubeconform, with schemas that are local
    Kubeconform(bench_check::Kubeconform),
    /// kate itself, when it has next to nothing to do
    StartUp(bench_check::StartUp),
    /// kustomize, and the kustomize inside kubectl
    Kustomize(bench_kustomize::Arguments),
    /// kate itself, as a repository grows
    Synth(bench_synth::Arguments),
}

#[derive(Subcommand)]
enum Oracle {
    /// What the API server of Kubernetes refuses
    Apiserver(oracle_apiserver::Arguments),
    /// What kubeconform says of documents
    Kubeconform(oracle_kubeconform::Arguments),
    /// What kustomize builds
    Kustomize(oracle_kustomize::Arguments),
    /// What Open Policy Agent finds with the built-in policies
    Opa(oracle_opa::Arguments),
    /// What the CEL of the API server makes of expressions
    Cel(oracle_cel::Arguments),
    /// What Terraform answers to expressions
    Terraform {
        /// Arguments of the recorder
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// How kubectl and kustomize read YAML scalars
    Yaml {
        /// Arguments of the recorder
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

/// That of kate: what is measured here is what its users get.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Mutate(arguments) => mutate::run(&arguments),
        Command::Corpus(arguments) => corpus::run(&arguments),
        Command::Peers(arguments) => peers::run(&arguments),
        Command::Synth(arguments) => synth::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Bench { of: Bench::Kubeconform(arguments) } => bench_check::kubeconform(&arguments),
        Command::Bench { of: Bench::StartUp(arguments) } => bench_check::start_up(&arguments),
        Command::Bench { of: Bench::Kustomize(arguments) } => bench_kustomize::run(&arguments),
        Command::Bench { of: Bench::Synth(arguments) } => bench_synth::run(&arguments),
        Command::Oracle { of: Oracle::Apiserver(arguments) } => oracle_apiserver::run(&arguments),
        Command::Oracle { of: Oracle::Cel(arguments) } => oracle_cel::run(&arguments),
        Command::Oracle { of: Oracle::Kubeconform(arguments) } => oracle_kubeconform::run(&arguments),
        Command::Oracle { of: Oracle::Kustomize(arguments) } => oracle_kustomize::run(&arguments),
        Command::Oracle { of: Oracle::Opa(arguments) } => oracle_opa::run(&arguments),
        Command::Oracle { of: Oracle::Terraform { args } } => oracle_terraform::run(&args),
        Command::Oracle { of: Oracle::Yaml { args } } => oracle_yaml::run(&args),
        Command::Deprecations(arguments) => deprecations::run(&arguments),
        Command::Schemas { of } => schemas::run(&of),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

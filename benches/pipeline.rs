//! Throughput of each stage, beside the floor: merely reading all events of all YAML files and
//! parsing all Terraform files, with the parsers that kate uses, on the same threads.
//!
//! `KATE_BENCH_DIR` measures a directory in place of the generated repository.

#![allow(missing_docs, reason = "a bench has no interface")]
#![allow(clippy::disallowed_methods, reason = "a bench is told what to measure by the environment")]
#![allow(clippy::print_stderr, reason = "sizes are told beside the times")]

#[path = "support/synthetic.rs"]
mod synthetic;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use granit_parser::Parser;
use kate::pipeline::{Request, check};
use kate::syntax::{self, ParsedFile, yaml::Schema};
use kate::text::{FileId, Side, SourceFile};
use kate::value::Value;
use kate::vfs::{DiskVfs, EntryKind, MemoryVfs, Vfs, WalkOptions};
use mimalloc::MiMalloc;
use rayon::prelude::*;

/// That of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The repository that is measured, in memory.
fn repository() -> MemoryVfs {
    let Some(directory) = std::env::var_os("KATE_BENCH_DIR") else {
        return synthetic::files(2_000).into_iter().collect();
    };
    let disk = DiskVfs::new(directory).expect("the directory can be read");
    let listing = disk.list(&WalkOptions::default()).expect("the directory can be listed");
    let files = listing.iter().filter(|(_, entry)| matches!(entry.kind, EntryKind::File));
    let mut memory = MemoryVfs::default();
    for (path, _) in files {
        if let Ok(bytes) = disk.read(path) {
            memory.insert(path.clone(), bytes);
        }
    }
    memory
}

/// The files that kate reads, largest first, as it parses them.
fn sources(vfs: &MemoryVfs) -> Vec<Arc<SourceFile>> {
    let read = vfs.iter().filter(|(path, _)| syntax::is_relevant(path)).zip(0..);
    let mut sources: Vec<Arc<SourceFile>> = read
        .filter_map(|((path, bytes), id)| {
            let text = std::str::from_utf8(bytes).ok()?.into();
            Some(Arc::new(SourceFile::new(FileId(id), path.clone(), text, Side::Head, true)))
        })
        .collect();
    sources.sort_by_key(|source| std::cmp::Reverse(source.text.len()));
    sources
}

/// Read all events of a YAML file, or parse a Terraform file, and keep nothing.
fn floor(source: &SourceFile) -> usize {
    match source.path.extension() {
        Some("tf" | "tofu" | "tfvars") => source.text.parse::<hcl_edit::structure::Body>().map_or(0, |body| body.len()),
        _ => Parser::new_from_str(&source.text).take_while(Result::is_ok).count(),
    }
}

fn nodes(value: &Value) -> usize {
    let below = value.items().iter().chain(value.entries().map(|entry| &entry.value));
    1 + below.map(nodes).sum::<usize>()
}

fn stages(criterion: &mut Criterion) {
    let vfs = repository();
    let sources = sources(&vfs);
    let bytes: usize = sources.iter().map(|source| source.text.len()).sum();
    let parsed: Vec<ParsedFile> = sources.par_iter().map(|source| syntax::parse(Arc::clone(source))).collect();
    let documents: Vec<_> = parsed.iter().filter_map(ParsedFile::yaml).flat_map(|stream| &stream.documents).collect();
    let count: usize = documents.iter().map(|document| nodes(&document.value(Schema::Kubernetes))).sum();
    eprintln!("{} files, {bytes} bytes, {count} nodes of values of {} bytes each", sources.len(), size_of::<Value>());

    let mut group = criterion.benchmark_group("pipeline");
    group.throughput(Throughput::Bytes(bytes as u64)).sample_size(10);
    group.bench_function("floor", |bencher| {
        bencher.iter(|| sources.par_iter().with_max_len(16).map(|source| floor(source)).sum::<usize>());
    });
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            sources.par_iter().with_max_len(16).for_each(|source| drop(black_box(syntax::parse(Arc::clone(source)))))
        });
    });
    for stage in ["read and parse", "render and link", "rules and policies", "filter"] {
        group.bench_function(stage, |bencher| bencher.iter_custom(|times| (0..times).map(|_| lap(&vfs, stage)).sum()));
    }
    group.bench_function("check", |bencher| {
        bencher.iter_custom(|times| {
            let mut sum = Duration::ZERO;
            for _ in 0..times {
                let begin = Instant::now();
                let outcome = check(&Request::new(&vfs)).expect("a tree in memory can be listed");
                // What remains to be freed is no part of a check: a program ends there.
                sum += begin.elapsed();
                drop(outcome);
            }
            sum
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("values");
    group.throughput(Throughput::Elements(count as u64)).sample_size(10);
    group.bench_function("nodes", |bencher| {
        bencher.iter(|| documents.iter().for_each(|document| drop(black_box(document.value(Schema::Kubernetes)))));
    });
    group.finish();
}

/// The time of one stage of a whole check.
fn lap(vfs: &MemoryVfs, stage: &str) -> Duration {
    let outcome = check(&Request::new(vfs)).expect("a tree in memory can be listed");
    let laps = outcome.summary.timings.iter().filter(|(name, _)| name == stage);
    laps.map(|(_, time)| *time).sum()
}

criterion_group!(benches, stages);
criterion_main!(benches);

//! Generators and harnesses of kate.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]
use kate::graph::Resolution;
use kate::pipeline::{Request, check};
use kate::vfs::MemoryVfs;
use std::collections::BTreeMap;

fn walk(dir: &std::path::Path, root: &std::path::Path, vfs: &mut MemoryVfs) {
    for e in std::fs::read_dir(dir).unwrap().flatten() {
        let p = e.path();
        let t = e.file_type().unwrap();
        if t.is_dir() {
            if e.file_name() != ".git" {
                walk(&p, root, vfs)
            }
        } else if t.is_file() {
            if let (Some(rel), Ok(b)) =
                (kate::text::RepoPath::new(p.strip_prefix(root).unwrap().to_str().unwrap()), std::fs::read(&p))
            {
                vfs.insert(rel, b);
            }
        }
    }
}

fn main() {
    let root = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let mut vfs = MemoryVfs::default();
    walk(&root, &root, &mut vfs);
    let t = std::time::Instant::now();
    let out = check(&Request::new(&vfs)).unwrap();
    let head = out.head.as_ref().unwrap();
    println!(
        "time {:?} files {} units {} objects {} symbols {} refs {} assumed {:?} crashed {:?}",
        t.elapsed(),
        head.repository.files.len(),
        head.units.len(),
        head.objects.len(),
        head.symbols.len(),
        head.references.len(),
        head.assumed_url,
        out.crashed
    );
    let mut by: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for r in &head.references {
        let row = by.entry(r.kind.to_string()).or_default();
        match &r.resolution {
            Resolution::Found(_) => row[0] += 1,
            Resolution::Unknown { strength: kate::graph::Strength::Strong, .. } => row[1] += 1,
            Resolution::Unknown { .. } => row[2] += 1,
            Resolution::Missing { .. } => row[3] += 1,
        }
    }
    for (k, r) in by {
        println!("  {k:26} found {:6} strong {:6} weak {:6} missing {:6}", r[0], r[1], r[2], r[3]);
    }
    let deployed = head.units.iter().filter(|u| u.deployed).count();
    let known = head.units.iter().filter(|u| u.deployed && u.unknown.is_none()).count();
    println!("deployed {deployed} known {known}");
    for d in &out.diagnostics {
        let (a, _) = out.sources.positions(d.primary_span());
        println!(
            "{}:{}:{}: {}[{}] {}{}",
            out.sources.get(d.primary_span().file).path,
            a.line,
            a.column,
            d.severity.as_str(),
            d.rule,
            d.message,
            d.help.as_ref().map(|h| format!(" ({h})")).unwrap_or_default()
        );
    }
}

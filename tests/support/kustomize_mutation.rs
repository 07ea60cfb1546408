//! Mutated trees of kustomizations and what must hold for any tree at all. Used by the tests and by
//! `cargo xtask fuzz kustomize`.
//!
//! Mutations know the grammar: they move, repeat and take away blocks of lines, exchange keys and
//! values, and name other fields and files, so that most trees are YAML and many build.

use std::time::{Duration, Instant};

use kate::pipeline::render::kustomization;
use kate::render::kustomize::fields::{configuration_paths, paths};
use kate::render::print;
use kate::text::{RepoPath, Sources, Span};
use kate::value::Value;
use kate::vfs::MemoryVfs;

/// Files of a tree and the directory to build.
pub(crate) type Tree = (String, Vec<(String, Vec<u8>)>);

/// Longest that a build may take, in a build without optimisation on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Values that some field is likely not made for.
const VALUES: [&str; 40] = [
    "",
    "~",
    "true",
    "5",
    "-1",
    "1e400",
    "[]",
    "{}",
    "[a]",
    "{a: b}",
    "''",
    "\"\\n\"",
    ".",
    "..",
    "../..",
    "/",
    "a/b",
    "*",
    "(",
    "[",
    "^a|b$",
    "!!str 1",
    "&a x",
    "*a",
    "merge",
    "replace",
    "|\n",
    "metadata.name",
    "spec.*",
    "a.[b=c].d",
    "$(A)",
    "$$(A)",
    "$(",
    "9223372036854775807",
    "delete",
    "v1",
    "ConfigMap",
    "a in (b,c)",
    "https://x/y",
    "é\u{2028}",
];

/// Makes trees out of others; the same seed gives the same trees.
pub(crate) struct Mutator<'t> {
    trees: &'t [Tree],
    /// Last parts of the paths of all fields.
    keys: Vec<String>,
    state: u64,
}

impl<'t> Mutator<'t> {
    pub(crate) fn new(trees: &'t [Tree], seed: u64) -> Self {
        let all = paths().into_iter().chain(configuration_paths());
        let mut keys: Vec<String> = all
            .flat_map(|path| path.split('.').map(|key| key.trim_end_matches("[]").to_owned()).collect::<Vec<_>>())
            .collect();
        keys.extend(["$patch", "op", "from", "value", "items", "data", "spec"].map(str::to_owned));
        keys.sort();
        keys.dedup();
        Self { trees, keys, state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// The next tree.
    pub(crate) fn tree(&mut self) -> Tree {
        let (mut build, mut files) = self.trees[self.below(self.trees.len())].clone();
        for _ in 0..=self.below(5) {
            match self.below(20) {
                0 => {
                    let (_, more) = &self.trees[self.below(self.trees.len())];
                    let (path, bytes) = more[self.below(more.len())].clone();
                    files.retain(|(other, _)| *other != path);
                    files.push((path, bytes));
                }
                1 if files.len() > 1 => drop(files.remove(self.below(files.len()))),
                2 => build = files[self.below(files.len())].0.rsplit_once('/').map_or(".", |(path, _)| path).to_owned(),
                _ => {
                    let at = self.below(files.len());
                    let text = String::from_utf8_lossy(&files[at].1).into_owned();
                    let text = self.text(&text, &files);
                    files[at].1 = text.into_bytes();
                }
            }
        }
        (build, files)
    }

    fn text(&mut self, text: &str, files: &[(String, Vec<u8>)]) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if lines.is_empty() {
            lines.push(String::new());
        }
        let at = self.below(lines.len());
        let block = at..at + block(&lines[at..]);
        match self.below(9) {
            0 => drop(lines.drain(block)),
            1 => {
                let copy = lines[block.clone()].to_vec();
                drop(lines.splice(block.end..block.end, copy));
            }
            // A block from elsewhere takes the place of one, at its indentation.
            2 | 3 => {
                let (_, from) = &self.trees[self.below(self.trees.len())];
                let from = String::from_utf8_lossy(&from[self.below(from.len())].1).into_owned();
                let from: Vec<String> = from.lines().map(str::to_owned).collect();
                if !from.is_empty() {
                    let start = self.below(from.len());
                    let moved = &from[start..start + self::block(&from[start..])];
                    let (old, new) = (indent(&moved[0]), indent(&lines[at]));
                    let shifted =
                        moved.iter().map(|line| format!("{}{}", " ".repeat(new), line.get(old..).unwrap_or("")));
                    let shifted: Vec<String> = shifted.collect();
                    let end = if self.below(2) == 0 { at } else { block.end };
                    drop(lines.splice(at..end, shifted));
                }
            }
            4 => {
                let value = match self.below(4) {
                    0 => files[self.below(files.len())].0.clone(),
                    _ => VALUES[self.below(VALUES.len())].to_owned(),
                };
                set_value(&mut lines[at], &value);
            }
            5 => {
                let at_key = self.below(self.keys.len());
                let key = self.keys[at_key].clone();
                set_key(&mut lines[at], &key);
            }
            6 => {
                let other = self.below(lines.len());
                lines.swap(at, other);
            }
            7 => {
                let shift = self.below(5);
                for line in &mut lines[block] {
                    *line = if shift < 2 { line.get(shift..).unwrap_or("").to_owned() } else { format!("  {line}") };
                }
            }
            _ => {
                let line = &mut lines[at];
                let place = line.floor_char_boundary(self.below(line.len() + 1));
                line.insert_str(place, VALUES[self.below(VALUES.len())]);
            }
        }
        lines.join("\n") + "\n"
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let high = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or(0) % limit.max(1)
    }
}

/// How many lines belong to the first: those that are indented deeper.
fn block(lines: &[String]) -> usize {
    let first = lines.first().map_or(0, |line| indent(line));
    1 + lines.iter().skip(1).take_while(|line| indent(line) > first).count()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn set_value(line: &mut String, value: &str) {
    let keep = line.find(": ").map(|at| at + 2).or_else(|| line.find("- ").map(|at| at + 2)).unwrap_or(line.len());
    line.truncate(keep);
    line.push_str(value);
}

fn set_key(line: &mut String, key: &str) {
    let start = line.find("- ").map_or_else(|| indent(line), |at| at + 2);
    if let Some(end) = line.find(':').filter(|end| *end > start) {
        line.replace_range(start..end, key);
    }
}

/// What must hold for any tree: it is built without a panic and in bounded time, and all that is
/// said of it has a place in its texts.
pub(crate) fn check((build, files): &Tree) -> Result<(), String> {
    let vfs: MemoryVfs = files.iter().map(|(path, bytes)| (path, bytes.clone())).collect();
    let Some(directory) = RepoPath::new(build) else { return Ok(()) };
    let begin = Instant::now();
    let built = kustomization(&vfs, &directory).map_err(|error| error.to_string())?;
    if begin.elapsed() > PATIENCE {
        return Err(format!("slow: {}", told(build, files)));
    }
    let spans = built.faults.iter().flat_map(|fault| {
        std::iter::once(fault.at).chain(fault.related.iter().map(|(span, _)| *span)).collect::<Vec<_>>()
    });
    if let Some(span) = spans.into_iter().find(|span| !fits(&built.sources, *span)) {
        return Err(format!("a fault at {span:?}: {}", told(build, files)));
    }
    for value in &built.values {
        if let Some(span) = misplaced(value, &built.sources) {
            return Err(format!("a value from {span:?}: {}", told(build, files)));
        }
    }
    drop(print::documents(&built.values));
    Ok(())
}

fn misplaced(value: &Value, sources: &Sources) -> Option<Span> {
    let here = value.origin.sources().into_iter().find(|span| !fits(sources, *span));
    let keys = || value.entries().flat_map(|entry| entry.key_origin.sources()).find(|span| !fits(sources, *span));
    let below =
        || value.entries().map(|entry| &entry.value).chain(value.items()).find_map(|child| misplaced(child, sources));
    here.or_else(keys).or_else(below)
}

fn fits(sources: &Sources, span: Span) -> bool {
    sources.get(span.file).text.get(span.range()).is_some()
}

/// A tree as the text of a case.
pub(crate) fn told(build: &str, files: &[(String, Vec<u8>)]) -> String {
    let files = files.iter().map(|(path, bytes)| format!("-- {path} --\n{}", String::from_utf8_lossy(bytes)));
    format!("\nbuild: {build}\n{}", files.collect::<String>())
}

//! Fuzzing of fix application: random edits of sample texts, through the real choosing, splicing
//! and verification.

use std::sync::Arc;

use kate::diagnostic::{Applicability, Edit, Fix};
use kate::fix::apply;
use kate::syntax::parse;
use kate::text::{FileId, RepoPath, Side, SourceFile, Span};

const SAMPLES: [(&str, &str); 3] = [
    ("a.yaml", "# top\na: &x {k: [1, 'b', \"c\"]} # why\nb:\n- *x\n- |\n  text\n\n- c: ~\n  ? d\n  : e\n---\n<<: [\n"),
    ("b.tf", "# top\nresource \"a\" \"b\" {\n  c = [for x in var.y : \"${x}-z\"]\n  d = <<-EOT\n    t\n  EOT\n}\n"),
    ("c.json", "{\n\t\"a\": [1, {\"b\": \"c\"}],\r\n\t\"d\": null}"),
];
const PIECES: [&str; 20] = [
    "\n", "\r\n", "  ", "- ", ": ", "#", "\"", "'", "{", "}", "[", "]", "&x", "*x", "|\n", "---\n", "a", "é", "\0",
    "${",
];

/// Try random fixes. Panics if one panics, or if an accepted one does not parse as well as the
/// text it came from; the message gives the seed of that input.
pub(crate) fn run(iterations: u64, seed: u64) {
    for iteration in 0..iterations {
        let mut random = Random(seed.wrapping_add(iteration));
        let files: Vec<_> = SAMPLES.iter().zip(0..).map(|((path, text), id)| parsed(id, path, text)).collect();
        let fixes: Vec<Fix> = (0..1 + random.below(3)).map(|_| fix(&mut random)).collect();
        let fixes: Vec<&Fix> = fixes.iter().collect();
        let plan = apply(&|id: FileId| Arc::clone(&files[id.0 as usize]), &|_| false, &fixes, Applicability::Unsafe);
        for (id, text) in plan.edited {
            let old = &files[id.0 as usize];
            let new = parsed(id.0, old.source.path.as_str(), &text);
            assert!(new.errors.len() <= old.errors.len(), "seed {}: {text:?}", seed.wrapping_add(iteration));
        }
    }
}

fn parsed(id: u32, path: &str, text: &str) -> Arc<kate::syntax::ParsedFile> {
    let path = RepoPath::new(path).unwrap_or_default();
    let source = SourceFile::new(FileId(id), path, text.into(), Side::Head, true);
    Arc::new(parse(Arc::new(source)))
}

fn fix(random: &mut Random) -> Fix {
    let edit = |random: &mut Random| {
        let file = random.below(SAMPLES.len());
        let start = random.below(SAMPLES[file].1.len() + 2);
        let end = start + random.below(8);
        let text = (0..random.below(5)).map(|_| PIECES[random.below(PIECES.len())]).collect();
        Edit::Replace { span: Span::new(FileId(u32::try_from(file).unwrap_or_default()), start, end), text }
    };
    let edits = (0..1 + random.below(3)).map(|_| edit(random)).collect();
    Fix { title: "fuzz".to_owned(), applicability: Applicability::Safe, edits }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        usize::try_from(bits % limit as u64).unwrap_or_default()
    }
}

//! Mutates Terraform files and parses them: no panic, no hang, every place within the text.

use kate::syntax::hcl::parse;
use kate::text::FileId;

/// Parse `iterations` mutated texts; the same seed gives the same texts. Panics on a fault, with
/// the text that shows it.
pub(crate) fn run(iterations: u64, seed: u64) {
    const SOURCE: &str = include_str!("../../tests/data/everything.tf");
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "\"",
        "${",
        "%{",
        "~}",
        "<<E\n",
        "<<-E\n",
        "E\n",
        "\n",
        "\r\n",
        "#",
        "/*",
        "*/",
        "=",
        "=>",
        ".",
        "...",
        "*",
        "[*]",
        "é",
        "\\",
        "\\u00",
        "for ",
        "in ",
        "if ",
        "?",
        ":",
        "&&",
        "-",
        "!",
        "\0",
        "null",
        "1e9",
        "a = 1\n",
        "resource \"a\" \"b\" {\n",
        "\u{feff}",
    ];
    let mut state = seed | 1;
    let mut next = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % (bound.max(1) as u64)).unwrap_or(0)
    };
    let blocks: Vec<&str> = SOURCE.split("\n\n").collect();
    for _ in 0..iterations {
        let mut text: Vec<char> = blocks[next(blocks.len())].chars().collect();
        if next(8) == 0 {
            text.extend(blocks[next(blocks.len())].chars());
        }
        for _ in 0..=next(6) {
            let at = next(text.len());
            match next(3) {
                0 => drop(text.drain(at..(at + 1 + next(8)).min(text.len()))),
                1 => drop(text.splice(at..at, PIECES[next(PIECES.len())].chars())),
                _ => {
                    let from = next(text.len());
                    let copy: Vec<char> = text[from..(from + next(30)).min(text.len())].to_vec();
                    drop(text.splice(at..at, copy));
                }
            }
        }
        let text: String = text.into_iter().collect();
        let (mut errors, mut comments) = (Vec::new(), Vec::new());
        let started = std::time::Instant::now();
        let body = parse(FileId(0), &text, next(4) == 0, &mut errors, &mut comments);
        assert!(started.elapsed().as_secs() < 5, "slow: {text:?}");
        let mut spans: Vec<_> = errors.iter().map(|error| error.span).collect();
        spans.extend(comments.iter().map(|comment| comment.span));
        spans.extend(&body.broken);
        spans.extend(body.attributes.iter().flat_map(|attribute| [attribute.span, attribute.value.span]));
        spans.extend(body.blocks.iter().flat_map(|block| [block.span, block.kind_span]));
        for span in spans {
            assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
        }
    }
}

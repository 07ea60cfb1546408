//! YAML that stands in a scalar of another YAML text, such as an inline patch, or in a text of HCL.

use std::sync::Arc;

use super::events;
use super::{Schema, scalar_content_span};
use crate::text::{FileId, SourceFile, Span};
use crate::value::{Data, Derivation, Origin, Value};

/// The documents of a text that was written at `at` in `source`. Their origins are the places
/// within the text, where it stands there as it is (a literal block, a plain or quoted scalar
/// without escapes); else the whole scalar. `None` if the text is no YAML.
#[must_use]
pub fn inline(source: &SourceFile, at: Span, text: &str, schema: Schema) -> Option<Vec<Value>> {
    read(source.id, text, &TextPlaces::find(source, at, text), schema)
}

/// The same for a reader that takes away the space around the text first.
#[must_use]
pub fn inline_trimmed(source: &SourceFile, at: Span, text: &str, schema: Schema) -> Option<Vec<Value>> {
    let mut places = TextPlaces::find(source, at, text);
    places.skipped = u32::try_from(text.len() - text.trim_start().len()).ok()?;
    read(source.id, text.trim(), &places, schema)
}

fn read(id: FileId, text: &str, places: &TextPlaces, schema: Schema) -> Option<Vec<Value>> {
    let parsed = events::parse(id, &Arc::from(text));
    let documents = parsed.stream.documents.iter().map(|document| {
        let mut value = (document.broken.is_none()).then(|| document.value(schema))?;
        place(&mut value, &|span| places.of(span));
        Some(value)
    });
    documents.collect()
}

/// Where the lines of a scalar's text stand in its file.
pub struct TextPlaces {
    whole: Span,
    /// Start in the text, start in the file; in order.
    lines: Vec<(u32, u32)>,
    /// How much of the text is left out at its start.
    skipped: u32,
}

impl TextPlaces {
    /// The places of a text that was written at `at` in `source`.
    #[must_use]
    pub fn find(source: &SourceFile, at: Span, text: &str) -> Self {
        let lines = match source.slice(at).chars().next() {
            // A heredoc of HCL has its lines like a block, behind the word that ends it.
            Some('|' | '<') => block_lines(source, at, text),
            Some('>') => folded_lines(source, at, text),
            _ => {
                let content = scalar_content_span(&source.text, at);
                let is_as_written = source.slice(content) == text;
                if is_as_written { Some(vec![(0, content.start)]) } else { flow_pieces(source, at, text) }
            }
        };
        Self { whole: at, lines: lines.unwrap_or_default(), skipped: 0 }
    }

    /// The place of a part of the text, whose file does not count; of the whole text where the part
    /// does not stand there as it is.
    #[must_use]
    pub fn of(&self, span: Span) -> Span {
        let place = |offset: u32| {
            let offset = offset + self.skipped;
            let line = self.lines.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
            let (start, file) = self.lines.get(line)?;
            Some(file + (offset - start))
        };
        match (place(span.start), place(span.end)) {
            (Some(start), Some(end)) if start <= end && end <= self.whole.end => Span { start, end, ..self.whole },
            _ => self.whole,
        }
    }
}

/// The lines of a literal block (`|`): each stands in the file as it is, behind the indentation.
fn block_lines(source: &SourceFile, at: Span, text: &str) -> Option<Vec<(u32, u32)>> {
    let written = source.slice(at);
    let mut offset = at.start as usize + written.find('\n')? + 1;
    let end = at.end as usize;
    let (mut lines, mut start) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches('\n');
        // Line breaks behind the last line that are kept are no part of what was written there.
        if offset > end && content.is_empty() {
            break;
        }
        let rest = source.text.get(offset..)?;
        let length = rest.find('\n').unwrap_or(rest.len());
        let raw = rest.get(..length)?.trim_end_matches('\r');
        let indentation = raw.len().checked_sub(content.len()).or(content.trim().is_empty().then_some(0))?;
        if offset > end || !(raw.ends_with(content) || content.trim().is_empty()) {
            return None;
        }
        lines.push((u32::try_from(start).ok()?, u32::try_from(offset + indentation).ok()?));
        start += line.len();
        offset += length + 1;
    }
    Some(lines)
}

/// The lines of a folded block (`>`): each stands in the file as it is; only what is between them
/// is another.
fn folded_lines(source: &SourceFile, at: Span, text: &str) -> Option<Vec<(u32, u32)>> {
    let written = source.slice(at);
    let mut offset = at.start as usize + written.find('\n')? + 1;
    let (mut lines, mut start) = (Vec::new(), 0);
    for line in source.text.get(offset..at.end as usize)?.split_inclusive('\n') {
        let content = line.trim();
        if !content.is_empty() {
            start += text.get(start..)?.find(|c: char| !c.is_whitespace())?;
            if !text[start..].starts_with(content) {
                return None;
            }
            let indentation = line.len() - line.trim_start().len();
            lines.push((u32::try_from(start).ok()?, u32::try_from(offset + indentation).ok()?));
            start += content.len();
        }
        offset += line.len();
    }
    Some(lines)
}

/// The pieces of a scalar in quotes, or of several lines: those without an escape stand in the file
/// as they are.
fn flow_pieces(source: &SourceFile, at: Span, text: &str) -> Option<Vec<(u32, u32)>> {
    let content = scalar_content_span(&source.text, at);
    let quote = (content != at).then(|| source.slice(at).chars().next())?;
    let written = source.slice(content);
    let (mut pieces, mut start, mut offset) = (Vec::new(), 0, 0);
    while offset < written.len() {
        pieces.push((u32::try_from(start).ok()?, content.start + u32::try_from(offset).ok()?));
        let rest = &written[offset..];
        let special = |c: char| c == '\n' || c == '\r' || Some(c) == quote || c == '\\' && quote == Some('"');
        let plain = rest.find(special).unwrap_or(rest.len());
        if plain > 0 {
            let ends_line = rest[plain..].starts_with(['\n', '\r']);
            let piece = if ends_line { rest[..plain].trim_end_matches([' ', '\t']) } else { &rest[..plain] };
            start += text.get(start..)?.strip_prefix(piece).map(|_| piece.len())?;
            offset += plain;
            continue;
        }
        if rest.starts_with(['\n', '\r']) {
            // Folded into a space or line breaks.
            offset += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            let folded = text.get(start..)?;
            let breaks = folded.len() - folded.trim_start_matches('\n').len();
            start += if breaks > 0 { breaks } else { usize::from(folded.starts_with(' ')) };
            continue;
        }
        // An escape is one character.
        start += text.get(start..)?.chars().next()?.len_utf8();
        offset += match rest.as_bytes().get(1)? {
            b'x' if quote == Some('"') => 4,
            b'u' if quote == Some('"') => 6,
            b'U' if quote == Some('"') => 10,
            b'\n' | b'\r' => return None,
            _ => 1 + rest.chars().nth(1)?.len_utf8(),
        };
    }
    (start == text.len()).then_some(pieces)
}

fn place(value: &mut Value, of: &impl Fn(Span) -> Span) {
    value.origin = moved(&value.origin, of);
    match &mut value.data {
        Data::List(items) => Arc::make_mut(items).iter_mut().for_each(|item| place(item, of)),
        Data::Map(map) => {
            for entry in Arc::make_mut(map).iter_mut() {
                entry.key_origin = moved(&entry.key_origin, of);
                place(&mut entry.value, of);
            }
        }
        _ => {}
    }
}

fn moved(origin: &Origin, of: &impl Fn(Span) -> Span) -> Origin {
    match origin {
        Origin::Source(span) => Origin::Source(of(*span)),
        Origin::Derived(derivation) => {
            let Derivation { step, at, from, over, spelling } = &**derivation;
            let from = from.iter().map(|origin| moved(origin, of)).collect();
            let over = over.as_ref().map(|over| moved(over, of));
            let spelling = spelling.clone();
            Origin::Derived(Arc::new(Derivation { step: *step, at: of(*at), from, over, spelling }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;
    use crate::text::{RepoPath, Side};

    fn places(text: &str) -> Vec<String> {
        let path = RepoPath::new("x.yaml").expect("a path");
        let source = Arc::new(SourceFile::new(FileId(0), path, text.into(), Side::Head, true));
        let file = parse(Arc::clone(&source));
        let value = file.yaml().expect("YAML").documents[0].value(Schema::Kustomize);
        let inner = value.get("patch").expect("the inline text");
        let documents = inline(&source, inner.span(), inner.as_str().expect("text"), Schema::Kustomize);
        let documents = documents.expect("inline YAML");
        let entries = documents.iter().flat_map(Value::entries);
        entries.map(|entry| source.slice(entry.key_origin.span()).to_owned()).collect()
    }

    #[test]
    fn keys_of_an_inline_text_are_found_in_the_file() {
        assert_eq!(places("patch: |-\n  kind: Pod\n\n  spec: {}\n"), ["kind", "spec"]);
        assert_eq!(places("patch: |\r\n    kind: Pod\r\n    spec: {}\r\n"), ["kind", "spec"]);
        assert_eq!(places("patch: '{kind: Pod}'\n"), ["kind"]);
        assert_eq!(places("patch: \"kind: \\\"Pod\\\"\\nspec: {}\"\n"), ["kind", "spec"]);
        assert_eq!(places("patch: 'kind: ''Pod''\n\n  spec: {}\n\n  '\n"), ["kind", "spec"]);
        assert_eq!(places("patch: \"\\x6bind: Pod\\n\\u0073pec: {}\"\n"), ["\\x6bind", "\\u0073pec"]);
        assert_eq!(places("patch: |+\n  kind: Pod\n  spec: |+\n    a\n\n\nb: c\n"), ["kind", "spec"]);
        assert_eq!(places("patch: >-\n  {kind: Pod,\n  spec: {}}\n"), ["kind", "spec"]);
    }
}

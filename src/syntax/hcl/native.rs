//! Native syntax: cut into top-level parts, parse each alone, mend what the library refuses and
//! Terraform reads.

use std::collections::BTreeMap;
use std::ops::Range;

use super::convert::{Converter, Patch};
use super::scan::{self, Part};
use super::{Body, SyntaxError};
use crate::syntax::SyntaxErrorKind;
use crate::text::{Comment, FileId, Span};

/// Repeated object keys that are mended in one top-level part before it is given up.
const MAX_PATCHES: usize = 64;

const BOM: &str = "\u{feff}";

pub(super) fn parse(file: FileId, text: &str, errors: &mut Vec<SyntaxError>, comments: &mut Vec<Comment>) -> Body {
    let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let found = scan::scan(text, start..text.len());
    for range in &found.comments {
        let line = text[..range.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let own_line = text[line..range.start].trim_matches([' ', '\t', '\u{feff}']).is_empty();
        comments.push(Comment { span: Span::new(file, range.start, range.end), own_line });
    }
    let mut reader = Reader { file, text, errors, body: Body::default() };
    // A whole file at once is the fast way; parts are for files that have a fault.
    if found.parts.iter().any(|part| part.cut) || reader.attempt(start..text.len()).is_err() {
        for part in &found.parts {
            reader.part(part);
        }
        reader.repeated_attributes();
    }
    reader.body
}

/// A refusal of the library.
struct Refusal {
    message: String,
    at: usize,
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    errors: &'a mut Vec<SyntaxError>,
    body: Body,
}

impl Reader<'_> {
    /// Parse some bytes as they stand and add what they hold.
    fn attempt(&mut self, range: Range<usize>) -> Result<(), Refusal> {
        let text = &self.text[range.clone()];
        self.parse(text, range.start, &[])
    }

    fn parse(&mut self, text: &str, offset: usize, patches: &[Patch]) -> Result<(), Refusal> {
        match hcl_edit::parser::parse_body(text) {
            Ok(body) => {
                let mut converter = Converter::new(self.file, text, offset, patches);
                let mut body = converter.body(&body);
                self.errors.append(&mut converter.errors);
                self.body.attributes.append(&mut body.attributes);
                self.body.blocks.append(&mut body.blocks);
                Ok(())
            }
            Err(error) => {
                let at = offset + error.location().offset();
                Err(Refusal { message: error.message().to_owned(), at })
            }
        }
    }

    fn part(&mut self, part: &Part) {
        let Some(refusal) = self.refused(part) else { return };
        let mut cuts = scan::block_heads(self.text, part.range.clone());
        if cuts.is_empty() {
            self.broken(part, &refusal);
            return;
        }
        cuts.insert(0, part.range.start);
        cuts.push(part.range.end);
        for pair in cuts.windows(2) {
            let found = scan::scan(self.text, pair[0]..pair[1]);
            for part in &found.parts {
                if let Some(refusal) = self.refused(part) {
                    self.broken(part, &refusal);
                }
            }
        }
    }

    /// Read a part; why it cannot be read, if it cannot.
    fn refused(&mut self, part: &Part) -> Option<Refusal> {
        if part.cut {
            // The library reads it, Terraform does not.
            let at = part.unclosed.as_ref().map_or(part.range.start, |opened| opened.start);
            return Some(Refusal { message: "a string that goes over the end of its line".to_owned(), at });
        }
        let refusal = self.attempt(part.range.clone()).err()?;
        if self.mend(part.range.clone(), &refusal) { None } else { Some(refusal) }
    }

    /// Read what Terraform reads and the library refuses: line breaks within brackets and repeated
    /// object keys. Both are mended without moving a byte.
    fn mend(&mut self, range: Range<usize>, first: &Refusal) -> bool {
        let mut text = self.text[range.clone()].to_owned();
        let mut patches = Vec::new();
        let mut refusal = Refusal { message: first.message.clone(), at: first.at };
        let mut flattened = false;
        loop {
            if refusal.message.contains("redefined object key") && patches.len() < MAX_PATCHES {
                let Some(patch) = rename_key(&mut text, refusal.at - range.start, &patches) else { return false };
                patches.push(patch);
            } else if !flattened {
                flattened = true;
                text = blank(&text, &scan::scan(&text, 0..text.len()).blanks);
            } else {
                return false;
            }
            match self.parse(&text, range.start, &patches) {
                Ok(()) => return true,
                Err(next) => refusal = next,
            }
        }
    }

    fn broken(&mut self, part: &Part, refusal: &Refusal) {
        self.body.broken.push(Span::new(self.file, part.range.start, part.range.end));
        if has_placeholder(&self.text[part.range.clone()]) {
            // A template of Terraform, not Terraform: not read, and not wrong.
            return;
        }
        let limit = refusal.message.contains("at most");
        let (kind, span, message) = match &part.unclosed {
            _ if limit => (SyntaxErrorKind::Limit, self.character(refusal.at), clean(&refusal.message)),
            Some(opened) => {
                let message = format!("`{}` is never closed", &self.text[opened.clone()]);
                (SyntaxErrorKind::Invalid, Span::new(self.file, opened.start, opened.end), message)
            }
            None => (SyntaxErrorKind::Invalid, self.character(refusal.at), clean(&refusal.message)),
        };
        self.errors.push(SyntaxError { kind, span, message, related: None });
    }

    /// The character at an offset, so that a fault has something to point at.
    fn character(&self, at: usize) -> Span {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let len = self.text[at..].chars().next().map_or(0, char::len_utf8);
        Span::new(self.file, at, at + len)
    }

    /// An attribute twice at the top of a file is refused by Terraform; parsed apart, it is not.
    fn repeated_attributes(&mut self) {
        let mut first = BTreeMap::new();
        for attribute in &self.body.attributes {
            if let Some(first) = first.insert(attribute.name.clone(), attribute.name_span) {
                self.errors.push(SyntaxError {
                    kind: SyntaxErrorKind::Invalid,
                    span: attribute.name_span,
                    message: format!("`{}` is set twice", attribute.name),
                    related: Some((first, "first set here".to_owned())),
                });
            }
        }
    }
}

fn clean(message: &str) -> String {
    message.replace('\n', " ")
}

/// Whether a text has something that another program fills in: `<TOKEN>`, `{{ … }}`, `{% … %}`.
fn has_placeholder(text: &str) -> bool {
    let token = |rest: &str| {
        let word = rest.split_once('>').map_or("", |(word, _)| word);
        word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    text.contains("{{") || text.contains("{% ") || text.split('<').skip(1).any(token)
}

fn blank(text: &str, ranges: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        out.push_str(&text[at..range.start]);
        out.extend(std::iter::repeat_n(' ', range.len()));
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// Change one letter of a key, so that the library takes it for another key; the converter puts
/// the letter back.
fn rename_key(text: &mut String, at: usize, patches: &[Patch]) -> Option<Patch> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let at = if text.as_bytes().get(at) == Some(&b'"') { at + 1 } else { at };
    let now = *text.as_bytes().get(at)?;
    if !now.is_ascii_alphabetic() && now != b'_' {
        return None;
    }
    let original = patches.iter().find(|patch| patch.at == at).map_or(now, |patch| patch.original);
    let tried = patches.iter().filter(|patch| patch.at == at).count();
    let letter = *LETTERS.iter().filter(|letter| **letter != original).nth(tried)?;
    text.replace_range(at..=at, char::from(letter).encode_utf8(&mut [0; 4]));
    Some(Patch { at, original })
}

#[cfg(test)]
#[path = "native_tests.rs"]
mod tests;

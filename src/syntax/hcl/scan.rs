//! A light scan of HCL text: comments, top-level parts, and which line breaks mean nothing.
//!
//! Knows strings, templates, heredocs and brackets, not the grammar. Linear, no recursion.

use std::ops::Range;

/// Words that begin a top-level block of Terraform; used to find the next block after a broken one.
const BLOCKS: &[&str] = &[
    "check",
    "data",
    "ephemeral",
    "import",
    "locals",
    "module",
    "moved",
    "output",
    "provider",
    "removed",
    "resource",
    "terraform",
    "variable",
];

/// What encloses a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// `{`: line breaks separate; `true` for `{ for …`, where they do not.
    Brace(bool),
    /// `(` or `[`.
    Bracket(u8),
    /// `${` or `%{` in a template.
    Interpolation,
    /// Between quotes.
    Quote,
    /// In a heredoc; the marker's place in the text.
    Heredoc(usize, usize),
}

/// What a scan finds.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Comments with their markers, without line breaks.
    pub(super) comments: Vec<Range<usize>>,
    /// Top-level attributes and blocks, without surrounding blanks and comments.
    pub(super) parts: Vec<Part>,
    /// Bytes that can be blanked without a change of meaning: comments and line breaks within
    /// brackets.
    pub(super) blanks: Vec<Range<usize>>,
}

/// A top-level attribute or block.
#[derive(Debug)]
pub(super) struct Part {
    /// Its bytes.
    pub(super) range: Range<usize>,
    /// The opening bracket, quote or heredoc marker that is never closed.
    pub(super) unclosed: Option<Range<usize>>,
    /// Whether a string in it goes over the end of its line, which Terraform refuses.
    pub(super) cut: bool,
}

/// Scan `text[range]`; all offsets are those of `text`.
pub(super) fn scan(text: &str, range: Range<usize>) -> Scan {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: range.start,
        end: range.end,
        stack: Vec::new(),
        found: Scan::default(),
        cut: None,
    };
    scanner.run();
    scanner.found
}

/// Starts of lines of `text[range]`, but its first, that look like the head of a top-level block.
pub(super) fn block_heads(text: &str, range: Range<usize>) -> Vec<usize> {
    let mut heads = Vec::new();
    let mut start = range.start;
    for line in text[range.clone()].split_inclusive('\n') {
        let word = line.find(|c: char| !c.is_ascii_lowercase()).map_or(line, |end| &line[..end]);
        let rest = line[word.len()..].trim_start_matches([' ', '\t']);
        if start > range.start && BLOCKS.contains(&word) && rest.starts_with(['"', '{']) {
            heads.push(start);
        }
        start += line.len();
    }
    heads
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    /// Open modes and where each was opened.
    stack: Vec<(Mode, Range<usize>)>,
    found: Scan,
    /// The first quote of the current part that its line does not close.
    cut: Option<Range<usize>>,
}

impl Scanner<'_> {
    fn run(&mut self) {
        // First byte of the current part, and one past its last byte so far.
        let mut part: Option<(usize, usize)> = None;
        while self.at < self.end {
            let start = self.at;
            let byte = self.bytes[start];
            let top = self.stack.last().map(|(mode, _)| *mode);
            let code = !matches!(top, Some(Mode::Quote | Mode::Heredoc(..)));
            if code && self.comment() {
                if part.is_some() && !self.stack.is_empty() {
                    part = part.map(|(first, _)| (first, self.at));
                }
                if self.line_breaks_mean_nothing() {
                    self.found.blanks.push(start..self.at);
                }
                continue;
            }
            match top {
                Some(Mode::Quote) => self.quoted(byte),
                Some(Mode::Heredoc(from, to)) => self.heredoc(from, to),
                _ => self.code(byte),
            }
            if code && matches!(byte, b'\n' | b'\r') {
                if self.stack.is_empty() {
                    self.finish(part.take());
                } else if self.line_breaks_mean_nothing() {
                    self.found.blanks.push(start..self.at);
                }
            } else if !byte.is_ascii_whitespace() || !code {
                part = Some((part.map_or(start, |(first, _)| first), self.at));
            }
        }
        self.finish(part);
    }

    fn finish(&mut self, part: Option<(usize, usize)>) {
        let cut = self.cut.is_some();
        let unclosed = self.cut.take().or_else(|| self.stack.first().map(|(_, opened)| opened.clone()));
        if let Some((start, end)) = part {
            self.found.parts.push(Part { range: start..end.min(self.end), unclosed, cut });
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        let at = self.at + ahead;
        if at < self.end { self.bytes[at] } else { 0 }
    }

    fn push(&mut self, mode: Mode, len: usize) {
        self.stack.push((mode, self.at..self.at + len));
        self.at += len;
    }

    fn line_breaks_mean_nothing(&self) -> bool {
        matches!(self.stack.last(), Some((Mode::Bracket(_) | Mode::Interpolation | Mode::Brace(true), _)))
    }

    /// Skip a comment, if one begins here.
    fn comment(&mut self) -> bool {
        let start = self.at;
        match (self.peek(0), self.peek(1)) {
            (b'#', _) | (b'/', b'/') => {
                while self.at < self.end && !matches!(self.bytes[self.at], b'\n' | b'\r') {
                    self.at += 1;
                }
            }
            (b'/', b'*') => {
                let rest = &self.bytes[start + 2..self.end];
                let close = rest.windows(2).position(|pair| pair == b"*/");
                // Never closed: not a comment, or it would hide the rest of the file.
                let Some(close) = close else { return false };
                self.at = start + 2 + close + 2;
            }
            _ => return false,
        }
        self.found.comments.push(start..self.at);
        true
    }

    fn code(&mut self, byte: u8) {
        match byte {
            b'"' => self.push(Mode::Quote, 1),
            b'(' | b'[' => self.push(Mode::Bracket(byte), 1),
            b'{' => {
                let rest = &self.bytes[self.at + 1..self.end];
                let word = rest.trim_ascii_start();
                let is_for = word.starts_with(b"for")
                    && word.get(3).is_none_or(|next| next.is_ascii_whitespace() || matches!(next, b'#' | b'/'));
                self.push(Mode::Brace(is_for), 1);
            }
            b')' | b']' => {
                let open = if byte == b')' { b'(' } else { b'[' };
                if matches!(self.stack.last(), Some((Mode::Bracket(top), _)) if *top == open) {
                    self.stack.pop();
                }
                self.at += 1;
            }
            b'}' => {
                // A brace closes over unclosed brackets, so that these cost only their own block.
                while matches!(self.stack.last(), Some((Mode::Bracket(_), _))) {
                    self.stack.pop();
                }
                self.stack.pop();
                self.at += 1;
            }
            b'<' if self.peek(1) == b'<' => self.heredoc_start(),
            _ => self.at += 1,
        }
    }

    fn heredoc_start(&mut self) {
        let mut from = self.at + 2;
        if self.bytes.get(from) == Some(&b'-') {
            from += 1;
        }
        let mut to = from;
        while to < self.end && is_word(self.bytes[to]) {
            to += 1;
        }
        let next = self.bytes.get(to).copied().unwrap_or(0);
        if from < to && matches!(next, b'\n' | b'\r') {
            self.push(Mode::Heredoc(from, to), to - self.at);
        } else {
            self.at += 2;
        }
    }

    /// One step inside quotes.
    fn quoted(&mut self, byte: u8) {
        match byte {
            b'\\' => self.at += if matches!(self.peek(1), b'\n' | b'\r') { 1 } else { 2 },
            b'"' => {
                self.stack.pop();
                self.at += 1;
            }
            // A string cannot span lines: take it as ended here.
            b'\n' | b'\r' => {
                let opened = self.stack.pop().map(|(_, opened)| opened);
                self.cut = self.cut.take().or(opened);
            }
            _ => self.template(byte),
        }
        self.at = self.at.min(self.end);
    }

    /// One step inside a heredoc.
    fn heredoc(&mut self, from: usize, to: usize) {
        let byte = self.bytes[self.at];
        if byte == b'\n' {
            let mut line = self.at + 1;
            while line < self.end && matches!(self.bytes[line], b' ' | b'\t') {
                line += 1;
            }
            let marker = &self.bytes[from..to];
            let rest = &self.bytes[line.min(self.end)..self.end];
            if rest.starts_with(marker) && !rest.get(marker.len()).is_some_and(|next| is_word(*next)) {
                self.stack.pop();
                self.at = line + marker.len();
                return;
            }
        }
        self.template(byte);
    }

    fn template(&mut self, byte: u8) {
        let opens = matches!(byte, b'$' | b'%');
        if opens && self.peek(1) == byte && self.peek(2) == b'{' {
            self.at += 3;
        } else if opens && self.peek(1) == b'{' {
            self.push(Mode::Interpolation, 2);
        } else {
            self.at += 1;
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte >= 0x80
}

//! From the parser library's events to our trees. The only user of that library.

use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};
use rustc_hash::FxHashMap;

use super::tree::{Document, NO_TARGET, Node, NodeKind, NodeRef, Properties, Style, Tree};
use super::{Schema, Stream, scalar};
use crate::syntax::{SyntaxError, SyntaxErrorKind};
use crate::text::{Comment, FileId, Span};
use crate::value::{Reason, Unknown};

/// Broken documents after which the rest of a file is given up.
const MAX_BROKEN: usize = 100;

/// What a text holds.
#[derive(Debug, Default)]
pub(in crate::syntax) struct Parsed {
    pub(in crate::syntax) stream: Stream,
    pub(in crate::syntax) errors: Vec<SyntaxError>,
    pub(in crate::syntax) comments: Vec<Comment>,
    /// The first `{{` that YAML reads as a map whose key is a map, which no reader accepts.
    pub(in crate::syntax) braces: Option<Span>,
}

/// Read a text. It never fails; see [`Parsed::errors`].
pub(in crate::syntax) fn parse(file: FileId, text: &Arc<str>) -> Parsed {
    let mut reader = Reader::new(file, text);
    reader.control_characters();
    reader.run();
    reader.parsed.errors.sort_by_key(|error| error.span);
    // A character that is not allowed is often what breaks the document, too.
    reader.parsed.errors.dedup_by_key(|error| (error.span, error.kind));
    reader.parsed.comments.sort_by_key(|comment| comment.span);
    reader.parsed.comments.dedup();
    // Most files are small, and there are many.
    reader.parsed.stream.documents.shrink_to_fit();
    reader.parsed.comments.shrink_to_fit();
    reader.parsed
}

/// A collection that has not ended yet.
struct Open {
    index: u32,
    members: u32,
}

struct Reader<'a> {
    file: FileId,
    text: &'a Arc<str>,
    parsed: Parsed,
    tree: Tree,
    open: Vec<Open>,
    /// Anchor number of the library to node index.
    anchors: FxHashMap<usize, u32>,
    /// Errors of the current document, which do not count if it turns out to be unreadable.
    found: Vec<SyntaxError>,
    document_start: usize,
    /// End of the last scalar, alias or bracket.
    last_end: usize,
}

impl<'a> Reader<'a> {
    fn new(file: FileId, text: &'a Arc<str>) -> Self {
        Self {
            file,
            text,
            parsed: Parsed::default(),
            tree: Tree::new(file, text),
            open: Vec::new(),
            anchors: FxHashMap::default(),
            found: Vec::new(),
            document_start: 0,
            last_end: 0,
        }
    }

    fn run(&mut self) {
        let text: &'a str = self.text;
        let options = granit_parser::options! {
            // What libyaml does, and with it every reader of manifests.
            block_scalar_eof_without_line_feed: true,
            bom_inside_document_as_content: true,
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            max_buffered_comment_events: usize::MAX,
            flow_nesting_limit: 255,
            block_nesting_limit: 255,
        };
        let mut parser = Parser::new_from_str_with_options(text, options.clone());
        // Where the text given to the parser begins.
        let mut base = 0;
        let mut broken: Option<SyntaxError> = None;
        let mut failures = 0;
        loop {
            match parser.next_event() {
                None => break,
                Some(Ok((event, span))) => {
                    let range = from(base, span.byte_range().unwrap_or(0..0));
                    if let Some(error) = broken.take_if(|_| matches!(event, Event::DocumentStart(..))) {
                        self.lose_document(error, range.start);
                    }
                    let tag = span.tag_span().and_then(|tag| tag.byte_range()).map(|range| from(base, range));
                    self.event(event, range, tag);
                }
                Some(Err(error)) => {
                    let found = self.scan_error(&error, base);
                    if broken.is_none() && self.another_json(&error, found.span.start as usize) {
                        base = found.span.start as usize;
                        parser = Parser::new_from_str_with_options(&text[base..], options.clone());
                        continue;
                    }
                    let error = found;
                    failures += 1;
                    match broken.take() {
                        None => broken = Some(error),
                        Some(first) => {
                            let end = error.span.start as usize;
                            self.lose_document(first, end);
                            broken = Some(error);
                        }
                    }
                    if failures >= MAX_BROKEN || !matches!(parser.proceed_next_document(), Ok(true)) {
                        break;
                    }
                }
            }
        }
        if let Some(error) = broken {
            self.lose_document(error, text.len());
        }
    }

    fn event(&mut self, event: Event<'a>, range: std::ops::Range<usize>, tag: Option<std::ops::Range<usize>>) {
        let tagged = |tag_of: Option<std::borrow::Cow<'_, granit_parser::Tag>>| {
            let range = tag?;
            let tag_of = tag_of?;
            Some((
                compact_str::format_compact!("{}{}", tag_of.handle(), tag_of.suffix()),
                offset(range.start),
                offset(range.end),
            ))
        };
        match event {
            Event::StreamStart | Event::StreamEnd => {}
            Event::DocumentStart(explicit, _) => {
                self.clear();
                self.document_start = if explicit { range.end } else { range.start };
                self.last_end = self.document_start;
            }
            Event::DocumentEnd => self.finish_document(range.end),
            Event::Comment(..) => self.comment(range),
            Event::Scalar(value, style, anchor, tag) => {
                let tag = tagged(tag);
                self.scalar(&value, style, range, tag.as_ref().map_or(0, |(_, _, end)| *end as usize));
                self.attach(anchor, tag);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let tag = tagged(tag);
                let start = match style {
                    StructureStyle::Block => {
                        self.first_dash(range.start, tag.as_ref().map_or(0, |(_, _, end)| *end as usize))
                    }
                    StructureStyle::Flow => range.start,
                };
                self.begin(NodeKind::Sequence, style, start..range.end);
                self.attach(anchor, tag);
            }
            Event::MappingStart(style, anchor, tag) => {
                let tag = tagged(tag);
                self.begin(NodeKind::Mapping, style, range);
                self.attach(anchor, tag);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(range.end),
            Event::Anchor(..) => {
                if let Some(last) = self.tree.nodes.len().checked_sub(1) {
                    self.properties_of(offset(last)).anchor = Some((offset(range.start), offset(range.end)));
                }
            }
            Event::Alias(id) => {
                let target = self.anchors.get(&id).copied();
                let target = target.filter(|target| !self.open.iter().any(|open| open.index == *target));
                match target {
                    Some(target) => self.tree.nodes[target as usize].is_aliased = true,
                    None => {
                        let name = short(self.text.get(range.clone()).unwrap_or_default());
                        self.invalid(&range, format!("alias `{name}` stands for a node that holds the alias"));
                    }
                }
                self.leaf(NodeKind::Alias, Style::Plain, range, target.unwrap_or(NO_TARGET));
            }
            Event::UnresolvedAlias(name) => {
                self.invalid(&range, format!("no anchor `&{}` before this alias", short(&name)));
                self.leaf(NodeKind::Alias, Style::Plain, range, NO_TARGET);
            }
            // The library may grow further events that say nothing of nodes.
            _ => {}
        }
    }

    fn clear(&mut self) {
        self.take_tree();
        self.open.clear();
        self.anchors.clear();
        self.found.clear();
    }

    fn invalid(&mut self, range: &std::ops::Range<usize>, message: String) {
        let span = Span::new(self.file, range.start, range.end);
        self.found.push(SyntaxError { kind: SyntaxErrorKind::Invalid, span, message, related: None });
    }

    fn comment(&mut self, range: std::ops::Range<usize>) {
        let before = &self.text[..range.start];
        let line = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let own_line = before[line..].chars().all(|c| matches!(c, ' ' | '\t' | '\u{feff}'));
        self.parsed.comments.push(Comment { span: Span::new(self.file, range.start, range.end), own_line });
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, range: std::ops::Range<usize>, tag_end: usize) {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let (range, verbatim) = match style {
            Style::Literal | Style::Folded => (self.block_scalar(range, tag_end), None),
            Style::Plain if range.is_empty() => (self.absent(range.start, tag_end), Some("")),
            Style::Plain => (range.clone(), self.text.get(range)),
            _ => (range.clone(), self.text.get(range.start + 1..range.end.saturating_sub(1))),
        };
        // The library gives `~` for a scalar of which nothing is written.
        let verbatim = range.is_empty() || verbatim == Some(value);
        let extra = if verbatim {
            0
        } else {
            self.tree.texts.push(value.into());
            offset(self.tree.texts.len())
        };
        self.leaf(NodeKind::Scalar, style, range, extra);
    }

    /// Where an absent scalar belongs: after the `:` or `-` that announces it.
    fn absent(&self, at: usize, tag_end: usize) -> std::ops::Range<usize> {
        let bytes = self.text.as_bytes();
        let floor = self.last_end.max(tag_end);
        let mut at = at;
        while at > floor && bytes[at - 1].is_ascii_whitespace() {
            at -= 1;
        }
        let is_value = self.is_mapping_value();
        let colon = bytes[at..].iter().position(|byte| !matches!(byte, b' ' | b'\t')).map_or(at, |skip| at + skip);
        if is_value && bytes.get(colon) == Some(&b':') {
            at = colon + 1;
        }
        at..at
    }

    fn is_mapping_value(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| self.tree.nodes[open.index as usize].kind == NodeKind::Mapping && open.members % 2 == 1)
    }

    /// The first `-` of a block sequence, which the library may place at its first item.
    fn first_dash(&self, at: usize, tag_end: usize) -> usize {
        // Only a sequence that is no deeper than its key is placed so.
        if !self.is_mapping_value() {
            return at;
        }
        let bytes = self.text.as_bytes();
        let mut place = self.last_end.max(tag_end);
        while place < at {
            match bytes[place] {
                b'-' if bytes.get(place + 1).is_none_or(u8::is_ascii_whitespace) => return place,
                b'#' => place += self.text[place..].find(['\n', '\r']).unwrap_or(bytes.len() - place),
                b'&' => place += self.text[place..].find(char::is_whitespace).unwrap_or(bytes.len() - place),
                _ => place += 1,
            }
        }
        at
    }

    /// A block scalar from its `|` or `>` to its last character that is not a line break.
    fn block_scalar(&self, range: std::ops::Range<usize>, tag_end: usize) -> std::ops::Range<usize> {
        let floor = self.last_end.max(tag_end).min(range.start);
        let between = &self.text[floor..range.start];
        let mut header = None;
        let mut line_start = 0;
        for line in between.split_inclusive(['\n', '\r']) {
            if let Some((at, len)) = header_in(line) {
                header = Some((floor + line_start + at, len));
                break;
            }
            line_start += line.len();
        }
        // Without content, the library gives the place of the header.
        let own = || header_in(&self.text[range.clone()]).filter(|(at, _)| *at == 0).map(|(_, len)| (range.start, len));
        let Some((start, len)) = header.or_else(own) else { return range };
        let body = &self.text[start..range.end];
        start..start + body.trim_end_matches([' ', '\t', '\n', '\r']).len().max(len)
    }

    fn leaf(&mut self, kind: NodeKind, style: Style, range: std::ops::Range<usize>, extra: u32) {
        self.last_end = self.last_end.max(range.end);
        let index = self.push(kind, style, range.start, extra);
        self.tree.nodes[index as usize].end = offset(range.end);
        self.tree.nodes[index as usize].next = index + 1;
    }

    fn begin(&mut self, kind: NodeKind, style: StructureStyle, range: std::ops::Range<usize>) {
        let style = match style {
            StructureStyle::Block => Style::Block,
            StructureStyle::Flow => Style::Flow,
        };
        let is_key = self.open.last().is_some_and(|open| {
            self.tree.nodes[open.index as usize].kind == NodeKind::Mapping && open.members % 2 == 0
        });
        if is_key && self.parsed.braces.is_none() && range.start > 0 && self.text[..range.end].ends_with("{{") {
            self.parsed.braces = Some(Span::new(self.file, range.start - 1, range.end));
        }
        self.last_end = self.last_end.max(range.end);
        let index = self.push(kind, style, range.start, 0);
        self.open.push(Open { index, members: 0 });
    }

    fn push(&mut self, kind: NodeKind, style: Style, start: usize, extra: u32) -> u32 {
        let index = offset(self.tree.nodes.len());
        let parent = match self.open.last_mut() {
            Some(open) => {
                open.members += 1;
                open.index
            }
            None => index,
        };
        let (start, end) = (offset(start), offset(start));
        let (has_properties, is_aliased) = (false, false);
        self.tree.nodes.push(Node { start, end, next: 0, parent, extra, kind, style, has_properties, is_aliased });
        index
    }

    fn end(&mut self, at: usize) {
        let Some(open) = self.open.pop() else { return };
        let next = offset(self.tree.nodes.len());
        let node = &mut self.tree.nodes[open.index as usize];
        node.next = next;
        // A block collection is said to end where the next token begins; its last member is meant.
        let end = if node.style == Style::Flow { at.max(self.last_end) } else { self.last_end };
        node.end = offset(end).max(node.start);
        self.last_end = end;
        if node.kind == NodeKind::Mapping {
            self.duplicate_keys(open.index, open.members as usize / 2);
        }
    }

    fn properties_of(&mut self, index: u32) -> &mut Properties {
        self.tree.nodes[index as usize].has_properties = true;
        if self.tree.properties.last().is_none_or(|(last, _)| *last != index) {
            self.tree.properties.push((index, Properties::default()));
        }
        let last = self.tree.properties.len() - 1;
        &mut self.tree.properties[last].1
    }

    /// Give the node that was just made its anchor number and tag.
    fn attach(&mut self, anchor: usize, tag: Option<(crate::value::Str, u32, u32)>) {
        let Some(index) = self.tree.nodes.len().checked_sub(1).map(offset) else { return };
        if anchor != 0 {
            self.anchors.insert(anchor, index);
        }
        if tag.is_some() {
            self.properties_of(index).tag = tag;
        }
    }

    /// Report keys that a reader takes for the same: equal as text, or equal once resolved.
    fn duplicate_keys(&mut self, mapping: u32, entries: usize) {
        if entries < 2 {
            return;
        }
        let mut errors = Vec::new();
        {
            let keys = NodeRef::new(&self.tree, mapping).entries().map(|(key, _)| key);
            let keys = keys.filter(|key| key.kind() == NodeKind::Scalar && !scalar::is_merge_key(*key));
            let named = keys
                .filter_map(|key| Some((scalar::key(key, Schema::Kubernetes).or(key.text().map(Into::into))?, key)));
            let mut report = |name: &str, key: NodeRef<'_>, first: NodeRef<'_>| {
                let message = if key.text() == first.text() {
                    format!("key `{}` is given twice", short(key.text().unwrap_or_default()))
                } else {
                    let (one, two) = (first.text().unwrap_or_default(), key.text().unwrap_or_default());
                    format!("keys `{}` and `{}` are both read as `{}`", short(one), short(two), short(name))
                };
                let related = Some((first.span(), "first given here".to_owned()));
                errors.push(SyntaxError { kind: SyntaxErrorKind::DuplicateKey, span: key.span(), message, related });
            };
            if entries <= 12 {
                let named: Vec<_> = named.collect();
                for (at, (name, key)) in named.iter().enumerate() {
                    if let Some((_, first)) = named[..at].iter().find(|(earlier, _)| earlier == name) {
                        report(name, *key, *first);
                    }
                }
            } else {
                let mut seen = FxHashMap::default();
                for (name, key) in named {
                    match seen.entry(name) {
                        std::collections::hash_map::Entry::Occupied(first) => report(first.key(), key, *first.get()),
                        std::collections::hash_map::Entry::Vacant(place) => {
                            place.insert(key);
                        }
                    }
                }
            }
        }
        self.found.extend(errors);
    }

    fn take_tree(&mut self) -> Tree {
        std::mem::replace(&mut self.tree, Tree::new(self.file, self.text))
    }

    fn finish_document(&mut self, end: usize) {
        let empty = self.tree.nodes.len() == 1 && {
            let root = &self.tree.nodes[0];
            root.kind == NodeKind::Scalar && root.start == root.end && !root.has_properties
        };
        if !empty && !self.tree.nodes.is_empty() {
            let mut tree = self.take_tree();
            tree.nodes.shrink_to_fit();
            tree.texts.shrink_to_fit();
            tree.properties.shrink_to_fit();
            let span = NodeRef::new(&tree, 0).full_span();
            self.parsed.errors.append(&mut self.found);
            self.parsed.stream.documents.push(Document { span, broken: None, tree });
        }
        self.document_start = end.max(self.last_end);
        self.clear();
    }

    /// Keep a document that could not be read, up to where the next one begins.
    fn lose_document(&mut self, error: SyntaxError, end: usize) {
        self.clear();
        let body = self.text.get(self.document_start..end).unwrap_or_default();
        let start = self.document_start + (body.len() - body.trim_start().len());
        let end = (self.document_start + body.trim_end().len()).max(start);
        let reason = if error.kind == SyntaxErrorKind::Limit { Reason::Limit } else { Reason::Unparsed };
        let broken = Some(Unknown::new(reason, error.message.clone(), Some(error.span)));
        let span = Span::new(self.file, start, end);
        let tree = self.take_tree();
        self.parsed.stream.documents.push(Document { span, broken, tree });
        self.parsed.errors.push(error);
        self.document_start = end;
        self.last_end = end;
    }

    /// Whether an error says that a JSON text follows another, which JSON readers allow.
    fn another_json(&self, error: &ScanError, at: usize) -> bool {
        let is_object = |text: &str| text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        *error.kind() == ErrorKind::ExpectedDocumentStart
            && self.tree.nodes.is_empty()
            && at > self.document_start.saturating_sub(1)
            && is_object(self.text)
            && self.text[at..].starts_with('{')
    }

    fn scan_error(&self, error: &ScanError, base: usize) -> SyntaxError {
        let text: &str = self.text;
        let mut start = error.marker().byte_offset().map_or(text.len(), |at| base + at).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let word = text[start..].split(char::is_whitespace).next().unwrap_or_default();
        let end = start + word.char_indices().nth(80).map_or(word.len(), |(at, _)| at);
        let kind = match error.kind() {
            ErrorKind::RecursionLimitExceeded | ErrorKind::TooManyComments => SyntaxErrorKind::Limit,
            _ => SyntaxErrorKind::Invalid,
        };
        SyntaxError { kind, span: Span::new(self.file, start, end), message: explain(error.kind()), related: None }
    }

    /// Report the first character that YAML does not allow; libyaml and its ports refuse the file.
    fn control_characters(&mut self) {
        let text: &str = self.text;
        let bad = text.char_indices().find(|(_, c)| match c {
            '\t' | '\n' | '\r' | '\u{85}' => false,
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => true,
            _ => false,
        });
        if let Some((at, c)) = bad {
            let message = format!("control character U+{:04X} is not allowed", u32::from(c));
            let span = Span::new(self.file, at, at + c.len_utf8());
            self.parsed.errors.push(SyntaxError { kind: SyntaxErrorKind::Invalid, span, message, related: None });
        }
    }
}

fn from(base: usize, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    base + range.start..base + range.end
}

/// The start and length of a block scalar's header (`|`, `>-`, `|2`) in a line, if it has one.
fn header_in(line: &str) -> Option<(usize, usize)> {
    for (at, c) in line.char_indices() {
        let blank_before = at == 0 || line[..at].ends_with([' ', '\t', ':', '-', '\n']);
        match c {
            '#' if blank_before => return None,
            '|' | '>' if blank_before => {
                let rest = &line[at + 1..];
                let indicators = rest.bytes().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-'));
                let len = indicators.count();
                let after = rest[len..].trim_start_matches([' ', '\t']);
                if after.is_empty() || after.starts_with(['#', '\n', '\r']) {
                    return Some((at, 1 + len));
                }
            }
            _ => {}
        }
    }
    None
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A text for a message: not longer than a line, no control characters.
fn short(text: &str) -> String {
    let mut shown = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == 60 {
            shown.push('…');
            break;
        }
        if c.is_control() { shown.extend(c.escape_debug()) } else { shown.push(c) }
    }
    shown
}

/// What is wrong and, where it is not plain, what people usually did.
fn explain(kind: &ErrorKind) -> String {
    let text = match kind {
        ErrorKind::RecursionLimitExceeded => "nested more than 255 levels deep",
        ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabNotAllowed => {
            "a tab is used for indentation; YAML allows spaces only"
        }
        ErrorKind::MappingValueNotAllowed => {
            "a `key:` is not allowed here; the indentation is wrong, or a text with `: ` needs quotes"
        }
        ErrorKind::UnclosedQuotedScalar => "this quote is never closed",
        ErrorKind::UnclosedFlowCollection { open } => return format!("this `{open}` is never closed"),
        ErrorKind::UnexpectedCharacter { character } => {
            return format!("a text that starts with `{}` needs quotes", character.escape_debug());
        }
        ErrorKind::SimpleKeyExpected => "a line without `:` stands between keys",
        ErrorKind::InvalidSimpleKey => "a `:` is missing after this key, or its indentation is wrong",
        ErrorKind::ExpectedBlockMappingKey => "expected a key here; the indentation does not fit what stands above",
        ErrorKind::ExpectedBlockSequenceEntry => "expected `- ` here; the indentation does not fit what stands above",
        ErrorKind::UndeclaredTagHandle => "this tag uses a handle that no %TAG directive declares",
        other => {
            let text = other.to_string();
            return text.chars().filter(|c| !c.is_control()).collect();
        }
    };
    text.to_owned()
}

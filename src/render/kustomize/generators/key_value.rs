//! Keys and values of generators, from files of variables, literals and files, in this order
//! (`api/kv/kv.go`).

use data_encoding::BASE64;

use super::super::accumulator::Accumulator;
use super::super::fault::{Fault, FaultKind};
use super::super::loader::{Loader, Target};
use super::{Arguments, Kind, Maker};
use crate::model::kustomization;
use crate::render::print;
use crate::syntax::ParsedFile;
use crate::syntax::yaml::{Schema, is_special_scalar};
use crate::text::{RepoPath, SourceFile, Span};
use crate::value::{Data, Entry, Map, Origin, Reason, Step, Unknown, Value};
use crate::vfs::EntryKind;

/// Base64 is broken into lines of this many characters.
const LINE: usize = 70;

/// Longest line of a file of variables; the real reader stops before a longer one and says nothing
/// (`bufio.MaxScanTokenSize`).
const MAX_LINE: usize = 64 * 1024 - 1;

/// What a generator makes of its sources.
#[derive(Default)]
pub(super) struct Loaded {
    /// `data`
    pub(super) text: Map,
    /// `binaryData`
    pub(super) binary: Map,
}

/// A pair before it is encoded.
struct Pair<'a> {
    key: String,
    key_origin: Origin,
    value: Result<std::borrow::Cow<'a, [u8]>, Unknown>,
    origin: Origin,
    /// What to edit if the key is taken.
    at: Span,
}

/// Read everything that a generator names. A faulty source is a fault and is left out.
pub(super) fn load(out: &mut Accumulator, loader: &Loader<'_>, arguments: &Arguments<'_>, maker: &Maker) -> Loaded {
    let mut pairs = Vec::new();
    let mut open = None;
    let entry = arguments.entry;
    for entry in texts(entry, "envs") {
        match content(out, loader, entry) {
            Some(Ok((file, bytes))) => variables(out, entry, &file.source, bytes, &mut pairs),
            Some(Err(why)) => open = open.or(Some(why)),
            None => {}
        }
    }
    for entry in texts(entry, "literals") {
        match literal(entry.as_str().unwrap_or_default()) {
            Ok((key, value)) => pairs.push(Pair {
                key: key.to_owned(),
                key_origin: maker.from(&entry.origin),
                value: Ok(value.as_bytes().into()),
                origin: maker.from(&entry.origin),
                at: entry.span(),
            }),
            Err(message) => out.faults.push(Fault::new(FaultKind::Generator, entry.span(), message)),
        }
    }
    for entry in texts(entry, "files") {
        let (key, path) = match file_source(entry.as_str().unwrap_or_default()) {
            Ok(parts) => parts,
            Err(message) => {
                out.faults.push(Fault::new(FaultKind::Generator, entry.span(), message));
                continue;
            }
        };
        let path = Value::string(path, entry.origin.clone());
        let (value, origin) = match content(out, loader, &path) {
            Some(Ok((file, bytes))) => {
                let whole = Span::new(file.source.id, 0, file.source.text.len());
                (Ok(bytes.into()), Origin::derived(Step::Generator, entry.span(), vec![whole.into()]))
            }
            Some(Err(why)) => (Err(why), maker.from(&entry.origin)),
            None => {
                let why = Unknown::new(Reason::Unparsed, "a file that is not there", Some(entry.span()));
                (Err(why), maker.from(&entry.origin))
            }
        };
        let (key, key_origin) = (key.to_owned(), maker.from(&entry.origin));
        pairs.push(Pair { key, key_origin, value, origin, at: entry.span() });
    }
    collect(out, arguments, pairs, open)
}

/// Pairs as the maps of an object. A key that stands twice is a fault, and the first one counts.
fn collect(out: &mut Accumulator, arguments: &Arguments<'_>, pairs: Vec<Pair<'_>>, open: Option<Unknown>) -> Loaded {
    let mut loaded = Loaded::default();
    let (mut text, mut binary) = (Vec::new(), Vec::new());
    let mut known: std::collections::BTreeMap<String, Span> = std::collections::BTreeMap::new();
    for pair in pairs {
        if let Some(first) = known.get(&pair.key) {
            let message = format!("the key `{}` stands twice in this generator", pair.key);
            let fault = Fault::new(FaultKind::Generator, pair.at, message);
            out.faults.push(fault.related(*first, "the first one"));
            continue;
        }
        known.insert(pair.key.clone(), pair.at);
        out.faults.extend(unprintable(&pair.key, None, pair.at));
        let (map, data) = match pair.value {
            Err(why) => (&mut text, Data::Unknown(why)),
            Ok(bytes) if arguments.kind == Kind::Secret => (&mut text, Data::String(base64(&bytes).into())),
            Ok(bytes) => match std::str::from_utf8(&bytes) {
                Ok(plain) => {
                    out.faults.extend(unprintable(&pair.key, Some(plain), pair.at));
                    (&mut text, Data::String(plain.into()))
                }
                Err(_) => (&mut binary, Data::String(base64(&bytes).into())),
            },
        };
        let value = Value::new(data, pair.origin);
        map.push(Entry { key: pair.key.into(), key_origin: pair.key_origin, value });
    }
    loaded.text = Map::from_unique(text);
    loaded.binary = Map::from_unique(binary);
    loaded.text.open = open;
    loaded
}

/// The fault of a key, or of a text under it, at which the real program fails when it prints the
/// object: it writes keys without quotes and reads them again, and reads its own JSON as YAML.
pub(super) fn unprintable(key: &str, text: Option<&str>, at: Span) -> Option<Fault> {
    let refused = |c: char| matches!(c, '\x7f'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    // Where it writes in between, a tab does not keep a text from being a block.
    let is_block = |text: &str| print::is_block(&text.replace('\t', "-"));
    if text.is_some_and(|text| text.trim_start_matches('\n').starts_with('\t') && is_block(text)) {
        let message =
            format!("the first line under the key `{key}` begins with a tab, which kustomize cannot read back");
        return Some(Fault::new(FaultKind::Generator, at, message));
    }
    let message = match text.unwrap_or(key).chars().find(|c| refused(*c)) {
        Some(c) => format!("`U+{:04X}` under the key `{key}` cannot be printed", u32::from(c)),
        None if text.is_none() && (key == "<<" || is_special_scalar(key, Schema::Kustomize)) => {
            format!("the key `{key}` is no text in YAML")
        }
        None => return None,
    };
    Some(Fault::new(FaultKind::Generator, at, message))
}

/// The texts of a list; entries of other types are faults of the field, told elsewhere.
fn texts<'v>(generator: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    kustomization::list(generator, name).iter().filter(|entry| entry.as_str().is_some())
}

/// The bytes of a file that an entry names; the reason if they are not known; `None` after a fault.
fn content<'a>(
    out: &mut Accumulator,
    loader: &Loader<'a>,
    entry: &Value,
) -> Option<Result<(&'a ParsedFile, &'a [u8]), Unknown>> {
    match loader.target(entry) {
        Target::Unknown(why) => return Some(Err(why)),
        Target::File(path) if loader.repository.file(&path).is_none() => {
            return Some(Err(unread(loader, &path, entry)));
        }
        _ => {}
    }
    let before = out.faults.len();
    let file = loader.file(entry, out);
    // The key is known, and the object is there.
    out.faults.iter_mut().skip(before).for_each(|fault| fault.only_content = true);
    let file = file?;
    Some(file.bytes().map(|bytes| (&**file, bytes)))
}

/// Why a file that is there was not read.
pub(super) fn unread(loader: &Loader<'_>, path: &RepoPath, entry: &Value) -> Unknown {
    let kind = loader.repository.listing.get(path).map(|entry| &entry.kind);
    let (reason, why) = match kind {
        Some(EntryKind::TooLarge) => (Reason::Limit, "too large to be read"),
        _ => (Reason::NotInGit, "not read"),
    };
    Unknown::new(reason, format!("`{path}` is {why}"), Some(entry.span()))
}

/// Key and path of an entry of `files` (`generators.ParseFileSource`).
pub(super) fn file_source(source: &str) -> Result<(&str, &str), String> {
    let mut parts = source.split('=');
    match (parts.next(), parts.next(), parts.next()) {
        (_, _, Some(_)) => Err("more than one `=` in an entry of `files`".to_owned()),
        (Some(""), Some(path), _) => Err(format!("no key before `={path}`")),
        (Some(key), Some(""), _) => Err(format!("no path behind `{key}=`")),
        (Some(key), Some(path), _) => Ok((key, path)),
        _ => Ok((base_name(source), source)),
    }
}

/// The last component of a path (`path.Base`).
fn base_name(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match (path, trimmed) {
        ("", _) => ".",
        (_, "") => "/",
        _ => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }
}

/// Key and value of a literal, without a pair of quotes around the value.
fn literal(source: &str) -> Result<(&str, &str), &'static str> {
    let (key, value) =
        source.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or("a literal must be `key=value`")?;
    let bytes = value.as_bytes();
    let quoted = bytes.len() >= 2 && matches!(bytes[0], b'"' | b'\'') && bytes.last() == bytes.first();
    Ok((key, if quoted { &value[1..value.len() - 1] } else { value }))
}

/// The variables of a file, one a line.
fn variables<'a>(
    out: &mut Accumulator,
    entry: &Value,
    source: &SourceFile,
    bytes: &'a [u8],
    pairs: &mut Vec<Pair<'a>>,
) {
    let mut offset = 0;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let start = offset;
        offset += line.len();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if line.len() > MAX_LINE {
            return;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Ok(line) = std::str::from_utf8(line) else {
            let message = format!("line {} of `{}` is not UTF-8", number + 1, source.path);
            out.faults.push(Fault::new(FaultKind::Generator, entry.span(), message));
            return;
        };
        let full = line;
        let line = if number == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        let line = line.trim_start();
        // A name without a value is the empty text; the environment does not come into it.
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if key.is_empty() || line.starts_with('#') {
            continue;
        }
        let start = start + (full.len() - line.len());
        let span = |from: usize, to: usize| {
            // Offsets of a text that is not as on disk say nothing.
            if source.verbatim { Span::new(source.id, from, to) } else { Span::start_of(source.id) }
        };
        let origin = |span: Span| Origin::derived(Step::Generator, entry.span(), vec![span.into()]);
        let at = span(start, start + key.len());
        pairs.push(Pair {
            key: key.to_owned(),
            key_origin: origin(at),
            value: Ok(value.as_bytes().into()),
            origin: origin(span(start, start + line.len())),
            at,
        });
    }
}

/// Base64 in lines of 70 characters, the last one ended too; what is shorter than a line is not
/// ended (`kyaml/yaml/datamap.go`).
pub(in super::super) fn base64(bytes: &[u8]) -> String {
    let encoded = BASE64.encode(bytes);
    if encoded.len() < LINE {
        return encoded;
    }
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(LINE.min(rest.len()));
        lines.push_str(line);
        lines.push('\n');
        rest = more;
    }
    lines
}

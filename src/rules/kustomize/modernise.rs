//! Newer forms of deprecated fields of kustomizations, as edits of text that keep comments and
//! order: what is built before and after is the same.
//!
//! Only what is certain is edited: block style, no anchors, no tags, canonical spelling.

use crate::graph::Snapshot;
use crate::syntax::ParsedFile;
use crate::syntax::yaml::edit::{Replacement, line_end_after};
use crate::syntax::yaml::{self, NodeKind, NodeRef, Schema, Style};
use crate::text::{SourceFile, Span};
use crate::value::Value;

/// Edits and the fields that they are about, in backquotes.
pub(super) struct Modern {
    pub(super) edits: Vec<Replacement>,
    pub(super) fields: Vec<String>,
}

/// Edits for all fields of a file that can be written anew for certain; `None` if there is none.
pub(super) fn edits(snapshot: &Snapshot, file: &ParsedFile) -> Option<Modern> {
    let [document] = file.yaml()?.documents.as_slice() else { return None };
    let root = document.root().filter(|root| root.kind() == NodeKind::Mapping && root.style() != Style::Flow)?;
    if !file.errors.is_empty() || root.column() != 0 {
        return None;
    }
    let page = Page { snapshot, file, source: &file.source, root };
    let mut modern = Modern { edits: Vec::new(), fields: Vec::new() };
    let mut add = |field: &str, made: Option<Vec<Replacement>>| {
        if let Some(made) = made {
            modern.edits.extend(made);
            modern.fields.push(format!("`{field}`"));
        }
    };
    add("bases", page.move_list("bases", "resources"));
    add("imageTags", page.move_list("imageTags", "images"));
    add("commonLabels", page.common_labels());
    // The one that runs first comes first; with both, the second round takes the other.
    match page.strategic() {
        Some(made) => add("patchesStrategicMerge", Some(made)),
        None if root.get("patchesStrategicMerge").is_none() => add("patchesJson6902", page.json()),
        None => {}
    }
    let generators = ["configMapGenerator", "secretGenerator"].into_iter().filter_map(|field| root.get(field));
    for generator in generators.flat_map(NodeRef::items) {
        add("env", page.env(generator));
    }
    modern.fields.dedup();
    (!modern.edits.is_empty()).then_some(modern)
}

struct Page<'a> {
    snapshot: &'a Snapshot,
    file: &'a ParsedFile,
    source: &'a SourceFile,
    root: NodeRef<'a>,
}

/// A field of the root whose value stands on the lines below its key.
struct Block<'a> {
    key: NodeRef<'a>,
    value: NodeRef<'a>,
    /// Where the line below the key begins.
    body: usize,
    /// Where the line below the value begins, or the end of the file.
    end: usize,
}

impl<'a> Page<'a> {
    /// A field as a block; `None` if it is written in another way.
    fn block(&self, field: &str) -> Option<Block<'a>> {
        let mut entries = self.root.entries().filter(|(key, _)| key.text() == Some(field));
        let (key, value) = entries.next()?;
        let is_plain = key.source() == field && key.column() == 0 && entries.next().is_none();
        if !is_plain || value.kind() == NodeKind::Scalar || value.style() == Style::Flow || !is_simple(value) {
            return None;
        }
        let text = &self.source.text;
        let body = key.span().end as usize + text[key.span().end as usize..].find('\n')? + 1;
        let end = line_end_after(self.source, value)?;
        (body <= value.span().start as usize).then_some(Block { key, value, body, end })
    }

    fn list(&self, field: &str) -> Option<Block<'a>> {
        self.block(field).filter(|block| block.value.kind() == NodeKind::Sequence)
    }

    fn has(&self, field: &str) -> bool {
        // In whatever case: kustomize takes all of them for the field.
        self.root.entries().any(|(key, _)| key.text().is_some_and(|text| text.eq_ignore_ascii_case(field)))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source.id, start, end)
    }

    /// Move the items of a list behind those of another, or rename it if there is no other.
    fn move_list(&self, from: &str, to: &str) -> Option<Vec<Replacement>> {
        let block = self.list(from)?;
        if !self.has(to) {
            return Some(vec![(block.key.span(), to.to_owned())]);
        }
        let target = self.list(to)?;
        let lines = indented(&self.source.text[block.body..block.end], target.value.column(), block.value.column())?;
        Some(self.moved(&block, target.end, lines))
    }

    /// Put lines at a place and take a block away.
    fn moved(&self, block: &Block<'_>, at: usize, mut lines: String) -> Vec<Replacement> {
        let start = block.key.span().start as usize;
        if !lines.ends_with('\n') {
            lines.push('\n');
        }
        if at == start {
            return vec![(self.span(start, block.end), lines)];
        }
        if !self.source.text[..at].ends_with('\n') {
            lines.insert(0, '\n');
        }
        vec![(self.span(at, at), lines), (self.span(start, block.end), String::new())]
    }

    /// `commonLabels` as the last entry of `labels`, which also labels selectors.
    fn common_labels(&self) -> Option<Vec<Replacement>> {
        let block = self.block("commonLabels").filter(|block| block.value.kind() == NodeKind::Mapping)?;
        if !block.value.entries().all(|(key, value)| key.kind() == NodeKind::Scalar && value.kind() == NodeKind::Scalar)
        {
            return None;
        }
        let target = if self.has("labels") { Some(self.list("labels")?) } else { None };
        let column = target.as_ref().map_or_else(|| self.usual_column(), |target| target.value.column());
        let body = &self.source.text[block.body..block.end];
        let pairs = indented(body, column + 4, block.value.column())?;
        let dash = " ".repeat(column);
        let entry = format!("{dash}- includeSelectors: true\n{dash}  pairs:\n{pairs}");
        match target {
            Some(target) => Some(self.moved(&block, target.end, entry)),
            None => {
                let (start, after) = (block.key.span().start as usize, block.key.span().end as usize);
                let rest = &self.source.text[after..block.body];
                Some(vec![(self.span(start, block.end), format!("labels{rest}{entry}"))])
            }
        }
    }

    /// How far the lists of this file are indented.
    fn usual_column(&self) -> usize {
        let mut lists = self.root.entries().map(|(_, value)| value);
        let list = lists.find(|value| value.kind() == NodeKind::Sequence && value.style() != Style::Flow);
        list.map_or(0, NodeRef::column)
    }

    /// `patchesStrategicMerge` before the other patches, as they run.
    fn strategic(&self) -> Option<Vec<Replacement>> {
        let block = self.list("patchesStrategicMerge")?;
        let dash = block.value.column();
        let mut lines = String::new();
        let mut at = block.body;
        for item in block.value.items() {
            let start = item.span().start as usize;
            let text = &self.source.text;
            if item.kind() != NodeKind::Scalar || item.column() != dash + 2 {
                return None;
            }
            lines.push_str(&text[at..start]);
            if matches!(item.style(), Style::Literal | Style::Folded) {
                let end = line_end_after(self.source, item)?;
                let (header, content) = text[start..end].split_once('\n')?;
                if header.contains(|c: char| c.is_ascii_digit())
                    || !is_object(item.text()?)
                    || !self.is_same_in_patches(item, true)
                {
                    return None;
                }
                lines.push_str(&format!("patch: {header}\n"));
                for line in content.split_inclusive('\n') {
                    lines.push_str(if line.trim().is_empty() { "" } else { "  " });
                    lines.push_str(line);
                }
                at = end;
            } else {
                let end = item.span().end as usize;
                let path = item.text()?;
                if item.source().contains('\n') || path.contains(": ") || !self.is_one_object(path) {
                    return None;
                }
                lines.push_str(&format!("path: {}", &text[start..end]));
                at = end;
            }
        }
        lines.push_str(&self.source.text[at..block.end]);
        if !self.has("patches") {
            let (start, after) = (block.key.span().start as usize, block.key.span().end as usize);
            let rest = &self.source.text[after..block.body];
            return Some(vec![(self.span(start, block.end), format!("patches{rest}{lines}"))]);
        }
        let target = self.list("patches")?;
        let mut lines = indented(&lines, target.value.column(), dash)?;
        if !lines.ends_with('\n') {
            lines.push('\n');
        }
        // Comments above the first patch stay above it.
        let first = target.value.span().start as usize;
        lines.push_str(&self.source.text[target.body..first]);
        let start = block.key.span().start as usize;
        Some(vec![(self.span(target.body, first), lines), (self.span(start, block.end), String::new())])
    }

    /// Whether a file beside this one holds one object, as a patch: several in one file are newer
    /// than `patches`.
    fn is_one_object(&self, path: &str) -> bool {
        let directory = self.source.path.parent();
        let file = directory.and_then(|directory| directory.join(path));
        let Some(file) = file.and_then(|path| self.snapshot.repository.file(&path)) else { return false };
        let Some([document]) = file.yaml().map(|stream| stream.documents.as_slice()) else { return false };
        document.root().is_some_and(|root| root.get("kind").is_some() && root.get("metadata").is_some())
            && has_text_pairs(&document.value(Schema::Kustomize))
    }

    /// Whether the text of a patch means the same in `patches`, which takes away the space around
    /// it, and leaves labels that are no text as they are.
    fn is_same_in_patches(&self, text: NodeRef<'_>, is_strategic: bool) -> bool {
        let Some(content) = text.text() else { return false };
        let read = |trimmed: bool| {
            let inline = if trimmed { yaml::inline_trimmed } else { yaml::inline };
            inline(self.source, text.span(), content, Schema::Kustomize)
        };
        let (before, after) = (read(false), read(true));
        before == after && (!is_strategic || after.is_some_and(|objects| objects.iter().all(has_text_pairs)))
    }

    /// `patchesJson6902` behind the other patches, if nothing that runs between them can matter.
    fn json(&self) -> Option<Vec<Replacement>> {
        let between = ["namePrefix", "nameSuffix", "labels", "commonLabels", "commonAnnotations", "namespace"]
            .map(|name| self.has(name));
        let block = self.list("patchesJson6902")?;
        if between[..5].contains(&true) {
            return None;
        }
        let texts = block.value.items().filter_map(|entry| entry.get("patch"));
        if !texts.into_iter().all(|text| self.is_same_in_patches(text, false)) {
            return None;
        }
        // A namespace does not matter to what has nothing else of it than its own.
        if between[5] && !block.value.items().all(|entry| self.ignores_namespace(entry)) {
            return None;
        }
        self.move_list("patchesJson6902", "patches")
    }

    fn ignores_namespace(&self, entry: NodeRef<'_>) -> bool {
        const KINDS: [&str; 8] =
            ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Service", "Ingress", "ConfigMap"];
        let Some(target) = entry.get("target") else { return false };
        let kind = target.get("kind").and_then(NodeRef::text);
        if target.get("namespace").is_some() || !kind.is_some_and(|kind| KINDS.contains(&kind)) {
            return false;
        }
        let file = || {
            let path = self.file.source.path.parent()?.join(entry.get("path")?.text()?)?;
            Some(self.snapshot.repository.file(&path)?.source.text.to_string())
        };
        let text = entry.get("patch").and_then(NodeRef::text).map(str::to_owned).or_else(file);
        text.is_some_and(|text| !text.contains("metadata"))
    }

    /// `env` of a generator as `envs`.
    fn env(&self, generator: NodeRef<'_>) -> Option<Vec<Replacement>> {
        let value = generator.get("env")?;
        let key = value.key()?;
        let others =
            generator.entries().filter(|(key, _)| key.text().is_some_and(|text| text.eq_ignore_ascii_case("envs")));
        let is_word = value.source().chars().all(|c| c.is_ascii_alphanumeric() || "._-/\"'".contains(c));
        if others.count() > 0 || !is_word || !is_simple(value) || value.is_absent() || key.source() != "env" {
            return None;
        }
        let between = self.source.text.get(key.span().end as usize..value.span().start as usize)?;
        if between.contains('\n') {
            return None;
        }
        let text = format!("envs{between}[{}]", value.source());
        Some(vec![(key.span().cover(value.span()), text)])
    }
}

/// Whether nothing in a node is an anchor, an alias or tagged.
fn is_simple(node: NodeRef<'_>) -> bool {
    node.anchor_span().is_none()
        && node.tag().is_none()
        && !node.is_anchored_or_alias()
        && node.children().all(is_simple)
}

/// Whether all labels and annotations of an object are texts.
fn has_text_pairs(object: &Value) -> bool {
    let fields = ["labels", "annotations"].map(|field| object.at(&["metadata", field]));
    let mut pairs = fields.into_iter().flatten().flat_map(Value::entries);
    // A time is read as text in a form that may be another than what is written.
    let is_time = |text: &str| text.contains(':') && yaml::is_special_scalar(text, Schema::Kustomize);
    pairs.all(|entry| entry.value.as_str().is_some_and(|text| !is_time(text)))
}

/// Whether an inline patch is one object and not something else.
fn is_object(text: &str) -> bool {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    has("kind:") && has("metadata:") && !text.lines().any(|line| line.starts_with("---"))
}

/// Lines with their indentation changed from one depth to another; `None` if a line has less than
/// would be taken away.
fn indented(lines: &str, to: usize, from: usize) -> Option<String> {
    let mut result = String::with_capacity(lines.len());
    for line in lines.split_inclusive('\n') {
        if line.trim().is_empty() || to == from {
            result.push_str(line);
        } else if to > from {
            result.push_str(&" ".repeat(to - from));
            result.push_str(line);
        } else {
            let cut = from - to;
            let blank = line.len() - line.trim_start_matches(' ').len();
            // A comment may stand further left than what it is about.
            let cut = if line.trim_start().starts_with('#') { cut.min(blank) } else { cut };
            result.push_str((cut <= blank).then(|| &line[cut..])?);
        }
    }
    Some(result)
}

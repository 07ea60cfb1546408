//! Makes mutations: misspells references; renames, deletes and moves what they refer to.

use std::collections::BTreeSet;

use kate::graph::references::PODS;
use kate::graph::{Node, Object, ReferenceKind, Snapshot, Symbol};
use kate::model::kubernetes::pod_template;
use kate::syntax::yaml::{NodeKind, NodeRef};
use kate::syntax::{hcl, yaml};
use kate::text::{RepoPath, Span};
use kate::value::{Known, Origin, Value};

use super::edit::Edits;
use super::sites::Site;
use super::text::{Typo, name_in, with_suffix};
use crate::random::Random;

/// Ways to break a repository.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Way {
    /// A reference is misspelt.
    Misspell,
    /// What is referred to gets another name.
    Rename,
    /// What is referred to is deleted.
    Delete,
    /// What is referred to moves to another namespace.
    Move,
}

impl Way {
    pub(super) const ALL: [Self; 4] = [Self::Misspell, Self::Rename, Self::Delete, Self::Move];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Misspell => "misspelt",
            Self::Rename => "renamed",
            Self::Delete => "deleted",
            Self::Move => "moved",
        }
    }
}

/// One broken repository.
#[derive(Clone, Debug)]
pub(super) struct Mutation {
    pub(super) edits: Edits,
    /// Names of which one must stand in a finding that blames the mutation and not its place.
    pub(super) names: Vec<String>,
    /// How a reference was misspelt.
    pub(super) typo: Option<Typo>,
    /// For people.
    pub(super) what: String,
}

/// Why a site cannot be mutated in some way.
pub(super) type Skip = &'static str;

/// Everything that exists by some name: a mutation must not hit another thing by accident.
pub(super) struct Names<'a> {
    snapshot: &'a Snapshot,
    taken: BTreeSet<&'a str>,
    namespaces: Vec<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        let mut taken = BTreeSet::new();
        let mut namespaces = BTreeSet::new();
        for symbol in &snapshot.symbols {
            taken.insert(symbol.name.as_str());
            taken.extend(symbol.keys.iter().flat_map(|keys| keys.keys.keys()).map(|key| key.as_str()));
            namespaces.extend(symbol.namespace.value().map(|namespace| namespace.as_str()));
        }
        Self { snapshot, taken, namespaces: namespaces.into_iter().collect() }
    }

    fn is_free(&self, name: &str) -> bool {
        let path = RepoPath::new(name);
        !self.taken.contains(name) && path.is_none_or(|path| self.snapshot.repository.listing.get(&path).is_none())
    }
}

/// Break a site.
pub(super) fn mutate(names: &Names<'_>, site: &Site<'_>, way: Way, random: &mut Random) -> Result<Mutation, Skip> {
    match way {
        Way::Misspell => misspell(names, site, random),
        Way::Rename | Way::Delete if is_path(site.row.kind) => change_path(names, site, way),
        Way::Rename if selects(site) => relabel(names.snapshot, site),
        Way::Rename => rename(names, site),
        Way::Delete if site.row.key => delete_key(names.snapshot, site),
        Way::Delete => delete(names.snapshot, site, definition(names.snapshot, site)?.1),
        Way::Move if site.row.key => Err("a key has no namespace"),
        Way::Move => move_away(names, site, random),
    }
}

/// Whether a site is a selector, and not a port of what it selects.
fn selects(site: &Site<'_>) -> bool {
    site.row.kind.is_selector() && !site.row.key
}

fn is_path(kind: ReferenceKind) -> bool {
    use ReferenceKind::{ApplicationPath, ApplicationValueFile, KustomizationEntry, TerraformModuleSource};
    matches!(kind, ApplicationPath | ApplicationValueFile | KustomizationEntry | TerraformModuleSource)
}

/// Replace the name that stands at a span by what `change` makes of it.
fn replace_name(
    snapshot: &Snapshot,
    span: Span,
    wanted: Option<&str>,
    mut change: impl FnMut(&str) -> Option<String>,
) -> Result<(Edits, String, String), Skip> {
    let source = snapshot.repository.sources.slice(span);
    let range = name_in(source, wanted).ok_or("the name does not stand there literally")?;
    if shared(snapshot, span) {
        return Err("the name stands under an anchor");
    }
    let old = source[range.clone()].to_owned();
    let new = change(&old).ok_or("no other name is free")?;
    let start = span.start as usize;
    let mut edits = Edits::default();
    edits.replace(snapshot, Span::new(span.file, start + range.start, start + range.end), new.clone());
    Ok((edits, old, new))
}

fn misspell(names: &Names<'_>, site: &Site<'_>, random: &mut Random) -> Result<Mutation, Skip> {
    let first = site.uses[0];
    if site.row.kind == ReferenceKind::ReferenceGrant {
        return Err("it is written where it is granted");
    }
    let targets = site.targets(names.snapshot);
    if site.uses.iter().any(|used| targets.iter().any(|target| target.node == used.from)) {
        return Err("whoever names it makes it");
    }
    let wanted =
        if site.row.key { first.want.key.as_deref() } else { first.want.name.value().map(|name| name.as_str()) };
    let mut span = site.origin().span();
    // What a call leaves out is said at its head.
    let written = names.snapshot.repository.sources.slice(span).trim_matches('"');
    let is_left_out = wanted.is_none_or(|wanted| wanted.rsplit('.').next() != Some(written));
    if site.row.kind == ReferenceKind::TerraformModuleArgument && is_left_out {
        return Err("the argument is not written");
    }
    if selects(site) {
        span = selector_entry(names.snapshot, site, random)?;
    }
    let mut typos = Typo::ALL;
    random.shuffle(&mut typos);
    let mut used = None;
    let (edits, old, new) = replace_name(names.snapshot, span, wanted, |old| {
        typos.iter().find_map(|typo| {
            let new = typo.apply(old, random)?;
            let full = wanted.map_or_else(|| new.clone(), |wanted| wanted.replace(old, &new));
            used = Some(*typo);
            (new != old && names.is_free(&new) && names.is_free(&full)).then_some(new)
        })
    })?;
    let what = format!("`{old}` misspelt as `{new}`");
    Ok(Mutation { edits, names: vec![old, new], typo: used, what })
}

/// The labels that a selector asks for.
fn selector<'a>(snapshot: &'a Snapshot, site: &Site<'a>) -> Result<&'a Value, Skip> {
    let Node::Object(id) = site.uses[0].from else { return Err("not an object") };
    let span = site.uses[0].origin.span();
    let mut stack = vec![&snapshot.object(id).value];
    while let Some(value) = stack.pop() {
        if value.span() == span && value.as_map().is_some() {
            return Ok(value.get("matchLabels").unwrap_or(value));
        }
        stack.extend(value.items());
        stack.extend(value.entries().map(|entry| &entry.value));
    }
    Err("no selector")
}

/// One value of a selector.
fn selector_entry(snapshot: &Snapshot, site: &Site<'_>, random: &mut Random) -> Result<Span, Skip> {
    let written: Vec<&Value> = selector(snapshot, site)?
        .entries()
        .map(|entry| &entry.value)
        .filter(|value| matches!(value.origin, Origin::Source(_)))
        .collect();
    random.pick(&written).map(|value| value.span()).ok_or("the selector is not written by hand")
}

/// The one written definition of what a site refers to.
fn definition<'a>(snapshot: &'a Snapshot, site: &Site<'a>) -> Result<(&'a Symbol, Span), Skip> {
    if !site.holds() {
        return Err("the target is not known");
    }
    let targets = site.targets(snapshot);
    let target = *targets.first().ok_or("the target is not in the repository")?;
    if targets.iter().any(|target| matches!(target.node, Node::Builtin | Node::External | Node::Path(_))) {
        return Err("the target is not in the repository");
    }
    if site.uses.iter().any(|used| targets.iter().any(|target| target.node == used.from)) {
        return Err("the target is the holder itself");
    }
    let span = target.origin.span();
    if targets.iter().any(|target| target.origin.span() != span) {
        return Err("there are several targets");
    }
    if site.uses.iter().any(|used| used.origin.sources().contains(&span)) {
        return Err("the reference follows the name");
    }
    Ok((target, span))
}

/// The one written definition of the key that a site refers to.
fn key_definition(snapshot: &Snapshot, site: &Site<'_>) -> Result<Span, Skip> {
    if !site.holds() {
        return Err("the target is not known");
    }
    let wanted = site.uses[0].want.key.as_deref().ok_or("no key")?;
    let mut spans = BTreeSet::new();
    for target in site.targets(snapshot) {
        let key = target.keys.as_ref().and_then(|keys| keys.keys.get(wanted));
        spans.insert(key.ok_or("the key is not written anywhere")?.span());
    }
    match spans.into_iter().collect::<Vec<_>>().as_slice() {
        [span] if *span != site.origin().span() => Ok(*span),
        [_] => Err("the reference follows the name"),
        _ => Err("there are several targets"),
    }
}

fn rename(names: &Names<'_>, site: &Site<'_>) -> Result<Mutation, Skip> {
    let snapshot = names.snapshot;
    let (span, wanted) = if site.row.key {
        (key_definition(snapshot, site)?, site.uses[0].want.key.as_deref())
    } else {
        let (symbol, span) = definition(snapshot, site)?;
        (span, Some(symbol.name.as_str()))
    };
    let (edits, old, new) = replace_name(snapshot, span, wanted, |old| {
        let new = with_suffix(old, "next");
        names.is_free(&new).then_some(new)
    })?;
    if site.row.key && Some(old.as_str()) != wanted {
        return Err("the name does not stand there literally");
    }
    let what = format!("`{old}` renamed to `{new}`");
    Ok(Mutation { edits, names: vec![old, new], typo: None, what })
}

/// Change a label of what a selector selects.
fn relabel(snapshot: &Snapshot, site: &Site<'_>) -> Result<Mutation, Skip> {
    let selector = selector(snapshot, site)?;
    let targets = site.targets(snapshot);
    let [target] = targets.as_slice() else { return Err("there are several targets") };
    let Node::Object(object) = &target.node else { return Err("not an object") };
    let object = snapshot.object(*object);
    let labelled = if target.group == PODS {
        pod_template(&object.group, &object.kind).and_then(|path| object.value.at(path))
    } else {
        Some(&object.value)
    };
    let labels = labelled.and_then(|value| value.at(&["metadata", "labels"])).ok_or("no labels")?;
    let label = selector.entries().find_map(|entry| labels.get(&entry.key)).ok_or("no labels")?;
    if !matches!(label.origin, Origin::Source(_)) || selector.entries().any(|entry| entry.value.span() == label.span())
    {
        return Err("the reference follows the name");
    }
    let (edits, old, new) = replace_name(snapshot, label.span(), None, |old| Some(with_suffix(old, "next")))?;
    let what = format!("label `{old}` changed to `{new}`");
    Ok(Mutation { edits, names: vec![old, new], typo: None, what })
}

/// Rename or delete the file or directory that a path leads to.
fn change_path(names: &Names<'_>, site: &Site<'_>, way: Way) -> Result<Mutation, Skip> {
    if !site.holds() {
        return Err("the target is not known");
    }
    let name = site.uses[0].want.name.value().ok_or("the target is not known")?;
    let path = RepoPath::new(name).filter(|path| !path.is_root()).ok_or("the whole repository")?;
    if names.snapshot.repository.listing.below(&path).next().is_none() {
        return Err("a link");
    }
    let mut mentioned = vec![name.to_string(), path.file_name().to_owned()];
    let mut edits = Edits::default();
    let what = if way == Way::Rename {
        let to = RepoPath::new(&with_suffix(path.as_str(), "next")).ok_or("no other name is free")?;
        mentioned.push(to.as_str().to_owned());
        let what = format!("`{path}` renamed to `{to}`");
        edits.rename(path, to);
        what
    } else {
        let what = format!("`{path}` deleted");
        edits.remove(path);
        what
    };
    Ok(Mutation { edits, names: mentioned, typo: None, what })
}

/// Delete the object, generator entry or Terraform block that a name belongs to.
fn delete(snapshot: &Snapshot, site: &Site<'_>, span: Span) -> Result<Mutation, Skip> {
    let path = snapshot.repository.path_of(span.file).clone();
    let file = snapshot.repository.file(&path).ok_or("the file is not parsed")?;
    let mut edits = Edits::default();
    if let Some(body) = file.hcl() {
        edits.replace(snapshot, lines(snapshot, block_of(body, span).ok_or("no block holds the name")?), "");
    } else {
        let stream = file.yaml().ok_or("the file is not parsed")?;
        let document = stream
            .documents
            .iter()
            .find(|document| document.span.contains(span))
            .ok_or("no document holds the name")?;
        if document.root().is_some_and(|root| root.is_anchored_or_alias()) {
            return Err("the name stands under an anchor");
        }
        match item_of(document, span) {
            Some(item) => edits.replace(snapshot, lines(snapshot, item), ""),
            None if stream.documents.len() > 1 => edits.replace(snapshot, document.span, ""),
            None => {
                // Whoever deletes a whole file takes its name out of the kustomizations too.
                for entry in &snapshot.references {
                    let named = entry.want.name.value().is_some_and(|name| name.as_str() == path.as_str());
                    if entry.kind == ReferenceKind::KustomizationEntry && named {
                        edits.replace(snapshot, lines(snapshot, entry.origin.span()), "");
                    }
                }
                edits.remove(path);
            }
        }
    }
    let names: Vec<String> = site.targets(snapshot).iter().map(|target| target.name.to_string()).collect();
    let what = format!("`{}` deleted", names.join("`, `"));
    Ok(Mutation { edits, names, typo: None, what })
}

/// The item of a list that stands for the object: of a `List`, or of a kustomization's generator.
fn item_of(document: &yaml::Document, span: Span) -> Option<Span> {
    let root = document.root()?;
    let is_list =
        root.get("items").is_some() && root.get("kind").and_then(NodeRef::text).is_some_and(|k| k.ends_with("List"));
    if !is_list && root.get("metadata").is_some() {
        return None;
    }
    let (mut node, mut item) = (document.node_covering(span)?, None);
    while let Some(parent) = node.parent() {
        if parent.kind() == NodeKind::Sequence {
            item = Some(node);
        }
        node = parent;
    }
    item.map(NodeRef::full_span)
}

fn block_of(body: &hcl::Body, span: Span) -> Option<Span> {
    let block = body.blocks.iter().find(|block| block.span.contains(span))?;
    if block.kind == "locals" {
        let attribute = block.body.attributes.iter().find(|attribute| attribute.span.contains(span));
        return attribute.map(|attribute| attribute.span);
    }
    Some(block.span)
}

/// A span with the rest of its lines.
fn lines(snapshot: &Snapshot, span: Span) -> Span {
    let text = &snapshot.repository.sources.get(span.file).text;
    let range = span.range();
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..].find('\n').map_or(text.len(), |at| range.end + at + 1);
    Span::new(span.file, start, end)
}

/// Delete the line of a key.
fn delete_key(snapshot: &Snapshot, site: &Site<'_>) -> Result<Mutation, Skip> {
    let span = key_definition(snapshot, site)?;
    let key = site.uses[0].want.key.as_deref().unwrap_or_default();
    let line = lines(snapshot, span);
    let text = snapshot.repository.sources.slice(line).trim();
    let alone = text
        .strip_prefix(key)
        .and_then(|rest| rest.strip_prefix(": "))
        .is_some_and(|value| !value.starts_with(['|', '>', '{', '[', '&']));
    let equals = text
        .strip_prefix(key)
        .is_some_and(|rest| rest.trim_start().starts_with('=') && !rest.ends_with(['{', '[', '(']));
    if !alone && !equals {
        return Err("the key is more than a line");
    }
    let mut edits = Edits::default();
    edits.replace(snapshot, line, "");
    Ok(Mutation { edits, names: vec![key.to_owned()], typo: None, what: format!("key `{key}` deleted") })
}

/// Move the object to another namespace that the repository uses.
fn move_away(names: &Names<'_>, site: &Site<'_>, random: &mut Random) -> Result<Mutation, Skip> {
    let snapshot = names.snapshot;
    let (symbol, _) = definition(snapshot, site)?;
    let Node::Object(id) = &symbol.node else { return Err("not an object") };
    let object: &Object = snapshot.object(*id);
    let Known::Value(old) = &object.namespace else { return Err("it has no namespace, or none that is known") };
    let free: Vec<&str> = names
        .namespaces
        .iter()
        .copied()
        .filter(|namespace| *namespace != old.as_str())
        .filter(|namespace| {
            !snapshot.symbols.iter().any(|other| {
                other.kind == symbol.kind
                    && other.name == symbol.name
                    && other.namespace.value().is_some_and(|other| other.as_str() == *namespace)
            })
        })
        .collect();
    let new = (*random.pick(&free).ok_or("there is no other namespace")?).to_owned();
    let mut edits = Edits::default();
    match object.value.at(&["metadata", "namespace"]) {
        Some(written) if matches!(written.origin, Origin::Source(_)) => {
            let source = snapshot.repository.sources.slice(written.span());
            if shared(snapshot, written.span()) || name_in(source, None).is_none() {
                return Err("the name does not stand there literally");
            }
            edits.replace(snapshot, written.span(), new.clone());
        }
        Some(_) => return Err("the namespace is set by the kustomization"),
        None => {
            let name = object.value.at(&["metadata", "name"]).ok_or("no name")?.span();
            let line = lines(snapshot, name);
            let text = snapshot.repository.sources.slice(line);
            if !text.trim_start().starts_with("name:") || !text.ends_with('\n') {
                return Err("the name stands in a flow map");
            }
            let indentation = &text[..text.len() - text.trim_start().len()];
            let after = Span { start: line.end, ..line };
            edits.replace(snapshot, after, format!("{indentation}namespace: {new}\n"));
        }
    }
    let what = format!("`{}` moved from namespace `{old}` to `{new}`", symbol.name);
    Ok(Mutation { edits, names: vec![symbol.name.to_string()], typo: None, what })
}

/// Whether a place in YAML is read through an anchor, so that an edit changes more than one thing.
fn shared(snapshot: &Snapshot, span: Span) -> bool {
    let file = snapshot.repository.file(snapshot.repository.path_of(span.file));
    let documents = file.and_then(|file| file.yaml()).map(|stream| &stream.documents);
    documents
        .into_iter()
        .flatten()
        .filter_map(|document| document.node_covering(span))
        .any(NodeRef::is_anchored_or_alias)
}

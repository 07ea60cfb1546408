//! One kustomization after the other, in the order of kustomize's `api/internal/target`: resources
//! depth first, configurations, generators, components on what is accumulated, transformers,
//! validators, variables; at the root hashes, references, variables, order.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::accumulator::Accumulator;
use super::fault::{Fault, FaultKind};
use super::field_path::Written;
use super::field_transformers::is_empty;
use super::generators::Metadata;
use super::loader::{Loader, Target};
use super::order::Order;
use super::patch::Schema;
use super::plugin::{Config, Role};
use super::resource::{Resource, ResourceId};
use super::{
    Kustomize, comments, configuration, field_transformers, fields, generators, local, name_reference, order, plugin,
    variables,
};
use crate::model::kustomization;
use crate::syntax::Syntax;
use crate::text::{RepoPath, Span};
use crate::value::{Data, Reason, Unknown, Value};
use crate::vfs::Lookup;

/// Deepest chain of bases and components. kustomize has no limit but cannot follow cycles either.
const MAX_DEPTH: usize = 64;

/// Most resources of one build; what a base holds counts each time that it is included.
const MAX_RESOURCES: usize = 200_000;

/// The version of the schema that is compiled into kustomize.
const BUILT_IN_SCHEMA: &str = "v1.21.2";

/// The build of one root.
pub(super) struct Build<'k, 'a> {
    kustomize: &'k Kustomize<'a>,
    /// Directories being accumulated, the root first.
    stack: Vec<RepoPath>,
    /// The merge schema: the first kustomization with `openapi` decides for the whole build.
    schema: Option<Arc<Schema>>,
    /// Whether any kustomization said which schema it is to be.
    has_schema: bool,
    /// Set if what is accumulated depends on the root, so that other roots must not share it.
    own: bool,
    /// `buildMetadata` of the root.
    metadata: Metadata<'a>,
}

impl<'k, 'a> Build<'k, 'a> {
    pub(super) fn new(kustomize: &'k Kustomize<'a>) -> Self {
        Self {
            kustomize,
            stack: Vec::new(),
            schema: None,
            has_schema: false,
            own: false,
            metadata: Metadata::new(Written::new(&kustomize.repository.sources)),
        }
    }

    /// Build a root. `edit` changes the kustomization before it is used, as `kustomize edit` does.
    pub(super) fn root(mut self, directory: &RepoPath, edit: impl FnOnce(&mut Value) -> Vec<Fault>) -> Accumulator {
        let mut out = Accumulator::default();
        let Some(mut root) = self.load(directory, &mut out) else { return out };
        let sources = Arc::clone(&self.kustomize.repository.sources);
        out.faults.extend(edit(&mut root));
        self.metadata =
            Metadata::of(&root, self.file_name(directory), Written::new(&self.kustomize.repository.sources));
        self.own |= !self.metadata.is_empty();
        self.open_api(directory, &root, &mut out);
        self.stack.push(directory.clone());
        self.run(directory, &root, &mut out);
        generators::suffix_hashes(&mut out);
        name_reference::fix(&mut out);
        variables::resolve(&mut out, &sources);
        local::drop(&mut out);
        // The real program puts what is left into a new list, whatever the order.
        order::report_duplicates(&mut out);
        order::sort(&mut out, root.get("sortOptions"), Order::Legacy);
        self.metadata.finish(&mut out);
        out.report_unreadable();
        comments::report(&mut out, Written::new(&sources));
        out
    }

    /// The name of the kustomization file of a directory.
    fn file_name(&self, directory: &RepoPath) -> &'static str {
        let has = |name: &&&str| {
            directory.join(name).is_some_and(|path| matches!(self.kustomize.repository.lookup(&path), Lookup::File(_)))
        };
        kustomization::FILE_NAMES.iter().find(has).copied().unwrap_or(kustomization::FILE_NAMES[0])
    }

    /// The kustomization of a directory with canonical field names; faults for what is wrong
    /// with it.
    fn load(&self, directory: &RepoPath, out: &mut Accumulator) -> Option<Value> {
        let files = self.kustomize.files_of(directory);
        let Some(file) = files.first() else {
            let why = format!("no kustomization in `{directory}`");
            out.set_unknown(Unknown::new(Reason::Unparsed, why, None));
            return None;
        };
        let parsed = self.kustomize.repository.file(file)?;
        out.reads.insert(parsed.source.id);
        if let Syntax::Opaque(why) = &parsed.syntax {
            out.set_unknown(why.clone());
            return None;
        }
        let start = Span::start_of(parsed.source.id);
        if let Some(second) = files.get(1) {
            let why = format!("`{directory}` has a second kustomization file, `{}`", second.file_name());
            out.faults.push(Fault::new(FaultKind::InvalidField, start, why));
        }
        let Some(value) = self.kustomize.kustomization(file) else {
            out.faults.push(Fault::new(FaultKind::Syntax, start, format!("`{file}` cannot be parsed")));
            out.set_unknown(Unknown::new(Reason::Unparsed, format!("`{file}` could not be read"), Some(start)));
            return None;
        };
        fields::check(&value, &mut out.faults);
        Some(fields::normalise(&value))
    }

    fn loader(&self, directory: &RepoPath) -> Loader<'a> {
        Loader {
            repository: self.kustomize.repository,
            documents: self.kustomize.documents,
            directory: directory.clone(),
        }
    }

    /// Take the merge schema from `openapi`, unless the build has one already
    /// (`kyaml/openapi.SetSchema`).
    fn open_api(&mut self, directory: &RepoPath, kustomization: &Value, out: &mut Accumulator) {
        let (path, version) = (kustomization.at(&["openapi", "path"]), kustomization.at(&["openapi", "version"]));
        let documents = path.and_then(|path| {
            self.own = true;
            self.loader(directory).yaml(path, FaultKind::Configuration, out)
        });
        if self.has_schema {
            return;
        }
        match (path, version.and_then(|version| Some((version, version.as_str()?)))) {
            (Some(path), Some((version, _))) => {
                let why = "both a version of the built-in schema and a schema of one's own";
                let fault = Fault::new(FaultKind::Configuration, version.span(), why);
                out.faults.push(fault.related(path.span(), "the other one"));
            }
            (None, Some((version, text))) if !text.is_empty() && text != BUILT_IN_SCHEMA => {
                let why = format!("the schema of version `{text}` is not part of kustomize: `{BUILT_IN_SCHEMA}` is");
                out.faults.push(Fault::new(FaultKind::Configuration, version.span(), why));
            }
            _ => {}
        }
        self.has_schema = path.is_some() || version.is_some_and(|version| version.as_str() != Some(""));
        let Some(document) = documents.as_deref().and_then(|documents| documents.first()) else { return };
        if let Some(path) = document.get("paths").filter(|paths| paths.entries().next().is_some()) {
            // They say which kinds are cluster-scoped, by which objects are told apart.
            let why = "`paths` of an OpenAPI document";
            out.set_unknown(Unknown::new(Reason::UnsupportedField, why, Some(path.span())));
        }
        self.schema = Some(Arc::new(Schema::custom(document)));
    }

    /// Accumulate a base; what several roots share is accumulated once.
    fn base(&mut self, directory: &RepoPath, entry: &Value, is_component: bool, out: &mut Accumulator) {
        let depth = self.stack.len();
        if let Some(root) = self.stack.iter().find(|visited| visited.is_within(directory)) {
            let why = format!("`{directory}` contains `{root}`, which includes it: a cycle");
            out.faults.push(Fault::new(FaultKind::Cycle, entry.span(), why));
            return;
        }
        if depth >= MAX_DEPTH || out.resources.len() > MAX_RESOURCES {
            out.set_unknown(Unknown::new(Reason::Limit, "bases nested or included too often", Some(entry.span())));
            return;
        }
        let shared = (!self.own && !is_component).then(|| self.kustomize.shared(directory, &self.stack)).flatten();
        if let Some(shared) = shared {
            merge(out, &shared, entry);
            return;
        }
        let mut inner = Accumulator::default();
        let Some(kustomization) = self.load(directory, &mut inner) else {
            merge(out, &inner, entry);
            return;
        };
        self.open_api(directory, &kustomization, &mut inner);
        let kind = kustomization.str_at(&["kind"]).unwrap_or("Kustomization");
        if is_component != (kind == "Component") {
            let why = if is_component {
                format!("`{directory}` is a {kind}, not a Component")
            } else {
                format!("`{directory}` is a Component, which belongs under `components`")
            };
            out.faults.push(Fault::new(FaultKind::WrongKind, entry.span(), why));
        }
        self.stack.push(directory.clone());
        let name = self.file_name(directory);
        self.metadata.enter(entry, name);
        if is_component {
            // A component works on what its parent has so far.
            merge(out, &inner, entry);
            self.run(directory, &kustomization, out);
            // It is added to an empty accumulator then.
            order::report_duplicates(out);
            out.visited.insert(directory.clone());
        } else {
            self.run(directory, &kustomization, &mut inner);
            inner.visited.insert(directory.clone());
            let inner = Arc::new(inner);
            if !self.own && !inner.faults.iter().any(|fault| fault.kind == FaultKind::Cycle) {
                self.kustomize.share(directory, &inner);
            }
            merge(out, &inner, entry);
        }
        self.metadata.leave();
        self.stack.pop();
    }

    /// Run a kustomization (or component) on what is accumulated in `out`.
    fn run(&mut self, directory: &RepoPath, kustomization: &Value, out: &mut Accumulator) {
        let loader = self.loader(directory);
        for entry in kustomization::list(kustomization, "resources") {
            self.resource(&loader, entry, out);
        }
        configuration::load(out, &loader, kustomization);
        generators::run(out, &loader, kustomization, &self.metadata);
        let configs = self.plugins(&loader, kustomization, Role::Generator, out);
        plugin::generators(out, &loader, &configs);
        for entry in kustomization::list(kustomization, "components") {
            match loader.target(entry) {
                Target::Directory(path) => self.directory(&path, entry, true, out),
                Target::File(path) => {
                    let why = format!("component `{path}` is not a directory");
                    out.faults.push(Fault::new(FaultKind::WrongKind, entry.span(), why));
                }
                // A component changes what is there in ways that cannot be known.
                Target::Unknown(why) => out.set_unknown(why),
                Target::Fault(fault) => out.faults.push(fault),
            }
        }
        // Their kustomizations are read before any transformer runs, and may bring the schema.
        let configs = self.plugins(&loader, kustomization, Role::Transformer, out);
        let schema = self.schema.clone();
        let schema = schema.as_deref().unwrap_or_else(|| Schema::built_in());
        field_transformers::run(out, &loader, kustomization, schema, &self.metadata);
        plugin::transformers(out, &loader, &configs, schema);
        let configs = self.plugins(&loader, kustomization, Role::Validator, out);
        plugin::validators(out, &loader, &configs, schema);
        variables::gather(out, kustomization);
    }

    /// The configurations of plugins that a field lists, those first that stand in the kustomization
    /// itself. Files and directories are what they are under `resources`.
    fn plugins(
        &mut self,
        loader: &Loader<'a>,
        kustomization: &Value,
        role: Role,
        out: &mut Accumulator,
    ) -> Vec<Config> {
        let mut inner = Accumulator::default();
        let mut entries: Vec<Value> = Vec::new();
        let mut paths = Vec::new();
        for entry in kustomization::list(kustomization, role.field()) {
            match plugin::inline(loader, entry) {
                None => paths.push(entry),
                Some(Err(fault)) => inner.faults.push(fault),
                Some(Ok(mut configs)) => {
                    if let Some(annotation) = self.metadata.inline(entry) {
                        configs.iter_mut().for_each(|config| annotation.set(config));
                    }
                    append(&mut inner, configs, entry);
                    entries.resize(inner.resources.len(), entry.clone());
                }
            }
        }
        for entry in paths {
            self.resource(loader, entry, &mut inner);
            entries.resize(inner.resources.len(), entry.clone());
        }
        for why in inner.opaque.into_iter().chain(inner.unknown) {
            role.unknown(out, why);
        }
        out.faults.extend(inner.faults);
        out.effects.extend(inner.effects);
        out.reads.extend(inner.reads);
        out.visited.extend(inner.visited);
        let configs = inner.resources.into_iter().zip(entries);
        configs.map(|(resource, entry)| Config { value: resource.value, entry }).collect()
    }

    /// An entry of `resources`: a file, a directory with a kustomization, or something remote.
    fn resource(&mut self, loader: &Loader<'a>, entry: &Value, out: &mut Accumulator) {
        match loader.target(entry) {
            Target::File(path) => {
                let Some(file) = loader.read(&path, entry, out) else { return };
                if let Some(documents) = loader.documents_of(file, entry, FaultKind::InvalidResource, out) {
                    let mut resources = resources(&documents, entry, &mut out.faults);
                    if let Some(annotation) = self.metadata.file(entry) {
                        resources.iter_mut().for_each(|resource| annotation.set(resource));
                    }
                    append(out, resources, entry);
                }
            }
            Target::Directory(path) => self.directory(&path, entry, false, out),
            Target::Unknown(why) => match loader.vendored(entry) {
                Some(path) => self.directory(&path, entry, false, out),
                None => out.opaque.push(why),
            },
            Target::Fault(fault) => out.faults.push(fault),
        }
    }

    fn directory(&mut self, path: &RepoPath, entry: &Value, is_component: bool, out: &mut Accumulator) {
        if self.kustomize.files_of(path).is_empty() {
            let why = format!("`{path}` has no kustomization file");
            out.faults.push(Fault::new(FaultKind::Path, entry.span(), why));
            return;
        }
        self.base(path, entry, is_component, out);
    }
}

/// The resources of some documents (`api/resource.Factory`): empty ones are dropped, lists are
/// taken apart, the rest must have a kind and a name.
pub(super) fn resources(documents: &[Value], entry: &Value, faults: &mut Vec<Fault>) -> Vec<Resource> {
    let mut found = Vec::new();
    // Items of lists come after what follows the list, as in the real program.
    let mut queue: std::collections::VecDeque<&Value> = documents.iter().collect();
    // A file that is one `List` is unwrapped in place.
    while let Some(value) = queue.pop_front() {
        if is_empty(value) {
            continue;
        }
        let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
        let name = value.at(&["metadata", "name"]).filter(|name| !is_empty(name));
        if value.unknown().is_some() {
            continue;
        }
        if kind.is_empty() {
            let why = "a document without `kind` is no resource";
            faults.push(Fault::new(FaultKind::InvalidResource, entry.span(), why).related(value.span(), "this one"));
            continue;
        }
        if kind.ends_with("List") {
            match value.get("items") {
                None => found.push(Resource::new(value.clone())),
                Some(items) if items.is_null() => {}
                Some(items) if matches!(items.data, Data::List(_)) => queue.extend(items.items()),
                Some(items) => {
                    let why = format!("`items` of a {kind} is not a list");
                    let fault = Fault::new(FaultKind::InvalidResource, entry.span(), why);
                    faults.push(fault.related(items.span(), "this one"));
                }
            }
        } else if name.is_none() {
            let why = format!("a {kind} without `metadata.name`");
            faults.push(Fault::new(FaultKind::InvalidResource, entry.span(), why).related(value.span(), "this one"));
        } else {
            if let Some(why) = unreadable(value) {
                let message = format!(
                    "{kind} `{}` cannot be read: {}",
                    value.str_at(&["metadata", "name"]).unwrap_or_default(),
                    why.detail()
                );
                let mut fault = Fault::new(FaultKind::InvalidResource, entry.span(), message);
                fault.only_content = true;
                faults.push(fault.related(why.at().unwrap_or(value.span()), "this"));
            }
            found.push(Resource::new(value.clone()));
        }
    }
    found
}

/// A part of a value that kustomize cannot make JSON of, such as infinity or a key that is a list.
fn unreadable(value: &Value) -> Option<&Unknown> {
    let unparsed = |why: &&Unknown| why.reason() == Reason::Unparsed;
    match &value.data {
        Data::Unknown(why) => Some(why).filter(unparsed),
        Data::List(items) => items.iter().find_map(unreadable),
        Data::Map(map) => {
            let key = map.open.as_ref().filter(unparsed);
            key.or_else(|| map.iter().find_map(|entry| unreadable(&entry.value)))
        }
        _ => None,
    }
}

/// Add resources; one that is there already is a fault at `entry`.
pub(super) fn append(out: &mut Accumulator, resources: Vec<Resource>, entry: &Value) {
    let mut ids: FxHashMap<ResourceId, Span> =
        out.resources.iter().map(|resource| (resource.id(), name_span(resource))).collect();
    for resource in resources {
        let id = resource.id();
        if let Some(first) = ids.get(&id) {
            let why = format!("{} `{}` is in this build already", id.gvk.kind, id.name);
            let fault = Fault::new(FaultKind::DuplicateResource, entry.span(), why);
            out.faults.push(fault.related(*first, "first here").related(name_span(&resource), "again here"));
            continue;
        }
        ids.insert(id, name_span(&resource));
        out.resources.push(resource);
    }
}

fn name_span(resource: &Resource) -> Span {
    resource.value.at(&["metadata", "name"]).unwrap_or(&resource.value).span()
}

/// Add what a base has.
fn merge(out: &mut Accumulator, base: &Accumulator, entry: &Value) {
    append(out, base.resources.clone(), entry);
    out.configuration = configuration::merge(&out.configuration, &base.configuration, entry, &mut out.faults);
    variables::merge(out, base, entry);
    out.opaque.extend(base.opaque.iter().cloned());
    if let Some(why) = &base.unknown {
        out.set_unknown(why.clone());
    }
    out.faults.extend(base.faults.iter().cloned());
    out.unreadable.extend(base.unreadable.iter().cloned());
    out.effects.extend(base.effects.iter().cloned());
    out.reads.extend(base.reads.iter().copied());
    out.visited.extend(base.visited.iter().cloned());
}

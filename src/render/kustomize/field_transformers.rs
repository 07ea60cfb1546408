//! The transformers that fields of a kustomization ask for, in the order in which they run
//! (`configureBuiltinTransformers`).

use super::accumulator::Accumulator;
use super::configuration::Configuration;
use super::field_path::Written;
use super::generators::Metadata;
use super::loader::Loader;
use super::patch::{self, Schema};
use super::replacement;
use super::transform::names::End;
use super::transform::{annotations, images, labels, names, namespace, replicas};
use crate::value::{Data, Step, Value};

/// A transformer that a field asks for.
struct Transformer {
    /// Its kind as a plugin.
    kind: &'static str,
    field: &'static str,
    /// Whether each entry of the field is a transformer of its own.
    is_each: bool,
    /// Does what the field, or an entry of it, asks for.
    run: fn(&mut Accumulator, &Context<'_, '_>, &Value),
}

/// What transformers use beside their arguments.
struct Context<'c, 'a> {
    loader: &'c Loader<'a>,
    configuration: &'c Configuration,
    schema: &'c Schema,
    written: Written<'a>,
}

const TRANSFORMERS: [Transformer; 12] = [
    whole("PatchStrategicMergeTransformer", "patchesStrategicMerge", |out, with, patches| {
        patch::strategic_merge(out, with.loader, patches.items(), with.schema);
    }),
    each("PatchTransformer", "patches", |out, with, entry| patch::patch(out, with.loader, entry, with.schema)),
    whole("NamespaceTransformer", "namespace", |out, with, namespace| {
        if namespace.as_str().is_some() {
            namespace::set(out, namespace, &with.configuration.namespace, namespace::Options::default());
        }
    }),
    whole("PrefixTransformer", "namePrefix", |out, with, text| {
        names::add(out, text, End::Prefix, &with.configuration.name_prefix);
    }),
    whole("SuffixTransformer", "nameSuffix", |out, with, text| {
        names::add(out, text, End::Suffix, &with.configuration.name_suffix);
    }),
    each("LabelTransformer", "labels", |out, with, entry| labels::entry(out, entry, with.configuration)),
    whole("LabelTransformer", "commonLabels", |out, with, pairs| {
        labels::set(out, pairs, &with.configuration.common_labels, Step::Label);
    }),
    whole("AnnotationsTransformer", "commonAnnotations", |out, with, pairs| {
        annotations::set(out, pairs, &with.configuration.common_annotations);
    }),
    each("PatchJson6902Transformer", "patchesJson6902", |out, with, entry| patch::json6902(out, with.loader, entry)),
    each("ReplicaCountTransformer", "replicas", |out, with, entry| {
        replicas::set(out, entry, &with.configuration.replicas, with.written);
    }),
    each("ImageTagTransformer", "images", |out, with, entry| images::set(out, entry, &with.configuration.images)),
    whole("ReplacementTransformer", "replacements", |out, with, entries| {
        replacement::run(out, with.loader, entries.items());
    }),
];

const fn whole(
    kind: &'static str,
    field: &'static str,
    run: fn(&mut Accumulator, &Context<'_, '_>, &Value),
) -> Transformer {
    Transformer { kind, field, is_each: false, run }
}

const fn each(
    kind: &'static str,
    field: &'static str,
    run: fn(&mut Accumulator, &Context<'_, '_>, &Value),
) -> Transformer {
    Transformer { kind, field, is_each: true, run }
}

/// Run the transformers of a kustomization on what is accumulated.
pub(super) fn run(
    out: &mut Accumulator,
    loader: &Loader<'_>,
    kustomization: &Value,
    schema: &Schema,
    metadata: &Metadata<'_>,
) {
    let configuration = out.configuration.clone();
    let written = Written::new(&loader.repository.sources);
    let context = Context { loader, configuration: &configuration, schema, written };
    for transformer in &TRANSFORMERS {
        let annotate = |out: &mut Accumulator, value: &Value| {
            if let Some(annotation) = metadata.built_in(transformer.kind, value.span()) {
                annotation.add_transformation(out);
            }
        };
        let asked = |field: &str| kustomization.get(field).filter(|value| !is_empty(value));
        match asked(transformer.field) {
            Some(value) => {
                let parts = if transformer.is_each { value.items() } else { std::slice::from_ref(value) };
                for part in parts {
                    (transformer.run)(out, &context, part);
                    annotate(out, part);
                }
            }
            None if transformer.field == "commonLabels" => {
                // They run wherever `labels` do.
                if let Some(labels) = asked("labels") {
                    annotate(out, labels);
                }
            }
            None => {}
        }
    }
}

/// Whether a field says nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    match &value.data {
        Data::Null => true,
        Data::String(text) => text.is_empty(),
        Data::Map(map) => map.is_empty() && map.open.is_none(),
        Data::List(items) => items.is_empty(),
        _ => false,
    }
}

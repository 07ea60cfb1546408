//! The fields of kustomization files (`api/types` of kustomize 5.8) and of the configuration files
//! of built-in plugins and transformers.
//!
//! Invariant: facts only; how they are decoded is said in the module above.

use super::{Field, Kind};

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, instead: None }
}

const fn text(name: &'static str) -> Field {
    field(name, Kind::Text)
}

const fn truth(name: &'static str) -> Field {
    field(name, Kind::Bool)
}

const fn texts(name: &'static str) -> Field {
    field(name, Kind::List(&Kind::Text))
}

const fn object(name: &'static str, fields: &'static [Field]) -> Field {
    field(name, Kind::Object(fields))
}

const fn deprecated(name: &'static str, kind: Kind, instead: &'static str) -> Field {
    Field { name, kind, instead: Some(instead) }
}

/// `kustomization.yaml`: `Kustomization` of `v1beta1` and `Component` of `v1alpha1` alike.
pub(super) const KUSTOMIZATION: &[Field] = &[
    text("apiVersion"),
    text("kind"),
    object("metadata", METADATA),
    field("openapi", Kind::TextMap),
    text("namePrefix"),
    text("nameSuffix"),
    text("namespace"),
    deprecated("commonLabels", Kind::TextMap, "labels"),
    field("labels", Kind::List(&Kind::Object(LABEL))),
    field("commonAnnotations", Kind::TextMap),
    deprecated("patchesStrategicMerge", Kind::List(&Kind::Text), "patches"),
    deprecated("patchesJson6902", Kind::List(&Kind::Object(PATCH)), "patches"),
    field("patches", Kind::List(&Kind::Object(PATCH))),
    field("images", Kind::List(&Kind::Object(IMAGE))),
    deprecated("imageTags", Kind::List(&Kind::Object(IMAGE)), "images"),
    field("replacements", Kind::List(&Kind::Object(REPLACEMENT))),
    field("replicas", Kind::List(&Kind::Object(REPLICA))),
    deprecated("vars", Kind::List(&Kind::Object(VARIABLE)), "replacements"),
    object("sortOptions", SORT_OPTIONS),
    texts("resources"),
    texts("components"),
    texts("crds"),
    deprecated("bases", Kind::List(&Kind::Text), "resources"),
    field("configMapGenerator", Kind::List(&Kind::Object(CONFIG_MAP))),
    field("secretGenerator", Kind::List(&Kind::Object(SECRET))),
    object("helmGlobals", HELM_GLOBALS),
    field("helmCharts", Kind::List(&Kind::Object(HELM_CHART))),
    deprecated("helmChartInflationGenerator", Kind::List(&Kind::Object(HELM_CHART_OLD)), "helmCharts"),
    object("generatorOptions", GENERATOR_OPTIONS),
    texts("configurations"),
    texts("generators"),
    texts("transformers"),
    texts("validators"),
    texts("buildMetadata"),
];

const METADATA: &[Field] =
    &[text("name"), text("namespace"), field("labels", Kind::TextMap), field("annotations", Kind::TextMap)];

const LABEL: &[Field] = &[
    field("pairs", Kind::TextMap),
    truth("includeSelectors"),
    truth("includeTemplates"),
    field("fields", Kind::List(&Kind::Object(FIELD_SPEC))),
];

const FIELD_SPEC: &[Field] = &[text("group"), text("version"), text("kind"), text("path"), truth("create")];

const PATCH: &[Field] = &[text("path"), text("patch"), object("target", SELECTOR), object("options", PATCH_OPTIONS)];

const PATCH_OPTIONS: &[Field] = &[truth("allowNameChange"), truth("allowKindChange")];

const SELECTOR: &[Field] = &[
    text("group"),
    text("version"),
    text("kind"),
    text("name"),
    text("namespace"),
    text("annotationSelector"),
    text("labelSelector"),
];

const IMAGE: &[Field] = &[text("name"), text("newName"), text("tagSuffix"), text("newTag"), text("digest")];

const REPLACEMENT: &[Field] = &[
    object("source", REPLACEMENT_SOURCE),
    field("targets", Kind::List(&Kind::Pointer(REPLACEMENT_TARGET))),
    text("sourceValue"),
    text("path"),
];

const REPLACEMENT_SOURCE: &[Field] = &[
    text("group"),
    text("version"),
    text("kind"),
    text("name"),
    text("namespace"),
    text("fieldPath"),
    object("options", REPLACEMENT_OPTIONS),
];

const REPLACEMENT_TARGET: &[Field] = &[
    object("select", SELECTOR),
    field("reject", Kind::List(&Kind::Pointer(SELECTOR))),
    texts("fieldPaths"),
    object("options", REPLACEMENT_OPTIONS),
];

const REPLACEMENT_OPTIONS: &[Field] =
    &[text("delimiter"), field("index", Kind::Int), text("encoding"), truth("create")];

const REPLICA: &[Field] = &[text("name"), field("count", Kind::Int)];

const VARIABLE: &[Field] = &[text("name"), object("objref", VARIABLE_OBJECT), object("fieldref", &[text("fieldPath")])];

const VARIABLE_OBJECT: &[Field] =
    &[text("apiVersion"), text("group"), text("version"), text("kind"), text("name"), text("namespace")];

const SORT_OPTIONS: &[Field] =
    &[text("order"), object("legacySortOptions", &[texts("orderFirst"), texts("orderLast")])];

const CONFIG_MAP: &[Field] = &[
    text("namespace"),
    text("name"),
    text("behavior"),
    texts("literals"),
    texts("files"),
    texts("envs"),
    deprecated("env", Kind::Text, "envs"),
    object("options", GENERATOR_OPTIONS),
];

const SECRET: &[Field] = &[
    text("namespace"),
    text("name"),
    text("behavior"),
    texts("literals"),
    texts("files"),
    texts("envs"),
    deprecated("env", Kind::Text, "envs"),
    object("options", GENERATOR_OPTIONS),
    text("type"),
];

const GENERATOR_OPTIONS: &[Field] = &[
    field("labels", Kind::TextMap),
    field("annotations", Kind::TextMap),
    truth("disableNameSuffixHash"),
    truth("immutable"),
];

const HELM_GLOBALS: &[Field] = &[text("chartHome"), text("configHome")];

const HELM_CHART: &[Field] = &[
    text("name"),
    text("version"),
    text("repo"),
    text("releaseName"),
    text("namespace"),
    texts("additionalValuesFiles"),
    text("valuesFile"),
    field("valuesInline", Kind::AnyMap),
    text("valuesMerge"),
    truth("includeCRDs"),
    truth("skipHooks"),
    texts("apiVersions"),
    text("kubeVersion"),
    text("nameTemplate"),
    truth("skipTests"),
    truth("debug"),
    truth("devel"),
];

const HELM_CHART_OLD: &[Field] = &[
    text("chartName"),
    text("chartVersion"),
    text("chartRepoUrl"),
    text("chartHome"),
    text("chartRepoName"),
    text("helmBin"),
    text("helmHome"),
    text("values"),
    field("valuesLocal", Kind::AnyMap),
    text("valuesMerge"),
    text("releaseName"),
    text("releaseNamespace"),
    texts("extraArgs"),
];

const FIELD_SPECS: Kind = Kind::List(&Kind::Object(FIELD_SPEC));

/// A file of `configurations`.
pub(super) const CONFIGURATION: &[Field] = &[
    field("namePrefix", FIELD_SPECS),
    field("nameSuffix", FIELD_SPECS),
    field("namespace", FIELD_SPECS),
    field("commonLabels", FIELD_SPECS),
    field("labels", FIELD_SPECS),
    field("templateLabels", FIELD_SPECS),
    field("commonAnnotations", FIELD_SPECS),
    field("nameReference", Kind::List(&Kind::Object(NAME_REFERENCE))),
    field("varReference", FIELD_SPECS),
    field("images", FIELD_SPECS),
    field("replicas", FIELD_SPECS),
];

const NAME_REFERENCE: &[Field] = &[text("group"), text("version"), text("kind"), field("fieldSpecs", FIELD_SPECS)];

/// The configurations of the built-in plugins by kind, without `apiVersion`, `kind` and `metadata`,
/// which the program needs to find the plugin.
pub(super) const PLUGINS: &[(&str, &[Field])] = &[
    ("AnnotationsTransformer", &[field("annotations", Kind::TextMap), field("fieldSpecs", FIELD_SPECS)]),
    ("ConfigMapGenerator", CONFIG_MAP),
    ("HashTransformer", &[]),
    (
        "IAMPolicyGenerator",
        &[
            text("cloud"),
            object("kubernetesService", &[text("name"), text("namespace")]),
            object("serviceAccount", &[text("name"), text("projectId")]),
        ],
    ),
    ("ImageTagTransformer", &[object("imageTag", IMAGE), field("fieldSpecs", FIELD_SPECS)]),
    ("LabelTransformer", &[field("labels", Kind::TextMap), field("fieldSpecs", FIELD_SPECS)]),
    ("NamespaceTransformer", &[field("fieldSpecs", FIELD_SPECS), truth("unsetOnly"), text("setRoleBindingSubjects")]),
    ("PatchJson6902Transformer", &[object("target", SELECTOR), text("path"), text("jsonOp")]),
    ("PatchStrategicMergeTransformer", &[texts("paths"), text("patches")]),
    ("PatchTransformer", PATCH),
    ("PrefixSuffixTransformer", &[text("prefix"), text("suffix"), field("fieldSpecs", FIELD_SPECS)]),
    ("PrefixTransformer", &[text("prefix"), field("fieldSpecs", FIELD_SPECS)]),
    ("ReplacementTransformer", &[field("replacements", Kind::List(&Kind::Object(REPLACEMENT)))]),
    ("ReplicaCountTransformer", &[object("replica", REPLICA), field("fieldSpecs", FIELD_SPECS)]),
    ("SecretGenerator", SECRET),
    ("SuffixTransformer", &[text("suffix"), field("fieldSpecs", FIELD_SPECS)]),
    (
        "ValueAddTransformer",
        &[text("value"), field("targets", Kind::List(&Kind::Object(VALUE_ADD_TARGET))), text("targetFilePath")],
    ),
];

const VALUE_ADD_TARGET: &[Field] =
    &[object("selector", SELECTOR), text("fieldPath"), field("filePathPosition", Kind::Int)];

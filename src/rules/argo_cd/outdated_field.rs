//! Fields that Argo CD no longer reads, or will not.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::Object;
use crate::model::api_lifecycle::Lifecycle;
use crate::model::argocd;
use crate::model::versions::{Project, Release};
use crate::rules::declare::declare_rule;
use crate::rules::lifecycle::{self, Verdict};
use crate::rules::{Context, Rule, support};
use crate::value::{Data, Entry, Value};

declare_rule! {
    OutdatedField = "outdated-field" {
        summary: "field that Argo CD no longer reads",
        group: ArgoCd, level: Warning, confidence: High, fix: None, since: "0.1.0",
    }
}

/// A field with its releases.
struct Field {
    group: &'static str,
    kind: &'static str,
    /// The object's name, if only one object has it.
    name: Option<&'static str>,
    parent: &'static [&'static str],
    key: &'static str,
    deprecated: Option<(u32, u32)>,
    removed: Option<(u32, u32)>,
    instead: &'static str,
}

const CONFIG_MAP: Field = Field {
    group: "",
    kind: "ConfigMap",
    name: Some("argocd-cm"),
    parent: &["data"],
    key: "",
    deprecated: Some((2, 1)),
    removed: Some((3, 0)),
    instead: "declare repositories as Secrets with the label `argocd.argoproj.io/secret-type`",
};

/// From the upgrade notes of Argo CD.
const FIELDS: &[Field] = &[
    Field { key: "repositories", ..CONFIG_MAP },
    Field { key: "repository.credentials", ..CONFIG_MAP },
    Field { key: "helm.repositories", ..CONFIG_MAP },
    Field {
        key: "configManagementPlugins",
        deprecated: Some((2, 5)),
        removed: Some((2, 8)),
        instead: "run the plugin as a sidecar of the repository server",
        ..CONFIG_MAP
    },
    Field {
        group: argocd::GROUP,
        kind: "AppProject",
        name: None,
        parent: &["spec"],
        key: "signatureKeys",
        deprecated: Some((3, 5)),
        removed: None,
        instead: "use `sourceIntegrity`",
    },
    Field {
        group: argocd::GROUP,
        kind: "ApplicationSet",
        name: None,
        parent: &["spec"],
        key: "applyNestedSelectors",
        deprecated: None,
        removed: Some((3, 0)),
        instead: "remove it: selectors of nested generators always apply",
    },
];

const HELM_VERSION: Field = Field {
    group: argocd::GROUP,
    kind: "Application",
    name: None,
    parent: &["helm"],
    key: "version",
    deprecated: None,
    removed: Some((3, 5)),
    instead: "remove it: the Helm of Argo CD renders every chart",
};

impl Rule for OutdatedField {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let mut found: BTreeMap<_, Vec<(&Field, &Object, Verdict, Severity)>> = BTreeMap::new();
        for object in &cx.head.objects {
            for (field, entry) in used(object) {
                let versions = cx.head.versions_of(Project::ArgoCd, Some(object.unit));
                let Some((verdict, level)) = lifecycle::judge(&field.life(), &versions) else { continue };
                let deployed = cx.head.unit(object.unit).deployed;
                let level = match verdict {
                    Verdict::Removed if deployed => level.min(META.level),
                    _ => Severity::Info,
                };
                found.entry(entry.key_origin.span()).or_default().push((field, object, verdict, level));
            }
        }
        for (at, uses) in found {
            let Some((field, object, verdict, level)) = uses.iter().max_by_key(|(.., level)| *level) else { continue };
            let versions = cx.head.versions_of(Project::ArgoCd, Some(object.unit));
            let what = match verdict {
                Verdict::Removed => "no longer reads",
                Verdict::Deprecated | Verdict::Early => "will not read in a later release",
            };
            let message = format!("{} has `{}`, which Argo CD {what}", object.title(), field.key);
            let since = |release: Option<(u32, u32)>| release.map(|(major, minor)| format!("{major}.{minor}"));
            let primary = match (since(field.removed), since(field.deprecated)) {
                (Some(removed), _) => format!("not read since {removed}"),
                (None, Some(deprecated)) => format!("deprecated since {deprecated}"),
                (None, None) => String::new(),
            };
            let subject = format!("{} {}", object.subject(), field.key);
            let mut diagnostic =
                Diagnostic::new(&META, at, message, subject).severity(*level).primary(primary).help(field.instead);
            for version in versions.iter().filter(|version| version.required.is_some()).take(3) {
                diagnostic = diagnostic.label(version.at, lifecycle::told(version));
            }
            let mut units: Vec<String> =
                uses.iter().map(|(_, object, ..)| cx.head.unit(object.unit).name.clone()).collect();
            units.sort();
            units.dedup();
            cx.report(support::affected(diagnostic, &units));
        }
    }
}

impl Field {
    fn life(&self) -> Lifecycle {
        let release = |(major, minor)| Release { major, minor, patch: None };
        Lifecycle {
            project: Project::ArgoCd,
            introduced: None,
            deprecated: self.deprecated.map(release),
            removed: self.removed.map(release),
            replacement: None,
            compatible: None,
        }
    }
}

/// The outdated fields of an object.
fn used(object: &Object) -> Vec<(&'static Field, &Entry)> {
    let of_kind = FIELDS.iter().filter(|field| {
        object.is(field.group, field.kind)
            && field.name.is_none_or(|name| object.value.str_at(&["metadata", "name"]) == Some(name))
    });
    let mut found: Vec<(&'static Field, &Entry)> =
        of_kind.filter_map(|field| Some((field, entry(object.value.at(field.parent), field.key)?))).collect();
    let spec = match object.kind.as_str() {
        "Application" => object.value.get("spec"),
        "ApplicationSet" => object.value.at(&["spec", "template", "spec"]),
        _ => None,
    };
    for source in spec.filter(|_| object.group == argocd::GROUP).map(argocd::sources).unwrap_or_default() {
        found.extend(entry(source.field(HELM_VERSION.parent[0]), HELM_VERSION.key).map(|entry| (&HELM_VERSION, entry)));
    }
    found
}

/// An entry that says something.
fn entry<'a>(holder: Option<&'a Value>, key: &str) -> Option<&'a Entry> {
    let entry = holder?.as_map()?.entry(key)?;
    let says_nothing = match &entry.value.data {
        Data::Null => true,
        // What the field would turn on is on.
        Data::Bool(on) => *on,
        Data::String(text) => text.trim().is_empty(),
        _ => false,
    };
    (!says_nothing).then_some(entry)
}

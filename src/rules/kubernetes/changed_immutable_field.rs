//! Fields that the API server lets nobody change.

use std::collections::BTreeMap;

use super::difference::{Comparison, Difference};
use super::fixed_fields::{self, Absence};
use super::invalid_resources::quantity;
use super::invalid_storage::SOURCES;
use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::graph::{Object, Snapshot, Universe};
use crate::model::Field;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::schema::Quantity;
use crate::text::Span;
use crate::value::{Data, Known, Value};

declare_rule! {
    ChangedImmutableField = "changed-immutable-field" {
        summary: "change of a field that cannot be changed",
        group: Change, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for ChangedImmutableField {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let Some(base) = cx.base else { return };
        let (was, is) = (identities(base), identities(cx.head));
        for (key, object) in is {
            let (Some(object), Some(Some(before))) = (object, was.get(&key)) else { continue };
            if !is_replaced(cx.head, object) {
                Changes { cx, before: &before.value, now: &object.value, object }.report();
            }
        }
    }
}

/// Cluster or unit, group, kind, namespace, name.
type Identity<'a> = (String, &'a str, &'a str, &'a str, &'a str);

/// The objects that are deployed; none where several are one.
fn identities(snapshot: &Snapshot) -> BTreeMap<Identity<'_>, Option<&Object>> {
    let mut found: BTreeMap<Identity<'_>, Option<&Object>> = BTreeMap::new();
    for object in snapshot.objects.iter().filter(|object| object.rendered) {
        let unit = snapshot.unit(object.unit);
        let (Known::Value(name), true) = (&object.name, unit.deployed && unit.unknown.is_none()) else { continue };
        let place = match &unit.universe {
            Universe::Cluster(cluster) => format!("cluster {cluster}"),
            Universe::Unknown(_) => format!("unit {}", unit.name),
        };
        let namespace = match &object.namespace {
            Known::Value(namespace) => namespace.as_str(),
            Known::Absent => "",
            Known::Unknown(_) => "\u{0}",
        };
        let key = (place, object.group.as_str(), object.kind.as_str(), namespace, name.as_str());
        found.entry(key).and_modify(|known| *known = None).or_insert(Some(object));
    }
    found
}

/// Whether whoever deploys it makes it anew instead of changing it.
fn is_replaced(snapshot: &Snapshot, object: &Object) -> bool {
    let annotation = |name: &str| object.value.str_at(&["metadata", "annotations", name]);
    let has = |options: &str| ["Replace=true", "Force=true"].iter().any(|option| options.contains(option));
    has(annotation("argocd.argoproj.io/sync-options").unwrap_or_default())
        || annotation("argocd.argoproj.io/hook").is_some()
        || annotation("helm.sh/hook").is_some()
        || annotation("kustomize.toolkit.fluxcd.io/force").is_some()
        || object.value.at(&["spec", "ttlSecondsAfterFinished"]).is_some()
        || snapshot.unit(object.unit).owner.is_some_and(|owner| {
            let owner = Field::new(&snapshot.object(owner).value);
            // Of an Application, and of the Applications of an ApplicationSet.
            let specs = [owner.get("spec"), owner.at(&["spec", "template", "spec"])];
            let options = specs.map(|spec| spec.at(&["syncPolicy", "syncOptions"]));
            let mut options = options.iter().flat_map(|options| options.items());
            options.any(|(_, option)| option.raw_text().value().is_some_and(|option| has(option)))
                || [&["spec", "force"][..], &["spec", "upgrade", "force"]].iter().any(|path| owner.at(path).is_true())
        })
}

/// An object as it was and as it is.
struct Changes<'a> {
    cx: &'a Context<'a>,
    before: &'a Value,
    now: &'a Value,
    object: &'a Object,
}

impl<'a> Changes<'a> {
    fn report(&self) {
        let (group, kind) = (self.object.group.as_str(), self.object.kind.as_str());
        for (_, _, path, absence) in fixed_fields::of(group, kind) {
            self.field(path, *absence);
        }
        match (group, kind) {
            ("batch", "Job") => self.completions(),
            ("", "Service") => self.service(),
            ("", "PersistentVolumeClaim") => {
                self.origin();
                self.request();
            }
            ("", "PersistentVolume") => {
                for source in SOURCES {
                    self.field(&format!("spec.{source}"), Absence::Is(""));
                }
            }
            ("", "ConfigMap" | "Secret") if self.was(&["immutable"]).is_true() => self.sealed(),
            ("apiextensions.k8s.io", "CustomResourceDefinition") => self.stored_versions(),
            _ => {}
        }
    }

    fn was(&self, path: &[&str]) -> Field<'a> {
        Field::new(self.before).at(path)
    }

    fn is(&self, path: &[&str]) -> Field<'a> {
        Field::new(self.now).at(path)
    }

    /// Report the first difference below a path.
    fn field(&self, path: &str, absence: Absence) {
        let kind = self.object.kind.as_str();
        let mut free: Vec<&[&str]> =
            fixed_fields::FREE.iter().filter(|(of, _)| *of == kind).map(|(_, paths)| *paths).collect();
        if kind == "Pod" && !self.was(&["spec", "schedulingGates"]).is_empty() {
            free.push(fixed_fields::FREE_AT_A_GATE);
        }
        if kind == "Job" && self.was(&["spec", "suspend"]).is_true() {
            free.push(fixed_fields::FREE_OF_SUSPENDED);
        }
        let comparison = Comparison { free: &free, unordered: path == "spec.scopes" };
        let keys: Vec<&str> = path.split('.').collect();
        let sides = (self.before.at(&keys), self.now.at(&keys));
        // What is gone is shown where it was: at what is around it.
        let around = (0..keys.len()).rev().find_map(|end| self.now.at(&keys[..end])).unwrap_or(self.now);
        if let Some(difference) = comparison.first(sides, path.to_owned(), absence, around) {
            // A number of a Pod that was negative may become 1.
            let grace = difference.path == "spec.terminationGracePeriodSeconds"
                && difference.was.and_then(Value::as_int).is_some_and(|seconds| seconds < 0);
            if kind != "Pod" || !grace {
                self.different(&difference);
            }
        }
    }

    fn different(&self, difference: &Difference<'_>) {
        let (done, primary) = match (difference.was, difference.is) {
            (None, _) => ("added", "there was nothing before"),
            (_, None) => ("removed", "it was here"),
            _ => ("changed", "another value than before"),
        };
        let path = &difference.path;
        let mut finding = self.finding(difference.at, path, &format!("is {done}, and cannot be"), primary);
        // What is in Secrets and variables is not repeated.
        if let Some(Data::String(text)) = difference.was.map(|was| &was.data)
            && !self.object.is("", "Secret")
            && !path.ends_with(".value")
            && text.len() < 80
        {
            finding = finding.note(format!("it was `{text}`"));
        }
        self.cx.report(finding);
    }

    fn finding(&self, at: Span, path: &str, what: &str, primary: &str) -> Diagnostic {
        let object = self.object;
        let message = format!("`{path}` of {} {what}", object.title());
        let finding = Diagnostic::new(&META, at, message, format!("{} {path}", object.subject()))
            .primary(primary)
            .note("the API server refuses the change: what runs stays as it was")
            .help("give the object another name, or delete the old one first");
        if object.is("", "Secret") { finding.redacted() } else { finding }
    }

    /// Those of an indexed Job may change together with `parallelism`.
    fn completions(&self) {
        let number = |spec: Field<'_>, key: &str| match spec.get(key).int() {
            Known::Value(number) => Some(Some(number)),
            Known::Absent => Some(None),
            Known::Unknown(_) => None,
        };
        let [was, is] = [self.was(&["spec"]), self.is(&["spec"])].map(|spec| {
            let (completions, parallelism) = (number(spec, "completions")?, number(spec, "parallelism")?);
            // Both are 1 if neither is written.
            Some((completions.or(parallelism.is_none().then_some(1)), parallelism.unwrap_or(1)))
        });
        let (Some((before, _)), Some((now, parallelism))) = (was, is) else { return };
        let indexed = match self.is(&["spec", "completionMode"]).text() {
            Known::Value(mode) => mode == "Indexed",
            Known::Absent => false,
            Known::Unknown(_) => return,
        };
        if before != now && !(indexed && now.is_none_or(|now| now == parallelism)) {
            let field = self.is(&["spec", "completions"]);
            let what = if indexed { "is changed without `parallelism`" } else { "is changed, and cannot be" };
            self.cx.report(self.finding(field.span(), "spec.completions", what, "another number than before"));
        }
    }

    fn service(&self) {
        let sides = |path: &[&str]| (self.was(path), self.is(path));
        let (was, is) = sides(&["spec", "type"]);
        let is_type = |kind: &str| was.is_text(kind) && is.is_text(kind);
        // To and from a name elsewhere, everything may change.
        if [was, is].iter().any(|kind| kind.is_text("ExternalName") || kind.text().unknown().is_some()) {
            return;
        }
        let (was, is) = sides(&["spec", "clusterIP"]);
        match (was.text(), is.text()) {
            // An address that is given up is kept.
            (Known::Value(_), Known::Value(_)) => self.field("spec.clusterIP", Absence::Chosen),
            (Known::Absent, Known::Value("None")) => self.field("spec.clusterIP", Absence::Is("")),
            _ => {}
        }
        if is_type("LoadBalancer") {
            self.field("spec.loadBalancerClass", Absence::Chosen);
            let local = |policy: Field<'_>| policy.is_text("Local");
            let (was, is) = sides(&["spec", "externalTrafficPolicy"]);
            let given = self.is(&["spec", "healthCheckNodePort"]).int() != Known::Value(0);
            if local(was) && local(is) && given {
                self.field("spec.healthCheckNodePort", Absence::Chosen);
            }
        }
        let first = |field: Field<'a>| field.items().next().map(|(_, family)| family);
        let (was, is) = sides(&["spec", "ipFamilies"]);
        let headless = self.was(&["spec", "clusterIP"]).is_text("None");
        if let (false, Some(was), Some(is)) = (headless, first(was), first(is))
            && let (Known::Value(old), Known::Value(new)) = (was.text(), is.text())
            && old != new
        {
            let path = "spec.ipFamilies[0]";
            self.cx.report(self.finding(is.span(), path, "is changed, and cannot be", "another family than before"));
        }
    }

    /// What a claim is filled with: each of two fields is filled in from the other.
    fn origin(&self) {
        const KEYS: [&str; 2] = ["dataSourceRef", "dataSource"];
        // Of another kind, `dataSource` is dropped.
        let counts = |claim: &Value, key: &str| {
            let kind = claim.str_at(&["spec", key, "kind"]);
            key == "dataSourceRef" && kind.is_some() || matches!(kind, Some("PersistentVolumeClaim" | "VolumeSnapshot"))
        };
        let [was, is] = [self.before, self.now].map(|claim| KEYS.iter().find(|key| counts(claim, key)));
        match (was, is) {
            (Some(old), Some(new)) if old == new => self.field(&format!("spec.{old}"), Absence::Is("")),
            (Some(only), None) | (None, Some(only)) => self.field(&format!("spec.{only}"), Absence::Is("")),
            _ => {}
        }
    }

    /// A claim does not shrink.
    fn request(&self) {
        let path = ["spec", "resources", "requests", "storage"];
        let (was, is) = (quantity(self.was(&path)), quantity(self.is(&path)));
        if let (Some(was), Some(is)) = (was, is)
            && is < was
            && is > Quantity::ZERO
        {
            let at = self.is(&path).span();
            let finding = self.finding(
                at,
                &path.join("."),
                "is less than before, and a claim does not shrink",
                "less than it has",
            );
            self.cx.report(finding);
        }
    }

    /// What is `immutable`.
    fn sealed(&self) {
        self.field("immutable", Absence::Is(""));
        // The API server makes `data` of `stringData`.
        let is_plain = [self.before, self.now].iter().all(|object| object.get("stringData").is_none());
        let absence = if is_plain { Absence::Is("") } else { Absence::Chosen };
        for key in ["data", "binaryData", "stringData"] {
            self.field(key, absence);
        }
    }

    /// A version in which objects are stored cannot be taken away.
    fn stored_versions(&self) {
        let (was, is) = (self.was(&["spec", "versions"]), self.is(&["spec", "versions"]));
        let stored = was.items().find(|(_, version)| version.get("storage").is_true());
        let Some((_, version)) = stored.filter(|_| is.is_complete()) else { return };
        let Known::Value(name) = version.get("name").text() else { return };
        let known = is.items().all(|(_, version)| version.get("name").text().unknown().is_none());
        if known && is.is_present() && !is.items().any(|(_, version)| version.get("name").is_text(name)) {
            let what = format!("lacks `{name}`, in which objects are stored");
            let finding = self
                .finding(is.span(), "spec.versions", &what, "the version was here")
                .help("keep it with `served: false`, move what is stored, and clear it from `status.storedVersions`");
            self.cx.report(finding);
        }
    }
}

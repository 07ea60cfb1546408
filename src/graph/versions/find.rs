//! What a repository says about versions.

use rustc_hash::FxHashMap;

use super::{Definitions, Evidence, Place, Scope, Tier, Version, Versions};
use crate::graph::identity::DeclaredClusters;
use crate::graph::types::{Object, Unit, Universe};
use crate::graph::units::is_example;
use crate::model::argocd::{self, Source};
use crate::model::kubernetes::pod_template;
use crate::model::versions::{Project, Release, Required, charts_of, installed_by_chart, installed_from, run_by_image};
use crate::model::{Repository, kustomization};
use crate::render::terraform::Terraform;
use crate::syntax::yaml::Schema;
use crate::syntax::{ParsedFile, Syntax};
use crate::text::{FileId, Span};
use crate::value::{Data, Reason, Str, Unknown, Value};

/// Find everything that is known about versions.
pub(in crate::graph) fn find(
    repository: &Repository,
    units: &[Unit],
    objects: &[Object],
    terraform: &Terraform,
) -> Versions {
    let clusters = DeclaredClusters::new(&repository.declared);
    let places = units.iter().map(|unit| Place::of(&clusters, unit)).collect();
    let mut finder = Finder { repository, units, objects, owned: FxHashMap::default(), found: Vec::new() };
    for unit in units {
        if let Some(owner) = unit.owner {
            finder.owned.entry(objects[owner.index()].value.span()).or_default().push(unit);
        }
    }
    finder.declared();
    let mut served = Definitions::default();
    for object in objects {
        finder.object(object);
        define(&mut served, object);
    }
    for file in repository.files.values() {
        finder.file(file);
    }
    finder.terraform(terraform);
    let mut all = finder.found;
    all.sort_by_key(|version| (version.project, version.at));
    all.dedup_by(|a, b| (a.project, a.at, a.evidence) == (b.project, b.at, b.evidence) && a.scope == b.scope);
    Versions { all, places, served }
}

/// Add the definition of a custom resource.
fn define(served: &mut Definitions, object: &Object) {
    if !object.is("apiextensions.k8s.io", "CustomResourceDefinition") {
        return;
    }
    let text = |path: &[&str]| object.value.str_at(path).map(Str::from);
    let (Some(group), Some(kind)) = (text(&["spec", "group"]), text(&["spec", "names", "kind"])) else { return };
    let versions = object.value.at(&["spec", "versions"]).map(Value::items).unwrap_or_default();
    let is_served = versions.iter().filter(|version| version.get("served").and_then(Value::as_bool) != Some(false));
    let names = is_served.filter_map(|version| version.str_at(&["name"]).map(Str::from));
    served.entry((group, kind)).or_default().push((object.unit, names.collect()));
}

struct Finder<'a> {
    repository: &'a Repository,
    units: &'a [Unit],
    objects: &'a [Object],
    /// The units of an Application by its place.
    owned: FxHashMap<Span, Vec<&'a Unit>>,
    found: Vec<Version>,
}

/// Where something was found: the cluster, and how much it says.
type Where = (Universe, Tier);

fn nowhere(at: Span) -> Universe {
    Universe::Unknown(Unknown::new(Reason::NoDestination, "", Some(at)))
}

fn place(unit: &Unit) -> Where {
    (unit.universe.clone(), if unit.deployed { Tier::Deployed } else { Tier::Idle })
}

impl Finder<'_> {
    fn add(&mut self, project: Project, required: Option<Required>, evidence: Evidence, at: Span, place: Where) {
        let (universe, tier) = place;
        self.found.push(Version { project, required, scope: Scope::In(universe), evidence, at, tier });
    }

    fn declared(&mut self) {
        self.found.extend(self.repository.declared.versions.iter().map(|declared| Version {
            project: declared.project,
            required: Some(exactly(declared.release)),
            scope: declared.cluster.map_or(Scope::Rest, Scope::Declared),
            evidence: Evidence::Declared,
            at: declared.at,
            tier: Tier::Deployed,
        }));
    }

    fn chart(&mut self, chart: &Value, repository: &str, version: Option<&Value>, evidence: Evidence, place: Where) {
        let Some(name) = chart.as_str() else { return };
        let text = version.and_then(Value::as_str).unwrap_or_default();
        if let Some((project, required)) = installed_by_chart(name, repository, text) {
            self.add(project, required, evidence, version.unwrap_or(chart).span(), place);
        }
    }

    fn object(&mut self, object: &Object) {
        let here = || place(&self.units[object.unit.index()]);
        let value = &object.value;
        match (object.group.as_str(), object.kind.as_str()) {
            (argocd::GROUP, "Application") => {
                let places = match self.owned.get(&value.span()) {
                    Some(units) => units.iter().map(|unit| place(unit)).collect(),
                    None => vec![(nowhere(value.span()), here().1)],
                };
                for place in places {
                    self.sources(value.get("spec"), &place);
                }
            }
            (argocd::GROUP, "ApplicationSet") => {
                let place = (nowhere(value.span()), here().1);
                self.sources(value.at(&["spec", "template", "spec"]), &place);
            }
            ("helm.toolkit.fluxcd.io", "HelmRelease") => self.helm_release(object, here()),
            ("apps", "Deployment" | "StatefulSet" | "DaemonSet") => self.workload(object, here()),
            ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                let annotation = ["metadata", "annotations", "gateway.networking.k8s.io/bundle-version"];
                if let Some(version) = value.at(&annotation) {
                    self.plain(Project::GatewayApi, version, Evidence::Manifests, here());
                }
            }
            ("kind.x-k8s.io", "Cluster") => {
                for node in value.get("nodes").map(Value::items).unwrap_or_default() {
                    self.image(node.get("image"), Evidence::Setting, (nowhere(value.span()), Tier::Local));
                }
            }
            ("k3d.io", "Simple") => {
                self.image(value.get("image"), Evidence::Setting, (nowhere(value.span()), Tier::Local));
            }
            (group, kind) => {
                let Some((path, is_own)) = setting(group, kind, value) else { return };
                let here = here();
                let place = if is_own { here } else { (nowhere(value.span()), here.1) };
                if let Some(version) = value.at(path) {
                    self.plain(Project::Kubernetes, version, Evidence::Setting, place);
                }
            }
        }
    }

    /// A version that stands as it is.
    fn plain(&mut self, project: Project, version: &Value, evidence: Evidence, place: Where) {
        let release = version.as_str().and_then(Release::parse);
        self.add(project, release.map(exactly), evidence, version.span(), place);
    }

    fn sources(&mut self, spec: Option<&Value>, place: &Where) {
        for source in spec.map(argocd::sources).unwrap_or_default() {
            let url = source.field("repoURL").and_then(Value::as_str).unwrap_or_default();
            let revision = source.field("targetRevision");
            match source.field("chart") {
                Some(chart) => self.chart(chart, url, revision, Evidence::Chart, place.clone()),
                None => self.git_source(&source, url, revision, place),
            }
        }
    }

    /// Manifests of a project that Argo CD reads in the project's own repository.
    fn git_source(&mut self, source: &Source<'_>, url: &str, revision: Option<&Value>, place: &Where) {
        let path = source.field("path").and_then(Value::as_str).unwrap_or_default();
        let is_installation =
            ["manifests", "config/crd", "deploy", "client/config"].iter().any(|p| path.starts_with(p));
        if !is_installation {
            return;
        }
        let reference = revision.and_then(Value::as_str).unwrap_or_default();
        if let Some((project, release)) = installed_from(&format!("{url}?ref={reference}")) {
            let at = revision.unwrap_or(source.value).span();
            self.add(project, release.map(exactly), Evidence::Manifests, at, place.clone());
        }
    }

    fn helm_release(&mut self, object: &Object, mut place: Where) {
        let Some(spec) = object.value.get("spec") else { return };
        if spec.get("kubeConfig").is_some() {
            place.0 = nowhere(object.value.span());
        }
        let source = |reference: Option<&Value>| {
            let (kind, name) = (reference?.str_at(&["kind"])?, reference?.str_at(&["name"])?);
            self.objects
                .iter()
                .find(|object| object.kind == kind && object.value.str_at(&["metadata", "name"]) == Some(name))
        };
        let url = |object: Option<&Object>| {
            object.and_then(|object| object.value.str_at(&["spec", "url"])).map(str::to_owned)
        };
        if let Some(chart) = spec.at(&["chart", "spec", "chart"]) {
            let reference = spec.at(&["chart", "spec", "sourceRef"]);
            let name = reference.and_then(|reference| reference.str_at(&["name"])).unwrap_or_default();
            let repository = url(source(reference)).unwrap_or_else(|| name.to_owned());
            self.chart(chart, &repository, spec.at(&["chart", "spec", "version"]), Evidence::Chart, place);
        } else if let Some(found) = source(spec.get("chartRef")) {
            let version =
                found.value.at(&["spec", "ref", "tag"]).or_else(|| found.value.at(&["spec", "ref", "semver"]));
            if let Some(chart) = found.value.at(&["spec", "url"]) {
                self.chart(chart, "", version, Evidence::Chart, place);
            }
        }
    }

    fn workload(&mut self, object: &Object, place: Where) {
        let label = |name| object.value.at(&["metadata", "labels", name]);
        if label("app.kubernetes.io/part-of").and_then(Value::as_str) == Some("flux")
            && let Some(version) = label("app.kubernetes.io/version")
        {
            self.plain(Project::Flux, version, Evidence::Manifests, place.clone());
        }
        let template = pod_template(&object.group, &object.kind).and_then(|path| object.value.at(path));
        let containers = template.and_then(|template| template.at(&["spec", "containers"]));
        for container in containers.map(Value::items).unwrap_or_default() {
            self.image(container.get("image"), Evidence::Image, place.clone());
        }
    }

    fn image(&mut self, image: Option<&Value>, evidence: Evidence, place: Where) {
        let Some(image) = image else { return };
        if let Some((project, release)) = image.as_str().and_then(run_by_image) {
            self.add(project, release.map(exactly), evidence, image.span(), place);
        }
    }

    fn file(&mut self, file: &ParsedFile) {
        if let Syntax::Opaque(_) = file.syntax {
            self.opaque(file);
            return;
        }
        let name = file.source.path.file_name();
        let is_kustomization = kustomization::is_kustomization(name);
        if !is_kustomization && !matches!(name, "Chart.yaml" | "talconfig.yaml" | "talconfig.yml") {
            return;
        }
        let places = self.readers(file.source.id);
        for document in file.yaml().map(|stream| stream.documents.as_slice()).unwrap_or_default() {
            let value = document.value(Schema::Kubernetes);
            for place in &places {
                if is_kustomization {
                    self.kustomization(&value, place);
                } else if name == "Chart.yaml" {
                    self.own_chart(&value, place);
                    for entry in kustomization::list(&value, "dependencies") {
                        self.dependency(entry, "repository", place);
                    }
                } else if let Some(version) = value.get("kubernetesVersion") {
                    self.plain(Project::Kubernetes, version, Evidence::Setting, (place.0.clone(), Tier::Deployed));
                }
            }
        }
    }

    fn kustomization(&mut self, value: &Value, place: &Where) {
        for entry in kustomization::list(value, "helmCharts") {
            self.dependency(entry, "repo", place);
        }
        for entry in ["resources", "bases", "components"].iter().flat_map(|field| kustomization::list(value, field)) {
            let remote = entry.as_str().filter(|text| kustomization::is_remote(text));
            if let Some((project, release)) = remote.and_then(installed_from) {
                self.add(project, release.map(exactly), Evidence::Manifests, entry.span(), place.clone());
            }
        }
    }

    /// A chart that stands in the repository and is one of those that install a project.
    fn own_chart(&mut self, value: &Value, place: &Where) {
        let Some(name) = value.get("name") else { return };
        let sources = value.get("sources").map(Value::items).unwrap_or_default().iter();
        let addresses: Vec<&str> = sources.chain(value.get("home")).filter_map(Value::as_str).collect();
        self.chart(name, &addresses.join(" "), value.get("version"), Evidence::Chart, place.clone());
    }

    fn dependency(&mut self, entry: &Value, repository: &str, place: &Where) {
        // Without a version it is a chart of the repository, which says it itself.
        if let Some(chart) = entry.get("name").filter(|_| entry.get("version").is_some()) {
            let repository = entry.str_at(&[repository]).unwrap_or_default();
            self.chart(chart, repository, entry.get("version"), Evidence::Chart, place.clone());
        }
    }

    /// The clusters of the units that read a file.
    fn readers(&self, file: FileId) -> Vec<Where> {
        let readers = self.units.iter().filter(|unit| unit.reads.binary_search(&file).is_ok());
        let mut found: Vec<Where> = readers.map(place).collect();
        if found.is_empty() {
            found.push((nowhere(Span::start_of(file)), Tier::Idle));
        }
        found
    }

    /// Text that cannot be read may still say that it installs a chart.
    fn opaque(&mut self, file: &ParsedFile) {
        let text: &str = &file.source.text;
        if !text.contains("chart:") {
            return;
        }
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let chart = line.trim().trim_start_matches("- ").strip_prefix("chart:");
            let chart = chart.map(|name| name.trim().trim_matches(['"', '\'']));
            let installs = |project: &&Project| charts_of(**project).any(|name| Some(name) == chart);
            if let Some(project) = Project::ALL.iter().find(installs) {
                let at = Span::new(file.source.id, start, start + line.trim_end().len());
                self.add(*project, None, Evidence::Chart, at, (nowhere(at), Tier::Idle));
            }
            start += line.len();
        }
    }

    fn terraform(&mut self, terraform: &Terraform) {
        for root in &terraform.roots {
            let tier = if is_example(&root.directory) { Tier::Idle } else { Tier::Deployed };
            for cluster in root.clusters.iter().filter(|cluster| !cluster.version.is_null()) {
                let release = text(&cluster.version).and_then(|text| Release::parse(&text));
                let required = release.map(|release| Required { release, at_least: cluster.at_least });
                let at = cluster.version.span();
                self.add(Project::Kubernetes, required, Evidence::Terraform, at, (nowhere(at), tier));
            }
            for release in &root.releases {
                let Some(chart) = release.chart.value() else { continue };
                let repository = release.repository.value().map(Str::as_str).unwrap_or_default();
                let chart = Value::string(chart.clone(), release.span);
                let version = Some(&release.version).filter(|version| !version.is_null());
                self.chart(&chart, repository, version, Evidence::Terraform, (nowhere(release.span), tier));
            }
        }
    }
}

fn exactly(release: Release) -> Required {
    Required { release, at_least: false }
}

/// Text, or a number as Terraform turns it into text.
fn text(value: &Value) -> Option<String> {
    match &value.data {
        Data::String(text) => Some(text.to_string()),
        Data::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Where objects that make or upgrade clusters have the version of Kubernetes, and whether that is
/// the cluster that they are applied to.
fn setting(group: &str, kind: &str, value: &Value) -> Option<(&'static [&'static str], bool)> {
    Some(match (group, kind) {
        ("eksctl.io", "ClusterConfig") => (&["metadata", "version"], false),
        ("upgrade.cattle.io", "Plan") => {
            let image = value.str_at(&["spec", "upgrade", "image"])?;
            let upgrades = ["k3s-upgrade", "rke2-upgrade", "kubelet"].iter().any(|name| image.contains(name));
            if !upgrades {
                return None;
            }
            (&["spec", "version"], true)
        }
        ("tuppr.home-operations.com", "KubernetesUpgrade") => (&["spec", "kubernetes", "version"], true),
        ("controlplane.cluster.x-k8s.io", _) => (&["spec", "version"], false),
        ("cluster.x-k8s.io", "Cluster") => (&["spec", "topology", "version"], false),
        _ => return None,
    })
}

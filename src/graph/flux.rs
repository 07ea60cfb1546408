//! What Flux deploys from its own objects: units of this repository, and charts from elsewhere.
//!
//! Invariant: looks at objects only, and renders nothing.

use super::charts;
use super::types::{Object, Unit, UnitKind};
use super::units::Hidden;
use crate::model::Repository;
use crate::text::RepoPath;
use crate::value::{Known, Reason, Str, Unknown};

/// Whether what an object makes is a unit: a Kustomization of Flux with a path that is here.
pub(super) fn is_unit(object: &Object, units: &[Unit]) -> bool {
    if !object.is("kustomize.toolkit.fluxcd.io", "Kustomization") {
        return false;
    }
    let path = object.value.str_at(&["spec", "path"]).and_then(|path| RepoPath::root().join(path));
    path.is_some() && units.iter().any(|unit| unit.kind == UnitKind::Flux && unit.path == path)
}

/// The chart that a HelmRelease of Flux installs, and into which namespace.
pub(super) fn helm_release(
    repository: &Repository,
    object: &Object,
    objects: &[Object],
) -> Option<(Hidden, Known<Str>)> {
    if !object.is("helm.toolkit.fluxcd.io", "HelmRelease") {
        return None;
    }
    let spec = object.value.get("spec")?;
    let chart = spec.str_at(&["chart", "spec", "chart"]).or_else(|| spec.str_at(&["chartRef", "name"]))?;
    let text = |field| spec.str_at(&[field]).map(Str::from);
    let chart_name = chart.rsplit('/').next().unwrap_or(chart);
    let tokens = [text("releaseName"), object.name.value().cloned(), Some(chart_name.into())];
    let why = Unknown::new(Reason::RemoteSource, format!("Helm chart `{chart}`"), Some(object.name_span()));
    let mut hidden = Hidden::new(why, tokens.into_iter().flatten().collect());
    hidden.values.push(spec.clone());
    // Patches after rendering change objects, they do not make any.
    hidden.complete = spec.get("valuesFrom").is_none_or(|from| from.items().is_empty())
        && spec.at(&["chart", "spec", "valuesFiles"]).is_none_or(|files| files.items().is_empty());
    let namespace = text("targetNamespace").map_or_else(|| object.namespace.clone(), Known::Value);
    if let Some((url, chart)) = chart_of(object, objects) {
        charts::tell(repository, url, chart, &mut hidden);
    }
    Some((hidden, namespace))
}

/// Where the chart of a HelmRelease comes from, and its name there.
fn chart_of<'o>(release: &'o Object, objects: &'o [Object]) -> Option<(&'o str, &'o str)> {
    let spec = release.value.get("spec")?;
    let (reference, chart) = match spec.get("chartRef") {
        Some(reference) => (reference, None),
        None => (spec.at(&["chart", "spec", "sourceRef"])?, Some(spec.str_at(&["chart", "spec", "chart"])?)),
    };
    let (kind, name) = (reference.str_at(&["kind"])?, reference.str_at(&["name"])?);
    let namespace = reference.str_at(&["namespace"]).or_else(|| release.namespace.value().map(Str::as_str));
    let mut sources = objects.iter().filter(|object| {
        object.is("source.toolkit.fluxcd.io", kind)
            && object.name.value().is_some_and(|own| own == name)
            && object.namespace.value().map(Str::as_str) == namespace
    });
    let url = sources.next()?.value.str_at(&["spec", "url"])?;
    // Two of one name are those of two clusters.
    let same = sources.all(|other| other.value.str_at(&["spec", "url"]) == Some(url));
    same.then_some(match chart {
        Some(chart) => (url, chart),
        None => url.trim_end_matches('/').rsplit_once('/')?,
    })
}

//! Versions of what runs on clusters: the projects that kate knows, how releases are written, and
//! how charts and images tell them.

use std::cmp::Ordering;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! projects {
    ($(#[doc = $doc:literal] $field:ident, $variant:ident, $id:literal, $title:literal, $oldest:expr;)*) => {
        /// A project whose version decides what a cluster takes.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Project { $(#[doc = $doc] $variant,)* }

        impl Project {
            /// Every project.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its key in `kate.yaml`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// Its name for people.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// The oldest release that anyone is expected to run, where no version is known.
            #[must_use]
            pub fn oldest(self) -> Release {
                let (major, minor) = match self { $(Self::$variant => $oldest,)* };
                Release { major, minor, patch: None }
            }
        }

        /// Versions of what runs on a cluster.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct Versions {
            $(
                #[doc = $doc]
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<String>,
            )*
        }

        impl Versions {
            /// The version of a project as written.
            #[must_use]
            pub fn get(&self, project: Project) -> Option<&str> {
                match project { $(Project::$variant => self.$field.as_deref(),)* }
            }
        }
    };
}

projects! {
    /// Kubernetes, such as `1.33`.
    kubernetes, Kubernetes, "kubernetes", "Kubernetes", (1, 28);
    /// Argo CD, such as `3.1`.
    argocd, ArgoCd, "argocd", "Argo CD", (3, 0);
    /// External Secrets Operator, such as `0.17`.
    external_secrets, ExternalSecrets, "external-secrets", "External Secrets Operator", (1, 0);
    /// cert-manager, such as `1.18`.
    cert_manager, CertManager, "cert-manager", "cert-manager", (1, 16);
    /// Crossplane, such as `2.0`.
    crossplane, Crossplane, "crossplane", "Crossplane", (1, 18);
    /// external-snapshotter (the CSI snapshot controller), such as `8.0`.
    external_snapshotter, ExternalSnapshotter, "external-snapshotter", "external-snapshotter", (6, 0);
    /// Flux, such as `2.7`.
    flux, Flux, "flux", "Flux", (2, 5);
    /// Gateway API, such as `1.4`.
    gateway_api, GatewayApi, "gateway-api", "Gateway API", (1, 0);
    /// Istio, such as `1.28`.
    istio, Istio, "istio", "Istio", (1, 24);
    /// Karpenter, such as `1.1`.
    karpenter, Karpenter, "karpenter", "Karpenter", (1, 1);
    /// Kyverno, such as `1.15`.
    kyverno, Kyverno, "kyverno", "Kyverno", (1, 13);
    /// Traefik Proxy, such as `3.0`; k3s came with 2.11 until 1.31.
    traefik, Traefik, "traefik", "Traefik", (2, 11);
}

impl Versions {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Project {
    /// The project of a key in `kate.yaml`.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|project| project.id() == id)
    }
}

/// A release as far as it is told. Releases are compared by major and minor version: what is served
/// changes with those.
#[derive(Clone, Copy, Eq, Debug)]
pub struct Release {
    /// Major version.
    pub major: u32,
    /// Minor version.
    pub minor: u32,
    /// Patch level, if it is told.
    pub patch: Option<u32>,
}

impl Release {
    /// Read `1.31`, `v1.31.2`, `1.31.2+k3s1`, `1.29.4-gke.1043`; none if it is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let core = text.split(['+', '-']).next()?;
        let mut parts = core.split('.').map(number);
        let (major, minor) = (parts.next()??, parts.next()??);
        let patch = match parts.next() {
            Some(patch) => Some(patch?),
            None => None,
        };
        parts.next().is_none().then_some(Self { major, minor, patch })
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

impl Ord for Release {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.major, self.minor).cmp(&(other.major, other.minor))
    }
}

impl PartialOrd for Release {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Release {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.patch {
            Some(patch) => write!(f, "{}.{}.{patch}", self.major, self.minor),
            None => write!(f, "{}.{}", self.major, self.minor),
        }
    }
}

/// A release that is asked for, exactly or at least.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Required {
    /// The release.
    pub release: Release,
    /// Whether a later minor release may be what runs.
    pub at_least: bool,
}

impl Required {
    /// Read a version or a range of versions as Helm and Argo CD do; none if it does not say the
    /// lowest minor release.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.contains("||") || text.contains(" - ") {
            return None;
        }
        if let Some(first) = text.strip_prefix(">=") {
            let first = first.split([',', ' ', '<']).find(|part| !part.is_empty())?;
            return Some(Self { release: Release::parse(first)?, at_least: true });
        }
        if text.contains([',', ' ', '<', '>', '!']) {
            return None;
        }
        let plain = text.trim_start_matches(['=', '^', '~']);
        // `1.2.x`, `1.2.*`: the minor release is told.
        let plain = plain.strip_suffix(".x").or_else(|| plain.strip_suffix(".*")).unwrap_or(plain);
        let mut release = Release::parse(plain)?;
        // `^1.2` takes 1.3, `^0.9` does not take 0.10.
        let at_least = text.starts_with('^') && release.major > 0;
        if text != plain && !text.starts_with('=') {
            release.patch = None;
        }
        Some(Self { release, at_least })
    }
}

/// What a chart installs.
struct Chart {
    name: &'static str,
    project: Project,
    /// Part of the address of the repositories that publish it: a chart of the same name from
    /// elsewhere may be numbered otherwise.
    publisher: &'static str,
    numbering: Numbering,
}

/// A version of a chart, and the release that it and later ones install.
type Row = ((u32, u32, u32), (u32, u32));

/// How versions of a chart and of what it installs go together.
enum Numbering {
    /// They are equal.
    Same,
    /// From each version of the chart on, in order.
    Table(&'static [Row]),
}

const CHARTS: &[Chart] = &[
    chart("external-secrets", Project::ExternalSecrets, "external-secrets"),
    chart("cert-manager", Project::CertManager, "jetstack"),
    chart("crossplane", Project::Crossplane, "crossplane"),
    chart("karpenter", Project::Karpenter, "karpenter"),
    chart("karpenter-crd", Project::Karpenter, "karpenter"),
    chart("istiod", Project::Istio, "istio"),
    Chart {
        name: "argo-cd",
        project: Project::ArgoCd,
        publisher: "argo",
        // `appVersion` of every release of the chart.
        numbering: Numbering::Table(&[
            ((3, 0, 0), (2, 0)),
            ((3, 13, 0), (2, 1)),
            ((3, 29, 0), (2, 2)),
            ((4, 0, 0), (2, 3)),
            ((4, 9, 0), (2, 4)),
            ((5, 8, 0), (2, 5)),
            ((5, 20, 0), (2, 6)),
            ((5, 30, 0), (2, 7)),
            ((5, 43, 0), (2, 8)),
            ((5, 51, 0), (2, 9)),
            ((5, 55, 0), (2, 10)),
            ((6, 8, 0), (2, 11)),
            ((7, 4, 0), (2, 12)),
            ((7, 7, 0), (2, 13)),
            ((7, 8, 0), (2, 14)),
            ((8, 0, 0), (3, 0)),
            ((8, 3, 0), (3, 1)),
            ((9, 1, 0), (3, 2)),
            ((9, 4, 0), (3, 3)),
            ((9, 5, 12), (3, 4)),
            ((10, 0, 0), (3, 4)),
        ]),
    },
];

const fn chart(name: &'static str, project: Project, publisher: &'static str) -> Chart {
    Chart { name, project, publisher, numbering: Numbering::Same }
}

/// What a chart installs: the project, and the release if the version says it. `repository` is the
/// address of its repository, as far as it is known.
#[must_use]
pub fn installed_by_chart(chart: &str, repository: &str, version: &str) -> Option<(Project, Option<Required>)> {
    let name = chart.rsplit('/').next().unwrap_or(chart);
    let known = CHARTS.iter().find(|known| known.name == name)?;
    let address = format!("{repository}/{}", chart.strip_suffix(name).unwrap_or_default()).to_ascii_lowercase();
    if !address.contains(known.publisher) {
        return Some((known.project, None));
    }
    Some((known.project, Required::parse(version).and_then(|required| known.numbering.installs(required))))
}

/// Names of the charts that install a project.
pub fn charts_of(project: Project) -> impl Iterator<Item = &'static str> {
    CHARTS.iter().filter(move |chart| chart.project == project).map(|chart| chart.name)
}

impl Numbering {
    fn installs(&self, required: Required) -> Option<Required> {
        let Self::Table(rows) = self else { return Some(required) };
        let Release { major, minor, patch } = required.release;
        let row = |patch| {
            let later = rows.partition_point(|(from, _)| *from <= (major, minor, patch));
            later.checked_sub(1).and_then(|index| rows.get(index)).map(|(_, release)| *release)
        };
        let (first, last) = match patch {
            Some(patch) => (row(patch)?, row(patch)?),
            None => (row(0)?, row(u32::MAX)?),
        };
        // A chart that is newer than the table may install something newer.
        let newest = rows.last().is_some_and(|((last, ..), _)| major > *last);
        let release = Release { major: first.0, minor: first.1, patch: None };
        Some(Required { release, at_least: required.at_least || newest || first != last })
    }
}

/// Repositories of images, by their end, and what runs in them.
const IMAGES: &[(&str, Project)] = &[
    ("argoproj/argocd", Project::ArgoCd),
    ("external-secrets/external-secrets", Project::ExternalSecrets),
    ("jetstack/cert-manager-controller", Project::CertManager),
    ("crossplane/crossplane", Project::Crossplane),
    ("sig-storage/snapshot-controller", Project::ExternalSnapshotter),
    ("istio/pilot", Project::Istio),
    ("karpenter/controller", Project::Karpenter),
    ("kyverno/kyverno", Project::Kyverno),
    ("library/traefik", Project::Traefik),
    ("kindest/node", Project::Kubernetes),
    ("rancher/k3s", Project::Kubernetes),
    ("siderolabs/kubelet", Project::Kubernetes),
];

/// What an image runs: the project, and the release if the tag says it.
#[must_use]
pub fn run_by_image(image: &str) -> Option<(Project, Option<Release>)> {
    let image = image.split('@').next().unwrap_or(image);
    let at = image.rfind('/').map_or(0, |slash| slash + 1);
    let (repository, tag) = match image[at..].split_once(':') {
        Some((name, tag)) => (&image[..at + name.len()], tag),
        None => (image, ""),
    };
    let repository = if repository == "traefik" { "library/traefik" } else { repository };
    let is_end = |end: &str| repository.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    let (_, project) = IMAGES.iter().find(|(end, _)| is_end(end))?;
    Some((*project, Release::parse(tag)))
}

/// Repositories of manifests, and what they install.
const REPOSITORIES: &[(&str, Project)] = &[
    ("argoproj/argo-cd", Project::ArgoCd),
    ("external-secrets/external-secrets", Project::ExternalSecrets),
    ("cert-manager/cert-manager", Project::CertManager),
    ("jetstack/cert-manager", Project::CertManager),
    ("kubernetes-csi/external-snapshotter", Project::ExternalSnapshotter),
    ("fluxcd/flux2", Project::Flux),
    ("kubernetes-sigs/gateway-api", Project::GatewayApi),
    ("kyverno/kyverno", Project::Kyverno),
];

/// What manifests fetched from an address on GitHub install: the project, and the release if the
/// address says it.
#[must_use]
pub fn installed_from(address: &str) -> Option<(Project, Option<Release>)> {
    let lower = address.to_ascii_lowercase();
    let hosts = ["github.com/", "github.com:", "raw.githubusercontent.com/"];
    let at = hosts.iter().find_map(|host| lower.find(host).map(|at| at + host.len()))?;
    let mut parts = lower[at..].split(['/', '?']);
    let (owner, name) = (parts.next()?, parts.next()?);
    let name = name.strip_suffix(".git").unwrap_or(name);
    let (_, project) = REPOSITORIES.iter().find(|(repository, _)| *repository == format!("{owner}/{name}"))?;
    let query = lower.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let named = query.split('&').find_map(|pair| pair.strip_prefix("ref=").or_else(|| pair.strip_prefix("version=")));
    let release = named.map_or_else(|| parts.find_map(version_tag), version_tag);
    Some((*project, release))
}

/// A part of an address that is a tag such as `v1.2.3`.
fn version_tag(part: &str) -> Option<Release> {
    part.starts_with('v').then(|| Release::parse(part)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> Release {
        Release::parse(text).expect("a release")
    }

    #[test]
    fn releases_by_any_spelling() {
        for text in ["1.31", "v1.31.2", "1.31.2+k3s1", "1.31.4-gke.1043"] {
            assert_eq!(Release::parse(text), Some(release("1.31")), "{text}");
        }
        for text in ["", "1", "latest", "stable", "1.x", "1.2.3.4", "a.b"] {
            assert_eq!(Release::parse(text), None, "{text}");
        }
        assert!(release("1.9") < release("1.10"));
        assert_eq!(release("v1.31.2").to_string(), "1.31.2");
    }

    #[test]
    fn ranges_of_versions() {
        let required = |text| Required::parse(text).map(|required| (required.release.to_string(), required.at_least));
        for (text, expected) in [
            ("1.2.3", Some(("1.2.3", false))),
            ("~1.2.3", Some(("1.2", false))),
            ("^0.9.1", Some(("0.9", false))),
            ("^1.2.3", Some(("1.2", true))),
            ("1.2.*", Some(("1.2", false))),
            (">=1.2.0 <2.0.0", Some(("1.2.0", true))),
            ("1.x", None),
            ("*", None),
            ("<2.0", None),
            ("1.2.0 || 2.0.0", None),
        ] {
            assert_eq!(required(text), expected.map(|(text, least)| (text.to_owned(), least)), "{text}");
        }
    }

    #[test]
    fn charts() {
        let installed = |chart, repository, version| {
            let (project, required) = installed_by_chart(chart, repository, version)?;
            Some((project, required.map(|required| (required.release.to_string(), required.at_least))))
        };
        let argo = "https://argoproj.github.io/argo-helm";
        let found = |text: &str, least| Some((Project::ArgoCd, Some((text.to_owned(), least))));
        assert_eq!(installed("argo-cd", argo, "7.7.0"), found("2.13", false));
        assert_eq!(installed("argo-cd", argo, "7.6.12"), found("2.12", false));
        assert_eq!(installed("argo-cd", argo, "9.5.*"), found("3.3", true));
        assert_eq!(installed("argo-cd", argo, "10.1.1"), found("3.4", false));
        assert_eq!(installed("argo-cd", argo, "12.0.0"), found("3.4", true));
        assert_eq!(installed("argo-cd", "https://charts.bitnami.com/bitnami", "7.7.0"), Some((Project::ArgoCd, None)));
        assert_eq!(installed("redis", argo, "7.7.0"), None);
    }

    #[test]
    fn images_and_addresses() {
        assert_eq!(run_by_image("quay.io/argoproj/argocd:v2.13.1"), Some((Project::ArgoCd, Some(release("2.13")))));
        assert_eq!(run_by_image("localhost:5000/argoproj/argocd"), Some((Project::ArgoCd, None)));
        assert_eq!(run_by_image("quay.io/myargoproj/argocd-x:v2.13.1"), None);
        let found = Some((Project::ArgoCd, Some(release("2.13"))));
        for address in [
            "https://raw.githubusercontent.com/argoproj/argo-cd/v2.13.1/manifests/install.yaml",
            "github.com/argoproj/argo-cd//manifests/cluster-install?ref=v2.13.1",
            "https://github.com/argoproj/argo-cd.git//manifests?timeout=90&ref=v2.13.1",
        ] {
            assert_eq!(installed_from(address), found, "{address}");
        }
        let stable = "https://raw.githubusercontent.com/argoproj/argo-cd/stable/manifests/install.yaml";
        assert_eq!(installed_from(stable), Some((Project::ArgoCd, None)));
        assert_eq!(installed_from("https://github.com/argoproj/argo-rollouts/v1.2.3"), None);
    }
}

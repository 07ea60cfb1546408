//! What cannot be seen, and whether it could make what is wanted.

use super::super::chart::Templates;
use super::super::link::CLUSTERS;
use super::super::references::REMOTE;
use super::super::symbols;
use super::super::types::{Node, Object, Reference, Strength, Want};
use super::super::units::Hidden;
use super::mentions::Mentions;
use super::{Resolver, outside, said};
use crate::text::FileId;
use crate::value::{Reason, Str, Unknown};

impl Resolver<'_> {
    /// Whether something opaque could make it; strong if its name says so.
    pub(super) fn opened(&self, reference: &Reference, mentions: &Mentions) -> Option<(Unknown, Strength)> {
        let want = &reference.want;
        let name = want.name.value().map(Str::as_str).unwrap_or_default();
        let mut weak = None;
        for index in self.opaque_by_namespace.within(&want.namespace) {
            let opaque = &self.opaque[index];
            if !self.is_open_to(index, reference, name, mentions) {
                continue;
            }
            match self.could_make(index, reference, name, mentions) {
                Some(Strength::Strong) => return Some((opaque.hidden.why.clone(), Strength::Strong)),
                Some(Strength::Weak) => drop(weak.get_or_insert_with(|| opaque.hidden.why.clone())),
                None => {}
            }
        }
        weak.or_else(|| outside::of_the_cluster(want)).map(|why| (why, Strength::Weak))
    }

    /// Whether it is where something opaque makes things, and something that this may make there.
    fn is_open_to(&self, index: usize, reference: &Reference, name: &str, mentions: &Mentions) -> bool {
        let opaque = &self.opaque[index];
        let want = &reference.want;
        let is_deployed = || reference.unit.is_none_or(|unit| self.units[unit.index()].deployed);
        if !opaque.deployed && is_deployed() {
            return false;
        }
        if let Some(object) = opaque.object {
            // What an object names it does not make, and nothing makes more of its own kind.
            let object = (reference.from != Node::Object(object)).then(|| &self.objects[object.index()]);
            if object.is_none_or(|object| object.is(&want.group, &want.kind)) {
                return false;
            }
        }
        if let Some((group, kind)) = &opaque.only {
            if *group != want.group || (*kind != want.kind && !kind.is_empty()) {
                return false;
            }
        } else if want.group == REMOTE {
            return false;
        }
        if opaque.prefix.as_ref().is_some_and(|prefix| !name.starts_with(prefix.as_str())) {
            return false;
        }
        let same_unit = reference.unit.is_some() && reference.unit == opaque.unit;
        (same_unit || reference.universe.may_be(&opaque.universe))
            && opaque.is_permitted(want)
            && (!opaque.hidden.placed || want.namespace.value().is_none_or(|place| mentions.in_values(index, place)))
    }

    /// Whether something opaque makes such a thing: strong if what is known of it says so.
    fn could_make(&self, index: usize, reference: &Reference, name: &str, mentions: &Mentions) -> Option<Strength> {
        let opaque = &self.opaque[index];
        let want = &reference.want;
        let hidden = &opaque.hidden;
        let (why, is_any) = (&hidden.why, opaque.only.is_none());
        let told = || said(reference).any(|name| mentions.anywhere(index, name));
        // A cluster is registered by what says its name or address; anything else says nothing.
        if want.group == CLUSTERS && is_any {
            return mentions.in_values(index, name).then_some(Strength::Strong);
        }
        if let Some(makes) = &hidden.makes {
            if reference.kind.is_selector() {
                let selected = makes.admits_selected(want, name);
                let named = || makes.labels.is_none() && told();
                return selected.then(|| if named() { Strength::Strong } else { Strength::Weak });
            }
            return makes.admits(want, name, || mentions.by_token(index, name), || mentions.in_values(index, name));
        }
        let may_make = self.may_make(hidden, want);
        // Of a controller whose kinds are known, a name in its resource does not say more.
        let limited = why.reason() == Reason::Operator && hidden.kinds.is_some();
        let may_be_told = may_make || !(limited || why.reason() == Reason::HelmChart);
        if may_be_told && told() {
            return Some(Strength::Strong);
        }
        if hidden.named || !may_make {
            return None;
        }
        // What is in a namespace owns nothing outside: controllers that are not known make no classes
        // of it that it does not name.
        let is_placed = |object: &Object| !object.namespace.is_absent() && !symbols::installs(&object.group);
        let maker = opaque.object.map(|object| &self.objects[object.index()]);
        let is_of_others = |object: &Object| is_class(want) || is_authored(want) && object.group != want.group;
        if maker.is_some_and(|object| is_placed(object) && is_of_others(object)) {
            return None;
        }
        // What could not be parsed opens its namespaces; for what has none, its text must name it.
        let is_elsewhere = why.reason() == Reason::Unparsed && want.namespace.is_absent();
        (!is_elsewhere).then_some(Strength::Weak)
    }

    /// Whether something opaque may make objects of a kind that its tokens and values do not name:
    /// not if all its text is here and the kind is not in it, and charts from elsewhere do not
    /// bring the secret stores of this repository.
    fn may_make(&self, hidden: &Hidden, want: &Want) -> bool {
        if let Some(kinds) = &hidden.kinds {
            return Templates::may_make(kinds, &want.group, &want.kind);
        }
        let store = matches!(want.kind.as_str(), "SecretStore" | "ClusterSecretStore");
        // Other kinds are made by controllers too, from objects of which the text says nothing.
        let written = store || matches!(want.kind.as_str(), "AppProject" | "ServiceAccount");
        // Charts that a chart depends on are from elsewhere, and bring no stores.
        let complete = hidden.complete || (store && hidden.why.reason() == Reason::HelmChart);
        if written && complete && !hidden.files.is_empty() {
            let text = |file: &FileId| &self.repository.sources.get(*file).text;
            // An object's kind stands at the start of a line; a reference's is indented.
            let declares = |line: &str| {
                let kind = line.strip_prefix("kind:").map(|kind| kind.trim().trim_matches(['"', '\'']));
                kind.is_some_and(|kind| kind == want.kind || kind.contains("{{"))
            };
            return hidden.files.iter().any(|file| text(file).lines().any(declares));
        }
        // The chart `argo-cd` takes projects from its values only.
        if want.kind == "AppProject" && hidden.tokens.iter().any(|token| token == "argo-cd") {
            return false;
        }
        let (reason, detail) = (hidden.why.reason(), hidden.why.detail());
        let is_chart_from_elsewhere = match reason {
            Reason::RemoteSource => detail.starts_with("Helm chart"),
            Reason::TerraformObjects => detail.contains("helm_release."),
            _ => false,
        };
        !(store && is_chart_from_elsewhere)
    }
}

/// Whether a kind is one by which people tell a program what to do, and that no controller of another
/// program makes.
fn is_authored(want: &Want) -> bool {
    matches!(
        (want.group.as_str(), want.kind.as_str()),
        ("argoproj.io", "AnalysisTemplate" | "EventBus" | "EventSource" | "Sensor" | "WorkflowTemplate")
            | ("grafana.integreatly.org", "Grafana")
            | ("keda.sh", "TriggerAuthentication")
            | ("monitoring.coreos.com", "AlertmanagerConfig")
            | ("secrets.hashicorp.com", "VaultAuth" | "VaultConnection")
    )
}

/// Whether a kind belongs to the cluster and is chosen by name, as classes are.
fn is_class(want: &Want) -> bool {
    // Rights are what operators give to what they make.
    let is_kept = want.kind.starts_with("Cluster") && !want.kind.starts_with("ClusterRole");
    let is_class = is_kept
        || want.kind.ends_with("Class")
        || want.kind.ends_with("AdmissionPolicy")
        || matches!(want.kind.as_str(), "CSIDriver" | "ConstraintTemplate" | "PersistentVolume" | "ProviderConfig");
    is_class && want.namespace.is_absent()
}

//! An entry of `images` or `replicas` should change something.

use std::collections::BTreeSet;

use super::faults::{self, Words};
use super::idle;
use crate::diagnostic::{Applicability, Diagnostic, RuleMeta};
use crate::graph::{Object, Snapshot, UnitId};
use crate::render::kustomize::Effect;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, support};
use crate::syntax::yaml::NodeKind;
use crate::text::{Span, near_miss};
use crate::value::Value;

declare_rule! {
    UnmatchedOverride = "unmatched-override" {
        summary: "entry of `images` or `replicas` matches nothing",
        group: Kustomize, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

/// Lists whose items have images that `images` sets.
const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

impl Rule for UnmatchedOverride {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        faults::report(cx, &META, |fault| Words {
            message: fault.message.clone(),
            primary: "matches nothing".to_owned(),
        });
        for (effect, units) in cx.head.builds.idle.iter().filter(|(effect, _)| effect.field == "images") {
            if let Some(finding) = image(cx.head, effect, units) {
                cx.report(finding);
            }
        }
    }
}

/// An entry of `images` that changes no image in any build, which kustomize passes over.
fn image(snapshot: &Snapshot, effect: &Effect, units: &[UnitId]) -> Option<Diagnostic> {
    let entry = idle::node(snapshot, effect.at)?;
    // An Application's own entry is one text.
    let at = if entry.kind() == NodeKind::Scalar { entry } else { entry.get("name")? };
    let written = at.text()?;
    let name = written.split('=').next().unwrap_or(written);
    let builds = support::and(&faults::names(snapshot, units));
    let message = format!("no container has the image `{name}` that `images` sets");
    let mut diagnostic = Diagnostic::new(&META, at.span(), message, format!("images {name}"))
        .severity(idle::level(snapshot, crate::diagnostic::Severity::Warning, effect.at, units))
        .primary("matches no image")
        .hidden(effect.at)
        .note(format!("kustomize says nothing and deploys {builds} with the images that they have"));
    let mut images = Images::default();
    idle::objects(snapshot, units).for_each(|object| images.of(object));
    // The whole of an image before its tag must be equal, registry and path included.
    let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let names: BTreeSet<&str> = images.containers.iter().map(|(name, _)| name.as_str()).collect();
    let mut same = names.iter().copied().filter(|other| last(other) == last(name));
    let near = match (same.next(), same.next()) {
        (Some(only), None) => Some(only),
        (Some(_), Some(_)) => None,
        _ => near_miss(name, names.iter().copied()),
    };
    if let Some(near) = near {
        if let Some((_, place)) = images.containers.iter().find(|(name, _)| name == near) {
            diagnostic = diagnostic.label(*place, "image of a container");
        }
        let diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        return Some(match support::replace_scalar(snapshot, at.span(), name, near, Applicability::Unsafe) {
            Some(fix) => diagnostic.fix(fix),
            None => diagnostic,
        });
    }
    if let Some((_, place)) = images.others.iter().find(|(text, _)| text == name) {
        diagnostic = diagnostic.label(*place, "stands in a field that is no container's image").help(
            "list the field under `images` in a file of `configurations`, or set it with `replacements` or a patch",
        );
    }
    Some(diagnostic)
}

/// Texts that may be images, without tag and digest.
#[derive(Default)]
struct Images {
    containers: Vec<(String, Span)>,
    others: Vec<(String, Span)>,
}

impl Images {
    fn of(&mut self, object: &Object) {
        self.look(&object.value, false);
    }

    fn look(&mut self, value: &Value, in_container: bool) {
        value.items().iter().for_each(|item| self.look(item, in_container));
        for entry in value.entries() {
            match entry.value.as_str() {
                Some(text) if in_container && entry.key == "image" => {
                    self.containers.push((bare(text).to_owned(), entry.value.span()));
                }
                Some(text) if text.len() < 512 => self.others.push((bare(text).to_owned(), entry.value.span())),
                Some(_) => {}
                None => self.look(&entry.value, CONTAINERS.contains(&entry.key.as_str())),
            }
        }
    }
}

/// An image without tag and digest.
fn bare(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

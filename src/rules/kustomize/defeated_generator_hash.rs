//! A generator without the hash in its name restarts nobody.

use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::graph::{Node, Object, ReferenceKind, Resolution, Symbol};
use crate::model::kubernetes::pod_template;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::syntax::yaml::NodeRef;
use crate::text::Span;
use crate::value::{Step, Value};

declare_rule! {
    DefeatedGeneratorHash = "defeated-generator-hash" {
        summary: "generator without a hash in its name is read as environment variables",
        group: Pedantic, level: Info, confidence: High, fix: None, since: "0.1.0", enabled: false,
    }
}

impl Rule for DefeatedGeneratorHash {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    /// Environment variables only: the files of a volume follow what they are made of.
    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        let Some(reference) = uses.first().filter(|first| {
            matches!(
                first.kind,
                ReferenceKind::ConfigMapEnv
                    | ReferenceKind::ConfigMapEnvFrom
                    | ReferenceKind::SecretEnv
                    | ReferenceKind::SecretEnvFrom
            )
        }) else {
            return;
        };
        let (Resolution::Found(found), Node::Object(holder)) = (&reference.resolution, &reference.from) else { return };
        let [target] = found.as_slice() else { return };
        let (target, holder) = (cx.head.symbol(*target), cx.head.object(*holder));
        if target.unit != reference.unit || !is_workload(holder) || is_reloaded(holder) {
            return;
        }
        let Some((generator, switch)) = switched_off(cx, target) else { return };
        let message = format!(
            "{} does not restart when {} `{}` changes, since `disableNameSuffixHash` is set",
            holder.title(),
            target.kind,
            target.name
        );
        let finding = Diagnostic::new(&META, switch, message, support::subject(cx.head, reference))
            .primary("keeps the name when the content changes")
            .label(generator, format!("{} generated here", target.kind))
            .label(reference.origin.span(), "read as environment variables, at the start only");
        cx.report(finding.help("leave the hash on, unless something outside reads the name"));
    }
}

/// Whether a change of its template restarts it. A Job runs once.
fn is_workload(object: &Object) -> bool {
    matches!(object.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet" | "Rollout")
}

/// Whether something restarts it when what it reads changes.
fn is_reloaded(object: &Object) -> bool {
    let template = pod_template(&object.group, &object.kind).and_then(|path| object.value.at(path));
    let maps = [Some(&object.value), template].into_iter().flatten();
    let mut keys = maps.filter_map(|value| value.at(&["metadata", "annotations"])).flat_map(Value::entries);
    keys.any(|entry| ["reloader", "checksum", "configmap.", "secret."].iter().any(|word| entry.key.contains(word)))
}

/// The name of the generator that makes a symbol, and what switches the hash off there.
fn switched_off(cx: &Context<'_>, target: &Symbol) -> Option<(Span, Span)> {
    let has = |step: Step| target.origin.steps().any(|derivation| derivation.step == step);
    if !has(Step::Generator) || has(Step::NameHash) {
        return None;
    }
    let at = target.origin.span();
    let file = cx.head.repository.file(cx.head.repository.path_of(at.file))?;
    let root = file.yaml()?.documents.first()?.root()?;
    let lists = ["configMapGenerator", "secretGenerator"].into_iter().filter_map(|field| root.get(field));
    let entry = lists.flat_map(NodeRef::items).find(|entry| entry.span().contains(at))?;
    let own = entry.get("options").and_then(|options| options.get("disableNameSuffixHash"));
    let all = || root.get("generatorOptions")?.get("disableNameSuffixHash");
    let switch = own.or_else(all).filter(|switch| switch.text() == Some("true"))?;
    Some((at, switch.span()))
}

//! Finalizers and owners.

use super::judge::{Judge, declare_judge};
use crate::model::names;
use crate::value::Known;

declare_judge! {
    InvalidMetadata = "invalid-metadata" {
        summary: "finalizer or owner reference that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let metadata = judge.root().get("metadata");
    for (_, finalizer) in metadata.get("finalizers").items() {
        judge.form(finalizer, "finalizer", names::qualified_name);
        let Known::Value(text) = finalizer.text() else { continue };
        let is_own = matches!(text, "kubernetes" | "orphan" | "foregroundDeletion");
        if !text.contains('/') && !is_own && judge.is_builtin() {
            judge
                .error(finalizer, format!("`{text}` is no finalizer"))
                .help("name it with the domain of the controller that removes it: `example.com/cleanup`");
        }
    }
    let mut controller = None;
    for (_, owner) in metadata.get("ownerReferences").items() {
        for key in ["apiVersion", "kind", "name", "uid"] {
            if owner.get(key).raw_text() == Known::Value("") {
                judge.error(owner.get(key), format!("an owner has no `{key}`"));
            }
        }
        if owner.get("controller").is_true() {
            if let Some(first) = controller {
                judge.error(owner.get("controller"), "two owners are the controller").label(first, "the other one");
            }
            controller = Some(owner.get("controller").span());
        }
    }
}

//! What the API server itself writes into objects.

use super::judge::{Judge, declare_judge};

declare_judge! {
    ManagedMetadata = "managed-metadata" {
        summary: "field that the cluster manages, written in the repository",
        group: Kubernetes, level: Warning, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let metadata = judge.root().get("metadata");
    for key in ["uid", "resourceVersion", "generation", "selfLink", "managedFields", "deletionTimestamp"] {
        let field = metadata.get(key);
        if !field.is_present() || field.is_empty() {
            continue;
        }
        let problem = judge.warning(field, format!("`metadata.{key}` is the cluster's to write"));
        match key {
            "resourceVersion" | "uid" => {
                problem.note("applying fails with a conflict once the object was changed or made anew")
            }
            _ => problem.note("it is dropped"),
        };
        problem.help("drop it: it is left from an export of a running object");
    }
    let last = metadata.get("annotations").get("kubectl.kubernetes.io/last-applied-configuration");
    if last.is_present() {
        judge
            .warning(last, "the annotation `last-applied-configuration` is kubectl's to write")
            .note("kubectl compares with it to find what was removed; a copy in the repository is always out of date")
            .help("drop it");
    }
}

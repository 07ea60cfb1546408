//! Which value paths of kustomizations, transformer configurations and plugin configurations the
//! recorded cases use.
//!
//! A path is used if a case that builds (or that kate must call unknown) has a value there. What the
//! value does is the case's business; that there is a case is this file's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kate::model::kustomization::is_kustomization;
use kate::render::kustomize::fields::{configuration_paths, paths, plugin_paths};
use kate::syntax::parse_yaml;
use kate::syntax::yaml::Schema;
use kate::text::{FileId, RepoPath, Side, SourceFile};
use kate::value::{Data, Value};

use super::archive::{Case, Verdict};

/// Paths that no case can use, each with the reason.
const EXCEPT: [(&str, &str); 0] = [];

/// Paths that no case uses, with what they belong to (`kustomization patches[].path`), and
/// exceptions that are none.
pub(crate) fn unused(cases: &[Case]) -> Vec<String> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    known.insert("kustomization".to_owned(), paths().into_iter().collect());
    known.insert("configurations".to_owned(), configuration_paths().into_iter().collect());
    known.extend(plugin_paths().map(|(kind, paths)| (kind.to_owned(), paths.into_iter().collect())));
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    for case in cases.iter().filter(|case| case.unknown.is_some() || matches!(case.verdict, Some(Verdict::Expected(_))))
    {
        for (path, bytes) in &case.files {
            for document in documents(bytes) {
                let kind = document.get("kind").and_then(Value::as_str).unwrap_or_default();
                let is_plugin = document.get("apiVersion").and_then(Value::as_str) == Some("builtin");
                let owner = if is_kustomization(path.rsplit('/').next().unwrap_or_default()) {
                    "kustomization"
                } else if is_plugin {
                    kind
                } else {
                    "configurations"
                };
                if let Some(known) = known.get(owner) {
                    walk(&document, "", known, &mut |path| {
                        used.insert((owner.to_owned(), path));
                    });
                }
                // Plugin configurations may stand in the kustomization itself.
                for field in ["generators", "transformers", "validators"] {
                    let inline = document.get(field).map(Value::items).unwrap_or_default();
                    for config in inline.iter().filter_map(Value::as_str).flat_map(|text| documents(text.as_bytes())) {
                        let kind = config.get("kind").and_then(Value::as_str).unwrap_or_default();
                        if let Some(known) = known.get(kind) {
                            walk(&config, "", known, &mut |path| {
                                used.insert((kind.to_owned(), path));
                            });
                        }
                    }
                }
            }
        }
    }
    let all = known.iter().flat_map(|(owner, paths)| paths.iter().map(move |path| (owner.clone(), path.clone())));
    let unused: BTreeSet<String> =
        all.filter(|path| !used.contains(path)).map(|(owner, path)| format!("{owner} {path}")).collect();
    let except: BTreeSet<String> = EXCEPT.iter().map(|(path, _)| (*path).to_owned()).collect();
    unused.symmetric_difference(&except).cloned().collect()
}

/// Call `found` with each known path that has a value.
fn walk(value: &Value, path: &str, known: &BTreeSet<String>, found: &mut impl FnMut(String)) {
    match &value.data {
        Data::Null => {}
        Data::List(items) => items.iter().for_each(|item| walk(item, &format!("{path}[]"), known, found)),
        Data::Map(map) => {
            let any = format!("{path}.*");
            if known.contains(&any) && !map.is_empty() {
                return found(any);
            }
            for entry in map.iter() {
                let below = if path.is_empty() { entry.key.to_string() } else { format!("{path}.{}", entry.key) };
                walk(&entry.value, &below, known, found);
            }
        }
        _ => found(path.to_owned()),
    }
}

/// The documents of a file; none if it is no YAML.
fn documents(bytes: &[u8]) -> Vec<Value> {
    let (Ok(text), Some(path)) = (std::str::from_utf8(bytes), RepoPath::new("x.yaml")) else { return Vec::new() };
    let source = SourceFile::new(FileId(0), path, text.into(), Side::Head, true);
    let file = parse_yaml(Arc::new(source));
    let documents = file.yaml().map(|stream| stream.documents.as_slice()).unwrap_or_default();
    documents.iter().map(|document| document.value(Schema::Kustomize)).collect()
}

//! Policies of the configuration and of the command line, loaded and evaluated.

use std::sync::Arc;

use super::{Request, load};
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::graph::Snapshot;
use crate::policy::{Params, Policies, PolicyFile, PolicyInput};
use crate::text::Sources;
use crate::vfs::{EntryKind, Lookup, VfsError, WalkOptions};

/// Policies that are ready, and what is wrong with those that are not.
pub(super) struct Loaded {
    policies: Policies,
    faults: Vec<Diagnostic>,
}

/// Read and compile the built-in policies, those of the configured directories and the request's.
///
/// # Errors
/// If the tree cannot be listed, or lacks a directory.
pub(super) fn load(request: &Request<'_>, settings: &Settings, sources: &mut Sources) -> Result<Loaded, VfsError> {
    let mut files = Vec::new();
    let (vfs, side) = request.authority();
    let directories: Vec<_> = settings.policy_dirs.iter().chain(&request.policy_dirs).collect();
    if !directories.is_empty() {
        let listing = vfs.list(&WalkOptions::default())?;
        for directory in directories {
            if listing.lookup(directory) == Lookup::Missing {
                let message = "this directory of policies does not exist".to_owned();
                return Err(VfsError::Refused { path: directory.clone(), message });
            }
            for (path, entry) in listing.below(directory) {
                if matches!(entry.kind, EntryKind::File) && path.extension() == Some("rego") {
                    let file = load::one(vfs, path.clone(), side, sources)?;
                    files.push(policy_file(path.as_str(), &file.source.text, file.source.id));
                }
            }
        }
    }
    for (path, text) in &request.policies {
        let id = load::text(path.clone(), Arc::clone(text), sources);
        files.push(policy_file(path.as_str(), text, id));
    }
    let (policies, faults) = Policies::load(&files, &params(settings));
    Ok(Loaded { policies, faults })
}

fn policy_file(path: &str, text: &Arc<str>, file: crate::text::FileId) -> PolicyFile {
    PolicyFile { path: path.to_owned(), text: Arc::clone(text), file }
}

fn params(settings: &Settings) -> Params {
    let values = |map: &serde_json::Map<String, serde_json::Value>| map.clone().into_iter().collect();
    settings.policy_parameters.iter().map(|(id, map)| (id.clone(), values(map))).collect()
}

impl Loaded {
    /// Only kate's own.
    pub(super) fn builtin() -> Self {
        let (policies, faults) = Policies::load(&[], &Params::default());
        Self { policies, faults }
    }

    /// The rules that the policies make.
    pub(super) fn rules(&self) -> Vec<RuleMeta> {
        self.policies.rules()
    }

    /// Evaluate the wanted ones, and repeat what is wrong with the others.
    pub(super) fn check(
        &self,
        head: &Snapshot,
        base: Option<&Snapshot>,
        wanted: &(dyn Fn(&RuleMeta) -> bool + Sync),
    ) -> Vec<Diagnostic> {
        let input = PolicyInput { head, base, wanted };
        let mut found = self.policies.check(&input);
        found.extend(self.faults.iter().cloned());
        found
    }
}

//! Policies of the configuration and of the command line, loaded and evaluated.

use std::sync::Arc;

use super::{Request, load};
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::graph::Snapshot;
use crate::model::terraform::Mode;
use crate::policy::{Params, Policies, PolicyFile, PolicyInput, TerraformMove, TerraformResource};
use crate::syntax::hcl::Block;
use crate::text::{Side, Sources};
use crate::value::Str;
use crate::vfs::{EntryKind, VfsError, WalkOptions};

/// Policies that are ready, and what is wrong with those that are not.
pub(super) struct Loaded {
    policies: Policies,
    faults: Vec<Diagnostic>,
}

/// Read and compile the built-in policies, those of the configured directories and the request's.
///
/// # Errors
/// If the tree cannot be listed.
pub(super) fn load(request: &Request<'_>, settings: &Settings, sources: &mut Sources) -> Result<Loaded, VfsError> {
    let mut files = Vec::new();
    if !settings.policy_dirs.is_empty() {
        let listing = request.head.list(&WalkOptions::default())?;
        for directory in &settings.policy_dirs {
            for (path, entry) in listing.below(directory) {
                if matches!(entry.kind, EntryKind::File) && path.extension() == Some("rego") {
                    let file = load::one(request.head, path.clone(), Side::Head, sources)?;
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
        let terraform = resources(head);
        let base_terraform = base.map(resources).unwrap_or_default();
        let moves = moves(head);
        let input =
            PolicyInput { head, base, terraform: &terraform, base_terraform: &base_terraform, moves: &moves, wanted };
        let mut found = self.policies.check(&input);
        found.extend(self.faults.iter().cloned());
        found
    }
}

/// Every managed resource instance of every root.
fn resources(snapshot: &Snapshot) -> Vec<TerraformResource> {
    let mut found = Vec::new();
    for root in &snapshot.terraform.roots {
        let directory = Str::from(root.directory.as_str());
        for resource in root.instances.iter().flat_map(|instance| &instance.resources) {
            if resource.mode == Mode::Managed {
                found.push(TerraformResource {
                    root: directory.clone(),
                    address: Str::from(resource.address.as_str()),
                    kind: resource.kind.clone(),
                    name: resource.name.clone(),
                    attributes: resource.attributes.clone(),
                    span: resource.name_span,
                });
            }
        }
    }
    found
}

/// The `moved` and `removed` blocks of every module instance, with addresses from the root.
fn moves(snapshot: &Snapshot) -> Vec<TerraformMove> {
    let repository = &snapshot.repository;
    let mut found = Vec::new();
    for root in &snapshot.terraform.roots {
        for instance in &root.instances {
            let Some(module) = snapshot.terraform.modules.iter().find(|module| module.directory == instance.directory)
            else {
                continue;
            };
            let prefix = if instance.address.is_empty() { String::new() } else { format!("{}.", instance.address) };
            let address = |block: &Block, name: &str| {
                let attribute = block.body.attributes.iter().find(|attribute| attribute.name == name)?;
                let text = repository.sources.slice(attribute.value.span);
                Some(Str::from(format!("{prefix}{}", text.split_whitespace().collect::<String>())))
            };
            let files = module.files.iter().filter_map(|file| repository.file(repository.path_of(*file)));
            for block in files.filter_map(|file| file.hcl()).flat_map(|body| &body.blocks) {
                let to = match block.kind.as_str() {
                    "moved" => match address(block, "to") {
                        Some(to) => Some(to),
                        None => continue,
                    },
                    "removed" => None,
                    _ => continue,
                };
                if let Some(from) = address(block, "from") {
                    found.push(TerraformMove { root: Str::from(root.directory.as_str()), from, to });
                }
            }
        }
    }
    found
}

//! Terraform as policies see it: managed resources with their `lifecycle`, `moved` and `removed`.

use std::collections::BTreeSet;

use super::document::Maker;
use super::input::{TerraformMove, TerraformResource};
use crate::graph::Snapshot;
use crate::model::terraform::Mode;
use crate::render::terraform::Instance;
use crate::syntax::hcl::{Block, Body, ExpressionKind};
use crate::text::Span;
use crate::value::{Data, Origin, Str, Value};

/// Managed resource instances of all roots.
pub(super) fn resources(snapshot: &Snapshot) -> Vec<TerraformResource> {
    let mut found = Vec::new();
    for root in &snapshot.terraform.roots {
        for instance in &root.instances {
            for resource in instance.resources.iter().filter(|resource| resource.mode == Mode::Managed) {
                let mut attributes = resource.attributes.clone();
                if let (Some(lifecycle), Some(map)) = (lifecycle(snapshot, resource.span), attributes.as_map_mut()) {
                    map.insert("lifecycle", Origin::Source(resource.span), lifecycle);
                }
                found.push(TerraformResource {
                    root: root.directory.as_str().into(),
                    address: resource.address.as_str().into(),
                    kind: resource.kind.clone(),
                    name: resource.name.clone(),
                    attributes,
                    span: resource.name_span,
                });
            }
        }
    }
    found
}

/// Roots of which every block is known, so that what is not there is gone.
pub(super) fn complete_roots(snapshot: &Snapshot) -> BTreeSet<Str> {
    let open: BTreeSet<_> = snapshot
        .terraform
        .modules
        .iter()
        .filter(|module| module.open.is_some())
        .map(|module| &module.directory)
        .collect();
    let complete = snapshot.terraform.roots.iter().filter(|root| {
        root.instances.iter().all(|instance| !open.contains(&instance.directory) && !instance.address.contains("[*]"))
    });
    complete.map(|root| root.directory.as_str().into()).collect()
}

/// `moved` blocks, and `removed` blocks that destroy nothing, of all module instances.
pub(super) fn moves(snapshot: &Snapshot) -> Vec<TerraformMove> {
    let mut found = Vec::new();
    for root in &snapshot.terraform.roots {
        for instance in &root.instances {
            for block in blocks(snapshot, instance) {
                let from = address(snapshot, instance, &block.body, "from");
                let to = match block.kind.as_str() {
                    "moved" => address(snapshot, instance, &block.body, "to"),
                    "removed" if keeps(&block.body) => None,
                    _ => continue,
                };
                if let (Some(from), true) = (from, block.kind == "removed" || to.is_some()) {
                    found.push(TerraformMove { root: root.directory.as_str().into(), from, to });
                }
            }
        }
    }
    found
}

fn blocks<'a>(snapshot: &'a Snapshot, instance: &'a Instance) -> impl Iterator<Item = &'a Block> {
    let files = snapshot.repository.files_in(&instance.directory);
    files.filter_map(|file| file.hcl()).flat_map(|body| &body.blocks)
}

fn address(snapshot: &Snapshot, instance: &Instance, body: &Body, name: &str) -> Option<Str> {
    let attribute = body.attributes.iter().find(|attribute| attribute.name == name)?;
    let text: String =
        snapshot.repository.sources.slice(attribute.value.span).chars().filter(|c| !c.is_whitespace()).collect();
    Some(if instance.address.is_empty() { text.into() } else { format!("{}.{text}", instance.address).into() })
}

fn keeps(body: &Body) -> bool {
    let lifecycle = body.blocks.iter().filter(|block| block.kind == "lifecycle");
    lifecycle
        .flat_map(|block| &block.body.attributes)
        .any(|attribute| attribute.name == "destroy" && matches!(attribute.value.kind, ExpressionKind::Bool(false)))
}

/// `lifecycle` of the block at a place: `ignore_changes` as texts, `prevent_destroy`.
fn lifecycle(snapshot: &Snapshot, at: Span) -> Option<Value> {
    let sources = &snapshot.repository.sources;
    let file = snapshot.repository.file(&sources.get(at.file).path)?;
    let block = file.hcl()?.blocks.iter().find(|block| block.span == at)?;
    let lifecycle = block.body.blocks.iter().find(|inner| inner.kind == "lifecycle")?;
    let mut map = Maker::at(lifecycle.span);
    for attribute in &lifecycle.body.attributes {
        let text = |span| Value::string(sources.slice(span).trim_matches('"'), attribute.span);
        match (attribute.name.as_str(), &attribute.value.kind) {
            ("ignore_changes", ExpressionKind::Tuple(items)) => {
                let items = items.iter().map(|item| text(item.span)).collect();
                map = map.value("ignore_changes", Value::list(items, attribute.span));
            }
            ("ignore_changes", _) => map = map.value("ignore_changes", text(attribute.value.span)),
            ("prevent_destroy", ExpressionKind::Bool(truth)) => map = map.data("prevent_destroy", Data::Bool(*truth)),
            _ => {}
        }
    }
    Some(Value::list(vec![map.build()], lifecycle.span))
}

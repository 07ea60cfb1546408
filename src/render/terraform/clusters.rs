//! Kubernetes clusters that Terraform makes, and the version that each is asked to have.

use super::tree::Tree;
use crate::model::terraform::Mode;
use crate::text::Span;
use crate::value::Value;

/// A cluster that a resource or a well-known module makes.
#[derive(Clone, Debug)]
pub struct ManagedCluster {
    /// The version as it is given; may be unknown.
    pub version: Value,
    /// Whether the provider may run a later version than the one that is given.
    pub at_least: bool,
    /// The block.
    pub span: Span,
}

/// Types of resources, the attribute with the version, and whether that is the least one.
const RESOURCES: &[(&str, &str, bool)] = &[
    ("aws_eks_cluster", "version", false),
    ("azurerm_kubernetes_cluster", "kubernetes_version", false),
    ("civo_kubernetes_cluster", "kubernetes_version", false),
    ("digitalocean_kubernetes_cluster", "version", false),
    ("exoscale_sks_cluster", "version", false),
    ("google_container_cluster", "min_master_version", true),
    ("linode_lke_cluster", "k8s_version", false),
    ("oci_containerengine_cluster", "kubernetes_version", false),
    ("ovh_cloud_project_kube", "version", false),
    ("scaleway_k8s_cluster", "version", false),
    ("vultr_kubernetes", "version", false),
];

/// The same for data sources that write the configuration of a cluster.
const DATA: &[(&str, &str, bool)] = &[("talos_machine_configuration", "kubernetes_version", false)];

/// Modules of the public registry, by their beginning, and the arguments with the version, of which
/// the first that is given counts.
const MODULES: &[(&str, &[&str], bool)] = &[
    ("terraform-aws-modules/eks/aws", &["kubernetes_version", "cluster_version"], false),
    ("cloudposse/eks-cluster/aws", &["kubernetes_version"], false),
    ("Azure/aks/azurerm", &["kubernetes_version"], false),
    ("terraform-google-modules/kubernetes-engine/google", &["kubernetes_version"], true),
    ("kube-hetzner/kube-hetzner/hcloud", &["install_k3s_version", "initial_k3s_channel"], false),
];

/// Further addresses of the same modules: GitHub.
const SOURCES: &[(&str, usize)] = &[
    ("github.com/terraform-aws-modules/terraform-aws-eks", 0),
    ("github.com/aws-ia/terraform-aws-eks-blueprints", 0),
    ("github.com/cloudposse/terraform-aws-eks-cluster", 1),
    ("github.com/Azure/terraform-azurerm-aks", 2),
    ("github.com/terraform-google-modules/terraform-google-kubernetes-engine", 3),
];

/// Add the clusters that a module instance makes.
pub(super) fn collect(tree: &Tree<'_>, id: usize, clusters: &mut Vec<ManagedCluster>) {
    let node = tree.node(id);
    for resource in node.module.declared.resources.values() {
        let table = match resource.mode {
            Mode::Managed => RESOURCES,
            Mode::Data => DATA,
            Mode::Ephemeral => continue,
        };
        let Some((_, attribute, at_least)) = table.iter().find(|(kind, ..)| *resource.kind == *kind) else { continue };
        let found = tree.instances(id, resource.mode, resource.kind, resource.name, resource.name_span);
        let Some(Ok(found)) = found else { continue };
        for version in found.list.iter().filter_map(|(_, attributes)| attributes.get(attribute)) {
            clusters.push(ManagedCluster {
                version: version.clone(),
                at_least: *at_least,
                span: resource.block.span(),
            });
        }
    }
    for call in node.module.declared.calls.values() {
        let Some((arguments, at_least)) = call.source().and_then(|(source, _)| module(source)) else { continue };
        let argument = arguments.iter().find_map(|name| call.block.attribute(name));
        let Some(argument) = argument else { continue };
        let version = tree.evaluator(id).value(&argument.value);
        clusters.push(ManagedCluster { version, at_least, span: call.block.span() });
    }
}

/// The arguments of a well-known module by its source, submodules and all.
fn module(source: &str) -> Option<(&'static [&'static str], bool)> {
    let by_name = MODULES.iter().position(|(name, ..)| {
        let source = source.strip_prefix("registry.terraform.io/").unwrap_or(source);
        let source = source.strip_prefix("registry.opentofu.org/").unwrap_or(source);
        source.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("//"))
    });
    let by_address = || {
        let found = SOURCES.iter().find(|(address, _)| {
            let rest = source.split_once(address).map(|(_, rest)| rest);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '.']))
        });
        found.map(|(_, index)| *index)
    };
    let (_, arguments, at_least) = MODULES.get(by_name.or_else(by_address)?)?;
    Some((arguments, *at_least))
}

#[cfg(test)]
mod tests {
    use super::module;

    #[test]
    fn well_known_modules() {
        for source in [
            "terraform-aws-modules/eks/aws",
            "registry.terraform.io/terraform-aws-modules/eks/aws",
            "git::https://github.com/terraform-aws-modules/terraform-aws-eks.git?ref=v20.0.0",
            "github.com/aws-ia/terraform-aws-eks-blueprints?ref=v4.32.1",
        ] {
            assert!(module(source).is_some_and(|(arguments, _)| arguments.contains(&"cluster_version")), "{source}");
        }
        let google = "terraform-google-modules/kubernetes-engine/google//modules/private-cluster";
        assert!(module(google).is_some_and(|(_, at_least)| at_least));
        for source in ["terraform-aws-modules/eks-pod-identity/aws", "terraform-aws-modules/vpc/aws", "./eks"] {
            assert!(module(source).is_none(), "{source}");
        }
    }
}

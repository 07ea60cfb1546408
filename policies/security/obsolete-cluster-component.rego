# METADATA
# title: A component is deployed that gives the cluster away
# description: Tiller and the old dashboard are administrators for everybody who reaches them.
# scope: package
# custom:
#   id: obsolete-cluster-component
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload, Service]
#   security_severity: 8.0
package kate.obsolete_cluster_component

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	is_string(container.spec.image)
	some name in ["tiller", "kubernetes-dashboard", "kubernetesui/dashboard"]
	contains(container.spec.image, name)
	result := {
		"msg": sprintf("container `%s` of %s runs `%s`", [container.name, workloads.title, container.spec.image]),
		"path": array.concat(container.path, ["image"]),
		"help": "use Helm 3 or later, and a dashboard with accounts of its own",
	}
}

warn contains result if {
	input.kind in {"Service", "Deployment"}
	some key, value in {"app": "helm", "name": "tiller"}
	input.metadata.labels[key] == value
	input.metadata.labels.name == "tiller"
	result := {
		"msg": sprintf("%s belongs to Tiller", [workloads.title]),
		"path": ["metadata", "labels"],
		"help": "use Helm 3 or later",
	}
}

# METADATA
# title: A container runs privileged
# description: A privileged container can do everything that root on the node can do.
# scope: package
# custom:
#   id: privileged-container
#   group: security
#   level: warning
#   confidence: high
#   input: object
#   security_severity: 6.5
package kate.privileged_container

# Agents of a node (CNI, CSI, device plugins) are DaemonSets and cannot work otherwise.
pod_paths := {
	"Pod": ["spec"],
	"Deployment": ["spec", "template", "spec"],
	"ReplicaSet": ["spec", "template", "spec"],
	"StatefulSet": ["spec", "template", "spec"],
	"Job": ["spec", "template", "spec"],
	"CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
}

groups := {"v1", "apps/v1", "batch/v1"}

# Tools that somebody runs by hand, examples and documentation are nobody's workload.
deployed if input.__kate__.deployed

# A document without the account of kate is somebody's test.
deployed if not input.__kate__

warn contains result if {
	input.apiVersion in groups
	deployed
	path := pod_paths[input.kind]
	pod := object.get(input, path, {})
	some list in ["initContainers", "containers"]
	some index, container in pod[list]
	container.securityContext.privileged == true
	result := {
		"msg": sprintf("container `%s` of %s `%s` runs privileged", [container.name, input.kind, input.metadata.name]),
		"path": array.concat(path, [list, index, "securityContext", "privileged"]),
		"notes": ["it can do everything that root on the node can do"],
		"help": "give it the capabilities that it needs (`securityContext.capabilities.add`) instead",
	}
}

# METADATA
# title: A container may fill the disk of its node
# description: Then the kubelet evicts pods.
# scope: package
# custom:
#   id: missing-storage-limit
#   group: efficiency
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.missing_storage_limit

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	not given(container)
	result := {
		"msg": sprintf("container `%s` of %s has no ephemeral-storage limit", [container.name, workloads.title]),
		"path": array.concat(container.path, ["resources", "limits", "ephemeral-storage"]),
		"help": "set `resources.limits.ephemeral-storage`",
	}
}

given(container) if container.spec.resources.limits["ephemeral-storage"] != null

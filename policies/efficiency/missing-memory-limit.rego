# METADATA
# title: A container may take all memory of its node
# description: A leak takes others with it.
# scope: package
# custom:
#   id: missing-memory-limit
#   group: efficiency
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.missing_memory_limit

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	not given(container)
	result := {
		"msg": sprintf("container `%s` of %s has no memory limit", [container.name, workloads.title]),
		"path": array.concat(container.path, ["resources", "limits", "memory"]),
		"help": "set `resources.limits.memory`",
	}
}

given(container) if container.spec.resources.limits["memory"] != null

# METADATA
# title: A container does not say what memory it needs
# description: It is the first to be killed when a node runs out.
# scope: package
# custom:
#   id: missing-memory-request
#   group: efficiency
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.missing_memory_request

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	not given(container)
	result := {
		"msg": sprintf("container `%s` of %s has no memory request", [container.name, workloads.title]),
		"path": array.concat(container.path, ["resources", "requests", "memory"]),
		"help": "set `resources.requests.memory`",
	}
}

given(container) if container.spec.resources.requests["memory"] != null

# Without a request, the limit is the request.
given(container) if container.spec.resources.limits["memory"] != null

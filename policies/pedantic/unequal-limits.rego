# METADATA
# title: A container may use more than it asks for
# description: The node may not have it.
# scope: package
# custom:
#   id: unequal-limits
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   params:
#     resources: ["cpu", "memory", "ephemeral-storage"]
package kate.unequal_limits

import data.kate.workloads

params := data.kate.params["unequal-limits"]

warn contains result if {
	some container in workloads.containers
	some resource in params.resources
	request := container.spec.resources.requests[resource]
	limit := container.spec.resources.limits[resource]
	request != limit
	result := {
		"msg": sprintf("container `%s` of %s asks for `%v` %s and may use `%v`", [container.name, workloads.title, request, resource, limit]),
		"path": array.concat(container.path, ["resources", "limits", resource]),
		"help": "make them equal",
	}
}

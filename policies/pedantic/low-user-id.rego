# METADATA
# title: A container may run with a user id that the node uses
# description: If it escapes, it is a user of the node.
# scope: package
# custom:
#   id: low-user-id
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   params:
#     above: 10000
package kate.low_user_id

import data.kate.workloads

params := data.kate.params["low-user-id"]

warn contains result if {
	some container in workloads.containers
	some field in ["runAsUser", "runAsGroup"]
	not high(container, field)
	result := {
		"msg": sprintf("container `%s` of %s has no `%s` above %v", [container.name, workloads.title, field, params.above]),
		"path": array.concat(container.path, ["securityContext", field]),
		"help": sprintf("set `securityContext.%s` to a number above %v", [field, params.above]),
	}
}

high(container, field) if workloads.context(container, field) > params.above

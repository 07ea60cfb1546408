# METADATA
# title: A container gets a capability that few need
# description: Each is a piece of what root may do.
# scope: package
# custom:
#   id: added-capability
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 4.0
#   params:
#     allowed: ["NET_BIND_SERVICE"]
package kate.added_capability

import data.kate.workloads

params := data.kate.params["added-capability"]

warn contains result if {
	some container in workloads.containers
	some index, name in container.spec.securityContext.capabilities.add
	is_string(name)
	capability := trim_prefix(upper(name), "CAP_")
	not capability in params.allowed
	result := {
		"msg": sprintf("container `%s` of %s adds the capability `%s`", [container.name, workloads.title, capability]),
		"path": array.concat(container.path, ["securityContext", "capabilities", "add", index]),
		"help": "leave it out if the program works without it",
	}
}

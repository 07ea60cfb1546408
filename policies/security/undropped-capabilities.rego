# METADATA
# title: A container keeps the runtime's default capabilities
# description: It keeps some of what root may do, needed or not.
# scope: package
# custom:
#   id: undropped-capabilities
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 3.0
package kate.undropped_capabilities

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	not "ALL" in workloads.capabilities(container, "drop")
	result := {
		"msg": sprintf("container `%s` of %s does not drop all capabilities", [container.name, workloads.title]),
		"path": array.concat(container.path, ["securityContext", "capabilities", "drop"]),
		"help": "set `securityContext.capabilities.drop: [ALL]` and add what is needed",
	}
}

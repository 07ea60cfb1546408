# METADATA
# title: A container sees `/proc` as the node does
# description: Files of the kernel that are hidden from containers are open.
# scope: package
# custom:
#   id: unmasked-proc
#   group: security
#   level: warning
#   confidence: high
#   input: object
#   kinds: [workload]
#   security_severity: 5.5
package kate.unmasked_proc

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	container.spec.securityContext.procMount == "Unmasked"
	result := {
		"msg": sprintf("container `%s` of %s sees `/proc` unmasked", [container.name, workloads.title]),
		"path": array.concat(container.path, ["securityContext", "procMount"]),
		"help": "remove `procMount`",
	}
}

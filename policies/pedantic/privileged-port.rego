# METADATA
# title: A container listens on a port that only root may use
# description: It needs root or a capability.
# scope: package
# custom:
#   id: privileged-port
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.privileged_port

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	some index, port in container.spec.ports
	port.containerPort > 0
	port.containerPort < 1024
	result := {
		"msg": sprintf("container `%s` of %s listens on port %v", [container.name, workloads.title, port.containerPort]),
		"path": array.concat(container.path, ["ports", index, "containerPort"]),
		"help": "listen on a port above 1023; the Service can keep the old one",
	}
}

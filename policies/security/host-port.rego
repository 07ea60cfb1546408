# METADATA
# title: A container takes a port of its node
# description: Only one such pod fits on a node, and it is reachable past every Service.
# scope: package
# custom:
#   id: host-port
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 4.0
#   params:
#     allowed: []
package kate.host_port

import data.kate.workloads

params := data.kate.params["host-port"]

warn contains result if {
	some container in workloads.containers
	some index, port in container.spec.ports
	port.hostPort > 0
	not port.hostPort in params.allowed
	result := {
		"msg": sprintf("container `%s` of %s takes port %v of its node", [container.name, workloads.title, port.hostPort]),
		"path": array.concat(container.path, ["ports", index, "hostPort"]),
		"help": "reach it through a Service",
	}
}

# METADATA
# title: A container offers SSH
# description: "`kubectl exec` does the same, with accounts and a log."
# scope: package
# custom:
#   id: ssh-port
#   group: security
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   params:
#     ports: [22]
package kate.ssh_port

import data.kate.workloads

params := data.kate.params["ssh-port"]

warn contains result if {
	some container in workloads.containers
	some index, port in container.spec.ports
	port.containerPort in params.ports
	result := {
		"msg": sprintf("container `%s` of %s listens on port %v", [container.name, workloads.title, port.containerPort]),
		"path": array.concat(container.path, ["ports", index, "containerPort"]),
		"help": "use `kubectl exec`",
	}
}

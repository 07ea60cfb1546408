# METADATA
# title: A container may send raw packets
# description: It can spoof the addresses of other pods.
# scope: package
# custom:
#   id: net-raw-capability
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 3.0
package kate.net_raw_capability

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	dropped := workloads.capabilities(container, "drop")
	not dropped["ALL"]
	not dropped["NET_RAW"]
	result := {
		"msg": sprintf("container `%s` of %s keeps the capability `NET_RAW`", [container.name, workloads.title]),
		"path": array.concat(container.path, ["securityContext", "capabilities", "drop"]),
		"help": "drop `NET_RAW` or `ALL`",
	}
}

warn contains result if {
	some container in workloads.containers
	some name in workloads.capabilities(container, "add")
	name in {"NET_RAW", "ALL"}
	result := {
		"msg": sprintf("container `%s` of %s adds the capability `%s`", [container.name, workloads.title, name]),
		"path": array.concat(container.path, ["securityContext", "capabilities", "add"]),
		"help": "leave it out if the program works without it",
	}
}

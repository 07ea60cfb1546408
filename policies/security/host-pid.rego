# METADATA
# title: A pod sees the processes of its node
# description: It can read the environment of every process, and signal it.
# scope: package
# custom:
#   id: host-pid
#   group: security
#   level: warning
#   confidence: high
#   input: object
#   kinds: [workload]
#   security_severity: 6.5
#   params:
#     everywhere: false
package kate.host_pid

import data.kate.workloads

params := data.kate.params["host-pid"]

warn contains result if {
	workloads.pod.hostPID == true
	spoken
	result := {
		"msg": sprintf("%s shares the process namespace of its node", [workloads.title]),
		"path": array.concat(workloads.path, ["hostPID"]),
		"notes": ["it can read the environment of every process of the node, secrets included"],
		"help": "remove `hostPID`, or say in an ignore comment why it is needed",
	}
}

spoken if params.everywhere

spoken if {
	workloads.deployed
	not workloads.node_agent
}

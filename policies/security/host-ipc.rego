# METADATA
# title: A pod shares the IPC namespace of its node
# description: It can read and write shared memory of other processes.
# scope: package
# custom:
#   id: host-ipc
#   group: security
#   level: warning
#   confidence: high
#   input: object
#   kinds: [workload]
#   security_severity: 5.5
#   params:
#     everywhere: false
package kate.host_ipc

import data.kate.workloads

params := data.kate.params["host-ipc"]

warn contains result if {
	workloads.pod.hostIPC == true
	spoken
	result := {
		"msg": sprintf("%s shares the IPC namespace of its node", [workloads.title]),
		"path": array.concat(workloads.path, ["hostIPC"]),
		"notes": ["it can read and write shared memory and queues of processes of the node"],
		"help": "remove `hostIPC`, or say in an ignore comment why it is needed",
	}
}

spoken if params.everywhere

spoken if {
	workloads.deployed
	not workloads.node_agent
}

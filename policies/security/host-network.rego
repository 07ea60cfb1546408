# METADATA
# title: A pod uses the network of its node
# description: It sees the node's traffic and no NetworkPolicy holds for it.
# scope: package
# custom:
#   id: host-network
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 5.0
#   params:
#     node_agents: false
package kate.host_network

import data.kate.workloads

params := data.kate.params["host-network"]

warn contains result if {
	workloads.pod.hostNetwork == true
	spoken
	result := {
		"msg": sprintf("%s uses the network of its node", [workloads.title]),
		"path": array.concat(workloads.path, ["hostNetwork"]),
		"notes": ["it sees the traffic of the node, and no NetworkPolicy holds for it"],
		"help": "remove `hostNetwork`, or say in an ignore comment why it is needed",
	}
}

spoken if params.node_agents

spoken if not workloads.node_agent

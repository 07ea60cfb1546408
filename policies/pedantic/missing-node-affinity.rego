# METADATA
# title: A workload may run on any node
# description: Nothing says which nodes it is for.
# scope: package
# custom:
#   id: missing-node-affinity
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.missing_node_affinity

import data.kate.workloads

warn contains result if {
	workloads.pod
	not workloads.pod.affinity.nodeAffinity
	not workloads.pod.nodeSelector
	result := {
		"msg": sprintf("%s may run on any node", [workloads.title]),
		"path": array.concat(workloads.path, ["affinity", "nodeAffinity"]),
		"help": "choose nodes with `nodeAffinity` or `nodeSelector`",
	}
}

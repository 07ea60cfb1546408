# METADATA
# title: All replicas may run on one node
# description: Its loss takes all of them.
# scope: package
# custom:
#   id: unspread-replicas
#   group: reliability
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Deployment, StatefulSet, Rollout, ReplicaSet]
#   params:
#     constraints: true
package kate.unspread_replicas

import data.kate.workloads

params := data.kate.params["unspread-replicas"]

warn contains result if {
	workloads.replicas > 1
	workloads.pod
	not spread
	result := {
		"msg": sprintf("nothing keeps the replicas of %s apart", [workloads.title]),
		"path": array.concat(workloads.path, ["affinity", "podAntiAffinity"]),
		"help": "add `topologySpreadConstraints` or a `podAntiAffinity` over `kubernetes.io/hostname`",
	}
}

spread if {
	some kind in ["requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"]
	count(workloads.pod.affinity.podAntiAffinity[kind]) > 0
}

spread if {
	params.constraints
	count(workloads.pod.topologySpreadConstraints) > 0
}

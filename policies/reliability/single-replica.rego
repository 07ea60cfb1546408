# METADATA
# title: A workload runs once
# description: It is away whenever its node is.
# scope: package
# custom:
#   id: single-replica
#   group: reliability
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Deployment, StatefulSet, Rollout]
#   params:
#     minimum: 2
package kate.single_replica

import data.kate.workloads

params := data.kate.params["single-replica"]

warn contains result if {
	workloads.replicas < params.minimum
	workloads.replicas > 0
	workloads.pod
	result := {
		"msg": sprintf("%s has %v replica, less than %v", [workloads.title, workloads.replicas, params.minimum]),
		"path": ["spec", "replicas"],
		"help": "run more of them if it can",
	}
}

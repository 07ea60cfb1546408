# METADATA
# title: A disruption budget never allows an eviction
# description: Nodes cannot be drained.
# scope: package
# custom:
#   id: blocking-disruption-budget
#   group: reliability
#   level: warning
#   confidence: high
#   input: object
#   kinds: [PodDisruptionBudget]
#   params:
#     everywhere: false
package kate.blocking_disruption_budget

import data.kate.workloads

params := data.kate.params["blocking-disruption-budget"]

warn contains result if {
	input.spec.maxUnavailable in {0, "0", "0%"}
	spoken
	result := {
		"msg": sprintf("PodDisruptionBudget `%s` allows no eviction", [input.metadata.name]),
		"path": ["spec", "maxUnavailable"],
		"notes": ["draining a node waits for it, and upgrades of nodes stand still or kill the pods in the end"],
		"help": "allow one pod to be away",
	}
}

warn contains result if {
	input.spec.minAvailable == "100%"
	spoken
	result := {
		"msg": sprintf("PodDisruptionBudget `%s` allows no eviction", [input.metadata.name]),
		"path": ["spec", "minAvailable"],
		"notes": ["draining a node waits for it, and upgrades of nodes stand still or kill the pods in the end"],
		"help": "allow one pod to be away",
	}
}

spoken if params.everywhere

spoken if workloads.deployed

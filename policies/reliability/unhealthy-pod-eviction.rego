# METADATA
# title: A disruption budget keeps pods that do not work
# description: A crashing pod stops the drain of its node.
# scope: package
# custom:
#   id: unhealthy-pod-eviction
#   group: reliability
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [PodDisruptionBudget]
package kate.unhealthy_pod_eviction

warn contains result if {
	input.spec
	not input.spec.unhealthyPodEvictionPolicy
	result := {
		"msg": sprintf("PodDisruptionBudget `%s` also keeps pods that are not ready", [input.metadata.name]),
		"path": ["spec", "unhealthyPodEvictionPolicy"],
		"help": "set `unhealthyPodEvictionPolicy: AlwaysAllow`",
	}
}

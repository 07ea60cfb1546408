# METADATA
# title: An autoscaler has nothing to choose
# description: Its bounds are equal.
# scope: package
# custom:
#   id: fixed-autoscaler
#   group: reliability
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [HorizontalPodAutoscaler]
package kate.fixed_autoscaler

warn contains result if {
	input.spec.minReplicas == input.spec.maxReplicas
	result := {
		"msg": sprintf("HorizontalPodAutoscaler `%s` always has %v replicas", [input.metadata.name, input.spec.maxReplicas]),
		"path": ["spec", "maxReplicas"],
		"help": "set `replicas` of the workload, or raise `maxReplicas`",
	}
}

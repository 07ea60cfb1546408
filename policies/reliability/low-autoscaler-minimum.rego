# METADATA
# title: An autoscaler may leave a single pod
# description: It is away whenever its node is.
# scope: package
# custom:
#   id: low-autoscaler-minimum
#   group: reliability
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [HorizontalPodAutoscaler]
#   params:
#     minimum: 2
package kate.low_autoscaler_minimum

params := data.kate.params["low-autoscaler-minimum"]

minimum := object.get(input.spec, "minReplicas", 1)

warn contains result if {
	minimum < params.minimum
	result := {
		"msg": sprintf("HorizontalPodAutoscaler `%s` may scale down to %v", [input.metadata.name, minimum]),
		"path": ["spec", "minReplicas"],
		"help": sprintf("set `minReplicas` to %v or more", [params.minimum]),
	}
}

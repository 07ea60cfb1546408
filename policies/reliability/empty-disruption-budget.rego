# METADATA
# title: A disruption budget has no budget
# description: It allows everything or nothing, depending on who reads it.
# scope: package
# custom:
#   id: empty-disruption-budget
#   group: reliability
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [PodDisruptionBudget]
package kate.empty_disruption_budget

warn contains result if {
	input.spec
	not "minAvailable" in object.keys(input.spec)
	not "maxUnavailable" in object.keys(input.spec)
	result := {
		"msg": sprintf("PodDisruptionBudget `%s` has neither `minAvailable` nor `maxUnavailable`", [input.metadata.name]),
		"path": ["spec", "minAvailable"],
		"help": "set one of them",
	}
}

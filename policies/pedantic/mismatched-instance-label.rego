# METADATA
# title: The label for the instance is not the name
# description: Tools group by it.
# scope: package
# custom:
#   id: mismatched-instance-label
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.mismatched_instance_label

import data.kate.workloads

warn contains result if {
	label := input.metadata.labels["app.kubernetes.io/instance"]
	label != input.metadata.name
	result := {
		"msg": sprintf("%s has the label `app.kubernetes.io/instance: %s`", [workloads.title, label]),
		"path": ["metadata", "labels", "app.kubernetes.io/instance"],
		"help": "make them equal if your tools expect that",
	}
}

# METADATA
# title: A workload has no priority
# description: It is evicted like everything else.
# scope: package
# custom:
#   id: missing-priority-class
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.missing_priority_class

import data.kate.workloads

warn contains result if {
	workloads.pod
	not named
	result := {
		"msg": sprintf("%s has no `priorityClassName`", [workloads.title]),
		"path": array.concat(workloads.path, ["priorityClassName"]),
		"help": "name a PriorityClass",
	}
}

named if count(workloads.pod.priorityClassName) > 0

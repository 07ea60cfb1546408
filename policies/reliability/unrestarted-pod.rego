# METADATA
# title: A pod is not restarted when it fails
# description: It stays failed until somebody looks.
# scope: package
# custom:
#   id: unrestarted-pod
#   group: reliability
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Pod]
package kate.unrestarted_pod

import data.kate.workloads

warn contains result if {
	input.kind == "Pod"
	object.get(workloads.pod, "restartPolicy", "Always") == "Never"
	result := {
		"msg": sprintf("%s is not restarted when it fails", [workloads.title]),
		"path": array.concat(workloads.path, ["restartPolicy"]),
		"help": "use a Job, or `restartPolicy: OnFailure`",
	}
}

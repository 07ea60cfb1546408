# METADATA
# title: A container that hangs is not restarted
# description: Nobody notices a deadlock but its users.
# scope: package
# custom:
#   id: missing-liveness-probe
#   group: reliability
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.missing_liveness_probe

import data.kate.workloads

warn contains result if {
	not workloads.ends
	some container in workloads.lasting
	not container.spec.livenessProbe
	result := {
		"msg": sprintf("container `%s` of %s has no livenessProbe", [container.name, workloads.title]),
		"path": array.concat(container.path, ["livenessProbe"]),
		"help": "add one, cheap and without dependencies of its own",
	}
}

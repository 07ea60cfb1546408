# METADATA
# title: A container gets traffic before it is ready
# description: Requests fail at every rollout.
# scope: package
# custom:
#   id: missing-readiness-probe
#   group: reliability
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.missing_readiness_probe

import data.kate.workloads

warn contains result if {
	not workloads.ends
	some container in workloads.lasting
	not container.spec.readinessProbe
	result := {
		"msg": sprintf("container `%s` of %s has no readinessProbe", [container.name, workloads.title]),
		"path": array.concat(container.path, ["readinessProbe"]),
		"help": "add one, cheap and without dependencies of its own",
	}
}

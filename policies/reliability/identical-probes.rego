# METADATA
# title: Readiness and liveness are told by the same probe
# description: A pod that is only busy is killed.
# scope: package
# custom:
#   id: identical-probes
#   group: reliability
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.identical_probes

import data.kate.workloads

warn contains result if {
	some container in workloads.lasting
	container.spec.readinessProbe == container.spec.livenessProbe
	result := {
		"msg": sprintf("container `%s` of %s has the same probe for readiness and for liveness", [container.name, workloads.title]),
		"path": array.concat(container.path, ["livenessProbe"]),
		"help": "let the liveness probe fail later, or ask for less",
	}
}

# METADATA
# title: A container may take all idle CPU of its node
# description: Its speed depends on its neighbours.
# scope: package
# custom:
#   id: missing-cpu-limit
#   group: efficiency
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.missing_cpu_limit

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	not given(container)
	result := {
		"msg": sprintf("container `%s` of %s has no cpu limit", [container.name, workloads.title]),
		"path": array.concat(container.path, ["resources", "limits", "cpu"]),
		"help": "set `resources.limits.cpu`",
	}
}

given(container) if container.spec.resources.limits["cpu"] != null

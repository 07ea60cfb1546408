# METADATA
# title: A container does not say what CPU it needs
# description: Under load it gets next to none.
# scope: package
# custom:
#   id: missing-cpu-request
#   group: efficiency
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.missing_cpu_request

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	not given(container)
	result := {
		"msg": sprintf("container `%s` of %s has no cpu request", [container.name, workloads.title]),
		"path": array.concat(container.path, ["resources", "requests", "cpu"]),
		"help": "set `resources.requests.cpu`",
	}
}

given(container) if container.spec.resources.requests["cpu"] != null

# Without a request, the limit is the request.
given(container) if container.spec.resources.limits["cpu"] != null

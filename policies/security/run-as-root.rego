# METADATA
# title: Nothing keeps a container from running as root
# description: Root in a container is root on the node when anything else fails.
# scope: package
# custom:
#   id: run-as-root
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 4.0
package kate.run_as_root

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	not non_root(container)
	result := {
		"msg": sprintf("container `%s` of %s may run as root", [container.name, workloads.title]),
		"path": array.concat(container.path, ["securityContext", "runAsNonRoot"]),
		"help": "set `runAsNonRoot: true`, or `runAsUser` to a user that is not 0",
	}
}

# `runAsNonRoot` makes the kubelet refuse root, whatever `runAsUser` says.
non_root(container) if workloads.context(container, "runAsNonRoot") == true

non_root(container) if workloads.context(container, "runAsUser") > 0

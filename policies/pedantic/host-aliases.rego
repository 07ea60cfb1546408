# METADATA
# title: A pod has names that no DNS knows
# description: They hide where it connects to, and go stale.
# scope: package
# custom:
#   id: host-aliases
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.host_aliases

import data.kate.workloads

warn contains result if {
	count(workloads.pod.hostAliases) > 0
	result := {
		"msg": sprintf("%s writes its own `/etc/hosts`", [workloads.title]),
		"path": array.concat(workloads.path, ["hostAliases"]),
		"help": "use a Service without selector, or DNS",
	}
}

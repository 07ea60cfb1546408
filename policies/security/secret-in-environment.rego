# METADATA
# title: A container has a secret in its environment
# description: Environments are logged, dumped and inherited.
# scope: package
# custom:
#   id: secret-in-environment
#   group: security
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.secret_in_environment

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	some index, variable in container.spec.env
	variable.valueFrom.secretKeyRef
	result := {
		"msg": sprintf("container `%s` of %s has a secret in the variable `%s`", [container.name, workloads.title, variable.name]),
		"path": array.concat(container.path, ["env", index, "valueFrom", "secretKeyRef"]),
		"help": "mount the Secret as a file",
	}
}

warn contains result if {
	some container in workloads.containers
	some index, source in container.spec.envFrom
	source.secretRef
	result := {
		"msg": sprintf("container `%s` of %s has all of a Secret in its environment", [container.name, workloads.title]),
		"path": array.concat(container.path, ["envFrom", index, "secretRef"]),
		"help": "mount the Secret as a file",
	}
}

# METADATA
# title: A container switches off seccomp or AppArmor
# description: It has less protection than the default.
# scope: package
# custom:
#   id: unconfined-container
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 4.0
package kate.unconfined_container

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	some field in ["seccompProfile", "appArmorProfile"]
	container.spec.securityContext[field].type == "Unconfined"
	result := {
		"msg": sprintf("container `%s` of %s has an unconfined `%s`", [container.name, workloads.title, field]),
		"path": array.concat(container.path, ["securityContext", field, "type"]),
		"help": "use `RuntimeDefault`",
	}
}

warn contains result if {
	some field in ["seccompProfile", "appArmorProfile"]
	workloads.pod.securityContext[field].type == "Unconfined"
	result := {
		"msg": sprintf("%s has an unconfined `%s`", [workloads.title, field]),
		"path": array.concat(workloads.path, ["securityContext", field, "type"]),
		"help": "use `RuntimeDefault`",
	}
}

warn contains result if {
	some key, value in workloads.metadata.annotations
	startswith(key, "container.apparmor.security.beta.kubernetes.io/")
	value == "unconfined"
	result := {
		"msg": sprintf("%s switches AppArmor off by annotation", [workloads.title]),
		"path": array.concat(array.slice(workloads.path, 0, count(workloads.path) - 1), ["metadata", "annotations", key]),
		"help": "use `runtime/default`",
	}
}

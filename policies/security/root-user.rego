# METADATA
# title: A container is told to run as root
# description: It has every right over what it mounts.
# scope: package
# custom:
#   id: root-user
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 5.0
package kate.root_user

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	some field in ["runAsUser", "runAsGroup"]
	container.spec.securityContext[field] == 0
	result := {
		"msg": sprintf("container `%s` of %s has `%s: 0`", [container.name, workloads.title, field]),
		"path": array.concat(container.path, ["securityContext", field]),
		"help": "build the image so that it runs as another user",
	}
}

warn contains result if {
	some field in ["runAsUser", "runAsGroup", "fsGroup"]
	workloads.pod.securityContext[field] == 0
	result := {
		"msg": sprintf("%s has `%s: 0`", [workloads.title, field]),
		"path": array.concat(workloads.path, ["securityContext", field]),
		"help": "build the image so that it runs as another user",
	}
}

warn contains result if {
	some index, group in workloads.pod.securityContext.supplementalGroups
	group == 0
	result := {
		"msg": sprintf("%s has group 0 among its `supplementalGroups`", [workloads.title]),
		"path": array.concat(workloads.path, ["securityContext", "supplementalGroups", index]),
		"help": "leave it out",
	}
}

# METADATA
# title: A container may gain more privileges than its parent
# description: A setuid program in the image makes its user root.
# scope: package
# custom:
#   id: privilege-escalation
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 5.0
package kate.privilege_escalation

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	not container.spec.securityContext.allowPrivilegeEscalation == false
	result := {
		"msg": sprintf("container `%s` of %s may gain privileges", [container.name, workloads.title]),
		"path": array.concat(container.path, ["securityContext", "allowPrivilegeEscalation"]),
		"help": "set `securityContext.allowPrivilegeEscalation: false`",
	}
}

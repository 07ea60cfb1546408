# METADATA
# title: OpenShift may run privileged containers
# description: Whoever may use the constraint is root on the nodes.
# scope: package
# custom:
#   id: privileged-security-context-constraint
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [SecurityContextConstraints]
#   security_severity: 5.0
package kate.privileged_security_context_constraint

warn contains result if {
	input.allowPrivilegedContainer == true
	result := {
		"msg": sprintf("SecurityContextConstraints `%s` allow privileged containers", [input.metadata.name]),
		"path": ["allowPrivilegedContainer"],
		"help": "set it to false",
	}
}

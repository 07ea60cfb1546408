# METADATA
# title: A role may run commands in pods
# description: Who has it has what the pods have.
# scope: package
# custom:
#   id: rbac-pod-exec
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 5.5
package kate.rbac_pod_exec

resources := {"pods/attach", "pods/exec"}

verbs := {"create", "delete", "get", "impersonate", "list", "patch", "update", "watch"}

groups := {""}

warn contains result if {
	some index, rule in input.rules
	some group in rule.apiGroups
	any_of(group, groups)
	some resource in rule.resources
	any_of(resource, resources)
	some verb in rule.verbs
	any_of(verb, verbs)
	result := {
		"msg": sprintf("%s `%s` may run commands in pods", [input.kind, input.metadata.name]),
		"path": ["rules", index, "resources"],
		"notes": ["inside a pod are its token, its Secrets and its network"],
		"help": "allow only what is needed, by `resourceNames` where that is possible",
	}
}

any_of(name, _) if name == "*"

any_of(name, names) if names[name]

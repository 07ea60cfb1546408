# METADATA
# title: A role may change roles or bindings
# description: Together with `bind` or with what it has already, it spreads rights.
# scope: package
# custom:
#   id: rbac-role-management
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 5.0
package kate.rbac_role_management

resources := {"clusterrolebindings", "clusterroles", "rolebindings", "roles"}

verbs := {"create", "delete", "deletecollection", "patch", "update"}

groups := {"rbac.authorization.k8s.io"}

warn contains result if {
	some index, rule in input.rules
	some group in rule.apiGroups
	any_of(group, groups)
	some resource in rule.resources
	any_of(resource, resources)
	some verb in rule.verbs
	any_of(verb, verbs)
	result := {
		"msg": sprintf("%s `%s` may change roles or bindings", [input.kind, input.metadata.name]),
		"path": ["rules", index, "resources"],
		"notes": ["whoever has it can hand on everything that they have"],
		"help": "allow only what is needed, by `resourceNames` where that is possible",
	}
}

any_of(name, _) if name == "*"

any_of(name, names) if names[name]

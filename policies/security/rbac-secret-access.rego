# METADATA
# title: A role may read Secrets
# description: Who has it has every credential in reach.
# scope: package
# custom:
#   id: rbac-secret-access
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 5.0
package kate.rbac_secret_access

resources := {"secrets"}

verbs := {"get", "list", "watch"}

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
		"msg": sprintf("%s `%s` may read Secrets", [input.kind, input.metadata.name]),
		"path": ["rules", index, "resources"],
		"notes": ["whoever has it reads every Secret that it reaches"],
		"help": "allow only what is needed, by `resourceNames` where that is possible",
	}
}

any_of(name, _) if name == "*"

any_of(name, names) if names[name]

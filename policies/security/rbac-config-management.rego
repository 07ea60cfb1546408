# METADATA
# title: A role may change ConfigMaps
# description: Programs, and `aws-auth`, trust what they hold.
# scope: package
# custom:
#   id: rbac-config-management
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 4.0
package kate.rbac_config_management

resources := {"configmaps"}

verbs := {"create", "delete", "deletecollection", "impersonate", "patch", "update"}

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
		"msg": sprintf("%s `%s` may change ConfigMaps", [input.kind, input.metadata.name]),
		"path": ["rules", index, "resources"],
		"notes": ["programs run with what ConfigMaps hold; `aws-auth` of EKS says who is an administrator"],
		"help": "allow only what is needed, by `resourceNames` where that is possible",
	}
}

any_of(name, _) if name == "*"

any_of(name, names) if names[name]

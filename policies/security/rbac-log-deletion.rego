# METADATA
# title: A role may delete pods' logs
# description: Traces of what happened go.
# scope: package
# custom:
#   id: rbac-log-deletion
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 3.0
package kate.rbac_log_deletion

resources := {"pods/log"}

verbs := {"delete", "deletecollection"}

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
		"msg": sprintf("%s `%s` may delete logs of pods", [input.kind, input.metadata.name]),
		"path": ["rules", index, "resources"],
		"notes": ["what cannot be read afterwards cannot be found out"],
		"help": "allow only what is needed, by `resourceNames` where that is possible",
	}
}

any_of(name, _) if name == "*"

any_of(name, names) if names[name]

# METADATA
# title: A role may give itself rights
# description: "`bind`, `escalate` and `impersonate` have no limit but themselves."
# scope: package
# custom:
#   id: rbac-escalation
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 7.0
package kate.rbac_escalation

resources := {"clusterrolebindings", "clusterroles", "groups", "rolebindings", "roles", "serviceaccounts", "users"}

verbs := {"bind", "escalate", "impersonate"}

groups := {"", "rbac.authorization.k8s.io"}

warn contains result if {
	some index, rule in input.rules
	some group in rule.apiGroups
	any_of(group, groups)
	some resource in rule.resources
	any_of(resource, resources)
	some verb in rule.verbs
	any_of(verb, verbs)
	result := {
		"msg": sprintf("%s `%s` may give itself further rights", [input.kind, input.metadata.name]),
		"path": ["rules", index, "resources"],
		"notes": ["RBAC keeps people from giving what they do not have; these verbs are the exceptions"],
		"help": "allow only what is needed, by `resourceNames` where that is possible",
	}
}

any_of(name, _) if name == "*"

any_of(name, names) if names[name]

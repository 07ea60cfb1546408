# METADATA
# title: A role may speak to kubelets
# description: Past the API server, its admission and its audit log.
# scope: package
# custom:
#   id: rbac-node-proxy
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 6.5
package kate.rbac_node_proxy

resources := {"nodes/proxy"}

verbs := {"create", "delete", "get", "list", "patch", "update", "watch"}

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
		"msg": sprintf("%s `%s` may speak to kubelets", [input.kind, input.metadata.name]),
		"path": ["rules", index, "resources"],
		"notes": ["commands run in every pod of a node, past admission and the audit log"],
		"help": "allow only what is needed, by `resourceNames` where that is possible",
	}
}

any_of(name, _) if name == "*"

any_of(name, names) if names[name]

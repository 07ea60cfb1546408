# METADATA
# title: A role may change how traffic flows
# description: Services, Ingresses and NetworkPolicies decide who hears what.
# scope: package
# custom:
#   id: rbac-network-management
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 4.0
package kate.rbac_network_management

resources := {"endpoints", "endpointslices", "ingresses", "networkpolicies", "services", "services/status"}

verbs := {"create", "delete", "deletecollection", "impersonate", "patch", "update"}

groups := {"", "discovery.k8s.io", "networking.k8s.io"}

warn contains result if {
	some index, rule in input.rules
	some group in rule.apiGroups
	any_of(group, groups)
	some resource in rule.resources
	any_of(resource, resources)
	some verb in rule.verbs
	any_of(verb, verbs)
	result := {
		"msg": sprintf("%s `%s` may change how traffic flows", [input.kind, input.metadata.name]),
		"path": ["rules", index, "resources"],
		"notes": ["traffic of others can be led elsewhere"],
		"help": "allow only what is needed, by `resourceNames` where that is possible",
	}
}

any_of(name, _) if name == "*"

any_of(name, names) if names[name]

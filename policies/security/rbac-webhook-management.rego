# METADATA
# title: A role may change admission webhooks
# description: Who has it sees and changes every object of the cluster.
# scope: package
# custom:
#   id: rbac-webhook-management
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 6.0
package kate.rbac_webhook_management

resources := {"mutatingwebhookconfigurations", "validatingwebhookconfigurations"}

verbs := {"create", "delete", "deletecollection", "patch", "update"}

groups := {"admissionregistration.k8s.io"}

warn contains result if {
	some index, rule in input.rules
	some group in rule.apiGroups
	any_of(group, groups)
	some resource in rule.resources
	any_of(resource, resources)
	some verb in rule.verbs
	any_of(verb, verbs)
	result := {
		"msg": sprintf("%s `%s` may change admission webhooks", [input.kind, input.metadata.name]),
		"path": ["rules", index, "resources"],
		"notes": ["a webhook sees every object that is created, Secrets included"],
		"help": "allow only what is needed, by `resourceNames` where that is possible",
	}
}

any_of(name, _) if name == "*"

any_of(name, names) if names[name]

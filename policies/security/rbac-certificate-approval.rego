# METADATA
# title: A role may approve certificates
# description: Who has it makes itself any user.
# scope: package
# custom:
#   id: rbac-certificate-approval
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 6.0
package kate.rbac_certificate_approval

resources := {"certificatesigningrequests", "certificatesigningrequests/approval", "signers"}

verbs := {"approve", "patch", "sign", "update"}

groups := {"certificates.k8s.io"}

warn contains result if {
	some index, rule in input.rules
	some group in rule.apiGroups
	any_of(group, groups)
	some resource in rule.resources
	any_of(resource, resources)
	some verb in rule.verbs
	any_of(verb, verbs)
	result := {
		"msg": sprintf("%s `%s` may approve certificates", [input.kind, input.metadata.name]),
		"path": ["rules", index, "resources"],
		"notes": ["a client certificate names its user and groups"],
		"help": "allow only what is needed, by `resourceNames` where that is possible",
	}
}

any_of(name, _) if name == "*"

any_of(name, names) if names[name]

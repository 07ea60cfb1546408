# METADATA
# title: A role uses a wildcard
# description: It allows what does not exist yet.
# scope: package
# custom:
#   id: wildcard-in-role
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 4.0
package kate.wildcard_in_role

warn contains result if {
	some index, rule in input.rules
	some field in ["apiGroups", "resources", "verbs"]
	"*" in rule[field]
	result := {
		"msg": sprintf("%s `%s` has a wildcard in `%s`", [input.kind, input.metadata.name, field]),
		"path": ["rules", index, field],
		"help": "name what is needed",
	}
}

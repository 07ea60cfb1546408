# METADATA
# title: A role allows everything
# description: Who has it is an administrator under another name.
# scope: package
# custom:
#   id: wildcard-rbac
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 6.0
package kate.wildcard_rbac

warn contains result if {
	startswith(input.apiVersion, "rbac.authorization.k8s.io/")
	input.kind in {"Role", "ClusterRole"}
	some index, rule in input.rules
	every field in ["apiGroups", "resources", "verbs"] {
		"*" in rule[field]
	}
	result := {
		"msg": sprintf("%s `%s` allows every verb on every resource", [input.kind, input.metadata.name]),
		"path": ["rules", index, "verbs"],
		"help": "name the resources and verbs that are needed, or bind `cluster-admin` openly",
	}
}

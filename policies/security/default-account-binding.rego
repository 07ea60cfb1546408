# METADATA
# title: Rights are given to a default service account
# description: Every pod of the namespace without an account of its own has them.
# scope: package
# custom:
#   id: default-account-binding
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [ClusterRoleBinding, RoleBinding]
#   security_severity: 4.0
package kate.default_account_binding

warn contains result if {
	some index, subject in input.subjects
	subject.kind == "ServiceAccount"
	subject.name == "default"
	result := {
		"msg": sprintf("%s `%s` gives rights to the service account `default`", [input.kind, input.metadata.name]),
		"path": ["subjects", index, "name"],
		"help": "give the pods that need them an account of their own",
	}
}

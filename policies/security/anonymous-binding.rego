# METADATA
# title: Rights are given to everybody
# description: Whoever reaches the API server has them.
# scope: package
# custom:
#   id: anonymous-binding
#   group: security
#   level: warning
#   confidence: high
#   input: object
#   kinds: [ClusterRoleBinding, RoleBinding]
#   security_severity: 7.5
#   params:
#     subjects: ["system:anonymous", "system:unauthenticated", "system:masters"]
package kate.anonymous_binding

params := data.kate.params["anonymous-binding"]

# What Kubernetes itself gives to everybody.
harmless := {"system:discovery", "system:basic-user", "system:public-info-viewer", "system:service-account-issuer-discovery"}

warn contains result if {
	some index, subject in input.subjects
	subject.kind in {"User", "Group"}
	subject.name in params.subjects
	not input.roleRef.name in harmless
	result := {
		"msg": sprintf("%s `%s` gives `%s` to `%s`", [input.kind, input.metadata.name, input.roleRef.name, subject.name]),
		"path": ["subjects", index, "name"],
		"notes": [whom[subject.name]],
		"help": "name the accounts that need it",
	}
}

whom := {
	"system:anonymous": "that is everybody who reaches the API server",
	"system:unauthenticated": "that is everybody who reaches the API server",
	"system:authenticated": "that is every service account and, with some providers, everybody with an account there",
	"system:masters": "that group passes every check, whatever is bound to it",
}

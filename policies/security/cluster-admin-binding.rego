# METADATA
# title: Somebody is made an administrator of the cluster
# description: They may do everything, to everything.
# scope: package
# custom:
#   id: cluster-admin-binding
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [ClusterRoleBinding, RoleBinding]
#   security_severity: 5.0
#   params:
#     roles: ["cluster-admin"]
package kate.cluster_admin_binding

params := data.kate.params["cluster-admin-binding"]

warn contains result if {
	input.roleRef.name in params.roles
	result := {
		"msg": sprintf("%s `%s` gives the role `%s`", [input.kind, input.metadata.name, input.roleRef.name]),
		"path": ["roleRef", "name"],
		"help": "bind a role with what is needed",
	}
}

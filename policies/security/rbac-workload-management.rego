# METADATA
# title: A role may create pods
# description: Who creates pods reads every Secret of the namespace.
# scope: package
# custom:
#   id: rbac-workload-management
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Role, ClusterRole]
#   security_severity: 4.5
package kate.rbac_workload_management

resources := {"cronjobs", "daemonsets", "deployments", "jobs", "pods", "replicasets", "replicationcontrollers", "statefulsets"}

verbs := {"create", "delete", "deletecollection", "impersonate", "patch", "update"}

groups := {"", "apps", "batch"}

warn contains result if {
	some index, rule in input.rules
	some group in rule.apiGroups
	any_of(group, groups)
	some resource in rule.resources
	any_of(resource, resources)
	some verb in rule.verbs
	any_of(verb, verbs)
	result := {
		"msg": sprintf("%s `%s` may change workloads", [input.kind, input.metadata.name]),
		"path": ["rules", index, "resources"],
		"notes": ["a pod can mount every Secret and use every service account of its namespace"],
		"help": "allow only what is needed, by `resourceNames` where that is possible",
	}
}

any_of(name, _) if name == "*"

any_of(name, names) if names[name]

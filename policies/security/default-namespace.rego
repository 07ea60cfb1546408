# METADATA
# title: An object is in the default namespace
# description: Nothing keeps it apart from what others put there.
# scope: package
# custom:
#   id: default-namespace
#   group: security
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload, Service, ConfigMap, Secret, Ingress, Role, RoleBinding, ServiceAccount, PersistentVolumeClaim, NetworkPolicy]
package kate.default_namespace

import data.kate.workloads

warn contains result if {
	namespace == "default"
	result := {
		"msg": sprintf("%s is in the namespace `default`", [workloads.title]),
		"path": ["metadata", "namespace"],
		"help": "give it a namespace of its own",
	}
}

namespace := input.metadata.namespace if {
	input.metadata.namespace
} else := input.__kate__.namespace

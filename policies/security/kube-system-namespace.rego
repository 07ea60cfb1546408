# METADATA
# title: A workload is in a namespace of the cluster itself
# description: It is exempt from policies that hold for everybody else.
# scope: package
# custom:
#   id: kube-system-namespace
#   group: security
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   params:
#     namespaces: ["kube-system", "kube-public", "kube-node-lease"]
package kate.kube_system_namespace

import data.kate.workloads

params := data.kate.params["kube-system-namespace"]

warn contains result if {
	namespace in params.namespaces
	result := {
		"msg": sprintf("%s is in the namespace `%s`", [workloads.title, namespace]),
		"path": ["metadata", "namespace"],
		"help": "give it a namespace of its own",
	}
}

namespace := input.metadata.namespace if {
	input.metadata.namespace
} else := input.__kate__.namespace

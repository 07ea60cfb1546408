# METADATA
# title: A pod runs as the default service account
# description: What it may do, every pod of the namespace without an account of its own may do.
# scope: package
# custom:
#   id: default-service-account
#   group: security
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.default_service_account

import data.kate.workloads

warn contains result if {
	workloads.pod
	account := object.get(workloads.pod, "serviceAccountName", object.get(workloads.pod, "serviceAccount", ""))
	account in {"", "default"}
	not workloads.pod.automountServiceAccountToken == false
	result := {
		"msg": sprintf("%s runs as the default service account", [workloads.title]),
		"path": array.concat(workloads.path, ["serviceAccountName"]),
		"help": "give it a service account of its own, or set `automountServiceAccountToken: false`",
	}
}

# METADATA
# title: A pod names its service account by the old field
# description: "`serviceAccount` is an alias."
# scope: package
# custom:
#   id: deprecated-service-account-field
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.deprecated_service_account_field

import data.kate.workloads

warn contains result if {
	workloads.pod.serviceAccount
	result := {
		"msg": sprintf("%s uses `serviceAccount`, which is called `serviceAccountName`", [workloads.title]),
		"path": array.concat(workloads.path, ["serviceAccount"]),
		"help": "rename it",
	}
}

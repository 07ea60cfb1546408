# METADATA
# title: A pod gets a token for the Kubernetes API unasked
# description: Who gets into the pod can use it.
# scope: package
# custom:
#   id: mounted-service-account-token
#   group: security
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 3.0
package kate.mounted_service_account_token

import data.kate.workloads

warn contains result if {
	not workloads.pod.automountServiceAccountToken == false
	workloads.pod
	result := {
		"msg": sprintf("%s gets a token of its service account", [workloads.title]),
		"path": array.concat(workloads.path, ["automountServiceAccountToken"]),
		"help": "set `automountServiceAccountToken: false` if it does not speak to the Kubernetes API",
	}
}

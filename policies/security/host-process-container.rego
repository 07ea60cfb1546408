# METADATA
# title: A Windows pod runs on its node itself
# description: It has the rights of an administrator of the node.
# scope: package
# custom:
#   id: host-process-container
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 6.0
package kate.host_process_container

import data.kate.workloads

warn contains result if {
	workloads.pod.securityContext.windowsOptions.hostProcess == true
	result := {
		"msg": sprintf("%s runs as a process of its node", [workloads.title]),
		"path": array.concat(workloads.path, ["securityContext", "windowsOptions", "hostProcess"]),
		"help": "remove `hostProcess`",
	}
}

warn contains result if {
	some container in workloads.containers
	container.spec.securityContext.windowsOptions.hostProcess == true
	result := {
		"msg": sprintf("container `%s` of %s runs as a process of its node", [container.name, workloads.title]),
		"path": array.concat(container.path, ["securityContext", "windowsOptions", "hostProcess"]),
		"help": "remove `hostProcess`",
	}
}

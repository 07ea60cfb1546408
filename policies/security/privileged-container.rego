# METADATA
# title: A container runs privileged
# description: A privileged container can do everything that root on the node can do.
# scope: package
# custom:
#   id: privileged-container
#   group: security
#   level: warning
#   confidence: high
#   input: object
#   kinds: [workload]
#   security_severity: 6.5
#   params:
#     everywhere: false
package kate.privileged_container

import data.kate.workloads

params := data.kate.params["privileged-container"]

warn contains result if {
	some container in workloads.containers
	container.spec.securityContext.privileged == true
	spoken
	result := {
		"msg": sprintf("container `%s` of %s runs privileged", [container.name, workloads.title]),
		"path": array.concat(container.path, ["securityContext", "privileged"]),
		"notes": ["it can do everything that root on the node can do"],
		"help": "give it the capabilities that it needs (`securityContext.capabilities.add`) instead",
	}
}

spoken if params.everywhere

# Agents of a node (CNI, CSI, device plugins) are DaemonSets and cannot work otherwise.
spoken if {
	workloads.deployed
	not workloads.node_agent
}

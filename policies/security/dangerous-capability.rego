# METADATA
# title: A container gets a capability that is as good as root
# description: SYS_ADMIN and its like let a container change the node.
# scope: package
# custom:
#   id: dangerous-capability
#   group: security
#   level: warning
#   confidence: high
#   input: object
#   kinds: [workload]
#   security_severity: 6.5
#   params:
#     capabilities: ["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "BPF", "DAC_READ_SEARCH", "SYS_RAWIO"]
#     everywhere: false
package kate.dangerous_capability

import data.kate.workloads

params := data.kate.params["dangerous-capability"]

warn contains result if {
	some container in workloads.containers
	some index, name in container.spec.securityContext.capabilities.add
	is_string(name)
	capability := trim_prefix(upper(name), "CAP_")
	capability in params.capabilities
	spoken
	result := {
		"msg": sprintf("container `%s` of %s gets the capability `%s`", [container.name, workloads.title, capability]),
		"path": array.concat(container.path, ["securityContext", "capabilities", "add", index]),
		"notes": ["with it a container can take over its node"],
		"help": "add only what the program needs, such as `NET_BIND_SERVICE`",
	}
}

spoken if params.everywhere

spoken if {
	workloads.deployed
	not workloads.node_agent
}

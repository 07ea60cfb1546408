# METADATA
# title: A container may write to a directory of its node
# description: What it writes there is read by the node or by other pods.
# scope: package
# custom:
#   id: writable-host-path
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 5.0
package kate.writable_host_path

import data.kate.workloads

warn contains result if {
	hosted := workloads.volumes("hostPath")
	some container in workloads.containers
	some index, mount in container.spec.volumeMounts
	hosted[mount.name]
	not mount.readOnly == true
	result := {
		"msg": sprintf("container `%s` of %s may write to a directory of its node", [container.name, workloads.title]),
		"path": array.concat(container.path, ["volumeMounts", index, "readOnly"]),
		"help": "set `readOnly: true`",
	}
}

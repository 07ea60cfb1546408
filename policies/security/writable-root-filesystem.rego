# METADATA
# title: A container may write to its root file system
# description: An attacker can keep tools there.
# scope: package
# custom:
#   id: writable-root-filesystem
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 3.0
package kate.writable_root_filesystem

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	not container.spec.securityContext.readOnlyRootFilesystem == true
	result := {
		"msg": sprintf("container `%s` of %s may write to its root file system", [container.name, workloads.title]),
		"path": array.concat(container.path, ["securityContext", "readOnlyRootFilesystem"]),
		"help": "set `securityContext.readOnlyRootFilesystem: true`, with an `emptyDir` for what is written",
	}
}

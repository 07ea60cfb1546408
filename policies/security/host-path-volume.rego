# METADATA
# title: A pod mounts a directory of its node
# description: It depends on the node and can reach what is not its own.
# scope: package
# custom:
#   id: host-path-volume
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 5.0
package kate.host_path_volume

import data.kate.workloads

warn contains result if {
	some name, path in workloads.volumes("hostPath")
	result := {
		"msg": sprintf("%s mounts a path of its node as volume `%s`", [workloads.title, name]),
		"path": array.concat(path, ["hostPath"]),
		"help": "use a PersistentVolumeClaim, an `emptyDir` or a `projected` volume",
	}
}

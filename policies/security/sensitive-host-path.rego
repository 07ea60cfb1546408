# METADATA
# title: A pod mounts a system directory of its node
# description: It can read or change the node itself.
# scope: package
# custom:
#   id: sensitive-host-path
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 7.0
#   params:
#     directories: ["/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"]
package kate.sensitive_host_path

import data.kate.workloads

params := data.kate.params["sensitive-host-path"]

warn contains result if {
	some name, path in workloads.volumes("hostPath")
	volume := workloads.pod.volumes[path[count(path) - 1]]
	directory := clean(volume.hostPath.path)
	is_sensitive(directory)
	some container in workloads.containers
	some mount in container.spec.volumeMounts
	mount.name == name
	result := {
		"msg": sprintf("%s mounts `%s` of its node", [workloads.title, volume.hostPath.path]),
		"path": array.concat(path, ["hostPath", "path"]),
		"help": "mount the smallest directory that is needed, read-only",
	}
}

clean(path) := "/" if {
	trim_right(path, "/") == ""
} else := trim_right(path, "/")

is_sensitive(directory) if directory in params.directories

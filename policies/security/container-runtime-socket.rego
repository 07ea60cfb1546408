# METADATA
# title: A pod mounts the socket of the container runtime
# description: Who can speak to it can start a privileged container on the node.
# scope: package
# custom:
#   id: container-runtime-socket
#   group: security
#   level: warning
#   confidence: high
#   input: object
#   kinds: [workload]
#   security_severity: 7.5
#   params:
#     everywhere: false
package kate.container_runtime_socket

import data.kate.workloads

params := data.kate.params["container-runtime-socket"]

warn contains result if {
	some name, path in workloads.volumes("hostPath")
	volume := workloads.pod.volumes[path[count(path) - 1]]
	some suffix in ["docker.sock", "containerd.sock", "crio.sock"]
	endswith(trim_right(volume.hostPath.path, "/"), suffix)
	spoken
	result := {
		"msg": sprintf("%s mounts the socket of the container runtime, `%s`", [workloads.title, volume.hostPath.path]),
		"path": array.concat(path, ["hostPath", "path"]),
		"notes": ["who can speak to it can start a privileged container on the node"],
		"help": "build images without a daemon (BuildKit rootless, Kaniko, Buildah), and read metrics from the kubelet",
	}
}

spoken if params.everywhere

spoken if {
	workloads.deployed
	not workloads.node_agent
}

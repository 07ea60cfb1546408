# What every policy about workloads needs: where the pod is, and its containers with their paths.
package kate.workloads

pod_paths := {
	"v1": {"Pod": ["spec"], "PodTemplate": ["template", "spec"], "ReplicationController": template},
	"apps/v1": {"DaemonSet": template, "Deployment": template, "ReplicaSet": template, "StatefulSet": template},
	"batch/v1": {"CronJob": job_template, "Job": template},
	"argoproj.io/v1alpha1": {"Rollout": template},
	"apps/v1beta1": {"Deployment": template, "StatefulSet": template},
	"apps/v1beta2": {"DaemonSet": template, "Deployment": template, "ReplicaSet": template, "StatefulSet": template},
	"batch/v1beta1": {"CronJob": job_template},
	"extensions/v1beta1": {"DaemonSet": template, "Deployment": template, "ReplicaSet": template},
}

template := ["spec", "template", "spec"]

job_template := ["spec", "jobTemplate", "spec", "template", "spec"]

# Path of the pod's specification.
path := pod_paths[input.apiVersion][input.kind]

# The pod's specification.
pod := spec if {
	spec := object.get(input, path, null)
	is_object(spec)
}

# The pod's metadata.
metadata := object.get(input, array.concat(array.slice(path, 0, count(path) - 1), ["metadata"]), {})

# Every container, in order: `path`, `list`, `name`, `spec`.
containers := [entry |
	some list in ["initContainers", "containers"]
	some index, container in pod[list]
	entry := {
		"path": array.concat(path, [list, index]),
		"list": list,
		"name": object.get(container, "name", "?"),
		"spec": container,
	}
]

# Containers that run as long as the pod: those of `containers`, and sidecars.
lasting := [entry | some entry in containers; is_lasting(entry)]

is_lasting(entry) if entry.list == "containers"

is_lasting(entry) if entry.spec.restartPolicy == "Always"

# Pods that end by themselves.
ends if input.kind in {"Job", "CronJob"}

ends if {
	input.kind == "Pod"
	pod.restartPolicy in {"Never", "OnFailure"}
}

# Number of pods that are meant to run at once.
replicas := object.get(input, ["spec", "replicas"], 1)

# "Deployment `web`".
title := sprintf("%s `%s`", [input.kind, object.get(input, ["metadata", "name"], "?")])

# Tools that somebody runs by hand, examples and documentation are nobody's workload.
deployed if input.__kate__.deployed

# A document without the account of kate is somebody's test.
deployed if not input.__kate__

# Agents of a node (CNI, CSI, device plugins) are DaemonSets and cannot work without the node.
node_agent if input.kind == "DaemonSet"

# A field of the container's security context, else of the pod's.
context(entry, field) := entry.spec.securityContext[field] if {
	entry.spec.securityContext[field] != null
} else := pod.securityContext[field]

# Capabilities without `CAP_`, in upper case.
capabilities(entry, verb) := {trim_prefix(upper(name), "CAP_") |
	some name in entry.spec.securityContext.capabilities[verb]
	is_string(name)
}

# Volumes with a field, as {name: path of the volume}.
volumes(field) := {volume.name: array.concat(path, ["volumes", index]) |
	some index, volume in pod.volumes
	volume[field]
}

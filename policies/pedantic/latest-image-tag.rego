# METADATA
# title: An image has no fixed version
# description: What runs changes when somebody pushes an image, not when the repository changes.
# scope: package
# custom:
#   id: latest-image-tag
#   group: pedantic
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
package kate.latest_image_tag

pod_paths := {
	"Pod": ["spec"],
	"Deployment": ["spec", "template", "spec"],
	"ReplicaSet": ["spec", "template", "spec"],
	"StatefulSet": ["spec", "template", "spec"],
	"DaemonSet": ["spec", "template", "spec"],
	"Job": ["spec", "template", "spec"],
	"CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
}

groups := {"v1", "apps/v1", "batch/v1"}

warn contains result if {
	input.apiVersion in groups
	path := pod_paths[input.kind]
	pod := object.get(input, path, {})
	some list in ["initContainers", "containers"]
	some index, container in pod[list]
	is_string(container.image)
	why := floating(container.image)
	result := {
		"msg": sprintf("image of container `%s` %s", [container.name, why]),
		"path": array.concat(path, [list, index, "image"]),
		"help": "name a version or a digest",
	}
}

# `registry:5000/team/app:1.2@sha256:…`: the tag is after the last `/`.
floating(image) := "has no tag, which means `latest`" if {
	not contains(image, "@")
	parts := split(image, "/")
	not contains(parts[count(parts) - 1], ":")
} else := "has the tag `latest`" if {
	not contains(image, "@")
	endswith(image, ":latest")
}

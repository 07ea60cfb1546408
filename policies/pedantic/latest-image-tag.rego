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
#   kinds: [workload]
package kate.latest_image_tag

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	is_string(container.spec.image)
	why := floating(container.spec.image)
	result := {
		"msg": sprintf("image of container `%s` %s", [container.name, why]),
		"path": array.concat(container.path, ["image"]),
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

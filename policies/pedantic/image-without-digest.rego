# METADATA
# title: An image has no digest
# description: Whoever can push to the registry can change what runs.
# scope: package
# custom:
#   id: image-without-digest
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.image_without_digest

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	is_string(container.spec.image)
	not contains(container.spec.image, "@sha256:")
	result := {
		"msg": sprintf("image of container `%s` of %s has no digest", [container.name, workloads.title]),
		"path": array.concat(container.path, ["image"]),
		"help": "add `@sha256:…`; Renovate and image updaters keep it current",
	}
}

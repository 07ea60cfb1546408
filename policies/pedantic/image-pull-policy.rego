# METADATA
# title: An image may be taken from the node's cache
# description: Pull secrets are not checked again.
# scope: package
# custom:
#   id: image-pull-policy
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.image_pull_policy

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	not container.spec.imagePullPolicy == "Always"
	not default_always(container)
	result := {
		"msg": sprintf("container `%s` of %s does not always pull its image", [container.name, workloads.title]),
		"path": array.concat(container.path, ["imagePullPolicy"]),
		"help": "set `imagePullPolicy: Always`",
	}
}

# Without a policy, `latest` is always pulled.
default_always(container) if {
	not container.spec.imagePullPolicy
	image := container.spec.image
	not contains(image, "@")
	parts := split(image, "/")
	last := parts[count(parts) - 1]
	is_latest(last)
}

is_latest(name) if not contains(name, ":")

is_latest(name) if endswith(name, ":latest")

# METADATA
# title: An image comes from a registry that is not allowed
# description: Nobody has looked at what it serves.
# scope: package
# custom:
#   id: untrusted-registry
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 4.0
#   params:
#     allowed: []
package kate.untrusted_registry

import data.kate.workloads

params := data.kate.params["untrusted-registry"]

warn contains result if {
	count(params.allowed) > 0
	some container in workloads.containers
	is_string(container.spec.image)
	image := full(container.spec.image)
	not trusted(image)
	result := {
		"msg": sprintf("image of container `%s` of %s comes from `%s`", [container.name, workloads.title, split(image, "/")[0]]),
		"path": array.concat(container.path, ["image"]),
		"notes": [sprintf("allowed are %s", [concat(", ", [sprintf("`%s`", [name]) | some name in params.allowed])])],
		"help": "mirror it",
	}
}

trusted(image) if {
	some prefix in params.allowed
	startswith(image, sprintf("%s/", [trim_suffix(prefix, "/")]))
}

# Names without a registry are Docker Hub's; those without a user are its library.
full(image) := image if {
	has_registry(image)
} else := sprintf("docker.io/%s", [image]) if {
	contains(image, "/")
} else := sprintf("docker.io/library/%s", [image])

has_registry(image) if {
	contains(image, "/")
	first := split(image, "/")[0]
	regex.match(`[.:]|^localhost$`, first)
}

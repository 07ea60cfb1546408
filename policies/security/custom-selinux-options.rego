# METADATA
# title: A pod changes its SELinux user or role
# description: It may leave the confinement of containers.
# scope: package
# custom:
#   id: custom-selinux-options
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 5.0
package kate.custom_selinux_options

import data.kate.workloads

types := {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}

contexts := array.concat(
	[{"path": array.concat(workloads.path, ["securityContext"]), "value": workloads.pod.securityContext}],
	[{"path": array.concat(container.path, ["securityContext"]), "value": container.spec.securityContext} | some container in workloads.containers],
)

warn contains result if {
	some context in contexts
	options := context.value.seLinuxOptions
	some field in ["user", "role"]
	options[field] != ""
	result := {
		"msg": sprintf("%s sets the SELinux %s `%s`", [workloads.title, field, options[field]]),
		"path": array.concat(context.path, ["seLinuxOptions", field]),
		"help": "leave it out",
	}
}

warn contains result if {
	some context in contexts
	type := context.value.seLinuxOptions.type
	not type in types
	result := {
		"msg": sprintf("%s sets the SELinux type `%s`", [workloads.title, type]),
		"path": array.concat(context.path, ["seLinuxOptions", "type"]),
		"help": "use one of the types for containers",
	}
}

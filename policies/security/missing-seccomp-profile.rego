# METADATA
# title: A container runs without a seccomp profile
# description: Every system call of the kernel is open to it.
# scope: package
# custom:
#   id: missing-seccomp-profile
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   security_severity: 3.0
package kate.missing_seccomp_profile

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	not confined(container)
	result := {
		"msg": sprintf("container `%s` of %s has no seccomp profile", [container.name, workloads.title]),
		"path": array.concat(container.path, ["securityContext", "seccompProfile"]),
		"help": "set `securityContext.seccompProfile.type: RuntimeDefault` for the pod",
	}
}

# A rule of its own: OPA evaluates a call in `not` outside of it, so that nothing would be reported
# where there is no profile at all.
confined(container) if workloads.context(container, "seccompProfile").type in {"RuntimeDefault", "Localhost"}

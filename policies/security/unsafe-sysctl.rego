# METADATA
# title: A pod sets a kernel parameter that is not safe
# description: The kubelet refuses the pod unless the node allows it.
# scope: package
# custom:
#   id: unsafe-sysctl
#   group: security
#   level: warning
#   confidence: high
#   input: object
#   kinds: [workload]
#   security_severity: 4.0
#   params:
#     allowed: []
package kate.unsafe_sysctl

import data.kate.workloads

params := data.kate.params["unsafe-sysctl"]

safe := {
	"kernel.shm_rmid_forced",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.ip_unprivileged_port_start",
	"net.ipv4.tcp_syncookies",
	"net.ipv4.ping_group_range",
	"net.ipv4.ip_local_reserved_ports",
	"net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_intvl",
	"net.ipv4.tcp_keepalive_probes",
	"net.ipv4.tcp_rmem",
	"net.ipv4.tcp_wmem",
	"net.ipv4.tcp_slow_start_after_idle",
	"net.ipv4.tcp_notsent_lowat",
}

warn contains result if {
	some index, sysctl in workloads.pod.securityContext.sysctls
	not sysctl.name in safe
	not sysctl.name in params.allowed
	result := {
		"msg": sprintf("%s sets the kernel parameter `%s`, which is not safe", [workloads.title, sysctl.name]),
		"path": array.concat(workloads.path, ["securityContext", "sysctls", index, "name"]),
		"notes": ["the kubelet refuses the pod unless it is started with `--allowed-unsafe-sysctls`"],
		"help": "set it on the node, or name it in the parameter `allowed` if the nodes allow it",
	}
}

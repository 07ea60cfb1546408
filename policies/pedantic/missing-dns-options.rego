# METADATA
# title: A workload has no DNS options
# description: Every lookup tries several names.
# scope: package
# custom:
#   id: missing-dns-options
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.missing_dns_options

import data.kate.workloads

warn contains result if {
	workloads.pod
	not workloads.pod.dnsConfig.options
	result := {
		"msg": sprintf("%s has no `dnsConfig.options`", [workloads.title]),
		"path": array.concat(workloads.path, ["dnsConfig", "options"]),
		"help": "set `ndots: 2`",
	}
}

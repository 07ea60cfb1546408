# METADATA
# title: A rollout stops everything first
# description: It is away during every rollout.
# scope: package
# custom:
#   id: recreate-strategy
#   group: reliability
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Deployment, DaemonSet]
package kate.recreate_strategy

import data.kate.workloads

warn contains result if {
	input.spec.strategy.type == "Recreate"
	result := {
		"msg": sprintf("%s is stopped before its next version starts", [workloads.title]),
		"path": ["spec", "strategy", "type"],
		"help": "use `RollingUpdate` if two versions can run side by side",
	}
}

warn contains result if {
	input.kind == "DaemonSet"
	input.spec.updateStrategy.type == "OnDelete"
	result := {
		"msg": sprintf("pods of %s are not updated until somebody deletes them", [workloads.title]),
		"path": ["spec", "updateStrategy", "type"],
		"help": "use `RollingUpdate`",
	}
}

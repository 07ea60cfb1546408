# METADATA
# title: A workload has no topology spread constraint
# description: A zone's loss may take all of it.
# scope: package
# custom:
#   id: missing-topology-spread
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Deployment, StatefulSet, Rollout, ReplicaSet, DaemonSet, Pod, Job, CronJob, ReplicationController]
package kate.missing_topology_spread

import data.kate.workloads

warn contains result if {
	workloads.pod
	not workloads.pod.topologySpreadConstraints
	result := {
		"msg": sprintf("%s has no `topologySpreadConstraints`", [workloads.title]),
		"path": array.concat(workloads.path, ["topologySpreadConstraints"]),
		"help": "spread it over `topology.kubernetes.io/zone`",
	}
}

package kate.unhealthy_pod_eviction_test

import data.kate.unhealthy_pod_eviction as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "web"}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow", "selector": {"matchLabels": {"app": "web"}}}}
}

package kate.unrestarted_pod_test

import data.kate.unrestarted_pod as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"restartPolicy": "Never"}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"restartPolicy": "OnFailure"}}
}

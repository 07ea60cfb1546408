package kate.job_without_ttl_test

import data.kate.job_without_ttl as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "web"}, "spec": {"ttlSecondsAfterFinished": 3600, "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "web:1"}]}}}}
}

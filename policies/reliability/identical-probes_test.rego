package kate.identical_probes_test

import data.kate.identical_probes as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "readinessProbe": {"httpGet": {"path": "/ready", "port": 80}}, "livenessProbe": {"httpGet": {"path": "/ready", "port": 80}}}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "readinessProbe": {"httpGet": {"path": "/ready", "port": 80}}, "livenessProbe": {"httpGet": {"path": "/ready", "port": 80}, "failureThreshold": 10}}]}}}}
}

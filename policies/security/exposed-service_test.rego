package kate.exposed_service_test

import data.kate.exposed_service as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}}
}

test_guilty_2 if {
	count(policy.warn) > 0 with input as {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"type": "LoadBalancer"}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"type": "ClusterIP", "ports": [{"port": 80}]}}
}

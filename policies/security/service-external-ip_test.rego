package kate.service_external_ip_test

import data.kate.service_external_ip as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"externalIPs": ["192.0.2.1"], "ports": [{"port": 80}]}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}}
}

package kate.net_raw_capability_test

import data.kate.net_raw_capability as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"runAsNonRoot": true}}]}}}}
}

test_guilty_2 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]}}}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"capabilities": {"drop": ["NET_RAW"]}}}]}}}}
}

package kate.run_as_root_test

import data.kate.run_as_root as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"allowPrivilegeEscalation": false}}]}}}}
}

test_guilty_2 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"runAsUser": 0}}]}}}}
}

test_guilty_3 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"securityContext": {"runAsNonRoot": true}, "containers": [{"name": "app", "image": "web:1", "securityContext": {"runAsNonRoot": false}}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"securityContext": {"runAsNonRoot": true}, "containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_2 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"runAsUser": 1000}}]}}}}
}

test_innocent_3 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"securityContext": {"runAsUser": 1000}, "containers": [{"name": "app", "image": "web:1"}]}}}}
}

package kate.dangerous_capability_test

import data.kate.dangerous_capability as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]}}}}
}

test_guilty_2 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"capabilities": {"add": ["cap_sys_admin"]}}}]}}}}
}

test_guilty_3 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"capabilities": {"add": ["ALL"]}}}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}}]}}}}
}

test_innocent_2 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]}}}}
}

test_innocent_3 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}]}}}}
}

package kate.host_network_test

import data.kate.host_network as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"hostNetwork": true, "containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_guilty_2 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"hostNetwork": true, "containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_guilty_3 if {
	count(policy.warn) > 0 with input as {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "web"}, "spec": {"jobTemplate": {"spec": {"template": {"spec": {"hostNetwork": true}}}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_2 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"hostNetwork": false, "containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_3 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"hostNetwork": true, "containers": [{"name": "app", "image": "web:1"}]}}}}
}

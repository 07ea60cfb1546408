package kate.host_path_volume_test

import data.kate.host_path_volume as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "logs", "hostPath": {"path": "/var/log"}}], "containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "logs", "emptyDir": {}}], "containers": [{"name": "app", "image": "web:1"}]}}}}
}

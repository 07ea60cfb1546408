package kate.writable_host_path_test

import data.kate.writable_host_path as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "logs", "hostPath": {"path": "/var/log"}}], "containers": [{"name": "app", "image": "web:1", "volumeMounts": [{"name": "logs", "mountPath": "/logs"}]}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "logs", "hostPath": {"path": "/var/log"}}], "containers": [{"name": "app", "image": "web:1", "volumeMounts": [{"name": "logs", "mountPath": "/logs", "readOnly": true}]}]}}}}
}

package kate.sensitive_host_path_test

import data.kate.sensitive_host_path as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "etc", "hostPath": {"path": "/etc"}}], "containers": [{"name": "app", "image": "web:1", "volumeMounts": [{"name": "etc", "mountPath": "/host/etc"}]}]}}}}
}

test_guilty_2 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "r", "hostPath": {"path": "/"}}], "containers": [{"name": "app", "image": "web:1", "volumeMounts": [{"name": "r", "mountPath": "/host"}]}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "zone", "hostPath": {"path": "/etc/localtime"}}], "containers": [{"name": "app", "image": "web:1", "volumeMounts": [{"name": "zone", "mountPath": "/etc/localtime", "readOnly": true}]}]}}}}
}

test_innocent_2 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "r", "hostPath": {"path": "/etc"}}], "containers": [{"name": "app", "image": "web:1"}]}}}}
}

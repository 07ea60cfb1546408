package kate.undeclared_probe_port_test

import data.kate.undeclared_probe_port as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "ports": [{"containerPort": 8080}], "livenessProbe": {"httpGet": {"path": "/", "port": 8081}}}]}}}}
}

test_guilty_2 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "readinessProbe": {"tcpSocket": {"port": "http"}}}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "ports": [{"containerPort": 8080}], "livenessProbe": {"httpGet": {"path": "/", "port": 8080}}}]}}}}
}

test_innocent_2 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "ports": [{"containerPort": 80, "name": "http"}], "readinessProbe": {"tcpSocket": {"port": "http"}}}]}}}}
}

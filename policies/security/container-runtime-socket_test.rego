package kate.container_runtime_socket_test

import data.kate.container_runtime_socket as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "docker", "hostPath": {"path": "/var/run/docker.sock"}}], "containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_guilty_2 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "s", "hostPath": {"path": "/run/containerd/containerd.sock"}}], "containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "docker", "emptyDir": {}}], "containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_2 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"volumes": [{"name": "s", "hostPath": {"path": "/run/containerd/containerd.sock"}}], "containers": [{"name": "app", "image": "web:1"}]}}}}
}

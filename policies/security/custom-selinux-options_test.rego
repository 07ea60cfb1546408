package kate.custom_selinux_options_test

import data.kate.custom_selinux_options as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"securityContext": {"seLinuxOptions": {"type": "spc_t"}}, "containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"securityContext": {"seLinuxOptions": {"type": "container_t"}}, "containers": [{"name": "app", "image": "web:1"}]}}}}
}

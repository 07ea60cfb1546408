package kate.mismatched_instance_label_test

import data.kate.mismatched_instance_label as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app.kubernetes.io/instance": "other"}}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app.kubernetes.io/instance": "web"}}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1"}]}}}}
}

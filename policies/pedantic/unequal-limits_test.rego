package kate.unequal_limits_test

import data.kate.unequal_limits as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "resources": {"requests": {"memory": "64Mi"}, "limits": {"memory": "128Mi"}}}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1", "resources": {"requests": {"memory": "128Mi"}, "limits": {"memory": "128Mi"}}}]}}}}
}

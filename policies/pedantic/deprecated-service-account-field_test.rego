package kate.deprecated_service_account_field_test

import data.kate.deprecated_service_account_field as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"serviceAccount": "web", "containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"serviceAccountName": "web", "containers": [{"name": "app", "image": "web:1"}]}}}}
}

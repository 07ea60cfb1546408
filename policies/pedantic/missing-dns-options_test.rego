package kate.missing_dns_options_test

import data.kate.missing_dns_options as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"dnsConfig": {"options": [{"name": "ndots", "value": "2"}]}, "containers": [{"name": "app", "image": "web:1"}]}}}}
}

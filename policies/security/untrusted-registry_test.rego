package kate.untrusted_registry_test

import data.kate.untrusted_registry as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "evil.example.com/web:1"}]}}}} with policy.params as {"allowed": ["ghcr.io/acme"]}
}

test_guilty_2 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "nginx:1"}]}}}} with policy.params as {"allowed": ["ghcr.io/acme"]}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "ghcr.io/acme/web:1"}]}}}} with policy.params as {"allowed": ["ghcr.io/acme"]}
}

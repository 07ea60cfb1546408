package kate.image_without_digest_test

import data.kate.image_without_digest as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1"}]}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1@sha256:6af79ae5de407283dcea8b00d5c37ace95441fd58a8b1d2aa1ed93f5511bb18c"}]}}}}
}

package kate.missing_required_metadata_test

import data.kate.missing_required_metadata as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1"}]}}}} with policy.params as {"labels": {"owner": ".+"}, "annotations": {}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"owner": "team-a"}}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1"}]}}}} with policy.params as {"labels": {"owner": ".+"}, "annotations": {}}
}

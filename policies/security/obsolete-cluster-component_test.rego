package kate.obsolete_cluster_component_test

import data.kate.obsolete_cluster_component as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "ghcr.io/helm/tiller:v2.17.0"}]}}}}
}

test_guilty_2 if {
	count(policy.warn) > 0 with input as {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "tiller-deploy", "labels": {"app": "helm", "name": "tiller"}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:1"}]}}}}
}

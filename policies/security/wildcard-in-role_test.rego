package kate.wildcard_in_role_test

import data.kate.wildcard_in_role as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "ops"}, "rules": [{"apiGroups": ["apps"], "resources": ["*"], "verbs": ["get"]}]}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "ops"}, "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}]}
}

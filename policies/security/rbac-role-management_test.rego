package kate.rbac_role_management_test

import data.kate.rbac_role_management as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "ops"}, "rules": [{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["rolebindings"], "verbs": ["create"]}]}
}

test_guilty_2 if {
	count(policy.warn) > 0 with input as {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "ops"}, "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "ops"}, "rules": [{"apiGroups": [""], "resources": ["services"], "verbs": ["list"]}]}
}

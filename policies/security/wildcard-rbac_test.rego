package kate.wildcard_rbac_test

import data.kate.wildcard_rbac

role(rule) := {
	"apiVersion": "rbac.authorization.k8s.io/v1",
	"kind": "ClusterRole",
	"metadata": {"name": "ops"},
	"rules": [rule],
}

test_everything_is_found if {
	results := wildcard_rbac.warn with input as role({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]})
	count(results) == 1
}

test_all_verbs_on_one_resource_are_fine if {
	count(wildcard_rbac.warn) == 0 with input as role({"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]})
}

test_non_resource_rules_are_fine if {
	count(wildcard_rbac.warn) == 0 with input as role({"nonResourceURLs": ["*"], "verbs": ["*"]})
}

package kate.privileged_container_test

import data.kate.privileged_container

deployment(context) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"metadata": {"name": "web"},
	"spec": {"template": {"spec": {"containers": [{"name": "app", "securityContext": context}]}}},
}

test_privileged_is_found_at_its_field if {
	results := privileged_container.warn with input as deployment({"privileged": true})
	results[_].path == ["spec", "template", "spec", "containers", 0, "securityContext", "privileged"]
}

test_unprivileged_is_fine if {
	count(privileged_container.warn) == 0 with input as deployment({"privileged": false})
	count(privileged_container.warn) == 0 with input as deployment({})
}

test_node_agents_are_fine if {
	agent := object.union(deployment({"privileged": true}), {"kind": "DaemonSet"})
	count(privileged_container.warn) == 0 with input as agent
}

test_objects_of_other_kinds_are_fine if {
	count(privileged_container.warn) == 0 with input as {"apiVersion": "v1", "kind": "ConfigMap"}
}

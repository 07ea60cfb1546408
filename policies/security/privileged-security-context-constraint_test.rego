package kate.privileged_security_context_constraint_test

import data.kate.privileged_security_context_constraint as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "security.openshift.io/v1", "kind": "SecurityContextConstraints", "metadata": {"name": "agents"}, "allowPrivilegedContainer": true}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "security.openshift.io/v1", "kind": "SecurityContextConstraints", "metadata": {"name": "agents"}, "allowPrivilegedContainer": false}
}

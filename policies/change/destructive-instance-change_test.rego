package kate.destructive_instance_change_test

import data.kate.destructive_instance_change as policy

change(type, differences) := {"version": 1, "terraform": [{
	"action": "update",
	"root": "infra",
	"address": concat(".", [type, "main"]),
	"type": type,
	"before": {"attributes": {}},
	"after": {"attributes": {}},
	"differences": differences,
}]}

changed(path) := {"kind": "changed", "path": path, "before": "a", "after": "b"}

test_size_of_a_database_interrupts if {
	document := change("aws_db_instance", [changed("instance_class")])
	results := policy.warn with input as document
	some result in results
	result.msg == "`aws_db_instance.main` changes `instance_class` from `a` to `b`, which interrupts it"
	count(policy.deny) == 0 with input as document
}

test_replaced_database_loses_data if {
	results := policy.deny with input as change("aws_db_instance", [changed("storage_encrypted")])
	some result in results
	result.severity == "error"
	contains(result.msg, "is destroyed and created anew, because `storage_encrypted` changes")
}

test_replaced_node_group_is_a_warning if {
	results := policy.deny with input as change("aws_eks_node_group", [changed("instance_types")])
	{result.severity | some result in results} == {"warning"}
}

test_everything_below_a_block_replaces if {
	results := policy.deny with input as change("azurerm_linux_virtual_machine", [changed("source_image_reference.sku")])
	count(results) == 1
}

test_conditions_are_doubts if {
	results := policy.warn with input as change("aws_instance", [changed("user_data")])
	some result in results
	contains(result.msg, "may be destroyed and created anew")
	not contains(result.msg, "from")
}

test_unknown_values_are_doubts if {
	results := policy.warn with input as change("google_compute_instance", [{"kind": "maybe", "path": "zone"}])
	count(results) == 1
}

test_other_arguments_are_fine if {
	every path in ["tags.Name", "backup_window", "monitoring_interval"] {
		count(policy.deny) == 0 with input as change("aws_db_instance", [changed(path)])
		count(policy.warn) == 0 with input as change("aws_db_instance", [changed(path)])
	}
}

test_removing_what_the_provider_settles_is_fine if {
	count(policy.warn) == 0 with input as change("aws_instance", [{"kind": "removed", "path": "availability_zone", "before": "a"}])
}

test_ignored_changes_are_fine if {
	document := json.patch(change("aws_instance", [changed("ami")]), [{
		"op": "add",
		"path": "/terraform/0/after/attributes/lifecycle",
		"value": [{"ignore_changes": ["ami"]}],
	}])
	count(policy.deny) == 0 with input as document
}

test_destroyed_database_is_an_error if {
	document := {"version": 1, "terraform": [{
		"action": "delete",
		"address": "aws_db_instance.main",
		"type": "aws_db_instance",
		"before": {"attributes": {"deletion_protection": true}},
	}]}
	results := policy.deny with input as document
	some result in results
	result.msg == "`aws_db_instance.main` is destroyed, and its data with it"
	count(result.notes) == 1
}

test_types_without_state_are_fine if {
	count(policy.deny) == 0 with input as {"version": 1, "terraform": [{
		"action": "delete",
		"address": "aws_iam_role.main",
		"type": "aws_iam_role",
		"before": {"attributes": {}},
	}]}
}

test_secrets_are_not_shown if {
	results := policy.deny with input as change("azurerm_linux_virtual_machine", [changed("admin_password")])
	some result in results
	not contains(result.msg, "from `a`")
}

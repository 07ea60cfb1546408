# METADATA
# title: A change interrupts, replaces or destroys a machine or a database
# description: Terraform will stop the instance, or destroy it and create another one.
# scope: package
# custom:
#   id: destructive-instance-change
#   group: change
#   level: error
#   confidence: high
#   input: change
package kate.destructive_instance_change

types := data.kate.instances.types

# The instance is gone.
deny contains result if {
	some index, item in input.terraform
	item.action == "delete"
	type := types[item.type]
	result := object.union(
		{
			"msg": sprintf("`%s` is destroyed%s", [item.address, loss(type)]),
			"path": ["terraform", index],
			"severity": severity(type),
			"help": "if it was renamed, add a `moved` block; if it shall live on, a `removed` block with `destroy = false`",
		},
		{"notes": guards(type, item.before)},
	)
}

# An argument changes that cannot change in place.
deny contains result if {
	some index, item in input.terraform
	type := types[item.type]
	some position, difference in item.differences
	difference.kind == "changed"
	replaces(type, difference.path)
	not ignored(item, difference.path)
	result := {
		"msg": sprintf("`%s` is destroyed and created anew, because `%s` changes%s%s", [
			item.address, difference.path, values(type, difference), loss(type),
		]),
		"path": ["terraform", index, "differences", position],
		"severity": severity(type),
		"notes": guards(type, item.after),
		"help": "plan it as a migration, or take the change of this argument back",
	}
}

# An argument may change, or changes in a way that replaces only sometimes.
warn contains result if {
	some index, item in input.terraform
	type := types[item.type]
	some position, difference in item.differences
	why := doubt(type, difference)
	not ignored(item, difference.path)
	result := {
		"msg": sprintf("`%s` may be destroyed and created anew: `%s` %s", [item.address, difference.path, why]),
		"path": ["terraform", index, "differences", position],
		"confidence": "medium",
		"notes": guards(type, item.after),
		"help": "look at `terraform plan` before this is merged",
	}
}

# The machine's size changes in place, but not without an interruption.
warn contains result if {
	some index, item in input.terraform
	type := types[item.type]
	some position, difference in item.differences
	difference.kind == "changed"
	difference.path in type.size
	not replaces(type, difference.path)
	not ignored(item, difference.path)
	result := {
		"msg": sprintf("`%s` changes `%s`%s, which interrupts it", [item.address, difference.path, values(type, difference)]),
		"path": ["terraform", index, "differences", position],
		"notes": effects(type, difference.path),
		"help": "merge it when an interruption is acceptable",
	}
}

replaces(type, path) if path in type.replace

replaces(type, path) if under(type.replace, path)

# `a.**` of the table stands for `a` and everything in it.
under(list, path) if {
	some pattern in list
	endswith(pattern, ".**")
	prefix := trim_suffix(pattern, ".**")
	startswith(sprintf("%s.", [path]), sprintf("%s.", [prefix]))
}

doubt(type, difference) := "cannot be told, and its expression changes" if {
	difference.kind == "maybe"
	replaces(type, difference.path)
} else := "is added" if {
	difference.kind == "added"
	replaces(type, difference.path)
} else := "is removed" if {
	difference.kind == "removed"
	replaces(type, difference.path)
	not difference.path in object.get(type, "settled_by_provider", [])
} else := "changes, which replaces under some conditions" if {
	difference.kind == "changed"
	difference.path in object.get(type, "replace_if", [])
	not difference.path in type.size
	not replaces(type, difference.path)
} else := "has another number of blocks" if {
	difference.kind == "changed"
	not replaces(type, difference.path)
	some pattern in type.replace
	startswith(pattern, sprintf("%s.", [difference.path]))
}

ignored(item, path) if {
	some lifecycle in blocks(item.after.attributes, "lifecycle")
	some name in lifecycle.ignore_changes
	name in {"all", path, split(path, ".")[0]}
}

ignored(item, _) if {
	some lifecycle in blocks(item.after.attributes, "lifecycle")
	lifecycle.ignore_changes == "all"
}

# A block is a map, or a list of maps.
blocks(attributes, name) := [attributes[name]] if {
	is_object(attributes[name])
} else := attributes[name] if {
	is_array(attributes[name])
} else := []

severity(type) := "error" if {
	type.loses == "data"
} else := "warning"

loss(type) := ", and its data with it" if {
	type.loses == "data"
} else := ""

guards(type, resource) := array.concat(prevented, protected) if {
	prevented := [note |
		some lifecycle in blocks(resource.attributes, "lifecycle")
		lifecycle.prevent_destroy == true
		note := "`prevent_destroy` makes Terraform refuse the plan as long as the block is there"
	]
	protected := [note |
		some guard in object.get(type, "guards", [])
		object.get(resource.attributes, split(guard, "."), false) == true
		note := sprintf("`%s` makes the provider refuse to destroy it, so the apply stops half-way", [guard])
	]
}

# What is sensitive is not shown.
values(type, difference) := shown if {
	not sensitive(type, difference.path)
	shown := sprintf(" from `%s` to `%s`", [difference.before, difference.after])
} else := ""

sensitive(type, path) if {
	some secret in object.get(type, "sensitive", [])
	startswith(sprintf("%s.", [path]), sprintf("%s.", [secret]))
}

sensitive(_, path) if regex.match(`(?i)pass|secret|token|user_data|custom_data|key$`, path)

effects(type, path) := [effect] if {
	effect := type.effect[path]
} else := []

# METADATA
# title: An object lacks a label or an annotation that you require
# description: Nobody knows whose it is.
# scope: package
# custom:
#   id: missing-required-metadata
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
#   params:
#     labels: {}
#     annotations: {}
package kate.missing_required_metadata

import data.kate.workloads

params := data.kate.params["missing-required-metadata"]

warn contains result if {
	some field in ["labels", "annotations"]
	some key, pattern in params[field]
	value := object.get(input, ["metadata", field, key], "")
	not regex.match(pattern, sprintf("%v", [value]))
	result := {
		"msg": sprintf("%s lacks %s `%s` that matches `%s`", [workloads.title, words[field], key, pattern]),
		"path": ["metadata", field, key],
		"help": "add it",
	}
}

words := {"labels": "a label", "annotations": "an annotation"}

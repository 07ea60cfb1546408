package kate.plaintext_secret_test

import data.kate.plaintext_secret

fact := {
	"place": "secret",
	"path": "apps/db/secret.yaml",
	"field": "password",
	"class": "credential",
	"nature": "literal",
	"entropy": 3.8,
	"length": 20,
	"mixed": true,
	"name_like": false,
	"declared": false,
	"deployed": true,
	"example": false,
	"subject": "/Secret prod/db/password",
}

severities(change) := {result.severity |
	some result in plaintext_secret.deny with input as {"version": 1, "secrets": [object.union(fact, change)]}
}

test_strong_password_of_a_secret_is_an_error if severities({}) == {"error"}

test_short_password_is_a_warning if severities({"length": 10, "entropy": 3}) == {"warning"}

test_very_short_text_is_nothing if severities({"length": 5}) == set()

test_token_is_an_error_wherever_it_stands if {
	severities({"class": "token", "token": "GitHub token", "place": "text"}) == {"error"}
}

test_token_that_is_often_public_is_a_warning if {
	severities({"class": "token", "token": "AWS access key", "place": "text"}) == {"warning"}
}

test_config_map_needs_more_evidence if {
	severities({"place": "config-map", "length": 10}) == set()
	severities({"place": "config-map"}) == {"warning"}
}

test_what_is_no_literal_is_nothing if {
	every nature in ["reference", "encrypted", "placeholder", "hash", "public", "plain"] {
		severities({"nature": nature}) == set()
	}
}

test_names_of_objects_are_nothing if severities({"name_like": true}) == set()

test_lines_that_were_allowed_are_nothing if severities({"allowed": true}) == set()

test_other_fields_are_nothing if severities({"class": "other", "field": "username"}) == set()

test_sensitive_variable_has_no_default if {
	severities({"class": "other", "declared": true, "place": "variable-default"}) == {"warning"}
}

test_examples_only_on_demand if {
	severities({"example": true}) == set()
	asked := object.union(plaintext_secret.params, {"examples": true})
	results := plaintext_secret.deny with input as {"version": 1, "secrets": [object.union(fact, {"example": true})]}
		with plaintext_secret.params as asked
	count(results) == 1
}

test_message_has_no_value_and_a_place if {
	some result in plaintext_secret.deny with input as {"version": 1, "secrets": [fact]}
	result.msg == "`password` of a Secret is in plain text"
	result.path == ["secrets", 0]
}

# METADATA
# title: A secret stands in plain text
# description: Whoever can read the repository, its history or a fork of it has the secret.
# scope: package
# custom:
#   id: plaintext-secret
#   group: security
#   level: error
#   confidence: medium
#   input: facts
#   redact: true
#   security_severity: 7.5
#   params:
#     min_length: 8
#     min_entropy: 2.5
#     strong_length: 16
#     strong_entropy: 3.5
#     weak_tokens: ["AWS access key", "Google API key", "JSON web token"]
#     examples: false
package kate.plaintext_secret

params := data.kate.params["plaintext-secret"]

deny contains result if {
	some index, fact in input.secrets
	fact.nature == "literal"
	not fact.allowed
	wanted(fact)
	severity := verdict(fact)
	result := {
		"msg": message(fact),
		"path": ["secrets", index],
		"severity": severity,
		"confidence": confidence(fact),
		"notes": ["whoever can read the repository, its history or a fork of it can read the value"],
		"help": "revoke it, then keep it in a secret store and refer to it, or encrypt it (SOPS, SealedSecret)",
	}
}

# What an example or a test holds is rarely used in earnest.
wanted(fact) if not fact.example

wanted(_) if params.examples

verdict(fact) := "warning" if {
	fact.class == "token"
	fact.token in params.weak_tokens
} else := "error" if {
	fact.class in {"token", "private-key"}
} else := "error" if {
	fact.class == "credential"
	fact.place == "secret"
	strong(fact)
} else := "warning" if {
	fact.class == "credential"
	fact.place in {"secret", "env", "helm-values", "external-secret-template", "tfvars", "argument", "variable-default"}
	plausible(fact)
} else := "warning" if {
	fact.class == "credential"
	fact.place == "config-map"
	strong(fact)
} else := "warning" if {
	fact.declared
	fact.place in {"secret", "variable-default"}
	plausible(fact)
}

# Long and irregular: no person made it up, and no name or sentence looks like it.
strong(fact) if {
	fact.length >= params.strong_length
	fact.entropy >= params.strong_entropy
	fact.mixed
	not fact.name_like
}

# Could be a password: neither a word nor the name of something.
plausible(fact) if {
	fact.length >= params.min_length
	fact.entropy >= params.min_entropy
	fact.mixed
	not fact.name_like
}

confidence(fact) := "high" if {
	fact.class in {"token", "private-key"}
	not fact.token in params.weak_tokens
} else := "medium" if {
	strong(fact)
} else := "low"

message(fact) := sprintf("%s in plain text", [title]) if {
	fact.class in {"token", "private-key"}
	fact.place == "text"
	title := capitalised(fact.token)
} else := sprintf("%s in plain text: `%s` of %s", [capitalised(fact.token), fact.field, places[fact.place]]) if {
	fact.class in {"token", "private-key"}
} else := sprintf("`%s` of %s is in plain text", [fact.field, places[fact.place]])

capitalised(text) := concat("", [upper(substring(text, 0, 1)), substring(text, 1, -1)])

places := {
	"secret": "a Secret",
	"config-map": "a ConfigMap",
	"env": "a container's environment",
	"helm-values": "Helm values in an Application",
	"external-secret-template": "the template of an ExternalSecret",
	"tfvars": "a tfvars file",
	"argument": "a Terraform block",
	"variable-default": "a Terraform variable's default",
}

# METADATA
# title: An Ingress has configuration of nginx in it
# description: Who may write it reads every Secret of the controller.
# scope: package
# custom:
#   id: nginx-snippet
#   group: security
#   level: warning
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Ingress]
#   security_severity: 6.0
package kate.nginx_snippet

warn contains result if {
	some key, value in input.metadata.annotations
	regex.match(`^nginx\.ingress\.kubernetes\.io/.*-snippet$`, key)
	result := {
		"msg": sprintf("Ingress `%s` has configuration of nginx in `%s`", [input.metadata.name, key]),
		"path": ["metadata", "annotations", key],
		"notes": ["a snippet can read the controller's token and with it every Secret (CVE-2021-25742)"],
		"help": "use the annotations for what it does",
	}
}

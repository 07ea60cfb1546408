# METADATA
# title: An Ingress has no TLS
# description: Passwords and sessions travel in plain text.
# scope: package
# custom:
#   id: ingress-without-tls
#   group: security
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Ingress]
#   security_severity: 4.0
package kate.ingress_without_tls

warn contains result if {
	startswith(input.apiVersion, "networking.k8s.io/")
	not has_tls
	result := {
		"msg": sprintf("Ingress `%s` has no TLS", [input.metadata.name]),
		"path": ["spec", "tls"],
		"help": "add `tls` with the hosts and a Secret; cert-manager keeps it current",
	}
}

has_tls if count(input.spec.tls) > 0

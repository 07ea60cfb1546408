# METADATA
# title: A Service takes an address by itself
# description: It can take traffic that is meant for others.
# scope: package
# custom:
#   id: service-external-ip
#   group: security
#   level: warning
#   confidence: high
#   input: object
#   kinds: [Service]
#   security_severity: 5.0
package kate.service_external_ip

warn contains result if {
	count(input.spec.externalIPs) > 0
	result := {
		"msg": sprintf("Service `%s` takes external addresses", [input.metadata.name]),
		"path": ["spec", "externalIPs"],
		"notes": ["nothing checks that an address is the Service's: it can take traffic of others (CVE-2020-8554)"],
		"help": "use a Service of type LoadBalancer, a Gateway or an Ingress",
	}
}

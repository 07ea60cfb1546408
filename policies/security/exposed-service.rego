# METADATA
# title: A Service is open outside of the cluster
# description: Whoever reaches the nodes or the load balancer reaches it.
# scope: package
# custom:
#   id: exposed-service
#   group: security
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Service]
#   security_severity: 3.0
#   params:
#     types: ["NodePort", "LoadBalancer"]
package kate.exposed_service

params := data.kate.params["exposed-service"]

warn contains result if {
	input.spec.type in params.types
	result := {
		"msg": sprintf("Service `%s` is of type %s", [input.metadata.name, input.spec.type]),
		"path": ["spec", "type"],
		"help": "put a Gateway or an Ingress in front of it",
	}
}

# METADATA
# title: A probe asks a port that the container does not declare
# description: The list of ports is not true, or the probe is.
# scope: package
# custom:
#   id: undeclared-probe-port
#   group: pedantic
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [workload]
package kate.undeclared_probe_port

import data.kate.workloads

warn contains result if {
	some container in workloads.containers
	some probe in ["livenessProbe", "readinessProbe", "startupProbe"]
	some handler in ["httpGet", "tcpSocket", "grpc"]
	port := container.spec[probe][handler].port
	not declared(container, port)
	result := {
		"msg": sprintf("%s of container `%s` of %s asks port `%v`, which it does not declare", [probe, container.name, workloads.title, port]),
		"path": array.concat(container.path, [probe, handler, "port"]),
		"help": "add it to `ports`, or correct the probe",
	}
}

declared(container, port) if {
	is_number(port)
	some entry in container.spec.ports
	entry.containerPort == port
}

declared(container, port) if {
	some entry in container.spec.ports
	entry.name == port
}

# A number in quotes.
declared(container, port) if {
	is_string(port)
	some entry in container.spec.ports
	format_int(entry.containerPort, 10) == port
}

# METADATA
# title: A CronJob has no deadline for its start
# description: After an outage it starts late or never.
# scope: package
# custom:
#   id: cron-job-without-deadline
#   group: reliability
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [CronJob]
package kate.cron_job_without_deadline

warn contains result if {
	input.spec.schedule
	not input.spec.startingDeadlineSeconds
	result := {
		"msg": sprintf("CronJob `%s` has no `startingDeadlineSeconds`", [input.metadata.name]),
		"path": ["spec", "startingDeadlineSeconds"],
		"help": "set how late it may still start",
	}
}

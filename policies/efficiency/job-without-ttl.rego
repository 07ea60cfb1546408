# METADATA
# title: A finished Job stays for ever
# description: Its pods and logs pile up.
# scope: package
# custom:
#   id: job-without-ttl
#   group: efficiency
#   level: info
#   confidence: high
#   enabled: false
#   input: object
#   kinds: [Job, CronJob]
package kate.job_without_ttl

warn contains result if {
	input.kind == "Job"
	not "ttlSecondsAfterFinished" in object.keys(input.spec)
	result := {
		"msg": sprintf("Job `%s` stays when it has finished", [object.get(input, ["metadata", "name"], "?")]),
		"path": ["spec", "ttlSecondsAfterFinished"],
		"help": "set `ttlSecondsAfterFinished`",
	}
}

warn contains result if {
	input.kind == "CronJob"
	"ttlSecondsAfterFinished" in object.keys(input.spec.jobTemplate.spec)
	result := {
		"msg": sprintf("CronJob `%s` sets `ttlSecondsAfterFinished`, which defeats its history limits", [input.metadata.name]),
		"path": ["spec", "jobTemplate", "spec", "ttlSecondsAfterFinished"],
		"help": "use `successfulJobsHistoryLimit` and `failedJobsHistoryLimit`",
	}
}

package kate.cron_job_without_deadline_test

import data.kate.cron_job_without_deadline as policy

test_guilty_1 if {
	count(policy.warn) > 0 with input as {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "web"}, "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "web:1"}]}}}}}}
}

test_innocent_1 if {
	count(policy.warn) == 0 with input as {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "web"}, "spec": {"schedule": "0 3 * * *", "startingDeadlineSeconds": 600, "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "web:1"}]}}}}}}
}

package kate.latest_image_tag_test

import data.kate.latest_image_tag

findings(image) := results if {
	results := latest_image_tag.warn with input as {
		"apiVersion": "v1",
		"kind": "Pod",
		"metadata": {"name": "web"},
		"spec": {"containers": [{"name": "app", "image": image}]},
	}
}

test_floating_images_are_found if {
	every image in ["nginx", "nginx:latest", "registry:5000/nginx", "ghcr.io/a/b:latest"] {
		count(findings(image)) == 1
	}
}

test_fixed_images_are_fine if {
	every image in ["nginx:1.27", "registry:5000/nginx:1", "nginx@sha256:0000", "nginx:latest@sha256:0000"] {
		count(findings(image)) == 0
	}
}

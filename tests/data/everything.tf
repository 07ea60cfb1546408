terraform {
  required_version = ">= 1.5"
  backend "s3" {
    bucket = "b"
    key    = "k/${terraform.workspace}"
  }
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

variable "name" {
  type    = object({ a = string, b = optional(list(map(number)), []) })
  default = { a = "é", b = [] } # comment
}

locals {
  joined = join("-", [for k, v in var.map : "${k}=${v}" if v != null && !startswith(k, "x")]...)
  nested = { for k, v in var.map : upper(k) => { x = v.*.id[0], y = v[*].name }... }
  cond   = var.a > 1 ? "yes" : (var.b || var.c) ? "no" : null // comment
  number = -1.5e3 + 2 * (3 - 4) / 5 % 6
}

resource "aws_s3_bucket" "this" {
  for_each = toset(["a", "b"])
  bucket   = "${each.key}-%{ if var.x ~} on %{ else }off%{ endif }"
  policy   = <<-EOT
    { "a": "${jsonencode(local.joined)}", "b": "$${literal}" }
    %{ for x in var.list ~}
    ${x},
    %{ endfor ~}
  EOT
  dynamic "rule" {
    for_each = var.rules
    content {
      id = rule.value["id"]
    }
  }
  lifecycle { ignore_changes = [tags["a"], policy] }
}

module "m" {
  source    = "./modules/m"
  providers = { aws = aws.west }
  a         = data.aws_x.y[0].z
  /* block
     comment */
  b = provider::local::f("x", 1)
}

output "o" {
  value = try(module.m["a"].out, null)
}

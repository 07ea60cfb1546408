use std::collections::BTreeMap;
use std::sync::Arc;

use super::{FactKind, Lookup, Terraform, evaluate, evaluate_alone, functions, to_json};
use crate::model::{Declared, Repository};
use crate::syntax::{ParsedFile, Syntax, hcl};
use crate::text::{RepoPath, Side, SourceFile, Sources};
use crate::value::{Data, Value};
use crate::vfs::{Entry, EntryKind, Listing};

fn repository(files: &[(&str, &str)]) -> Repository {
    let mut sources = Sources::default();
    let mut parsed = BTreeMap::new();
    let mut listing = Listing::default();
    for (path, text) in files {
        let path = RepoPath::new(path).expect("a path inside the root");
        listing.insert(path.clone(), Entry { kind: EntryKind::File, size: 0 });
        let id = sources.next_id();
        let source = Arc::new(SourceFile::new(id, path.clone(), (*text).into(), Side::Head, true));
        sources.push(Arc::clone(&source));
        let (mut errors, mut comments) = (Vec::new(), Vec::new());
        let json = path.as_str().ends_with(".json");
        let syntax = Syntax::Hcl(hcl::parse(id, text, json, &mut errors, &mut comments));
        parsed.insert(path, Arc::new(ParsedFile { source, syntax, errors, comments, raw: None }));
    }
    Repository {
        side: Side::Head,
        sources: Arc::new(sources),
        listing,
        files: parsed,
        own_urls: Vec::new(),
        declared: Declared::default(),
    }
}

/// The differential test: the table was recorded from the real program.
#[test]
fn expressions_give_what_terraform_gives() {
    let table = include_str!("../../../tests/data/terraform-expressions.tsv");
    let empty = repository(&[]);
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in table.lines().filter(|line| !line.starts_with("//")) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (expression, wanted, may_be_unknown) = (columns[0], columns[1], columns.get(2) == Some(&"unknown"));
        count += 1;
        let file = repository(&[("x.tf", &format!("x = {expression}\n"))]);
        let parsed = file.files.values().next().and_then(|file| file.hcl());
        let attribute = parsed.and_then(|body| body.attributes.first());
        let Some(attribute) = attribute else {
            if wanted != "error" {
                wrong.push(format!("{expression}: not parsed, wanted {wanted}"));
            }
            continue;
        };
        let got = match evaluate_alone(&empty, &attribute.value) {
            Err(_) => "error".to_owned(),
            Ok(value) if functions::any_unknown(&value).is_some() => "unknown".to_owned(),
            Ok(value) => to_json(&value).unwrap_or_else(|| "unknown".to_owned()),
        };
        if got != wanted && !(got == "unknown" && may_be_unknown) {
            wrong.push(format!("{expression}: {got}, wanted {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 200);
}

fn root<'t>(terraform: &'t Terraform, directory: &str) -> &'t super::Root {
    terraform.roots.iter().find(|root| root.directory.as_str() == directory).expect("a root")
}

/// Names that are missing, as `kind name`.
fn missing(terraform: &Terraform) -> Vec<String> {
    let is_missing = |fact: &&super::Fact| matches!(fact.target, Lookup::Missing { .. });
    terraform.facts.iter().filter(is_missing).map(|fact| format!("{:?} {}", fact.kind, fact.name)).collect()
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).expect("known text")
}

const CALLER: &str = r#"
terraform {
  backend "s3" {
    bucket = "b"
    key    = "k"
  }
}
variable "env" { default = "dev" }
variable "region" {}
locals { names = toset(["a", "b"]) }
module "db" {
  source   = "../modules/db"
  for_each = local.names
  name     = "${var.env}-${each.key}"
  nothing  = null
}
output "names" { value = { for key, db in module.db : key => db.name } }
output "a" { value = module.db["a"].name }
"#;

const CALLED: &str = r#"
variable "name" { type = string }
variable "nothing" {
  default  = "something"
  nullable = false
}
resource "aws_secretsmanager_secret" "db" { name = "${var.name}/db" }
resource "aws_secretsmanager_secret_version" "db" {
  secret_id     = aws_secretsmanager_secret.db.id
  secret_string = jsonencode({ user = "u", password = random_password.db.result })
}
resource "random_password" "db" { length = 8 }
output "name" { value = aws_secretsmanager_secret.db.name }
output "nothing" { value = var.nothing }
"#;

#[test]
fn modules_are_instantiated_with_their_inputs() {
    let repository = repository(&[
        ("live/main.tf", CALLER),
        ("live/terraform.tfvars", "env = \"prd\"\n"),
        ("modules/db/main.tf", CALLED),
    ]);
    let terraform = evaluate(&repository);
    assert_eq!(terraform.roots.len(), 1);
    assert!(missing(&terraform).is_empty(), "{:?}", missing(&terraform));
    let root = root(&terraform, "live");
    let addresses: Vec<_> = root.instances.iter().map(|instance| instance.address.as_str()).collect();
    assert_eq!(addresses, ["", "module.db[\"a\"]", "module.db[\"b\"]"]);
    let outputs = &root.instances[0].outputs;
    assert_eq!(text(outputs.get("a")), "prd-a/db");
    assert_eq!(
        to_json(outputs.get("names").expect("an output")).as_deref(),
        Some(r#"{"a":"prd-a/db","b":"prd-b/db"}"#)
    );
    assert_eq!(text(root.instances[1].outputs.get("nothing")), "something");
    // The origin reaches back to the file of variables.
    let name = outputs.get("a").expect("an output");
    let places: Vec<_> =
        name.origin.sources().into_iter().map(|span| repository.sources.slice(span).to_owned()).collect();
    assert!(places.contains(&"\"prd\"".to_owned()), "{places:?}");
    let secret = &root.secrets[0];
    assert_eq!(secret.name.text(), Some("prd-a/db"));
    let keys: Vec<_> = secret.properties.as_ref().expect("JSON").keys().map(ToString::to_string).collect();
    assert_eq!(keys, ["password", "user"]);
    assert!(secret.open.is_none());
    let origin = &secret.properties.as_ref().expect("JSON")["user"];
    assert_eq!(repository.sources.slice(origin.span()), "user");
    // A required variable without a value is unknown, never missing.
    assert!(root.instances[0].inputs.get("region").is_some_and(|value| value.unknown().is_some()));
}

#[test]
fn variants_that_differ_are_unknown() {
    let terraform = evaluate(&repository(&[
        ("main.tf", "variable \"a\" {}\nvariable \"b\" {}\nvariable \"c\" { default = 1 }\n"),
        ("env/dev.tfvars", "a = \"x\"\nb = \"same\"\n"),
        ("env/prd.tfvars", "a = \"y\"\nb = \"same\"\n"),
    ]));
    let inputs = &root(&terraform, "").instances[0].inputs;
    assert!(inputs.get("a").is_some_and(|value| value.unknown().is_some()));
    assert_eq!(text(inputs.get("b")), "same");
    assert_eq!(inputs.get("c").and_then(Value::as_int), Some(1));
}

#[test]
fn what_is_not_declared_is_missing() {
    let terraform = evaluate(&repository(&[
        (
            "main.tf",
            r#"
terraform {
  backend "s3" {}
}
variable "name" {}
locals { x = var.nam }
resource "aws_s3_bucket" "b" { bucket = local.y }
data "aws_caller_identity" "me" {}
module "m" {
  source = "./m"
  wrong  = 1
}
module "gone" { source = "./M" }
module "far" { source = "terraform-aws-modules/vpc/aws" }
output "a" { value = [aws_s3_bucket.c.id, data.aws_caller_identity.you.id, module.m.nope, module.n.x, module.far.any] }
output "b" { value = try(module.m.nope, null) }
"#,
        ),
        ("m/main.tf", "variable \"needed\" {}\noutput \"there\" { value = 1 }\n"),
    ]));
    let mut found = missing(&terraform);
    found.sort();
    assert_eq!(
        found,
        [
            "Local y",
            "Module n",
            "ModuleArgument wrong",
            "ModuleOutput nope",
            "ModuleSource ./M",
            "RequiredArgument needed",
            "Resource aws_s3_bucket.c",
            "Resource data.aws_caller_identity.you",
            "Variable nam",
        ]
    );
}

/// Everything here is right, however odd it looks.
#[test]
fn scopes_are_respected() {
    let terraform = evaluate(&repository(&[(
        "main.tf",
        r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", configuration_aliases = [aws.west] }
  }
}
provider "aws" { alias = "west" }
variable "rules" { type = list(object({ id = string, tags = optional(map(any)) })) }
resource "aws_x" "y" {
  provider = aws.west
  for_each = { for rule in var.rules : rule.id => rule }
  a        = each.value.id
  b        = "%{ for k, v in each.value.tags }${k.x}=${v.y}%{ endfor }"
  c        = { bare.key = 1, each = count.index }
  d        = path.module
  e        = terraform.workspace
  dynamic "block" {
    for_each = var.rules
    iterator = it
    content {
      a = it.value.id
      dynamic "inner" {
        for_each = it.value.tags
        content { b = inner.key }
      }
    }
  }
  provisioner "local-exec" {
    when    = destroy
    command = self.triggers.x
  }
  lifecycle { ignore_changes = [tags.x, a] }
}
module "m" {
  source    = "git::https://example.com/x.git"
  providers = { aws = aws.west }
  depends_on = [aws_x.y]
}
moved {
  from = aws_x.gone
  to   = aws_x.y
}
removed { from = module.gone }
import {
  to = aws_x.later["a"]
  id = "x"
}
check "c" {
  data "http" "probe" { url = "https://example.com" }
  assert {
    condition     = data.http.probe.status_code == 200 && provider::local::f(1) == 1
    error_message = "x"
  }
}
ephemeral "random_password" "p" {}
output "p" { value = [ephemeral.random_password.p.result, module.m.anything, resource.aws_x.y] }
"#,
    )]));
    assert!(missing(&terraform).is_empty(), "{:?}", missing(&terraform));
    let resources = terraform.facts.iter().filter(|fact| fact.kind == FactKind::Resource).count();
    assert_eq!(resources, 4);
}

#[test]
fn a_broken_file_opens_its_module() {
    let terraform = evaluate(&repository(&[
        ("main.tf", "output \"a\" { value = [var.x, local.y, aws_x.z.id] }\n"),
        ("broken.tf", "variable \"x\" {\n  default = = 1\n}\n"),
    ]));
    assert!(missing(&terraform).is_empty(), "{:?}", missing(&terraform));
    assert!(terraform.modules[0].open.is_some());
}

#[test]
fn overrides_and_opentofu_files_replace() {
    let terraform = evaluate(&repository(&[
        ("main.tf", "locals { a = 1 }\nvariable \"v\" { default = \"x\" }\n"),
        ("main.tofu", "locals { a = 2 }\nvariable \"v\" { default = \"x\" }\n"),
        ("x_override.tf", "variable \"v\" { default = \"y\" }\n"),
        ("main.tftest.hcl", "run \"x\" { assert { condition = var.nothing } }\n"),
        ("more.tf.json", r#"{"output": {"o": {"value": "${var.v}-${local.a}"}}, "locals": {"b": "${var.gone}"}}"#),
    ]));
    let instance = &root(&terraform, "").instances[0];
    assert_eq!(text(instance.outputs.get("o")), "y-2");
    assert_eq!(missing(&terraform), ["Variable gone"]);
}

#[test]
fn remote_state_is_bound_to_its_root() {
    let reader = r#"
data "terraform_remote_state" "net" {
  backend = "s3"
  config  = { bucket = "b", key = "net", region = "r" }
}
data "terraform_remote_state" "other" {
  backend = "s3"
  config  = { bucket = "b", key = "elsewhere" }
}
locals {
  known   = data.terraform_remote_state.net.outputs.vpc
  wrong   = data.terraform_remote_state.net.outputs.vcp
  unknown = data.terraform_remote_state.other.outputs.x
}
"#;
    let net = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key = \"net\"\n  }\n}\noutput \"vpc\" { value = \"v\" }\n";
    let terraform = evaluate(&repository(&[("app/main.tf", reader), ("net/main.tf", net)]));
    assert_eq!(missing(&terraform), ["RemoteStateOutput vcp"]);
    assert_eq!(text(root(&terraform, "app").instances[0].locals.get("known")), "v");
}

#[test]
fn hostile_modules_end() {
    let chain: String =
        (0..3_000).map(|n| format!("  a{n:05} = [local.a{:05}, local.a{:05}]\n", n + 1, n + 1)).collect();
    let double: String =
        (1..200).map(|n| format!("  b{n:03} = \"${{local.b{:03}}}${{local.b{:03}}}\"\n", n - 1, n - 1)).collect();
    let main = format!(
        "locals {{\n{chain}  b000 = \"xxxxxxxx\"\n{double}  c = local.d\n  d = local.c\n}}\n\
         module \"again\" {{\n  source = \"./\"\n  x = module.again.y\n}}\n\
         module \"many\" {{\n  source = \"./m\"\n  count = 1000\n}}\n\
         variable \"x\" {{ default = 1 }}\noutput \"y\" {{ value = var.x }}\n"
    );
    let many = "module \"many\" {\n  source = \"../n\"\n  count = 1000\n}\n";
    let terraform = evaluate(&repository(&[
        ("main.tf", &main),
        ("m/main.tf", many),
        ("n/main.tf", "resource \"aws_x\" \"y\" { count = 1000 }\n"),
    ]));
    let locals = &root(&terraform, "").instances[0].locals;
    assert!(matches!(locals.get("c").map(|value| &value.data), Some(Data::Unknown(_))));
    assert!(locals.get("b199").is_some_and(|value| value.unknown().is_some()));
}

#[test]
fn what_terragrunt_may_add_is_unknown() {
    let module = ("modules/app/main.tf", "variable \"x\" { default = 1 }\noutput \"y\" { value = var.z }\n");
    let source = "terraform {\n  source = \"../modules//app\"\n}\n";
    let generates = format!("{source}generate \"z\" {{\n  path = \"z.tf\"\n}}\n");
    let terraform = evaluate(&repository(&[module, ("live/terragrunt.hcl", &generates)]));
    assert!(missing(&terraform).is_empty());
    assert!(terraform.roots.is_empty());
    let terraform = evaluate(&repository(&[module, ("live/terragrunt.hcl", source), ("live/z.tf", "# declares z")]));
    assert!(missing(&terraform).is_empty(), "its own files are copied into the module");
    let terraform = evaluate(&repository(&[module, ("live/terragrunt.hcl", source)]));
    assert_eq!(missing(&terraform).len(), 1, "nothing adds a declaration");
}

//! A resource that an expression names must be declared in the module.

use super::facts;
use crate::diagnostic::RuleMeta;
use crate::render::terraform::FactKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    UndeclaredResource = "undeclared-resource" {
        summary: "a resource or data source is named that the module does not declare",
        group: Terraform, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UndeclaredResource {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        facts::report(cx, &META, FactKind::Resource, |name| facts::Words {
            message: format!("`{name}` is not declared in {module}", name = name.name, module = name.module),
            primary: "no such resource or data source in this module".to_owned(),
            consequence: "Terraform refuses the configuration: `Reference to undeclared resource`",
        });
    }
}

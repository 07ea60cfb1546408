//! A `local.` name must be a local value of the module.

use super::facts;
use crate::diagnostic::RuleMeta;
use crate::render::terraform::FactKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    UndeclaredLocal = "undeclared-local" {
        summary: "`local.x` names a local value that the module does not declare",
        group: Terraform, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UndeclaredLocal {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        facts::report(cx, &META, FactKind::Local, |name| facts::Words {
            message: format!("`local.{name}` is not declared in {module}", name = name.name, module = name.module),
            primary: format!("no local value `{name}` in this module", name = name.name),
            consequence: "Terraform refuses the configuration: `Reference to undeclared local value`",
        });
    }
}

//! A `var.` name must be a variable of the module.

use super::facts;
use crate::diagnostic::RuleMeta;
use crate::render::terraform::FactKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    UndeclaredVariable = "undeclared-variable" {
        summary: "`var.x` names a variable that the module does not declare",
        group: Terraform, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UndeclaredVariable {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        facts::report(cx, &META, FactKind::Variable, |name| facts::Words {
            message: format!("`var.{name}` is not declared in {module}", name = name.name, module = name.module),
            primary: format!("no `variable \"{name}\"` in this module", name = name.name),
            consequence: "Terraform refuses the configuration: `Reference to undeclared input variable`",
        });
    }
}

//! A `module.` name must be a module call.

use super::facts;
use crate::diagnostic::RuleMeta;
use crate::render::terraform::FactKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    UndeclaredModule = "undeclared-module" {
        summary: "`module.x` names a module call that does not exist",
        group: Terraform, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UndeclaredModule {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        facts::report(cx, &META, FactKind::Module, |name| facts::Words {
            message: format!("`module.{name}` is not called in {module}", name = name.name, module = name.module),
            primary: format!("no `module \"{name}\"` here", name = name.name),
            consequence: "Terraform refuses the configuration: `Reference to undeclared module`",
        });
    }
}

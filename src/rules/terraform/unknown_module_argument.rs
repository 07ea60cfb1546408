//! An argument of a module call must be a variable of the module.

use super::facts;
use crate::diagnostic::RuleMeta;
use crate::render::terraform::FactKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    UnknownModuleArgument = "unknown-module-argument" {
        summary: "a module call passes an argument that the module does not declare as a variable",
        group: Terraform, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UnknownModuleArgument {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        facts::report(cx, &META, FactKind::ModuleArgument, |name| facts::Words {
            message: format!("module `{within}` has no variable `{name}`", name = name.name, within = name.within),
            primary: "no such variable in the called module".to_owned(),
            consequence: "Terraform refuses the configuration: `Unsupported argument`",
        });
    }
}
